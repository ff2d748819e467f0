"""YAML that remembers its lines, so that a fault in a user's file is named with file, line and field."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from airshed.errors import BadInput

__all__ = ["Document", "read_document"]

Key = str | int


@dataclass
class Document:
    """A YAML file as plain data, the line of each field, and the faults found in it so far."""

    path: Path
    data: Any
    lines: dict[tuple[Key, ...], int]
    faults: list[str] = field(default_factory=list)

    def line(self, where: tuple[Key, ...]) -> int:
        """The line of a field, or of the nearest field that holds it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def fault(self, where: tuple[Key, ...], wanted: str, came: object) -> None:
        """Keep a fault; reading goes on, so that all are named at once."""
        name = ".".join(str(k) for k in where) or "(file)"
        self.faults.append(f"{self.path.name}:{self.line(where)}: {name}: wanted {wanted}, got {came!r}")

    def get(
        self, where: tuple[Key, ...], kind: type | tuple[type, ...], wanted: str, default: Any = None
    ) -> Any:
        """The value at a field, ``default`` where it is absent or (after a fault) of the wrong kind."""
        value = self.data
        for key in where:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return default
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(where, wanted, value)
            return default
        return value

    def known_keys(self, where: tuple[Key, ...], allowed: set[str]) -> None:
        """A fault for each key that nobody reads: a mistyped field is named, not passed over."""
        keys = self.get(where, dict, "a mapping", {})
        for key in keys:
            if key not in allowed:
                self.fault((*where, key), f"one of {', '.join(sorted(allowed))}", key)


def read_document(path: Path) -> Document:
    """Read a YAML file (UTF-8, BOM allowed).

    Raises:
        BadInput: not UTF-8, not YAML, or no mapping at its top; with file and line.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: text in UTF-8 is wanted", str(error), "save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise BadInput(f"{path.name}:{line}: YAML is wanted", str(error), "correct that line") from error
    lines: dict[tuple[Key, ...], int] = {}
    document = Document(path, _plain(node, (), lines), lines)
    if not isinstance(document.data, dict):
        raise BadInput(
            f"{path.name}:1: a mapping is wanted", type(document.data).__name__, "see docs/places.md"
        )
    return document


def _plain(node: Any, where: tuple[Key, ...], lines: dict[tuple[Key, ...], int]) -> Any:
    """A composed node as dict, list or scalar, noting the line of each."""
    if node is None:
        return None
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value, (*where, key.value), lines) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*where, i), lines) for i, item in enumerate(node.value)]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except ValueError:  # a date that no calendar has: leave the text to whoever wants a date
        return node.value
