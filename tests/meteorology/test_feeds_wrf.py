"""WRF output read to the raw state; gaps, defaults and reports that need no file."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from airshed.errors import BadInput, UnknownUnit
from airshed.meteorology.feeds import FeedReport, read_wrf
from airshed.meteorology.feeds.fallbacks import solar_elevation
from airshed.meteorology.feeds.gaps import hourly_axis, hours_of_accumulation
from airshed.meteorology.regrid import east_angle
from airshed.places.grid import Grid
from meteorology import made_files as made


def _write(folder, dataset, name="wrfout_d01_2025-01-10_00:00:00"):
    path = folder / name.replace(":", "_")
    dataset.to_netcdf(path, engine="scipy")
    return path


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return read_wrf(_write(tmp_path_factory.mktemp("wrf"), made.wrf(made.hours(3))))


def test_staggered_winds_come_to_the_centres_and_a_uniform_true_wind_stays_uniform(own):
    state, _ = own
    grid = Grid.of(state)
    turn = np.exp(-1j * east_angle(grid.crs, grid.lon, grid.lat))
    aloft = (state["u"] + 1j * state["v"])[0, -1].values * turn
    near = (state["u_10m"] + 1j * state["v_10m"])[0].values * turn
    np.testing.assert_allclose(aloft, 6 - 3j, atol=2e-4)
    np.testing.assert_allclose(near, 3 - 1.5j, atol=2e-5)
    assert np.abs(np.angle(turn)).min() > np.deg2rad(3)  # the axes really are turned


def test_the_grid_of_a_run_is_found_from_its_projection_and_corner(own):
    state, _ = own
    grid = Grid.of(state)
    raw = made.wrf(made.hours(1))
    np.testing.assert_allclose(grid.lon, raw["XLONG"][0], atol=1e-5)
    np.testing.assert_allclose(grid.lat, raw["XLAT"][0], atol=1e-5)
    assert grid.shape == (12, 14)


def test_perturbation_and_base_add_up_to_temperature_mass_and_height(own):
    state, _ = own
    height = 0.5 * (state["interface"].values[1:] + state["interface"].values[:-1])
    air = made.WARM - made.LAPSE * (state["terrain"].values + height[:, None, None])
    np.testing.assert_allclose(state["temperature"][0], air, atol=0.02)
    bounds = made.pressure_at(state["terrain"].values + state["interface"].values[:, None, None])
    np.testing.assert_allclose(state["air_mass"][0], -np.diff(bounds, axis=0) / 9.80665, rtol=2e-3)
    ratio = made.wrf(made.hours(1))["QVAPOR"].values
    assert state["specific_humidity"].max() <= (ratio / (1 + ratio)).max()


def test_rain_since_the_start_becomes_rain_of_the_hour_and_radiation_the_mean_of_both_ends(own):
    state, report = own
    np.testing.assert_allclose(state["precipitation"].mean(("y", "x")), [0, 2, 2], rtol=1e-6)
    np.testing.assert_allclose(state["radiation"].mean(("y", "x")), [0, 50, 150], rtol=1e-6)
    told = " ".join(report.lines())
    for words in ("differences of the sum", "mean of the instants", "maximum overlap"):
        assert words in told


def test_rising_air_has_falling_pressure(own):
    state, _ = own
    assert (state["omega"] < 0).all()
    assert float(state["omega"][0, 0].mean()) == pytest.approx(-0.01 * 1.2 * 9.8, rel=0.05)


def test_a_run_without_the_sines_of_its_axes_is_turned_by_its_projection(own, tmp_path):
    state, _ = own
    path = _write(tmp_path, made.wrf(made.hours(3)).drop_vars(["SINALPHA", "COSALPHA"]))
    again, report = read_wrf(path)
    np.testing.assert_allclose(again["u"], state["u"], atol=1e-4)
    assert "axes from its projection" in " ".join(report.lines())


def test_the_made_run_carries_the_angle_that_geogrid_reckons_from_neighbours_to_the_north():
    raw = made.wrf(made.hours(1)).isel(Time=0)
    lat, lon = (np.deg2rad(raw[n].values.astype(np.float64)) for n in ("XLAT", "XLONG"))
    alpha = np.arctan2(-np.cos(lat[1:-1]) * (lon[2:] - lon[:-2]), lat[2:] - lat[:-2])
    np.testing.assert_allclose(np.sin(alpha), raw["SINALPHA"][1:-1], atol=2e-4)


def test_three_hourly_output_is_interpolated_with_its_rain_spread_evenly(tmp_path):
    times = made.hours(7)[[0, 3, 6]]
    state, report = read_wrf(_write(tmp_path, made.wrf(times, rain=6.0)))
    assert state.sizes["time"] == 7
    np.testing.assert_allclose(state["precipitation"][1:].mean(("y", "x")), 2.0, rtol=1e-6)
    assert "4 of 7 hours" in report.of("interpolated")[0].en


def test_a_run_is_brought_to_another_grid(tmp_path, own):
    state, _ = own
    source = Grid.of(state)
    grid = Grid.over(source.lon[4:8, 4:8], source.lat[4:8, 4:8], 15_000.0, 20_000.0)
    other, _ = read_wrf(_write(tmp_path, made.wrf(made.hours(1))), grid)
    angle = east_angle(grid.crs, grid.lon, grid.lat)
    aloft = (other["u"] + 1j * other["v"])[0, -1].values * np.exp(-1j * angle)
    np.testing.assert_allclose(aloft, 6 - 3j, atol=1e-3)
    assert Grid.of(other) == grid


def test_single_precision_is_kept_where_asked_for(tmp_path, own):
    state, _ = own
    single, _ = read_wrf(_write(tmp_path, made.wrf(made.hours(3))), dtype=np.float32)
    assert {f.dtype for f in single.data_vars.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(single["air_mass"], state["air_mass"], rtol=1e-6)


def test_bad_runs_are_refused_by_name(tmp_path):
    good = made.wrf(made.hours(1))
    with pytest.raises(BadInput, match="no PBLH, XLAT"):
        read_wrf(_write(tmp_path, good.drop_vars(["PBLH", "XLAT"]), "a"))
    with pytest.raises(BadInput, match="MAP_PROJ 1"):
        read_wrf(_write(tmp_path, good.assign_attrs(MAP_PROJ=6), "b"))
    with pytest.raises(BadInput, match="miss the far corner"):
        read_wrf(_write(tmp_path, good.assign_attrs(DX=25_000.0, DY=25_000.0), "c"))
    with pytest.raises(BadInput, match="Times"):
        read_wrf(_write(tmp_path, good.drop_vars("Times"), "d"))
    odd = good.assign(U=good["U"].assign_attrs(units="miles"))
    with pytest.raises(UnknownUnit, match="U in 'miles'"):
        read_wrf(_write(tmp_path, odd, "e"))


def test_a_sum_that_begins_anew_gives_the_new_sum():
    fields = {"accumulated": np.array([3.0, 5.0, 1.0, 2.0])[:, None, None]}
    hours_of_accumulation(fields, FeedReport("wrf"))
    assert fields["precipitation"].ravel().tolist() == [0, 2, 1, 1]


def test_instants_off_the_hour_are_left_out_and_told():
    start = np.datetime64("2025-01-10T00:00", "ns")
    times = start + np.arange(5) * np.timedelta64(30, "m")
    report = FeedReport("wrf")
    hours, used = hourly_axis(times, 3, report)
    assert len(hours) == 3
    assert used.tolist() == [0, 2, 4]
    assert "2 instants off the whole hour" in report.lines()[0]
    with pytest.raises(BadInput, match="whole hours"):
        hourly_axis(times[1:2], 3, report)


def test_a_span_keeps_the_instants_round_it():
    times = made.hours(10)[::3]
    start, end = datetime(2025, 1, 10, 4, tzinfo=UTC), datetime(2025, 1, 10, 5, tzinfo=UTC)
    hours, used = hourly_axis(times, 3, FeedReport("x"), start, end)
    assert used.tolist() == [1, 2]
    assert [str(h)[11:13] for h in hours] == ["03", "04", "05", "06"]


def test_the_sun_stands_highest_at_local_noon_and_at_the_declination_of_the_solstice():
    noon = np.datetime64(
        "2025-06-21T04:14", "ns"
    )  # 116.4 E is 7 h 46 min before Greenwich, equation of time -2 min
    sine = solar_elevation(np.array(116.4), np.array(40.0), noon)
    assert np.rad2deg(np.arcsin(sine)) == pytest.approx(90 - 40 + 23.44, abs=0.2)
    around = [
        solar_elevation(np.array(116.4), np.array(40.0), noon + np.timedelta64(m, "m")) for m in (-40, 40)
    ]
    assert max(around) < sine
    assert around[0] == pytest.approx(around[1], abs=3e-3)


def test_a_report_keeps_each_thing_once_and_speaks_two_languages():
    report = FeedReport("era5")
    for _ in range(2):
        report.add("cropped", "one", "一")
    assert report.lines() == ["cropped: one"]
    assert report.lines("zh") == ["裁剪：一"]
    with pytest.raises(ValueError, match="guessed"):
        report.add("guessed", "x", "x")
