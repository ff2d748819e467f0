"""Days of weather made of hours and of a forecast's steps."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import xarray as xr

from airshed.observations.daily_weather import DAILY_WEATHER, days_of_steps, limits, mean_of_days
from airshed.quantities import BEIJING

MIDNIGHT = np.datetime64("2015-06-01T16")  # of 2 June in Beijing
PLACE = np.array(["gb2260:110000"], dtype=object)


def hours_of(step: int = 1, first: np.datetime64 = MIDNIGHT, **series: list[float]) -> xr.Dataset:
    """An hours panel of one place; a step may stand for several hours."""
    count = len(next(iter(series.values())))
    hour = (first + step * np.arange(count)).astype("datetime64[ns]")
    fields = {n: (("place", "hour"), np.array([v], dtype=float)) for n, v in series.items()}
    return xr.Dataset(fields, {"place": PLACE, "hour": hour})


def day_of(panel: xr.Dataset, name: str, day: str = "2015-06-02", **options: object) -> float:
    return days_of_steps(panel, BEIJING, **options)[name].sel(day=day).item()


def test_calm_is_the_share_of_hours_with_light_air_at_most():
    """Beaufort's number 1 ends at 1.5 m/s: that still is light air, more is a breeze."""
    wind = [0.0] * 4 + [1.5] * 2 + [1.51] * 6 + [4.0] * 12
    assert day_of(hours_of(wind_speed=wind), "calm") == 6 / 24


def test_an_hour_without_wind_is_neither_calm_nor_windy():
    wind = [np.nan] * 4 + [1.0] * 5 + [4.0] * 15
    assert day_of(hours_of(wind_speed=wind), "calm") == 5 / 20


def test_humidity_is_that_of_the_hours_and_not_that_of_the_means():
    """Saturated nights and dry noons: the hours' mean is above what mean temperature and dew point would say."""
    warm, dew = [0.0] * 12 + [30.0] * 12, [0.0] * 24
    found = day_of(hours_of(temperature=warm, dew_point=dew), "relative_humidity")
    assert found == pytest.approx((1.0 + 0.1440) / 2, abs=2e-4)  # es(0)/es(30 degC) = 6.112/42.43 hPa: 0.144
    assert found > 0.5


def test_a_dew_point_above_the_temperature_is_saturation_and_no_more():
    assert day_of(hours_of(temperature=[5.0] * 24, dew_point=[6.0] * 24), "relative_humidity") == 1


def test_pressure_rises_from_the_first_quarter_of_the_local_day_to_its_last():
    pressure = [1000.0] * 6 + [900.0] * 12 + [1006.0] * 6
    assert day_of(hours_of(pressure=pressure), "pressure_rise") == pytest.approx(6)
    assert day_of(hours_of(pressure=pressure[::-1]), "pressure_rise") == pytest.approx(-6)


def test_without_an_hour_of_the_last_quarter_nobody_knows_whether_pressure_rose():
    assert np.isnan(day_of(hours_of(pressure=[1000.0] * 18), "pressure_rise"))
    assert day_of(hours_of(pressure=[1000.0] * 18), "pressure") == 1000
    assert day_of(hours_of(pressure=[1000.0] * 18 + [1002.0]), "pressure_rise") == pytest.approx(2)


def test_a_day_has_three_quarters_of_its_steps_or_what_is_asked_of_a_part_of_it():
    seventeen, eighteen = ([10.0] * n for n in (17, 18))
    assert np.isnan(day_of(hours_of(temperature=seventeen), "temperature"))
    assert day_of(hours_of(temperature=eighteen), "temperature") == 10
    begun = {date(2015, 6, 2): 0.5}
    assert day_of(hours_of(temperature=[10.0] * 12), "temperature", partial=begun) == 10
    assert np.isnan(day_of(hours_of(temperature=[10.0] * 11), "temperature", partial=begun))


def test_steps_of_three_hours_are_eight_a_day():
    found = days_of_steps(hours_of(3, temperature=[1.0] * 6 + [9.0] * 2), BEIJING, steps=8)
    assert found["temperature"].item() == 3
    assert found["temperature_max"].item() == 9


def test_sums_extremes_and_units():
    rain, wind = [0.5] * 24, [2.0] * 23 + [7.0]
    days = days_of_steps(hours_of(precipitation=rain, wind_speed=wind, temperature=[3.0] * 24), BEIJING)
    assert days["precipitation"].item() == 12
    assert days["wind_speed_max"].item() == 7
    assert (days["calm"].attrs["units"], days["wind_speed_max"].attrs["units"]) == ("1", "m/s")
    assert "relative_humidity" not in days  # no dew point
    assert set(days.data_vars) <= set(DAILY_WEATHER)


def test_any_variable_has_means_of_days():
    hourly = hours_of(depth=[100.0] * 24 + [300.0] * 17)["depth"]
    found = mean_of_days(hourly, BEIJING)
    np.testing.assert_array_equal(found.values, [[100.0, np.nan]])


@pytest.mark.parametrize("name", DAILY_WEATHER)
def test_limits_hold_what_days_are(name: str):
    low, high, unit = limits(name)
    assert low < high
    assert unit
    assert (low < 0) == (name in {"temperature", "temperature_max", "temperature_min", "dew_point", "wind_u",
                                  "wind_v", "pressure_rise"})  # fmt: skip
