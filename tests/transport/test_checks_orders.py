"""Orders of convergence of the whole engine's hour: transport and mixing coupled, in a vertical plane."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np

from airshed.transport import operators as made
from airshed.transport.forward import forward, no_tracers
from airshed.transport.history import whole_emission
from airshed.transport.layout import Layout
from airshed.transport.nouns import Receptor
from transport.small import inert, kept, weather_study
from twin.made_air import grid_of, weather_of

MORNING = (60.0, 150.0, 300.0, 500.0, 800.0, 1200.0)  # [m] mixing heights of six hours


def morning_mixing(interface):
    """Kz [m2 s-1] (hour, interface) of a layer that grows from 60 to 1200 m; the night's 0.1 above."""
    hours = []
    for height in MORNING:
        z = interface / height
        hours.append(np.where(z < 1, 0.4 * 1.2 * interface * np.maximum(1 - z, 0) ** 2, 0.0) + 0.1)
    return np.array(hours)


def plane(cell, hours, wind):
    """An east wind that may grow with height over a morning; five rows alike."""
    grid = grid_of(round(1_600_000 / cell), 5, cell)
    interface = np.array([0.0, 40.0, 100.0, 200.0, 350.0, 600.0, 1000.0, 1800.0, 3000.0])
    kz = morning_mixing(interface)[:hours, :, None, None]
    weather = weather_of(grid, np.asarray(wind)[:, None, None], 0.0, kz, hours)
    return weather_study(weather, [Receptor("a", np.array([0]), np.ones(1))], rates=inert)


def carried(study, parts, hours, width=100e3):
    """Mass [kg] a row, (layer, x), after hours in so many parts, of a smooth plume that began near the ground."""
    nx, layout = study.grid.nx, Layout(1)
    x = (np.arange(nx) + 0.5) * study.grid.cell
    begin = no_tracers(study, layout)
    shape = (
        np.exp(-((x - 500e3) ** 2) / (2 * width**2))[None, :]
        * np.array([1, 1, 1, 0.5, 0.2, 0, 0, 0])[:, None]
    )
    held = begin["fine"].reshape(study.layers, 5, nx, -1)
    air = study.weather["air_mass"].values[0, :, 0, :1]
    held[..., layout.rest("fine", "initial")] = (shape * air)[:, None]
    nobody = type(whole_emission(study))(1, {}, np.ones((study.hours, 1)))
    with patch.object(made, "LARGEST_CORRECTION", -1.0), patch.object(made, "MOST_STEPS", parts):
        for one in forward(kept(study, held={}), nobody, 0, hours, begin):
            last = one
    return last.tracers["fine"][:, :, -1].reshape(study.layers, 5, nx)[:, 2]


def distance(one, other):
    """Absolute difference, as a share of the mass."""
    return np.abs(one - other).sum() / other.sum()


WIND = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 14.0)  # [m s-1] by layer


def test_transport_and_a_growing_mixed_layer_converge_with_order_one_in_time():
    """Each factor first, the other after it: the error halves with the step (docs/notes/engine.md)."""
    study = plane(20_000.0, 6, WIND)
    hour, half, quarter, eighth = (carried(study, parts, 6) for parts in (1, 2, 4, 8))
    first = np.log2(distance(hour, half) / distance(half, quarter))
    second = np.log2(distance(half, quarter) / distance(quarter, eighth))
    assert min(first, second) > 0.9
    assert distance(hour, eighth) < 0.05  # of all the mass that is anywhere; of that near the ground
    assert distance(hour[0], eighth[0]) < 0.02


def test_cell_and_step_refined_together_converge_with_at_least_order_one():
    found = []
    for cell, parts in ((40_000.0, 1), (20_000.0, 2), (10_000.0, 4)):
        mass = carried(plane(cell, 6, WIND), parts, 6) * (cell / 40_000.0)
        wide = round(40_000 / cell)
        found.append(mass.reshape(len(mass), -1, wide).sum(axis=2))
    assert np.log2(distance(found[0], found[1]) / distance(found[1], found[2])) > 1.0
