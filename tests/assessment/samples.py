"""Daily tables and provisions for tests of assessment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import polars as pl
from conftest import shared_data

from airshed.assessment.daily import DAILY
from airshed.law.provision import Instrument, Provision

BTH = ("北京", "天津", "石家庄", "唐山", "秦皇岛", "邯郸", "邢台", "保定", "张家口", "承德", "沧州", "廊坊", "衡水")

_INSTRUMENT = Instrument("test", {"zh": "试", "en": "test"}, "cn", None, None)


def provision(subject: str, value: dict[str, Any], since: date = date(2000, 1, 1)) -> Provision:
    return Provision(subject, "cn", since, None, "derived", _INSTRUMENT, "-", value)


LIMITS_2012 = provision(
    "limits",
    {
        "grade_2": {
            "so2": {"year": 60, "day": 150, "hour": 500},
            "no2": {"year": 40, "day": 80, "hour": 200},
            "co": {"day": 4, "hour": 10},
            "o3": {"mda8": 160, "hour": 200},
            "pm10": {"year": 70, "day": 150},
            "pm25": {"year": 35, "day": 75},
        }
    },
)
EVALUATION = provision(
    "evaluation",
    {
        "items": {
            "so2": {"mean": True, "percentile": 98},
            "no2": {"mean": True, "percentile": 98},
            "pm10": {"mean": True, "percentile": 95},
            "pm25": {"mean": True, "percentile": 95},
            "co": {"percentile": 95},
            "o3": {"percentile": 90},
        },
        "decimals": {"so2": 0, "no2": 0, "pm10": 0, "pm25": 0, "co": 1, "o3": 0},
        "good_day_at_most": 100,
        "heavy_day_above": 200,
    },
)
VALIDITY = provision(
    "validity",
    {"year_days": 324, "month_days": 27, "february_days": 25, "mda8_windows": 14, "mda8_counts_if_exceeding": True},
)
COMPOSITE = provision(
    "composite",
    {
        "grade": "grade_2",
        "terms": {
            "so2": {"statistic": "mean", "limit": "year", "weight": 1},
            "no2": {"statistic": "mean", "limit": "year", "weight": 1},
            "pm10": {"statistic": "mean", "limit": "year", "weight": 1},
            "pm25": {"statistic": "mean", "limit": "year", "weight": 1},
            "co": {"statistic": "percentile", "p": 95, "limit": "day", "weight": 1},
            "o3": {"statistic": "percentile", "p": 90, "limit": "mda8", "weight": 1},
        },
    },
)


def daily(rows: Iterable[tuple[Any, ...]], **defaults: Any) -> pl.DataFrame:
    """DAILY from (place, variable, day, value[, valid]) rows."""
    base = {"hours": 24, "valid": True, "dust": False, "basis": "computed", "source": "test"} | defaults
    full = [
        dict(zip(("place", "variable", "day", "value", "valid"), row, strict=False)) for row in rows
    ]
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
