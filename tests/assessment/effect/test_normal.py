"""A series without its weather: what weather did is taken off, what emission did stays."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from airshed.assessment.effect import Normalised, between, hours_of, months_of, normalised
from airshed.assessment.effect.normal import FORTNIGHT, draws_of
from airshed.errors import BadInput, UnknownVariable
from assessment.effect.made import PLACE, hours_panel_of


@cache
def found(fall: float) -> Normalised:
    return normalised(hours_of(hours_panel_of(fall=fall), "pm25"), 20)


def test_a_calmer_year_is_not_taken_for_a_dirtier_one() -> None:
    observed, without, corrected = between(found(0.0), 0, 1, np.random.default_rng(1))
    assert observed.percent > 15
    assert abs(without.percent) < 7
    assert abs(corrected.percent) < 7


def test_what_was_emitted_less_stays_in_the_series_without_its_weather() -> None:
    ratio = [
        (1 + between(found(0.3), 0, 1, np.random.default_rng(1))[n].percent / 100)
        / (1 + between(found(0.0), 0, 1, np.random.default_rng(1))[n].percent / 100)
        for n in range(3)
    ]
    assert ratio[0] == pytest.approx(0.7, abs=1e-9)
    assert ratio[2] == pytest.approx(0.7, abs=0.06)
    # The regression alone gives some of a change to the weather that came with it.
    assert ratio[1] == pytest.approx(0.7, abs=0.1)


def test_blocks_tell_a_lower_skill_than_random_hours() -> None:
    told = found(0.0).skill
    assert told is not None
    assert 0.3 < told.blocked <= told.random + 0.02


def test_weather_is_drawn_from_the_same_hour_within_a_fortnight_of_the_season_three_hundred_times() -> None:
    hours = hours_of(hours_panel_of(), "pm25")
    for draws in draws_of(hours, 300, np.random.default_rng(1))[::7]:
        assert (np.bincount(draws.owner, draws.weight) == 300).all()
        targets = draws.targets[draws.owner]
        assert (hours.calendar[targets, 3] == hours.calendar[draws.source, 3]).all()
        apart = np.abs(hours.calendar[targets, 1] - hours.calendar[draws.source, 1])
        assert np.minimum(apart, 365.2425 - apart).max() <= FORTNIGHT


def test_draws_are_balanced_and_the_same_seed_draws_the_same() -> None:
    hours = hours_of(hours_panel_of(), "pm25")
    one, other = (draws_of(hours, 100, np.random.default_rng(4))[3] for _ in range(2))
    assert np.array_equal(one.source, other.source)
    assert np.array_equal(one.weight, other.weight)
    for owner in (0, 100, 500):
        mine = one.weight[one.owner == owner]
        assert mine.max() - mine.min() <= 1


def test_normalising_twice_gives_the_same_figures() -> None:
    hours = hours_of(hours_panel_of(), "pm25")
    one, other = (normalised(hours, 5, with_skill=False).value for _ in range(2))
    assert np.array_equal(one, other)


def test_means_stay_means() -> None:
    series = found(0.0)
    assert np.nanmean(series.value) == pytest.approx(np.nanmean(series.hours.value), rel=0.04)


def test_months_are_means_of_their_hours() -> None:
    month, observed, without = months_of(found(0.0))
    hours = found(0.0).hours
    mine = hours.hour.astype("datetime64[M]") == month[5]
    assert observed[5] == pytest.approx(hours.value[mine].mean())
    assert len(month) == len(without)


def test_hours_that_cannot_tell_a_trend_are_refused() -> None:
    panel = hours_panel_of()
    with pytest.raises(BadInput, match="two years"):
        hours_of(panel.isel(hour=slice(0, 9000)), "pm25")
    with pytest.raises(BadInput, match="flat"):
        hours_of(panel.assign(pm25=panel["pm25"] * 0 + 3), "pm25")
    with pytest.raises(BadInput, match="weather"):
        hours_of(panel.drop_vars("temperature"), "pm25", PLACE)
    with pytest.raises(UnknownVariable):
        hours_of(panel, "so2")
    with pytest.raises(BadInput, match="two years of"):
        between(found(0.0), 0, 5, np.random.default_rng(1))
