"""Within the hour: a release lies along the path of its hour, a receptor reads the mean of its hour.

Mass that leaves cell s with a time f still to go (f even in 0..1) ends at s + f d, d the displacement of the hour
[cells]; mass that lay in s when the hour began is at s + f d when the time f has gone. Both are spread over the four
nearest cells, which for a source even over its cell is the exact mean of each cell in a constant wind. So one set of
lists serves: by source s the cells along its path, with the mean over f (``smear_lists``), or with the weight 1 - f,
which is the mean over the hour of what the same hour released (``Weighting.RELEASE``).

A cell is taken as evenly filled again whenever mass is laid down. What was released in the cell itself lies in its
lee, though, and a reading that forgets this keeps it too long: by 5 % of the burden of a lone source at 8 m/s, by
35 % at 1 m/s on cells of 10 km. Readings of the state are therefore advanced along the path by ``advance``, a
quarter to a seventh of a cell, fitted for bicubic marching (``docs/notes/column.md``, section 4). The weights stay
positive, and where mass is even nothing changes.
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
CALM: Final = 0.04  # [cells] displacement below which the advance fades out
ADVANCE_SWIFT: Final = 0.13  # [cells] advance beyond a cell an hour: fitted, docs/notes/column.md
ADVANCE_SLOW: Final = 0.12  # [cells] what a slow wind adds to it: fitted, docs/notes/column.md
SLOW: Final = 0.75  # [cells] displacement at which that fades: fitted, docs/notes/column.md
ADVANCE_ASLANT: Final = 0.09  # [cells] what a slow wind along the diagonal adds: fitted to Catmull-Rom
SLOW_ASLANT: Final = 0.5  # [cells] displacement at which that fades: fitted, docs/notes/engine.md
MOST_ENTRIES: Final = 4 * MOST_NODES


class Weighting(IntEnum):
    """What a list is for."""

    DEPOSIT = 0  # where the hour's release lies at its end
    STATE = 1  # hour mean of what lay there at the start: with the advance
    RELEASE = 2  # hour mean of what the hour itself releases: weight 1 - f, half in all


def smear_lists(
    displacement: Floats, nx: int, weighting: Weighting = Weighting.DEPOSIT, dtype: DTypeLike = np.float64
) -> Lists:
    """By source cell, the cells along its path and their weights.

    Parameters:
        displacement: of the cell centre over the hour [cells], (K, N, 2), row and column.
        nx: cells in a row of the grid.
        weighting: what the list is for.
        dtype: of the weights.

    Returns:
        ``start`` int64 (K, N + 1), ``index`` int32 (K, E), ``share`` (K, E), as ``march.transpose`` gives them: the
        cells of source s are ``index[k, start[k, s]:start[k, s + 1]]``, and there is room behind the last. What lies
        outside the grid is left out; the weights of a source inside sum to 1 (``RELEASE``: to 1/2).

    Raises:
        BadInput: displacements that are not (K, N, 2) or do not fill rows of nx.
    """
    if displacement.ndim != 3 or displacement.shape[2] != 2 or displacement.shape[1] % nx:
        raise BadInput(
            f"displacement (K, N, 2), N a multiple of {nx}", str(displacement.shape), "stack the layers"
        )
    layers, cells, _ = displacement.shape
    start = np.zeros((layers, cells + 1), np.int64)
    index = np.empty((layers, _room(displacement)), np.int32)
    share = np.empty(index.shape, dtype)
    _fill(displacement, nx, int(weighting), start, index, share)
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
def _nodes(length):  # type: ignore[no-untyped-def]
    """Places along a path of that length [cells]."""
    return min(int(np.ceil(2.0 * length)) + 2, MOST_NODES)


@njit(cache=True, nogil=True)
def path(row, column, ny, nx, weighting, index, share):  # type: ignore[no-untyped-def]
    """Cells and weights of one path from (0, 0) + displacement (row, column) relative to a source; returns how many.

    ``index`` and ``share`` come with room for ``MOST_ENTRIES``; index[0] holds the source's flat number on entry.
    """
    south, west = divmod(index[0], nx)
    length = np.hypot(row, column)
    nodes = _nodes(length)
    ahead = 0.0
    if weighting == 1:
        aslant = 2.0 * row * column / max(length * length, CALM * CALM)
        slow = ADVANCE_SLOW * np.exp(-((length / SLOW) ** 2))
        slow += ADVANCE_ASLANT * aslant * aslant * np.exp(-((length / SLOW_ASLANT) ** 2))
        ahead = (ADVANCE_SWIFT + slow) / np.hypot(length, CALM)
    found = 0
    for j in range(nodes):
        gone = (j + 0.5) / nodes
        weight = (1.0 - gone if weighting == 2 else 1.0) / nodes
        y, x = south + (gone + ahead) * row, west + (gone + ahead) * column
        first, left = int(np.floor(y)), int(np.floor(x))
        for corner in range(4):
            r, c = first + corner // 2, left + corner % 2
            part = weight * (1.0 - abs(y - r)) * (1.0 - abs(x - c))
            if part > 0.0 and 0 <= r < ny and 0 <= c < nx:
                found = _enter(r * nx + c, part, found, index, share)
    return found


@njit(cache=True, nogil=True)
def _enter(cell, part, found, index, share):  # type: ignore[no-untyped-def]
    """Add a part to the entry of its cell, a new one if there is none; returns the number of entries."""
    for e in range(found - 1, -1, -1):  # most often it is one of the last
        if index[e] == cell:
            share[e] += part
            return found
    index[found] = cell
    share[found] = part
    return found + 1


@njit(cache=True, nogil=True)
def _room(displacement):  # type: ignore[no-untyped-def]
    """Entries that a layer may have at most: four at the first place of a path, and three at each next one, unless the
    path is so long that places on it are more than a cell apart."""
    most = 0
    for k in range(len(displacement)):
        room = 0
        for s in range(displacement.shape[1]):
            row, column = displacement[k, s]
            nodes = _nodes(np.hypot(row, column))
            room += 1 + 3 * nodes if nodes < MOST_NODES else 4 * nodes
        most = max(most, room)
    return most


@njit(cache=True, parallel=True, nogil=True)
def _fill(displacement, nx, weighting, start, into, shares):  # type: ignore[no-untyped-def]
    """The entries of each source, one source after the other; displacement (K, N, 2) [cells], into, shares (K, E)."""
    layers, cells, _ = displacement.shape
    for k in prange(layers):
        index, share = np.empty(MOST_ENTRIES, np.int64), np.empty(MOST_ENTRIES)
        for s in range(cells):
            index[0] = s
            y, x = displacement[k, s]
            found, first = path(y, x, cells // nx, nx, weighting, index, share), start[k, s]
            for e in range(found):
                into[k, first + e] = index[e]
                shares[k, first + e] = share[e]
            start[k, s + 1] = first + found


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
    index, share = np.empty(MOST_ENTRIES, np.int64), np.empty(MOST_ENTRIES)
    for i in range(len(near)):
        index[0] = near[i]
        y, x = displacement[near[i]]
        total = 0.0
        for e in range(path(y, x, len(receptor) // nx, nx, weighting, index, share)):
            total += share[e] * receptor[index[e]]
        weight[i] = total
