"""ERA5 in the forms its users have, read to the raw state."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from airshed.errors import BadInput, UnknownUnit
from airshed.meteorology.column_state import check_state
from airshed.meteorology.feeds import read_era5
from airshed.meteorology.regrid import east_angle
from airshed.places.grid import Grid
from conftest import shared_data
from meteorology import made_files as made

GRAVITY = 9.80665
GRID = Grid("EPSG:32650", 300_000.0, 4_180_000.0, 25_000.0, 8, 6)


@pytest.fixture(scope="module")
def real():
    paths = [shared_data(f"meteorology/era5_utm32_20250501T0{h}.nc") for h in range(3)]
    return read_era5(paths), paths


def test_real_era5_is_cropped_to_the_largest_full_rectangle_and_says_so(real):
    (state, report), _ = real
    (note,) = report.of("cropped")
    assert "72 of 510 columns" in note.en
    assert "510 个气柱中 72 个" in note.zh
    assert dict(state.sizes) == {"time": 3, "layer": 8, "interface": 9, "y": 27, "x": 16}
    assert Grid.of(state).cell == 20_000
    assert (Grid.of(state).x0, Grid.of(state).y0) == (430_000, 4_990_000)


def test_real_era5_keeps_its_surface_fields_untouched(real):
    (state, _), paths = real
    with xr.open_dataset(paths[2]) as raw:
        kept = raw.isel(time=0, y=slice(1, 28), x=slice(1, 17))
        for ours, theirs, factor in (
            ("surface_pressure", "sp", 1), ("mixing_height", "blh", 1), ("cloud", "tcc", 1),
            ("precipitation", "tp", 1000), ("temperature_2m", "2t", 1), ("sensible_heat", "ishf", -1),
        ):  # fmt: skip
            np.testing.assert_allclose(state[ours][2], kept[theirs] * factor, rtol=1e-6, err_msg=ours)
        np.testing.assert_allclose(state["terrain"], kept["z"] / GRAVITY, rtol=1e-6)


def test_real_era5_winds_keep_their_speed_and_turn_by_the_convergence_of_meridians(real):
    (state, _), paths = real
    with xr.open_dataset(paths[0]) as raw:
        kept = raw.isel(time=0, y=slice(1, 28), x=slice(1, 17))
        true = kept["10u"].values + 1j * kept["10v"].values
    turned = state["u_10m"][0].values + 1j * state["v_10m"][0].values
    np.testing.assert_allclose(np.abs(turned), np.abs(true), rtol=1e-5)
    grid = Grid.of(state)
    angle = np.angle(turned / true)
    convergence = (grid.lon - 9.0) * np.sin(
        np.deg2rad(grid.lat)
    )  # [deg] of transverse Mercator, small angles
    np.testing.assert_allclose(np.rad2deg(angle), convergence, atol=0.02)


def test_the_mass_of_the_layers_sums_to_the_difference_of_pressure_over_gravity(real):
    (state, _), _ = real
    top = state["surface_pressure"] - GRAVITY * state["air_mass"].sum("layer")
    assert (state["air_mass"] > 0).all()
    mean = state["temperature"].weighted(state["air_mass"]).mean("layer")
    isothermal = state["surface_pressure"] * np.exp(-3000 * GRAVITY / (287.06 * mean * 1.003))
    np.testing.assert_allclose(top, isothermal, rtol=2e-3)


def test_real_era5_reports_what_was_derived(real):
    (_, report), _ = real
    derived = " ".join(n.en for n in report.of("derived"))
    for word in ("radiation", "friction velocity from the surface stress", "heights of the levels"):
        assert word in derived
    assert not report.of("defaulted")
    assert all(line.startswith(("裁剪", "换算", "推算")) for line in report.lines("zh"))


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    folder = tmp_path_factory.mktemp("era5")
    one, two = made.era5(made.hours(4, "2025-01-10T05"))
    return folder, one, two, read_era5(made.write_new(folder, one, two), GRID)


def test_the_layers_hold_the_means_of_the_atmosphere_the_files_were_made_from(known):
    *_, (state, _) = known
    check_state(state)
    height = 0.5 * (state["interface"].values[1:] + state["interface"].values[:-1])
    air = made.WARM - made.LAPSE * (state["terrain"].values + height[:, None, None])
    np.testing.assert_allclose(state["temperature"][0], air, atol=0.02)
    bounds = made.pressure_at(state["terrain"].values + state["interface"].values[:, None, None])
    np.testing.assert_allclose(state["air_mass"][0], -np.diff(bounds, axis=0) / GRAVITY, rtol=2e-3)
    np.testing.assert_allclose(state["omega"], 0.1)


def test_a_uniform_true_wind_blows_along_its_bearing_on_a_turned_grid(known):
    *_, (state, _) = known
    angle = east_angle(GRID.crs, GRID.lon, GRID.lat)
    wind = (state["u"] + 1j * state["v"])[0, -1].values * np.exp(-1j * angle)
    np.testing.assert_allclose(wind, 6 - 3j, atol=1e-9)
    assert np.abs(np.rad2deg(angle)).max() > 0.5


def test_the_lowest_layers_follow_the_logarithm_between_ten_metres_and_the_first_level(known):
    *_, (state, _) = known
    speed = np.hypot(state["u"], state["v"])[0].mean(("y", "x")).values
    assert (np.diff(speed) >= -1e-9).all()
    assert 0.45 * np.hypot(6, 3) < speed[0] < 0.75 * np.hypot(6, 3)


def test_sums_of_the_hour_belong_to_the_hour_that_ends_at_the_time_and_say_so(known):
    *_, (state, report) = known
    np.testing.assert_allclose(state["precipitation"].mean(("y", "x")), [0, 1, 2, 3])
    np.testing.assert_allclose(state["radiation"], 100.0)
    assert "tp from m to kg m-2 of the hour that ends at the time" in " ".join(report.lines())


def test_the_old_form_of_the_files_reads_like_the_new_within_their_packing(known):
    folder, one, two, (state, _) = known
    old, _ = read_era5(made.write_old(folder, one, two), GRID)
    for name, slack in (("u", 2e-3), ("temperature", 1e-2), ("surface_pressure", 0.5), ("air_mass", 0.1)):
        np.testing.assert_allclose(old[name], state[name], atol=slack, err_msg=name)


def test_grib_reads_like_netcdf(known):
    folder, one, two, (state, _) = known
    grib, _ = read_era5(made.write_grib(folder, one, two), GRID)
    assert set(grib) == set(state)
    for name in state:
        np.testing.assert_allclose(grib[name], state[name], rtol=2e-5, atol=1e-5, err_msg=name)


def test_a_folder_of_days_reads_like_one_file(tmp_path, known):
    _, one, two, (state, _) = known
    for part in (0, 1):
        cut = slice(2 * part, 2 * part + 2)
        made.write_new(tmp_path, one.isel(valid_time=cut), two.isel(valid_time=cut), f"day{part}")
    again, report = read_era5(tmp_path, GRID)
    xr.testing.assert_allclose(again, state)
    assert len(report.files) == 4


def _without(known, tmp_path, hours, **keywords):
    _, one, two, _ = known
    one, two = made.era5(made.hours(8))
    kept = [h for h in range(8) if h not in hours]
    paths = made.write_new(tmp_path, one.isel(valid_time=kept), two.isel(valid_time=kept))
    return read_era5(paths, GRID, **keywords)


def test_a_gap_of_two_hours_is_bridged_by_a_straight_line_and_reported(known, tmp_path):
    state, report = _without(known, tmp_path, [3])
    np.testing.assert_allclose(state["mixing_height"].mean(("y", "x")), 300 + 10 * np.arange(8))
    assert "1 of 8 hours" in report.of("interpolated")[0].en
    assert "2025-01-10T03" in report.of("interpolated")[0].en


def test_a_gap_of_three_hours_is_still_bridged_and_one_of_five_is_refused_by_name(known, tmp_path):
    state, _ = _without(known, tmp_path, [3, 4])
    assert state.sizes["time"] == 8
    with pytest.raises(BadInput, match=r"2025-01-10T01:00 to 2025-01-10T06:00 UTC \(5 h\)"):
        _without(known, tmp_path, [2, 3, 4, 5])
    _without(known, tmp_path, [2, 3, 4, 5], gap_limit=5)


def test_a_span_is_cut_out_and_one_beyond_the_files_is_refused(known, tmp_path):
    start, end = (np.datetime64(f"2025-01-10T0{h}").astype(object) for h in (2, 5))
    state, _ = _without(known, tmp_path, [], start=start, end=end)
    assert [str(t)[11:13] for t in state["time"].values] == ["02", "03", "04", "05"]
    late = np.datetime64("2025-01-11T02").astype(object)
    with pytest.raises(BadInput, match="to 2025-01-10T07:00 UTC"):
        _without(known, tmp_path, [], start=start, end=late)


def _read(tmp_path, change, **keywords):
    one, two = made.era5(made.hours(2), **keywords)
    one, two = change(one, two)
    return read_era5(made.write_new(tmp_path, one, two), GRID)


def _units(name, unit, factor=1.0, offset=0.0):
    def change(one, two):
        for dataset in (one, two):
            if name in dataset:
                dataset[name] = (dataset[name] * factor + offset).assign_attrs(units=unit)
        return one, two

    return change


def test_knots_and_degrees_celsius_are_converted_and_reported(tmp_path, known):
    plain, _ = _read(tmp_path, lambda a, b: (a, b))
    for name, unit, factor, offset in (("u", "knots", 3600 / 1852, 0), ("t", "degC", 1, -273.15)):
        state, report = _read(tmp_path, _units(name, unit, factor, offset))
        xr.testing.assert_allclose(state, plain)
        assert f"{name} from {unit}" in " ".join(report.lines())


def test_an_unknown_or_absent_unit_is_refused_with_variable_unit_and_file(tmp_path):
    with pytest.raises(UnknownUnit, match=r"u in 'furlong/fortnight' in era5_levels\.nc"):
        _read(tmp_path, _units("u", "furlong/fortnight"))

    def bare(one, two):
        del two["sp"].attrs["units"]
        return one, two

    with pytest.raises(UnknownUnit, match=r"sp without a unit in era5_single\.nc"):
        _read(tmp_path, bare)


def test_a_wind_faster_than_any_is_refused_with_unit_level_time_and_place(tmp_path):
    def gale(one, two):
        one["u"][1, 6, 4, 5] = 300.0
        return one, two

    with pytest.raises(
        BadInput, match=r"u \[m s-1\].*300 at 900 hPa, 2025-01-10T01:00 UTC, 114.50 E 39.00 N"
    ):
        _read(tmp_path, gale)


def test_a_hole_inside_the_edges_is_refused_with_variable_time_and_place(tmp_path):
    def hole(one, two):
        two["blh"][1, 4, 5] = np.nan
        return one, two

    with pytest.raises(
        BadInput, match=r"mixing_height \[m\].*2025-01-10T01:00 UTC, 114.50 E 39.00 N \(1 such\)"
    ):
        _read(tmp_path, hole)


def test_a_hole_aloft_is_refused_and_one_under_the_ground_is_not(tmp_path):
    def hole(level):
        def change(one, two):
            one["t"][1, level, 4, 5] = np.nan
            return one, two

        return change

    with pytest.raises(BadInput, match=r"temperature \[K\].*no value: nan at 900 hPa, 2025-01-10T01:00 UTC"):
        _read(tmp_path, hole(6))
    state, _ = _read(tmp_path, hole(10))  # 1000 hPa lies at 111 m, the ground there at 275 m
    assert np.isfinite(state["temperature"]).all()


def test_friction_velocity_is_the_root_of_stress_over_density(real):
    (state, _), paths = real
    with xr.open_dataset(paths[0]) as raw:
        kept = raw.isel(time=0, y=slice(1, 28), x=slice(1, 17)).astype(float)
        expected = np.sqrt(np.hypot(kept["iews"], kept["inss"]) / (kept["sp"] / (287.06 * kept["2t"])))
    np.testing.assert_allclose(state["friction_velocity"][0], expected, rtol=1e-5)


def test_wind_of_the_wrong_sign_is_refused(tmp_path):
    def flipped(one, two):
        two["u10"] = -two["u10"].assign_attrs(units="m s**-1")
        two["u10"].attrs["units"] = "m s**-1"
        return one, two

    with pytest.raises(BadInput, match=r"u of the lowest level above ground.*runs against it"):
        _read(tmp_path, flipped, u=10.0)

    def westward(one, two):
        one["u"].attrs["standard_name"] = "westward_wind"
        return one, two

    with pytest.raises(BadInput, match="westward_wind"):
        _read(tmp_path, westward)


def test_both_winds_turned_about_run_against_geostrophy_and_are_refused(tmp_path):
    def low(one, two, sign):
        """A ridge to the south: west wind in balance."""
        latitude = xr.DataArray(made.LAT, dims="latitude")
        slope = (
            2 * 7.292115e-5 * np.sin(np.deg2rad(38.5)) * 111_195.0 * 20.0
        )  # [m2 s-2 per degree] for 20 m/s
        one["z"] = (
            (one["z"] - slope * (latitude - 38.5)).transpose(*one["u"].dims).assign_attrs(units="m2 s-2")
        )
        one["u"] = (one["u"] * 0 + 20.0 * sign).assign_attrs(units="m s-1")
        two["u10"] = (two["u10"] * 0 + 8.0 * sign).assign_attrs(units="m s-1")
        return one, two

    _read(tmp_path, lambda a, b: low(a, b, 1))
    with pytest.raises(BadInput, match=r"u at 600 hPa.*geostrophic.*correlation -1.00"):
        _read(tmp_path, lambda a, b: low(a, b, -1))


def test_missing_fields_levels_and_area_are_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match=r"no mixing_height \(blh\)"):
        _read(tmp_path, lambda a, b: (a, b.drop_vars("blh")))
    with pytest.raises(BadInput, match=r"levels of u.*up to 3000 m.*the highest at .* m \(850 hPa\)"):
        _read(tmp_path, lambda a, b: (a.sel(pressure_level=slice(850, None)), b))
    with pytest.raises(BadInput, match="at least 3 levels between the ground and 3000 m"):
        _read(tmp_path, lambda a, b: (a.sel(pressure_level=[500, 600, 850, 925]), b))
    with pytest.raises(BadInput, match=r"north \d+\.\d km"):
        _read(tmp_path, lambda a, b: (a.isel(latitude=slice(5, None)), b.isel(latitude=slice(5, None))))


def test_what_a_source_lacks_is_set_to_a_stated_default_and_reported(tmp_path):
    state, report = _read(tmp_path, lambda a, b: (a, b.drop_vars(["tcc", "tp", "ssrd", "zust", "d2m"])))
    assert (state["cloud"] == 0.5).all()
    assert (state["precipitation"] == 0).all()
    expected = 0.4 * 0.5 * np.hypot(6, 3) / np.log(10 / 0.1)
    np.testing.assert_allclose(state["friction_velocity"], expected, rtol=1e-6)
    told = " ".join(report.lines())
    for words in ("cloud cover", "precipitation", "radiation", "friction velocity", "humidity at 2 m"):
        assert words in told
    assert state["radiation"].max() > 5  # an hour after sunrise in Hebei


def test_a_file_that_is_neither_netcdf_nor_grib_is_refused(tmp_path):
    path = tmp_path / "notes.bin"
    path.write_bytes(b"hello")
    with pytest.raises(BadInput, match="NetCDF or GRIB"):
        read_era5(path, GRID)
    with pytest.raises(BadInput, match="exist"):
        read_era5(tmp_path / "absent.nc", GRID)
