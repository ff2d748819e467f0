"""Rows laid out for quality control: sorted once, bare arrays, one block a variable and averaging length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.observations.coding import in_order
from airshed.observations.flags import Flag

__all__ = ["DAY", "HOUR", "Block", "Table", "arrange", "blocks_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HOUR, DAY = 3600, 86_400  # s
MICROSECONDS = 1_000_000  # in a second
KINDS = {HOUR: "hour", DAY: "day"}

_UNREADABLE = int(Flag.ZERO_MISSING | Flag.STALE)


@dataclass(frozen=True)
class Table:
    """The rows sorted by variable, length, series (place and source) and start, as bare arrays.

    ``order`` leads from sorted to given positions; ``head`` numbers (variable, length), ``series``
    (place, source).
    """

    order: Ints | slice
    head: Ints
    series: Ints
    start: Ints  # s
    value: Floats
    readable: Bools
    variables: list[str]
    lengths: Ints  # s
    places: list[str]
    sources: int


@dataclass(frozen=True)
class Block:
    """All rows of one variable and one averaging length: a slice of the table."""

    at: slice
    variable: str
    length: int  # s
    series: Ints
    start: Ints
    value: Floats
    readable: Bools

    @property
    def kind(self) -> str | None:
        """hour, day, or None for other lengths."""
        return KINDS.get(self.length)


def _codes(column: pl.Series) -> tuple[Ints, list[str]]:
    """Small integers for the texts of a column, in the order of the texts: rows from the lake come sorted already."""
    numbers, texts = in_order(column)
    return numbers.to_numpy(), texts


def arrange(rows: pl.DataFrame) -> Table:
    """Rows (``FEED_COLUMNS``) as a sorted table."""
    place, places = _codes(rows["place"])
    variable, names = _codes(rows["variable"])
    source, sources = _codes(rows["source"])
    instant = rows["start"].to_physical().to_numpy()
    lengths, length_code = _small_set(rows["end"].to_physical().to_numpy() - instant)
    start = instant // MICROSECONDS
    head = variable * len(lengths) + length_code
    series = place * len(sources) + source
    # One integer a row: sorting it is sorting by (variable, length, place, source, start). 2^63 leaves room
    # for 2^30 series over 270 years of seconds.
    low, high = int(start.min()), int(start.max())
    key = (head * (len(places) * len(sources)) + series) * (high - low + 1) + start
    sorted_already = bool((key[1:] >= key[:-1]).all())
    order = slice(None) if sorted_already else np.argsort(key)
    value = rows["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    readable = (rows["flag"].to_numpy() & _UNREADABLE) == 0
    return Table(
        order=order,
        head=head[order],
        series=series[order],
        start=start[order],
        value=value[order],
        readable=readable[order],
        variables=names,
        lengths=lengths,
        places=places,
        sources=len(sources),
    )


def _small_set(length: Ints) -> tuple[Ints, Ints]:
    """The few different lengths [s] of lengths in microseconds, and the number of each row's."""
    if (length == length[0]).all():
        return length[:1] // MICROSECONDS, np.zeros(1, dtype=np.int64)
    lengths = np.unique(length)
    return lengths // MICROSECONDS, np.searchsorted(lengths, length).astype(np.int64)


def blocks_of(table: Table) -> Iterator[Block]:
    """The table cut into its blocks, in order."""
    edges = np.flatnonzero(np.diff(table.head)) + 1
    for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(table.head)], strict=True):
        at = slice(first, last)
        variable, length = divmod(int(table.head[first]), len(table.lengths))
        yield Block(
            at,
            table.variables[variable],
            int(table.lengths[length]),
            table.series[at],
            table.start[at],
            table.value[at],
            table.readable[at],
        )
