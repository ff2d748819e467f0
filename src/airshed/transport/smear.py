"""Within the hour: a release lies along the path of its hour, a receptor reads the mean of its hour.

Mass that leaves cell s with a time f still to go (f even in 0..1) ends at s + f d, d the displacement of the hour
[cells]; mass that lay in s when the hour began is at s + f d when the time f has gone. Both are spread over the four
nearest cells, which for a source even over its cell is the exact mean of each cell in a constant wind. So one set of
lists serves: by source s the cells along its path, with the mean over f (``smear_lists``), or with the weight 1 - f,
which is the mean over the hour of what the same hour released (``Weighting.RELEASE``).

A cell is taken as evenly filled again whenever mass is laid down. What was released in the cell itself lies in its
lee, though, and a reading that forgets this keeps it too long: by 5 % of the burden of a lone source at 8 m/s, by
35 % at 1 m/s on cells of 10 km; what is too much there lacks in the cells beside it. Readings of the state mend that in
two ways, both fitted for bicubic marching (``docs/notes/column.md``, section 4). In slow wind they take a third
difference along the path, which moves mass from the cell to the next and keeps amount, place and width, so that a
city of many cells is read right too. In swift wind they look a tenth of a cell ahead. The positive path, which must
not weigh negatively, looks ahead at all speeds. Where mass is even nothing changes.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import DTypeLike, NDArray

from airshed.errors import BadInput
from airshed.transport.march import Lists

__all__ = ["Weighting", "by_destination", "receptor_row", "smear_lists"]

Array = NDArray[Any]
Floats = NDArray[np.float64]

MOST_NODES: Final = 16  # places along a path; at 2 a cell that is a displacement of 7 cells an hour
CALM: Final = 0.04  # [cells] displacement below which all that looks along the path fades out
# Of the footprint path, by displacement [cells]; fitted, docs/notes/column.md.
MOVED: Final = np.array([0.1, 0.25, 0.36, 0.5, 0.65, 0.8, 1.0, 1.25, 1.6, 2.2, 3.0])
LEE: Final = np.array([0.095, 0.13, 0.155, 0.205, 0.32, 0.37, 0.0, 0.0, 0.0, 0.0, 0.0])  # third difference
LEE_ASLANT: Final = np.array(
    [0.21, 0.12, 0.07, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
)  # more on the diagonal
AHEAD: Final = np.array([0.0, 0.0, 0.0, 0.0, -0.03, 0.10, 0.135, 0.09, 0.09, 0.085, 0.055])  # [cells]
LONGEST, SHORTEST, SHORTENS = 1.0, 0.6, 1.36  # [cells] step of the difference: SHORTENS less the displacement
# Of the positive path.
ADVANCE_SWIFT: Final = 0.13  # [cells] advance beyond a cell an hour: fitted, docs/notes/column.md
ADVANCE_SLOW: Final = 0.12  # [cells] what a slow wind adds to it: fitted, docs/notes/column.md
SLOW: Final = 0.75  # [cells] displacement at which that fades: fitted, docs/notes/column.md
ADVANCE_ASLANT: Final = 0.09  # [cells] what a slow wind along the diagonal adds: fitted to Catmull-Rom
SLOW_ASLANT: Final = 0.5  # [cells] displacement at which that fades: fitted, docs/notes/engine.md
MOST_ENTRIES: Final = 4 * MOST_NODES


class Weighting(IntEnum):
    """What a list is for."""

    DEPOSIT = 0  # where the hour's release lies at its end
    STATE = 1  # hour mean of what lay there at the start, the lee of sources minded
    RELEASE = 2  # hour mean of what the hour itself releases: weight 1 - f, half in all
    POSITIVE = 3  # as STATE, by weights of which none is negative


def smear_lists(
    displacement: Floats, nx: int, weighting: Weighting = Weighting.DEPOSIT, dtype: DTypeLike = np.float64,
    parts: int = 1, only: NDArray[np.bool_] | None = None,
) -> Lists:  # fmt: skip
    """By source cell, the cells along its path and their weights.

    Parameters:
        displacement: of the cell centre over the hour [cells], (K, N, 2), row and column.
        nx: cells in a row of the grid.
        weighting: what the list is for.
        dtype: of the weights.
        parts: of the path, each with lists of its own: those of a layer stand together, the nearest part first.
        only: the sources that are wanted, (K, N); all, where none is given.

    Returns:
        ``start`` int64 (K * parts, N + 1), ``index`` int32 (K * parts, E) and ``share``, as ``march.transpose`` gives
        them: the cells of source s are ``index[k, start[k, s]:start[k, s + 1]]``, and there is room behind the last.
        What lies outside the grid is left out; the weights of a source inside sum to 1 over the parts (``RELEASE``:
        to 1/2).

    Raises:
        BadInput: displacements that are not (K, N, 2) or do not fill rows of nx.
    """
    if displacement.ndim != 3 or displacement.shape[2] != 2 or displacement.shape[1] % nx:
        raise BadInput(
            f"displacement (K, N, 2), N a multiple of {nx}", str(displacement.shape), "stack the layers"
        )
    layers, cells, _ = displacement.shape
    start = np.zeros((layers * parts, cells + 1), np.int64)
    room = _room(displacement, int(weighting)) * (4 if weighting == Weighting.STATE else 1)
    index = np.empty((layers * parts, room), np.int32)
    share = np.empty(index.shape, dtype)
    wanted = np.ones((layers, cells), np.bool_) if only is None else only
    _fill(displacement, nx, int(weighting), wanted, start, index, share)
    return start, index, share


def by_destination(lists: Lists) -> Lists:
    """The same weights by the cell they lead to: ``index`` then names the sources, ascending."""
    start, index, share = lists
    turned = (np.zeros_like(start), np.empty_like(index), np.empty_like(share))
    _turn(start, index, share, *turned)
    return turned


def receptor_row(
    displacement: Floats, nx: int, receptor: Floats, weighting: Weighting
) -> tuple[NDArray[np.int64], Floats]:
    """Which cells a receptor reads in the mean of an hour, and how much of their mass.

    Parameters:
        displacement: of one layer [cells], (N, 2).
        nx: cells in a row of the grid.
        receptor: weight of each cell in the receptor, (N,), such as 1 / number in its cells.
        weighting: ``STATE`` for mass there at the hour's start, ``RELEASE`` for the hour's even release.

    Returns:
        flat numbers of the cells, and the weight of a kilogram in each.
    """
    if displacement.shape != (len(receptor), 2):
        raise BadInput(
            f"displacement of shape ({len(receptor)}, 2)", str(displacement.shape), "pass one layer"
        )
    row, column = np.divmod(np.flatnonzero(receptor), nx)
    reach = np.ceil(np.abs(displacement).max(axis=0)).astype(int) + 2
    low = np.maximum([row.min() - reach[0], column.min() - reach[1]], 0)
    high = np.minimum([row.max() + reach[0], column.max() + reach[1]], [len(receptor) // nx - 1, nx - 1])
    near = (np.arange(low[0], high[0] + 1)[:, None] * nx + np.arange(low[1], high[1] + 1)).reshape(-1)
    weight = np.empty(len(near))
    _read(displacement, nx, int(weighting), near, receptor, weight)
    found = weight != 0
    return near[found], weight[found]


@njit(cache=True, nogil=True)
def _nodes(length, weighting):  # type: ignore[no-untyped-def]
    """Places along a path of that length [cells]: as many in each half of the hour, of a reading in each quarter."""
    wanted, even = int(np.ceil(2.0 * length)) + 2, 2 if weighting == 0 else 4
    return min((wanted + even - 1) // even * even, MOST_NODES)


@njit(cache=True, nogil=True)
def path(row, column, ny, nx, weighting, index, share):  # type: ignore[no-untyped-def]
    """Cells and weights of one path from (0, 0) + displacement (row, column) relative to a source; returns how many.

    ``index`` and ``share`` (entry, part of the hour) come with room for ``MOST_ENTRIES``; index[0] holds the source's
    flat number on entry.
    """
    south, west = divmod(index[0], nx)
    length = np.hypot(row, column)
    nodes = _nodes(length, weighting)
    ahead, lee, step = 0.0, 0.0, 0.0
    if weighting == 1:
        ahead, lee, step = _along(length, _aslant(row, column, length))
    elif weighting == 3:
        ahead = _advance(length, _aslant(row, column, length))
    whole = np.hypot(length, CALM)
    mend = (lee, 1.0 - 3.0 * lee, 3.0 * lee, -lee)  # at so many steps from -1 on
    found = 0
    for j in range(nodes):
        gone, age = (j + 0.5) / nodes, j * share.shape[1] // nodes
        weight = (1.0 - gone if weighting == 2 else 1.0) / nodes
        for place in range(4):
            if mend[place] != 0.0:
                far = gone + (ahead + (place - 1) * step) / whole
                y, x = south + far * row, west + far * column
                found = _lay(y, x, weight * mend[place], age, ny, nx, found, index, share)
    return found


@njit(cache=True, nogil=True)
def _lay(y, x, weight, age, ny, nx, found, index, share):  # type: ignore[no-untyped-def]
    """Spread over the four cells nearest to a place; returns the number of entries."""
    first, left = int(np.floor(y)), int(np.floor(x))
    for corner in range(4):
        r, c = first + corner // 2, left + corner % 2
        part = weight * (1.0 - abs(y - r)) * (1.0 - abs(x - c))
        if part != 0.0 and 0 <= r < ny and 0 <= c < nx:
            found = _enter(r * nx + c, part, age, found, index, share)
    return found


@njit(cache=True, nogil=True)
def _aslant(row, column, length):  # type: ignore[no-untyped-def]
    """How far a path lies from the grid's axes: 0 along one, 1 on the diagonal."""
    return (2.0 * row * column / max(length * length, CALM * CALM)) ** 2


