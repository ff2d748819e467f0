"""What a receptor sees of a step: the mean over it, not an instant, of what was there and of what is released.

The mean mixing ratio in a cell of the lowest layer is the mass that passes through it over the air that does, so a
uniform mixing ratio is seen exactly. What passes and what the column brings down go together by quarters of the step:
what has just left its source is near it, and low. Conversion within the step is left to the next one: half a step late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.errors import BadInput
from airshed.transport.nouns import Operator, Receptor
from airshed.transport.passage import Passage, passages
from airshed.transport.smear import Weighting
from airshed.transport.sources import Yield

__all__ = ["Reading", "Sight", "sight_of"]

Array = NDArray[Any]
MICROGRAMS = 1e9  # [ug kg-1]


@dataclass(frozen=True)
class Reading:
    """Weights by which receptors read mass: entries (receptor, layer, cell), by receptor.

    ``start`` (receptor + 1,) bounds the entries of each; ``weight`` (class, entry) [ug m-3 kg-1].
    """

    start: NDArray[np.int64]
    layer: NDArray[np.int32]
    cell: NDArray[np.int32]
    weight: Array

    def spread(self, number: int, share: float, out: Array, columns: Array) -> None:
        """The transpose of reading, in place: receptor r's weights times ``share`` join column ``columns[r]``.

        Parameters:
            number: of the class.
            out: (layer, cell, column) [ug m-3 kg-1].
        """
        _spread(self.start, self.layer, self.cell, self.weight[number], share, out, columns)


@dataclass(frozen=True)
class Sight:
    """How receptors see a step: ``state`` reads the mass at its start, ``release`` what is released evenly in it,
    in the layer and cell of its release."""

    state: Reading
    release: Reading

    def of_state(self, number: int, mass: Array) -> Array:
        """Mean concentration [ug m-3] (receptor, column) of tracers of a class (layer, cell, column) [kg]."""
        read = self.state
        out = np.zeros((len(read.start) - 1, mass.shape[2]))
        _read(read.start, read.layer, read.cell, read.weight[number], mass, out)
        return out

    def of_release(self, number: int, source: Yield, amount: Array, shares: Array, out: Array) -> None:
        """Add the mean concentration of what is released evenly in the step, by tag.

        Parameters:
            source: entries of one species; ``amount`` (tag,) [h] what each rate is multiplied by.
            shares: of release classes in layers, (release, layer, cell).
            out: (receptor, tag) [ug m-3].
        """
        read = self.release
        entries = (read.start, read.layer, read.cell, read.weight[number])
        _see(*entries, source.start, source.row, source.rate, amount, shares, out)


def sight_of(receptors: Sequence[Receptor], operator: Operator, positive: bool = False) -> Sight:
    """How receptors see one step; nitrate counts by the part of it that is particle.

    ``positive``: whether no weight may be negative.
    """
    seen, moved = operator.seen, operator.horizontal.displacement
    was = passages(moved, seen, Weighting.POSITIVE if positive else Weighting.STATE)
    now = passages(moved, seen, Weighting.RELEASE)
    passed = np.zeros(len(seen))
    np.add.at(passed, was.seen, _down(was, operator.seen_aged[-1]) * operator.air[was.layer, was.cell])
    scale = np.repeat((operator.density[seen] * MICROGRAMS / passed)[None], len(CLASSES), axis=0)
    scale[CLASSES.index("nitrate")] *= operator.particle[seen]
    return Sight(
        _reading(receptors, seen, was, operator.seen_aged, scale),
        _reading(receptors, seen, now, operator.seen_aged, scale),
    )


def _down(along: Passage, column: Array) -> Array:
    """Passing times what the column brings down to the lowest layer meanwhile; column (seen, quarter, layer, layer)."""
    return np.asarray((along.weight * column[along.seen, :, 0, along.layer]).sum(axis=1))


def _reading(
    receptors: Sequence[Receptor], seen: NDArray[np.int64], along: Passage, column: Array, scale: Array
) -> Reading:
    """Entries of the seen cells, weighted into receptors and put in order."""
    weight = np.stack([_down(along, column[c]) * scale[c][along.seen] for c in range(len(CLASSES))])
    bounds = np.searchsorted(along.seen, np.arange(len(seen) + 1))
    chosen, shares, counts = [], [], [0]
    for receptor in receptors:
        if not np.isin(receptor.cells, seen).all():
            raise BadInput(f"operators that see the cells of {receptor.id}", "others", "build them for it")
        for number, share in zip(np.searchsorted(seen, receptor.cells), receptor.weights, strict=True):
            chosen.append(np.arange(bounds[number], bounds[number + 1]))
            shares.append(np.full(len(chosen[-1]), share))
        counts.append(sum(map(len, chosen)))
    entry, share = np.concatenate(chosen), np.concatenate(shares)
    start = np.array(counts, dtype=np.int64)
    return Reading(start, along.layer[entry], along.cell[entry], weight[:, entry] * share)


# start (receptor + 1,), layer and cell (entry,), weight (entry,) [ug m-3 kg-1], mass (layer, cell, column) [kg],
# out (receptor, column) [ug m-3]
@njit(cache=True, nogil=True)
def _read(start: Array, layer: Array, cell: Array, weight: Array, mass: Array, out: Array) -> None:
    for receptor in range(len(start) - 1):
        for entry in range(start[receptor], start[receptor + 1]):
            held = mass[layer[entry], cell[entry]]
            for column in range(held.shape[0]):
                out[receptor, column] += weight[entry] * held[column]


# as above; out (layer, cell, column) [ug m-3 kg-1], columns (receptor,)
@njit(cache=True, nogil=True)
def _spread(
    start: Array, layer: Array, cell: Array, weight: Array, share: float, out: Array, columns: Array
) -> None:
    for receptor in range(len(start) - 1):
        for entry in range(start[receptor], start[receptor + 1]):
            out[layer[entry], cell[entry], columns[receptor]] += weight[entry] * share


# start to weight as above; first (release * cell + 1,), tag (entry,), rate (entry,) [kg h-1], amount (tag,) [h],
# shares (release, layer, cell) [1], out (receptor, tag) [ug m-3]
@njit(cache=True, nogil=True)
def _see(
    start: Array, layer: Array, cell: Array, weight: Array, first: Array, tag: Array, rate: Array, amount: Array,
    shares: Array, out: Array,
) -> None:  # fmt: skip
    cells = shares.shape[2]
    for receptor in range(len(start) - 1):
        for entry in range(start[receptor], start[receptor + 1]):
            for release in range(len(shares)):
                seen = weight[entry] * shares[release, layer[entry], cell[entry]]
                if seen != 0:
                    place = release * cells + cell[entry]
                    for emitted in range(first[place], first[place + 1]):
                        out[receptor, tag[emitted]] += seen * rate[emitted] * amount[tag[emitted]]
