"""Panels: places side by side in time, an array a variable. What forecasts and effects start from.

``hours`` panels have dims (place, hour), ``hour`` the UTC start; ``days`` panels (place, day), ``day`` the local day.
Pollutants stand in the catalogue's units; weather as temperature [degC], pressure [hPa], dew_point [degC],
precipitation [mm, summed over the day], wind_speed, wind_u, wind_v [m/s, from the west and from the south], and of days
what `observations.daily_weather` makes of these besides. A value that is missing or that its feed flagged is NaN.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.law import Book
from airshed.observations.daily_weather import days_of_steps
from airshed.observations.feeds import feed as feed_named
from airshed.observations.flags import usable
from airshed.observations.index_table import days_of_hours
from airshed.observations.schema import FeedContext, Refusal
from airshed.places import Gazetteer
from airshed.quantities import DAY, HOUR, POLLUTANTS, Clock, variable

__all__ = ["DAILY_POLLUTANTS", "days_panel", "digest_of", "hours_panel", "read_rows"]

DAILY_POLLUTANTS: Final = ("pm25", "pm10", "o3_mda8", "no2", "so2", "co")


def read_rows(
    feed: str, paths: Sequence[Path], gazetteer: Gazetteer, variables: Sequence[str] | None = None
) -> pl.DataFrame:
    """Usable rows of files, without a workspace: ``place, variable, start, end, value``.

    Parameters:
        feed: name of the feed that reads them.
        paths: files or folders.
        variables: which to keep; None: all.

    Raises:
        BadInput: a path that is not there, or no usable value in any of them; the first that was refused is named.
    """
    context = FeedContext(gazetteer, now=datetime.now(UTC))
    parts: list[pl.DataFrame] = []
    refused: list[Refusal] = []
    for path in map(Path, paths):
        if not path.exists():
            raise BadInput("a file or folder to read", f"{path}, which is not there", "check the path")
        for batch in feed_named(feed).read(path, context):
            refused += batch.refusals[:1]
            rows = batch.rows.filter(usable(pl.col("flag").cast(pl.Int32)))
            if variables is not None:
                rows = rows.filter(pl.col("variable").is_in(list(variables)))
            parts.append(rows.select("place", "variable", "start", "end", "value"))
    found = pl.concat(parts) if parts else pl.DataFrame()
    if not found.height:
        came = f"none: {refused[0]}" if refused else "none"
        raise BadInput(f"values in the form of the feed {feed}", came, "name other files, or another feed")
    return found.unique(["place", "variable", "start", "end"], keep="last", maintain_order=True)


def hours_panel(rows: pl.DataFrame, gazetteer: Gazetteer, *, by: str = "city") -> xr.Dataset:
    """Hourly rows as a panel.

    Parameters:
        rows: as ``read_rows`` gives them; those that do not last an hour are left out.
        by: ``city`` (mean of its stations, hour by hour) or ``station``.

    Raises:
        BadInput: no hourly value.
    """
    hourly = _with_wind(rows.filter(_lasts(HOUR)).select("place", "variable", "start", "value"))
    if not hourly.height:
        raise BadInput("hourly values", "none", "days have panels of their own: days_panel")
    return _panel(_by_city(hourly, gazetteer) if by == "city" else hourly, "hour")


def days_panel(
    rows: pl.DataFrame, gazetteer: Gazetteer, book: Book, clock: Clock, *, by: str = "city"
) -> xr.Dataset:
    """Local days as a panel: of hours by the law's rule of validity, else the days the rows hold themselves.

    Of variables that no hours tell of, days count beside hours: air by the hour, weather by the day.

    Parameters:
        rows: as ``read_rows`` gives them.
        book: the law, whose rule says which days count.
        clock: makes local days.
        by: ``city`` (hour by hour the mean of its stations, then the day) or ``station``.

    Raises:
        BadInput: neither hours nor local days, or no day with enough of its hours.
    """
    hourly = rows.filter(_lasts(HOUR))
    at_midnight = (pl.col("start") + clock.shift).dt.time() == datetime.min.time()
    days = rows.filter(_lasts(DAY) & at_midnight).select("place", "variable", "start", "value")
    days = _by_city(days, gazetteer) if by == "city" else days
    if not hourly.height:
        if not days.height:
            raise BadInput("hours or local days", "rows of other lengths", "name another file")
        return _panel(days, "day", clock)
    held = _with_wind(hourly.select("place", "variable", "start", "value"))
    held = _by_city(held, gazetteer) if by == "city" else held
    measured = held.filter(pl.col("variable").is_in(POLLUTANTS)).with_columns(end=pl.col("start") + HOUR)
    made = days_of_hours(measured, book, lambda place: _chain(place, gazetteer), clock)
    long = made.unpivot(index=["place", "start"], variable_name="variable", value_name="value").drop_nulls()
    pollutants = long.select("place", "variable", "start", "value")
    weather = held.filter(~pl.col("variable").is_in(POLLUTANTS))
    parts = [_panel(pollutants, "day", clock)] if pollutants.height else []
    if weather.height:
        parts.append(_known(days_of_steps(_panel(weather, "hour"), clock)))
    told = {str(name) for part in parts for name in part.data_vars}
    besides = days.filter(pl.col("variable").is_in(sorted(told)).not_())
    if besides.height:
        parts.append(_panel(besides, "day", clock))
    if not any(part.data_vars for part in parts):
        raise BadInput("a local day with enough hours", "none", "feed whole days")
    return _side_by_side(parts).assign_attrs(utc_offset=clock.utc_offset)


def digest_of(panel: xr.Dataset) -> str:
    """What a panel holds, as 16 hexadecimal digits: names, times and values."""
    seen = hashlib.sha256()
    for name in (*sorted(str(c) for c in panel.coords), *sorted(str(v) for v in panel.data_vars)):
        values = panel[name].values
        seen.update(name.encode())
        seen.update(
            "|".join(map(str, values)).encode()
            if values.dtype.kind in "OU"
            else np.ascontiguousarray(values).tobytes()
        )
    return seen.hexdigest()[:16]


def _lasts(length: Any) -> pl.Expr:
    return (pl.col("end") - pl.col("start")).eq(pl.lit(length))


def _with_wind(rows: pl.DataFrame) -> pl.DataFrame:
    """Directions and speeds as components; a calm hour has no direction and both components zero."""
    keys = ["place", "start"]
    speed = rows.filter(pl.col("variable") == "wind_speed").select(*keys, speed="value")
    towards = rows.filter(pl.col("variable") == "wind_direction").select(*keys, direction="value")
    angle = pl.col("direction").radians()
    known = speed.join(towards, on=keys, how="left").with_columns(
        wind_u=pl.when(pl.col("speed") == 0).then(0.0).otherwise(-pl.col("speed") * angle.sin()),
        wind_v=pl.when(pl.col("speed") == 0).then(0.0).otherwise(-pl.col("speed") * angle.cos()),
    )
    parts = known.unpivot(["wind_u", "wind_v"], index=keys, variable_name="variable", value_name="value")
    kept = rows.filter(pl.col("variable") != "wind_direction")
    return pl.concat([kept, parts.drop_nulls().select(kept.columns)])


def _by_city(rows: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Stations as the mean of their city's, hour by hour; what is a jurisdiction already stays."""
    homes = {p: gazetteer.station(p).place if gazetteer.has_station(p) else p for p in rows["place"].unique()}
    named = rows.with_columns(place=pl.col("place").replace_strict(homes, return_dtype=pl.String))
    return named.group_by("place", "variable", "start").agg(pl.col("value").mean())


