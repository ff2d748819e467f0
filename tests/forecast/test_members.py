"""Members: every cell has the quantiles' distribution, and cells go together as they did in the past."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.members import (
    coherent,
    mixture,
    nearest_in_season,
    past_runs,
    ranks_of,
    shuffled_between_days,
    values_at,
    weather_member,
)

LEVELS = np.array(QUANTILES)


def cells(leads: int = 4, places: int = 2, variables: int = 2, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centre = rng.uniform(20, 80, (leads, places, variables, 1))
    return centre * np.exp(0.5 * norm.ppf(LEVELS))


def runs(members: int, shape: tuple[int, ...] = (4, 2, 2), seed: int = 1) -> np.ndarray:
    """Past runs in which all cells of a run rise and fall together."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((members, 1, 1, 1)) + 0.1 * rng.standard_normal((members, *shape))


def test_each_cell_of_the_members_has_the_marginal_quantiles():
    found = coherent(cells(), runs(200), LEVELS, seed=2)
    again = np.moveaxis(np.quantile(found, LEVELS[1:-1], axis=0), 0, -1)
    assert again == pytest.approx(cells()[..., 1:-1], rel=0.02)


def test_equal_seeds_give_equal_members():
    gappy = runs(30)
    gappy[3:9] = np.nan
    first, again, other = (coherent(cells(), gappy, LEVELS, seed=s) for s in (5, 5, 6))
    assert (first == again).all()
    assert (first != other).any()


def test_a_member_follows_one_past_run_over_days_places_and_pollutants():
    template = runs(60)
    found = coherent(cells(), template, LEVELS, seed=0)
    for cell in np.ndindex(template.shape[1:]):
        where = (slice(None), *cell)
        assert (np.argsort(found[where]) == np.argsort(template[where])).all()


def test_runs_of_high_days_are_more_likely_in_members_than_in_the_same_members_shuffled_between_days():
    found = coherent(cells(), runs(400), LEVELS, seed=0)
    high = found > np.quantile(found, 0.8, axis=0)
    shuffled = shuffled_between_days(found, seed=0) > np.quantile(found, 0.8, axis=0)
    assert high[:, :2].all(axis=1).mean() > 3 * shuffled[:, :2].all(axis=1).mean()
    assert shuffled.mean(axis=0) == pytest.approx(high.mean(axis=0))


@given(st.integers(2, 40), st.integers(0, 10))
def test_ranks_are_a_permutation_whatever_is_missing(members, seed):
    template = np.random.default_rng(seed).standard_normal((members, 3))
    template[::2, 1] = np.nan
    template[:, 2] = np.nan
    assert (np.sort(ranks_of(template, seed), axis=0) == np.arange(members)[:, None]).all()


def test_missing_values_of_the_past_stand_anywhere_among_the_known():
    template = np.arange(400.0)[:, None]
    template[::2] = np.nan
    places = ranks_of(template, seed=1)[::2, 0]
    assert 180 < places.mean() < 220
    assert places.min() < 20
    assert places.max() > 380


def test_a_quantile_is_read_straight_between_its_neighbours_and_held_at_the_ends():
    line = np.linspace(0, 100, len(LEVELS))[None]
    assert values_at(line, LEVELS, np.array([0.125]))[0] == pytest.approx((line[0, 2] + line[0, 3]) / 2)
    assert values_at(line, LEVELS, np.array([0.001]))[0] == 0
    assert values_at(line, LEVELS, np.array([0.999]))[0] == 100


def test_members_of_outlook_and_weather_share_their_number():
    by_weather = np.stack([cells(), cells() + 1000])
    found = coherent(by_weather, runs(10), LEVELS, seed=0)
    high = found.min(axis=(1, 2, 3)) > 500
    assert high.tolist() == [bool(weather_member(m, 2)) for m in range(10)]


def test_a_mixture_of_two_runs_of_weather_is_wider_than_each():
    two = np.stack([np.linspace(0, 20, 21), np.linspace(80, 100, 21)])[:, None]
    mixed = mixture(two, LEVELS)
    assert mixed[0, 10] == pytest.approx(50, abs=31)
    assert mixed[0, -1] - mixed[0, 0] > 4 * 20
    assert (mixture(two[:1], LEVELS) == two[0]).all()


def test_quantiles_that_fall_or_shapes_that_do_not_belong_together_are_refused():
    with pytest.raises(BadInput, match="rise with their level"):
        coherent(cells()[..., ::-1], runs(5), LEVELS, 0)
    with pytest.raises(BadInput, match="same leads, places, variables"):
        coherent(cells(leads=3), runs(5), LEVELS, 0)


def series(days: int = 800) -> xr.DataArray:
    time = np.datetime64("2013-01-01") + np.arange(days).astype("timedelta64[D]")
    return xr.DataArray(
        np.arange(days, dtype=float).reshape(1, -1, 1),
        {"day": time.astype("datetime64[ns]")},
        ("place", "day", "variable"),
    )


def test_past_runs_end_by_the_issue_and_begin_near_its_season():
    issue = np.datetime64("2015-02-20")
    found = past_runs(series(), issue, np.arange(1, 11), members=20)
    last = (issue - np.datetime64("2013-01-01")).astype(int)
    assert found.max() <= last
    assert (np.diff(found[:, :, 0, 0], axis=1) == 1).all()
    day_of_year = (found[:, 0, 0, 0] - 1) % 365.25
    assert (np.minimum(abs(day_of_year - 50), 365.25 - abs(day_of_year - 50)) <= 46).all()


def test_runs_are_taken_again_where_too_few_dates_are_past():
    days = np.arange("2015-01-01", "2015-01-05", dtype="datetime64[D]")
    found = nearest_in_season(days, np.datetime64("2015-01-20"), 10)
    assert len(found) == 10
    assert set(found) == set(days)
    with pytest.raises(BadInput, match="past runs"):
        nearest_in_season(days[:0], np.datetime64("2015-01-20"), 10)


def test_a_member_keeps_to_its_own_run_of_the_weather():
    levels = np.array([0.1, 0.5, 0.9])
    dirty_or_clean = np.array([[100.0, 110.0, 120.0], [10.0, 11.0, 12.0]])[:, None, None, None, :]
    template = np.random.default_rng(0).random((6, 1, 1, 1))
    found = coherent(dirty_or_clean, template, levels, seed=0).ravel()
    assert (found[::2] >= 100).all()
    assert (found[1::2] <= 12).all()
