"""``prsa``: the Beijing Multi-Site data set (UCI 501): a CSV a site, a folder of them, or one Parquet.

Columns ``No, year, month, day, hour, PM2.5, PM10, SO2, NO2, CO, O3, TEMP, PRES, DEWP, RAIN, wd, WSPM,
station``. Hours are local (UTC+8) and labelled by their start. CO comes in µg/m³ and is stored in mg/m³.
Concentrations are capped at 999 by the source; the weather is that of the nearest weather station, so
several sites share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from airshed.observations.feeds.cells import Column, Wide, as_numbers, as_places, wanted_columns
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import MISSING_MARKS, Sheet, sheets
from airshed.observations.feeds.times import bounds, utc
from airshed.observations.schema import Batch, FeedContext, empty_rows
from airshed.quantities import BEIJING, HOUR, conversion, variable

__all__ = ["COMPASS", "Prsa"]

_TIME = ("year", "month", "day", "hour")
_COLUMNS = {
    "PM2.5": Column("pm25"), "PM10": Column("pm10"), "SO2": Column("so2"), "NO2": Column("no2"),
    "CO": Column("co", *conversion("ug/m3", variable("co"))), "O3": Column("o3"),
    "TEMP": Column("temperature"), "PRES": Column("pressure"), "DEWP": Column("dew_point"),
    "RAIN": Column("precipitation"), "WSPM": Column("wind_speed"), "wd": Column("wind_direction"),
}  # fmt: skip
COMPASS = {
    name: number * 22.5
    for number, name in enumerate(
        ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
    )
}
"""Sixteen points to the direction the wind comes from [deg, clockwise from north]."""
_HOURS_A_BATCH = 200_000


class Prsa:
    """北京十二站小时值 (UCI) / hourly values and weather of twelve Beijing sites."""

    name = "prsa"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """Batches of at most a few million cells."""
        complaints = Complaints()
        for sheet in sheets(path, complaints, numeric=lambda header: [c for c in header if c in _NUMBERS]):
            if wanted_columns(sheet, *_TIME, "station"):
                for first in range(0, max(sheet.frame.height, 1), _HOURS_A_BATCH):
                    yield self._batch(sheet.part(first, _HOURS_A_BATCH), context)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _batch(self, sheet: Sheet, context: FeedContext) -> Batch:
        def find(name: str) -> str | None:
            return f"prsa:{name}" if context.gazetteer.has_station(f"prsa:{name}") else None

        place = as_places(sheet, "station", find, "one of the twelve sites")
        start, end = bounds(utc(_local_hours(sheet), BEIJING), HOUR, "start")
        names = [c for c in _COLUMNS if c in sheet.frame.columns]
        values = as_numbers(sheet, [c for c in names if c != "wd"])
        if "wd" in names:
            values = values.with_columns(_degrees(sheet).alias("wd"))
        keys = pl.DataFrame({"place": place, "start": start, "end": end})
        return Wide(sheet, keys, _COLUMNS, "year", values).batch(self.name, context)


_NUMBERS = {*_COLUMNS, *_TIME, "No"} - {"wd"}


def _local_hours(sheet: Sheet) -> pl.Series:
    """The four columns as wall-clock hours; a row whose time does not exist is refused."""
    parts = as_numbers(sheet, list(_TIME)).cast(pl.Int64, strict=False)
    text = pl.concat_str(pl.col("year"), *(pl.col(c).cast(pl.String).str.zfill(2) for c in ("month", "day")))
    day = text.str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us"))
    legal = pl.col("hour").is_between(0, 23)
    local = parts.select(pl.when(legal).then(day + pl.duration(hours=pl.col("hour")))).to_series()
    if local.is_null().any():
        whole = pl.col(_TIME).cast(pl.Float64, strict=False).cast(pl.Int64)
        shown = sheet.with_column(pl.concat_str(whole, separator=" ", ignore_nulls=True).alias("hour"))
        shown.refuse(local.is_null(), "hour", "year month day hour, hours 0 to 23", "the row was left out")
    return local


def _degrees(sheet: Sheet) -> pl.Series:
    """Compass points as degrees; what is no point is refused, its row kept."""
    text = sheet.frame["wd"].cast(pl.String).str.strip_chars()
    degrees = text.replace_strict(COMPASS, default=None, return_dtype=pl.Float64)
    bad = degrees.is_null() & text.is_not_null() & ~text.is_in(MISSING_MARKS)
    if bad.any():
        sheet.refuse(bad, "wd", "one of the 16 points N, NNE, …", "the cell was left out, its row was kept")
    return degrees
