"""Ranking cities: by level and by change."""

from __future__ import annotations

import polars as pl

__all__ = ["best", "change_percent", "rank_by_change", "rank_by_level", "worst"]

_PERCENT = 1e-2  # one per cent
_NOISE_DECIMALS = 9  # figures equal to this many decimals are a tie, not a difference of binary fractions


def _ranked(column: str) -> pl.Expr:
    """Rank from the smallest; ties share a rank and the next one counts them all (1, 2, 2, 4)."""
    return pl.col(column).round(_NOISE_DECIMALS).rank(method="min").cast(pl.Int64)


def rank_by_level(table: pl.DataFrame, by: str = "composite", decimals: int | None = None) -> pl.DataFrame:
    """A column ``rank``: 1 is the smallest figure, that is the cleanest city; null figures have no rank.

    Parameters:
        by: the column that is ranked.
        decimals: round it first to so many decimals, where the rule ranks printed figures.
    """
    if decimals is None:
        return table.with_columns(rank=_ranked(by))
    return (
        table.with_columns(pl.col(by).round(decimals, mode="half_to_even").alias("_printed"))
        .with_columns(rank=_ranked("_printed"))
        .drop("_printed")
    )


def change_percent(now: pl.DataFrame, before: pl.DataFrame, by: str = "composite") -> pl.DataFrame:
    """``place``, the figure of both periods and ``change`` [%] from the earlier one; negative is cleaner."""
    figure, earlier = pl.col(by), pl.col(f"{by}_before")
    return (
        now.select("place", by)
        .join(
            before.select("place", pl.col(by).alias(f"{by}_before")),
            on="place",
            how="left",
            maintain_order="left",
        )
        .with_columns(change=(figure - earlier) / earlier / _PERCENT)
    )


def rank_by_change(changes: pl.DataFrame, attains: pl.DataFrame) -> pl.DataFrame:
    """Rank by percent change; a city that attains all six items cannot be named among the worst.

    Parameters:
        changes: ``place change`` [%].
        attains: ``place attains`` of the later period; null (not judged) excuses nobody.

    Returns:
        ``changes`` with ``change_rank`` (1 improved most; ties share) and ``excused``.
    """
    verdicts = attains.select("place", excused=pl.col("attains").fill_null(value=False))
    joined = changes.join(verdicts, on="place", how="left", maintain_order="left")
    return joined.with_columns(
        change_rank=_ranked("change"), excused=pl.col("excused").fill_null(value=False)
    )


def best(table: pl.DataFrame, rank: str, count: int) -> pl.DataFrame:
    """The first places of a ranking; ties at the end of the list are all listed."""
    return table.filter(pl.col(rank) <= count).sort(rank, "place")


def worst(table: pl.DataFrame, rank: str, count: int) -> pl.DataFrame:
    """The last places of a ranking, worst first; ties are all listed, ``excused`` cities never."""
    rows = table.filter(pl.col(rank).is_not_null())
    if "excused" in rows.columns:
        rows = rows.filter(~pl.col("excused"))
    from_the_end = pl.col(rank).rank(method="min", descending=True)
    # by min-rank from the end, ties at the far end share 1; those that begin within the count are all listed
    return rows.filter(from_the_end <= count).sort([rank, "place"], descending=[True, False])
