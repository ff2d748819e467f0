"""The laws of transport, on the whole engine in double precision: mass and the uniform mixing ratio."""

from __future__ import annotations

import numpy as np
import pytest

from airshed.chemistry import CHILDREN, CLASSES
from airshed.meteorology.assemble import RAW_TOPS, weather_from
from airshed.meteorology.feeds.era5 import read_era5
from airshed.places import Grid
from airshed.transport import march
from airshed.transport.forward import forward, no_tracers
from airshed.transport.history import whole_emission
from airshed.transport.layout import Layout, origins
from airshed.transport.nouns import Receptor
from airshed.transport.operators import air_of
from airshed.transport.study import AIR_DENSITY
from conftest import shared_data
from transport.small import inert, kept, nothing_lost, small_study, weather_study
from twin.made_air import grid_of, overturning, weather_of

RATIO = 3.7  # [kg kg-1] of a uniform tracer: any number will do
EVERYWHERE = {"fine": RATIO * AIR_DENSITY * 1e9}  # outside, as a concentration [ug m-3]


def block(grid, cells=3):
    middle = grid.ny // 2 * grid.nx + grid.nx // 2
    return Receptor("block", np.arange(middle, middle + cells), np.full(cells, 1 / cells))


@pytest.fixture(scope="module")
def box():
    """A day of air that turns round and over, unmixed in part, in a box with closed sides; it comes round."""
    grid = grid_of(12, 10)
    return weather_study(overturning(grid, 24), [block(grid)], rates=nothing_lost, period=24)


def test_mass_is_closed_over_a_week_in_a_closed_box(box):
    """What has been emitted is there, by the molecule: parent and child together, class by class."""
    emission = whole_emission(box)
    layout, state = Layout(emission.tags), None
    for _ in range(7):
        for one in forward(box, emission, 0, 24, state):
            state = one.tracers
    for species in emission.of:
        emitted = 7 * sum(box.factors[:24].sum(axis=0)[: emission.tags] * tag_rates(emission, species))
        present = 0.0
        for name in CLASSES:
            if species in origins(name):
                mass = state[name][:, :, layout.block(name, species)].sum()
                present += mass / as_parent(species, name)
        assert present == pytest.approx(emitted, rel=1e-10)
    assert all(state[name][:, :, layout.rest(name, "sides") :].sum() == 0 for name in CLASSES)


def tag_rates(emission, species):
    source = emission.of[species]
    return np.bincount(source.row, source.rate, emission.tags)


def as_parent(species, name):
    """Mass of the class that a unit of the species becomes."""
    parents = {"so2": "so2", "nox": "nox", "nh3": "nh3", "voc": "voc"}
    own = parents.get(species)
    return CHILDREN[own][1] if own and CHILDREN[own][0] == name else 1.0


def test_a_uniform_mixing_ratio_stays_uniform_for_a_week_in_a_closed_box(box):
    state = filled(box)
    for _ in range(7):
        for one in forward(box, nothing_emitted(box), 0, 24, state):
            state = one.tracers
            assert_uniform(box, one.hour, state, one.mean)


def filled(study):
    """Air of the uniform ratio at the beginning, as the rest that it is."""
    layout = Layout(1)
    state = no_tracers(study, layout)
    state["fine"][:, :, layout.rest("fine", "initial")] = RATIO * study.operators(0)[0].air
    return state


def nothing_emitted(study):
    emission = whole_emission(study)
    return type(emission)(1, {}, emission.factors[:, :1])


def assert_uniform(study, hour, state, mean):
    air = air_of(study.weather, hour).fluxes.after.reshape(study.layers, -1)
    np.testing.assert_allclose(state["fine"].sum(axis=2), RATIO * air, rtol=1e-10)
    steps = study.operators(hour)
    density = sum(s.span * s.density for s in steps)
    for number, receptor in enumerate(study.receptors):
        seen = RATIO * 1e9 * density[receptor.cells] @ receptor.weights
        assert mean["fine"][number].sum() == pytest.approx(seen, rel=1e-10)


