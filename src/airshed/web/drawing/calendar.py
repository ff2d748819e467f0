"""The calendar of a year: twelve small months, a day a cell."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from airshed.web.words import Words

__all__ = ["calendar_grid"]


def calendar_grid(
    year: int,
    days: Mapping[date, Mapping[str, Any]],
    names: Mapping[int, str],
    words: Words,
    selected: date | None,
) -> dict[str, Any]:
    """Months of a year with their days.

    Parameters:
        days: day to ``aqi`` and ``category`` (from 1, or None).
        names: category to its word with numeral.
        selected: the day the time cursor stands on.
    """
    return {
        "year": year,
        "weekdays": words.weekdays(),
        "selected": selected.isoformat() if selected else None,
        "months": [_month(year, month, days, names, words) for month in range(1, 13)],
    }


def _month(
    year: int, month: int, days: Mapping[date, Mapping[str, Any]], names: Mapping[int, str], words: Words
) -> dict[str, Any]:
    first_weekday, length = monthrange(year, month)
    cells = []
    for number in range(1, length + 1):
        day = date(year, month, number)
        found = days.get(day, {})
        category = found.get("category")
        value = found.get("aqi")
        said = f"AQI {value} {names[category]}" if category else words.say("empty.no_index")
        cells.append(
            {
                "day": day.isoformat(),
                "aqi": value,
                "category": category,
                "text": f"{words.short_day(day)} · {said}",
            }
        )
    return {"label": words.month(date(year, month, 1)), "starts_on": first_weekday + 1, "days": cells}
