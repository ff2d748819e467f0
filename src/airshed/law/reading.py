"""From a law file to provisions; one that is not well formed is refused with its name and every fault."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from airshed.errors import BadLawText
from airshed.law.provision import Instrument, Provision
from airshed.law.shapes import SUBJECTS, faults_of_value, lookup

__all__ = ["canonical", "digest_of", "law_files", "read_text"]

_STATUSES = ("official", "quoted", "derived", "unverified")
_INSTRUMENT = {"id", "titles", "place", "issued", "document_digest"}
_REQUIRED = {"subject", "version", "since", "until", "status", "clause", "source", "value"}
_OPTIONAL = {"note", "unverified", "chosen", "clause_zh", "source_zh", "note_zh"}


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml reads the book ten times faster


class _StrictLoader(_Base):  # type: ignore[misc]
    """YAML in which a key written twice is a fault, not the last one silently."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    if doubled := sorted({str(k) for k in keys if keys.count(k) > 1}):
        problem = f"written twice: {', '.join(doubled)}"
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
    mapping: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return mapping


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def law_files(folder: Traversable) -> Iterator[Traversable]:
    """All ``.yaml`` files below a folder, in the order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from law_files(entry)
        elif entry.name.endswith((".yaml", ".yml")):
            yield entry


def canonical(thing: Any) -> str:
    """The one JSON text of a thing: keys sorted, no spaces, dates as ISO."""
    return json.dumps(thing, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def digest_of(thing: Any) -> str:
    """sha256 over the canonical JSON."""
    return hashlib.sha256(canonical(thing).encode()).hexdigest()


def read_text(name: str, text: str) -> tuple[Provision, ...]:
    """The provisions of one law file.

    Parameters:
        name: the file's name, for messages.
        text: what stands in it.

    Raises:
        BadLawText: naming the file and every fault.
    """
    try:
        raw = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 -- derived from SafeLoader
    except (yaml.YAMLError, TypeError, ValueError) as error:
        problem = str(error).replace("\n", " ")
        raise BadLawText(f"{name}: wanted YAML", problem, "mend the line it names") from error
    if faults := list(_faults(raw)):
        raise BadLawText(f"{name}: wanted a law text (docs/law.md)", "; ".join(faults), "mend the file")
    instrument = Instrument(**raw["instrument"])
    return tuple(_provision(instrument, row) for row in raw["provisions"])


def _provision(instrument: Instrument, row: Mapping[str, Any]) -> Provision:
    return Provision(
        subject=row["subject"],
        place=instrument.place,
        since=row["since"],
        until=row["until"],
        status=row["status"],
        instrument=instrument,
        clause=str(row["clause"]),
        value=row["value"],
        note=str(row.get("note") or "").strip(),
        version=row["version"],
        digest=digest_of({"place": instrument.place, "instrument": instrument.id, **row}),
        source=str(row["source"]).strip(),
        unverified=tuple(row.get("unverified") or ()),
        chosen=row.get("chosen"),
        chinese={k: str(row[f"{k}_zh"]).strip() for k in ("clause", "source", "note") if f"{k}_zh" in row},
    )


def _faults(raw: Any) -> Iterator[str]:
    if not isinstance(raw, dict) or set(raw) != {"instrument", "provisions"}:
        yield "the file wants exactly 'instrument' and 'provisions'"
        return
    yield from _faults_of_instrument(raw["instrument"])
    rows = raw["provisions"]
    if not isinstance(rows, list) or not rows:
        yield "provisions: wanted a list of at least one"
        return
    for number, row in enumerate(rows, 1):
        where = f"provision {number}"
        if not isinstance(row, dict):
            yield f"{where}: wanted fields, got {row!r}"
            continue
        yield from (f"{where} ({row.get('subject')}): {fault}" for fault in _faults_of_provision(row))


def _faults_of_instrument(instrument: Any) -> Iterator[str]:
    if not isinstance(instrument, dict) or set(instrument) != _INSTRUMENT:
        yield f"instrument: wanted exactly the fields {', '.join(sorted(_INSTRUMENT))}"
        return
    if set(instrument["titles"] or ()) != {"zh", "en"}:
        yield "instrument.titles: wanted zh and en"
    if not isinstance(instrument["issued"], date | None):
        yield f"instrument.issued: wanted a date or null, got {instrument['issued']!r}"


def _faults_of_provision(row: dict[str, Any]) -> Iterator[str]:
    for key in sorted(set(row) - _REQUIRED - _OPTIONAL):
        yield f"unknown field {key!r}"
    if absent := sorted(_REQUIRED - set(row)):
        yield f"absent: {', '.join(absent)}"
        return
    if row["subject"] not in SUBJECTS:
        yield f"unknown subject {row['subject']!r}; known are {', '.join(SUBJECTS)}"
        return
    if row["status"] not in _STATUSES:
        yield f"unknown status {row['status']!r}; known are {', '.join(_STATUSES)}"
    if not str(row["source"] or "").strip():
        yield "the source is empty: every value says where it comes from"
    yield from _faults_of_dates(row["since"], row["until"])
    if not isinstance(row["value"], dict):
        yield "value: wanted fields"
        return
    yield from faults_of_value(row["subject"], row["value"])
    yield from _faults_of_paths(row)


def _faults_of_dates(since: Any, until: Any) -> Iterator[str]:
    if not isinstance(since, date):
        yield f"since: wanted a date, got {since!r}"
    elif not isinstance(until, date | None):
        yield f"until: wanted a date or null, got {until!r}"
    elif until is not None and since >= until:
        yield f"since {since} must lie before until {until}"


def _faults_of_paths(row: Mapping[str, Any]) -> Iterator[str]:
    for path in row.get("unverified") or ():
        try:
            lookup(row["value"], path)
        except KeyError:
            yield f"unverified: {path!r} leads to no figure"
