"""One hour of the backward march: what its emission and inflow gave, then the transpose of its operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.chemistry import CHILDREN, CLASSES, RELEASE_TO_CLASS
from airshed.transport import march
from airshed.transport.blocks import Blocks
from airshed.transport.harvest import harvest
from airshed.transport.nouns import PARTICLES, Operator
from airshed.transport.release import carried_share
from airshed.transport.sight import Sight, sight_of
from airshed.transport.study import Study
from airshed.transport.threads import threads_for

__all__ = ["Reverse"]

Array = NDArray[Any]
DAY = 24  # [h] over which a receptor's mean is taken
_BUFFERS = {"fine": 2, "nitrate": 3}  # working space of the ends of chains; the others take turns


@dataclass(frozen=True)
class Reverse:
    """An hour to be marched back, in place, for all blocks; receptors look at it if ``today`` is a block's day."""

    study: Study
    blocks: Blocks
    hour: int
    today: date

    def run(self) -> None:
        """Back through the hour, its last step first."""
        with threads_for(self.study.layers * self.study.grid.cells * self.blocks.columns):
            self._run()

    def _run(self) -> None:
        factor, shares = self.study.factors[self.hour], self.study.layer_shares(self.hour)
        shares = shares.reshape(*shares.shape[:2], -1)
        for operator in reversed(self.study.operators(self.hour)):
            sight = sight_of(self.study.receptors, operator) if self.today in self.blocks.days else None
            self._harvest(operator, sight, factor * operator.span, shares)
            self._transpose(operator)
            if sight is not None:
                for name in PARTICLES:
                    number = CLASSES.index(name)
                    first = self.blocks.of(self.today).start
                    sight.state.spread(number, operator.span / DAY, self.blocks.field[name], first)

    def _harvest(self, operator: Operator, sight: Sight | None, factor: Array, shares: Array) -> None:
        """What the step's emission gives, species by species; primary PM last, since its class serves the others."""
        released: dict[str, Array] = {}
        for species in sorted(self.study.sources.of, key=lambda s: s == "pm25"):
            field = self._released(species, operator, released)
            extra, first = self._seen_at_once(species, sight, operator.span)
            harvest(
                field, operator.way, shares, extra, first,
                self.study.sources.of[species], factor, operator.span, self.blocks.footprint[species],
                self.blocks.sums[species],
            )  # fmt: skip

    def _released(self, species: str, operator: Operator, known: dict[str, Array]) -> Array:
        """Sensitivity to what is released of a species, before the way: classes blended as they are converted."""
        carried = {name: carried_share(operator, RELEASE_TO_CLASS[species], name) for name in CLASSES}
        reached = [name for name in CLASSES if carried[name].any()]
        for name in reached:
            if name not in known:
                known[name] = self.blocks.buffer(_BUFFERS.get(name, 1))
                mean = operator.mean[CLASSES.index(name)]
                march.column_apply_transposed(mean, self.blocks.field[name], known[name])
        own = RELEASE_TO_CLASS[species][0][0]
        if reached == [own]:
            return known.pop(own)
        other = next(name for name in reached if name != own)
        field, dtype = known.pop(own), self.study.dtype
        _blend(carried[own].astype(dtype), field, carried[other].astype(dtype), known[other])
        return field

    def _seen_at_once(self, species: str, sight: Sight | None, span: float) -> tuple[Array, int]:
        """What of the step's emission reaches the receptors within it, (layer, cell, receptor)."""
        shape = (self.study.layers, self.study.grid.cells)
        if sight is None or not any(direct in PARTICLES for direct, _ in RELEASE_TO_CLASS[species]):
            return np.zeros((*shape, 0), self.study.dtype), 0
        extra = np.zeros((*shape, self.blocks.receptors), self.study.dtype)
        for direct, amount in RELEASE_TO_CLASS[species]:
            if direct not in PARTICLES:
                continue
            sight.release.spread(CLASSES.index(direct), amount * span / DAY, extra, 0)
        return extra, self.blocks.of(self.today).start

    def _transpose(self, operator: Operator) -> None:
        """Column, horizontal and conversion, transposed, in this order; what came in is read on the way."""
        field, study = self.blocks.field, self.study
        for number, name in enumerate(CLASSES):
            if study.above[number]:
                came = (operator.top[number].T * study.above[number]).astype(field[name].dtype)
                self.blocks.rests["top"] += np.tensordot(came, field[name], 2)
            march.column_apply_transposed(operator.matrix[number], field[name], self.blocks.buffer(0))
            self.blocks.swap(name)
        lists = march.transpose(operator.horizontal.base, operator.horizontal.weight, study.grid.nx)
        for number, name in enumerate(CLASSES):
            if study.outside[number].any():
                came = (operator.horizontal.inflow * study.outside[number][:, None]).astype(field[name].dtype)
                self.blocks.rests["sides"] += np.tensordot(came, field[name], 2)
            march.transposed_horizontal(lists, field[name], self.blocks.buffer(0))
            self.blocks.swap(name)
        for parent, (child, mass_yield) in CHILDREN.items():
            share = operator.conversion[CLASSES.index(parent)]
            march.convert_transposed(field[parent], field[child], share, mass_yield)


# own, other (layer, cell, column); their shares (layer, cell); own becomes the blend of both
@njit(cache=True, parallel=True)
def _blend(own_share: Array, own: Array, other_share: Array, other: Array) -> None:
    layers, cells, columns = own.shape
    for place in prange(layers * cells):
        k, c = np.int64(place) // cells, np.int64(place) % cells
        for column in range(columns):
            own[k, c, column] = own_share[k, c] * own[k, c, column] + other_share[k, c] * other[k, c, column]
