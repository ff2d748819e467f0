"""The map: region and city boundaries as SVG, marks at their places as data for links laid over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray
from shapely import get_coordinates
from shapely.geometry.base import BaseGeometry

from airshed.web.drawing.labels import CHIP, NARROW_CHIP, place_names, push_apart
from airshed.web.drawing.mercator import fit
from airshed.web.palette import ink

__all__ = ["MapView", "Projection", "draw_map", "map_picture"]

WIDTH = 1000.0
_MARGIN = 0.04
_MINIMUM_AREA = 6.0
"""Rings smaller than this many square units of the picture are not drawn."""


class Projection(Protocol):
    """From lon/lat [deg, WGS-84] to the units of a picture, y downwards."""

    @property
    def width(self) -> float:
        """Of the picture."""

    @property
    def height(self) -> float:
        """Of the picture."""

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        """A point."""

    def many(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points, one a row."""


@dataclass(frozen=True)
class MapView:
    """A drawn map: the picture's size, one path a place, one point a mark."""

    width: float
    height: float
    shapes: tuple[dict[str, Any], ...]
    marks: tuple[dict[str, Any], ...]
    project: Projection


def draw_map(
    boundaries: Mapping[str, BaseGeometry],
    points: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
    outline: Sequence[str] = (),
    project: Projection | None = None,
    chip: tuple[float, float] = CHIP,
) -> MapView:
    """Project boundaries and points.

    Parameters:
        boundaries: place id to its area (lon/lat [deg]).
        points: place or station id to (lon, lat) [deg].
        names: what stands beside each point.
        outline: ids of areas drawn as lines only (neighbours, provinces).
        project: the picture's projection; by default the Mercator that shows all of them.
        chip: width and height of a mark in units of the picture.
    """
    project = project or _fitted(boundaries, points, outline)
    shapes = [
        {"place": key, "path": _path(area, project), "outline": key in outline}
        for key, area in boundaries.items()
        if not area.is_empty
    ]
    homes = [project(lon, lat) for lon, lat in points.values()]
    spots, narrow = push_apart(homes, chip), push_apart(homes, NARROW_CHIP)
    sides = place_names(spots, [names[key] for key in points], chip)
    marks = [
        _mark(key, spot, small, project) | {"name": names[key], "side": side}
        for key, spot, small, side in zip(points, spots, narrow, sides, strict=True)
    ]
    return MapView(project.width, round(project.height, 1), tuple(shapes), tuple(marks), project)


def _fitted(
    boundaries: Mapping[str, BaseGeometry], points: Mapping[str, tuple[float, float]], outline: Sequence[str]
) -> Projection:
    corners = [*points.values()]
    for key, area in boundaries.items():
        if key not in outline and not area.is_empty:
            west, south, east, north = area.bounds
            corners += [(west, south), (east, north)]
    return fit(corners, width=WIDTH, margin=_MARGIN)


def _mark(
    key: str, spot: tuple[float, float], narrow: tuple[float, float], project: Projection
) -> dict[str, Any]:
    """A mark in units of the picture and in per cent of it; ``narrow`` is where it stands on a small screen."""
    found: dict[str, Any] = {"place": key}
    for prefix, (x, y) in (("", spot), ("narrow_", narrow)):
        found |= {
            f"{prefix}x": round(x, 1),
            f"{prefix}y": round(y, 1),
            f"{prefix}left": round(100 * x / project.width, 2),
            f"{prefix}top": round(100 * y / project.height, 2),
        }
    return found


def _path(area: BaseGeometry, project: Projection) -> str:
    polygons = getattr(area, "geoms", [area])
    rings = [ring for p in polygons if p.geom_type == "Polygon" for ring in (p.exterior, *p.interiors)]
    return "".join(_ring(get_coordinates(ring), project) for ring in rings)


def _ring(lonlat: np.ndarray[Any, np.dtype[np.float64]], project: Projection) -> str:
    xy = np.rint(project.many(lonlat)).astype(int)
    moved = np.any(xy[1:] != xy[:-1], axis=1)
    xy = xy[:-1][moved]
    if len(xy) < 3:
        return ""
    x, y = xy[:, 0].astype(float), xy[:, 1].astype(float)
    if abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2 < _MINIMUM_AREA:
        return ""
    first, steps = xy[0], np.diff(xy, axis=0)
    return f"M{first[0]} {first[1]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "z"


def map_picture(
    view: MapView, places: Sequence[Mapping[str, Any]], colours: Mapping[int, Any], title: str
) -> str:
    """The whole map as an SVG file that stands alone: areas, marks, names, title.

    Parameters:
        places: each with ``place``, ``name``, ``aqi`` and ``category`` (from 1, or None).
        colours: category to rgb.
    """
    by_id = {p["place"]: p for p in places}
    body = [_picture_shape(s, by_id, colours) for s in view.shapes]
    body += [_picture_mark(m, by_id[m["place"]], colours) for m in view.marks if m["place"] in by_id]
    width, height = view.width, view.height + 56
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -56 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif" role="img">'
        f'<rect y="-56" width="{width:g}" height="{height:g}" fill="#fff"/>'
        f'<text x="16" y="-20" font-size="22">{escape(title)}</text>{"".join(body)}</svg>'
    )


_NAME_AT = {"below": (0, 34, "middle"), "above": (0, -21, "middle"), "right": (30, 6, "start"),
            "left": (-30, 6, "end")}  # fmt: skip


def _rgb(colour: Sequence[int]) -> str:
    return f"rgb({colour[0]},{colour[1]},{colour[2]})"


def _picture_shape(shape: Mapping[str, Any], by_id: Mapping[str, Any], colours: Mapping[int, Any]) -> str:
    category = (by_id.get(shape["place"]) or {}).get("category")
    fill = f'fill="{_rgb(colours[category])}" fill-opacity=".3"' if category else 'fill="#eee"'
    return f'<path d="{shape["path"]}" {fill} stroke="#778" stroke-width=".8"/>'


def _picture_mark(mark: Mapping[str, Any], place: Mapping[str, Any], colours: Mapping[int, Any]) -> str:
    colour = colours.get(place["category"], (238, 238, 238)) if place["category"] else (238, 238, 238)
    value = "—" if place["aqi"] is None else str(place["aqi"])
    x, y = mark["x"], mark["y"]
    dx, dy, anchor = _NAME_AT.get(mark["side"], (0, 0, ""))
    name = (
        f'<text x="{dx}" y="{dy}" text-anchor="{anchor}" font-size="17" paint-order="stroke" stroke="#fff" '
        f'stroke-width="3">{escape(mark["name"])}</text>'
        if anchor
        else ""
    )
    return (
        f"<g transform={quoteattr(f'translate({x} {y})')}>"
        f'<rect x="-24" y="-14" width="48" height="28" rx="14" fill="{_rgb(colour)}" stroke="#223"/>'
        f'<text text-anchor="middle" y="6" font-size="17" fill="{ink(colour)}">{value}</text>{name}</g>'
    )
