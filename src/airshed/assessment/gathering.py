"""What an assessment reads from a workspace: cities, days, and the weather that restating particles wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from airshed.assessment.members import members
from airshed.assessment.notes import Note
from airshed.assessment.period import Period
from airshed.errors import BadInput
from airshed.observations.averages import city_daily
from airshed.places import Gazetteer
from airshed.quantities import Clock
from airshed.store import View
from airshed.workspace import Workspace

__all__ = ["Cities", "Source", "choose_cities"]

_HOUR_MINUTES = 60  # min in an hour


@dataclass(frozen=True)
class Cities:
    """The cities of an assessment in the order of their list, and the region they are taken as."""

    places: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]]
    region: str
    region_names: Mapping[str, str]
    notes: tuple[Note, ...]
    clock: Clock


def choose_cities(
    workspace: Workspace, region: str | None, cities: Sequence[str] | None, members_on: date
) -> Cities:
    """The cities that were asked for: a list by name or code, else the members of a region on a day.

    Raises:
        BadInput: both a region and a list of cities, or a name that means nothing.
    """
    gazetteer = workspace.gazetteer
    if cities is not None:
        if region is not None:
            raise BadInput("a region or a list of cities", "both", "give one of them")
        places = tuple(dict.fromkeys(gazetteer.require(c, prefer="city") for c in cities))
        if not places:
            raise BadInput("at least one city", "an empty list", "name a city")
        own = {"zh": f"所选 {len(places)} 个城市", "en": f"{len(places)} chosen cities"}
        return Cities(places, _names(gazetteer, places), "selection", own, (), workspace.clock())
    found = workspace.region(region)
    places, note = members(found, members_on)
    notes = (note, *_made(found.made))
    return Cities(places, _names(gazetteer, places), found.id, found.names, notes, Clock(found.utc_offset))


def _names(gazetteer: Gazetteer, places: Sequence[str]) -> dict[str, Mapping[str, str]]:
    return {p: gazetteer.jurisdiction(p).names for p in places}


def _made(made: bool) -> tuple[Note, ...]:
    if not made:
        return ()
    return (
        Note(
            "made_region", "虚构区域：数据为演示而造，不是观测", "a made region: data made for demonstration"
        ),
    )


@dataclass(frozen=True)
class Source:
    """Where days are read from: a workspace, a view, and the instant as of which it is read."""

    workspace: Workspace
    view: View
    clock: Clock
    as_of: datetime | None = None

    def daily(self, places: Sequence[str], period: Period, *, without_dust: bool = False) -> pl.DataFrame:
        """``DAILY`` of the places and period."""
        return city_daily(
            self.workspace, self.view, places, period.first, period.last,
            as_of=self.as_of, without_dust=without_dust, clock=self.clock,
        )  # fmt: skip

    def weather(self, places: Sequence[str], period: Period) -> pl.DataFrame:
        """``place day temperature [degC] pressure [hPa]``: means of the stations of each city."""
        stations = {s.id: s.place for s in self.workspace.gazetteer.stations(places)}
        span = self.clock.days(period.first, period.last)
        rows = self.workspace.query(
            self.view, places=sorted(stations), variables=["temperature", "pressure"], start=span.start,
            end=span.end, period=_HOUR_MINUTES, snapshot=self.workspace.snapshot(as_of=self.as_of),
        )  # fmt: skip
        hours = pl.DataFrame(
            pl.from_arrow(self.workspace.engine.run(rows.select("place", "variable", "start", "value")))
        )
        city = {i: self.workspace.gazetteer.city_of(p) for i, p in stations.items()}
        local = (pl.col("start").dt.replace_time_zone(None) + self.clock.shift).dt.date()
        days = hours.with_columns(
            pl.col("place").replace_strict(city, default=None, return_dtype=pl.String), day=local
        ).sort("place", "variable", "start", "value")
        wide = days.group_by("place", "day", maintain_order=True).agg(
            **{v: pl.col("value").filter(pl.col("variable") == v).mean() for v in ("temperature", "pressure")}
        )
        return wide.drop_nulls()
