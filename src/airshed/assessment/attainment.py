"""Whether a city keeps the standard: by measure, by item, and on the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from airshed.assessment.daily import ITEMS, Grade, within
from airshed.assessment.period import Period
from airshed.law import Provision

__all__ = ["attainment", "attainment_overall", "daily_limit", "exceedance_days"]

_DAILY_LIMITS = ("mda8", "day")
"""What a single day is held against: O3 its 8-h limit, all others the 24-h limit."""


def daily_limit(item_limits: Mapping[str, Any]) -> float | None:
    """The limit a single day of an item is held against, or None where the standard has none."""
    found = [float(item_limits[key]) for key in _DAILY_LIMITS if key in item_limits]
    return found[0] if found else None


def attainment(statistics: pl.DataFrame, evaluation: Provision, grade: Grade) -> pl.DataFrame:
    """Each evaluated measure of each place beside its limit.

    The rounded figure is judged (HJ 663: results are rounded by GB/T 8170 before evaluation), the annual
    mean against the annual limit, a percentile of daily values against the daily (O3: 8-h) limit. A figure
    that the validity rule lets not count is not judged.

    Parameters:
        statistics: table of ``city_statistics``.
        evaluation: which measures are asked for.
        grade: the limits of the grade that is evaluated (``Standard.grade``).

    Returns:
        ``place item measure value limit ratio exceedance attains``: ``ratio`` is C/S and ``exceedance`` is
        (C - S)/S (超标倍数) where positive, both from the rounded value; ``attains`` is null where not
        judged.
    """
    asked = _asked(evaluation, grade)
    long = statistics.unpivot(
        on=["mean_rounded", "percentile_rounded"],
        index=["place", "item", "sufficient"],
        variable_name="measure",
        value_name="value",
    ).with_columns(pl.col("measure").str.strip_suffix("_rounded"))
    order = {"place": statistics.select("place").unique(maintain_order=True).with_row_index("_place")}
    table = long.join(asked, on=["item", "measure"], how="inner").join(order["place"], on="place")
    ratio = pl.col("value") / pl.col("limit")
    over = (pl.col("value") - pl.col("limit")) / pl.col("limit")
    return (
        table.with_columns(
            ratio=ratio,
            exceedance=pl.when(over > 0).then(over),
            attains=pl.when(pl.col("sufficient").fill_null(value=True)).then(
                pl.col("value") <= pl.col("limit")
            ),
        )
        .sort("_place", "_item")
        .select("place", "item", "measure", "value", "limit", "ratio", "exceedance", "attains")
    )


def _asked(evaluation: Provision, grade: Grade) -> pl.DataFrame:
    """The measures the evaluation rule asks for, each with its limit."""
    rows = []
    for item in ITEMS:
        rule, bounds = evaluation.value["items"].get(item, {}), grade.get(item, {})
        if rule.get("mean") and "year" in bounds:
            rows.append((item, "mean", float(bounds["year"])))
        limit = daily_limit(bounds)
        if rule.get("percentile") is not None and limit is not None:
            rows.append((item, "percentile", limit))
    frame = pl.DataFrame(
        rows, schema={"item": pl.String, "measure": pl.String, "limit": pl.Float64}, orient="row"
    )
    return frame.with_row_index("_item")


def attainment_overall(judged: pl.DataFrame) -> pl.DataFrame:
    """By item and on the whole: an item attains with all its measures, a city with all its items.

    One failure decides; without one, a measure that could not be judged leaves the verdict open (null).

    Returns:
        ``place attains attains_<item>...``
    """
    verdict = (
        pl.when((~pl.col("attains")).any())
        .then(pl.lit(value=False))
        .when(pl.col("attains").is_null().any())
        .then(None)
        .otherwise(pl.lit(value=True))
    )
    by_item = judged.group_by("place", "item", maintain_order=True).agg(attains=verdict)
    whole = by_item.group_by("place", maintain_order=True).agg(attains=verdict)
    wide = by_item.pivot(on="item", index="place", values="attains", maintain_order=True)
    named = wide.rename({i: f"attains_{i}" for i in wide.columns if i != "place"})
    return whole.join(named, on="place", maintain_order="left")


def exceedance_days(rows: pl.DataFrame, period: Period, grade: Grade) -> pl.DataFrame:
    """Days on which an item's daily value was above its daily limit, and by how much at most.

    Returns:
        ``place item exceedance_days exceedance_share largest_exceedance``; share of valid days (超标率),
        largest daily 超标倍数 (null where no day exceeded).
    """
    bounds = [(i, daily_limit(grade.get(i, {}))) for i in ITEMS]
    table = pl.DataFrame(bounds, schema={"item": pl.String, "limit": pl.Float64}, orient="row")
    over = (pl.col("value") - pl.col("limit")) / pl.col("limit")
    return (
        within(rows, period)
        .join(table, on="item")
        .group_by("place", "item")
        .agg(
            exceedance_days=(pl.col("value") > pl.col("limit")).sum().cast(pl.Int64),
            exceedance_share=(pl.col("value") > pl.col("limit")).mean(),
            largest_exceedance=over.filter(over > 0).max(),
        )
        .sort("place", "item")
    )
