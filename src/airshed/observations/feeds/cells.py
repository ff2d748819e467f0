"""From cells to facts: numbers, places, times; each cell that is none of these is refused with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import MISSING_MARKS, NUMERIC_MARKS, Sheet
from airshed.observations.schema import FEED_COLUMNS, Batch, FeedContext, Refusal

__all__ = ["CLOCK_TOLERANCE", "Column", "as_numbers", "as_places", "batch_of", "refuse_rows", "wanted_columns"]

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A source's clock may run ahead of ours by this much before its values lie in the future."""

_MARKS = [m.lower() for m in MISSING_MARKS]


@dataclass(frozen=True)
class Column:
    """What a value column holds: ``stored = factor * cell + offset`` in the catalogue's unit."""

    variable: str
    factor: float = 1.0
    offset: float = 0.0


def wanted_columns(sheet: Sheet, columns: tuple[str, ...], complaints: Complaints) -> bool:
    """Whether the sheet has all these columns; otherwise one refusal of the whole sheet."""
    lacking = [c for c in columns if c not in sheet.frame.columns]
    if lacking:
        came = ", ".join(sheet.frame.columns[:12]) + (" …" if sheet.frame.width > 12 else "")
        advice = "is this the right feed for this file? `airshed ingest --guess FILE` reads any table"
        complaints.add(Refusal(sheet.name, 1, None, f"the columns {', '.join(lacking)}", came, advice))
    return not lacking


def refuse_rows(
    sheet: Sheet, bad: pl.Series, column: str, wanted: str, advice: str, complaints: Complaints
) -> None:
    """One refusal for each row marked in ``bad``, as long as there is room; then one for all the others."""
    rows = bad.arg_true()
    came = sheet.frame[column]
    for row in rows.head(max(complaints.room, 0)).to_list():
        complaints.add(Refusal(sheet.name, sheet.line(row), column, wanted, repr(came[row]), advice))
    rest = rows.slice(max(complaints.room, 0)) if len(rows) > complaints.room else rows.clear()
    if len(rest):
        row = rest[0]
        complaints.add(Refusal(sheet.name, sheet.line(row), column, wanted, repr(came[row]), advice, len(rest)))


def as_numbers(sheet: Sheet, columns: list[str], complaints: Complaints) -> pl.DataFrame:
    """The columns as floats: missing marks become null, what is no number is refused with its line."""
    texts = [c for c in columns if sheet.frame.schema[c] == pl.String]
    cleaned = sheet.frame.select(columns).with_columns(_cleaned(c) for c in texts)
    numbers = cleaned.with_columns(pl.col(columns).cast(pl.Float64, strict=False))
    numbers = numbers.with_columns(pl.when(pl.col(columns).is_finite()).then(pl.col(columns)))
    for column in texts:
        bad = cleaned[column].is_not_null() & numbers[column].is_null()
        if bad.any():
            refuse_rows(sheet, bad, column, "a number", "the cell was left out, its row was kept", complaints)
    marks = pl.col(columns).is_in(NUMERIC_MARKS)
    return numbers.with_columns(pl.when(~marks).then(pl.col(columns)))


def _cleaned(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    return pl.when(~text.str.to_lowercase().is_in(_MARKS)).then(text)


def as_places(
    sheet: Sheet, column: str, find: Callable[[str], str | None], wanted: str, complaints: Complaints
) -> pl.Series:
    """The column's names as ids; an unknown name is refused once, with its first line and how often it came."""
    names = sheet.frame[column].cast(pl.String).str.strip_chars()
    ids = {name: find(name) for name in names.unique(maintain_order=True) if name}
    for name in (n for n, found in ids.items() if found is None):
        rows = (names == name).arg_true()
        complaints.add(_unknown(sheet, column, wanted, name, int(rows[0]), len(rows)))
    nameless = names.is_null() | (names == "")
    if nameless.any():
        refuse_rows(sheet, nameless, column, wanted, "the row was left out: it names no place", complaints)
    return names.replace_strict(ids, default=None, return_dtype=pl.String).alias("place")


def _unknown(sheet: Sheet, column: str, wanted: str, name: str, row: int, count: int) -> Refusal:
    advice = "its rows were left out; add it to the workspace's places, or correct the name"
    return Refusal(sheet.name, sheet.line(row), column, wanted, repr(name), advice, count)


def batch_of(
    sheet: Sheet,
    keys: pl.DataFrame,
    values: pl.DataFrame,
    columns: Mapping[str, Column],
    source: str,
    context: FeedContext,
    complaints: Complaints,
    *,
    flag: pl.Expr | None = None,
    time_column: str = "",
) -> Batch:
    """Wide values beside their keys (``place``, ``start``, ``end``; null = refused already) as one batch of rows.

    Parameters:
        flag: flags by the long columns ``variable`` and ``value``; default none.
        time_column: the column to name where an interval ends in the future.
    """
    future = (keys["end"] > _latest(context)).fill_null(False)
    if future.any():
        wanted = f"a time not after {context.now:%Y-%m-%d %H:%M} UTC"
        refuse_rows(sheet, future, time_column, wanted, "the row was left out: it lies in the future", complaints)
    good = keys.select(pl.all_horizontal(pl.all().is_not_null())).to_series() & ~future
    names = [c for c in columns if c in values.columns]
    wide = pl.concat([keys, values.select(names)], how="horizontal").filter(good)
    long = pl.concat(
        [empty_long(), *(_one_variable(wide, name, columns[name]) for name in names)], how="vertical"
    )
    blanks = values.select(pl.sum_horizontal(pl.col(names).null_count())).item() if names else 0
    return Batch(
        rows=finished(long, source, context, flag),
        refusals=complaints.take(), read=values.height * len(names), blanks=int(blanks),
    )  # fmt: skip


def _latest(context: FeedContext) -> datetime:
    return context.now + CLOCK_TOLERANCE


def empty_long() -> pl.DataFrame:
    """No rows of ``place, variable, start, end, value``."""
    return pl.DataFrame(schema={c: FEED_COLUMNS[c] for c in ("place", "variable", "start", "end", "value")})


def _one_variable(wide: pl.DataFrame, name: str, column: Column) -> pl.DataFrame:
    value = pl.col(name) if (column.factor, column.offset) == (1, 0) else pl.col(name) * column.factor + column.offset
    return wide.filter(pl.col(name).is_not_null()).select(
        "place", pl.lit(column.variable).alias("variable"), "start", "end", value.alias("value")
    )


def finished(long: pl.DataFrame, source: str, context: FeedContext, flag: pl.Expr | None = None) -> pl.DataFrame:
    """Long rows with the columns that are the same for all of them, in the order of ``FEED_COLUMNS``."""
    issued = pl.col("issued_at") if "issued_at" in long.columns else pl.lit(context.issued_at)
    return long.with_columns(
        (flag if flag is not None else pl.lit(0)).cast(pl.UInt16).alias("flag"),
        pl.lit(context.stage).cast(pl.UInt8).alias("stage"),
        pl.lit(source).alias("source"),
        issued.cast(FEED_COLUMNS["issued_at"]).alias("issued_at"),
    ).select(pl.col(name).cast(kind) for name, kind in FEED_COLUMNS.items())
