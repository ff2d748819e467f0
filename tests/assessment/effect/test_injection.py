"""The gate: known effects in windows chosen by forecast peaks are found as often as they should be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from airshed.assessment.effect import Caller, days_of, gate, inject, summary
from airshed.assessment.effect.injection import called_windows, made_forecast
from airshed.law import Book
from airshed.observations.panel import days_panel, read_rows
from airshed.places import Gazetteer
from airshed.quantities import BEIJING
from assessment.effect.made import days_panel_of
from conftest import shared_data

PRSA = "air_quality/prsa_beijing_12sites_hourly_20130301_20160229.parquet"


def test_windows_are_called_where_the_forecast_is_high_and_last_three_to_nine_days() -> None:
    days = days_of(days_panel_of(), "pm25")
    caller = Caller()
    windows = called_windows(days.value, caller)
    high = np.quantile(days.value, caller.quantile)
    assert all(days.value[first] > high for first, _ in windows)
    assert {until - first for first, until in windows} <= set(range(3, 10))
    assert all(b[0] - a[1] >= 3 for a, b in pairwise(windows))


def test_a_forecast_without_error_is_what_weather_says_and_with_full_insight_what_came() -> None:
    days = days_of(days_panel_of(), "pm25")
    expected, dice = np.full(len(days), 50.0), np.random.default_rng(1)
    assert np.allclose(made_forecast(expected, days.value, Caller(error=0), dice), expected)
    assert np.allclose(made_forecast(expected, days.value, Caller(error=0, insight=1), dice), days.value)


def test_an_injection_changes_its_window_alone() -> None:
    days = days_of(days_panel_of(), "pm25")
    cut = inject(days, (100, 105), -0.3)
    assert np.allclose(cut.value[100:105], 0.7 * days.value[100:105])
    assert np.array_equal(np.delete(cut.value, range(100, 105)), np.delete(days.value, range(100, 105)))


def test_in_made_air_thirty_per_cent_is_found_more_often_than_fifteen_and_nought() -> None:
    days = [days_of(days_panel_of(seed=seed), "pm25") for seed in (5, 6)]
    rows = gate(days, Caller(), np.random.default_rng(2), per_series=15)
    found = summary(rows)
    nought, fifteen, thirty = found["rejected"].to_list()
    assert nought <= 0.2
    assert nought < fifteen < thirty
    assert found["covered"].min() >= 0.6
    assert found["bias"].abs().max() < 0.08


@pytest.mark.slow
def test_on_the_real_series_the_size_is_three_to_eight_per_cent_and_intervals_cover() -> None:
    gazetteer = Gazetteer.load()
    panel = days_panel(read_rows("prsa", [shared_data(PRSA)], gazetteer), gazetteer, Book.load(), BEIJING)
    series = [days_of(panel, name) for name in ("pm25", "pm10", "so2", "no2", "co", "o3_mda8")]
    rows = pl.concat([gate(series, Caller(), np.random.default_rng(seed)) for seed in (1, 2)])
    found = summary(rows)
    assert found["windows"].min() > 500
    assert 0.03 <= found.filter(pl.col("effect") == 0)["rejected"].item() <= 0.08
    assert found["covered"].is_between(0.75, 0.88).all()
    assert found["bias"].abs().max() < 0.04
    power = found["rejected"].to_list()
    assert power == sorted(power)
