"""What a feed did to the weather it read: nothing is cropped, interpolated, derived or defaulted in silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

__all__ = ["KINDS", "FeedReport", "Note"]

KINDS: Final[dict[str, str]] = {
    "cropped": "裁剪",
    "interpolated": "插补",
    "converted": "换算",
    "derived": "推算",
    "defaulted": "缺省",
}


@dataclass(frozen=True)
class Note:
    """One thing done: its kind (of ``KINDS``), and the same sentence in two languages."""

    kind: str
    en: str
    zh: str


@dataclass
class FeedReport:
    """What was done between the files and the raw state.

    ``source`` names the feed, ``files`` the files' names; ``notes`` hold each thing once, in the order it was met.
    """

    source: str
    files: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)

    def add(self, kind: str, en: str, zh: str) -> None:
        """Keep a note, once."""
        note = Note(kind, en, zh)
        if kind not in KINDS:
            raise ValueError(kind)
        if note not in self.notes:
            self.notes.append(note)

    def of(self, kind: str) -> list[Note]:
        """The notes of one kind."""
        return [note for note in self.notes if note.kind == kind]

    def lines(self, language: str = "en") -> list[str]:
        """The notes as lines of text, in ``en`` or ``zh``."""
        if language == "zh":
            return [f"{KINDS[note.kind]}：{note.zh}" for note in self.notes]
        return [f"{note.kind}: {note.en}" for note in self.notes]
