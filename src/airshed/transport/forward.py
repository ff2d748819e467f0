"""Forward: what is emitted, hour after hour, tagged by source; and what receptors breathe of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry import CLASSES, RELEASE_TO_CLASS
from airshed.transport import march
from airshed.transport.hour import Hour, Step
from airshed.transport.layout import Layout, origins
from airshed.transport.march import Lists
from airshed.transport.nouns import Operator
from airshed.transport.release import Emission, released, way_of
from airshed.transport.sight import Sight
from airshed.transport.smear import by_destination
from airshed.transport.study import Study
from airshed.transport.threads import made_ahead, threads_for

__all__ = ["Forward", "Tracers", "forward", "no_tracers"]

Array = NDArray[Any]
Tracers = dict[str, Array]
"""Mass of the tracers [kg] by class: (layer, cell, column), columns as in `Layout`."""


@dataclass(frozen=True)
class Forward:
    """One hour of a forward run: ``mean`` over it at receptors, ``tracers`` at its end.

    ``mean``: class to (receptor, column) [ug m-3]; of nitrate, the part that is particle. The same arrays of
    ``tracers`` are advanced by the next hour: copy what must last. ``particle``: share of total nitrate near the
    ground that is particle, (cell,).
    """

    hour: int
    mean: dict[str, Array]
    tracers: Tracers
    particle: Array


def forward(
    study: Study, emission: Emission, first: int, hours: int, begin: Tracers | None = None
) -> Iterator[Forward]:
    """March tracers forward, an hour at a time.

    Parameters:
        study: weather, operators, receptors.
        emission: sources to tag; its tags are the columns.
        first: number of the first hour in the weather; ``hours``: how many.
        begin: tracers at the beginning; none: clean air.

    Raises:
        BadInput: hours without weather.
    """
    study.require(first, hours)
    layout = Layout(emission.tags)
    state = begin if begin is not None else no_tracers(study, layout)
    cells = study.layers * study.grid.cells
    columns = max(x.shape[2] for x in state.values())
    spare = np.empty(cells * columns, study.dtype)
    for hour in made_ahead(lambda number: Hour.of(study, number, _arriving), range(first, first + hours)):
        with threads_for(cells * columns):
            mean = _hour(study, emission, hour, state, spare, layout)
        yield Forward(hour.number, mean, state, hour.steps[-1].operator.particle)


def _arriving(operator: Operator, shares: Array) -> Lists:
    """The way of a release by the cell it leads to."""
    return by_destination(way_of(operator, shares))


def _hour(
    study: Study, emission: Emission, hour: Hour[Lists], state: Tracers, spare: Array, layout: Layout
) -> dict[str, Array]:
    """Advance the state through an hour, ``spare`` as working space; returns the receptors' means."""
    mean = {name: np.zeros((len(study.receptors), layout.columns(name))) for name in CLASSES}
    factor, shares = emission.factor(hour.number), hour.shares
    for step in hour.steps:
        operator, sight = step.operator, step.sight
        if sight:
            for number, name in enumerate(CLASSES):
                mean[name] += operator.span * sight.of_state(number, state[name])
        _transport(state, spare, operator, study, layout)
        _release(state, step, emission, factor * operator.span, shares, layout)
        if sight:
            _see_release(mean, sight, operator, emission, factor * operator.span, shares, layout)
    return mean


def no_tracers(study: Study, layout: Layout) -> Tracers:
    """Clean air."""
    shape = (study.layers, study.grid.cells)
    return {name: np.zeros((*shape, layout.columns(name)), study.dtype) for name in CLASSES}


def _transport(state: Tracers, spare: Array, operator: Operator, study: Study, layout: Layout) -> None:
    """Conversion, horizontal, column; what comes in joins its rest."""
    for turn in layout.conversions():
        share = operator.conversion[CLASSES.index(turn.parent)]
        columns = turn.source, turn.target, turn.count
        march.convert(state[turn.parent], state[turn.child], share, turn.mass_yield, *columns)
    step = operator.horizontal
    for number, name in enumerate(CLASSES):
        x = state[name]
        march.march(step.base, step.weight, operator.matrix[number], x, spare, study.grid.nx)
        if study.outside[number].any():
            came = (step.inflow * study.outside[number][:, None]).astype(x.dtype)[:, :, None]
            spread = np.empty_like(came)
            march.column_apply(operator.matrix[number], came, spread)
            x[:, :, layout.rest(name, "sides")] += spread[:, :, 0]
            x[:, :, layout.rest(name, "top")] += operator.top[number].T * study.above[number]


def _release(
    state: Tracers, step: Step[Lists], emission: Emission, amount: Array, shares: Array, layout: Layout
) -> None:
    """What the step emits, at its end; ``amount`` (tag,) [h] is the step's length times the hour's factor."""
    for name in CLASSES:
        for species in origins(name):
            if species in emission.of:
                into, first = RELEASE_TO_CLASS[species], layout.block(name, species).start
                source = emission.of[species]
                released(source, amount, shares, step.operator, step.ways, into, name, state[name], first)


def _see_release(
    mean: dict[str, Array], sight: Sight, operator: Operator, emission: Emission, amount: Array, shares: Array,
    layout: Layout,
) -> None:  # fmt: skip
    """What receptors see of the step's own emission, weighted by the step's length in the hour."""
    for species, source in emission.of.items():
        for direct, share in RELEASE_TO_CLASS[species]:
            block = mean[direct][:, layout.block(direct, species)]
            sight.of_release(CLASSES.index(direct), source, amount * (share * operator.span), shares, block)
