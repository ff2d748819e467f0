"""The engine's forecast corrected by its own record: a running bias and analogs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.forecast.correction import analog_bias, filtered_bias, nearest
from airshed.forecast.methods.engine import COLUMNS, Engine, with_engine
from airshed.forecast.samples import samples
from airshed.forecast.weather import no_forecast


@given(st.floats(-2, 2), st.floats(0.01, 1))
def test_a_constant_error_is_learnt_in_full(error, ratio):
    assert filtered_bias(np.full(400, error), ratio)[-1] == pytest.approx(error, abs=1e-2)


def test_the_filter_follows_a_bias_that_changes_and_smooths_one_that_does_not():
    noise = np.random.default_rng(0).standard_normal(2000) * 0.3
    assert filtered_bias(noise)[200:].std() < 0.5 * noise.std()
    step = np.concatenate([np.zeros(50), np.ones(50)])
    found = filtered_bias(step)
    assert abs(found[49]) < 0.01
    assert found[60] > 0.85


def test_a_day_without_observation_leaves_the_bias_and_makes_the_next_one_count_more():
    gap, whole = np.array([0.5, np.nan, np.nan, 1.0]), np.array([0.5, 0.26, 0.26, 1.0])
    found = filtered_bias(gap)
    assert found[0] == found[1] == found[2]
    assert found[3] - found[2] > filtered_bias(whole)[3] - filtered_bias(whole)[2]


def test_analogs_are_the_most_alike_with_the_nearest_last():
    past = np.arange(50.0)[:, None]
    assert nearest(np.array([[20.0]]), past, 3)[0].tolist()[-1] == 20
    assert sorted(nearest(np.array([[20.0]]), past, 3)[0]) == [19, 20, 21]


def test_analogs_know_an_error_that_depends_on_the_forecast():
    rng = np.random.default_rng(1)
    past = rng.uniform(3, 5, (400, 1))
    errors = np.where(past[:, 0] > 4, 0.5, -0.5) + 0.05 * rng.standard_normal(400)
    assert analog_bias(np.array([[4.8], [3.2]]), past, errors) == pytest.approx([0.5, -0.5], abs=0.08)


def air(days: int = 240, places: int = 3) -> tuple[xr.Dataset, xr.DataArray]:
    """Observed PM2.5 and an engine that is too low, the more so the dirtier the air, with a bias that drifts."""
    rng = np.random.default_rng(4)
    shared = np.cumsum(rng.standard_normal(days)) * 0.1
    log = 4 + 0.6 * np.sin(np.arange(days) / 3)[None] + 0.3 * rng.standard_normal((places, days))
    observed = np.exp(log)
    engine = np.exp(
        log - 0.4 - 0.3 * (log - 4) - 0.5 * np.sin(np.arange(days) / 40)[None] * 0.6 + 0.02 * shared
    )
    engine = engine * np.exp(0.15 * rng.standard_normal((places, days)))
    day = (np.datetime64("2015-01-01") + np.arange(days).astype("timedelta64[D]")).astype("datetime64[ns]")
    coords = {"place": np.array([f"p{n}" for n in range(places)], dtype=object), "day": day}
    wind = 3 + rng.random(observed.shape)
    fields = {"pm25": (("place", "day"), observed), "wind_speed": (("place", "day"), wind)}
    panel = xr.Dataset(fields, coords, {"utc_offset": 8})
    return panel, xr.DataArray(engine, coords, ("place", "day"))


def rows(panel: xr.Dataset, engine: xr.DataArray, first: int, last: int):
    issues = panel["day"].values[first:last].astype("datetime64[D]")
    return with_engine(samples(panel, no_forecast(panel), "pm25", 1, issues), engine)


def test_the_correction_beats_the_raw_engine_on_days_it_has_not_seen():
    panel, engine = air()
    fitted = Engine().fit(rows(panel, engine, 0, 160))
    test = rows(panel, engine, 160, 239)
    made = fitted.predict(test)
    raw = np.expm1(test.column(COLUMNS[0]))

    def rmse(forecast):
        return float(np.sqrt(np.nanmean((forecast - test.observed) ** 2)))

    assert rmse(made.mean) < 0.8 * rmse(raw)
    low, high = made.quantiles[:, 2], made.quantiles[:, 18]
    assert 0.65 < ((test.observed >= low) & (test.observed <= high)).mean() < 0.95


def test_the_future_of_engine_or_monitor_changes_no_earlier_correction():
    panel, engine = air()
    fitted = Engine().fit(rows(panel, engine, 0, 160))
    before = fitted.predict(rows(panel, engine, 160, 200)).mean
    panel["pm25"][:, 201:] *= 7
    engine[:, 202:] *= 7
    assert fitted.predict(rows(panel, engine, 160, 200)).mean == pytest.approx(before)


def test_without_the_engines_values_or_with_too_few_days_the_method_refuses():
    panel, engine = air()
    issues = panel["day"].values[:100].astype("datetime64[D]")
    with pytest.raises(BadInput, match="samples with the engine's values"):
        Engine().fit(samples(panel, no_forecast(panel), "pm25", 1, issues))
    with pytest.raises(BadInput, match="at least 100 days of engine and observation"):
        Engine().fit(rows(panel, engine, 0, 20))


def test_so_few_days_in_a_row_that_none_could_stay_unseen_are_refused():
    panel, engine = air(places=13)
    with pytest.raises(BadInput, match="more than 24 days in a row"):
        Engine().fit(rows(panel, engine, 0, 9))
