"""The table everything starts from: one value of one item at one place on one local day (``DAILY``)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from airshed.assessment.period import Period
from airshed.errors import BadInput
from airshed.law import Provision
from airshed.observations.averages import DAILY
from airshed.quantities import POLLUTANTS

__all__ = ["DAILY", "ITEMS", "Grade", "check_daily", "items", "valid_items", "within"]

ITEMS = POLLUTANTS
"""The items of evaluation, in the order tables print them."""

Grade = Mapping[str, Mapping[str, float]]
"""Limits of one grade of a standard, by item and kind: ``{"pm25": {"year": ..., "day": ...}, ...}``."""

_ITEM_OF = {"o3_mda8": "o3"}
"""The law evaluates O3 on its daily maximum 8-h mean; every other item on the daily mean of the same name."""


def check_daily(daily: pl.DataFrame) -> None:
    """Refuse a table that is no ``DAILY``.

    Raises:
        BadInput: columns are missing; all of them are named at once.
    """
    if missing := [c for c in DAILY if c not in daily.columns]:
        raise BadInput(
            f"a daily table with columns {', '.join(DAILY)}",
            f"one without {', '.join(missing)}",
            "make it with observations.averages.city_daily",
        )


def items(daily: pl.DataFrame) -> pl.DataFrame:
    """The daily table with a column ``item``, sorted, so that no sum depends on the order of rows."""
    check_daily(daily)
    named = daily.with_columns(item=pl.col("variable").replace(_ITEM_OF))
    return named.filter(pl.col("item").is_in(ITEMS)).sort("place", "item", "day")


def within(daily: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Rows whose day lies in the period, its first and last day included."""
    return daily.filter(pl.col("day").is_between(period.first, period.last, closed="both"))


def valid_items(daily: pl.DataFrame, validity: Provision, grade: Grade) -> pl.DataFrame:
    """The rows that take part in statistics: valid days, and O3 days that exceed all the same.

    A day with too few sliding 8-h means of O3 is valid nevertheless when its maximum exceeds the limit
    (HJ 663, 6.1.2): a missing afternoon cannot have lowered it. That speaks of days reckoned from hours; a
    reported day that was flagged stays out.

    Parameters:
        daily: ``DAILY``.
        validity: how many data a day wants.
        grade: the limits of the grade that is evaluated (``Standard.grade``).
    """
    rows = items(daily).filter(pl.col("value").is_not_null() & pl.col("value").is_not_nan())
    counts = pl.col("valid")
    if validity.value.get("mda8_counts_if_exceeding"):
        short = (pl.col("item") == "o3") & (pl.col("basis") == "computed") & (pl.col("hours") > 0)
        counts = counts | (short & (pl.col("value") > grade["o3"]["mda8"]))
    return rows.filter(counts)
