"""The made air's column: boundary layer, mixing, temperature, humidity, cloud, rain and sunshine at points.

Forms are those of the textbooks, coefficients are chosen so that a year looks like North China ([M], checked in
``docs/twin.md``): mixing height grows with the morning sun and falls at sunset, by night it follows the wind down to
some ten metres; K-profile after Troen and Mahrt (1986, doi:10.1007/BF00122760), stable length from Zilitinkevich's
height (1972, doi:10.1007/BF02186046).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["CELL", "column"]

Floats = NDArray[np.float64]

CELL: Final = ("mixing_height", "friction_velocity", "precipitation", "cloud", "radiation")
"""Rows of the first array that ``column`` returns."""
KARMAN: Final = 0.4  # 1, von Karman's constant
CORIOLIS: Final = 9.0e-5  # s-1, at 38 N
_LOWEST, _HIGHEST = 15.0, 2700.0  # m, bounds of the mixing height: below the region's cold pools, above none
_FREE_KZ: Final = 0.15  # m2 s-1, mixing of the free air [M]
_TOWN_KZ: Final = 1.0  # m2 s-1, least mixing near the ground of towns, of the size of CMAQ's urban bound [M]
_TOWN_REACH: Final = 150.0  # m, height by which it has faded to 1/e [M]
_TOWN_HEIGHT: Final = 150.0  # m, least mixing height over a town, at 0.6 of full stagnation [M]
_LAPSE: Final = 6.0e-3  # K m-1


def column(
    state: Floats, numbers: Floats, lat: Floats, height: Floats, town: Floats, interfaces: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """The column at points from what :func:`airshed.twin.flow.weather_at` gives there.

    Parameters:
        state: rows of ``weather_at``, (12, point).
        numbers: ``Sky.numbers``.
        lat: [rad], (point).
        height: of the ground [m], (point).
        town: how much a point is built up [1], (point).
        interfaces: of the layers [m above ground], from 0 on.

    Returns:
        cell (5, point) with rows as in CELL [m, m s-1, kg m-2 h-1, 1, W m-2]; kz (interface, point) [m2 s-1];
        temperature (layer, point) [K]; relative humidity (layer, point) [1].
    """
    levels = np.asarray(interfaces, dtype=np.float64)
    return _column(state, numbers, lat, height, town, levels)  # type: ignore[no-any-return]


@njit(cache=True)  # share of the day 0..1 (outside: night) -> share of the afternoon's mixing height
def _growth(phase: float) -> Any:
    rise = min(max((phase - 0.10) / 0.55, 0.0), 1.0)
    fall = min(max((phase - 0.84) / 0.24, 0.0), 1.0)
    return rise * rise * (3 - 2 * rise) * (1 - fall * fall * (3 - 2 * fall))


@njit(
    cache=True
)  # state of one point, cloud [1], sine of the noon sun, town [1], numbers of the sky -> mixing height [m]
def _mixing_height(s: Any, cloud: float, noon: float, town: float, n: Any) -> Any:
    wind, phase, surge, calm, sea = s[0], s[2], s[4], s[5], s[11]
    night = 26.0 * wind**1.8 * (1 - 0.6 * calm * (1 - cloud))
    top = (
        n[14]
        * (220 + 1450 * noon + 250 * n[13])
        * (1 - n[15] * calm)
        * (1 - 0.35 * cloud)
        * (0.9 + 0.35 * surge)
    )
    day = (1 - sea) * top * _growth(phase)
    water = sea * (180 + 25 * wind)
    city = town * _TOWN_HEIGHT * (1.3 - 0.5 * calm)
    height = (night**4 + day**4 + water**4 + city**4) ** 0.25
    return min(max(height, _LOWEST), _HIGHEST)


@njit(cache=True)  # height, mixing height [m], scales of wind [m s-1], town [1] -> diffusivity [m2 s-1]
def _kz(z: float, h: float, ustar: float, convective: float, stirred: float, town: float) -> Any:
    least = max(_FREE_KZ, town * _TOWN_KZ * np.exp(-((z / _TOWN_REACH) ** 2)))
    if z >= h:
        return least
    speed = (ustar**3 + 0.28 * convective**3) ** (1 / 3)
    length = max(h * h * CORIOLIS / (0.16 * ustar), 3.0)
    damping = 1 + 5 * z / length * (1 - stirred)
    return max(KARMAN * speed * z * (1 - z / h) ** 2 / damping, least)


@njit(cache=True)  # share of the day that is over -> the day's course of temperature near the ground, -1..1
def _course(phase: float) -> Any:
    if 0 < phase < 1.3:
        return np.cos(np.pi * (phase - 0.72) * 1.1)
    return -0.55 - 0.35 * min(abs(phase - 1.3), 0.3)


@njit(cache=True)  # state of one point -> rain [kg m-2 h-1], cloud [1]
def _sky(moist: float, wet: float, ripple: float, summer: float) -> Any:
    rain = wet * max(0.0, 0.55 + 0.9 * ripple)
    cloud = 0.2 + 0.15 * summer + 0.4 * moist + 0.12 * ripple + 0.6 * min(rain, 1.0)
    return rain, min(max(cloud, 0.02), 1.0)


@njit(cache=True)  # fills temperature [K] and humidity [1] of one point, (layer)
def _fill(
    temperature: Any,
    humidity: Any,
    s: Any,
    n: Any,
    lat: float,
    height: float,
    levels: Any,
    h: float,
    sky: Any,
) -> None:
    rain, cloud = sky
    phase, calm, cold, moist, sea = s[2], s[5], s[7], s[8], s[11]
    ground = (
        286.0
        - 14.5 * (2 * n[12] - 1)
        - (0.35 + 0.55 * n[12]) * (np.degrees(lat) - 38)
        + cold
        - _LAPSE * height
    )
    swing = (5.5 - 2.5 * cloud - 1.5 * calm) * (1 - 0.8 * sea)
    course = _course(phase)
    near = (
        0.52 - 0.10 * n[12] + 0.30 * moist + 0.12 * calm - 0.12 * course + 0.08 * sea + 0.25 * min(rain, 1.0)
    )
    near = min(max(near, 0.12), 0.98)
    aloft = min(0.9, 0.3 + 0.25 * moist + 0.35 * cloud)
    reach = max(h, 350.0) if course > 0 else 160.0
    for k in range(len(levels) - 1):
        z = 0.5 * (levels[k] + levels[k + 1])
        temperature[k] = ground - _LAPSE * z + swing * course * np.exp(-z / reach)
        weight = np.exp(-((z / 1300.0) ** 2))
        humidity[k] = max(0.05, near * weight + aloft * (1 - weight))


@njit(cache=True)  # see column()
def _column(state: Any, n: Any, lat: Any, height: Any, town: Any, levels: Any) -> Any:
    points, layers = state.shape[1], len(levels) - 1
    cell = np.empty((5, points))
    kz = np.zeros((layers + 1, points))
    temperature, humidity = np.empty((layers, points)), np.empty((layers, points))
    for i in range(points):
        s = state[:, i]
        rain, cloud = _sky(s[8], s[9], s[10], 1 - n[12])
        noon = np.sin(np.pi / 2 - lat[i] + n[10])
        h = _mixing_height(s, cloud, noon, town[i], n)
        ustar = max(s[0] * (0.045 + 0.04 * s[3]), 0.02)
        heat = 0.2 * max(s[1], 0.0) * (1 - 0.6 * cloud) * (1 - s[11])  # K m s-1, some 240 W m-2 at noon
        convective = (9.81 / 285 * heat * h) ** (1 / 3)
        cell[0, i], cell[1, i], cell[2, i], cell[3, i] = h, ustar, rain, cloud
        cell[4, i] = 1000 * max(s[1], 0.0) ** 1.15 * (1 - 0.7 * cloud)
        for k in range(1, layers):
            kz[k, i] = _kz(levels[k], h, ustar, convective, s[3], town[i])
        _fill(temperature[:, i], humidity[:, i], s, n, lat[i], height[i], levels, h, (rain, cloud))
    return cell, kz, temperature, humidity
