"""Made weather: valid, the same air on every grid, closed, and of the size that weather has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.meteorology.fluxes import hour_fluxes
from airshed.meteorology.weather import check_weather
from airshed.places.grid import Grid
from airshed.twin.flow import sky_at, weather_at
from airshed.twin.passages import EPOCH, Character, write_score
from airshed.twin.points import points_at
from airshed.twin.terrain import plane, sea_share, terrain
from airshed.twin.weather import MadeAir, made_weather

PLANE = "+proj=lcc +lat_0=38 +lon_0=116 +lat_1=34.5 +lat_2=41.5 +datum=WGS84 +units=m +no_defs"
GRID = Grid(PLANE, -320e3, -320e3, 40e3, 16, 16)
START = datetime(2015, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def winter():
    return made_weather(GRID, START, 24 * 12, seed=7)


def fluxes(weather, hour):
    grid = Grid.of(weather)
    u, v = (weather[n].values[hour].astype(float) for n in "uv")
    before, after = (weather["air_mass"].values[h].astype(float) for h in (hour, hour + 1))
    return hour_fluxes(u, v, before, after, grid.area, grid.scale, grid.cell)


def speed(weather):
    u, v = weather["u"].values, weather["v"].values
    return np.hypot(0.5 * (u[..., 1:] + u[..., :-1]), 0.5 * (v[:, :, 1:] + v[:, :, :-1]))


def test_made_weather_is_weather_and_says_that_it_is_made(winter):
    check_weather(winter)
    assert winter.attrs["made"] == 1
    assert winter.attrs["source"] == "airshed.twin"


def test_one_seed_makes_one_air_and_another_seed_another():
    one, same, other = (made_weather(GRID, START, 3, seed)["u"].values for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other, atol=0.1)


def test_two_stretches_of_one_seed_agree_where_they_overlap():
    long = made_weather(GRID, START, 30, seed=3)
    late = made_weather(GRID, START + timedelta(hours=24), 6, seed=3)
    for name in ("u", "v", "kz", "temperature", "precipitation"):
        assert np.allclose(long[name].values[24:], late[name].values, rtol=2e-4, atol=2e-3), name


def test_what_flows_through_a_large_face_is_the_sum_of_what_flows_through_its_parts():
    fine = Grid(PLANE, GRID.x0, GRID.y0, 20e3, 32, 32)
    coarse_x, fine_x = (
        fluxes(made_weather(g, START + timedelta(days=3), 1, seed=5), 0).x.sum(axis=0) for g in (GRID, fine)
    )
    parts = fine_x[0::2, ::2] + fine_x[1::2, ::2]
    difference = np.abs(parts - coarse_x)[:, 1:-1]
    assert difference.max() < 0.02 * np.abs(coarse_x).max()


def test_another_projection_meets_the_same_air():
    utm = Grid("EPSG:32650", 380e3, 4_100e3, 40e3, 6, 6)
    lambert = Grid.over(utm.lon, utm.lat, 10e3, 60e3)
    air = MadeAir(4, START, 48)
    seconds = (START - EPOCH).total_seconds() + 30 * 3600.0
    row, column = (np.rint(i).astype(int) for i in lambert.position(utm.lon, utm.lat))
    ours = air.column(air.stage(utm), seconds)["temperature"][0]
    theirs = air.column(air.stage(lambert), seconds)["temperature"][0][row, column]
    assert np.abs(ours - theirs).mean() < 0.5  # 5 km of another place at most


def test_the_column_gathers_no_air_but_for_the_slow_ascent_at_fronts(winter):
    plain = winter["terrain"].values < 100
    top = np.array(
        [fluxes(winter, h).z[-1] / GRID.area / 3600 / 0.83 for h in range(0, 288, 7)]
    )  # m/s at 3 km
    assert np.percentile(np.abs(top[:, plain]), 95) < 0.05
    assert np.abs(top).max() < 0.1


def test_air_rises_and_sinks_by_centimetres_a_second(winter):
    density = 1.2 * np.exp(-np.array([0, 40, 100, 200, 350, 600, 1000, 1800, 3000]) / 8200)[:, None, None]
    w = np.abs([fluxes(winter, h).z / GRID.area / 3600 / density for h in range(0, 288, 7)])
    assert np.percentile(w, 95) < 0.08
    assert w.max() < 0.6
    assert np.median(w[:, 5]) > 1e-4


def test_what_leaves_a_column_through_its_faces_is_what_crosses_its_top(winter):
    f = fluxes(winter, 40)
    gained = (f.x[:, :, :-1] - f.x[:, :, 1:] + f.y[:, :-1] - f.y[:, 1:]).sum(axis=0)
    assert np.allclose(gained, f.z[-1], rtol=1e-9, atol=1e-3 * np.abs(f.z[-1]).max())


def test_wind_grows_with_height_and_is_weak_where_the_monitors_stand(winter):
    by_layer = speed(winter).mean(axis=(0, 2, 3))
    assert (np.diff(by_layer[:6]) > 0).all()
    assert 1.0 < by_layer[0] < 3.5
    assert speed(winter).max() < 60


def test_the_mixed_layer_grows_by_day_and_is_shallow_at_night(winter):
    plain = (winter["terrain"].values < 100) & (sea_share(*plane(GRID.lon, GRID.lat)) < 0.05)
    height = winter["mixing_height"].values[:, plain].reshape(12, 24, -1)
    noon, night = height[:, 6].mean(axis=-1), height[:, 18].mean(axis=-1)  # 14 h and 2 h local
    assert (noon > 2 * night).all()
    assert 400 < noon.mean() < 1500
    assert night.min() < 60
    assert height.min() >= 15


def test_mixing_ends_at_the_ground_and_the_top(winter):
    kz = winter["kz"].values
    assert not kz[:, 0].any()
    assert not kz[:, -1].any()
    assert (kz[:, 1:-1] > 0).all()


def test_january_is_cold_and_dry_and_july_warm_and_wet():
    july = made_weather(GRID, datetime(2015, 7, 1, tzinfo=UTC), 24 * 20, seed=7)
    january = made_weather(GRID, datetime(2015, 1, 1, tzinfo=UTC), 24 * 20, seed=7)
    plain = january["terrain"].values < 100
    cold, warm = (w["temperature"].values[:, 0][:, plain].mean() - 273.15 for w in (january, july))
    assert -9 < cold < 4
    assert 22 < warm < 31
    rain = [w["precipitation"].values.sum(axis=0).mean() for w in (january, july)]
    assert rain[1] > 20
    assert rain[0] < 0.3 * rain[1]
    assert july["radiation"].values.max() > january["radiation"].values.max()


def test_fronts_come_every_three_to_seven_days():
    score = write_score(11, datetime(2015, 1, 1, tzinfo=UTC), 24 * 300, Character())
    surge = score.table[:, 0]
    peaks = np.flatnonzero((surge[1:-1] > surge[:-2]) & (surge[1:-1] >= surge[2:]) & (surge[1:-1] > 0.1))
    assert 3 < np.median(np.diff(peaks)) * 300 / 86400 < 7


def test_air_behind_a_front_comes_fast_from_the_north_west_and_stagnant_air_hardly_moves():
    air = MadeAir(7, START, 24 * 60)
    stage = air.stage(Grid(PLANE, -40e3, 60e3, 40e3, 3, 3))
    times = (START - EPOCH).total_seconds() + 5 * 3600.0 * np.arange(12 * 24)
    winds = np.array(
        [[w.mean(axis=(1, 2))[[0, 6]] for w in air.faces(stage, t)] for t in times]
    )  # time, u/v, layer
    rows = ((times - air.score.start) / 300).astype(int)
    surge, calm = air.score.table[rows, 0], air.score.table[rows, 1]
    assert winds[surge > 0.5, 0, 1].mean() > 2
    assert winds[surge > 0.5, 1, 1].mean() < -4
    quiet = np.hypot(winds[:, 0, 0], winds[:, 1, 0])
    assert quiet[calm > 0.5].mean() < 0.5 * quiet[surge > 0.5].mean()


def test_terrain_has_mountains_in_the_west_a_plain_and_a_sea():
    places = {"beijing": (116.4, 39.9), "shijiazhuang": (114.5, 38.05), "taiyuan": (112.55, 37.87),
              "wutai": (113.6, 39.0), "bohai": (119.5, 38.5), "taishan": (117.6, 36.25)}  # fmt: skip
    height = {name: float(terrain(*plane(*at))) for name, at in places.items()}
    assert height["bohai"] == 0
    assert height["beijing"] < 100
    assert height["shijiazhuang"] < 150
    assert 600 < height["taiyuan"] < 1000
    assert height["wutai"] > 1700
    assert height["taishan"] > 300


@given(st.floats(0, 300), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_made_wind_is_finite_and_smooth_in_time(hour, seed):
    air = MadeAir(seed, START, 310)
    stage = air.stage(Grid(PLANE, -80e3, -80e3, 40e3, 4, 4))
    seconds = (START - EPOCH).total_seconds() + hour * 3600
    one, next_ = (air.faces(stage, s) for s in (seconds, seconds + 60))
    for a, b in zip(one, next_, strict=True):
        assert np.isfinite(a).all()
        assert np.abs(a - b).max() < 0.6


@pytest.mark.parametrize(
    ("start", "hours", "interfaces"),
    [
        (START.replace(tzinfo=None), 1, (0, 40, 3000)),
        (START, 0, (0, 40, 3000)),
        (START + timedelta(minutes=5), 1, (0, 40, 3000)),
        (START, 1, (0, 40, 600)),
        (START, 1, (10, 40, 3000)),
    ],
)
def test_a_start_without_zone_no_hours_or_low_layers_are_refused(start, hours, interfaces):
    with pytest.raises(BadInput):
        made_weather(GRID, start, hours, 1, interfaces)


def test_a_character_must_be_positive():
    with pytest.raises(BadInput, match="front_speed"):
        Character(front_speed=-1.0)


def test_no_mountain_empties_or_fills_a_cell_of_ten_kilometres_in_an_hour():
    mountains = Grid(
        PLANE, -300e3, 40e3, 10e3, 30, 30
    )  # the Taihang, the Wutai and the hills west of Beijing
    start = datetime(2026, 1, 1, 16, tzinfo=UTC)
    score = write_score(5, start, 24 * 7, Character())
    rows = ((start - EPOCH).total_seconds() + 3600 * np.arange(168) - score.start) / 300
    windy = np.argsort(score.table[rows.astype(int), 0])[-40::8]
    for hour in (*windy.tolist(), 75, 140, 144):
        air = made_weather(mountains, start + timedelta(hours=int(hour)), 1, seed=5)
        f = fluxes(air, 0)
        gained = (f.x[:, :, :-1] - f.x[:, :, 1:] + f.y[:, :-1] - f.y[:, 1:]) / f.before
        assert np.abs(gained).max() < 0.45


def test_stagnant_air_before_a_front_drifts_slowly_from_the_south_under_a_shallow_mixed_layer():
    air = MadeAir(7, START, 24 * 45)
    stage = air.stage(Grid(PLANE, -20e3, 80e3, 40e3, 3, 3))  # the plain south and east of Beijing
    times = (START - EPOCH).total_seconds() + 3 * 3600.0 * np.arange(8 * 45)
    rows = ((times - air.score.start) / 300).astype(int)
    calm, south = air.score.table[rows, 1], air.score.table[rows, 2]
    stagnant = times[(calm > 0.5) & (south > 0.5)]
    assert len(stagnant) > 40
    east, north = np.array(
        [[w[1:4].mean() for w in air.faces(stage, t)] for t in stagnant]
    ).T  # 40 to 350 m above ground
    depth, humidity = np.array(
        [[air.column(stage, t)[n].mean() for n in ("mixing_height", "relative_humidity")] for t in stagnant]
    ).T
    assert 1.5 < north.mean() < 3
    assert 1.5 < np.hypot(east, north).mean() < 4
    afternoon = ((stagnant - (START - EPOCH).total_seconds()) / 3600 + 8) % 24 // 3 == 4  # 12 to 15 h local
    assert 200 < depth[afternoon].mean() < 500
    assert humidity.mean() > 0.5


def test_stagnation_differs_from_place_to_place_and_behind_the_mountains_has_its_own_course():
    air = MadeAir(7, START, 24 * 60)
    lon, lat = np.array([(116.4, 39.9), (116.7, 39.5), (117.0, 36.65)]).T  # Beijing, Langfang, Jinan
    plain = points_at(*plane(lon, lat), lon, lat, air.eddies)
    raised = replace(plain, shelter=np.ones(3))
    times = (START - EPOCH).total_seconds() + 6 * 3600.0 * np.arange(4 * 60)
    skies = [sky_at(air.score, air.eddies, air.character, t) for t in times]
    calm = np.array([[weather_at(sky, p)[5] for p in (plain, raised)] for sky in skies])
    daily = calm.reshape(60, 4, 2, 3).mean(axis=1)
    near, far = np.corrcoef(daily[:, 0].T)[0, 1:]
    assert near > 0.9
    assert far < near - 0.2
    for place in range(3):
        assert np.corrcoef(daily[:, :, place].T)[0, 1] < 0.75
