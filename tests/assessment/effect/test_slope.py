"""Trends of months: the slope of a line is its slope, and memory is no trend."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from airshed.assessment.effect import slope
from airshed.assessment.effect.slope import annual_trend, without_season
from airshed.errors import BadInput
from airshed.law import Book

MONTHS = np.datetime64("2013-03") + np.arange(48)
YEARS = np.arange(48) / 12


def test_a_line_beneath_a_season_has_its_slope_found() -> None:
    values = 80 - 4 * YEARS + 30 * np.cos(2 * np.pi * YEARS)
    held = {"sen": 0, "blocks": 0}
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=48)
        found = slope(MONTHS, values + noise, np.random.default_rng(2))
        assert found.per_year == pytest.approx(-4, abs=0.5)
        assert found.verdict == "fall"
        held["sen"] += found.low < -4 < found.high
        held["blocks"] += found.block_low < -4 < found.block_high
    assert min(held.values()) >= 14
    assert found.percent == pytest.approx(100 * found.per_year / (values + noise).mean())


def test_taking_the_season_off_keeps_the_line() -> None:
    line = 5 + 3 * YEARS
    assert without_season(YEARS, line + 9 * np.sin(2 * np.pi * YEARS)) == pytest.approx(line)


def test_memory_alone_is_called_a_trend_less_often_when_it_is_allowed_for() -> None:
    generator = np.random.default_rng(3)
    plain = corrected = 0
    for _ in range(40):
        series = np.zeros(48)
        for month in range(1, 48):
            series[month] = 0.6 * series[month - 1] + generator.normal()
        found = slope(MONTHS, 50 + series, np.random.default_rng(1))
        plain += found.p_plain <= 0.05
        corrected += found.p <= 0.05
    assert corrected < plain


def test_theil_and_sen_are_the_median_of_all_slopes_of_pairs() -> None:
    values = 60 - 2 * YEARS + np.random.default_rng(5).normal(size=48)
    level = without_season(YEARS, values)
    pairs = [(level[j] - level[i]) / (YEARS[j] - YEARS[i]) for i in range(48) for j in range(i + 1, 48)]
    assert slope(MONTHS, values, np.random.default_rng(1)).per_year == pytest.approx(np.median(pairs))
    assert stats.theilslopes(level, YEARS).slope == pytest.approx(np.median(pairs))


def test_fewer_than_two_years_of_months_are_refused() -> None:
    with pytest.raises(BadInput, match="24 months"):
        slope(MONTHS[:23], np.arange(23.0), np.random.default_rng(1))


def test_the_laws_own_test_holds_its_tongue_under_five_years() -> None:
    from datetime import date

    rule = Book.load().nearest("trend", date(2015, 12, 31), ("cn",))
    assert annual_trend({2013: 90, 2014: 80, 2015: 70}, rule).verdict == "too few years"
    assert annual_trend({y: 100.0 - y % 10 for y in range(2013, 2019)}, rule).verdict == "fall"
