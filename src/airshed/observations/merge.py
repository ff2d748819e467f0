"""Which value holds: decided by the source's own order, never by arrival.

Rows of one key (place, variable, start, end, source) are ordered by (issued_at or nothing, stage, value). The largest
is current, the others are superseded and stay. Equal rows are one row, however often they come. Where rows are equal
but for what their feeds noted on them (stale, zero for missing), the one with fewer notes holds: a copy that was seen
stale in one file and fresh in another was fresh once. Without such a rule the first to come would decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from airshed.observations.coding import in_order
from airshed.observations.quality import FEED_BITS
from airshed.store import KEY

__all__ = ["IDENTITY", "ORDER", "Settled", "ordered", "settle"]

ORDER = ("issued_at", "stage", "value", "_clear")
"""By which rows of one key are ordered; ``_clear`` is made of the feed's notes, fewer being larger."""
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
    """Rows sorted by key, and inside a key by the source's order: the last of a key holds."""
    return _ordered(_with_clear(rows))[0].drop("_clear")


def _with_clear(rows: pl.DataFrame) -> pl.DataFrame:
    bits = pl.lit(FEED_BITS, pl.UInt16)
    return rows.with_columns(_clear=bits - (pl.col("flag") & bits))


def _ordered(rows: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    """Rows in order, and whether a key comes twice.

    The order is variable, averaging time, place, source, start, which is also the one in which neighbours in time are
    looked at. Most files hold a key once, so rows are sorted by two integers first, and by the source's order only
    where needed.
    """
    if not rows.height:
        return rows, False
    keyed = rows.with_columns(_code=_codes(rows))
    key = _one_key(keyed)
    by = ["_code", "start"] if key is None else ["_key"]
    found = keyed.sort(by) if key is None else keyed.with_columns(_key=key).sort("_key")
    repeated = bool(found.select(_same_as_previous(by).any()).item())
    if repeated:
        found = keyed.sort(["_code", "start", *ORDER], nulls_last=False)
    return found.select(rows.columns), repeated


def _one_key(keyed: pl.DataFrame) -> pl.Series | None:
    """Code and start as one integer, which sorts five times quicker than two; None where they do not fit in one."""
    start = keyed["start"].to_physical()
    if int((start % _SECOND).max()):  # type: ignore[arg-type]
        return None
    seconds = start // _SECOND - int(start.min()) // _SECOND  # type: ignore[arg-type]
    span = int(seconds.max()) + 1
    if (int(keyed["_code"].max()) + 1) * span >= _LARGEST:  # type: ignore[arg-type]
        return None
    key: pl.Series = keyed["_code"] * span + seconds
    return key


_SECOND = 1_000_000  # us
_LARGEST = 2**62


def _codes(rows: pl.DataFrame) -> pl.Series:
    """One integer for variable, averaging time, place and source; names count in their own order."""
    length = (pl.col("end") - pl.col("start")).dt.total_microseconds()
    lengths = rows.select(length.unique().sort()).to_series()
    code = in_order(rows["variable"])[0] * len(lengths)
    if len(lengths) > 1:
        numbers = pl.int_range(len(lengths), eager=True)
        code = code + rows.select(length.replace_strict(lengths, numbers, return_dtype=pl.Int64)).to_series()
    for name in ("place", "source"):
        number, texts = in_order(rows[name])
        code = code * len(texts) + number
    return code


def _same_as_previous(columns: Sequence[str]) -> pl.Expr:
    return pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift()) for c in columns)


def settle(new: pl.DataFrame, held: pl.DataFrame, past: pl.DataFrame) -> Settled:
    """Decide between new rows, current rows (``held``) and superseded rows (``past``) of the same keys.

    Any order and any split of the same rows ends in the same current set, because the decision looks only at the
    rows' own content.
    """
    new, held, past = (_with_clear(rows) for rows in (new, held, past))
    unique, several = _ordered(new)
    if several:
        first = pl.int_range(pl.len()) == 0
        unique = unique.filter(~_same_as_previous(IDENTITY) | first)
    repeated = new.height - unique.height
    if held.height or past.height:
        known = pl.concat([held.select(IDENTITY), past.select(IDENTITY)])
        before = unique.height
        unique = unique.join(known, on=list(IDENTITY), how="anti", nulls_equal=True, maintain_order="left")
        repeated += before - unique.height
    winners, losers = _last_of_each_key(unique) if several else (unique, unique.clear())
    if not held.height:
        return Settled(winners.drop("_clear"), losers.drop("_clear"), held.select(KEY), repeated)
    return _against_held(winners, losers, held, repeated)


def _last_of_each_key(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    best = rows.with_columns(_last=~_same_as_previous(KEY).shift(-1).fill_null(value=False))
    return best.filter("_last").drop("_last"), best.filter(~pl.col("_last")).drop("_last")


def _against_held(winners: pl.DataFrame, losers: pl.DataFrame, held: pl.DataFrame, repeated: int) -> Settled:
    both = winners.join(
        held.select(*KEY, *(pl.col(c).alias(f"_{c}") for c in ORDER), pl.lit(value=True).alias("_met")),
        on=list(KEY),
        how="left",
        maintain_order="left",
    )
    met = pl.col("_met").fill_null(value=False)
    decided = both.with_columns(_wins=~met | _outdoes(), _displaces=met & _outdoes())
    extra = [*(f"_{c}" for c in ORDER), "_met", "_wins", "_displaces", "_clear"]
    return Settled(
        current=decided.filter("_wins").drop(extra),
        superseded=pl.concat([losers.drop("_clear"), decided.filter(~pl.col("_wins")).drop(extra)]),
        displaced=decided.filter("_displaces").select(KEY),
        repeated=repeated,
    )


def _outdoes() -> pl.Expr:
    """Whether a row comes after the held row it met, by the columns of ``ORDER`` one after another."""
    after, equal = pl.lit(value=False), pl.lit(value=True)
    for name in ORDER:
        mine, other = pl.col(name), pl.col(f"_{name}")
        if name == "issued_at":
            mine, other = (c.cast(pl.Int64).fill_null(_NEVER) for c in (mine, other))
        after, equal = after | (equal & (mine > other)), equal & (mine == other)
    return after


_NEVER = -(2**62)
"""Stands for 'the source does not say when', which comes before any time it could say."""