@njit(cache=True, nogil=True)
def _along(length, aslant):  # type: ignore[no-untyped-def]
    """How far a reading looks ahead [cells], and weight and step [cells] of its third difference."""
    place = 0
    while place < len(MOVED) - 2 and length > MOVED[place + 1]:
        place += 1
    part = min(max((length - MOVED[place]) / (MOVED[place + 1] - MOVED[place]), 0.0), 1.0)
    ahead = AHEAD[place] + part * (AHEAD[place + 1] - AHEAD[place])
    lee = LEE[place] + part * (LEE[place + 1] - LEE[place])
    lee += aslant * aslant * (LEE_ASLANT[place] + part * (LEE_ASLANT[place + 1] - LEE_ASLANT[place]))
    return ahead, lee, min(max(SHORTENS - length, SHORTEST), LONGEST)


@njit(cache=True, nogil=True)
def _advance(length, aslant):  # type: ignore[no-untyped-def]
    """How far a reading of the positive path looks ahead [cells]."""
    slow = ADVANCE_SLOW * np.exp(-((length / SLOW) ** 2))
    slow += ADVANCE_ASLANT * aslant * np.exp(-((length / SLOW_ASLANT) ** 2))
    return ADVANCE_SWIFT + slow


@njit(cache=True, nogil=True)
def _enter(cell, part, age, found, index, share):  # type: ignore[no-untyped-def]
    """Add a part to the entry of its cell, a new one if there is none; returns the number of entries."""
    for e in range(found - 1, -1, -1):  # most often it is one of the last
        if index[e] == cell:
            share[e, age] += part
            return found
    index[found] = cell
    share[found] = 0.0
    share[found, age] = part
    return found + 1


