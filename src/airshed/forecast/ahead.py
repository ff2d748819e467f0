"""Weather of the coming days for an outlook: from a forecast feed, the archive, the engine's case, or none.

A forecast feed is a table, CSV or Parquet, one row a value: ``issued_at`` (instant with its zone), ``place`` (id or
name), ``day`` (local date) or ``start`` (instant with its zone, of an hourly to 6-hourly step), ``variable`` (a name of
`observations.daily_weather.DAILY_WEATHER`, of steps also ``wind_direction``), ``value`` [catalogue unit], and where
there are several runs ``member``. What a feed says of days up to the day it was issued on is its analysis and serves
as history where the lake has no weather.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.observations.daily_weather import DAILY_WEATHER, RISE, days_of_steps, limits
from airshed.observations.small_table import small_table
from airshed.quantities import Clock

__all__ = ["Ahead", "Feed", "ahead_of", "read_feed"]

Field = NDArray[np.float64]

REQUIRED: Final = ("issued_at", "place", "variable", "value")
STEPS: Final = ("temperature", "pressure", "dew_point", "precipitation", "wind_speed", "wind_u", "wind_v")


@dataclass(frozen=True)
class Feed:
    """A forecast feed as read: ``rows`` of ``issued_at, place, day, variable, value, member``; ``made``: it says so."""

    rows: pl.DataFrame
    name: str
    made: bool = False


@dataclass(frozen=True)
class Ahead:
    """Weather of the days after an issue: (member, lead, place); and what the feed knew of days up to it.

    ``analysis``: days panel (place, day), without variables where the feed has no such days.
    """

    fields: xr.Dataset
    analysis: xr.Dataset
    issued: datetime
    source: str
    made: bool


def read_feed(path: Path, clock: Clock, place_of: Callable[[str], str]) -> Feed:
    """A forecast feed as a table of days.

    Parameters:
        path: CSV or Parquet; columns as above. A column ``made`` that is true marks weather nobody forecast.
        clock: makes local days of steps.
        place_of: id of a place as the file writes it; raises where nobody knows it.

    Raises:
        BadInput: no such file, columns missing, variables or units nobody knows, a time without zone.
    """
    table = small_table(path, "a forecast feed")
    if missing := [c for c in REQUIRED if c not in table.columns] or (
        [] if _timed(table) else ["day or start"]
    ):
        raise BadInput(
            f"columns {', '.join(REQUIRED)} and day or start in {path.name}",
            f"no {missing}",
            "see docs/forecast.md",
        )
    names = {p: place_of(p) for p in table["place"].unique().to_list()}
    rows = table.with_columns(
        issued_at=_instants(table, "issued_at", path),
        place=pl.col("place").replace_strict(names, return_dtype=pl.String),
        member=pl.col("member").cast(pl.Int64) if "member" in table.columns else pl.lit(0, pl.Int64),
        value=pl.col("value").cast(pl.Float64),
    )
    rows = _daily(rows, clock, path) if "day" not in rows.columns else _days(rows, path)
    _check_values(rows, path)
    made = "made" in table.columns and bool((table["made"].cast(pl.Int64) != 0).any())
    return Feed(rows.select("issued_at", "place", "day", "variable", "value", "member"), path.name, made)


def _timed(table: pl.DataFrame) -> bool:
    return "day" in table.columns or "start" in table.columns


def _instants(table: pl.DataFrame, column: str, path: Path) -> pl.Series:
    """Instants in UTC; a text without a zone is refused, for nobody can know what it means."""
    series = table[column]
    if series.dtype == pl.String:
        zoned = series.str.contains(r"(Z|[+-]\d\d:?\d\d)$").all()
        parsed = series.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
        if not zoned or parsed.null_count():
            raise BadInput(
                f"{column} in {path.name} as instants with a zone",
                repr(series[0]),
                "write 2016-02-20T20:00+08:00",
            )
        return parsed
    if not isinstance(series.dtype, pl.Datetime) or series.dtype.time_zone is None:
        raise BadInput(
            f"{column} in {path.name} as instants with a zone", str(series.dtype), "keep the zone in the file"
        )
    return series.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))


def _days(rows: pl.DataFrame, path: Path) -> pl.DataFrame:
    day = rows["day"]
    parsed = day.str.to_date(strict=False) if day.dtype == pl.String else day.cast(pl.Date)
    if parsed.null_count():
        raise BadInput(f"day in {path.name} as YYYY-MM-DD", repr(day[0]), "mend the column")
    return rows.with_columns(day=parsed)


def _daily(rows: pl.DataFrame, clock: Clock, path: Path) -> pl.DataFrame:
    """Steps of a day as days, run by run."""
    rows = _components(rows.with_columns(start=_instants(rows, "start", path)))
    parts = []
    for (issued, member), run in rows.group_by("issued_at", "member"):
        panel = _steps_panel(run.filter(pl.col("variable").is_in(STEPS)))
        local = panel["hour"].values + np.timedelta64(int(clock.utc_offset), "h")
        counts = np.unique(local.astype("datetime64[D]"), return_counts=True)[1]
        days = days_of_steps(panel, clock, steps=int(counts.max()))
        parts.append(_long(days).with_columns(issued_at=pl.lit(issued), member=pl.lit(member, pl.Int64)))
    return pl.concat(parts)


def _components(rows: pl.DataFrame) -> pl.DataFrame:
    """Speed and direction [deg, from] as components; a feed that gives components keeps them."""
    keys = ["issued_at", "member", "place", "start"]
    speed = rows.filter(pl.col("variable") == "wind_speed").select(*keys, speed="value")
    towards = rows.filter(pl.col("variable") == "wind_direction").select(*keys, direction="value")
    both = speed.join(towards, on=keys)
    angle = pl.col("direction").radians()
    parts = [
        both.select(*keys, pl.lit(name).alias("variable"), value=-pl.col("speed") * turn)
        for name, turn in (("wind_u", angle.sin()), ("wind_v", angle.cos()))
    ]
    kept = rows.filter(pl.col("variable") != "wind_direction").select(*keys, "variable", "value")
    return pl.concat([kept, *parts]).unique([*keys, "variable"], keep="first", maintain_order=True)


def _steps_panel(run: pl.DataFrame) -> xr.Dataset:
    places, hours = (
        sorted(run["place"].unique()),
        np.sort(run["start"].unique().dt.replace_time_zone(None).to_numpy()),
    )
    row = run["place"].replace_strict({p: n for n, p in enumerate(places)}, return_dtype=pl.Int64).to_numpy()
    at = np.searchsorted(hours, run["start"].dt.replace_time_zone(None).to_numpy())
    fields = {}
    for name in run["variable"].unique():
        mine = (run["variable"] == name).to_numpy()
        values = np.full((len(places), len(hours)), np.nan)
        values[row[mine], at[mine]] = run["value"].to_numpy()[mine]
        fields[name] = (("place", "hour"), values)
    return xr.Dataset(
        fields, {"place": np.array(places, dtype=object), "hour": hours.astype("datetime64[ns]")}
    )


def _long(days: xr.Dataset) -> pl.DataFrame:
    places, dates = days["place"].values, days["day"].values.astype("datetime64[D]")
    parts = [
        pl.DataFrame({
            "place": np.repeat(places, len(dates)).astype(str), "day": np.tile(dates, len(places)),
            "value": days[name].values.ravel(),
        }).with_columns(variable=pl.lit(str(name)))
        for name in days.data_vars
    ]  # fmt: skip
    return pl.concat(parts).filter(pl.col("value").is_not_nan()).with_columns(pl.col("day").cast(pl.Date))


def _check_values(rows: pl.DataFrame, path: Path) -> None:
    """Unknown variables, and values no day on Earth has: units off by a factor, kelvin for degrees."""
    if unknown := sorted(set(rows["variable"].unique()) - set(DAILY_WEATHER)):
        raise BadInput(
            f"variables of {', '.join(DAILY_WEATHER)} in {path.name}", ", ".join(unknown), "rename or remove"
        )
    for name in rows["variable"].unique().to_list():
        low, high, unit = limits(name)
        held = rows.filter(pl.col("variable") == name)["value"]
        if wrong := held.filter((held < low) | (held > high) | held.is_nan()).to_list():
            wanted = f"{name} in {path.name} [{unit}] between {low:g} and {high:g}"
            raise BadInput(wanted, f"{wrong[0]:g} ({len(wrong)} such)", "give it in that unit")


def ahead_of(feed: Feed, when: datetime, issue_day: date, days: int, places: Sequence[str]) -> Ahead:
    """The newest run of a feed that had been issued by then, as weather of the leads 1 to ``days``.

    Parameters:
        when: instant of the issue: what was issued later is not looked at.
        issue_day: the local day the leads count from.

    Raises:
        BadInput: nothing issued by then, a place it does not have, or days it does not reach.
    """
    known = feed.rows.filter(pl.col("issued_at") <= when)
    if not known.height:
        first = feed.rows["issued_at"].min()
        raise BadInput(
            f"weather issued by {when.isoformat()} in {feed.name}",
            f"the first is of {first!s}",
            "give an older feed",
        )
    issued = known["issued_at"].max()
    assert isinstance(issued, datetime)
    newest = known.filter((pl.col("issued_at") == issued) & (pl.col("day") > issue_day))
    # a day that breaks off before its last quarter is a day
    whole = newest.filter(pl.col("variable") != RISE)
    if lacking := sorted(set(places) - set(whole["place"].unique())):
        raise BadInput(
            f"weather of every city in {feed.name}",
            f"none of {', '.join(lacking[:5])}",
            "give weather of these places",
        )
    reached = whole.group_by("place", "variable", "member").agg(pl.col("day").max())["day"].min()
    assert isinstance(reached, date)
    if (reach := (reached - issue_day).days) < days:
        raise BadInput(
            f"weather for {days} d ahead",
            f"{feed.name} that reaches {max(reach, 0)} d",
            "ask for fewer days, or give a longer forecast",
        )
    analysed = known.filter(pl.col("day") <= issue_day).sort("issued_at", "member").unique(
        ["place", "day", "variable"], keep="last", maintain_order=True
    )  # fmt: skip
    fields = _by_lead(newest, issue_day, days, places)
    return Ahead(fields, _panel(analysed, places), issued, feed.name, feed.made)


def _by_lead(rows: pl.DataFrame, issue_day: date, days: int, places: Sequence[str]) -> xr.Dataset:
    members = np.sort(rows["member"].unique().to_numpy())
    lead = (rows["day"].to_numpy().astype("datetime64[D]") - np.datetime64(issue_day)).astype(np.int64)
    near = (lead <= days) & rows["place"].is_in(list(places)).to_numpy()
    rows, lead = rows.filter(pl.Series(near)), lead[near]
    at = (np.searchsorted(members, rows["member"].to_numpy()), lead - 1, _numbers(rows, places))
    fields = {}
    for name in [v for v in DAILY_WEATHER if v in rows["variable"].unique()]:
        mine = (rows["variable"] == name).to_numpy()
        values = np.full((len(members), days, len(places)), np.nan)
        values[tuple(a[mine] for a in at)] = rows["value"].to_numpy()[mine]
        fields[name] = (("member", "lead", "place"), values)
    coords = {"member": members, "lead": np.arange(1, days + 1), "place": np.array(places, dtype=object)}
    return xr.Dataset(fields, coords)


def _panel(rows: pl.DataFrame, places: Sequence[str]) -> xr.Dataset:
    rows = rows.filter(pl.col("place").is_in(list(places)))
    days = np.sort(rows["day"].unique().to_numpy()).astype("datetime64[D]")
    place, at = _numbers(rows, places), np.searchsorted(days, rows["day"].to_numpy().astype("datetime64[D]"))
    fields = {}
    for name in [v for v in DAILY_WEATHER if v in rows["variable"].unique()]:
        mine = (rows["variable"] == name).to_numpy()
        values = np.full((len(places), len(days)), np.nan)
        values[place[mine], at[mine]] = rows["value"].to_numpy()[mine]
        fields[name] = (("place", "day"), values)
    return xr.Dataset(fields, {"place": np.array(places, dtype=object), "day": days.astype("datetime64[ns]")})


def _numbers(rows: pl.DataFrame, places: Sequence[str]) -> NDArray[np.int64]:
    number = {p: n for n, p in enumerate(places)}
    return rows["place"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
