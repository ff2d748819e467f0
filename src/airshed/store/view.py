"""Who reads, and for what. Every read of the lake or the record takes a View."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["View"]


@dataclass(frozen=True)
class View:
    """A reader's right to see, made in one place and passed on by every page, export and count."""

    who: str
    purpose: str
    detail: str

    @classmethod
    def everything(cls) -> View:
        """The only view until agreements exist: all places, at full detail."""
        return cls(who="workspace owner", purpose="all", detail="full")