def _chain(place: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    return gazetteer.chain(gazetteer.station(place).place if gazetteer.has_station(place) else place)


def _known(panel: xr.Dataset) -> xr.Dataset:
    """Without variables of which no value is known."""
    return panel[[name for name in panel.data_vars if bool(panel[name].notnull().any())]]


def _side_by_side(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Days panels of different variables as one, over all their places and days, without holes in time."""
    joined = xr.merge(parts, join="outer", compat="no_conflicts")
    days = joined["day"].values
    every = np.arange(days.min(), days.max() + np.timedelta64(1, "D"), np.timedelta64(1, "D"))
    ordered = joined.reindex(day=every.astype("datetime64[ns]"))
    return ordered[sorted(map(str, ordered.data_vars))]


def _panel(rows: pl.DataFrame, axis: str, clock: Clock | None = None) -> xr.Dataset:
    """Long rows as arrays without holes in time: what is not there is NaN."""
    unit = "D" if axis == "day" else "h"
    local = pl.col("start") + clock.shift if clock is not None else pl.col("start")
    stamps = (
        rows.select(local.dt.replace_time_zone(None)).to_series().to_numpy().astype(f"datetime64[{unit}]")
    )
    times = np.arange(stamps.min(), stamps.max() + 1)
    places = sorted(rows["place"].unique())
    row = rows["place"].replace_strict({p: n for n, p in enumerate(places)}, return_dtype=pl.Int64).to_numpy()
    column = (stamps - times[0]).astype(np.int64)
    fields: dict[str, Any] = {}
    for name in sorted(rows["variable"].unique()):
        mine = (rows["variable"] == name).to_numpy()
        values = np.full((len(places), len(times)), np.nan)
        values[row[mine], column[mine]] = rows["value"].to_numpy()[mine]
        fields[name] = (("place", axis), values, {"units": _unit(name)})
    coords = {"place": np.array(places, dtype=object), axis: times.astype("datetime64[ns]")}
    return xr.Dataset(fields, coords, {"utc_offset": clock.utc_offset} if clock is not None else {})


def _unit(name: str) -> str:
    """The catalogue's unit; of components that of the wind."""
    return variable("wind_speed" if name in ("wind_u", "wind_v") else name).unit
