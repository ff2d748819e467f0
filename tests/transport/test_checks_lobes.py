"""The negative part of footprints: measured by a receptor's width, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from airshed.places import Grid
from airshed.transport.lobes import PATHS, negative_part, path_of
from airshed.transport.nouns import Receptor
from airshed.twin.weather import made_weather
from transport.small import kept, marched_back, small_study, weather_study


def square(grid, width):
    row, column = grid.ny // 2, grid.nx // 2
    around = np.arange(width) - width // 2
    cells = ((row + around)[:, None] * grid.nx + column + around).ravel()
    return Receptor(str(width), cells, np.full(len(cells), 1 / len(cells)))


def test_the_negative_part_is_that_of_the_sum_and_not_of_absolute_values():
    assert negative_part(np.array([3.0, -1.0])) == 0.5
    assert negative_part(np.array([1.0, 0.0])) == 0.0
    assert negative_part(np.zeros(3)) == np.inf


def test_above_two_per_cent_the_positive_path_speaks_and_says_so():
    assert [path_of(n) for n in (0.0, 0.02, 0.0200001, np.inf)] == ["footprint"] * 2 + ["positive"] * 2
    assert all("2 %" in words[language] for words in PATHS.values() for language in ("zh", "en"))


@pytest.mark.slow
def test_the_footprint_of_13_by_13_cells_is_negative_by_at_most_half_a_per_cent_and_narrow_ones_by_more():
    """Some 60 x 60 x 8 cells of 10 km, a receptor's day and two before it, mixed as the weather says."""
    grid = Grid.over([115.0, 117.5], [37.8, 40.2], cell=10_000.0, margin=170_000.0)
    weather = made_weather(grid, datetime(2026, 1, 9, 16, tzinfo=UTC), 72, seed=5)
    receptors = [square(grid, width) for width in (13, 5, 3, 1)]
    study = kept(weather_study(weather, receptors), dtype=np.float32)
    whole = np.moveaxis(marched_back(study, 0, 71, 48).footprint["pm25"], -1, 0)
    near_ground = [negative_part(one[0]) for one in whole]
    # measured 0.33, 0.73, 1.2 and 3.9 % of the three days' sum
    assert near_ground[0] <= 0.005
    assert near_ground == sorted(near_ground)
    assert path_of(near_ground[0]) == "footprint"
    assert path_of(near_ground[3]) == "positive"


def test_closure_clips_nothing():
    """The given shares of a receptor whose footprint has lobes hold their negative parts."""
    study = small_study(4)
    blocks = marched_back(study, 0, 3, 2)
    assert min(field.min() for field in blocks.footprint.values()) < 0
