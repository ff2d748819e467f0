"""Monitors of the made region: relations that hold outside hold inside too."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.places import Station
from airshed.twin.faults import plant
from airshed.twin.monitors import cells_of, dust_plume, nitrogen_dioxide, observe, ozone_background
from twin.made_air import grid_for_stations, weather_of

GRID = grid_for_stations()
HOURS = 240
levels = st.floats(0, 500)


def stations(number: int = 8) -> list[Station]:
    made = []
    for i in range(number):
        role = "control" if i == number - 1 else "evaluation"
        lon, lat = 115.5 + 0.1 * i, 37.5 + 0.1 * i
        made.append(
            Station(f"twin:{i}", {"zh": str(i), "en": str(i)}, "gb2260:110000", lon, lat, role, source="twin")
        )
    return made


def air() -> tuple[xr.Dataset, xr.Dataset]:
    weather = weather_of(GRID, 0.0, 0.0, 1.0, HOURS)
    sun = 600 * np.clip(np.sin((np.arange(HOURS) % 24 - 6) / 12 * np.pi), 0, None)
    weather["radiation"] = weather["radiation"] * 0 + xr.DataArray(sun, dims="time")
    wave = 1 + 0.5 * np.sin(np.arange(HOURS) / 17)[:, None, None] * np.ones(GRID.shape)
    fields = {"fine": 50.0, "so2": 20.0, "nitrate": 20.0, "nox": 60.0, "pm25": 65.0}
    data = {name: (("time", "y", "x"), level * wave) for name, level in fields.items()}
    return xr.Dataset(data, {"time": weather["time"]}, GRID.attrs()), weather


def seen(seed: int = 1, dust_from: int | None = None) -> dict[str, np.ndarray]:
    return observe(*air(), stations(), np.random.default_rng(seed), dust_from)


def test_the_same_seed_shows_the_same_values_and_another_seed_others():
    once, again, other = seen(1), seen(1), seen(2)
    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert not np.array_equal(once["pm25"], other["pm25"])


def test_all_six_pollutants_are_printed_as_instruments_print_them():
    got = seen()
    assert list(got) == ["pm25", "pm10", "so2", "no2", "co", "o3"]
    for name, values in got.items():
        scale = 10 if name == "co" else 1
        assert values.shape == (8, HOURS)
        assert (values > 0).all()
        np.testing.assert_allclose(values * scale, np.round(values * scale), atol=1e-9)
    assert (got["pm25"] < got["pm10"]).all()


def test_the_town_shows_the_truth_on_the_mean_and_a_control_site_less():
    many = np.concatenate([seen(seed)["pm25"][:-1].mean(axis=1) for seed in range(12)])
    assert many.mean() == pytest.approx(air()[0]["pm25"].mean().item(), rel=0.05)
    assert seen()["no2"][-1].mean() < seen()["no2"][:-1].mean()


@given(nox=levels, background=st.floats(0, 100), radiation=st.floats(0, 1000))
def test_no2_is_a_part_of_nox_and_odd_oxygen_is_kept(nox, background, radiation):
    no2, o3 = (float(v) for v in nitrogen_dioxide(np.array(nox), np.array(background), np.array(radiation)))
    assert 0 <= no2 <= nox * (1 + 1e-12)
    assert o3 >= 0
    assert no2 / 1.88 + o3 / 1.96 == pytest.approx(background + 0.10 * nox / 1.88, rel=1e-9, abs=1e-9)


def test_the_photostationary_state_balances_photolysis_and_titration():
    no2, o3 = nitrogen_dioxide(np.array(80.0), np.array(40.0), np.array(500.0))
    made, eaten = 8.5e-3 * 0.5 * no2 / 1.88, 4.4e-4 * (80.0 - no2) / 1.88 * o3 / 1.96
    assert made == pytest.approx(eaten, rel=1e-12)


def test_ozone_is_eaten_at_night_and_rises_with_the_sun():
    night = nitrogen_dioxide(np.array(150.0), np.array(35.0), np.array(0.0))[1]
    day = nitrogen_dioxide(np.array(150.0), np.array(35.0), np.array(700.0))[1]
    assert night < 1 < day
    sun = np.tile([[0.0] * 12 + [600.0] * 12], 2)
    warm, cold = (ozone_background(sun, np.full(sun.shape, t)) for t in (300.0, 265.0))
    assert (warm >= cold).all()
    assert warm[0, 23] > 1.5 * warm[0, 11]


def test_dust_comes_from_the_north_and_shows_in_pm10():
    plume = dust_plume(np.array([40.0, 38.0]), 72, 10, np.random.default_rng(0))
    first = (plume > 0).argmax(axis=1)
    assert first[0] == 10
    assert first[1] == 10 + round(2 * 111 / 40)
    plain, dusty = seen(3), seen(3, dust_from=100)
    assert dusty["pm10"].max() > 600 > plain["pm10"].max()
    assert (dusty["pm25"] < dusty["pm10"]).all()


def test_faults_can_be_planted_into_what_the_monitors_show():
    faulty, faults = plant(seen(), np.random.default_rng(4))
    assert {f.kind for f in faults} == {"gap", "zero", "stuck", "spike", "pm25_above_pm10", "out_of_range"}
    assert np.isnan(faulty["pm25"]).any()


def test_a_station_off_the_map_or_another_weather_is_refused_by_name():
    far = Station(
        "twin:far", {"zh": "远", "en": "far"}, "gb2260:110000", 100.0, 20.0, "evaluation", source="twin"
    )
    with pytest.raises(BadInput, match="twin:far"):
        cells_of([far], GRID)
    truth, weather = air()
    with pytest.raises(BadInput, match="hours"):
        observe(truth, weather.isel(time=slice(1, None)), stations(), np.random.default_rng(0))
