"""What an hour's adjoint says of the emissions of that hour: gathered along their way, summed by source."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.transport.lanes import add_scaled, in_widths, store
from airshed.transport.sight import Reading
from airshed.transport.smear import MOST_ENTRIES
from airshed.transport.sources import Yield

__all__ = ["Worth", "harvest", "harvest_at_once"]

Array = NDArray[Any]
Worth = tuple[Array, Array, Array, Array]
"""Worth of a kilogram released, before its way: the share of it that becomes one class, (layer, cell), what that class
is worth, (some layers from the lowest on, cell, column) [ug m-3 kg-1]; share and worth of another class."""
BLOCK: Final = 64  # columns a thread sums at a time
STRIP: Final = 128  # places a thread takes at a time
NOWHERE: Final = -1  # in place of a row, where nothing is emitted


def harvest(
    worth: Worth, way: tuple[Array, Array, Array], share: Array, source: Yield, factor: Array, weight: float,
    footprint: Array, sums: Array, emitted: Array,
) -> None:  # fmt: skip
    """Add one step of one species to footprints and to the sums by source, in place.

    Parameters:
        worth: at the end of the step, of what is released in it, see `Worth`.
        way: by cell of release, the cells along its way and their weights, as `smear.smear_lists` has them.
        share: of a release class in each layer, (release, layer, cell); none above the layers of ``worth``.
        source: who emits, see `Yield`; ``factor`` (source,) [h] is the step's: its length times the hour's factor.
        weight: of the step in the footprint.
        footprint: (release, cell, column), or without cells where none is kept; gains ``weight`` times the mean
            of ``worth`` along the way.
        sums: (source, column) [ug m-3], gains what each source gives.
        emitted: working space, a row of columns for each place (release, cell) that emits.
    """
    _, own, _, other = worth
    emits = np.diff(source.start) > 0
    emitting = np.flatnonzero(emits).astype(np.int64)
    places = np.arange(len(emits)) if footprint.shape[1] else emitting
    rows = np.where(emits, np.cumsum(emits) - 1, NOWHERE)[places]
    _gathered(
        places, rows, worth[0], worth[2], *way, share, own.reshape(-1),
        other.reshape(-1), sums.shape[1], own.dtype.type(weight), footprint.reshape(-1), emitted.reshape(-1),
    )  # fmt: skip
    _sums(emitting, source.start, source.row, source.rate, factor, emitted, sums)


def harvest_at_once(
    read: Reading, number: int, amount: float, columns: Array, share: Array, source: Yield, factor: Array,
    weight: float, footprint: Array, sums: Array,
) -> None:  # fmt: skip
    """Add what receptors see of a release within its own step; the transpose of `Sight.of_release`.

    Parameters:
        read: of what is released evenly in the step; ``number`` of the class, ``amount`` what its weights count.
        columns: of the receptors, (receptor,).
        share, source, factor, weight, footprint, sums: as in `harvest`.
    """
    seen = (read.start, read.layer, read.cell, amount * read.weight[number])
    _at_once(*seen, columns, share, source.start, source.row, source.rate, factor, weight, footprint, sums)


@in_widths
def _of_both(load, nothing):  # type: ignore[no-untyped-def]
    """Columns t on of the sum over ``count`` cells of own and other: put into emitted from ``row`` on, where that is
    somewhere; ``weight`` times it joins out from ``at`` on, where there is room."""

    @njit(forceinline=True)
    def of_both(t, there, ours, theirs, count, own, other, columns, weight, out, at, emitted, row):  # type: ignore[no-untyped-def]
        total = nothing(own)
        for e in range(count):
            total = add_scaled(ours[e], load(own, there[e] * columns + t), total)
        for e in range(count):
            if theirs[e] != 0:
                total = add_scaled(theirs[e], load(other, there[e] * columns + t), total)
        if row >= 0:
            store(emitted, row + t, total)
        if at < out.size:
            store(out, at + t, add_scaled(weight, total, load(out, at + t)))

    return of_both


# places (n,) of release * cell, rows (n,) of each in emitted or NOWHERE, own_share and other_share (K, N) [1],
# begin (K, N + 1), index (K, E), part (K, E) [1], share (R, K, N) [1], own and other flat (J * N * L) [ug m-3 kg-1],
# out flat (R * N * L) or empty, emitted flat (n * L)
@njit(cache=True, parallel=True)
def _gathered(  # type: ignore[no-untyped-def]
    places, rows, own_share, other_share, begin, index, part, share, own, other, columns, weight, out, emitted
):
    layers, cells = own_share.shape
    for strip in prange((len(places) + STRIP - 1) // STRIP):
        there = np.empty(layers * MOST_ENTRIES, np.int64)
        ours, theirs = np.empty(len(there), own.dtype), np.empty(len(there), own.dtype)
        low = int(strip) * STRIP
        for n in range(low, min(low + STRIP, len(places))):
            release, cell = places[n] // cells, places[n] % cells
            count = 0
            for layer in range(layers):
                put = share[release, layer, cell]
                if put > 0:
                    for e in range(begin[layer, cell], begin[layer, cell + 1]):
                        there[count] = layer * cells + index[layer, e]
                        ours[count] = put * part[layer, e] * own_share[layer, index[layer, e]]
                        theirs[count] = put * part[layer, e] * other_share[layer, index[layer, e]]
                        count += 1
            row = max(rows[n] * columns, NOWHERE)
            at = places[n] * columns
            _of_both(columns, there, ours, theirs, count, own, other, columns, weight, out, at, emitted, row)


# places (n,), start (R * N + 1,), row (entry,), rate (entry,) [kg h-1], factor (source,) [h],
# emitted (n, L) [ug m-3 kg-1], sums (source, L) [ug m-3]
@njit(cache=True, parallel=True)
def _sums(places, start, row, rate, factor, emitted, sums):  # type: ignore[no-untyped-def]
    columns = sums.shape[1]
    for block in prange((columns + BLOCK - 1) // BLOCK):
        first = np.int64(block) * BLOCK
        last = min(first + BLOCK, columns)
        for n in range(len(places)):
            for entry in range(start[places[n]], start[places[n] + 1]):
                amount = rate[entry] * factor[row[entry]]
                target, given = sums[row[entry], first:last], emitted[n, first:last]
                for column in range(last - first):
                    target[column] += amount * given[column]


# begin (receptor + 1,), layer, cell and seen (entry,) [ug m-3 kg-1], columns (receptor,), the rest as above;
# footprint (R, N, L), (R, 0, L)
@njit(cache=True)
def _at_once(  # type: ignore[no-untyped-def]
    begin, layer, cell, seen, columns, share, start, row, rate, factor, weight, footprint, sums
):
    releases, _, cells = share.shape
    for receptor in range(len(begin) - 1):
        for entry in range(begin[receptor], begin[receptor + 1]):
            for release in range(releases):
                value = seen[entry] * share[release, layer[entry], cell[entry]]
                if value != 0:
                    place = release * cells + cell[entry]
                    if footprint.shape[1] > 0:
                        footprint[release, cell[entry], columns[receptor]] += weight * value
                    for emitted in range(start[place], start[place + 1]):
                        amount = rate[emitted] * factor[row[emitted]]
                        sums[row[emitted], columns[receptor]] += amount * value
