"""Paths in the wind: where the mean wind carries a particle, forward, backward and out of the grid."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.interpolate import RegularGridInterpolator

from airshed.errors import BadInput
from airshed.transport.trajectories import EARTH_RADIUS, SIDES, Winds, advect, follow
from transport.particle_weather import GRID, NIGHT, closed_winds, made_weather

LON, LAT = 110 + 0.25 * np.arange(41), 35 + 0.25 * np.arange(33)
METRES = EARTH_RADIUS * np.pi / 180


def waves(hours=25):
    t, y, x = np.arange(hours)[:, None, None], LAT[None, :, None], LON[None, None, :]
    u = 8 * np.cos((y - 39) / 2 + 0.1 * t) + 0 * x
    v = 6 * np.sin((x - 115) / 2 - 0.15 * t) + 0 * y
    return Winds(LON, LAT, u, v)


def turning(period=24 * 3600.0):
    """A solid body that turns about (0, 0) once in a period, near the equator."""
    lon = lat = np.arange(-2, 2.01, 0.25)
    x, y = np.meshgrid(lon, lat)
    rate = 2 * np.pi / period * METRES
    fields = (np.broadcast_to(f, (25, *x.shape)) for f in (-rate * y * np.cos(np.deg2rad(y)), rate * x))
    return Winds(lon, lat, *fields)


def test_a_solid_body_comes_back_after_one_turn_with_an_error_of_order_four():
    def missed(dt):
        end = advect(turning(), [1.2], [0.3], start=0, duration=86_400, dt=dt)
        return np.hypot(end.lon[0] - 1.2, end.lat[0] - 0.3)

    fine = advect(turning(), [1.2], [0.3], start=0, duration=86_400, dt=60)

    def error(dt):
        end = advect(turning(), [1.2], [0.3], start=0, duration=86_400, dt=dt)
        return np.hypot(end.lon[0] - fine.lon[0], end.lat[0] - fine.lat[0])

    assert missed(900) < 1e-3
    order = np.log2(error(3600) / error(1800))
    assert 3.7 < order < 4.5


def test_paths_agree_with_an_adaptive_integrator_written_differently():
    winds = waves()
    axes = (3600.0 * np.arange(25), LAT, LON)
    u, v = (RegularGridInterpolator(axes, w, bounds_error=False, fill_value=None) for w in (winds.u, winds.v))

    def speed(t, p):
        at = (min(t, 86_400), p[1], p[0])
        return [u(at).item() / (METRES * np.cos(np.deg2rad(p[1]))), v(at).item() / METRES]

    lon, lat = np.array([114.9, 115.3, 115.1]), np.array([38.2, 39.4, 40.0])
    end = advect(winds, lon, lat, start=0, duration=86_400, dt=60)
    assert not end.side.any()
    for n in range(3):
        path = solve_ivp(speed, (0, 86_400), [lon[n], lat[n]], method="DOP853", rtol=1e-10, max_step=600)
        assert np.hypot(*(path.y[:, -1] - (end.lon[n], end.lat[n]))) * METRES < 5


@settings(deadline=None, max_examples=20)
@given(st.floats(112, 118), st.floats(37, 41), st.integers(1, 12))
def test_backward_is_the_way_forward_undone(lon, lat, hours):
    there = advect(waves(), [lon], [lat], start=0, duration=hours * 3600.0, dt=300)
    if there.side[0] == 0:
        back = advect(waves(), there.lon, there.lat, start=hours * 3600.0, duration=-hours * 3600.0, dt=300)
        assert abs(back.lon[0] - lon) < 1e-5
        assert abs(back.lat[0] - lat) < 1e-5


@pytest.mark.parametrize(
    ("u", "v", "side"), [(-10, 1, "west"), (10, 1, "east"), (1, -10, "south"), (1, 10, "north")]
)
@pytest.mark.parametrize("order", [1, -1], ids=["south first", "north first"])
def test_a_particle_that_leaves_is_marked_with_the_side_and_the_time(u, v, side, order):
    fields = (np.full((49, LAT.size, LON.size), float(w)) for w in (u, v))
    end = advect(Winds(LON, LAT[::order], *fields), [115.0], [39.0], start=0, duration=48 * 3600.0)
    assert SIDES[end.side[0]] == side
    degrees = {"west": 5, "east": 5, "south": 4, "north": 4}[side]
    if side in ("south", "north"):
        assert end.left_at[0] == pytest.approx(degrees * METRES / 10, rel=1e-6)
        assert end.lat[0] == pytest.approx(35 if side == "south" else 43, abs=1e-9)
    else:
        assert end.left_at[0] == pytest.approx(degrees * METRES * np.cos(np.deg2rad(39)) / 10, rel=0.06)
        assert end.lon[0] == pytest.approx(110 if side == "west" else 120, abs=1e-9)


def test_an_east_wind_keeps_its_latitude_and_shortens_with_its_cosine():
    fields = (np.full((25, LAT.size, LON.size), w) for w in (5.0, 0.0))
    end = advect(Winds(LON, LAT, *fields), [113.0], [40.1], start=0, duration=86_400)
    assert end.lat[0] == pytest.approx(40.1, abs=1e-12)
    expected = 113 + 5 * 86_400 / (METRES * np.cos(np.deg2rad(40.1)))
    assert end.lon[0] == pytest.approx(expected, abs=1e-8)


def test_wind_is_linear_between_hours():
    rising = np.arange(4.0)[:, None, None] * np.ones((4, LAT.size, LON.size))
    end = advect(Winds(LON, LAT, 0 * rising, rising), [113.0], [37.0], start=1800, duration=7200)
    assert (end.lat[0] - 37.0) * METRES == pytest.approx(0.5 * (2.5**2 - 0.5**2) * 3600, rel=1e-9)


def test_single_precision_winds_end_within_metres_of_double_and_threads_change_nothing():
    double = waves()
    single = Winds(LON, LAT, double.u.astype(np.float32), double.v.astype(np.float32))
    lon, lat = np.random.default_rng(1).uniform((113, 37), (117, 41), (500, 2)).T
    one, two = (advect(w, lon, lat, start=0, duration=43_200) for w in (double, single))
    stayed = one.side == 0
    assert np.abs(one.lon - two.lon)[stayed].max() * METRES < 20
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    alone = advect(single, lon, lat, start=0, duration=43_200)
    numba.set_num_threads(before)
    np.testing.assert_array_equal(alone.lon, two.lon)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"u": np.full((3, 33, 41), np.nan)}, "finite u"),
        ({"lat": LAT**1.01}, "evenly spaced lat"),
        ({"u": np.zeros((3, 41, 33))}, "dims"),
        ({"lat": 60 + LAT - 35}, "85 deg"),
        ({"step": 0.0}, "positive step"),
    ],
)
def test_winds_that_are_no_winds_are_refused(change, word):
    lat = change.get("lat")
    if word == "85 deg":
        change = {"lat": lat + 20}
    given_ = {"lon": LON, "lat": LAT, "u": np.zeros((3, 33, 41)), "v": np.zeros((3, 33, 41))} | change
    with pytest.raises(BadInput, match=word):
        Winds(**given_)


def test_a_time_or_start_beyond_the_winds_is_refused():
    with pytest.raises(BadInput, match="time within the winds"):
        advect(waves(3), [115.0], [39.0], start=0, duration=7201)
    with pytest.raises(BadInput, match="start on the grid"):
        advect(waves(3), [120.1], [39.0], start=0, duration=3600)


def test_paths_in_the_weather_come_back_when_time_is_turned():
    u, v = closed_winds()
    weather = made_weather(8, u=u, v=v, kz=NIGHT)
    there = follow(weather, [115.9, 116.3], [38.8, 39.2], [60.0, 300.0], hour=0, hours=8)
    assert there.sizes == {"instant": 9, "particle": 2}
    assert np.abs(np.diff(there.height.values, axis=0)).max() > 5
    end = there.isel(instant=-1)
    back = follow(weather, end.lon, end.lat, end.height, hour=7, hours=8, backward=True, step=60)
    forth = follow(weather, [115.9, 116.3], [38.8, 39.2], [60.0, 300.0], hour=0, hours=8, step=60)
    again = follow(
        weather, *(forth[n][-1] for n in ("lon", "lat", "height")), hour=7, hours=8, backward=True, step=60
    )
    np.testing.assert_allclose(again.lon[-1], [115.9, 116.3], atol=1e-3)
    np.testing.assert_allclose(again.lat[-1], [38.8, 39.2], atol=1e-3)
    np.testing.assert_allclose(back.lon[-1], again.lon[-1], atol=5e-3)


def test_paths_in_a_uniform_wind_of_the_weather_are_straight_on_the_map_and_leave_by_its_side():
    weather = made_weather(12, u=4.0)
    path = follow(weather, [116.0], [39.0], [20.0], hour=0, hours=12)
    x, y = GRID.project(path.lon.values, path.lat.values)
    np.testing.assert_allclose(np.diff(x[:6, 0]), 4 * 3600, rtol=1e-6)
    np.testing.assert_allclose(y, 0, atol=1e-3)
    assert int(path.border[0]) == 2
    assert float(path.age[0]) == pytest.approx(100_000 / 14_400, rel=1e-9)


def test_paths_outside_the_weather_are_refused():
    weather = made_weather(2)
    with pytest.raises(BadInput, match="hours of the weather"):
        follow(weather, [116.0], [39.0], [20.0], hour=0, hours=2, backward=True)
    with pytest.raises(BadInput, match="starts on the grid"):
        follow(weather, [116.0], [39.0], [1300.0], hour=0, hours=2)
