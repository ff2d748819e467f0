"""Stagnation: the wind that goes nowhere, the layer that is not ventilated, the day that counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from airshed.errors import BadInput
from airshed.meteorology.assemble import weather_from
from airshed.meteorology.stagnation import Stillness, recirculation, stagnation, ventilation
from meteorology.raw_samples import GRID, raw_state

SPEEDS = hn.arrays(float, (24, 2), elements=st.floats(-30, 30))


@pytest.fixture(scope="module")
def weather():
    """From 00 UTC of the 1st of January to 12 UTC of the 3rd, without rain."""
    made = weather_from(raw_state(hours=60, noise=0.0), GRID)
    made["precipitation"] = made["precipitation"] * 0.0
    return made


def blowing(weather, speed, height):
    """The same weather with one wind [m s-1] everywhere and one mixing height [m]."""
    still = weather.copy(deep=True)
    still["u"], still["v"] = weather["u"] * 0 + speed, weather["v"] * 0
    still["mixing_height"] = weather["mixing_height"] * 0 + height
    return still


def test_a_straight_wind_of_3_metres_a_second_runs_259_kilometres_a_day_and_does_not_turn():
    run, turned = recirculation(np.full(24, 3.0), np.zeros(24))
    assert run == pytest.approx(259_200.0)
    assert turned == 0.0


def test_a_breeze_that_turns_at_noon_comes_home():
    run, turned = recirculation(np.repeat([2.0, -2.0], 12), np.zeros(24))
    assert run == pytest.approx(172_800.0)
    assert turned == 1.0


def test_a_wind_that_turns_by_a_right_angle_takes_back_29_percent():
    u, v = np.repeat([1.0, 0.0], 12), np.repeat([0.0, 1.0], 12)
    assert recirculation(u, v)[1] == pytest.approx(1 - 1 / np.sqrt(2))


def test_calm_air_stays_where_it_is():
    assert recirculation(np.zeros(24), np.zeros(24)) == (0.0, 1.0)


@given(SPEEDS, SPEEDS)
def test_recirculation_lies_between_straight_and_home(u, v):
    run, turned = recirculation(u, v)
    assert (run >= 0).all()
    assert ((turned >= 0) & (turned <= 1)).all()


def test_ventilation_is_height_times_wind(weather):
    found = ventilation(blowing(weather, 4.0, 500.0))
    np.testing.assert_allclose(found["ventilation"], 2000.0)
    np.testing.assert_allclose(found["wind_mixed"], 4.0)


def test_only_the_layers_within_the_mixing_height_ventilate(weather):
    shallow = blowing(weather, 1.0, 70.0)
    shallow["u"][:, 1:] = 7.0
    found = ventilation(shallow)
    np.testing.assert_allclose(found["wind_mixed"], (40 * 1.0 + 30 * 7.0) / 70)
    night = blowing(weather, 1.0, 15.0)
    night["u"][:, 1:] = 7.0
    np.testing.assert_allclose(ventilation(night)["wind_mixed"], 1.0)


def test_mixing_takes_hours_under_little_exchange(weather):
    quiet = blowing(weather, 1.0, 150.0)
    quiet["kz"] = quiet["kz"] * 0 + 0.1
    np.testing.assert_allclose(ventilation(quiet)["mixing_time"], 150.0**2 / 0.1 / 3600)


def test_only_whole_local_days_count(weather):
    # from 00 UTC of the 1st to 12 UTC of the 3rd, at UTC+8 from 8 h to 20 h
    days = stagnation(weather, utc_offset=8.0)["day"].values.astype("datetime64[D]").astype(str)
    assert days.tolist() == ["2015-01-02"]
    days = stagnation(weather, utc_offset=0.0)["day"].values.astype("datetime64[D]").astype(str)
    assert days.tolist() == ["2015-01-01", "2015-01-02"]


def test_a_day_is_made_of_its_own_hours(weather):
    marked = blowing(weather, 1.0, 300.0)
    marked["precipitation"][15] = 5.0  # 23 h local time of the 1st
    marked["precipitation"][16] = 3.0  # 0 h of the 2nd
    marked["precipitation"][39] = 0.5  # 23 h of the 2nd
    marked["precipitation"][40] = 7.0  # 0 h of the 3rd
    np.testing.assert_allclose(stagnation(marked)["precipitation"].values[0], 3.5)


@pytest.mark.parametrize(
    ("speed", "height", "rain", "stagnant"),
    [
        (1.5, 1000.0, 0.0, True),  # 129.6 km, 1500 m2/s, dry
        (1.51, 1000.0, 0.0, False),  # 130.5 km
        (1.5, 4000.0, 0.0, True),  # 6000 m2/s, the bound itself
        (1.5, 4001.0, 0.0, False),
        (1.5, 1000.0, 1.0, False),  # 1 mm in the day
        (1.5, 1000.0, 0.99, True),
    ],
)
def test_a_day_is_stagnant_when_slow_unventilated_and_dry(weather, speed, height, rain, stagnant):
    day = blowing(weather, speed, height)
    day["precipitation"][20] = rain
    assert (stagnation(day)["stagnant"].values == stagnant).all()


def test_a_fresh_straight_wind_ventilates(weather):
    found = stagnation(blowing(weather, 6.0, 800.0))
    assert found["ventilated"].values.all()
    assert not found["stagnant"].values.any()
    assert not found["recirculating"].values.any()


def test_a_run_that_just_reaches_the_bound_is_stagnant(weather):
    day = blowing(weather, 1.5, 500.0)
    assert stagnation(day, stillness=Stillness(wind_run=129_600.0))["stagnant"].values.all()
    assert not stagnation(day, stillness=Stillness(wind_run=129_599.0))["stagnant"].values.any()


def test_the_bounds_may_be_changed(weather):
    day = blowing(weather, 2.0, 500.0)
    assert not stagnation(day)["stagnant"].values.any()
    assert stagnation(day, stillness=Stillness(wind_run=200e3))["stagnant"].values.all()


def test_less_than_a_day_is_refused(weather):
    with pytest.raises(BadInput, match="whole local day"):
        stagnation(weather.isel(time=slice(0, 20)))