@njit(cache=True, nogil=True)
def _room(displacement, weighting):  # type: ignore[no-untyped-def]
    """Entries that a layer may have at most: four at the first place of a path, and three at each next one, unless the
    path is so long that places on it are more than a cell apart."""
    most = 0
    for k in range(len(displacement)):
        room = 0
        for s in range(displacement.shape[1]):
            row, column = displacement[k, s]
            nodes = _nodes(np.hypot(row, column), weighting)
            room += 1 + 3 * nodes if nodes < MOST_NODES else 4 * nodes
        most = max(most, room)
    return most


@njit(cache=True, parallel=True, nogil=True)
def _fill(displacement, nx, weighting, wanted, start, into, shares):  # type: ignore[no-untyped-def]
    """The entries of each source, one source after the other; displacement (K, N, 2) [cells], wanted
    (K, N), into, shares (K * parts, E)."""
    layers, cells, _ = displacement.shape
    parts = len(into) // layers
    for k in prange(layers):
        index, share = np.empty(MOST_ENTRIES, np.int64), np.empty((MOST_ENTRIES, parts))
        for s in range(cells):
            index[0] = s
            y, x = displacement[k, s]
            found = path(y, x, cells // nx, nx, weighting, index, share) if wanted[k, s] else 0
            for part in range(parts):
                row = k * parts + part
                at = start[row, s]
                for e in range(found):
                    if share[e, part] != 0.0:
                        into[row, at], shares[row, at] = index[e], share[e, part]
                        at += 1
                start[row, s + 1] = at


@njit(cache=True, parallel=True, nogil=True)
def _turn(start, index, share, begin, source, part):  # type: ignore[no-untyped-def]
    """Counting sort of lists by source into lists by destination, a layer a thread; arrays as in ``smear_lists``."""
    layers, cells = start.shape[0], start.shape[1] - 1
    for k in prange(layers):
        for e in range(start[k, cells]):
            begin[k, index[k, e] + 1] += 1
        for d in range(cells):
            begin[k, d + 1] += begin[k, d]
        free = begin[k, :cells].copy()
        for s in range(cells):
            for e in range(start[k, s], start[k, s + 1]):
                d = index[k, e]
                source[k, free[d]], part[k, free[d]] = s, share[k, e]
                free[d] += 1


@njit(cache=True, nogil=True)
def _read(displacement, nx, weighting, near, receptor, weight):  # type: ignore[no-untyped-def]
    """weight[i] = sum along the path of near[i] of the receptor's weights; displacement (N, 2), receptor (N,)."""
    index, share = np.empty(MOST_ENTRIES, np.int64), np.empty((MOST_ENTRIES, 1))
    for i in range(len(near)):
        index[0] = near[i]
        y, x = displacement[near[i]]
        total = 0.0
        for e in range(path(y, x, len(receptor) // nx, nx, weighting, index, share)):
            total += share[e, 0] * receptor[index[e]]
        weight[i] = total
