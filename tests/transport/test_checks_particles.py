"""Footprints of the engine against residence by particles, in 3-D: two ways to say where a receptor's air has been."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from airshed.places import Grid
from airshed.transport.nouns import Receptor
from airshed.transport.residence import release_backward
from airshed.twin.weather import made_weather
from transport.small import inert, lone_source, marched_back, weather_study

pytestmark = pytest.mark.slow

CELL = 25_000.0  # [m]: 2 x 2 cells are 50 km
LAGS = 24  # [h]
DAY = 24.0


@pytest.fixture(scope="module")
def both():
    """Sensitivity [ug m-3 per kg h-1] of one hour of a receptor, (layer, y, x), by footprint and by particles."""
    grid = Grid.over([115.5, 117.0], [38.5, 39.8], cell=CELL, margin=240_000.0)
    weather = made_weather(grid, datetime(2026, 1, 9, 16, tzinfo=UTC), LAGS + 6, seed=5)
    middle = grid.ny // 2 * grid.nx + grid.nx // 2
    cells = np.array([middle, middle + 1, middle + grid.nx, middle + grid.nx + 1])
    receptor = Receptor("block", cells, np.full(4, 0.25))
    hour = LAGS + 4
    found, study = [], None
    for first in (0, 4):
        layers = tuple(range(first, first + 4))
        held = {} if study is None else study.held
        study = weather_study(
            weather, [receptor], sources=lone_source([0], grid), rates=inert, layers_of=layers, held=held
        )
        blocks = marched_back(study, hour - LAGS + 1, hour, hour)
        found.append(DAY * blocks.footprint["pm25"][..., 0].reshape(4, *grid.shape))
    particles = release_backward(weather, cells, hour, LAGS, 60_000, seed=4)
    return np.concatenate(found), particles, weather, hour


def coarse(field):
    """Sums over 2 x 2 cells; a last odd row or column is left out."""
    ny, nx = (n // 2 * 2 for n in field.shape[-2:])
    return field[..., :ny, :nx].reshape(*field.shape[:-2], ny // 2, 2, nx // 2, 2).sum(axis=(-3, -1))


def test_footprints_and_particles_agree_at_50_km(both):
    footprint, particles, *_ = both
    other = particles["sensitivity"].sum("lag").values
    for layers in (slice(0, 1), slice(0, 3), slice(0, 8)):  # the ground, below 200 m, all
        ours, theirs = coarse(footprint[layers].sum(axis=0)), coarse(other[layers].sum(axis=0))
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] >= 0.9
    ours, theirs = coarse(footprint), coarse(other)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] >= 0.9


def test_the_residence_of_a_receptors_air_is_the_same_by_both(both):
    """Sensitivity times the air of the cell, summed: hours that the receptor's air spent on the grid in a day."""
    footprint, particles, weather, hour = both
    area = Grid.of(weather).area
    mass = weather["air_mass"].values[hour - LAGS + 1 : hour + 2].mean(axis=0) * area
    scale = mass / (1e9 * particles.attrs["density"])
    ours = (footprint * scale).sum(axis=(1, 2))
    theirs = (particles["sensitivity"].sum("lag").values * scale).sum(axis=(1, 2))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.05)
    assert ours[0] == pytest.approx(theirs[0], rel=0.05)
