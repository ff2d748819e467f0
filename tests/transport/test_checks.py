"""The whole engine against what was written differently: minutes, an exact plume, particles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from airshed.meteorology.weather import LAYER_TOPS
from airshed.transport.forward import forward
from airshed.transport.history import whole_emission
from airshed.transport.layout import Layout
from airshed.transport.nouns import Receptor
from plume import PowerPlume
from transport.small import inert, lone_source, weather_study
from transport.test_smear import burden_by_minutes, hat
from twin.made_air import grid_of, weather_of

MICROGRAMS = 1e9  # [ug kg-1]


def each(cells):
    return [Receptor(str(cell), np.array([cell]), np.ones(1)) for cell in cells]


def steady(study, hours):
    """The last hour of a run with constant emission."""
    emission = replace(whole_emission(study), factors=np.ones((hours, 1)))
    for one in forward(study, emission, 0, hours):
        last = one
    block = Layout(1).block("fine", "pm25")
    return last.mean["fine"][:, block][:, 0]


def test_in_still_air_the_hour_of_release_sees_half_of_it():
    """The mean over an hour of what is released evenly in it; mixed up to half by the column's own mean."""
    grid = grid_of(6, 6, 10_000.0)
    weather = weather_of(grid, 0.0, 0.0, 0.0, 3)
    cell = 2 * grid.nx + 3
    study = weather_study(
        weather, each([cell]), sources=lone_source([cell], grid), rates=inert, layers_of=(0,), period=1
    )
    volume = grid.area.ravel()[cell] * 40.0
    found = [steady(study, hours)[0] * volume / MICROGRAMS for hours in (1, 2, 3)]
    np.testing.assert_allclose(found, [0.5, 1.5, 2.5], rtol=1e-6)


@pytest.mark.parametrize("speed", [1.0, 1.5, 2.0, 3.0, 5.0, 8.0])
@pytest.mark.parametrize("angle", [0.0, 22.5, 45.0])
def test_the_hour_mean_burden_of_a_lone_source_in_its_own_cell_is_that_of_steps_of_a_minute(speed, angle):
    """Whole engine: operators from weather, forward run, receptor; a constant wind that does not mix upward."""
    grid = grid_of(26, 26, 10_000.0)
    east, north = speed * np.cos(np.radians(angle)), speed * np.sin(np.radians(angle))
    hours = int(14 / speed) + 8
    weather = weather_of(grid, east, north, 0.0, hours, tops=(40.0, 100.0, 200.0, 350.0))
    cell = 8 * grid.nx + 8
    study = weather_study(
        weather, each([cell]), sources=lone_source([cell], grid), rates=inert, layers_of=(0,), period=1
    )
    volume = grid.area.ravel()[cell] * 40.0
    burden = steady(study, hours)[0] * volume / MICROGRAMS
    moved = 3600 * grid.scale.ravel()[cell] / grid.cell
    assert burden == pytest.approx(burden_by_minutes(north * moved, east * moved), rel=0.05)


def mixed(kz, interface):
    """Change of mass in an hour of still air between layers, (layer, layer) [h-1]."""
    depth = np.diff(interface)
    found = np.zeros((len(depth), len(depth)))
    for k in range(1, len(depth)):
        through = kz[k] * 3600 / (0.5 * (depth[k - 1] + depth[k]))
        found[[k - 1, k], k - 1] += np.array([-1, 1]) * through / depth[k - 1]
        found[[k - 1, k], k] += np.array([1, -1]) * through / depth[k]
    return found


@pytest.mark.parametrize(
    ("kz", "top", "within"), [(1.0, 150.0, 0.13), (3.0, 350.0, 0.13), (50.0, 1000.0, 0.10)]
)
@pytest.mark.parametrize("speed", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("angle", [0.0, 30.0])
def test_near_the_ground_of_a_lone_source_is_what_is_young_enough_to_be_both_near_and_low(
    kz, top, within, speed, angle
):
    """The exact integral over ages of what is still in the cell times what is still low; up to 30 % too low, once."""
    grid, interface = grid_of(16, 16, 10_000.0), np.array([0.0, *LAYER_TOPS])
    east, north = speed * np.cos(np.radians(angle)), speed * np.sin(np.radians(angle))
    mixing = np.where(interface < top, kz, 0.1)
    weather = weather_of(grid, east, north, mixing[:, None, None], 24)
    cell = 8 * grid.nx + 8
    study = weather_study(
        weather, each([cell]), sources=lone_source([cell], grid), rates=inert, layers_of=(0,), period=1
    )
    found = steady(study, 24)[0] * grid.area.ravel()[cell] * 40.0 / MICROGRAMS
    moved = 3600 * grid.scale.ravel()[cell] / grid.cell
    age = (np.arange(24 * 120) + 0.5) / 120
    step, low = expm(mixed(mixing, interface) / 120), expm(mixed(mixing, interface) / 240)
    still = [float((low := step @ low)[0, 0]) if n else float(low[0, 0]) for n in range(len(age))]
    exact = np.sum(hat(age * north * moved) * hat(age * east * moved) * still) / 120
    assert found == pytest.approx(exact, rel=within)


# The first two reach the ground beyond five cells; the others after an hour and a half's way of the air, where the
# release's own hour still shows.
PLUMES = [
    PowerPlume(a=1.2, p=0.2, b=0.125, n=0.5, h=260.0),
    PowerPlume(a=2.0, p=0.2, b=0.3, n=0.3, h=220.0),
    PowerPlume(a=3.0, p=0.15, b=1.0, n=0.2, h=180.0),
    PowerPlume(a=2.0, p=0.2, b=0.5, n=0.3, h=180.0),
]


@pytest.mark.parametrize("plume", PLUMES)
def test_a_steady_plume_reaches_the_ground_where_and_as_strong_as_the_exact_one(plume):
    """A row of sources across a wind that grows with height, mixed by a power of height: exact solution."""
    grid = grid_of(26, 5, 10_000.0)
    interface = np.arange(0.0, 1601.0, 40.0)
    wind = plume.wind(0.5 * (interface[1:] + interface[:-1]))[:, None, None]
    weather = weather_of(grid, wind, 0.0, plume.mixing(interface)[:, None, None], 24, tops=interface[1:])
    rows = [row * grid.nx + 3 for row in range(grid.ny)]
    middle = grid.ny // 2 * grid.nx
    study = weather_study(
        weather, each(range(middle + 4, middle + grid.nx)), sources=lone_source(rows, grid, rate=1000.0),
        rates=inert, layers_of=(int(plume.h // 40),), period=1,
    )  # fmt: skip
    wide = grid.cell / grid.scale.mean()  # [m] of a cell on the ground
    x = (np.arange(4, grid.nx) - 3) * wide
    exact = plume.layer_means(x, interface[:2])[0] * 1000.0 / 3600 / wide * MICROGRAMS
    found = steady(study, 24)
    assert found.max() == pytest.approx(exact.max(), rel=0.10)
    assert abs(int(found.argmax()) - int(exact.argmax())) <= 1
