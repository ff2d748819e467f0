"""The composite index (环境空气质量综合指数): one number a city, for ranking."""

from __future__ import annotations

from typing import Any

import polars as pl

from airshed.law import Provision

__all__ = ["composite_index", "sub_indices"]

_NOISE = 1e-9  # two sub-indices closer than this are a tie, not a difference of binary fractions


def sub_indices(statistics: pl.DataFrame, composite: Provision, limits: Provision) -> pl.DataFrame:
    """Each item's sub-index ``C / S`` and its weight.

    ``C`` is the statistic the rule names (mean, or a percentile), rounded as HJ 663 rounds results; ``S`` is
    the limit it names, of the grade it names. Percentiles must be those of ``statistics``: the evaluation and
    the composite rule ask for the same ones.

    Returns:
        ``place item concentration limit weight sub_index``
    """
    grade = limits.value[composite.value["grade"]]
    rows = [_term(statistics, item, term, grade) for item, term in composite.value["terms"].items()]
    order = statistics.select("place").unique(maintain_order=True).with_row_index("_order")
    return (
        pl.concat(rows)
        .join(order, on="place", maintain_order="left")
        .sort("_order", maintain_order=True)
        .drop("_order")
    )


def _term(statistics: pl.DataFrame, item: str, term: dict[str, Any], grade: dict[str, Any]) -> pl.DataFrame:
    limit, weight = float(grade[item][term["limit"]]), float(term.get("weight", 1))
    figure = pl.col(f"{term['statistic']}_rounded")
    if term["statistic"] == "percentile":  # never another percentile than the rule's
        figure = pl.when(pl.col("percent") == float(term["p"])).then(figure)
    return (
        statistics.filter(pl.col("item") == item)
        .with_columns(concentration=figure, limit=pl.lit(limit), weight=pl.lit(weight))
        .with_columns(sub_index=pl.col("concentration") / pl.col("limit"))
        .select("place", "item", "concentration", "limit", "weight", "sub_index")
    )


def composite_index(terms: pl.DataFrame) -> pl.DataFrame:
    """The weighted sum of sub-indices of each place, and what weighs most in it.

    A place without one of the items has no index: a sum over five would rank better than one over six.

    Returns:
        ``place composite principal``; ``principal`` lists every item whose ``C/S`` is the largest.
    """
    part = pl.col("weight") * pl.col("sub_index")
    in_order = part.cum_sum().last()  # one after the other: the same to the last bit for one city or many
    largest = pl.col("sub_index").max()
    return terms.group_by("place", maintain_order=True).agg(
        composite=pl.when(pl.col("sub_index").is_not_null().all()).then(in_order),
        principal=pl.col("item").filter(pl.col("sub_index") >= largest - _NOISE),
    )
