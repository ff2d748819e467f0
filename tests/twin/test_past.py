"""Earlier years of the made region: the air follows the weather, measures do what they cut, alerts follow peaks."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
import xarray as xr

from airshed.quantities import BEIJING
from airshed.twin.lived import A_WINTER, APART, CITIES, COLD, LENGTH, alerts_of
from airshed.twin.past import BACKGROUND, RELEASE, Measure, Years, made_years

SEATS = {"a": (116.4, 39.9), "b": (114.5, 38.0), "c": (117.2, 39.1)}
SPAN = (date(2024, 9, 1), date(2025, 3, 1))


@pytest.fixture(scope="module")
def years() -> Years:
    return made_years(SEATS, SPAN, 7, BEIJING)


def test_the_same_seed_gives_the_same_years_and_another_does_not(years: Years) -> None:
    again = made_years(SEATS, SPAN, 7, BEIJING)
    assert years.days().equals(again.days())
    assert not years.days().equals(made_years(SEATS, SPAN, 8, BEIJING).days())


def test_calm_days_are_dirty_days(years: Years) -> None:
    days = years.days()
    wind, air = (days[n].values.ravel() for n in ("wind_speed", "pm25"))
    assert np.corrcoef(np.log(wind), np.log(air))[0, 1] < -0.5
    assert 30 < air.mean() < 150


def test_what_is_cut_for_good_is_missing_from_the_air_and_the_background_stays(years: Years) -> None:
    cut = years.days([Measure(("b",), SPAN[0] - timedelta(days=1), SPAN[1], 0.4)])
    for name in RELEASE:
        ratio = (cut[name] - BACKGROUND[name]) / (years.days()[name] - BACKGROUND[name])
        assert np.median(ratio.sel(place="b")) == pytest.approx(0.6, abs=0.01), name
        assert (ratio.sel(place=["a", "c"]) == 1).all()


def test_a_measure_is_felt_from_its_first_day_to_a_little_after_its_last(years: Years) -> None:
    start, until = date(2024, 11, 10), date(2024, 11, 14)
    day = years.weather["day"].values.astype("datetime64[D]")
    ratio = (
        (years.days([Measure(("a",), start, until, 0.5)])["pm25"] / years.days()["pm25"])
        .sel(place="a")
        .values
    )
    first, end = (int((np.datetime64(d) - day[0]).astype(int)) for d in (start, until))
    assert (ratio[:first] == 1).all()
    assert (ratio[first + 1 : end] < 0.75).all()
    assert ratio[first] < 1
    assert ratio[end + 5 :] == pytest.approx(1, abs=0.01), "the air forgets"


def test_alerts_are_called_on_peaks_of_the_cold_months_in_the_worst_cities() -> None:
    day = np.arange(np.datetime64("2023-07-01"), np.datetime64("2025-07-01"))
    rng = np.random.default_rng(3)
    values = rng.normal(0, 0.1, (4, len(day)))
    peaks = {"2023-11-20": 5.0, "2024-01-15": 4.0, "2024-01-19": 3.9, "2024-08-01": 9.0, "2025-02-02": 3.0}
    for when, height in peaks.items():
        at = int((np.datetime64(when) - day[0]).astype(int))
        values[:, at - 1 : at + 2] += height * np.array([[1.0], [0.5], [0.9], [0.4]])
    coords = {"place": list("wxyz"), "day": day.astype("datetime64[ns]")}
    found = alerts_of(xr.DataArray(values, coords, ("place", "day")))
    starts = sorted({a.start for a in found})
    assert len(starts) == 2 * A_WINTER
    assert {date(2023, 11, 19), date(2024, 1, 14), date(2025, 2, 1)} <= set(starts)
    assert all(d.month in COLD for d in starts), "August had the highest peak of all"
    assert date(2024, 1, 18) not in starts, "too near a higher peak"
    assert all((b - a).days > APART for a, b in itertools.pairwise(starts))
    first = [a for a in found if a.start == date(2023, 11, 19)]
    assert [a.place for a in first] == ["w", "y"]
    assert len(first) == CITIES
    assert {(a.until - a.start).days for a in found} == {LENGTH}
