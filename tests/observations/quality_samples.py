"""Made rows for quality control, and the real files read straight from Parquet (no feed in between)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from airshed.observations.quality import QualityContext, flagged
from airshed.observations.schema import FEED_COLUMNS
from conftest import shared_data

MIDNIGHT = datetime(2014, 12, 31, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DUST_LAW = {"rise_factor": 2, "rise_hours": 6, "floor": 150, "return_within": 0.1}
"""The shape of the law's provision; the tests state their numbers themselves."""


def rows(
    values: Sequence[float | None],
    variable: str = "pm25",
    *,
    place: str = "p",
    source: str = "s",
    step: timedelta = HOUR,
    first: datetime = MIDNIGHT,
    flag: int = 0,
) -> pl.DataFrame:
    """One series; None is an interval without a row."""
    kept = [(first + step * n, v) for n, v in enumerate(values) if v is not None]
    return table(
        {"place": place, "variable": variable, "start": s, "end": s + step, "value": v, "flag": flag,
         "stage": 0, "source": source, "issued_at": None}
        for s, v in kept
    )  # fmt: skip


def table(given: Any) -> pl.DataFrame:
    return pl.DataFrame(list(given), schema=FEED_COLUMNS)


def flags(
    frame: pl.DataFrame, flag: int, context: QualityContext | None = None, variable: str | None = None
) -> list[int]:
    """Positions (hours or days since the first row) of the rows that carry a flag."""
    found = flagged(frame, context or QualityContext())
    if variable is not None:
        found = found.filter(pl.col("variable") == variable)
    bits = found.sort("start")["flag"].to_list()
    return [n for n, b in enumerate(bits) if b & flag]


def _finished(wide: pl.DataFrame, names: dict[str, str], source: str, step: timedelta) -> pl.DataFrame:
    """Long rows of a wide table with place and start; zeros of daily rows are marked as their feed does."""
    long = wide.rename(names).unpivot(list(names.values()), index=["place", "start"]).drop_nulls("value")
    zero = (pl.col("value") == 0) & (step == DAY)
    return long.with_columns(
        end=pl.col("start") + step,
        flag=zero.cast(pl.UInt16),
        stage=pl.lit(0, pl.UInt8),
        source=pl.lit(source),
        issued_at=pl.lit(None, FEED_COLUMNS["issued_at"]),
    ).select(list(FEED_COLUMNS))


def real_prsa() -> pl.DataFrame:
    path = shared_data("air_quality/prsa_beijing_12sites_hourly_20130301_20160229.parquet")
    wide = pl.read_parquet(path).with_columns(
        place="prsa:" + pl.col("station"),
        start=pl.datetime("year", "month", "day", "hour", time_zone="+08:00").dt.convert_time_zone("UTC"),
        CO=pl.col("CO") / 1000,
    )
    names = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
    return _finished(wide, names, "prsa", HOUR)


def real_city_daily() -> pl.DataFrame:
    path = shared_data("air_quality/city_daily_366cities_20131202_20160229.parquet")
    wide = pl.read_parquet(path).with_columns(
        start=pl.col("date").cast(pl.Datetime("us", "UTC")) - timedelta(hours=8)
    )
    names = {"pm25": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3_8h": "o3_mda8"}
    return _finished(wide.rename({"city": "place"}), names, "city-daily", DAY)
