"""What a table says aloud about itself, in two languages; the sentences stand in ``notes.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

__all__ = ["Note", "note"]


@dataclass(frozen=True)
class Note:
    """One sentence under a table. ``code`` is stable, for machines and tests."""

    code: str
    zh: str
    en: str

    def text(self, language: str) -> str:
        """The sentence in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


@cache
def _sentences() -> dict[str, dict[str, str]]:
    text = files("airshed.assessment").joinpath("notes.yml").read_text(encoding="utf-8")
    sentences: dict[str, dict[str, str]] = yaml.safe_load(text)
    return sentences


def note(code: str, **values: object) -> Note:
    """The note of that code, its braces filled in; a value that is a mapping differs by language.

    >>> note("dust_not_applicable", period=2015, rule="X", since=2017).en
    '2015: X applies from 2017; nothing is excluded'
    """
    sentence = _sentences()[code]
    spoken = {
        language: {k: v[language] if isinstance(v, Mapping) else v for k, v in values.items()}
        for language in ("zh", "en")
    }
    return Note(code, sentence["zh"].format(**spoken["zh"]), sentence["en"].format(**spoken["en"]))
