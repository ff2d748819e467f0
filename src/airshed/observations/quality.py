"""Quality control: a pure function of rows that says what is odd about each. Values stay as they are.

What a feed alone can know (a zero that means missing, a stale copy, a value below detection) is kept as
handed over; everything that needs neighbours in time, the other variable or the other source is worked out
anew each time, so the result depends on the set of rows and never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.observations.dust import DustRule, Readings, dust_hours, followed_by
from airshed.observations.flags import Flag
from airshed.observations.overrides import OVERRIDE_BITS, OVERRIDE_COLUMNS, apply_overrides
from airshed.observations.rules import Rules
from airshed.observations.series import DAY, HOUR, Block, Table, arrange, blocks_of
from airshed.quantities import variables

__all__ = [
    "CONTEXT",
    "FEED_BITS",
    "OVERRIDE_COLUMNS",
    "QualityContext",
    "apply_overrides",
    "flag_counts",
    "flagged",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bits = NDArray[np.uint16]

FEED_BITS = int(Flag.ZERO_MISSING | Flag.STALE | Flag.BELOW_DETECTION)
"""Bits only a feed can know; kept as handed over."""

CONTEXT = timedelta(days=7)
"""Rows so far before and after a row decide its flag, and no others do (with the default thresholds)."""


@dataclass(frozen=True)
class QualityContext:
    """What quality control is told besides the rows.

    Parameters:
        dust: value of the law's ``dust`` provision (rise_factor, rise_hours, floor, return_within);
            None: no dust rule.
        same_as: ids of one and the same monitor under another name, to the id under which they are compared.
        overrides: ``OVERRIDE_COLUMNS``; None leaves the override bits of the rows as they are.
        rules: thresholds.
    """

    dust: Mapping[str, Any] | None = None
    same_as: Mapping[str, str] = field(default_factory=dict)
    overrides: pl.DataFrame | None = None
    rules: Rules = field(default_factory=Rules)

    @property
    def reach(self) -> timedelta:
        """How far before and after a row its flag can depend on other rows."""
        return self.rules.reach(int(self.dust["rise_hours"]) if self.dust else 0)


def flagged(rows: pl.DataFrame, context: QualityContext) -> pl.DataFrame:
    """The same rows in the same order with ``flag`` worked out anew.

    Parameters:
        rows: ``FEED_COLUMNS`` (further columns pass through): the current values, one row a key, of some
            places over a window, all sources. Rows of places linked by ``same_as`` belong in one call. Flags
            of rows nearer than ``context.reach`` to an edge of the window may lack what lies beyond it.
        context: what else is known.
    """
    if rows.is_empty():
        return rows
    table = arrange(rows)
    found = np.zeros(len(rows), dtype=np.uint16)
    blocks = list(blocks_of(table))
    for block in blocks:
        found[block.at] |= _own_series(block, context.rules)
    readable = ((found & int(Flag.OUT_OF_RANGE)) == 0) & table.readable
    _pm(table, blocks, readable, found, context)
    _disagreements(table, blocks, readable, found, context)
    bits = np.empty_like(found)
    bits[table.order] = found
    keep = FEED_BITS | OVERRIDE_BITS
    result = rows.with_columns(flag=(pl.col("flag") & pl.lit(keep, pl.UInt16)) | pl.Series(bits))
    return result if context.overrides is None else apply_overrides(result, context.overrides)


def _own_series(block: Block, rules: Rules) -> Bits:
    """Range, spike and stuck: what a value's own series says of it."""
    bits = np.zeros(len(block.value), dtype=np.uint16)
    outside = _out_of_range(block)
    bits[outside] |= int(Flag.OUT_OF_RANGE)
    if block.kind is None:
        return bits
    readable = block.readable & ~outside
    follows = (
        (block.series[1:] == block.series[:-1])
        & (block.start[1:] - block.start[:-1] == block.length)
        & readable[1:]
        & readable[:-1]
    )
    bits[_spikes(block, follows, rules)] |= int(Flag.SPIKE)
    bits[_stuck(block, follows, rules)] |= int(Flag.STUCK)
    return bits


