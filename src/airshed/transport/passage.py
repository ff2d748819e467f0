"""Which cells pass through the receptors' cells in a step, and with how much of their mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from airshed.transport.column import QUARTERS
from airshed.transport.smear import MOST_ENTRIES, Weighting, path

__all__ = ["Passage", "passages"]

Array = NDArray[Any]
_MARGIN = 2  # [cells] that bilinear spreading and what looks along the path reach beyond a displacement


@dataclass(frozen=True)
class Passage:
    """Entries, by seen cell: of the mass in (``layer``, ``cell``) the part ``weight`` (entry, quarter) is in the seen
    cell in that layer, as the mean of the step; quarters by the age of the mass, to be summed."""

    seen: NDArray[np.int32]
    layer: NDArray[np.int32]
    cell: NDArray[np.int32]
    weight: Array


def passages(displacement: Array, seen: NDArray[np.int64], weighting: Weighting) -> Passage:
    """What passes through cells in a step.

    Parameters:
        displacement: of cell centres [cells; row, column], (layer, ny, nx, 2).
        seen: flat numbers of the cells, rising, (n,).
        weighting: ``STATE`` (or ``POSITIVE``) for the mass there at the start, ``RELEASE`` for what is released evenly
            in the step.
    """
    layers, ny, nx, _ = displacement.shape
    flat = displacement.reshape(layers, -1, 2).astype(np.float64)
    number = np.full(ny * nx, -1, dtype=np.int32)
    number[seen] = np.arange(len(seen))
    within = np.zeros((ny + 1, nx + 1), dtype=np.int64)
    within[1:, 1:] = (number >= 0).reshape(ny, nx).cumsum(axis=0).cumsum(axis=1)
    who, where, cell, weight = _passing(flat, int(weighting), *_near(flat, within), number, nx)
    order = np.argsort(who, kind="stable")
    return Passage(who[order], where[order], cell[order], weight[order])


# displacement (K, N, 2) [cells], within (ny + 1, nx + 1) seen cells south and west of a corner;
# returns layer and cell of what may pass through a seen cell
@njit(cache=True, nogil=True)
def _near(displacement: Array, within: Array):  # type: ignore[no-untyped-def]
    layers, cells, _ = displacement.shape
    ny, nx = within.shape[0] - 1, within.shape[1] - 1
    layer, cell = np.empty(layers * cells, np.int32), np.empty(layers * cells, np.int32)
    found = 0
    for k in range(layers):
        for s in range(cells):
            north, east = displacement[k, s]
            low, high = _span(s // nx, north, ny)
            left, right = _span(s % nx, east, nx)
            if within[high, right] - within[low, right] - within[high, left] + within[low, left] > 0:
                layer[found], cell[found] = k, s
                found += 1
    return layer[:found], cell[:found]


@njit(cache=True, nogil=True)
def _span(place, moved, size):  # type: ignore[no-untyped-def]
    """First cell and the one after the last along one axis of all that a path may touch, inside the grid."""
    first = int(np.floor(place + min(moved, 0.0))) - _MARGIN
    last = int(np.ceil(place + max(moved, 0.0))) + _MARGIN
    return min(max(first, 0), size), min(max(last + 1, 0), size)


# displacement as above, layer and cell (n,) of the sources, number (N,) of the seen cells, -1 elsewhere;
# returns seen, layer, cell and weight of each entry
@njit(cache=True, nogil=True)
def _passing(displacement: Array, weighting: int, layer: Array, cell: Array, number: Array, nx: int):  # type: ignore[no-untyped-def]
    ny = displacement.shape[1] // nx
    index, share = np.empty(MOST_ENTRIES, np.int64), np.empty((MOST_ENTRIES, QUARTERS))
    seen = np.empty(len(cell) * MOST_ENTRIES, np.int32)
    source, weight = np.empty(len(seen), np.int64), np.empty((len(seen), QUARTERS))
    found = 0
    for n in range(len(cell)):
        row, column = displacement[layer[n], cell[n]]
        index[0] = cell[n]
        for e in range(path(row, column, ny, nx, weighting, index, share)):
            if number[index[e]] >= 0:
                seen[found], source[found], weight[found] = number[index[e]], n, share[e]
                found += 1
    source = source[:found]
    return seen[:found].copy(), layer[source], cell[source], weight[:found].copy()
