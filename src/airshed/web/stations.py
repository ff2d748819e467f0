"""Stations on the map: where they stand, and what they read in one hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from airshed.observations.flags import usable
from airshed.places import Station
from airshed.quantities import POLLUTANTS
from airshed.web.desk import Desk
from airshed.web.frames import Frames
from airshed.web.readings import HOUR_MINUTES, index_of_hours
from airshed.web.state import Cursor

__all__ = ["standing", "station_categories", "station_marks"]


def standing(desk: Desk, places: Sequence[str], cursor: Cursor) -> list[Station]:
    """Stations of these cities that stand on the day and whose place is known, each monitor once."""
    key = ("stations", tuple(places), cursor.day)
    return desk.remember(key, lambda: _standing(desk, places, cursor))


def _standing(desk: Desk, places: Sequence[str], cursor: Cursor) -> list[Station]:
    found = desk.gazetteer.stations(places, on=cursor.day)
    known = {s.id for s in found}
    return [s for s in found if s.lon is not None and not (s.same_as and s.same_as in known)]


def station_marks(desk: Desk, frames: Frames, cursor: Cursor) -> list[dict[str, Any]]:
    """Each station with its point, whether it is official (evaluation or control), and its category in that hour."""
    seen = station_categories(desk, frames)
    at = frames.steps.index(cursor) if cursor in frames.steps else None
    return [
        {
            "id": s.id,
            "name": desk.words.name(s.names),
            "lon": s.lon,
            "lat": s.lat,
            "official": s.role != "other",
            "category": None if at is None or s.id not in seen else seen[s.id][at],
        }
        for s in standing(desk, frames.places, cursor)
    ]


def station_categories(desk: Desk, frames: Frames) -> dict[str, list[int | None]]:
    """By station, its category at each step of a window of hours; a window of days has none.

    A monitor known under two ids speaks under both.
    """
    if frames.steps[0].hour is None:
        return {}
    key = ("station categories", desk.region.id, frames.places, frames.days)
    return desk.remember(key, lambda: _window(desk, frames))


def _window(desk: Desk, frames: Frames) -> dict[str, list[int | None]]:
    same = {s.id: s.same_as or s.id for s in desk.gazetteer.stations(frames.places)}
    rows = _hours(desk, list(same), *frames.days)
    if rows.is_empty():
        return {}
    index = index_of_hours(desk, rows, *frames.days)
    if "aqi" not in index.columns:
        return {}
    at = {step.start: i for i, step in enumerate(frames.steps)}
    local = (pl.col("start") + timedelta(hours=desk.clock.utc_offset)).dt.replace_time_zone(None)
    known = index.filter(pl.col("aqi").is_not_null() & (pl.col("level") > 0)).select("place", local, "level")
    found: dict[str, list[int | None]] = {}
    for place, start, level in known.iter_rows():
        for name in {place, same[place]}:
            found.setdefault(name, [None] * len(at))[at[start]] = level
    return found


def _hours(desk: Desk, stations: Sequence[str], first: date, last: date) -> pl.DataFrame:
    """Usable hourly values of stations: ``place variable start value``."""
    window = desk.clock.days(first, last)
    query = desk.workspace.query(
        desk.view,
        places=stations,
        variables=POLLUTANTS,
        start=window.start,
        end=window.end,
        period=HOUR_MINUTES,
    ).select("place", "variable", "start", "value", "flag")
    rows = pl.DataFrame(pl.from_arrow(desk.workspace.engine.run(query)))
    return rows.filter(usable(pl.col("flag").cast(pl.Int64)))
