"""The map's projection: Mercator, so that small shapes keep their form and north is up."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mercator", "fit"]

_POLE = 85.0
"""Latitude [deg] beyond which a Mercator map says nothing useful."""


@dataclass(frozen=True)
class Mercator:
    """From lon/lat [deg, WGS-84] to the units of a picture ``width`` wide and ``height`` high, y downwards.

    The sphere is good enough: the ellipsoid moves a city by less than a fifth of a per cent of the picture.
    """

    west: float
    north: float
    scale: float
    width: float
    height: float

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        """A point.

        >>> fit([(110, 35), (120, 42)], width=1000, margin=0)(110, 42)
        (0.0, 0.0)
        """
        x = (math.radians(lon) - self.west) * self.scale
        y = (self.north - _northing(lat)) * self.scale
        return x, y

    def many(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points, one a row."""
        lat = np.radians(np.clip(lonlat[:, 1], -_POLE, _POLE))
        x = (np.radians(lonlat[:, 0]) - self.west) * self.scale
        y = (self.north - np.arcsinh(np.tan(lat))) * self.scale
        return np.column_stack([x, y])


def _northing(lat: float) -> float:
    return math.asinh(math.tan(math.radians(max(-_POLE, min(_POLE, lat)))))


def fit(points: Iterable[tuple[float, float]], *, width: float, margin: float) -> Mercator:
    """The projection that shows all points (lon, lat), ``margin`` as a share of the width around them."""
    found = list(points)
    lons, lats = [p[0] for p in found], [p[1] for p in found]
    west, east = math.radians(min(lons)), math.radians(max(lons))
    south, north = _northing(min(lats)), _northing(max(lats))
    wide, high = max(east - west, 1e-3), max(north - south, 1e-3)
    border = margin * wide
    scale = width / (wide + 2 * border)
    return Mercator(west - border, north + border, scale, width, (high + 2 * border) * scale)
