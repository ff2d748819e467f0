"""A distribution of 21 quantiles: probabilities, intervals, and the score of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from airshed.errors import BadInput
from airshed.forecast import QUANTILES, crps, exceedance, interval, quantile_at

LEVELS = np.array(QUANTILES)


def test_there_are_21_levels_and_they_are_symmetric() -> None:
    assert len(QUANTILES) == 21
    assert np.allclose(LEVELS + LEVELS[::-1], 1)


@given(st.lists(st.floats(0, 1000), min_size=21, max_size=21), st.floats(-10, 1500), st.floats(0, 200))
def test_the_chance_to_exceed_lies_between_0_and_1_and_never_rises_with_the_threshold(
    values: list[float], threshold: float, more: float
) -> None:
    quantiles = np.sort(np.array(values))[None, :]
    lower, higher = exceedance(quantiles, threshold)[0], exceedance(quantiles, threshold + more)[0]
    assert 0 <= higher <= lower <= 1


def test_at_each_quantile_the_chance_to_exceed_is_one_minus_its_level() -> None:
    quantiles = norm.ppf(LEVELS)[None, :] * 30 + 100
    for level, value in zip(LEVELS, quantiles[0], strict=True):
        assert exceedance(quantiles, value)[0] == pytest.approx(1 - level)


def test_the_far_tail_of_a_normal_distribution_is_met_within_a_thousandth() -> None:
    quantiles = norm.ppf(LEVELS)[None, :]
    for value in (-3.0, -2.6, 2.6, 3.0):
        assert exceedance(quantiles, value)[0] == pytest.approx(norm.sf(value), abs=1e-3)


def test_a_forecast_of_one_value_exceeds_a_threshold_or_does_not() -> None:
    one = np.full((1, 21), 150.0)
    assert exceedance(one, 149.0)[0] == 1
    assert exceedance(one, 150.0)[0] == 0
    assert exceedance(one, 151.0)[0] == 0


@given(st.floats(0, 500), st.floats(0, 500))
def test_the_crps_of_a_forecast_of_one_value_is_its_absolute_error(forecast: float, observed: float) -> None:
    assert crps(np.full((1, 21), forecast), np.array([observed]))[0] == pytest.approx(
        abs(forecast - observed)
    )


@pytest.mark.parametrize("observed", [-1.5, 0.0, 0.7, 2.5])
def test_the_crps_of_a_normal_forecast_is_that_of_the_closed_form(observed: float) -> None:
    """Gneiting et al. 2005, doi:10.1175/MWR2904.1, eq. 5."""
    closed = observed * (2 * norm.cdf(observed) - 1) + 2 * norm.pdf(observed) - 1 / np.sqrt(np.pi)
    assert crps(norm.ppf(LEVELS)[None, :], np.array([observed]))[0] == pytest.approx(closed, abs=0.012)


def test_the_central_80_per_cent_run_from_the_tenth_to_the_ninetieth_hundredth() -> None:
    low, high = interval(LEVELS[None, :] * 100, 0.8)
    assert (low[0], high[0]) == pytest.approx((10, 90))
    assert quantile_at(LEVELS[None, :], 0.33)[0] == pytest.approx(0.33)


def test_a_missing_quantile_leaves_no_probability() -> None:
    assert np.isnan(exceedance(np.full((1, 21), np.nan), 150.0)[0])


def test_other_numbers_of_quantiles_and_wider_intervals_are_refused() -> None:
    with pytest.raises(BadInput, match="21 quantiles"):
        crps(np.zeros((3, 7)), np.zeros(3))
    with pytest.raises(BadInput, match="share"):
        interval(np.zeros((1, 21)), 0.99)
