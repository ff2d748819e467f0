"""The lie of the land of the made region: mountains, plain and sea from a few lines and hills, no data file.

Foot lines and summits follow the map and common elevation figures (Taihang and Shanxi plateau about 1000 m with ridges
of 1500 to 2500 m, Yanshan 800 to 1500 m, Shandong hills 400 to 700 m, the plain below 60 m). All of them are [M],
read off by hand and unverified: the shape of the region, not a survey.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

__all__ = ["PLANE", "plane", "sea_share", "slope", "terrain"]

Floats = NDArray[np.float64]

PLANE: Final = "+proj=lcc +lat_0=38 +lon_0=116 +lat_1=34.5 +lat_2=41.5 +datum=WGS84 +units=m +no_defs"
"""The plane on which the made air is defined, the same for every grid: metres, true to 0.3 % in the region."""

# Foot of the Taihang and Yanshan, from the Nanyang basin round the plain to Liaoning [deg], mountains on the left.
_FOOT: Final = (
    (113.2, 31.0), (112.9, 33.3), (113.3, 34.1), (112.9, 34.6), (112.2, 34.9), (113.2, 35.25), (113.9, 35.6),
    (114.1, 36.3), (114.2, 36.9), (114.2, 37.8), (114.7, 38.7), (115.4, 39.5), (115.9, 40.0), (116.6, 40.4),
    (117.3, 40.2), (118.0, 40.15), (118.8, 40.15), (119.6, 40.05), (120.6, 40.7), (121.2, 41.3), (122.0, 42.2),
    (122.5, 46.0), (100.0, 46.0), (100.0, 31.0),
)  # fmt: skip
# Shores of the Bohai and the Yellow Sea [deg].
_SHORE: Final = (
    (117.7, 39.0), (118.5, 39.1), (119.3, 39.4), (119.7, 39.9), (120.9, 40.6), (121.9, 40.9), (122.1, 40.4),
    (121.4, 39.5), (121.2, 38.8), (122.5, 39.5), (124.0, 39.9), (126.0, 39.0), (126.5, 33.0), (120.8, 32.6),
    (120.2, 34.2), (119.2, 34.9), (119.6, 35.6), (120.4, 36.1), (121.5, 36.8), (122.5, 37.0), (122.4, 37.4),
    (121.4, 37.6), (120.7, 37.8), (119.9, 37.3), (119.0, 37.3), (119.2, 37.9), (118.0, 38.2), (117.6, 38.6),
)  # fmt: skip
# Ridges (positive) and basins (negative): longitude, latitude [deg], height [m], half widths [km], axis [deg from E].
_HILLS: Final = (
    (113.6, 39.0, 1100, 60, 30, 50),  # Wutai
    (111.4, 37.7, 700, 110, 35, 75),  # Luliang
    (113.6, 37.2, 350, 120, 25, 75),  # Taihang crest
    (115.3, 40.0, 500, 60, 30, 45),  # Xiaowutai and Lingshan
    (117.4, 40.6, 300, 60, 25, 10),  # Wuling
    (112.9, 34.5, 500, 25, 12, 0),  # Songshan
    (111.5, 33.9, 600, 110, 40, -20),  # Funiu and Xiong'er
    (118.0, 36.3, 550, 60, 25, 0),  # Taishan, Lushan, Yishan
    (117.6, 35.6, 250, 60, 40, 30),  # the Mengshan
    (121.0, 37.2, 200, 60, 20, 0),  # Kunyu, Jiaodong
    (122.8, 40.3, 500, 120, 40, 45),  # Qianshan, Liaodong
    (112.55, 37.75, -450, 55, 20, 60),  # basin of Taiyuan
    (111.5, 36.2, -450, 70, 22, 70),  # basin of Linfen
    (113.1, 36.2, -150, 40, 25, 90),  # basin of Changzhi
    (113.4, 40.0, -100, 50, 25, 45),  # basin of Datong
    (114.9, 40.7, -450, 40, 22, 20),  # basin of Zhangjiakou and Xuanhua
    (117.9, 41.0, -750, 34, 22, 20),  # basin of Chengde
    (112.5, 34.7, -200, 35, 14, 0),  # basin of Luoyang
)
_PLATEAU: Final = 1150.0  # m, height far behind the foot line [M]
_RISE: Final = 55e3  # m, distance over which the plateau's edge rises [M]
_INLAND: Final = 0.09e-3  # slope of the plain from the sea to the foot [M]
_SHALLOW: Final = 25e3  # m, width over which sea turns into land for heat and wind
_STEP: Final = 12e3  # m, half the distance over which slopes that air feels are taken

_TO_PLANE: Final = pyproj.Transformer.from_crs("EPSG:4326", PLANE, always_xy=True)


def plane(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Points [deg, WGS-84] on the plane of the made air [m]."""
    x, y = _TO_PLANE.transform(np.asarray(lon, float), np.asarray(lat, float))
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def terrain(x: ArrayLike, y: ArrayLike) -> Floats:
    """Height of the ground [m above the sea] at points of the plane [m]; 0 at sea."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    shore = _inside_distance(_SEA, xs, ys)
    behind = np.maximum(_inside_distance(_MOUNTAINS, xs, ys), 0.0)
    risen = 1.0 - np.exp(-((behind / _RISE) ** 1.5))
    height = _INLAND * np.clip(-shore, 0.0, 6e5) + _PLATEAU * risen + _hills(xs, ys)
    coast = np.clip(-shore / _SHALLOW, 0.0, 1.0)
    return np.asarray(np.maximum(height, 0.0) * coast * coast * (3 - 2 * coast))


def slope(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Gradient of the ground (to the plane's x, to its y) [1] over 24 km, as the wind feels it."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    across = terrain(xs + _STEP, ys) - terrain(xs - _STEP, ys)
    along = terrain(xs, ys + _STEP) - terrain(xs, ys - _STEP)
    return across / (2 * _STEP), along / (2 * _STEP)


def sea_share(x: ArrayLike, y: ArrayLike) -> Floats:
    """How much a point is sea: 1 off the shore, 0 on land, smooth over 25 km either side."""
    shore = _inside_distance(_SEA, np.asarray(x, float), np.asarray(y, float))
    return np.asarray(0.5 * (1.0 + np.tanh(shore / _SHALLOW)))


def _hills(x: Floats, y: Floats) -> Floats:
    total = np.zeros(np.shape(x))
    for (centre_x, centre_y), (_, _, height, long, short, axis) in zip(_SUMMITS, _HILLS, strict=True):
        cos, sin = np.cos(np.radians(axis)), np.sin(np.radians(axis))
        dx, dy = (x - centre_x) / 1e3, (y - centre_y) / 1e3
        total += height * np.exp(
            -(((dx * cos + dy * sin) / long) ** 2) - ((dy * cos - dx * sin) / short) ** 2
        )
    return total


def _inside_distance(area: shapely.Polygon, x: Floats, y: Floats) -> Floats:
    """Distance to the rim [m], positive inside."""
    points = shapely.points(x, y)
    distance = shapely.distance(area.exterior, points)
    return np.asarray(np.where(shapely.contains_xy(area, x, y), distance, -distance))


def _polygon(corners: tuple[tuple[float, float], ...]) -> shapely.Polygon:
    x, y = plane(*np.array(corners).T)
    area = shapely.Polygon(np.column_stack([x, y]))
    shapely.prepare(area)
    return area


_SEA: Final = _polygon(_SHORE)
_MOUNTAINS: Final = _polygon(_FOOT)
_SUMMITS: Final = tuple(
    zip(*(c.tolist() for c in plane([h[0] for h in _HILLS], [h[1] for h in _HILLS])), strict=True)
)
