"""Particles: they keep what air keeps, and what they lose is what first-order loss says."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import chi2

from airshed.errors import BadInput
from airshed.transport.particles import HourLoss, _velocity, air_hour, march, scatter
from transport.particle_weather import GRID, HEIGHTS, LAYERS, MASS, NIGHT, NOON, closed_winds, made_weather

RARE = 1e-4  # chance that an exact scheme fails a test; seeds are fixed, so it either holds or does not


def everywhere(count, generator, air):
    """Particles spread as air is."""
    shares = (air.before / air.before.sum()).ravel()
    k, j, i = np.unravel_index(generator.choice(shares.size, count, p=shares), air.before.shape)
    dx, dy, dz = generator.random((3, count))
    return scatter(i + dx, j + dy, HEIGHTS[k] + dz * np.diff(HEIGHTS)[k], np.zeros(count), generator)


def counted(cloud):
    k = np.searchsorted(HEIGHTS, cloud.z, side="right") - 1
    edges = [np.arange(n + 1) for n in (LAYERS, GRID.ny, GRID.nx)]
    return np.histogramdd((np.clip(k, 0, LAYERS - 1), cloud.y, cloud.x), edges)[0]


def surprise(found, expected):
    """Chance of so large a chi-square if particles were drawn from what is expected."""
    expected = expected * found.sum() / expected.sum()
    return chi2.sf(((found - expected) ** 2 / expected).sum(), found.size - 1)


@pytest.mark.parametrize("kz", [NIGHT, NOON], ids=["night", "noon"])
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_a_well_mixed_column_stays_well_mixed_under_any_mixing(kz, backward):
    weather = made_weather(kz=kz)
    air, generator = air_hour(weather, 0), np.random.default_rng(5)
    cloud = everywhere(16_000, generator, air)
    for _ in range(3):
        cloud.clock[:] = float(backward)
        march(air, cloud, backward=backward, step=300)
        assert surprise(counted(cloud).sum(axis=(1, 2)), MASS) > RARE


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_particles_spread_like_air_stay_so_in_a_gyre_with_overturning_and_mixing(backward):
    u, v = closed_winds()
    air = air_hour(made_weather(u=u, v=v, kz=NIGHT), 0)
    assert np.abs(air.z[1:-1] / air.before[1:]).max() > 0.2  # it does turn over
    cloud = everywhere(96_000, np.random.default_rng(6), air)
    for _ in range(4):
        cloud.clock[:] = float(backward)
        march(air, cloud, backward=backward, step=300)
    assert not cloud.border.any()
    assert surprise(counted(cloud), air.before) > RARE


def test_the_flow_diverges_at_every_point_of_a_cell_as_its_air_asks():
    u, v = closed_winds()
    growing = np.linspace(1, 1.05, 2)[:, None, None, None] * MASS[None, :, None, None]
    air = air_hour(made_weather(1, u=u, v=v, air=growing), 0)
    generator, h = np.random.default_rng(1), 1e-3
    for cell in generator.integers((0, 0, 0), (LAYERS, GRID.ny, GRID.nx), (60, 3)):
        k, j, i = cell
        x, y = i + generator.uniform(0.05, 0.95), j + generator.uniform(0.05, 0.95)
        z = HEIGHTS[k] + generator.uniform(0.05, 0.95) * (HEIGHTS[k + 1] - HEIGHTS[k])
        spread = 0.0
        for n in range(3):
            off = np.eye(3)[n] * h
            pair = [
                _velocity(air.arrays, x + s * off[0], y + s * off[1], z + s * off[2], 0.5)[n] for s in (1, -1)
            ]
            spread += (pair[0] - pair[1]) / (2 * h)
        growth = (air.after - air.before)[k, j, i] / (0.5 * (air.after + air.before)[k, j, i])
        assert spread == pytest.approx(-growth, abs=1e-6)


def test_the_flow_through_a_face_is_the_same_from_both_cells():
    u, v = closed_winds()
    air = air_hour(made_weather(1, u=u, v=v), 0)
    for y in (5.1, 5.5, 5.8):
        left, right = (_velocity(air.arrays, 9 + s * 1e-9, y, 60.0, 0.5)[0] for s in (-1, 1))
        assert left == pytest.approx(right, rel=1e-5)
        below, above = (_velocity(air.arrays, y, 9 + s * 1e-9, 60.0, 0.5)[1] for s in (-1, 1))
        assert below == pytest.approx(above, rel=1e-5)


def test_air_gathers_where_its_mass_grows():
    growing = np.stack(
        [np.ones(GRID.shape), 1 + 0.2 * np.sin(np.pi * np.linspace(-1, 1, GRID.nx)) * np.ones(GRID.shape)]
    )
    air_mass = MASS[None, :, None, None] * growing[:, None]
    length = (
        np.diff(air_mass, axis=0)[0] * 10_000 / 3600
    )  # what a face of unit width must bring in [kg m-1 s-1]
    flux = np.concatenate([np.zeros((LAYERS, GRID.ny, 1)), -np.cumsum(length, axis=2)], axis=2)
    middle = air_mass.mean(axis=0)
    faces = np.concatenate(
        [middle[..., :1], 0.5 * (middle[..., 1:] + middle[..., :-1]), middle[..., -1:]], axis=2
    )
    air = air_hour(made_weather(1, u=flux / faces, air=air_mass), 0)
    assert np.abs(air.z).max() < 1e-8 * air.before.min()
    cloud = everywhere(160_000, np.random.default_rng(8), air)
    march(air, cloud, backward=False)
    assert surprise(counted(cloud).sum(axis=(0, 1)), air.after.sum(axis=(0, 1))) > RARE
    assert surprise(counted(cloud).sum(axis=(0, 1)), air.before.sum(axis=(0, 1))) < RARE


@pytest.mark.parametrize("kz", [NIGHT, NOON * 0.02], ids=["night", "noon"])
def test_jumps_follow_the_exponential_of_the_column_operators_generator(kz):
    air, count = air_hour(made_weather(kz=kz), 0), 40_000
    generator = np.random.default_rng(9)
    x, y, z = generator.random((3, count)) * np.array([[20], [16], [40]])
    cloud = scatter(x, y, z, np.zeros(count), generator)
    residence = march(air, cloud, backward=False, step=600)
    middles, thickness = 0.5 * (HEIGHTS[1:] + HEIGHTS[:-1]), np.diff(HEIGHTS)
    face_density = (MASS[1:] + MASS[:-1]) / (thickness[1:] + thickness[:-1])
    exchange = kz[1:-1] * face_density / np.diff(middles) * 3600
    generator_matrix = np.zeros((LAYERS, LAYERS))
    for k, g in enumerate(exchange):
        generator_matrix[k : k + 2, k] += np.array([-g, g]) / MASS[k]
        generator_matrix[k : k + 2, k + 1] += np.array([g, -g]) / MASS[k + 1]
    expected = expm(generator_matrix)[:, 0]
    assert surprise(counted(cloud).sum(axis=(1, 2)), np.maximum(expected, 1e-12)) > RARE
    mean = np.mean([expm(generator_matrix * t)[:, 0] for t in (np.arange(200) + 0.5) / 200], axis=0)
    spent = residence.sum(axis=(0, 3, 4))[0] / count
    np.testing.assert_allclose(spent, mean, atol=4 * 0.5 / np.sqrt(count))


def test_a_uniform_wind_moves_particles_exactly():
    air = air_hour(made_weather(u=3.0, v=-2.0), 0)
    generator = np.random.default_rng(1)
    x, y = generator.uniform(5, 15, (2, 160))
    cloud = scatter(x, y, np.full(160, 20.0), np.zeros(160), generator)
    march(air, cloud, backward=False)
    np.testing.assert_allclose(cloud.x - x, 3 * 0.36, atol=1e-9)
    np.testing.assert_allclose(cloud.y - y, -2 * 0.36, atol=1e-9)
    np.testing.assert_allclose(cloud.z, 20, atol=1e-6)


def test_what_leaves_through_a_side_is_the_air_that_crosses_it():
    air = air_hour(made_weather(u=-5.0), 0)
    count = 64_000
    cloud = everywhere(count, np.random.default_rng(2), air)
    residence = march(air, cloud, backward=False)
    share = 5 * 0.36 / GRID.nx
    assert set(np.unique(cloud.border)) == {0, 1}
    assert (cloud.border == 1).mean() == pytest.approx(share, abs=4 * np.sqrt(share / count))
    gone = cloud.border == 1
    assert np.abs(cloud.x[gone]).max() < 1e-9
    assert residence.sum() == pytest.approx(cloud.age.sum(), rel=1e-12)
    assert cloud.age[gone].mean() == pytest.approx(0.5, abs=0.02)


def test_air_that_converges_at_the_ground_leaves_through_the_top():
    inward = -2 * np.linspace(-1, 1, GRID.nx + 1)
    air = air_hour(made_weather(u=inward), 0)
    cloud = everywhere(32_000, np.random.default_rng(4), air)
    march(air, cloud, backward=False)
    out = air.z[-1].sum() / air.before.sum()
    assert (cloud.border == 5).mean() == pytest.approx(out, rel=0.1)
    np.testing.assert_allclose(cloud.z[cloud.border == 5], HEIGHTS[-1])


def test_results_are_the_same_on_one_thread_and_on_two():
    u, v = closed_winds()
    air = air_hour(made_weather(u=u, v=v, kz=NOON), 0)
    found = []
    before = numba.get_num_threads()
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        cloud = everywhere(1600, np.random.default_rng(3), air)
        found.append((march(air, cloud, backward=False), cloud.x, cloud.z, cloud.state))
    numba.set_num_threads(before)
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


def box_loss(first, second, transfer):
    shape = (LAYERS, *GRID.shape)
    return HourLoss(np.full(shape, first), np.full(shape, second), np.full(shape, transfer))


def test_rain_of_one_millimetre_in_an_hour_takes_26_percent_of_the_so2_in_cloud():
    air = air_hour(made_weather(kz=NOON), 0)
    cloud = everywhere(1600, np.random.default_rng(1), air)
    residence = march(air, cloud, backward=False, loss=box_loss(0.3 * 1.0, 0, 0))
    np.testing.assert_allclose(cloud.weight[0], np.exp(-0.3), rtol=1e-12)
    assert 1 - cloud.weight[0].mean() == pytest.approx(0.26, abs=0.005)
    assert residence.sum() == pytest.approx(1600 * (1 - np.exp(-0.3)) / 0.3, rel=1e-12)


@pytest.mark.parametrize(("first", "second"), [(0.4, 0.1), (0.25, 0.25), (0.3, 0.0), (0.0, 0.2)])
def test_a_chain_of_two_kinds_is_solved_exactly(first, second):
    air = air_hour(made_weather(kz=NOON), 0)
    cloud = everywhere(160, np.random.default_rng(1), air)
    residence = march(air, cloud, backward=False, loss=box_loss(first, second, 0.15))
    matrix = np.array([[-first, 0, 0, 0], [0.15, -second, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]])
    expected = expm(matrix) @ np.array([1.0, 0, 0, 0])
    np.testing.assert_allclose(cloud.weight, np.outer(expected[:2], np.ones(160)), rtol=1e-7)
    np.testing.assert_allclose(residence.sum(axis=(0, 2, 3, 4)) / 160, expected[2:], rtol=1e-6)


def test_batches_that_do_not_divide_the_particles_are_refused():
    air = air_hour(made_weather(), 0)
    with pytest.raises(BadInput, match="equal batches"):
        march(air, everywhere(33, np.random.default_rng(1), air), backward=False)
