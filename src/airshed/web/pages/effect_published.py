"""What others published of an effect, as a card shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshed.web.desk import Desk

__all__ = ["published_of"]


def published_of(
    desk: Desk, held: Mapping[str, Any]
) -> tuple[list[dict[str, str]], list[tuple[float, float]]]:
    """Lines of a card about what others found, and the ranges among them that a strip can show [%]."""
    found = held["published"]
    ranges = [(p["low"], p["high"]) for p in found if p.get("low") is not None and p.get("high") is not None]
    return [_published(desk, p) for p in found], ranges


def _published(desk: Desk, found: Mapping[str, Any]) -> dict[str, str]:
    words = desk.words
    low, high = found.get("low"), found.get("high")
    said = (
        "—"
        if low is None
        else words.signed(low)
        if high in (None, low)
        else f"{words.signed(low)} … {words.signed(high)}"
    )
    return {
        "study": found["study"] if isinstance(found["study"], str) else words.name(found["study"]),
        "method": str(found.get("method", "")),
        "range": said,
        "doi": str(found.get("doi", "")),
    }
