"""One hour of the backward march: what its emission and inflow gave, then the transpose of its operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry import CHILDREN, CLASSES, RELEASE_TO_CLASS
from airshed.transport import march
from airshed.transport.blocks import Blocks
from airshed.transport.column import HALVES
from airshed.transport.harvest import Places, harvest, harvest_at_once, places_of
from airshed.transport.hour import Hour
from airshed.transport.nouns import PARTICLES, Operator
from airshed.transport.release import carried_share, way_of
from airshed.transport.sight import Sight
from airshed.transport.study import Study
from airshed.transport.threads import threads_for

__all__ = ["Back", "Reverse", "laid_back"]

Array = NDArray[Any]
DAY = 24  # [h] over which a receptor's mean is taken
_BUFFERS = {
    "fine": 2,
    "nitrate": 3,
}  # working space of the ends of chains, which others need; these take turns


@dataclass(frozen=True)
class Back:
    """A step's ways as the march back goes them.

    Parameters:
        lists: of the horizontal step by source, `march.transpose`.
        places: of what each release class puts into its layers, `harvest.places_of`.
        reached: where ways lead, by layer and half of the hour, (row, cell).
    """

    lists: march.Lists
    places: Places
    reached: NDArray[np.bool_]


def laid_back(operator: Operator, shares: Array) -> Back:
    """What a step back needs beforehand; shares of release classes in layers, (release, layer, cell)."""
    way, moved = way_of(operator, shares), operator.horizontal
    lists = march.transpose(moved.base, moved.weight, moved.displacement.shape[2])
    return Back(lists, places_of(way, shares), march.led_to(way))


@dataclass(frozen=True)
class Reverse:
    """The way back through hours, in place, for all blocks."""

    study: Study
    blocks: Blocks

    def run(self, hour: Hour[Back], today: date) -> None:
        """Back through an hour of a local day, its last step first; the day's receptors look at it where it is seen."""
        with threads_for(self.study.layers * self.study.grid.cells * self.blocks.columns):
            factor = self.study.factors[hour.number]
            for step in reversed(hour.steps):
                operator = step.operator
                self._step(operator, step.ways, factor * operator.span)
                if step.sight is not None:
                    self._see(today, operator, step.sight, factor * operator.span, hour.shares)

    def _step(self, operator: Operator, back: Back, factor: Array) -> None:
        """One step: chain by chain the columns and the way, and as soon as a release's worth is known, its harvest."""
        worth: dict[str, Array] = {}
        for name in (*dict.fromkeys(child for child, _ in CHILDREN.values()), *CHILDREN):
            self._came_in(operator, name)
            species = self._released_as(name)
            worth[name] = self.blocks.buffer(_BUFFERS.get(name, 1), len(back.reached))
            blend = self._blend(operator, name, species, worth) if name in CHILDREN else None
            self._transpose(operator, back, name, worth[name], blend)
            if species is not None:
                harvest(
                    worth[name], back.places, self.study.sources.of[species], factor, operator.span,
                    self.blocks.footprint[species], self.blocks.sums[species], self.blocks.scratch(self._most_places),
                )  # fmt: skip
        for parent, (child, mass_yield) in CHILDREN.items():
            share = operator.conversion[CLASSES.index(parent)]
            march.convert_transposed(self.blocks.field[parent], self.blocks.field[child], share, mass_yield)

    def _released_as(self, name: str) -> str | None:
        """The emitted species whose first class this is, if it is emitted."""
        found = [species for species, into in RELEASE_TO_CLASS.items() if into[0][0] == name]
        return next((species for species in found if species in self.study.sources.of), None)

    def _blend(
        self, operator: Operator, name: str, species: str | None, worth: dict[str, Array]
    ) -> march.Blend | None:
        """A species that begins a chain is worth its share that stays itself, and its child's worth of the rest."""
        if species is None:
            return None
        other = worth[CHILDREN[name][0]]
        both = (carried_share(operator, RELEASE_TO_CLASS[species], c) for c in (name, CHILDREN[name][0]))
        rows = (np.repeat(share, HALVES, axis=0)[: len(other)] for share in both)
        own, turned = (share.astype(self.study.dtype) for share in rows)
        return own, turned, other

    def _transpose(
        self, operator: Operator, back: Back, name: str, worth: Array, blend: march.Blend | None
    ) -> None:
        """Column and horizontal of a class, transposed; ``worth`` becomes what a release in the step is worth."""
        number, spare = CLASSES.index(name), self.blocks.buffer(0)
        matrix, mean = operator.matrix[number], operator.mean[number]
        march.march_transposed(
            back.lists, matrix, mean, self.blocks.field[name], worth, spare, blend, back.reached
        )

    def _came_in(self, operator: Operator, name: str) -> None:
        """What came in through top and sides in the step, as the columns leave it, by what it is worth at the end."""
        number, field, study = CLASSES.index(name), self.blocks.field[name], self.study
        came: dict[str, Array] = {}
        if study.above[number]:
            came["top"] = operator.top[number].T * study.above[number]
        if study.outside[number].any():
            beside = operator.horizontal.inflow * study.outside[number][:, None]
            came["sides"] = np.einsum("nkj,jn->kn", operator.matrix[number], beside)
        for rest, mass in came.items():
            self.blocks.rests[rest] += mass.astype(field.dtype).ravel() @ field.reshape(mass.size, -1)

    @cached_property
    def _most_places(self) -> int:
        """Places that emit, of the species with most."""
        return max(int(np.count_nonzero(np.diff(y.start))) for y in self.study.sources.of.values())

    def _see(self, day: date, operator: Operator, sight: Sight, factor: Array, shares: Array) -> None:
        """The day's receptors look at the step: at what is released in it, and at what was there before."""
        blocks, columns = self.blocks, self.blocks.of(day)
        for species, source in self.study.sources.of.items():
            for direct, amount in RELEASE_TO_CLASS[species]:
                if direct in PARTICLES:
                    harvest_at_once(
                        sight.release, CLASSES.index(direct), amount * operator.span / DAY, columns, shares, source,
                        factor, operator.span, blocks.footprint[species], blocks.sums[species],
                    )  # fmt: skip
        for name in PARTICLES:
            sight.state.spread(CLASSES.index(name), operator.span / DAY, blocks.field[name], columns)
