"""What a table says aloud about itself, in two languages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Note"]


@dataclass(frozen=True)
class Note:
    """One sentence under a table. ``code`` is stable, for machines and tests."""

    code: str
    zh: str
    en: str

    def text(self, language: str) -> str:
        """The sentence in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en
