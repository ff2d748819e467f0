"""The forward run of the whole emission: what receptors breathe, hour by hour, and the tracers at midnights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.transport.forward import Forward, Tracers, forward
from airshed.transport.layout import CARRIED_RESTS, Layout, origins
from airshed.transport.nouns import SPECIES
from airshed.transport.release import Emission
from airshed.transport.study import Study

__all__ = ["COMPONENTS", "HELD", "HistoryHour", "history", "summed", "whole_emission"]

Array = NDArray[Any]

COMPONENTS: Final = {"pm25": "primary", "so2": "sulfate", "nox": "nitrate", "nh3": "ammonium", "voc": "soa"}
"""Emitted species to the part of PM2.5 that becomes of it."""

HELD: Final = ("emitted", *CARRIED_RESTS)
"""Columns of the tracers that are kept at midnights."""


@dataclass(frozen=True)
class HistoryHour:
    """One hour of the whole.

    Parameters:
        hour: of the weather.
        receptors: mean [ug m-3] by class, (receptor, column); columns are the species that reach the class, then
            the carried rests. Nitrate is the part that is particle.
        surface: PM2.5 at the end of the hour [ug m-3] by species, (cell,), and ``rests`` as one more.
        tracers: at the end of the hour, (layer, cell, held).
    """

    hour: int
    receptors: dict[str, Array]
    surface: dict[str, Array]
    tracers: Tracers


def whole_emission(study: Study) -> Emission:
    """All sources as tags by sector, so that each keeps its course of the day."""
    sectors = len(study.sources.sectors)
    of = {name: replace(source, row=source.row % sectors) for name, source in study.sources.of.items()}
    return Emission(sectors, of, study.factors[:, :sectors])


def history(
    study: Study, first: int, hours: int, progress: Callable[[int, int, str], None] | None = None
) -> Iterator[HistoryHour]:
    """March the whole emission and the rests from clean air.

    Raises:
        BadInput: hours without weather.
    """
    emission = whole_emission(study)
    layout = Layout(emission.tags)
    for number, one in enumerate(forward(study, emission, first, hours)):
        receptors = {name: _by_species(one.mean[name], name, layout) for name in CLASSES}
        yield HistoryHour(one.hour, receptors, _surface(study, one, layout), summed(one.tracers, layout))
        if progress is not None:
            progress(number + 1, hours, "concentrations")


def summed(tracers: Tracers, layout: Layout) -> Tracers:
    """Tracers with their tags added up: columns `HELD`."""
    found = {}
    for name, mass in tracers.items():
        rests = layout.rest(name, CARRIED_RESTS[0])
        emitted = mass[:, :, :rests].sum(axis=2, keepdims=True)
        found[name] = np.concatenate([emitted, mass[:, :, rests:]], axis=2)
    return found


def _by_species(mean: Array, name: str, layout: Layout) -> Array:
    """(receptor, species that reach the class, then rests)."""
    blocks = [mean[:, layout.block(name, species)].sum(axis=1) for species in origins(name)]
    return np.column_stack([*blocks, mean[:, layout.rest(name, CARRIED_RESTS[0]) :]])


def _surface(study: Study, one: Forward, layout: Layout) -> dict[str, Array]:
    """Concentration of the lowest layer at the end of the hour, by the species it was emitted as."""
    volume = study.grid.area.ravel() * float(study.weather["interface"].values[1])
    found = {species: np.zeros(study.grid.cells) for species in (*SPECIES, "rests")}
    for name, share in (("fine", np.ones(study.grid.cells)), ("nitrate", one.particle)):
        scale = 1e9 * share / volume
        ground = one.tracers[name][0]
        for species in origins(name):
            found[species] += scale * ground[:, layout.block(name, species)].sum(axis=1)
        found["rests"] += scale * ground[:, layout.rest(name, CARRIED_RESTS[0]) :].sum(axis=1)
    return found
