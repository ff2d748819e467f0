"""What an hour's adjoint says of the emissions of that hour: gathered along their way, summed by source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray

from airshed.transport.sources import Yield

__all__ = ["harvest"]

Array = NDArray[Any]


def harvest(
    field: Array, way: tuple[Array, Array, Array], share: Array, extra: Array, first: int, source: Yield,
    factor: Array, weight: float, footprint: Array, sums: Array,
) -> None:  # fmt: skip
    """Add one step of one species to footprints and to the sums by source, in place.

    Parameters:
        field: sensitivity at the end of the step to mass released in it, (layer, cell, column) [ug m-3 kg-1].
        way: by cell of release, the cells along its way and their weights, as `smear.smear_lists` has them.
        share: of a release class in each layer, (release, layer, cell).
        extra: what reaches the receptors within the step, (layer, cell, some columns), added to the columns
            from ``first`` on.
        source: who emits, see `Yield`; ``factor`` (source,) [h] is the step's: its length times the hour's factor.
        weight: of the step in the footprint.
        footprint: (release, cell, column), or without cells where none is kept; gains ``weight`` times the mean
            of ``field`` along the way.
        sums: (source, column) [ug m-3], gains what each source gives.
    """
    parts = np.zeros((get_num_threads(), *sums.shape), dtype=field.dtype)
    _harvest(
        field, *way, share, extra, first, source.start, source.row, source.rate, factor, weight, footprint,
        parts,
    )  # fmt: skip
    for part in parts:
        sums += part


# field (K, N, L) [ug m-3 kg-1], begin (K, N + 1), index (K, E), part (K, E) [1], share (R, K, N) [1],
# extra (K, N, M), start (R * N + 1,), row (entry,), rate (entry,) [kg h-1], factor (source,) [h],
# footprint (R, N, L) or (R, 0, L) [ug m-3 kg-1], parts (threads, source, L) [ug m-3]
@njit(cache=True, parallel=True, fastmath={"contract", "reassoc", "nsz"})
def _harvest(
    field: Array, begin: Array, index: Array, part: Array, share: Array, extra: Array, first: int, start: Array,
    row: Array, rate: Array, factor: Array, weight: float, footprint: Array, parts: Array,
) -> None:  # fmt: skip
    layers, cells, columns = field.shape
    threads, releases = len(parts), len(share)
    kept = footprint.shape[1] > 0
    for thread in prange(threads):
        along = np.zeros((layers, columns), field.dtype)
        total = np.zeros(columns, field.dtype)
        for cell in range(thread, cells, threads):
            for layer in range(layers):
                if share[:, layer, cell].max() > 0:
                    _mean_along(field[layer], begin[layer], index[layer], part[layer], cell, along[layer])
                    for m in range(extra.shape[2]):
                        along[layer, first + m] += extra[layer, cell, m]
            for release in range(releases):
                _summed(share[release, :, cell], along, total)
                if kept:
                    for column in range(columns):
                        footprint[release, cell, column] += weight * total[column]
                for entry in range(start[release * cells + cell], start[release * cells + cell + 1]):
                    target, amount = (
                        parts[thread, row[entry]],
                        field.dtype.type(rate[entry] * factor[row[entry]]),
                    )
                    for column in range(columns):
                        target[column] += amount * total[column]


# field (N, L), begin (N + 1,), index and part (E,): the mean along the way from a cell, into out (L,)
@njit(cache=True, inline="always")
def _mean_along(field: Array, begin: Array, index: Array, part: Array, cell: int, out: Array) -> None:
    out[:] = 0
    for e in range(begin[cell], begin[cell + 1]):
        for column in range(len(out)):
            out[column] += part[e] * field[index[e], column]


# share (K,) of the layers, along (K, L), total (L,)
@njit(cache=True, inline="always")
def _summed(share: Array, along: Array, total: Array) -> None:
    total[:] = 0
    for layer in range(len(share)):
        if share[layer] > 0:
            for column in range(len(total)):
                total[column] += share[layer] * along[layer, column]
