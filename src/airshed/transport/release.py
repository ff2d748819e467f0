"""Release: what is emitted in an hour, strewn along the hour's way of the air, half an hour of conversion done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.chemistry import CHILDREN, CLASSES
from airshed.transport.nouns import Operator
from airshed.transport.sources import Yield

__all__ = ["Emission", "carried_share", "half_converted", "released"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Emission:
    """Who emits, as tags: ``of`` species, and the hour's ``factors`` (hour, tag)."""

    tags: int
    of: Mapping[str, Yield]
    factors: Array

    def factor(self, hour: int) -> Array:
        """Of each tag in that hour of the weather, (tag,)."""
        return np.asarray(self.factors[hour])


def half_converted(conversion: Array) -> Array:
    """Share converted in half an hour, of what an hour converts: the mean age of a release at the hour's end."""
    return np.asarray(1.0 - np.sqrt(1.0 - conversion))


def carried_share(operator: Operator, into: Sequence[tuple[str, float]], name: str) -> Array:
    """Mass in a class at the hour's end for each mass emitted of a species, before the column, (layer, cell).

    Parameters:
        into: the classes the species is released into, with their mass factors.
        name: the class asked for.
    """
    total = np.zeros(operator.conversion.shape[1:])
    for direct, amount in into:
        half = half_converted(operator.conversion[CLASSES.index(direct)])
        if direct == name:
            total += amount * (1.0 - half)
        if CHILDREN.get(direct, ("", 0.0))[0] == name:
            total += amount * CHILDREN[direct][1] * half
    return total


def released(
    source: Yield, factor: Array, shares: Array, operator: Operator, into: Sequence[tuple[str, float]],
    name: str, out: Array,
) -> None:  # fmt: skip
    """Add one species' hour to the columns of a class, in place.

    Parameters:
        source: entries; ``factor`` (tag,) [h] is the step's length times the hour's factor; ``shares``
            (release, layer, ny, nx).
        out: (layer, cell, tag) [kg], gains what has arrived.
    """
    share = carried_share(operator, into, name).astype(out.dtype)
    emitting = np.flatnonzero(np.diff(source.start)).astype(np.int64)
    flat = shares.reshape(*shares.shape[:2], -1)
    _released(emitting, source.start, source.row, source.rate, factor, flat, *operator.way, share, out)


# emitting (n,) of release * cell, start (release * cell + 1,), row (entry,), rate (entry,) [kg h-1], factor (tag,) [h],
# shares (release, layer, cell) [1], begin (layer, cell + 1), index and part (layer, E) the way of a release,
# carried (layer, cell) [1], out (layer, cell, tag) [kg]
@njit(cache=True, parallel=True)
def _released(
    emitting: Array, start: Array, row: Array, rate: Array, factor: Array, shares: Array, begin: Array, index: Array,
    part: Array, carried: Array, out: Array,
) -> None:  # fmt: skip
    layers, cells = carried.shape
    for layer in prange(layers):
        for place in emitting:
            release, cell = place // cells, place % cells
            put = shares[release, layer, cell]
            if put > 0:
                for e in range(begin[layer, cell], begin[layer, cell + 1]):
                    there = index[layer, e]
                    arrived = put * part[layer, e] * carried[layer, there]
                    for entry in range(start[place], start[place + 1]):
                        out[layer, there, row[entry]] += arrived * rate[entry] * factor[row[entry]]
