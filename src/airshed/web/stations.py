"""Stations on the map: where they stand, and what they read in one hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from airshed.observations.flags import usable
from airshed.observations.index import hourly_index
from airshed.places import Station
from airshed.quantities import POLLUTANTS
from airshed.web.desk import Desk
from airshed.web.evidence import interval
from airshed.web.readings import HOUR_MINUTES, index_provision
from airshed.web.state import Cursor

__all__ = ["standing", "station_marks"]


def standing(desk: Desk, places: Sequence[str], cursor: Cursor) -> list[Station]:
    """Stations of these cities that stand on the day and whose place is known, each monitor once."""
    key = ("stations", tuple(places), cursor.day)
    return desk.remember(key, lambda: _standing(desk, places, cursor))


def _standing(desk: Desk, places: Sequence[str], cursor: Cursor) -> list[Station]:
    found = desk.gazetteer.stations(places, on=cursor.day)
    known = {s.id for s in found}
    return [s for s in found if s.lon is not None and not (s.same_as and s.same_as in known)]


def station_marks(desk: Desk, places: Sequence[str], cursor: Cursor) -> list[dict[str, Any]]:
    """Each station with its point, whether it is official (evaluation or control), and its category in that hour."""
    seen = _categories(desk, places, cursor) if cursor.hour is not None else {}
    return [
        {
            "id": s.id,
            "name": desk.words.name(s.names),
            "lon": s.lon,
            "lat": s.lat,
            "official": s.role != "other",
            "category": seen.get(s.id),
        }
        for s in standing(desk, places, cursor)
    ]


def _categories(desk: Desk, places: Sequence[str], cursor: Cursor) -> dict[str, int]:
    key = ("station categories", tuple(places), cursor, desk.clock)
    return desk.remember(key, lambda: _hour(desk, places, cursor))


def _hour(desk: Desk, places: Sequence[str], cursor: Cursor) -> dict[str, int]:
    provision = index_provision(desk, cursor.day)
    if provision is None:
        return {}
    start, end = interval(desk, cursor)
    every = desk.gazetteer.stations(places, on=cursor.day)
    same = {s.id: s.same_as or s.id for s in every}
    query = desk.workspace.query(
        desk.view, places=list(same), variables=POLLUTANTS, start=start, end=end, period=HOUR_MINUTES
    ).select("place", "variable", "value", "flag")
    rows = pl.DataFrame(pl.from_arrow(desk.workspace.engine.run(query)))
    rows = rows.filter(usable(pl.col("flag").cast(pl.Int64)))
    if rows.is_empty():
        return {}
    wide = rows.group_by("place").agg(
        pl.col("value").filter(pl.col("variable") == v).first().alias(v) for v in POLLUTANTS
    )
    index = hourly_index(wide, provision).filter(pl.col("aqi").is_not_null())
    found = dict(index.select("place", "category").iter_rows())
    return found | {same[place]: category for place, category in found.items()}
