"""What an hour's adjoint says of the emissions of that hour: gathered along their way, summed by source."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.transport.column import HALVES
from airshed.transport.lanes import LINE, add_scaled, fetch, in_widths, store
from airshed.transport.march import Lists
from airshed.transport.sight import Reading
from airshed.transport.sources import Yield

__all__ = ["Places", "harvest", "harvest_at_once", "places_of"]

Array = NDArray[Any]
Places = tuple[Array, Array, Array]
"""By place (release * cell), the cells along its way in all layers and their weights: start (R * N + 1,), index (E,)
of row * cell, share (E,)."""
BLOCK: Final = 64  # columns a thread sums at a time
STRIP: Final = 128  # places a thread takes at a time
AHEAD: Final = 4  # places before its turn that the way of one is fetched
NOWHERE: Final = -1  # in place of a row, where nothing is emitted


def places_of(way: Lists, shares: Array) -> Places:
    """The way of what each release class puts into its layers, once a step for all species.

    Parameters:
        way: by row (layer and half of the step) and cell of release, from `release.way_of`.
        shares: of release classes in layers, (release, layer, cell).
    """
    start = np.zeros(len(shares) * shares.shape[2] + 1, np.int64)
    _count_places(way[0], shares, start)
    index, share = np.empty(start[-1], np.int32), np.empty(start[-1], way[2].dtype)
    _fill_places(*way, shares, start, index, share)
    return start, index, share


def harvest(
    worth: Array, places: Places, source: Yield, factor: Array, weight: float, footprint: Array, sums: Array,
    emitted: Array,
) -> None:  # fmt: skip
    """Add one step of one species to footprints and to the sums by source, in place.

    Parameters:
        worth: at the end of the step and of its way, of a kilogram released in it, (some rows from the lowest on,
            cell, column) [ug m-3 kg-1].
        places: the way of each place, from `places_of`; no higher than ``worth``.
        source: who emits, see `Yield`; ``factor`` (source,) [h] is the step's: its length times the hour's factor.
        weight: of the step in the footprint.
        footprint: (release, cell, column), or without cells where none is kept; gains ``weight`` times the mean
            of ``worth`` along the way.
        sums: (source, column) [ug m-3], gains what each source gives.
        emitted: working space, a row of columns for each place (release, cell) that emits.
    """
    emits = np.diff(source.start) > 0
    emitting = np.flatnonzero(emits).astype(np.int64)
    which = np.arange(len(emits)) if footprint.shape[1] else emitting
    rows = np.where(emits, np.cumsum(emits) - 1, NOWHERE)[which]
    _gathered(
        which, rows, *places, worth.reshape(-1), sums.shape[1], worth.dtype.type(weight), footprint.reshape(-1),
        emitted.reshape(-1),
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


# begin (J * HALVES, N + 1) of the way, share (R, K, N) [1], start (R * N + 1,) which holds zeros
@njit(cache=True, parallel=True, nogil=True)
def _count_places(begin, share, start):  # type: ignore[no-untyped-def]
    releases, _, cells = share.shape
    for cell in prange(cells):
        for release in range(releases):
            for row in range(len(begin)):
                if share[release, row // HALVES, cell] > 0:
                    start[release * cells + cell + 1] += begin[row, cell + 1] - begin[row, cell]
    for place in range(releases * cells):
        start[place + 1] += start[place]


# begin (J * HALVES, N + 1), along, part (J * HALVES, E) [1] of the way; share, start as above, index and weight (E,)
@njit(cache=True, parallel=True, nogil=True)
def _fill_places(begin, along, part, share, start, index, weight):  # type: ignore[no-untyped-def]
    releases, _, cells = share.shape
    for cell in prange(cells):
        for release in range(releases):
            at = start[release * cells + cell]
            for row in range(len(begin)):
                put = share[release, row // HALVES, cell]
                if put > 0:
                    for e in range(begin[row, cell], begin[row, cell + 1]):
                        index[at], weight[at] = row * cells + along[row, e], put * part[row, e]
                        at += 1


@in_widths
def _of_place(load, nothing):  # type: ignore[no-untyped-def]
    """Columns t on of the sum over entries ``low`` to ``high`` (unsigned, as in march): put into emitted from ``row``
    on, where that is somewhere; ``weight`` times it joins out from ``at`` on, where there is room."""

    @njit(forceinline=True)
    def of_place(t, index, share, low, high, worth, columns, weight, out, at, emitted, row):  # type: ignore[no-untyped-def]
        total = nothing(worth)
        for e in range(low, high):
            total = add_scaled(share[e], load(worth, index[e] * columns + t), total)
        if row >= 0:
            store(emitted, row + t, total)
        if at < out.size:
            store(out, at + t, add_scaled(weight, total, load(out, at + t)))

    return of_place


@njit(forceinline=True)
def _fetch_way(place, start, index, worth, columns):  # type: ignore[no-untyped-def]
    """Ask for the cells of a place's way; arrays as below."""
    for e in range(np.uint64(start[place]), np.uint64(start[place + 1])):
        for t in range(0, columns, LINE):
            fetch(worth, index[e] * columns + t)


# places (n,) of release * cell, rows (n,) of each in emitted or NOWHERE, start (R * N + 1,), index (E,),
# share (E,) [1], worth flat (J * HALVES * N * L) [ug m-3 kg-1], out flat (R * N * L) or empty, emitted flat (n * L)
@njit(cache=True, parallel=True, nogil=True)
def _gathered(places, rows, start, index, share, worth, columns, weight, out, emitted):  # type: ignore[no-untyped-def]
    for strip in prange((len(places) + STRIP - 1) // STRIP):
        first = np.int64(strip) * STRIP
        for n in range(first, min(first + STRIP, len(places))):  # type: ignore[call-overload]
            low, high = np.uint64(start[places[n]]), np.uint64(start[places[n] + 1])
            row, at = max(rows[n] * columns, NOWHERE), places[n] * columns
            _fetch_way(places[min(n + AHEAD, len(places) - 1)], start, index, worth, columns)
            _of_place(columns, index, share, low, high, worth, columns, weight, out, at, emitted, row)


# places (n,), start (R * N + 1,), row (entry,), rate (entry,) [kg h-1], factor (source,) [h],
# emitted (n, L) [ug m-3 kg-1], sums (source, L) [ug m-3]
@njit(cache=True, parallel=True, nogil=True)
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
