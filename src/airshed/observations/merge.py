"""Which value holds: decided by the source's own order, never by arrival.

Rows of one key (place, variable, start, end, source) are ordered by (issued_at or nothing, stage, value). The largest
is current, the others are superseded and stay. Equal rows are one row, however often they come.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from airshed.store import KEY

__all__ = ["IDENTITY", "ORDER", "Settled", "ordered", "settle"]

ORDER = ("issued_at", "stage", "value")
IDENTITY = (*KEY, *ORDER)


@dataclass(frozen=True)
class Settled:
    """What becomes of new rows and of the rows they met.

    current: new rows that hold now; superseded: new rows that a better one (old or new) outdoes;
    displaced: keys of held rows that lost; repeated: rows that were here already.
    """

    current: pl.DataFrame
    superseded: pl.DataFrame
    displaced: pl.DataFrame
    repeated: int


def ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows sorted by key, and inside a key by the source's order: the last of a key holds.

    Strings are sorted once as codes; sorting integers is what makes this quick.
    """
    codes = [
        pl.col(name).cast(pl.Enum(rows[name].unique().sort())).to_physical().alias(f"_{name}")
        for name in ("place", "variable", "source")
    ]
    by = ["_place", "_variable", "start", "end", "_source", *ORDER]
    return rows.with_columns(codes).sort(by, nulls_last=False).drop("_place", "_variable", "_source")


def _same_as_previous(columns: tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift()) for c in columns)


def settle(new: pl.DataFrame, held: pl.DataFrame, past: pl.DataFrame) -> Settled:
    """Decide between new rows, current rows (``held``) and superseded rows (``past``) of the same keys.

    Any order and any split of the same rows ends in the same current set, because the decision looks only at the
    rows' own content.
    """
    rows = ordered(new)
    first = pl.int_range(pl.len()) == 0
    marked = rows.with_columns(_repeat=_same_as_previous(IDENTITY) & ~first)
    unique = marked.filter(~pl.col("_repeat")).drop("_repeat")
    repeated = rows.height - unique.height
    if held.height or past.height:
        known = pl.concat([held.select(IDENTITY), past.select(IDENTITY)])
        before = unique.height
        unique = unique.join(known, on=list(IDENTITY), how="anti", nulls_equal=True, maintain_order="left")
        repeated += before - unique.height
    last = ~_same_as_previous(KEY).shift(-1).fill_null(value=False)
    best = unique.with_columns(_last=last)
    winners, losers = best.filter("_last").drop("_last"), best.filter(~pl.col("_last")).drop("_last")
    if not held.height:
        return Settled(winners, losers, held.select(KEY), repeated)
    return _against_held(winners, losers, held, repeated)


def _against_held(winners: pl.DataFrame, losers: pl.DataFrame, held: pl.DataFrame, repeated: int) -> Settled:
    both = winners.join(
        held.select(*KEY, *(pl.col(c).alias(f"_{c}") for c in ORDER), pl.lit(value=True).alias("_met")),
        on=list(KEY),
        how="left",
        maintain_order="left",
    )
    met = pl.col("_met").fill_null(value=False)
    issued, held_issued = (pl.col(c).cast(pl.Int64).fill_null(_NEVER) for c in ("issued_at", "_issued_at"))
    newer = (
        (issued > held_issued)
        | ((issued == held_issued) & (pl.col("stage") > pl.col("_stage")))
        | ((issued == held_issued) & (pl.col("stage") == pl.col("_stage")) & (pl.col("value") > pl.col("_value")))
    )
    wins = ~met | newer
    extra = [*(f"_{c}" for c in ORDER), "_met"]
    decided = both.with_columns(_wins=wins, _displaces=met & newer)
    return Settled(
        current=decided.filter("_wins").drop(*extra, "_wins", "_displaces"),
        superseded=pl.concat([losers, decided.filter(~pl.col("_wins")).drop(*extra, "_wins", "_displaces")]),
        displaced=decided.filter("_displaces").select(KEY),
        repeated=repeated,
    )


_NEVER = -(2**62)
"""Stands for 'the source does not say when', which comes before any time it could say."""