@pytest.mark.parametrize("least_air", [0.2, 0.9])
def test_air_of_one_mixing_ratio_everywhere_stays_so_with_open_sides_and_top(least_air):
    """Sides, top and what was there at the beginning together; in whole hours and in divided ones."""
    study = kept(small_study(24, EVERYWHERE), rates=inert, least_air=least_air)
    hours = 24 if least_air < 0.5 else 4
    divided = 0
    for one in forward(study, nothing_emitted(study), 0, hours, filled(study)):
        assert_uniform(study, one.hour, one.tracers, one.mean)
        divided += len(study.operators(one.hour)) > 1
    assert divided > 0 or least_air < 0.5
    rests = one.tracers["fine"].sum(axis=(0, 1))[-3:]
    assert (rests > 1e-4 * rests.sum()).all()  # each of the three has its part


@pytest.fixture(scope="module")
def real():
    """Two hours of ERA5 over the Alps, balanced."""
    files = [shared_data(f"meteorology/era5_utm32_20250501T{hour:02d}.nc") for hour in range(3)]
    raw, _ = read_era5(files, interfaces=(0.0, *RAW_TOPS))
    weather = weather_from(raw, Grid.of(raw))
    receptor = block(Grid.of(weather))
    return weather_study(weather, [receptor], rates=inert, boundary=EVERYWHERE)


def test_on_real_winds_a_uniform_mixing_ratio_stays_uniform(real):
    for one in forward(real, nothing_emitted(real), 0, 2, filled(real)):
        assert_uniform(real, one.hour, one.tracers, one.mean)


def test_on_real_winds_mass_closes_with_fluxes_reckoned_from_the_face_winds(real):
    """The air that a whole-engine hour brings in and lets out is what the face winds say, face by face of the rim."""
    for hour in range(2):
        steps = real.operators(hour)
        fluxes = air_of(real.weather, hour).fluxes
        state = no_tracers(real, Layout(1))["fine"][:, :, :1] + steps[0].air[:, :, None]
        for step in steps:
            out = np.empty_like(state)
            march.forward_horizontal(step.horizontal.base, step.horizontal.weight, state, out, real.grid.nx)
            out += step.horizontal.inflow[:, :, None]
            march.column_apply(step.matrix[0], out, state)
            state += step.top[0].T[:, :, None]
        gained = (state.sum() - steps[0].air.sum()) / steps[0].air.sum()
        rim = (
            fluxes.x[:, :, 0].sum() - fluxes.x[:, :, -1].sum() + fluxes.y[:, 0].sum() - fluxes.y[:, -1].sum()
        )
        by_faces = (rim - fluxes.z[-1].sum()) / steps[0].air.sum()
        assert gained == pytest.approx(by_faces, abs=1e-10)
        # layer by layer, before the column: what the horizontal step leaves in each is the balance of its faces
        assert state[:, :, 0] == pytest.approx(fluxes.after.reshape(real.layers, -1), rel=1e-10)


def test_on_real_winds_the_adjustment_is_small(real):
    assert real.weather.attrs["balance_rms"] <= 0.5
    assert real.weather.attrs["balance_max"] <= 2.0


@pytest.mark.parametrize("rain", [1.0, 5.0])
def test_rain_of_one_millimetre_in_an_hour_takes_26_percent_of_the_so2_in_cloud(rain):
    """W = 0.3 m2/kg in cloud, by hand: 1 - exp(-0.3 x 1) = 26 %, through the whole engine's hour."""
    grid = grid_of(6, 5)
    weather = weather_of(grid, 0.0, 0.0, 5.0, hours=1, rain=rain)
    weather["relative_humidity"] = (
        weather["relative_humidity"] * 0 + 1.0
    )  # saturated: the cloud stands on the ground
    weather["relative_humidity"].attrs["units"] = "1"

    def washed_only(rates):
        return type(rates)(**vars(inert(rates)) | {"scavenging": rates.scavenging})

    study = weather_study(weather, [block(grid, 1)], rates=washed_only)
    layout = Layout(1)
    state = no_tracers(study, layout)
    state["so2"][:, :, layout.rest("so2", "initial")] = np.random.default_rng(1).random(
        state["so2"].shape[:2]
    )
    before = state["so2"].sum(axis=0)
    (one,) = forward(study, nothing_emitted(study), 0, 1, state)
    lost = 1 - one.tracers["so2"].sum(axis=0)[:, 2 + 1] / before[:, 2 + 1]
    np.testing.assert_allclose(lost, 1 - np.exp(-0.3 * rain), rtol=1e-10)
    assert rain != 1.0 or lost[0] == pytest.approx(0.26, abs=0.005)
