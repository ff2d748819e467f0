"""Means and legal percentiles of a city over a period, and whether the law lets them count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from airshed.assessment.daily import ITEMS, within
from airshed.assessment.period import Period
from airshed.errors import BadInput
from airshed.law import Provision
from airshed.quantities import half_even

__all__ = ["city_statistics", "percentile", "sufficiency"]

_PERCENT = 1e-2  # one per cent
_FEBRUARY = 2  # the second month of the calendar


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile of HJ 663, annex A: linear between neighbours at ``k = 1 + (n - 1) p``.

    Parameters:
        values: daily values [any one unit], in any order.
        percent: p [%], 0 to 100.

    Raises:
        BadInput: there is no value.

    >>> round(percentile(range(1, 366), 90), 9)
    328.6
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not ordered.size:
        raise BadInput("at least one value for a percentile", "none", "widen the period")
    place = (ordered.size - 1) * percent * _PERCENT
    below = int(np.floor(place + np.spacing(place)))
    above = min(below + 1, ordered.size - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def city_statistics(
    rows: pl.DataFrame,
    places: Sequence[str],
    period: Period,
    evaluation: Provision,
    validity: Provision,
) -> pl.DataFrame:
    """Statistics of every place and item over one period.

    Parameters:
        rows: ``daily.valid_items(...)``; values in the catalogue's unit (CO mg/m3, others ug/m3).
        places: ids that get a row for each item, whether or not they have data.
        evaluation: which percentile and how many decimals each item has (HJ 663).
        validity: how many days a year and a month want (GB 3095, table 4).

    Returns:
        ``place item days n coverage mean percent percentile mean_rounded percentile_rounded sufficient``;
        ``sufficient`` is null where the law has no count for a period of this kind.
    """
    inside = within(rows, period)
    grid = pl.DataFrame({"place": list(places)}, schema={"place": pl.String}).join(
        pl.DataFrame({"item": list(ITEMS)}), how="cross", maintain_order="left_right"
    )
    parts = [_of_item(inside, item, evaluation) for item in ITEMS]
    table = grid.join(pl.concat(parts), on=["place", "item"], how="left", maintain_order="left")
    table = table.with_columns(pl.col("n").fill_null(0), days=pl.lit(period.days, pl.Int64))
    table = table.with_columns(coverage=pl.col("n") / pl.col("days"))
    table = table.join(
        sufficiency(inside, grid, period, validity), on=["place", "item"], maintain_order="left"
    )
    return _rounded(table, evaluation).select(
        "place", "item", "days", "n", "coverage", "mean", "percent", "percentile",
        "mean_rounded", "percentile_rounded", "sufficient",
    )  # fmt: skip


def _of_item(rows: pl.DataFrame, item: str, evaluation: Provision) -> pl.DataFrame:
    rule = evaluation.value["items"].get(item, {})
    percent = rule.get("percentile")
    value = pl.col("value")
    one = value.quantile(percent * _PERCENT, interpolation="linear") if percent is not None else pl.lit(None)
    return (
        rows.filter(pl.col("item") == item)
        .group_by("place", "item")
        .agg(n=pl.len().cast(pl.Int64), mean=value.mean(), percentile=one.cast(pl.Float64))
        .with_columns(percent=pl.lit(percent, pl.Float64))
    )


def _rounded(table: pl.DataFrame, evaluation: Provision) -> pl.DataFrame:
    """Beside each figure, the same rounded by GB/T 8170 to the decimals of its item."""
    decimals = evaluation.value["decimals"]
    parts = [
        part.with_columns(
            mean_rounded=pl.Series(half_even(part["mean"].to_numpy(), decimals[str(item)])).fill_nan(None),
            percentile_rounded=pl.Series(
                half_even(part["percentile"].to_numpy(), decimals[str(item)])
            ).fill_nan(None),
        )
        for (item,), part in table.with_row_index("_order").group_by("item", maintain_order=True)
    ]
    return pl.concat(parts).sort("_order").drop("_order")


def sufficiency(rows: pl.DataFrame, grid: pl.DataFrame, period: Period, validity: Provision) -> pl.DataFrame:
    """Whether each place and item has the days table 4 of GB 3095 wants, for a whole year or a whole month.

    A year wants its count of days and, in each of its months, the count of that month; February has its own.
    For any other span the law names no count and the verdict is null: the table says n of N days instead.
    """
    if period.kind == "other":
        return grid.with_columns(sufficient=pl.lit(None, pl.Boolean))
    months = pl.DataFrame({"month": [m.first.month for m in period.months()]}, schema={"month": pl.Int8})
    counted = rows.group_by("place", "item", pl.col("day").dt.month().alias("month")).agg(
        n=pl.len().cast(pl.Int64)
    )
    full = grid.join(months, how="cross").join(counted, on=["place", "item", "month"], how="left")
    wants = (
        pl.when(pl.col("month") == _FEBRUARY)
        .then(validity.value["february_days"])
        .otherwise(validity.value["month_days"])
    )
    enough_each_month = (pl.col("n").fill_null(0) >= wants).all()
    enough = enough_each_month
    if period.kind == "year":
        enough = enough_each_month & (pl.col("n").fill_null(0).sum() >= validity.value["year_days"])
    return full.group_by("place", "item").agg(sufficient=enough)
