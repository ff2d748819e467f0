"""From cells to facts: numbers, places, rows; each cell that is none of these is refused with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from airshed.observations.feeds.reading import MISSING_MARKS, NUMERIC_MARKS, Sheet
from airshed.observations.schema import FEED_COLUMNS, Batch, FeedContext, Refusal

__all__ = [
    "CLOCK_TOLERANCE", "Column", "Wide", "as_numbers", "as_places", "finished", "is_value", "long_table",
    "not_future", "wanted_columns",
]  # fmt: skip

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A source's clock may run ahead of ours by this much before its values lie in the future."""

_MARKS = [m.lower() for m in MISSING_MARKS]


@dataclass(frozen=True)
class Column:
    """What a value column holds: ``stored = factor * cell + offset`` in the catalogue's unit.

    ``hours`` is the averaging time where it differs from the row's: a running mean ending with it.
    """

    variable: str
    factor: float = 1.0
    offset: float = 0.0
    hours: int | None = None


def wanted_columns(sheet: Sheet, *columns: str) -> bool:
    """Whether the sheet has all these columns; otherwise the whole sheet is refused once."""
    lacking = [c for c in columns if c not in sheet.frame.columns]
    if lacking:
        came = ", ".join(sheet.frame.columns[:12]) + (" …" if sheet.frame.width > 12 else "")
        advice = "is this the right feed? `airshed ingest --guess FILE` writes a mapping for any table"
        wanted = f"the columns {', '.join(lacking)}"
        sheet.complaints.add(Refusal(sheet.name, 1, None, wanted, came, advice))
    return not lacking


def as_numbers(sheet: Sheet, columns: list[str]) -> pl.DataFrame:
    """The columns as floats: missing marks become null, what is no number is refused with its line."""
    schema = sheet.frame.schema  # once: Polars builds it anew each time it is asked for
    texts = [c for c in columns if schema[c] == pl.String]
    cleaned = sheet.frame.select(columns).with_columns(_cleaned(c) for c in texts)
    numbers = cleaned.with_columns(pl.col(columns).cast(pl.Float64, strict=False))
    numbers = numbers.with_columns(_finite(c) for c in columns)
    for column in texts:
        bad = cleaned[column].is_not_null() & numbers[column].is_null()
        bad &= ~cleaned[column].cast(pl.Float64, strict=False).is_in(NUMERIC_MARKS).fill_null(False)
        if bad.any():
            sheet.refuse(bad, column, "a number", "the cell was left out, the rest of its line was kept")
    return numbers


def _cleaned(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    return pl.when(~text.str.to_lowercase().is_in(_MARKS)).then(text).alias(column)


def _finite(column: str) -> pl.Expr:
    return pl.when(is_value(pl.col(column))).then(pl.col(column)).alias(column)


def is_value(cell: pl.Expr) -> pl.Expr:
    """Whether a number is one: finite, and none of the numbers that mark a gap."""
    return pl.all_horizontal(cell.is_finite(), *(cell != mark for mark in NUMERIC_MARKS))


def as_places(sheet: Sheet, column: str, find: Callable[[str], str | None], wanted: str) -> pl.Series:
    """The column's names as ids; an unknown name is refused once, with its first line and count."""
    names = sheet.frame[column].cast(pl.String).str.strip_chars()
    ids = {name: find(name) for name in names.unique(maintain_order=True) if name}
    advice = "its rows were left out; add it with `airshed places import`, or correct the name"
    for name in (n for n, found in ids.items() if found is None):
        rows = (names == name).arg_true()
        line = sheet.line(int(rows[0]))
        sheet.complaints.add(Refusal(sheet.name, line, column, wanted, repr(name), advice, len(rows)))
    nameless = names.is_null() | (names == "")
    if nameless.any():
        sheet.refuse(nameless, column, wanted, "the row was left out: it names no place")
    return names.replace_strict(ids, default=None, return_dtype=pl.String).alias("place")


def not_future(sheet: Sheet, end: pl.Series, column: str, context: FeedContext) -> pl.Series:
    """Which rows end by now (or a clock's error later); others are refused, but not a null."""
    future = (end > context.now + CLOCK_TOLERANCE).fill_null(False)
    if future.any():
        wanted = f"a time not after {context.now:%Y-%m-%d %H:%M} UTC"
        sheet.refuse(future, column, wanted, "the row was left out: it lies in the future")
    return ~future & end.is_not_null()


@dataclass(frozen=True)
class Wide:
    """A sheet whose value columns stand side by side, with its keys already understood.

    ``keys`` holds ``place``, ``start`` and ``end`` (null: refused already) and may hold ``issued_at``;
    ``time_column`` is what a message names where an interval ends in the future.
    """

    sheet: Sheet
    keys: pl.DataFrame
    columns: Mapping[str, Column]
    time_column: str
    values: pl.DataFrame | None = None

    def batch(self, source: str, context: FeedContext, flag: pl.Expr | None = None) -> Batch:
        """All good cells as rows; ``flag`` is reckoned from the long columns ``variable`` and ``value``."""
        names = [c for c in self.columns if c in self.sheet.frame.columns]
        values = self.values if self.values is not None else as_numbers(self.sheet, names)
        good = self.keys.select(pl.all_horizontal(pl.col("place", "start").is_not_null())).to_series()
        good &= not_future(self.sheet, self.keys["end"], self.time_column, context)
        wide = pl.concat([self.keys, values], how="horizontal").filter(good)
        parts = [_one_variable(wide, name, self.columns[name]) for name in names]
        long = pl.concat([long_table(), *parts], how="diagonal")
        return Batch(
            rows=finished(long, source, context, flag),
            refusals=self.sheet.complaints.take(),
            read=values.height * len(names),
            blanks=sum(values[name].null_count() for name in names),
        )


def long_table() -> pl.DataFrame:
    """No rows of ``place, variable, start, end, value``."""
    return pl.DataFrame(schema={c: FEED_COLUMNS[c] for c in ("place", "variable", "start", "end", "value")})


def _one_variable(wide: pl.DataFrame, name: str, column: Column) -> pl.DataFrame:
    value = pl.col(name)
    if (column.factor, column.offset) != (1, 0):
        value = value * column.factor + column.offset
    start = pl.col("start") if column.hours is None else pl.col("end") - timedelta(hours=column.hours)
    others = [c for c in wide.columns if c == "issued_at"]
    return wide.filter(pl.col(name).is_not_null()).select(
        "place",
        pl.lit(column.variable).alias("variable"),
        start.alias("start"),
        "end",
        value.alias("value"),
        *others,
    )


def finished(
    long: pl.DataFrame, source: str, context: FeedContext, flag: pl.Expr | None = None
) -> pl.DataFrame:
    """Long rows with the columns that are the same for all of them, in the order of ``FEED_COLUMNS``."""
    issued = pl.lit(context.issued_at, dtype=FEED_COLUMNS["issued_at"])
    return long.with_columns(
        (flag if flag is not None else pl.lit(0)).cast(FEED_COLUMNS["flag"]).alias("flag"),
        pl.lit(context.stage, dtype=FEED_COLUMNS["stage"]).alias("stage"),
        pl.lit(source).alias("source"),
        (pl.col("issued_at").fill_null(issued) if "issued_at" in long.columns else issued).alias("issued_at"),
    ).select(pl.col(name).cast(kind) for name, kind in FEED_COLUMNS.items())