def _out_of_range(block: Block) -> Bools:
    known = variables().get(block.variable)
    bounds = known.range.get("day" if block.length >= DAY else "hour") if known else None
    if bounds is None:
        return ~np.isfinite(block.value)
    low, high = bounds
    return ~((block.value >= low) & (block.value <= high))


def _spikes(block: Block, follows: Bools, rules: Rules) -> Bools:
    """Far from both neighbours, which agree with each other: up or down."""
    kind = str(block.kind)
    found = np.zeros(len(block.value), dtype=np.bool_)
    jump = rules.spike_jump[kind].get(block.variable)
    if jump is None or len(found) < 3:
        return found
    before, value, after = block.value[:-2], block.value[1:-1], block.value[2:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    times = rules.spike_times[kind]
    up = (value >= times * high) & (value - high >= jump)
    down = (value * times <= low) & (low - value >= jump)
    agree = high - low <= rules.spike_agreement[kind] * np.abs(value - (low + high) / 2)
    found[1:-1] = (up | down) & agree & follows[:-1] & follows[1:]
    return found


def _stuck(block: Block, follows: Bools, rules: Rules) -> Bools:
    """One value for too many intervals in a row, above the floor where repeating is right."""
    kind = str(block.kind)
    steps = rules.stuck_steps[kind].get(block.variable)
    if steps is None:
        return np.zeros(len(block.value), dtype=np.bool_)
    repeats = np.concatenate(([False], follows & (block.value[1:] == block.value[:-1])))
    first = np.flatnonzero(~repeats)
    length = np.diff(first, append=len(repeats))
    floor = rules.stuck_floor[kind].get(block.variable, 0.0)
    long = (length >= steps) & (block.value[first] > floor)
    return np.repeat(long, length)


def _find(blocks: list[Block], variable: str, length: int) -> slice:
    """The slice of one block; empty where it is absent."""
    return next((b.at for b in blocks if b.variable == variable and b.length == length), slice(0, 0))


def _pm(table: Table, blocks: list[Block], readable: Bools, found: Bits, context: QualityContext) -> None:
    """What PM2.5 and PM10 of one place, source and interval say of each other, and dust."""
    for length in sorted({b.length for b in blocks}):
        fine, coarse = (_find(blocks, v, length) for v in ("pm25", "pm10"))
        match = _partner(table, coarse, fine)
        pm25 = np.full(len(match), np.nan)
        read = match >= 0
        read[read] = readable[fine][match[read]]
        pm25[read] = table.value[fine][match[read]]
        above = readable[coarse] & (pm25 > table.value[coarse] + context.rules.pm25_excess)
        found[coarse][above] |= int(Flag.PM25_ABOVE_PM10)
        found[fine][match[above]] |= int(Flag.PM25_ABOVE_PM10)
        if length == HOUR and context.dust is not None:
            _dust(table, (fine, coarse), readable, pm25, found, context)


def _partner(table: Table, of: slice, among: slice) -> Ints:
    """For each row of one block the position of the same series and start in another block, or -1."""
    size = of.stop - of.start
    if among.stop == among.start or size == 0:
        return np.full(size, -1, dtype=np.int64)
    low = min(int(table.start[of].min()), int(table.start[among].min()))
    width = max(int(table.start[of].max()), int(table.start[among].max())) - low + 1
    wanted = table.series[of] * width + table.start[of] - low
    there = table.series[among] * width + table.start[among] - low
    at = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    return np.where(there[at] == wanted, at, -1)


def _dust(
    table: Table,
    pm: tuple[slice, slice],
    readable: Bools,
    fine: Floats,
    found: Bits,
    context: QualityContext,
) -> None:
    """Dust hours of each series' PM10, marked on its PM10 and PM2.5."""
    rules, law = context.rules, context.dust
    assert law is not None
    rule = DustRule.of(law, rules.dust_longest, rules.dust_bridge, rules.dust_before, rules.dust_fine_share)
    coarse = pm[1]
    use = readable[coarse]
    pm10 = Readings(table.series[coarse][use], table.start[coarse][use], table.value[coarse][use])
    dust = dust_hours(pm10, fine[use], rule)
    if dust.any():
        for part in pm:
            hit = followed_by(pm10, dust, table.series[part], table.start[part], rule.bridge)
            found[part][hit] |= int(Flag.DUST)


def _disagreements(
    table: Table, blocks: list[Block], readable: Bools, found: Bits, context: QualityContext
) -> None:
    """Values of one place, variable and interval from two series that differ by more than both bounds."""
    if table.sources == 1 and not context.same_as:
        return
    one = _monitors(table, context.same_as)
    seen = np.zeros(len(table.places) * table.sources, dtype=np.bool_)
    seen[table.series] = True
    series = np.flatnonzero(seen)
    monitors, times = np.unique(one[series // table.sources], return_counts=True)
    shared = np.zeros(len(table.places), dtype=np.bool_)
    shared[monitors[times > 1]] = True
    if not shared.any():
        return
    for block in blocks:
        monitor = one[block.series // table.sources]
        at = np.flatnonzero(shared[monitor] & readable[block.at])
        least = context.rules.disagree_difference.get(block.variable)
        if least is not None and at.size:
            share = context.rules.disagree_share
            far = _far_apart(monitor[at], block.start[at], block.value[at], least, share)
            found[block.at][at[far]] |= int(Flag.SOURCES_DISAGREE)


def _monitors(table: Table, same_as: Mapping[str, str]) -> Ints:
    """For each place the number of the monitor it stands for: its own, or the one it is the same as."""
    number = {place: at for at, place in enumerate(table.places)}
    named = [same_as.get(place, place) for place in table.places]
    for name in named:
        number.setdefault(name, len(number))
    # Two other names of one monitor meet under its number even where the monitor itself has no rows.
    return np.unique(np.array([number[name] for name in named], dtype=np.int64), return_inverse=True)[1]


def _far_apart(monitor: Ints, start: Ints, value: Floats, least: float, share: float) -> Bools:
    """Which values lie farther than both bounds from the lowest or highest of their monitor and hour."""
    order = np.lexsort((start, monitor))
    change = (np.diff(monitor[order]) != 0) | (np.diff(start[order]) != 0)
    first = np.concatenate(([0], np.flatnonzero(change) + 1))
    length = np.diff(first, append=len(order))
    low = np.repeat(np.minimum.reduceat(value[order], first), length)
    high = np.repeat(np.maximum.reduceat(value[order], first), length)
    far = np.zeros(len(value), dtype=np.bool_)
    for other in (low, high):
        apart = np.abs(value[order] - other)
        far[order] |= (apart > least) & (apart > share * (value[order] + other) / 2)
    return far


def flag_counts(rows: pl.DataFrame, weight: str | None = None) -> dict[str, int]:
    """How many rows carry each flag, in the order of the bits; flags nobody carries are left out.

    Parameters:
        weight: a column that says how many rows each row stands for.

    >>> flag_counts(pl.DataFrame({"flag": pl.Series([0, 16, 17], dtype=pl.UInt16)}))
    {'zero_missing': 1, 'spike': 2}
    """
    each = pl.lit(1) if weight is None else pl.col(weight).cast(pl.Int64)
    counts = rows.select(
        [
            (((pl.col("flag") & pl.lit(int(f), pl.UInt16)) > 0) * each).sum().alias(str(f.name).lower())
            for f in Flag
        ]
    )
    return {name: n for name, n in counts.row(0, named=True).items() if n}
