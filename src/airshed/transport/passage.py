"""Which cells pass through the receptors' cells in a step, and with how much of their mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from airshed.transport.smear import MOST_ENTRIES, Weighting, path

__all__ = ["Passage", "passages"]

Array = NDArray[Any]
_MARGIN = 2  # [cells] that bilinear spreading and the advance reach beyond a displacement


@dataclass(frozen=True)
class Passage:
    """Entries, by seen cell: of the mass in (``layer``, ``cell``) the part ``weight`` is in the seen cell, as the
    mean of the step, in that layer."""

    seen: NDArray[np.int32]
    layer: NDArray[np.int32]
    cell: NDArray[np.int32]
    weight: Array


def passages(displacement: Array, seen: NDArray[np.int64], weighting: Weighting) -> Passage:
    """What passes through cells in a step.

    Parameters:
        displacement: of cell centres [cells; row, column], (layer, ny, nx, 2).
        seen: flat numbers of the cells, rising, (n,).
        weighting: ``STATE`` for the mass there at the start, ``RELEASE`` for what is released evenly in the step.
    """
    layers, ny, nx, _ = displacement.shape
    number = np.full(ny * nx, -1, dtype=np.int32)
    number[seen] = np.arange(len(seen))
    flat = displacement.reshape(layers, -1, 2).astype(np.float64)
    rows, columns = np.divmod(seen, nx)
    found: list[list[Array]] = [[], [], [], []]
    for layer in range(layers):
        reach = np.ceil(np.abs(flat[layer]).max(axis=0)).astype(int) + _MARGIN
        near = np.zeros((ny, nx), dtype=np.bool_)
        for row, column in zip(rows, columns, strict=True):
            near[
                max(row - reach[0], 0) : row + reach[0] + 1, max(column - reach[1], 0) : column + reach[1] + 1
            ] = True
        entries = _passing(flat[layer], nx, int(weighting), np.flatnonzero(near), number)
        for kept, values in zip(
            found, (entries[0], np.full(len(entries[0]), layer), *entries[1:]), strict=True
        ):
            kept.append(values)
    who, where, cell, weight = (np.concatenate(part) for part in found)
    order = np.argsort(who, kind="stable")
    return Passage(who[order], where[order].astype(np.int32), cell[order], weight[order])


# displacement (N, 2) [cells], near (n,) flat cells, number (N,) of the seen cells, -1 elsewhere;
# returns seen, cell and weight of each entry
@njit(cache=True)
def _passing(displacement: Array, nx: int, weighting: int, near: Array, number: Array):  # type: ignore[no-untyped-def]
    ny = len(displacement) // nx
    index, share = np.empty(MOST_ENTRIES, np.int64), np.empty(MOST_ENTRIES)
    seen = np.empty(len(near) * MOST_ENTRIES, np.int32)
    cell, weight = np.empty_like(seen), np.empty(len(seen))
    found = 0
    for source in near:
        index[0] = source
        for e in range(
            path(displacement[source, 0], displacement[source, 1], ny, nx, weighting, index, share)
        ):
            if number[index[e]] >= 0:
                seen[found], cell[found], weight[found] = number[index[e]], source, share[e]
                found += 1
    return seen[:found].copy(), cell[:found].copy(), weight[:found].copy()
