"""Horizontal weights, turned winds, and columns brought to layers."""

from __future__ import annotations

import itertools

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from airshed.errors import BadInput
from airshed.meteorology.columns import at_interfaces, hydrostatic_heights, layer_means
from airshed.meteorology.regrid import Regridder, SourceGrid, east_angle, full_rectangle, rotate
from airshed.places.grid import Grid

UTM = "EPSG:32650"
GRID = Grid(UTM, 400_000.0, 4_200_000.0, 20_000.0, 8, 6)
DEGREES = SourceGrid("EPSG:4326", np.arange(114.0, 121.1, 0.25), np.arange(36.0, 41.1, 0.25))
TOPS = np.array([0.0, 40, 100, 200, 350, 600, 1000, 1800, 3000])


def test_a_projected_grid_passes_through_unchanged():
    source = SourceGrid(UTM, GRID.x, GRID.y)
    regrid = Regridder.between(source, source.as_grid())
    field = np.random.default_rng(1).normal(size=(3, *GRID.shape))
    assert source.as_grid() == GRID
    assert regrid.weights is None
    assert regrid(field) is field


def test_weights_of_every_cell_sum_to_one_and_none_is_negative():
    for cell in (5_000.0, 20_000.0, 60_000.0):
        grid = Grid(UTM, 400_000.0, 4_200_000.0, cell, 4, 4)
        weights = Regridder.between(DEGREES, grid).weights
        assert weights is not None
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
        assert weights.data.min() > 0


def test_a_field_bilinear_in_longitude_and_latitude_is_met_exactly():
    lon, lat = DEGREES.lonlat
    grid = Grid(UTM, 400_000.0, 4_200_000.0, 10_000.0, 8, 6)  # finer than the source: no averaging
    out = Regridder.between(DEGREES, grid)(2 * lon - 3 * lat + 0.1 * lon * lat)
    inside = 2 * grid.lon - 3 * grid.lat + 0.1 * grid.lon * grid.lat
    np.testing.assert_allclose(out, inside, rtol=2e-4)  # the product bends within a source cell
    linear = Regridder.between(DEGREES, grid)(2 * lon - 3 * lat)
    np.testing.assert_allclose(linear, 2 * grid.lon - 3 * grid.lat, atol=1e-9)


def test_a_coarser_grid_receives_the_mean_of_the_cell_and_not_its_centre():
    grid = Grid(UTM, 400_000.0, 4_200_000.0, 100_000.0, 3, 3)
    lon, _ = DEGREES.lonlat
    speckled = np.where(np.arange(lon.size).reshape(lon.shape) % 2 == 0, 1.0, -1.0)
    out = Regridder.between(DEGREES, grid)(speckled)
    assert np.abs(out).max() < 0.15


def test_longitudes_from_0_to_360_serve_a_grid_west_of_greenwich():
    world = SourceGrid("EPSG:4326", np.arange(0, 360, 1.0), np.arange(30.0, 60.5, 1.0))
    grid = Grid("EPSG:32630", 400_000.0, 5_000_000.0, 50_000.0, 10, 4)  # across 0 degrees or just west of it
    lon, _ = world.lonlat
    out = Regridder.between(world, grid)(np.cos(np.deg2rad(lon)))
    np.testing.assert_allclose(out, np.cos(np.deg2rad(grid.lon)), atol=2e-4)


def test_a_source_that_ends_short_names_the_sides_and_the_distance():
    short = DEGREES.window(slice(0, None), slice(8, None))  # begins at 116 E, and half a spacing before
    grid = Grid(UTM, 300_000.0, 4_200_000.0, 20_000.0, 12, 6)
    west = (115.875 - grid.lon[:, 0].min()) * 111.195 * np.cos(np.deg2rad(grid.lat.mean()))
    with pytest.raises(BadInput, match=r"west \d+\.\d km") as caught:
        Regridder.between(short, grid)
    told = float(str(caught.value).split("west ")[1].split(" km")[0])
    assert told == pytest.approx(west, rel=0.01)
    assert "east" not in str(caught.value)
    assert "north" not in str(caught.value)


def test_a_source_on_latitude_and_longitude_is_no_grid_of_its_own():
    with pytest.raises(BadInput, match="pass a Grid"):
        DEGREES.as_grid()


@given(st.floats(-0.49, 0.49), st.sampled_from([UTM, "+proj=lcc +lat_1=30 +lat_2=60 +lat_0=35 +lon_0=105"]))
@settings(max_examples=20, deadline=None)
def test_a_wind_along_x_carries_air_to_larger_x_whatever_the_projection(shift, crs):
    project = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    lon, lat = np.array([[112.0 + shift]]), np.array([[38.0 + shift]])
    u, v = rotate(np.array([[3.0]]), np.array([[4.0]]), east_angle(crs, lon, lat))
    metres = 111_195.0
    x0, y0 = project.transform(lon, lat)
    step = 100.0  # [s] the true wind moves the point over the ground, by the sphere
    x1, y1 = project.transform(
        lon + 3.0 * step / (metres * np.cos(np.deg2rad(lat))), lat + 4.0 * step / metres
    )
    direction = np.arctan2(y1 - y0, x1 - x0)
    assert np.arctan2(v, u).item() == pytest.approx(direction.item(), abs=4e-3)  # sphere against ellipsoid
    assert np.hypot(u, v).item() == pytest.approx(5.0)


