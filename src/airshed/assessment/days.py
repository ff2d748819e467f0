"""Days by their index: good, heavy, by category, by primary pollutant, and good days lost to O3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from airshed.assessment.daily import ITEMS, within
from airshed.assessment.period import Period
from airshed.law import Provision
from airshed.observations.index import daily_index

__all__ = ["IndexSpan", "day_counts", "index_days"]

_COLUMN = {"o3": "o3_mda8"}
"""What ``daily_index`` calls the daily value of an item."""


@dataclass(frozen=True)
class IndexSpan:
    """Days whose index is reckoned by one provision."""

    period: Period
    provision: Provision


def index_days(rows: pl.DataFrame, places: Sequence[str], spans: Sequence[IndexSpan]) -> pl.DataFrame:
    """The index of every place on every day of the spans, each day by the provision of its span.

    Parameters:
        rows: ``daily.valid_items(...)``.
        places: ids that get a row for every day, with or without data.

    Returns:
        ``place day <items> aqi level primary missing version iaqi_<item>...``; ``aqi`` is null where the
        provision lets none be published (its missing-item rule: NA); ``primary`` and ``missing`` are lists of
        items.
    """
    parts = [_of_span(rows, places, span) for span in spans]
    return pl.concat(parts, how="diagonal").sort("place", "day")


def _of_span(rows: pl.DataFrame, places: Sequence[str], span: IndexSpan) -> pl.DataFrame:
    table = daily_index(_wide(within(rows, span.period), places, span.period), span.provision)
    columns = [f"iaqi_{_COLUMN.get(item, item)}" for item in ITEMS]
    # an index made of other statistics (US EPA: maxima of NO2 and CO) has no sub-index of these daily values
    absent = [pl.lit(None, pl.Int32).alias(c) for c in columns if c not in table.columns]
    return table.rename({"category": "level"}).with_columns(
        *absent, _items_named("primary"), _items_named("missing"), version=pl.lit(span.provision.version)
    )


def _items_named(column: str) -> pl.Expr:
    """``pm25+o3_mda8`` as a list of items of the law."""
    parts = pl.col(column).str.split("+").list.eval(pl.element().filter(pl.element() != ""))
    return parts.list.eval(pl.element().replace({v: k for k, v in _COLUMN.items()}))


def _wide(rows: pl.DataFrame, places: Sequence[str], period: Period) -> pl.DataFrame:
    grid = pl.DataFrame({"place": list(places)}, schema={"place": pl.String}).join(
        pl.DataFrame({"day": period.list_days()}), how="cross"
    )
    cells = rows.pivot(on="item", index=["place", "day"], values="value", aggregate_function="first")
    absent = [pl.lit(None, pl.Float64).alias(item) for item in ITEMS if item not in cells.columns]
    named = cells.with_columns(absent).select(
        "place", "day", *(pl.col(i).alias(_COLUMN.get(i, i)) for i in ITEMS)
    )
    return grid.join(named, on=["place", "day"], how="left", maintain_order="left")


def day_counts(index: pl.DataFrame, evaluation: Provision, categories: int) -> pl.DataFrame:
    """Counts of days a place, over all rows given.

    A day without an index (NA) is in no count and not in the denominator: shares are of valid days.

    - ``good_days``: AQI at most the bound of the evaluation rule; ``heavy_days``: above the other bound.
    - ``primary_<item>``: days with that primary pollutant; a tie counts for each.
    - ``o3_exceedance_days``: days that are not good and have O3 as a primary pollutant.
    - ``good_days_lost_to_o3``: days that are not good though every other item by itself is: without O3 they
      would have been good (因臭氧损失优良天).

    Parameters:
        index: table of ``index_days``.
        evaluation: ``good_day_at_most`` and ``heavy_day_above``.
        categories: number of levels of the index.
    """
    good, heavy = evaluation.value["good_day_at_most"], evaluation.value["heavy_day_above"]
    aqi, valid = pl.col("aqi"), pl.col("aqi").is_not_null()
    others = [
        c for item in ITEMS if item != "o3" and (c := f"iaqi_{_COLUMN.get(item, item)}") in index.columns
    ]
    others_good = pl.max_horizontal(others).fill_null(0) <= good
    o3 = pl.col("primary").list.contains("o3")
    table = index.group_by("place", maintain_order=True).agg(
        days=pl.len().cast(pl.Int64),
        valid_days=_count(valid),
        good_days=_count(aqi <= good),
        heavy_days=_count(aqi > heavy),
        **{f"level_{i}": _count(pl.col("level") == i) for i in range(1, categories + 1)},
        **{f"primary_{item}": _count(pl.col("primary").list.contains(item) & valid) for item in ITEMS},
        o3_exceedance_days=_count((aqi > good) & o3),
        good_days_lost_to_o3=_count((aqi > good) & others_good),
    )
    share = pl.when(pl.col("valid_days") > 0).then(pl.col("good_days") / pl.col("valid_days"))
    return table.with_columns(good_share=share)


def _count(condition: pl.Expr) -> pl.Expr:
    """How many rows meet it; null (not known) does not."""
    return condition.fill_null(value=False).sum().cast(pl.Int64)
