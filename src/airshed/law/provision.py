"""One dated, sourced sentence of the law."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

__all__ = ["Instrument", "Provision", "Status"]

Status = Literal["official", "quoted", "derived", "unverified"]


@dataclass(frozen=True)
class Instrument:
    """A document of the law: ``HJ 633-2026``."""

    id: str
    titles: dict[str, str]
    place: str
    issued: date | None
    document_digest: str | None


@dataclass(frozen=True)
class Provision:
    """What one clause says about one subject, from ``since`` until (not including) ``until``.

    ``unverified`` names single figures (dotted paths into ``value``) that are less sure than ``status`` says.
    ``chosen`` settles a conflict: where two provisions stand for the same days, the one with True is used and
    the one with False stands beside it, to be had by name; None where nothing conflicts. ``clause``, ``source``
    and ``note`` are in English, ``chinese`` has them in Chinese; ``say`` picks.
    """

    subject: str
    place: str
    since: date
    until: date | None
    status: Status
    instrument: Instrument
    clause: str
    value: dict[str, Any]
    note: str = ""
    version: str = ""
    digest: str = ""
    source: str = ""
    unverified: tuple[str, ...] = ()
    chosen: bool | None = None
    chinese: dict[str, str] = field(default_factory=dict)

    def say(self, what: Literal["clause", "source", "note"], language: str = "zh") -> str:
        """Its clause, source or note in words; in English where the text has no Chinese for it."""
        english = {"clause": self.clause, "source": self.source, "note": self.note}[what]
        return english if language == "en" else self.chinese.get(what, english)

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.since <= day and (self.until is None or day < self.until)
