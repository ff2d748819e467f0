"""A window of time, step by step: what the map plays through, whether by days or by hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low
from typing import Any

import polars as pl

from airshed.quantities.clock import DAY
from airshed.web.desk import Desk
from airshed.web.readings import Span, day_index, hour_index, members
from airshed.web.state import Cursor

__all__ = ["Frames", "Reading", "frames_at", "strip"]

_HOURS_WINDOW = 10
"""Hours are played in windows of so many days."""
_ITEMS_DAY = ("pm25", "pm10", "so2", "no2", "co", "o3_mda8")
_ITEMS_HOUR = ("pm25", "pm10", "so2", "no2", "co", "o3")


@dataclass(frozen=True)
class Reading:
    """What one city shows at one step."""

    aqi: int | None
    category: int | None
    primary: tuple[str, ...]
    values: tuple[float | None, ...]
    subs: tuple[int | None, ...]
    """Sub-indices, in the order of the values."""


EMPTY = Reading(None, None, (), (None,) * 6, (None,) * 6)


@dataclass(frozen=True)
class Frames:
    """All steps of a window for all cities of the region; ``readings`` holds only what there is."""

    steps: tuple[Cursor, ...]
    places: tuple[str, ...]
    items: tuple[str, ...]
    readings: dict[tuple[str, Cursor], Reading]
    days: tuple[date, date]
    """First and last local day."""

    def at(self, place: str, step: Cursor) -> Reading:
        """One city's reading at one step."""
        return self.readings.get((place, step), EMPTY)

    def categories_at(self, step: Cursor) -> list[int | None]:
        """The categories of all cities at one step."""
        return [self.at(p, step).category for p in self.places]


def frames_at(desk: Desk, cursor: Cursor, span: Span | None, only: tuple[str, ...] | None = None) -> Frames:
    """The window a cursor stands in: its year by days, or ten days by hours.

    Parameters:
        only: these places instead of the region's cities.
    """
    places, _ = members(desk, cursor.day)
    window = _window(cursor, span)
    key = ("frames", desk.region.id, only or places, window, cursor.hour is None)
    return desk.remember(key, lambda: _frames(desk, cursor.hour is None, only or places, window))


def _window(cursor: Cursor, span: Span | None) -> tuple[date, date]:
    if cursor.hour is None:
        first, last = date(cursor.day.year, 1, 1), date(cursor.day.year, 12, 31)
    else:  # windows stand still while the cursor moves within them
        anchor = cursor.day.toordinal() // _HOURS_WINDOW * _HOURS_WINDOW
        first, last = date.fromordinal(anchor), date.fromordinal(anchor + _HOURS_WINDOW - 1)
    if span is None:
        return first, last
    return max(first, min(span.first, cursor.day)), min(last, max(span.last, cursor.day))


def _frames(desk: Desk, by_days: bool, places: tuple[str, ...], window: tuple[date, date]) -> Frames:
    first, last = window
    days = [first + i * DAY for i in range((last - first).days + 1)]
    if by_days:
        rows = day_index(desk, places, first, last)
        steps = tuple(Cursor(d) for d in days)
        return Frames(steps, places, _ITEMS_DAY, _readings(rows, _ITEMS_DAY, pl.col("day")), window)
    rows = hour_index(desk, places, first, last)
    local = (pl.col("start") + timedelta(hours=desk.clock.utc_offset)).dt.replace_time_zone(None)
    steps = tuple(Cursor(d, h) for d in days for h in range(24))
    return Frames(steps, places, _ITEMS_HOUR, _readings(rows, _ITEMS_HOUR, local), window)


def _readings(rows: pl.DataFrame, items: Sequence[str], when: pl.Expr) -> dict[tuple[str, Cursor], Reading]:
    if "aqi" not in rows.columns:
        return {}
    wanted = rows.select(
        "place", when.alias("when"), "aqi", "level", "primary", *items, *(f"iaqi_{i}" for i in items)
    )
    count = len(items)
    found = {}
    for place, moment, aqi, level, primary, *values in wanted.iter_rows():
        step = Cursor(moment.date(), moment.hour) if hasattr(moment, "hour") else Cursor(moment)
        category = level if aqi is not None and level is not None and level > 0 else None
        found[place, step] = Reading(
            aqi, category, tuple(primary or ()), tuple(values[:count]), tuple(values[count:])
        )
    return found


def strip(frames: Frames) -> list[dict[str, Any]]:
    """The window as runs of the middle category of the cities: ``from`` and ``steps`` of each run."""
    runs: list[dict[str, Any]] = []
    for i, step in enumerate(frames.steps):
        known = [c for c in frames.categories_at(step) if c]
        middle = median_low(known) if known else None
        if runs and runs[-1]["category"] == middle:
            runs[-1]["steps"] += 1
        else:
            runs.append({"from": i, "steps": 1, "category": middle})
    return runs
