"""Nothing after the issue day enters a forecast but the weather that was forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast import ForecastWeather, hindcast, no_forecast, perfect, samples, train_methods
from airshed.forecast.degraded import degraded
from airshed.forecast.weather import weather_of
from forecast.made import TRAIN, days_of, made_panel

ISSUE = np.datetime64("2014-12-20")


def planted(panel: xr.Dataset) -> xr.Dataset:
    """The panel with everything after the issue day changed, up to what no day ever had."""
    later = panel["day"].values.astype("datetime64[D]") > ISSUE
    changed = panel.copy(deep=True)
    for name in changed.data_vars:
        changed[name].values[:, later] = changed[name].values[:, later] * 3 + 77
    return changed


def as_issued(panel: xr.Dataset, leads: int = 3) -> ForecastWeather:
    """Weather kept as it was forecast on each day: the truth of before the planting."""
    weather = degraded(panel, days_of(panel)[:-leads], [leads], 5)
    return replace(weather, kind="archive")


@pytest.mark.parametrize("kind", ["none", "archive"])
def test_a_planted_future_changes_no_forecast(kind: str) -> None:
    panel = made_panel(2)
    changed = planted(panel)
    before = no_forecast(panel) if kind == "none" else as_issued(panel)
    after = replace(before, observed=weather_of(changed))
    methods = ["persistence", "climatology", "ridge"] if kind == "none" else ["blend"]
    here, there = (
        train_methods(p, w, methods, "pm25", [2], TRAIN) for p, w in ((panel, before), (changed, after))
    )
    for method in methods:
        given = samples(panel, before, "pm25", 2, np.array([ISSUE]), with_observed=False)
        other = samples(changed, after, "pm25", 2, np.array([ISSUE]), with_observed=False)
        one, two = here.models[method, 2].predict(given), there.models[method, 2].predict(other)
        np.testing.assert_array_equal(one.quantiles, two.quantiles)
        np.testing.assert_array_equal(one.mean, two.mean)


def test_the_rows_a_model_sees_its_own_errors_on_end_with_the_issue_day() -> None:
    panel = made_panel()
    changed = planted(panel)
    one, two = (samples(p, perfect(p), "pm25", 3, np.array([ISSUE])).past for p in (panel, changed))
    assert one is not None
    assert two is not None
    assert one.valid.max() == ISSUE
    np.testing.assert_array_equal(one.features, two.features)
    np.testing.assert_array_equal(one.observed, two.observed)


def test_a_planted_future_does_change_a_perfect_prognosis_which_is_why_it_is_none() -> None:
    panel = made_panel()
    one, two = (samples(p, perfect(p), "pm25", 2, np.array([ISSUE])) for p in (panel, planted(panel)))
    assert not np.array_equal(one.features, two.features)


def test_training_looks_at_nothing_after_its_period() -> None:
    panel = made_panel()
    changed = panel.copy(deep=True)
    later = days_of(panel) > np.datetime64(TRAIN[1])
    changed["pm25"].values[:, later] = 999
    one, two = (train_methods(p, no_forecast(panel), ["ridge"], "pm25", [1], TRAIN) for p in (panel, changed))
    given = samples(panel, no_forecast(panel), "pm25", 1, np.array([np.datetime64("2014-10-30")]))
    left, right = one.models["ridge", 1].predict(given), two.models["ridge", 1].predict(given)
    np.testing.assert_array_equal(left.quantiles, right.quantiles)
    assert one.thresholds == two.thresholds
    assert one.digest == two.digest


def test_a_test_period_may_not_begin_within_the_training() -> None:
    panel = made_panel()
    with pytest.raises(BadInput, match="after the training's end"):
        hindcast(panel, perfect(panel), ["climatology"], "pm25", [1], TRAIN, (TRAIN[1], TRAIN[1]))
