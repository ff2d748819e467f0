"""What a forecast takes from its own last two months: its spread, by how often it missed, and nothing from later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.methods.conformal import Both, Calibrated
from airshed.forecast.methods.dressing import Dressing
from airshed.forecast.methods.late import STIFFNESS, late_errors, recent_width
from airshed.forecast.samples import RECALL, Samples, samples
from airshed.forecast.weather import perfect
from forecast.made import days_of, made_panel

LEAD, LEVEL = 2, 60.0
SPREAD = 0.3 * norm.ppf(np.asarray(QUANTILES))
NORMAL = Dressing(np.log([10.0, 500.0]), np.vstack([SPREAD, SPREAD]), np.ones(2))
"""The same spread at every level: 80 % within a factor of 1.47."""


class Level:
    """A model that always says the same."""

    def point(self, rows: Samples) -> np.ndarray:
        return np.full(len(rows), LEVEL)


def given(missed: float, *, after: float | None = None) -> Samples:
    """Rows of one issue whose last sixty days missed the interval in that share, and those after it in another."""
    panel = made_panel()
    one = samples(panel, perfect(panel), "pm25", LEAD, days_of(panel)[500:502])
    assert one.past is not None
    number = (one.past.valid - one.past.valid.min()).astype(int) % 10
    off = np.where(number < 10 * missed, 3.0, 1.0)
    if after is not None:
        off = np.where(one.past.valid > one.issue[0], np.where(number < 10 * after, 3.0, 1.0), off)
    return replace(one, past=replace(one.past, observed=LEVEL * off))


@pytest.mark.parametrize(("missed", "mean"), [(0.2, 0.2), (0.0, 0.1), (1.0, 0.6)])
def test_the_spread_follows_how_often_it_missed_half_way(missed: float, mean: float) -> None:
    rows = given(missed)
    assert rows.past is not None
    assert len(np.unique(rows.past.valid)) >= RECALL
    width = recent_width(late_errors(Level(), rows), rows, NORMAL)
    assert width[0] == pytest.approx(np.exp(STIFFNESS * (mean - 0.2)), rel=1e-6)


def test_a_normal_spread_drawn_apart_by_the_step_holds_what_was_missed() -> None:
    """Where the interval of a normal spread misses 25 %, the step for 5 % too many brings it back to 20."""
    z = norm.ppf(0.9)
    narrow = norm.ppf(0.875) / z
    held = 2 * norm.cdf(narrow * np.exp(STIFFNESS * 0.05) * z) - 1
    assert held == pytest.approx(0.8, abs=0.003)


def test_what_is_missed_after_the_issue_changes_nothing() -> None:
    calm, wild = given(0.0, after=0.0), given(0.0, after=1.0)
    first = calm.issue == calm.issue[0]
    widths = [recent_width(late_errors(Level(), one), one, NORMAL)[first] for one in (calm, wild)]
    np.testing.assert_array_equal(*widths)


def test_a_day_without_a_value_was_neither_held_nor_missed() -> None:
    rows = given(0.0)
    assert rows.past is not None
    blank = replace(rows, past=replace(rows.past, observed=np.full(len(rows.past), np.nan)))
    assert recent_width(late_errors(Level(), blank), blank, NORMAL) == pytest.approx(1.0)


def test_a_forecast_under_forecast_weather_keeps_the_spread_of_its_training() -> None:
    rows = given(1.0)
    empty = np.empty(0)

    def ratio(model: Level | Both) -> float:
        made = Calibrated(model, NORMAL, empty, empty).predict(rows).quantiles
        return float(np.log((made[0, -3] + 1) / (made[0, 2] + 1)) / (SPREAD[-3] - SPREAD[2]))

    assert ratio(Both(Level(), Level())) == pytest.approx(1.0)
    assert ratio(Level()) == pytest.approx(np.exp(STIFFNESS * 0.4))
