"""Hindcasts: methods beside each other on days they were not trained on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from airshed.errors import BadInput
from airshed.forecast import exceedance, hindcast, interval, perfect, samples, train_methods
from airshed.forecast.hindcast import warning_threshold
from airshed.forecast.methods import METHODS
from airshed.forecast.methods.base import Prediction
from airshed.forecast.methods.climatology import day_of_year
from airshed.forecast.methods.conformal import folds
from airshed.forecast.methods.dressing import dress
from airshed.forecast.methods.late import late_errors, recent_error
from forecast.made import TEST, TRAIN, days_of, made_panel


def test_ridge_knows_more_than_climatology_and_persistence_where_the_law_is_linear() -> None:
    panel = made_panel()
    made = hindcast(
        panel, perfect(panel), ["persistence", "climatology", "ridge"], "pm25", [1, 3], TRAIN, TEST
    )
    error = np.sqrt(((made["mean"] - made["observed"]) ** 2).mean(["issue", "place"]))
    assert (error[2] < 0.6 * error[1]).all()
    assert (error[2] < 0.6 * error[0]).all()
    low, high = interval(made["quantiles"].values[2])
    held = ((made["observed"].values >= low) & (made["observed"].values <= high))[np.isfinite(low)]
    assert 0.68 < held.mean() < 0.92


def test_a_hindcast_holds_each_target_day_of_the_test_once_a_lead() -> None:
    panel = made_panel(2)
    made = hindcast(panel, perfect(panel), ["persistence"], "pm25", [1, 5], TRAIN, TEST)
    assert made["mean"].dims == ("method", "issue", "lead", "place")
    known = np.isfinite(made["mean"].values[0]).sum(axis=0)
    assert (known == (TEST[1] - TEST[0]).days + 1).all()
    day = np.datetime64("2015-01-10")
    was = panel["pm25"].sel(day=day).values
    np.testing.assert_array_equal(made["mean"].sel(lead=5, issue=day).values[0], was)
    np.testing.assert_array_equal(made["observed"].sel(lead=5, issue=day - 5).values, was)


def test_the_same_training_twice_is_the_same_to_the_last_digit() -> None:
    panel = made_panel(days=400)
    given = samples(panel, perfect(panel), "pm25", 2, days_of(panel)[:-2])
    one, two = (METHODS["boosting"].fit(given).predict(given) for _ in range(2))
    np.testing.assert_array_equal(one.quantiles, two.quantiles)


def test_an_unknown_method_is_refused_with_the_names_of_those_there_are() -> None:
    panel = made_panel()
    with pytest.raises(BadInput, match="persistence"):
        train_methods(panel, perfect(panel), ["oracle"], "pm25", [1], TRAIN)


def test_no_day_within_ten_days_of_a_held_out_block_is_learnt_from() -> None:
    days = np.arange("2013-03-01", "2015-03-01", dtype="datetime64[D]")
    held_once = np.zeros(len(days), dtype=int)
    for kept, held in folds(days):
        held_once += held
        apart = np.abs((days[kept][:, None] - days[held][None, :]).astype(int)).min(axis=1)
        assert apart.min() > 10
    assert (held_once == 1).all()


def test_the_dressing_of_a_biased_forecast_takes_the_bias_out() -> None:
    generator = np.random.default_rng(1)
    point = np.exp(generator.normal(4, 0.7, 4000))
    observed = point * 1.5 * np.exp(generator.normal(0, 0.3, 4000))
    made = dress(point, observed).around(point)
    assert made.mean.mean() == pytest.approx(observed.mean(), rel=0.02)
    low, high = interval(made.quantiles)
    wider = (
        2 * norm.cdf(1.08 * norm.ppf(0.9)) - 1
    )  # for a year never seen: 83 % of those like the ones it learnt from
    assert ((observed >= low) & (observed <= high)).mean() == pytest.approx(wider, abs=0.02)
    assert (np.diff(made.quantiles, axis=1) >= 0).all()


def test_the_threshold_of_a_warning_is_where_calling_it_pays_most() -> None:
    """A forecast that is right as to the probability: the best threshold of the index lies below one half."""
    generator = np.random.default_rng(2)
    centre = generator.normal(100, 40, 5000)
    levels = np.array([0.01, *(n / 20 for n in range(1, 20)), 0.99])
    quantiles = centre[:, None] + 30 * norm.ppf(levels)
    observed = centre + generator.normal(0, 30, 5000)
    threshold = warning_threshold(Prediction(centre, quantiles), observed, 150.0)
    chance, came = exceedance(quantiles, 150.0), observed > 150

    def success(at: float) -> float:
        return ((chance > at) & came).sum() / ((chance > at) | came).sum()

    assert threshold < 0.5
    assert success(threshold) > max(success(p) for p in np.arange(0.05, 0.75, 0.01)) - 0.01


def test_late_errors_move_a_forecast_by_half_of_what_they_were() -> None:
    panel = made_panel()

    class TooLow:
        def point(self, given):  # type: ignore[no-untyped-def]
            return (given.observed + 1) / np.e**0.4 - 1

    given = samples(panel, perfect(panel), "pm25", 2, days_of(panel)[500:503])
    np.testing.assert_allclose(recent_error(late_errors(TooLow(), given), given), 0.2)


def test_the_first_of_march_is_one_day_of_the_year_in_leap_years_too() -> None:
    days = np.array(["2015-03-01", "2016-03-01", "2016-12-31", "2016-02-29"], "datetime64[D]")
    assert day_of_year(days).tolist() == [60, 60, 365, 59]
