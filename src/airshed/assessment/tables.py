"""The rows people read: cities, the region, months; with ranks and the change on another period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from airshed.assessment.core import PeriodTables
from airshed.assessment.daily import ITEMS
from airshed.assessment.period import Period
from airshed.assessment.ranking import best, change_percent, rank_by_change, rank_by_level, worst

__all__ = [
    "COMPARED", "city_rows", "compared", "insufficient_items", "lists_of", "region_row", "with_change",
    "without_change",
]  # fmt: skip

Names = Mapping[str, Mapping[str, str]]

COMPARED = (*ITEMS, "composite", "good_share", "good_days", "heavy_days")
"""Figures shown for both periods of a comparison."""

_LONGEST = 10  # places named in a list of best or worst, as public notices have it
_COUNTS = ("attaining_cities", "cities_counted", "cities")


def city_rows(tables: PeriodTables, period: Period, names: Names) -> pl.DataFrame:
    """One row a city, ranked by composite index; lists of items are joined by ``+``."""
    places = tables.cities["place"].to_list()
    failing = [c for c in (f"attains_{i}" for i in ITEMS) if c in tables.cities.columns]
    not_attaining = pl.concat_list(
        pl.when(~pl.col(c)).then(pl.lit(c.removeprefix("attains_"))) for c in failing
    ).list.drop_nulls().list.join("+")  # fmt: skip
    table = tables.cities.with_columns(
        period=pl.lit(period.label),
        kind=pl.lit("city"),
        name_zh=pl.Series([names[p]["zh"] for p in places], dtype=pl.String),
        name_en=pl.Series([names[p]["en"] for p in places], dtype=pl.String),
        not_attaining=not_attaining,
        principal=pl.col("principal").list.join("+"),
    ).drop(failing)
    front = ["period", "kind", "place", "name_zh", "name_en", *ITEMS, "attains", "not_attaining", "composite",
             "principal", "rank"]  # fmt: skip
    ranked = rank_by_level(table)
    return ranked.select(*front, *(c for c in ranked.columns if c not in front))


def region_row(rows: pl.DataFrame, region: str, names: Mapping[str, str], cities: int) -> pl.DataFrame:
    """The region as it is published: the plain mean over its cities of every figure; cities weigh the same.

    Counts of days are sums over the cities: city-days. ``cities`` is how many belong to it,
    ``cities_counted`` how many have any figure, ``attaining_cities`` how many attain.
    """
    counted = rows.filter(pl.any_horizontal(pl.col(i).is_not_null() for i in ITEMS))
    figures = [c for c, kind in rows.schema.items() if kind.is_float()]
    days = [c for c, kind in rows.schema.items() if kind.is_integer() and c != "rank"]
    row = counted.select(pl.col(figures).mean(), pl.col(days).sum()).with_columns(
        period=pl.lit(rows["period"][0] if rows.height else ""),
        kind=pl.lit("region"),
        place=pl.lit(region),
        name_zh=pl.lit(names["zh"]),
        name_en=pl.lit(names["en"]),
        cities=pl.lit(cities, pl.Int64),
        cities_counted=pl.lit(counted.height, pl.Int64),
        attaining_cities=pl.lit(int(rows["attains"].fill_null(value=False).sum()), pl.Int64),
    )
    return row.select(*(c for c in rows.columns if c in row.columns), *reversed(_COUNTS))


def compared(now: pl.DataFrame, before: pl.DataFrame, measures: Sequence[str] = COMPARED) -> pl.DataFrame:
    """Rows with, for each compared figure, ``<figure>_before`` and ``<figure>_change``.

    Concentrations and the composite index change in percent of the earlier figure; shares and day counts by
    difference.
    """
    table = now
    for measure in measures:
        changes = change_percent(now, before, measure).rename({"change": f"{measure}_change"}).drop(measure)
        table = table.join(changes, on="place", how="left", maintain_order="left")
        if measure not in (*ITEMS, "composite"):
            difference = pl.col(measure) - pl.col(f"{measure}_before")
            table = table.with_columns(difference.alias(f"{measure}_change"))
    return table


def insufficient_items(items: pl.DataFrame) -> pl.DataFrame:
    """``place items``: of each place with data, the items with fewer days than the law wants of the period."""
    thin = items.filter(~pl.col("sufficient").fill_null(value=True))
    measured = items.filter(pl.col("n") > 0).select("place").unique()
    return thin.join(measured, on="place", how="semi").group_by("place").agg(items=pl.col("item"))


def without_change(rows: pl.DataFrame, thin: pl.DataFrame) -> pl.DataFrame:
    """Rows as ``compared``, their changes empty where the days of either period do not suffice.

    An item's own change is empty where that item is thin; the composite index, the share and the counts of
    days stand on all six items.

    Parameters:
        thin: as ``insufficient_items`` gives it, of both periods.
    """
    table = rows.join(thin, on="place", how="left", maintain_order="left")
    thin_here = pl.col("items").fill_null([])
    return table.with_columns(
        pl.when((thin_here.list.contains(m) if m in ITEMS else thin_here.list.len() > 0).not_())
        .then(pl.col(f"{m}_change"))
        .alias(f"{m}_change")
        for m in COMPARED
    ).drop("items")


def with_change(now: pl.DataFrame, before: pl.DataFrame, thin: pl.DataFrame) -> pl.DataFrame:
    """City rows as ``compared``, without the changes of ``thin`` cities, ranked by change.

    ``change_rank`` ranks the percent change of the composite index; ``excused`` cities attain and are not
    listed among the worst.
    """
    table = without_change(compared(now, before), thin)
    ranked = rank_by_change(
        table.select("place", pl.col("composite_change").alias("change")), now.select("place", "attains")
    )
    return table.join(
        ranked.select("place", "change_rank", "excused"), on="place", how="left", maintain_order="left"
    )


def lists_of(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Best and worst cities by level and, where the rows hold a change, by change.

    A list is a tenth of the cities long, but at least one and at most ten.
    """
    count = max(1, min(_LONGEST, rows.height // _LONGEST))
    lists = {
        "best": best(rows, "rank", count),
        "worst": worst(rows.drop("excused", strict=False), "rank", count),
    }
    if "change_rank" in rows.columns:
        lists |= {
            "most_improved": best(rows, "change_rank", count),
            "least_improved": worst(rows, "change_rank", count),
        }
    return lists
