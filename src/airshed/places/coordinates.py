"""GCJ-02 (the shifted coordinates of Chinese maps) to WGS-84 and back, on numbers or NumPy arrays.

The forward formula is the published one (Krasovsky 1940 ellipsoid and two series of sines); it has no closed
inverse, so the way back iterates. Outside China's box nothing is shifted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["gcj02_to_wgs84", "in_shifted_area", "wgs84_to_gcj02"]

Numbers = NDArray[np.float64]

SEMI_MAJOR_AXIS = 6378245.0  # [m] Krasovsky 1940
ECCENTRICITY_SQUARED = 0.00669342162296594323  # [1] Krasovsky 1940
SHIFTED_BOX = (72.004, 137.8347, 0.8293, 55.8271)  # [deg] lon from, to, lat from, to; the published formula
ORIGIN = (105.0, 35.0)  # [deg] lon, lat about which the series run
ROUNDS = 6  # each makes the error about 100 times smaller; 6 end at the rounding of a double


def in_shifted_area(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether points [deg] lie in the box within which GCJ-02 is shifted."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    west, east, south, north = SHIFTED_BOX
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Any, Any]:
    """WGS-84 to GCJ-02 [deg], unchanged outside China's box; NaN stays NaN.

    >>> lon, lat = wgs84_to_gcj02(116.3913, 39.9075)
    >>> round(float(lon), 4), round(float(lat), 4)
    (116.3975, 39.9089)
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside = in_shifted_area(x, y)
    dx, dy = _shift(x, y)
    return x + np.where(inside, dx, 0.0), y + np.where(inside, dy, 0.0)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Any, Any]:
    """GCJ-02 to WGS-84 [deg] by fixed-point iteration on the forward formula, to well under a metre.

    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(116.3913, 39.9075))
    >>> round(float(lon), 7), round(float(lat), 7)
    (116.3913, 39.9075)
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside = in_shifted_area(x, y)
    guess_x, guess_y = x, y
    for _ in range(ROUNDS):
        dx, dy = _shift(guess_x, guess_y)
        guess_x, guess_y = x - dx, y - dy
    return np.where(inside, guess_x, x), np.where(inside, guess_y, y)


def _shift(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """The shift [deg] that the published forward formula adds at a WGS-84 point."""
    x, y = lon - ORIGIN[0], lat - ORIGIN[1]
    root = np.sqrt(np.abs(x))
    ripple = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    return _metres_to_degrees(east, north, lat)


def _metres_to_degrees(east: Numbers, north: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Metres on the ellipsoid to degrees of longitude and latitude, at latitude ``lat`` [deg]."""
    phi = np.radians(lat)
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = SEMI_MAJOR_AXIS / np.sqrt(magic) * np.cos(phi)
    return np.degrees(east / parallel), np.degrees(north / meridian)
