"""The columns of the backward march: one block of receptors for each day that is still remembered."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.emissions.profiles import RELEASES
from airshed.transport.nouns import SPECIES
from airshed.transport.study import Study

__all__ = ["Blocks"]

Array = NDArray[Any]
LANES = 8  # columns the kernels take at a time


class Blocks:
    """Sensitivities of remembered days; a day that is done leaves its columns to the next one.

    ``field`` is, by class, (layer, cell, column) [ug m-3 kg-1]; ``footprint`` by species (release, cell, column),
    with no cells where footprints are not kept; ``sums`` by species (source, column) [ug m-3]; ``rests`` by rest
    (column,) [ug m-3].
    """

    def __init__(self, study: Study, keep: bool) -> None:
        self.receptors = len(study.receptors)
        self.days: list[date | None] = []
        self._buffers: dict[int, Array] = {}
        kept = study.grid.cells if keep else 0
        self.field = {name: np.zeros((study.layers, study.grid.cells, 0), study.dtype) for name in CLASSES}
        self.footprint = {name: np.zeros((len(RELEASES), kept, 0), study.dtype) for name in SPECIES}
        self.sums = {name: np.zeros((study.sources.rows, 0)) for name in SPECIES}
        self.rests = {name: np.zeros(0) for name in ("sides", "top")}

    @property
    def columns(self) -> int:
        """Number of columns, those included that stand empty: the kernels take eight at a time."""
        return int(self.rests["sides"].size)

    def buffer(self, number: int, layers: int | None = None) -> Array:
        """Working space of the shape of a field, or of its lowest layers, the same each time: asking for it anew costs
        more than using it."""
        like = self.field[CLASSES[0]]
        if number not in self._buffers or self._buffers[number].shape != like.shape:
            self._buffers[number] = np.empty_like(like)
        return self._buffers[number][:layers]

    def open(self, day: date) -> None:
        """Begin a day: in the columns of one that is done, else in new ones."""
        if None in self.days:
            self.days[self.days.index(None)] = day
            return
        self.days.append(day)
        wanted = -(-len(self.days) * self.receptors // LANES) * LANES
        for held in (self.field, self.footprint, self.sums, self.rests):
            for name, array in held.items():
                more = np.zeros((*array.shape[:-1], wanted - array.shape[-1]), array.dtype)
                held[name] = np.concatenate([array, more], -1)

    def close(self, day: date) -> None:
        """End a day: its columns are cleared and free."""
        for array in self.field.values():
            array[..., self.of(day)] = 0
        self.days[self.days.index(day)] = None

    def of(self, day: date) -> slice:
        """The columns of a day."""
        first = self.days.index(day) * self.receptors
        return slice(first, first + self.receptors)

    def live(self) -> list[date]:
        """The days that are remembered, newest first."""
        return sorted((d for d in self.days if d is not None), reverse=True)

    def take(self, held: dict[str, Array], day: date) -> dict[str, Array]:
        """What a day's columns have gathered, by name; they begin at zero again."""
        taken = {name: array[..., self.of(day)].copy() for name, array in held.items()}
        for array in held.values():
            array[..., self.of(day)] = 0
        return taken
