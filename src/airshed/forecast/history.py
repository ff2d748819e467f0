"""What was known at an issue: days, hours and weather of a workspace's lake, and nothing later.

The issue day is the last local day of which at least twelve hours had ended; a run at 20:00 takes the twenty hours
there are as the day, a run at 06:00 counts its leads from the day before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.observations.averages import city_daily, city_hourly
from airshed.observations.daily_weather import DAILY_WEATHER, days_of_steps
from airshed.observations.flags import usable
from airshed.observations.panel import DAILY_POLLUTANTS, days_panel, hours_panel
from airshed.quantities import DAY, HOUR, POLLUTANTS, Clock, variable
from airshed.store import View
from airshed.workspace import Workspace

__all__ = [
    "LEAST_HOURS",
    "Knowledge",
    "Known",
    "daily_weather",
    "known_days",
    "known_hours",
    "known_weather",
    "unfit_series",
]

Knowledge = Literal["received", "ended"]

LEAST_HOURS: Final = 12  # [h] of the issue day, for it to count as a day: own choice
WINDOW, LEAST_OF_WINDOW = (
    8,
    6,
)  # [h] of the sliding mean of O3, and hours of it at least (HJ 663-2013, as in `hours`)
UNUSABLE: Final = 7  # [d] without a value, or with one and the same, that end a series: own choice
EVEN: Final = 6  # decimals: threads add in any order, and two readings of the same rows must be the same data
MEASURED: Final = ("temperature", "pressure", "dew_point", "precipitation", "wind_speed", "wind_direction")


@dataclass(frozen=True)
class Known:
    """Who asks, when, and what counts as known.

    Parameters:
        when: instant of the issue; nothing that ended after it is read.
        places: jurisdiction ids.
        knowledge: ``received``: only what the lake had received by then; ``ended``: what had ended by then, received
            whenever. None: ``received`` where the lake had received anything by then, else ``ended``, for a lake
            that was filled afterwards.
    """

    workspace: Workspace
    view: View
    when: datetime
    places: tuple[str, ...]
    clock: Clock
    knowledge: Knowledge | None = None

    def __post_init__(self) -> None:
        if self.when.tzinfo is None:
            raise BadInput("an issue time with its zone", f"{self.when}", "write 2016-02-20T20:00+08:00")

    @property
    def issue_day(self) -> date:
        """The local day the leads count from."""
        return self.clock.day_of(self.when - LEAST_HOURS * HOUR)

    def settled(self) -> Known:
        """With its knowledge decided."""
        if self.knowledge is not None:
            return self
        early = self.workspace.snapshot(as_of=self.when).files()
        return replace(self, knowledge="received" if early else "ended")

    @property
    def as_of(self) -> datetime | None:
        """The instant at which the lake is read."""
        return self.when if self.settled().knowledge == "received" else None


def known_days(known: Known, first: date) -> xr.Dataset:
    """City days of the six pollutants from a day to the issue day, as a days panel (place, day).

    Days before the issue day by the law's rule of validity; the issue day from the hours there are. Where the lake
    holds daily values only, the issue day is known once it has ended.

    Raises:
        BadInput: not one value.
    """
    known = known.settled()
    last = known.issue_day
    ended = last if known.clock.day(last).end <= known.when else last - timedelta(days=1)
    rows = city_daily(
        known.workspace, known.view, known.places, first, ended, as_of=known.as_of, clock=known.clock
    )
    long = rows.filter(pl.col("valid")).select("place", "variable", "day", "value")
    if ended < last:
        long = pl.concat([long, _issue_day(known, last)])
    if not long.height:
        raise BadInput(
            f"values of {', '.join(known.places[:3])} … from {first} to {last}", "none", "ingest some first"
        )
    return _panel(long, known, first, last)


def unfit_series(panel: xr.Dataset) -> dict[str, str]:
    """Places nothing can be forecast for, with the reason: a pollutant without usable value, or flat, for a week.

    Parameters:
        panel: the newest days (place, day).
    """
    found: dict[str, str] = {}
    for place in map(str, panel["place"].values):
        mine = panel.sel(place=place)
        if not any(bool(mine[name].notnull().any()) for name in mine.data_vars):
            found[place] = f"{place} has no history in the last {panel.sizes['day']} d"
            continue
        for name in map(str, panel.data_vars):
            week = mine[name].values[-UNUSABLE:]
            if not np.isfinite(week).any():
                found[place] = f"{place} has no usable {name} in the last {UNUSABLE} d: missing or flagged"
            elif np.isfinite(week).all() and len(week) == UNUSABLE and np.ptp(week) == 0:
                found[place] = f"{place} has a flat {name}, {week[0]:g} for {UNUSABLE} d"
    return found


def _panel(long: pl.DataFrame, known: Known, first: date, last: date) -> xr.Dataset:
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    row = {p: n for n, p in enumerate(known.places)}
    at = (long["day"].to_numpy().astype("datetime64[D]") - days[0]).astype(np.int64)
    place = long["place"].replace_strict(row, return_dtype=pl.Int64).to_numpy()
    fields = {}
    for name in DAILY_POLLUTANTS:
        mine = (long["variable"] == name).to_numpy()
        values = np.full((len(row), len(days)), np.nan)
        values[place[mine], at[mine]] = np.round(long["value"].to_numpy()[mine], EVEN)
        fields[name] = (("place", "day"), values, {"units": variable(name).unit})
    coords = {"place": np.array(known.places, dtype=object), "day": days.astype("datetime64[ns]")}
    return xr.Dataset(fields, coords, {"utc_offset": known.clock.utc_offset})


def _issue_day(known: Known, day: date) -> pl.DataFrame:
    """Means of the hours there are (O3: the greatest 8-h mean), where there are enough of them."""
    rows = _hour_rows(known, known.clock.day(day).start)
    hours = rows.filter(pl.col("variable") != "o3").group_by("place", "variable").agg(
        value=pl.col("value").mean(), hours=pl.len()
    )  # fmt: skip
    sliding = rows.filter(pl.col("variable") == "o3").sort("start").rolling(
        "start", period=f"{WINDOW}h", group_by="place"
    ).agg(value=pl.col("value").mean(), hours=pl.len())  # fmt: skip
    ozone = sliding.filter(pl.col("hours") >= LEAST_OF_WINDOW).group_by("place").agg(pl.col("value").max())
    means = hours.filter(pl.col("hours") >= LEAST_HOURS).select("place", "variable", "value")
    both = pl.concat([means, ozone.select("place", pl.lit("o3_mda8").alias("variable"), "value")])
    return both.select("place", "variable", pl.lit(day).alias("day"), "value")


def _hour_rows(known: Known, start: datetime) -> pl.DataFrame:
    """City hours that had ended at the issue."""
    end = known.when - HOUR + timedelta(microseconds=1)
    if end <= start:
        return pl.DataFrame(schema={"place": pl.String, "variable": pl.String, "start": pl.Datetime("us", "UTC"),
                                    "end": pl.Datetime("us", "UTC"), "value": pl.Float64})  # fmt: skip
    found = city_hourly(
        known.workspace, known.view, known.places, start, end, as_of=known.as_of, variables=POLLUTANTS
    )
    return found.select("place", "variable", "start", "end", "value")


def known_hours(known: Known, first: date) -> xr.Dataset | None:
    """City hours from a local day to the issue, as an hours panel (place, hour); None where there are none."""
    known = known.settled()
    rows = _hour_rows(known, known.clock.day(first).start)
    if not rows.height:
        return None
    found = hours_panel(rows, known.workspace.gazetteer)
    return found.reindex(place=np.array(known.places, dtype=object)).round(EVEN)


def known_weather(known: Known, first: date, last: date | None = None) -> xr.Dataset:
    """Weather measured in the cities, as a days panel (place, day) of ``DAILY_WEATHER``; without variables if none.

    Parameters:
        last: a day after the issue day makes it perfect prognosis: what came is read; the caller must say so.
    """
    known = known.settled()
    until = last or known.issue_day
    span = known.clock.days(first, until)
    end, as_of = (span.end, None) if until > known.issue_day else (known.when, known.as_of)
    days = np.arange(np.datetime64(first), np.datetime64(until) + np.timedelta64(1, "D"))
    rows = _weather_rows(known, span.start, end, as_of)
    found = daily_weather(rows, known, first)
    return found.reindex(day=days.astype("datetime64[ns]"), place=np.array(known.places, dtype=object)).round(
        EVEN
    )


def _weather_rows(known: Known, start: datetime, end: datetime, as_of: datetime | None) -> pl.DataFrame:
    ws = known.workspace
    stations = [s.id for s in ws.gazetteer.stations(known.places)]
    rows = ws.query(
        known.view, places=[*known.places, *stations], variables=MEASURED, start=start, end=end,
        snapshot=ws.snapshot(as_of=as_of),
    )  # fmt: skip
    kept = rows.filter(usable(rows.flag) & (rows.end <= end)).select(
        "place", "variable", "start", "end", "value"
    )
    return pl.DataFrame(pl.from_arrow(ws.engine.run(kept)))


def daily_weather(rows: pl.DataFrame, known: Known, first: date) -> xr.Dataset:
    """Rows of weather as a days panel: of hours, else of the local days they hold themselves.

    Parameters:
        rows: ``place, variable, start, end, value``.
        first: a day the panel is to begin with, where nothing else gives it one.
    """
    if rows.filter((pl.col("end") - pl.col("start")).eq(pl.lit(HOUR))).height:
        return days_of_steps(
            hours_panel(rows, known.workspace.gazetteer), known.clock, {known.issue_day: LEAST_HOURS / 24}
        )
    if rows.filter((pl.col("end") - pl.col("start")).eq(pl.lit(DAY))).height:
        found = days_panel(rows, known.workspace.gazetteer, known.workspace.law, known.clock)
        return found[[v for v in DAILY_WEATHER if v in found]]
    nothing = np.array([np.datetime64(first)], dtype="datetime64[ns]")
    return xr.Dataset(coords={"place": np.array(known.places, dtype=object), "day": nothing})
