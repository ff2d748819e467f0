"""What pages read: city days and hours with their index, by the law of each day, remembered per lake version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from airshed.assessment.daily import valid_items
from airshed.assessment.days import IndexSpan, index_days
from airshed.assessment.members import members as members_on
from airshed.assessment.notes import Note
from airshed.assessment.period import Period
from airshed.errors import LawNotFound
from airshed.law import LawView, Provision
from airshed.observations.averages import city_daily, city_hourly
from airshed.observations.index import hourly_index
from airshed.quantities import POLLUTANTS
from airshed.store import from_micros
from airshed.web.desk import Desk

__all__ = [
    "Span",
    "daily",
    "day_index",
    "hour_index",
    "hourly",
    "index_of_hours",
    "index_provision",
    "law_on",
    "members",
    "span",
]

HOUR_MINUTES, DAY_MINUTES = 60, 1440
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """The local days the lake has values for: of any kind, and of hourly ones."""

    first: date
    last: date
    hours_first: date | None
    hours_last: date | None
    end: datetime
    hours_end: datetime | None


def span(desk: Desk) -> Span | None:
    """First and last day with data, or None for an empty lake."""
    return desk.remember(("span", desk.clock), lambda: _span(desk))


def _span(desk: Desk) -> Span | None:
    files = desk.workspace.snapshot().files()
    whole = [f for f in files if f.period in (HOUR_MINUTES, DAY_MINUTES)]
    if not whole:
        return None
    hours = [f for f in whole if f.period == HOUR_MINUTES]

    def day(micros: int, *, last: bool) -> date:
        instant = from_micros(micros - 1 if last else micros)
        return desk.clock.day_of(instant)

    return Span(
        first=min(day(f.min_start, last=False) for f in whole),
        last=max(day(f.max_end, last=True) for f in whole),
        hours_first=min((day(f.min_start, last=False) for f in hours), default=None),
        hours_last=max((day(f.max_end, last=True) for f in hours), default=None),
        end=from_micros(max(f.max_end for f in whole)),
        hours_end=from_micros(max(f.max_end for f in hours)) if hours else None,
    )


def members(desk: Desk, day: date) -> tuple[tuple[str, ...], Note]:
    """The region's cities on a day, and a note that says which list was taken."""
    return members_on(desk.region, day)


def law_on(desk: Desk, day: date, place: str | None = None) -> LawView:
    """The law of a day at a place, or of the region as a whole."""
    return desk.workspace.law.on(day, desk.gazetteer.chain(place or desk.region.id, day))


def index_provision(desk: Desk, day: date, place: str | None = None) -> Provision | None:
    """What says how the index of that day is made, or None before there was one."""
    with suppress(LawNotFound):
        return law_on(desk, day, place)["index"]
    return None


def _segments(desk: Desk, first: date, last: date) -> Iterator[tuple[Period, LawView]]:
    """The days cut where any provision on index, validity or limits begins or ends."""
    subjects = {"index", "validity", "limits", "evaluation"}
    cuts = {
        d
        for p in desk.workspace.law.provisions
        if p.subject in subjects
        for d in (p.since, p.until)
        if d and first < d <= last
    }
    edges = [first, *sorted(cuts), last + _ONE_DAY]
    for start, end in pairwise(edges):
        yield Period(start, end - _ONE_DAY), law_on(desk, start)


def daily(desk: Desk, places: Sequence[str], first: date, last: date) -> pl.DataFrame:
    """Daily values (``DAILY``) of cities, first and last day included."""
    key = ("daily", tuple(places), first, last, desk.clock)
    return desk.remember(
        key, lambda: city_daily(desk.workspace, desk.view, places, first, last, clock=desk.clock)
    )


def day_index(desk: Desk, places: Sequence[str], first: date, last: date) -> pl.DataFrame:
    """The index of each place and day: ``place day <items> aqi level primary missing version iaqi_<item>…``.

    Days before the first provision on the index have none and are left out.
    """
    key = ("day_index", desk.region.id, tuple(places), first, last)
    return desk.remember(key, lambda: _day_index(desk, places, first, last))


def _day_index(desk: Desk, places: Sequence[str], first: date, last: date) -> pl.DataFrame:
    values = daily(desk, places, first, last)
    parts = []
    for period, law in _segments(desk, first, last):
        if {"index", "validity", "limits", "evaluation"} <= set(law):
            grade = law["limits"].value[law["evaluation"].value["grade"]]
            rows = valid_items(values, law["validity"], grade)
            parts.append(index_days(rows, places, [IndexSpan(period, law["index"])]))
    return (
        pl.concat(parts, how="diagonal")
        if parts
        else pl.DataFrame(schema={"place": pl.String, "day": pl.Date})
    )


def hourly(desk: Desk, places: Sequence[str], first: date, last: date) -> pl.DataFrame:
    """Hourly values of cities on these local days: ``place variable start end value stations source``."""
    window = desk.clock.days(first, last)
    key = ("hourly", tuple(places), first, last, desk.clock)
    return desk.remember(
        key, lambda: city_hourly(desk.workspace, desk.view, places, window.start, window.end)
    )


def hour_index(desk: Desk, places: Sequence[str], first: date, last: date) -> pl.DataFrame:
    """The real-time index of each place and hour: ``place start <items> aqi level primary missing``."""
    key = ("hour_index", desk.region.id, tuple(places), first, last)
    return desk.remember(key, lambda: _hour_index(desk, places, first, last))


def _hour_index(desk: Desk, places: Sequence[str], first: date, last: date) -> pl.DataFrame:
    values = hourly(desk, places, first, last)
    if values.is_empty():
        return pl.DataFrame(schema={"place": pl.String, "start": pl.Datetime("us", "UTC")})
    return index_of_hours(desk, values, first, last)


def index_of_hours(desk: Desk, values: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """The real-time index of rows ``place variable start value`` on these days, each under the law of its day."""
    wide = values.group_by("place", "start").agg(
        pl.col("value").filter(pl.col("variable") == v).first().alias(v) for v in POLLUTANTS
    )
    parts = []
    for period, law in _segments(desk, first, last):
        window = desk.clock.days(period.first, period.last)
        part = wide.filter((pl.col("start") >= window.start) & (pl.col("start") < window.end))
        if "index" in law and part.height:
            parts.append(hourly_index(part, law["index"]))
    if not parts:
        return pl.DataFrame(schema={"place": pl.String, "start": pl.Datetime("us", "UTC")})
    whole = pl.concat(parts, how="diagonal").rename({"category": "level"})
    listed = [
        pl.col(c).str.split("+").list.eval(pl.element().filter(pl.element() != ""))
        for c in ("primary", "missing")
    ]
    return whole.with_columns(*listed).sort("place", "start")


def values_of(row: dict[str, Any]) -> dict[str, float | None]:
    """The items of an index row."""
    return {k: row.get(k) for k in (*POLLUTANTS[:5], "o3_mda8", "o3") if k in row}


def day_start(desk: Desk, day: date) -> datetime:
    """The instant a local day begins."""
    return desk.clock.day(day).start
