"""Daily tables and provisions for tests of assessment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from airshed.assessment.daily import DAILY
from airshed.law import Book, Instrument, Provision
from conftest import shared_data

BTH = (
    "北京",
    "天津",
    "石家庄",
    "唐山",
    "秦皇岛",
    "邯郸",
    "邢台",
    "保定",
    "张家口",
    "承德",
    "沧州",
    "廊坊",
    "衡水",
)

_INSTRUMENT = Instrument("test", {"zh": "试", "en": "test"}, "cn", None, None)


def provision(subject: str, value: dict[str, Any], since: date = date(2000, 1, 1)) -> Provision:
    return Provision(subject, "cn", since, None, "derived", _INSTRUMENT, "-", value)


BOOK = Book.load()
LAW_2015 = BOOK.on(date(2015, 12, 31), ("cn",))
LAW_2026 = BOOK.on(date(2026, 12, 31), ("cn",))
LIMITS_2012, EVALUATION, VALIDITY, COMPOSITE = (
    LAW_2015[subject] for subject in ("limits", "evaluation", "validity", "composite")
)
GRADE = LIMITS_2012.value["grade_2"]


def daily(rows: Iterable[tuple[Any, ...]], **defaults: Any) -> pl.DataFrame:
    """DAILY from (place, variable, day, value[, valid]) rows."""
    base = {"hours": 24, "valid": True, "dust": False, "basis": "computed", "source": "test"} | defaults
    full = [dict(zip(("place", "variable", "day", "value", "valid"), row, strict=False)) for row in rows]
    return pl.DataFrame([base | row for row in full], schema=DAILY)


@cache
def real_daily() -> pl.DataFrame:
    """The real daily city file as DAILY; a zero is missing."""
    raw = pl.read_parquet(shared_data("air_quality/city_daily_366cities_20131202_20160229.parquet"))
    columns = {"pm25": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3_8h": "o3_mda8"}
    return (
        raw.rename({k: v for k, v in columns.items() if k != v})
        .filter(pl.col("city").is_in(BTH))
        .unpivot(on=list(columns.values()), index=["city", "date"])
        .select(
            pl.col("city").alias("place"), "variable", pl.col("date").alias("day"), "value",
            pl.lit(24, pl.Int32).alias("hours"), (pl.col("value") > 0).alias("valid"),
            pl.lit(value=False).alias("dust"), pl.lit("reported").alias("basis"),
            pl.lit("city-daily").alias("source"),
        )
    )  # fmt: skip
