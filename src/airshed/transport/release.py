"""Release: what is emitted in an hour, strewn along the hour's way of the air, half an hour of conversion done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.chemistry import CHILDREN, CLASSES
from airshed.transport.column import HALVES
from airshed.transport.march import Lists
from airshed.transport.nouns import Operator
from airshed.transport.smear import smear_lists
from airshed.transport.sources import Yield

__all__ = ["Emission", "carried_share", "half_converted", "released", "way_of"]

Array = NDArray[Any]
STRIP: Final = 128  # cells a thread takes at a time


@dataclass(frozen=True)
class Emission:
    """Who emits, as tags: ``of`` species, and the hour's ``factors`` (hour, tag)."""

    tags: int
    of: Mapping[str, Yield]
    factors: Array

    def factor(self, hour: int) -> Array:
        """Of each tag in that hour of the weather, (tag,)."""
        return np.asarray(self.factors[hour])


def way_of(operator: Operator, shares: Array) -> Lists:
    """By cell of release, the cells along its way in the step and their weights, as `smear.smear_lists` has them.

    Parameters:
        shares: of release classes in layers, (release, layer, cell).

    Returns:
        lists of the lowest layers, up to the highest that any release reaches, by the half of the step in which it
        went out, as `column` has them: what is young is near, and mixed for as short a time.
    """
    emits: NDArray[np.bool_] = np.asarray(np.any(shares, axis=0))
    layers = 1 + int(np.flatnonzero(emits.any(axis=1)).max(initial=0))
    moved = operator.horizontal.displacement[:layers]
    flat = moved.reshape(layers, -1, 2).astype(np.float64)
    dtype = operator.horizontal.weight.dtype
    return smear_lists(flat, moved.shape[2], dtype=dtype, parts=HALVES, only=emits[:layers])


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
    source: Yield, factor: Array, shares: Array, operator: Operator, arriving: Lists,
    into: Sequence[tuple[str, float]], name: str, out: Array, first: int,
) -> None:  # fmt: skip
    """Add one species' step to the columns of a class, in place.

    What is emitted lies in few cells, of few tags each: cell by cell what arrives is gathered and brought through the
    mean of the step's columns, and nothing else is touched.

    Parameters:
        source: entries; ``factor`` (tag,) [h] is the step's length times the hour's factor; ``shares``
            (release, layer, cell).
        arriving: the way of a release by the cell it leads to, `smear.by_destination`.
        out: (layer, cell, column) [kg]; the columns of the tags, from ``first`` on, gain what has arrived.
    """
    share = carried_share(operator, into, name)
    mean = operator.mean[CLASSES.index(name)]
    emits = np.diff(source.start).reshape(len(shares), -1).any(axis=0)
    entries = (source.start, source.row, source.rate)
    _released(emits, *entries, factor, shares, *arriving, share, mean, out, first)


# emits (cell,) at all, start (release * cell + 1,), row (entry,), rate (entry,) [kg h-1], factor (tag,) [h],
# shares (release, layer, cell) [1], begin (row, cell + 1), index and part (row, E) the way by destination,
# carried (layer, cell) [1], mean (cell, layer, row) [1], out (layer, cell, column) [kg]
@njit(cache=True, parallel=True, nogil=True)
def _released(  # type: ignore[no-untyped-def]
    emits, start, row, rate, factor, shares, begin, index, part, carried, mean, out, first
):
    layers, cells = carried.shape
    rows = len(begin)
    for strip in prange((cells + STRIP - 1) // STRIP):
        held, tags = np.zeros((len(factor), rows)), np.empty(len(factor), np.int64)
        known, gained = np.zeros(len(factor), np.bool_), np.empty(layers)
        low = np.int64(strip) * STRIP
        for there in range(low, min(low + STRIP, cells)):
            found = _arrived(
                emits, start, row, rate, factor, shares, begin, index, part, there, carried[:, there],
                held, tags, known,
            )  # fmt: skip
            for tag in tags[:found]:
                gained[:] = 0.0
                for j in range(rows):
                    if held[tag, j] != 0:
                        for k in range(layers):
                            gained[k] += mean[there, k, j] * held[tag, j]
                for k in range(layers):
                    out[k, there, first + tag] += gained[k]
                held[tag] = 0.0
                known[tag] = False


# as above; what arrives in one cell, carried (layer,), into held (tag, row) [kg], its tags into tags;
# returns how many
@njit(cache=True)
def _arrived(  # type: ignore[no-untyped-def]
    emits, start, row, rate, factor, shares, begin, index, part, there, carried, held, tags, known
):
    releases, _, cells = shares.shape
    found = 0
    for into in range(len(begin)):
        layer = into // HALVES
        for e in range(begin[into, there], begin[into, there + 1]):
            if not emits[index[into, e]]:
                continue
            for release in range(releases):
                arrived = shares[release, layer, index[into, e]] * part[into, e] * carried[layer]
                place = release * cells + index[into, e]
                if arrived > 0:
                    for entry in range(start[place], start[place + 1]):
                        tag = row[entry]
                        held[tag, into] += arrived * rate[entry] * factor[tag]
                        if not known[tag]:
                            known[tag], tags[found] = True, tag
                            found += 1
    return found