def test_east_of_the_central_meridian_true_east_points_above_the_x_axis_in_the_north():
    angle = east_angle(UTM, np.array([[119.0]]), np.array([[40.0]]))
    expected = np.arctan(np.tan(np.deg2rad(2.0)) * np.sin(np.deg2rad(40.0)))  # convergence of a Mercator
    assert angle.item() == pytest.approx(expected, rel=2e-3)


@given(hnp.arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_the_largest_full_rectangle_is_full_and_no_other_is_larger(full):
    rows, columns = full_rectangle(full)
    size = (rows.stop - rows.start) * (columns.stop - columns.start)
    assert full[rows, columns].all()
    ny, nx = full.shape
    best = max(
        (b - a) * (d - c) * bool(full[a:b, c:d].all())
        for a in range(ny) for b in range(a + 1, ny + 1) for c in range(nx) for d in range(c + 1, nx + 1)
    )  # fmt: skip
    assert size == best


def _numerically(z, profile, low, high):
    points = np.linspace(low, high, 200_001)
    values = profile(points)
    return np.trapezoid(values, points) / (high - low)


def test_the_mean_over_a_layer_is_the_integral_of_the_profile_and_not_its_middle():
    height = np.array([[5.0], [60.0], [300.0], [900.0], [4000.0]])
    value = np.array([[99.0], [4.0], [7.0], [6.0], [12.0]])
    near, rough = np.array([2.0]), np.array([0.1])

    def wind(z):
        nodes, values = np.array([60.0, 300, 900, 4000]), np.array([4.0, 7, 6, 12])
        wall = np.maximum(2.0 * np.log(np.maximum(z, 1e-9) / 0.1) / np.log(10 / 0.1), 0.0)
        log = 2.0 + (4.0 - 2.0) * np.log(np.maximum(z, 1e-9) / 10) / np.log(6)
        return np.where(z < 10, wall, np.where(z < 60, log, np.interp(z, nodes, values)))

    out = layer_means(height, value, near, 10.0, TOPS, rough)[:, 0]
    expected = [_numerically(height, wind, a, b) for a, b in itertools.pairwise(TOPS)]
    np.testing.assert_allclose(out, expected, rtol=1e-5)


def test_a_scalar_is_constant_below_two_metres_and_linear_above():
    height, value = np.array([[500.0], [4000.0]]), np.array([[280.0], [260.0]])
    out = layer_means(height, value, np.array([285.0]), 2.0, TOPS, np.zeros(1))[:, 0]
    expected = np.interp(0.5 * (TOPS[2] + TOPS[3]), [2, 500], [285, 280])
    assert out[2] == pytest.approx(expected, abs=1e-12)


@given(st.floats(1000, 101_000), st.integers(1, 50))
@settings(max_examples=30, deadline=None)
def test_levels_under_the_ground_do_not_matter(value, seed):
    rng = np.random.default_rng(seed)
    height = np.sort(rng.uniform(20, 4000, (6, 1)), axis=0)
    field = rng.normal(size=(6, 1))
    below = np.vstack([[[-1.0]], height]), np.vstack([[[value]], field])
    near, rough = np.array([1.0]), np.array([0.1])
    np.testing.assert_array_equal(
        layer_means(*below, near, 10.0, TOPS, rough), layer_means(height, field, near, 10.0, TOPS, rough)
    )
    for anchored in (True, False):
        np.testing.assert_array_equal(
            at_interfaces(*below, near, anchored, TOPS), at_interfaces(height, field, near, anchored, TOPS)
        )


def test_values_at_interfaces_are_linear_between_levels_and_begin_at_the_ground():
    height, value = np.array([[100.0], [4000.0]]), np.array([[10.0], [50.0]])
    held = at_interfaces(height, value, np.array([0.0]), False, TOPS)[:, 0]
    anchored = at_interfaces(height, value, np.array([0.0]), True, TOPS)[:, 0]
    np.testing.assert_allclose(anchored, np.interp(TOPS, [0, 100, 4000], [0, 10, 50]))
    np.testing.assert_allclose(held, np.interp(TOPS, [100, 4000], [10, 50]))


def test_the_hypsometric_height_of_an_isothermal_atmosphere_is_its_scale_height_times_the_log_of_pressure():
    pressure = np.array([[102_000.0], [90_000], [80_000], [70_000]])
    virtual = np.full_like(pressure, 280.0)
    factor = 287.0597 / 9.80665
    height = hydrostatic_heights(pressure, virtual, np.array([100_000.0]), np.array([280.0]), factor)[:, 0]
    np.testing.assert_allclose(height[1:], factor * 280 * np.log(100_000 / pressure[1:, 0]), rtol=1e-12)
    assert height[0] == -1
