"""Probabilities and distributions: parts that add up, other people's code, and what a perfect forecast must score."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm
from scores.probability import brier_score
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from airshed.forecast.distribution import QUANTILES, exceedance
from airshed.forecast.verification.probability import (
    COST_LOSS,
    brier_scores,
    distribution_parts,
    distribution_scores,
    economic_value,
    probability_parts,
    reliability,
)

LEVELS = np.array(QUANTILES)
SHARES = arrays(np.float64, 60, elements=st.floats(0, 1))
EVENTS = arrays(np.bool_, 60)


def summed(parts):
    return {name: np.asarray(part.sum(axis=0)) for name, part in parts.items()}


def of(probability, event):
    return summed(probability_parts(probability, event, np.ones(len(event), dtype=bool)))


@given(SHARES, EVENTS)
def test_the_brier_score_is_that_of_scores_and_of_scikit_learn(probability, event):
    mine = float(brier_scores(of(probability, event))["brier"])
    assert mine == pytest.approx(float(brier_score(xr.DataArray(probability), xr.DataArray(event * 1.0))))
    assert mine == pytest.approx(brier_score_loss(event, probability, labels=[0, 1]))


@given(SHARES, EVENTS)
def test_the_brier_score_is_the_sum_of_its_parts_and_none_but_the_rest_is_below_zero(probability, event):
    found = brier_scores(of(probability, event))
    parts = (
        found["brier_reliability"]
        - found["brier_resolution"]
        + found["brier_uncertainty"]
        + found["brier_within"]
    )
    assert float(found["brier"]) == pytest.approx(float(parts), abs=1e-12)
    assert min(found["brier_reliability"], found["brier_resolution"], found["brier_uncertainty"]) >= 0


def test_of_probabilities_that_are_the_same_inside_each_class_the_three_parts_are_all():
    rng = np.random.default_rng(0)
    probability = rng.integers(0, 10, 500) / 10 + 0.05
    found = brier_scores(of(probability, rng.random(500) < probability))
    assert float(found["brier_within"]) == pytest.approx(0, abs=1e-12)
    assert float(found["brier_resolution"]) > 10 * float(found["brier_reliability"])


def test_points_of_the_reliability_diagram_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    probability = rng.random(800)
    event = rng.random(800) < probability**2
    mine = reliability(of(probability, event))
    frequency, told = calibration_curve(event, probability, n_bins=10)
    assert mine["frequency"] == pytest.approx(frequency)
    assert mine["probability"] == pytest.approx(told)


def test_a_probability_of_one_stands_in_the_last_class():
    assert reliability(of(np.array([1.0, 0.0]), np.array([True, False])))["count"].tolist() == [
        1,
        *[0] * 8,
        1,
    ]


@given(EVENTS.filter(lambda event: 0 < event.sum() < 60))
def test_who_knows_has_the_value_one_at_every_cost(event):
    assert economic_value(of(event * 1.0, event)) == pytest.approx(np.ones(19))


@given(SHARES, EVENTS.filter(lambda event: 0 < event.sum() < 60))
def test_nobody_has_a_value_above_one(probability, event):
    assert (economic_value(of(probability, event)) <= 1 + 1e-12).all()


def test_who_always_acts_is_worth_nothing_where_that_is_cheapest_and_less_elsewhere():
    event = np.arange(100) < 25
    value = dict(zip(COST_LOSS, economic_value(of(np.ones(100), event)), strict=True))
    assert value[0.05] == pytest.approx(0)
    assert value[0.25] == pytest.approx(0, abs=1e-12)
    assert value[0.5] < 0


def test_one_acts_where_the_probability_is_above_the_ratio_of_cost_to_loss():
    acts = probability_parts(np.array([0.30001]), np.array([True]), np.array([True]))["act"][0]
    assert acts.tolist() == [float(cost < 0.30001) for cost in COST_LOSS]


def honest(count=4000, seed=0):
    rng = np.random.default_rng(seed)
    median = 60 * np.exp(0.6 * rng.standard_normal(count))
    quantiles = median[:, None] * np.exp(0.4 * norm.ppf(LEVELS))
    return quantiles, median * np.exp(0.4 * rng.standard_normal(count))


def spread(quantiles, observed):
    held = np.ones(len(observed), dtype=bool)
    return distribution_parts(quantiles, observed, exceedance(quantiles, 150.0), held, 0.3)


def test_intervals_of_an_honest_forecast_hold_what_they_say_and_its_ranks_are_even():
    sums = summed(spread(*honest()))
    found = distribution_scores(sums)
    for share in (50, 80, 90):
        assert float(found[f"coverage{share}"]) == pytest.approx(share / 100, abs=0.02)
    assert float(found["coverage80_high"]) == pytest.approx(0.8, abs=0.06)
    assert sums["pit"] / 4000 == pytest.approx(np.full(10, 0.1), abs=0.02)


def test_a_forecast_too_sure_of_itself_covers_too_little_and_its_ranks_pile_up_at_the_ends():
    quantiles, observed = honest()
    median = quantiles[:, 10:11]
    sums = summed(spread(median * (quantiles / median) ** 0.4, observed))
    assert float(distribution_scores(sums)["coverage80"]) < 0.5
    assert sums["pit"][[0, 9]].min() > 2 * sums["pit"][[4, 5]].max()


def test_the_score_of_a_whole_distribution_is_near_that_of_many_members():
    quantiles, observed = honest(300)
    median = quantiles[:, 10]
    exact = scoringrules.crps_lognormal(observed, np.log(median), 0.4)
    assert float(distribution_scores(summed(spread(quantiles, observed)))["crps"]) == pytest.approx(
        exact.mean(), rel=0.02
    )


def test_a_forecast_too_low_has_its_observations_in_the_last_class():
    quantiles, _ = honest(50)
    assert summed(spread(quantiles, quantiles[:, -1] + 1))["pit"].tolist() == [*[0] * 9, 50]
