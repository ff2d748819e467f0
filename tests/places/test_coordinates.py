"""GCJ-02 and WGS-84: there and back is nowhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.places import gcj02_to_wgs84, wgs84_to_gcj02

CHINA = {"lon": st.floats(73.0, 135.5), "lat": st.floats(3.0, 53.9)}
METRES_A_DEGREE = 111_320.0


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    return math.hypot((lon1 - lon2) * math.cos(math.radians(lat1)), lat1 - lat2) * METRES_A_DEGREE


@given(**CHINA)
def test_there_and_back_again_is_within_a_centimetre(lon: float, lat: float) -> None:
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert metres(lon, lat, *map(float, back)) < 0.01


@given(**CHINA)
def test_back_and_there_again_is_within_a_centimetre(lon: float, lat: float) -> None:
    there = wgs84_to_gcj02(*gcj02_to_wgs84(lon, lat))
    assert metres(lon, lat, *map(float, there)) < 0.01


@given(st.floats(100, 125), st.floats(22, 45))
def test_the_shift_is_some_hundreds_of_metres(lon: float, lat: float) -> None:
    assert 20 < metres(lon, lat, *map(float, wgs84_to_gcj02(lon, lat))) < 1000


@pytest.mark.parametrize(("lon", "lat"), [(2.35, 48.85), (-74.0, 40.7), (139.7, 35.7), (151.2, -33.9)])
def test_outside_china_nothing_is_shifted(lon: float, lat: float) -> None:
    assert tuple(map(float, wgs84_to_gcj02(lon, lat))) == (lon, lat)
    assert tuple(map(float, gcj02_to_wgs84(lon, lat))) == (lon, lat)


def plainly(lon: float, lat: float) -> tuple[float, float]:
    """The published forward formula once more, in plain Python and its usual order of terms."""
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    d_lat += (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lat += (20.0 * math.sin(y * pi) + 40.0 * math.sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * math.sin(y / 12.0 * pi) + 320 * math.sin(y * pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    d_lon += (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lon += (20.0 * math.sin(x * pi) + 40.0 * math.sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
    magic = 1 - 0.00669342162296594323 * math.sin(lat / 180.0 * pi) ** 2
    d_lat = d_lat * 180.0 / (6378245.0 * (1 - 0.00669342162296594323) / (magic * math.sqrt(magic)) * pi)
    d_lon = d_lon * 180.0 / (6378245.0 / math.sqrt(magic) * math.cos(lat / 180.0 * pi) * pi)
    return lon + d_lon, lat + d_lat


@given(**CHINA)
def test_the_forward_formula_is_the_published_one(lon: float, lat: float) -> None:
    assert tuple(map(float, wgs84_to_gcj02(lon, lat))) == pytest.approx(plainly(lon, lat), abs=1e-9)


def test_arrays_are_converted_point_by_point() -> None:
    lon, lat = np.array([116.4, 2.35, np.nan]), np.array([39.9, 48.85, np.nan])
    there = wgs84_to_gcj02(lon, lat)
    assert float(there[0][0]) == float(wgs84_to_gcj02(116.4, 39.9)[0])
    assert float(there[0][1]) == 2.35
    assert np.isnan(there[0][2])
