"""What an event's days would have been: weather alone tells it, and placebo windows judge it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.assessment.effect import Days, counterfactual, days_of, event_effect, placebo_windows, ranked
from airshed.assessment.effect.kernel import GRID, chosen, fitted, likeness
from airshed.errors import BadInput, UnknownPlace, UnknownVariable
from assessment.effect.made import FIRST, days_panel_of

START = date(2014, 11, 3)
UNTIL = date(2014, 11, 12)


@cache
def days() -> Days:
    return days_of(days_panel_of(), "pm25")


def position(day: date) -> int:
    return (day - FIRST).days


def with_event(share: float) -> Days:
    value = days().value.copy()
    value[position(START) : position(UNTIL)] *= 1 + share
    return replace(days(), value=value)


def test_what_was_measured_during_an_event_does_not_change_what_would_have_been() -> None:
    generator = np.random.default_rng(1)
    value = days().value.copy()
    value[position(START) : position(UNTIL)] *= generator.lognormal(0, 2, position(UNTIL) - position(START))
    leaking = event_effect(replace(days(), value=value), START, UNTIL)
    assert np.array_equal(leaking.by_day, event_effect(days(), START, UNTIL).by_day)


def test_another_pollutant_in_the_panel_does_not_change_what_would_have_been() -> None:
    panel = days_panel_of()
    planted = panel.assign(no2=panel["pm25"] * 2)
    one, other = (event_effect(days_of(p, "pm25"), START, UNTIL) for p in (panel, planted))
    assert np.array_equal(one.by_day, other.by_day)
    assert set(days_of(panel, "pm25").names) == {"temperature", "wind_speed", "dew_point"}


def test_a_cut_of_two_fifths_is_found_outside_the_placebo_band() -> None:
    found = event_effect(with_event(-0.4), START, UNTIL)
    assert found.verdict == "fall"
    assert found.percent == pytest.approx(-40, abs=12)
    assert found.interval[0] < found.percent < found.interval[1]
    assert found.percent < found.band[0]
    assert found.ranked.rank == 1


def test_no_event_is_not_detectable() -> None:
    assert event_effect(days(), START, UNTIL).verdict == "not detectable"


def test_an_effect_inside_the_placebo_band_is_never_called_detectable() -> None:
    placebos = np.linspace(-0.3, 0.3, 39)
    for mine in np.linspace(-0.5, 0.5, 101):
        found = ranked(mine, placebos)
        inside = found.band[0] <= found.effect <= found.band[1]
        assert not (inside and found.detectable)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_among_forty_windows_without_an_event_two_are_rejected_at_five_per_cent(seed: int) -> None:
    everyone = np.random.default_rng(seed).normal(size=40)
    rejected = [ranked(everyone[n], np.delete(everyone, n)).p <= 0.05 for n in range(40)]
    assert sum(rejected) == 2


def test_leaving_out_in_closed_form_is_fitting_anew_without_the_window() -> None:
    model = fitted(days(), GRID[0])
    first, until = 400, 409
    anew = fitted(days(), GRID[0], [(first, until)])
    # Level, scale and the way back are taken over, so that only the leaving out differs.
    kernel, rows = likeness(days(), GRID[0]), anew.rows
    target = (np.log(days().value[rows]) - model.level) / model.scale
    table = kernel[np.ix_(rows, rows)] + GRID[0].noise * np.eye(len(rows))
    raw = kernel[np.ix_(np.arange(first, until), rows)] @ np.linalg.solve(table, target)
    assert model.without(first, until) == pytest.approx(
        model.unlogged(model.level + model.scale * raw), rel=1e-6
    )


def test_the_way_back_from_the_logarithm_keeps_the_mean() -> None:
    model = fitted(days(), chosen(days()))
    assert model.blocked[model.rows].mean() == pytest.approx(days().value[model.rows].mean(), rel=1e-6)
    assert model.skill > 0.6


def test_twice_the_concentration_is_the_same_effect() -> None:
    doubled = replace(days(), value=2 * days().value)
    one, other = event_effect(days(), START, UNTIL), event_effect(doubled, START, UNTIL)
    assert other.percent == pytest.approx(one.percent, abs=1e-6)
    assert other.counterfactual == pytest.approx(2 * one.counterfactual)


@pytest.mark.parametrize("rule", ["any", "peaks"])
def test_placebo_windows_touch_neither_the_event_nor_one_another(rule: str) -> None:
    event = position(START), position(UNTIL)
    found = event_effect(days(), START, UNTIL, rule, others=[(date(2015, 1, 1), date(2015, 1, 10))])  # type: ignore[arg-type]
    starts = np.sort([position(d.astype(date)) for d in found.placebo_days])
    assert (np.diff(starts) > 9).all()
    for first, until in (event, (position(date(2015, 1, 1)), position(date(2015, 1, 10)))):
        assert not ((starts < until) & (starts + 9 > first)).any()
    assert (len(starts) + 1) % 20 == 0


def test_placebo_windows_of_an_alert_peak_as_high_as_its_forecast() -> None:
    forecast = days().value
    peak = int(np.argmax(forecast[50:-50])) + 50
    event = peak - 2, peak + 3
    present = np.ones(len(forecast), dtype=bool)
    told = [
        np.mean([forecast[s : s + 5].max() for s in placebo_windows(forecast, present, event, rule).starts])  # type: ignore[arg-type]
        for rule in ("any", "peaks")
    ]
    assert told[1] > 1.3 * told[0]


def test_a_forecast_archive_decides_where_it_is_given() -> None:
    generator = np.random.default_rng(3)
    event = (position(START), position(UNTIL))
    settings_ = GRID[2]
    forecast = days().value * generator.lognormal(0, 0.6, len(days()))
    own = counterfactual(days(), event, "peaks", settings_)
    archived = counterfactual(days(), event, "peaks", settings_, forecast=forecast)
    assert np.array_equal(own.by_day, archived.by_day)
    assert set(own.starts) != set(archived.starts)


def test_what_cannot_be_answered_is_refused_with_the_reason() -> None:
    panel = days_panel_of()
    with pytest.raises(BadInput, match="history of a year"):
        event_effect(days_of(panel.isel(day=slice(0, 300)), "pm25"), date(2013, 10, 1), date(2013, 10, 5))
    with pytest.raises(BadInput, match="an event within"):
        event_effect(days(), date(2017, 1, 1), date(2017, 1, 5))
    with pytest.raises(BadInput, match="effect trend"):
        event_effect(days(), date(2014, 1, 1), date(2014, 6, 1))
    with pytest.raises(BadInput, match="an event of 1"):
        event_effect(days(), START, START)
    with pytest.raises(BadInput, match="flat"):
        days_of(panel.assign(pm25=panel["pm25"] * 0 + 5), "pm25")
    with pytest.raises(BadInput, match="weather"):
        days_of(panel.drop_vars("wind_speed"), "pm25")
    with pytest.raises(UnknownVariable):
        days_of(panel, "unobtainium")
    with pytest.raises(UnknownVariable):
        days_of(panel, "temperature")
    with pytest.raises(UnknownPlace):
        days_of(panel, "pm25", "gb2260:999999")


def test_an_event_without_values_is_refused() -> None:
    value = days().value.copy()
    value[position(START) : position(UNTIL) - 2] = np.nan
    with pytest.raises(BadInput, match="two thirds"):
        event_effect(replace(days(), value=value), START, UNTIL)


def test_until_is_the_first_day_that_no_longer_counts() -> None:
    found = event_effect(days(), START, UNTIL)
    assert found.days[-1].astype(date) == UNTIL - timedelta(days=1)
    assert len(found.days) == 9
