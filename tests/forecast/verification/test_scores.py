"""Scores of values, held to their definitions, to other people's code and to what they must never do."""

from __future__ import annotations

import numpy as np
import pytest
import scores.continuous as reference
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from airshed.forecast.verification.bootstrap import block_weights, totals
from airshed.forecast.verification.scores import continuous, moments, ratio, score

VALUES = arrays(np.float64, 40, elements=st.floats(1, 500))


@given(VALUES, VALUES)
def test_errors_agree_with_the_library_scores(forecast, observed):
    mine = score(forecast, observed)
    told, came = xr.DataArray(forecast), xr.DataArray(observed)
    assert mine["rmse"] == pytest.approx(float(reference.rmse(told, came)), rel=1e-9)
    assert mine["mae"] == pytest.approx(float(reference.mae(told, came)), rel=1e-9)
    assert 100 * mine["nmb"] == pytest.approx(float(reference.pbias(told, came)), rel=1e-6, abs=1e-9)


def test_correlation_is_pearsons():
    rng = np.random.default_rng(0)
    a, b = rng.lognormal(4, 1, 60), rng.lognormal(4, 1, 60)
    assert score(a, b)["r"] == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)


def test_a_forecast_that_never_varies_has_no_correlation():
    assert np.isnan(score(np.full(30, 77.7), np.arange(30.0))["r"])


def test_a_factor_of_two_counts_at_its_very_edge_on_both_sides():
    assert score(np.array([50.0, 200.0, 49.9, 200.1]), np.full(4, 100.0))["fac2"] == 0.5


@given(VALUES, st.floats(0.1, 10))
def test_relative_scores_do_not_depend_on_the_unit(values, factor):
    told = values[::-1]
    one, other = score(told, values), score(factor * told, factor * values)
    assert other["nmb"] == pytest.approx(one["nmb"], rel=1e-9, abs=1e-12)
    assert other["rmse"] == pytest.approx(factor * one["rmse"], rel=1e-9)


def test_errors_of_windows_are_pooled_not_averaged():
    calm, episode = np.full(20, 1.0), np.full(20, 9.0)
    pooled = score(np.concatenate([calm, episode]), np.zeros(40) + 1e-12)["rmse"]
    assert pooled == pytest.approx(np.sqrt((1 + 81) / 2), rel=1e-6)
    assert pooled > (1 + 9) / 2  # the mean of the windows' own errors flatters


def test_a_case_drawn_twice_counts_twice():
    rng = np.random.default_rng(1)
    told, came = rng.lognormal(4, 1, 28), rng.lognormal(4, 1, 28)
    weights = block_weights(28, 3, resamples=5)
    drawn = continuous(totals(weights, moments(told, came, np.ones(28, dtype=bool))))
    for number, counts in enumerate(weights.astype(int)):
        repeated = score(np.repeat(told, counts), np.repeat(came, counts))
        for name, value in repeated.items():
            assert drawn[name][number] == pytest.approx(value, rel=1e-9), name


def test_a_case_that_is_not_held_adds_nothing_whatever_stands_there():
    parts = moments(
        np.array([1.0, np.nan, np.inf]), np.array([2.0, 3.0, np.nan]), np.array([True, False, False])
    )
    assert all(np.isfinite(part).all() and not part[1:].any() for part in parts.values())


def test_nothing_divided_by_nothing_is_no_score():
    assert np.isnan(ratio(np.array([0.0]), np.array([0.0]))).all()
