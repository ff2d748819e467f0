"""What chance alone could do: blocks of a week, paired."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.forecast.verification.bootstrap import block_weights, bounds, chance, totals


@given(st.integers(14, 80), st.integers(0, 2**32 - 1))
def test_every_draw_is_as_long_as_the_record_and_the_first_is_the_record_itself(days, seed):
    weights = block_weights(days, seed, resamples=20)
    assert (weights.sum(axis=1) == days).all()
    assert (weights[0] == 1).all()
    assert (weights >= 0).all()


def test_no_day_is_drawn_more_rarely_than_another_not_even_the_first_and_the_last():
    drawn = block_weights(70, 0, resamples=20000)[1:].mean(axis=0)
    assert drawn == pytest.approx(np.ones(70), abs=0.05)


def test_days_of_a_week_are_drawn_together():
    weights = block_weights(364, 0, resamples=4000)[1:]
    together = np.corrcoef(weights[:, 100], weights[:, 101])[0, 1]
    apart = np.corrcoef(weights[:, 100], weights[:, 110])[0, 1]
    assert together == pytest.approx(6 / 7, abs=0.05)
    assert abs(apart) < 0.1


def test_equal_seeds_draw_equally():
    assert (block_weights(40, 5, resamples=9) == block_weights(40, 5, resamples=9)).all()


def test_less_than_two_weeks_say_nothing_about_chance():
    with pytest.raises(BadInput, match="14 issue days"):
        block_weights(13, 0)


def test_the_interval_of_a_mean_of_days_that_hang_together_is_as_wide_as_theory_has_it():
    rng = np.random.default_rng(0)
    series = np.repeat(rng.standard_normal(200), 7)  # 200 independent weeks
    mean = totals(block_weights(1400, 1), {"x": series})["x"] / 1400
    low, high = bounds(mean)
    assert (high - low) / 2 == pytest.approx(1.96 * series.std() / np.sqrt(200), rel=0.25)
    singly = totals(block_weights(1400, 1, block=1), {"x": series})["x"] / 1400
    assert np.subtract(*bounds(singly)[::-1]) < 0.5 * (high - low)  # drawing days singly believes too much


def test_the_chance_of_a_difference_that_is_not_there_is_even():
    chances = []
    for seed in range(60):
        series = np.random.default_rng(seed).standard_normal(140)
        chances.append(chance(totals(block_weights(140, seed, resamples=200), {"x": series})["x"]))
    assert np.mean(chances) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(chances) < 0.05) < 0.15


def test_a_difference_in_every_draw_leaves_the_least_chance_and_none_leaves_certainty():
    assert chance(np.ones(101)) == 1 / 101
    assert chance(np.zeros(101)) == 1


def test_draws_without_the_score_are_left_out():
    draws = np.array([1.0, np.nan, 2.0, 3.0])
    assert bounds(draws, 0.999)[0] == pytest.approx(2, abs=0.01)
    assert np.isnan(bounds(np.array([1.0, np.nan]))).all()
    assert np.isnan(chance(np.array([1.0, np.nan])))


def test_sums_keep_their_further_dimensions():
    weights = block_weights(21, 0, resamples=4)
    parts = {"a": np.ones(21), "b": np.arange(21 * 6.0).reshape(21, 2, 3)}
    found = totals(weights, parts)
    assert found["a"].shape == (5,)
    assert found["b"].shape == (5, 2, 3)
    assert found["b"][0] == pytest.approx(parts["b"].sum(axis=0))
