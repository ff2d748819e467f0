"""What a forecast refuses, and the reason it gives."""

from __future__ import annotations

import numpy as np
import pytest

from airshed.errors import BadInput
from airshed.forecast import hindcast, no_forecast, perfect, samples, train_methods
from airshed.forecast.checks import check_issue, check_levels, check_panel, cleaned, medians
from airshed.forecast.methods import METHODS
from forecast.made import TEST, TRAIN, days_of, made_panel

ISSUES = np.arange("2014-01-01", "2014-01-11", dtype="datetime64[D]")


@pytest.mark.parametrize("method", ["ridge", "boosting", "blend"])
def test_a_history_of_less_than_180_days_is_too_short_to_learn_from(method: str) -> None:
    panel = made_panel(days=170)
    given = samples(panel, perfect(panel), "pm25", 1, days_of(panel)[:-1])
    with pytest.raises(BadInput, match="at least 180 days"):
        METHODS[method].fit(given)


def test_climatology_wants_sixty_days() -> None:
    panel = made_panel(days=50)
    with pytest.raises(BadInput, match="at least 60 days"):
        METHODS["climatology"].fit(samples(panel, perfect(panel), "pm25", 1, days_of(panel)[:-1]))


def test_a_city_never_seen_is_refused_by_name() -> None:
    panel = made_panel(1)
    trained = train_methods(panel, perfect(panel), ["climatology", "ridge"], "pm25", [1], TRAIN)
    other = panel.assign_coords(place=["gb2260:310000"])
    given = samples(other, perfect(other), "pm25", 1, ISSUES)
    for method in ("climatology", "ridge"):
        with pytest.raises(BadInput, match="gb2260:310000"):
            trained.models[method, 1].predict(given)


def test_a_model_of_one_lead_or_weather_refuses_samples_of_another() -> None:
    panel = made_panel()
    model = train_methods(panel, perfect(panel), ["ridge"], "pm25", [1], TRAIN).models["ridge", 1]
    with pytest.raises(BadInput, match="at lead 1 d"):
        model.predict(samples(panel, perfect(panel), "pm25", 2, ISSUES))
    with pytest.raises(BadInput, match="features the model was trained on"):
        model.predict(samples(panel, no_forecast(panel), "pm25", 1, ISSUES))


def test_no_weather_reaches_no_lead() -> None:
    panel = made_panel()
    with pytest.raises(BadInput, match="weather for lead 2 d"):
        no_forecast(panel).at(ISSUES, 2)


def test_an_issue_after_the_data_end_is_refused() -> None:
    panel = made_panel()
    late = days_of(panel)[-1:] + 1
    with pytest.raises(BadInput, match="where the data end"):
        samples(panel, perfect(panel), "pm25", 1, late)
    with pytest.raises(BadInput, match="within the data"):
        check_issue(panel, late[0])
    check_issue(panel, late[0] - 1)


def test_a_lead_below_one_or_a_target_that_is_not_there_is_refused() -> None:
    panel = made_panel()
    with pytest.raises(BadInput, match="lead of at least 1 d"):
        samples(panel, perfect(panel), "pm25", 0, ISSUES)
    with pytest.raises(BadInput, match="a panel with no2"):
        samples(panel, perfect(panel), "no2", 1, ISSUES)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_a_unit_off_by_a_thousand_is_refused(factor: float) -> None:
    panel = made_panel()
    wrong = panel.assign(pm25=panel["pm25"] * factor)
    with pytest.raises(BadInput, match="with a median between"):
        check_panel(wrong, "pm25")
    with pytest.raises(BadInput, match="off by a factor of 1000"):
        check_levels(wrong, medians(panel))


def test_carbon_monoxide_in_micrograms_is_refused_beside_a_sound_target() -> None:
    panel = made_panel()
    panel["co"] = panel["pm25"] * 10
    with pytest.raises(BadInput, match="co in mg/m3"):
        check_panel(panel, "pm25")


def test_later_values_off_by_a_factor_are_refused_in_a_hindcast() -> None:
    panel = made_panel()
    panel["pm25"].values[:, days_of(panel) >= np.datetime64(TEST[0])] *= 1000
    with pytest.raises(BadInput, match="near its median in training"):
        hindcast(panel, perfect(panel), ["climatology"], "pm25", [1], TRAIN, TEST)


def test_a_flat_series_is_refused_and_a_short_run_made_missing() -> None:
    panel = made_panel()
    flat = panel.copy(deep=True)
    flat["pm25"].values[:, 100:500] = 55.0
    with pytest.raises(BadInput, match="a flat series"):
        check_panel(flat, "pm25")
    short = panel.copy(deep=True)
    short["pm25"].values[0, 100:110] = 55.0
    short["pm25"].values[0, 200:209] = 56.0
    check_panel(short, "pm25")
    missing = np.flatnonzero(np.isnan(cleaned(short)["pm25"].values[0]))
    np.testing.assert_array_equal(missing, np.arange(100, 110))


def test_a_series_flagged_for_the_most_part_is_refused() -> None:
    panel = made_panel()
    panel["pm25"].values[0, ::2] = np.nan
    panel["pm25"].values[0, 1:99:2] = np.nan
    with pytest.raises(BadInput, match="missing or flagged"):
        check_panel(panel, "pm25")


def test_a_single_spike_is_made_missing_and_an_episode_kept() -> None:
    panel = made_panel()
    panel["pm25"].values[0, 300:307] = [40, 60, 50, 5000 / 4, 45, 50, 60]
    panel["pm25"].values[0, 400:404] = [300, 420, 480, 350]
    found = cleaned(panel)["pm25"].values[0]
    assert np.isnan(found[303])
    assert np.isfinite(found[400:404]).all()
