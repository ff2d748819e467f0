"""From a source's horizontal grid to the cells of ours: one matrix of weights, used for every field and hour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyproj
import scipy.sparse as sp
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.places.grid import GEOGRAPHIC, Grid

__all__ = ["Regridder", "SourceGrid", "east_angle", "full_rectangle", "rotate"]

Floats = NDArray[np.float64]
DEGREE: Final = 111_195.0  # [m] on a sphere of 6371 km
COARSER: Final = 1.5  # a cell this many times the source's spacing is averaged over, not met at its centre
_SAME: Final = 1e-6  # of a spacing


@dataclass(frozen=True)
class SourceGrid:
    """A rectangle of points: ``x`` and ``y`` rise; metres on ``crs``, or degrees where it is geographic."""

    crs: str
    x: Floats
    y: Floats

    def __post_init__(self) -> None:
        for axis, values in (("x", self.x), ("y", self.y)):
            if len(values) < 2 or not (np.diff(values) > 0).all():
                raise BadInput(f"at least two rising {axis} of the source", str(values[:4]), "mend the file")

    @cached_property
    def geographic(self) -> bool:
        """Whether x and y are longitude and latitude."""
        return bool(pyproj.CRS.from_user_input(self.crs).is_geographic)

    @property
    def shape(self) -> tuple[int, int]:
        """(y, x)."""
        return len(self.y), len(self.x)

    @cached_property
    def spacing(self) -> float:
        """Typical distance of neighbours [m], the smaller of the two directions."""
        dx, dy = float(np.median(np.diff(self.x))), float(np.median(np.diff(self.y)))
        if self.geographic:
            dx, dy = dx * DEGREE * float(np.cos(np.deg2rad(self.y.mean()))), dy * DEGREE
        return min(dx, dy)

    @cached_property
    def lonlat(self) -> tuple[Floats, Floats]:
        """Longitude and latitude of the points [deg], each (y, x)."""
        x, y = np.meshgrid(self.x, self.y)
        if self.geographic:
            return x, y
        lon, lat = _transformer(self.crs).transform(x, y, direction="INVERSE")
        return np.asarray(lon), np.asarray(lat)

    def window(self, rows: slice, columns: slice) -> SourceGrid:
        """A part of it."""
        return SourceGrid(self.crs, self.x[columns], self.y[rows])

    def as_grid(self) -> Grid:
        """Our grid on the same points.

        Raises:
            BadInput: the source is not on a projection, or its cells are not squares.
        """
        steps = np.concatenate([np.diff(self.x), np.diff(self.y)])
        cell = float(np.median(steps))
        if self.geographic or not np.allclose(steps, cell, rtol=1e-3):
            raise BadInput(
                "a grid to bring the weather to",
                f"none, and the source lies on {self.crs} with steps of {steps.min():g} to {steps.max():g}",
                "pass a Grid, for instance Grid.over(lon, lat)",
            )
        west, south = float(self.x[0]) - cell / 2, float(self.y[0]) - cell / 2
        return Grid(self.crs, west, south, cell, len(self.x), len(self.y))


@dataclass(frozen=True)
class Regridder:
    """Fields of a source brought to the cells of a grid.

    Bilinear at the centres; where a cell is wider than 1.5 source spacings, the mean of bilinear values at k × k
    points spread over the cell, k the number of spacings in it. A source reaches half a spacing beyond its outer
    points. Where the grid is the source's own, values pass through untouched (``weights`` is None).
    """

    weights: sp.csr_array | None
    shape: tuple[int, int]

    @classmethod
    def between(cls, source: SourceGrid, grid: Grid) -> Regridder:
        """The weights.

        Raises:
            BadInput: the source does not cover the grid; the sides and the distances are named.
        """
        if _same(source, grid):
            return cls(None, grid.shape)
        parts = int(np.ceil(grid.cell / source.spacing)) if grid.cell > COARSER * source.spacing else 1
        offsets = ((np.arange(parts) + 0.5) / parts - 0.5) * grid.cell
        places = [_place(source, grid, dx, dy) for dy in offsets for dx in offsets]
        _check_cover(source, places)
        weights = sum((_bilinear(source, x, y) for x, y in places[1:]), _bilinear(source, *places[0]))
        weights = sp.csr_array(weights / len(places))
        weights.eliminate_zeros()
        return cls(weights, grid.shape)

    def __call__(self, field: Floats) -> Floats:
        """A field (…, source y, source x) on the grid (…, y, x)."""
        if self.weights is None:
            return field
        lead = field.shape[:-2]
        flat = field.reshape(-1, field.shape[-2] * field.shape[-1])
        return np.asarray((self.weights @ flat.T).T.reshape(*lead, *self.shape), dtype=np.float64)


def east_angle(crs: str, lon: Floats, lat: Floats) -> Floats:
    """Angle from the projection's x axis to true east, counter-clockwise [rad], at points [deg].

    By differences of projected points 1e-4 degrees apart; exact to 1e-8 where the projection is conformal.
    """
    step = 1e-4
    transformer = _transformer(crs)
    x0, y0 = transformer.transform(lon - step, lat)
    x1, y1 = transformer.transform(lon + step, lat)
    return np.asarray(np.arctan2(np.asarray(y1) - y0, np.asarray(x1) - x0), dtype=np.float64)


def rotate(u: Floats, v: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """A vector turned counter-clockwise by an angle [rad]; with ``east_angle``: from true east/north to x/y."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return u * cosine - v * sine, u * sine + v * cosine


def full_rectangle(full: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of the largest rectangle that holds only true cells (of equal ones the first met).

    >>> full_rectangle(np.array([[False, True, True], [False, True, True]]))
    (slice(0, 2, None), slice(1, 3, None))
    """
    heights = np.zeros(full.shape[1], dtype=int)
    best, rows, columns = 0, slice(0, 0), slice(0, 0)
    for row in range(full.shape[0]):
        heights = np.where(full[row], heights + 1, 0)
        for height in np.unique(heights[heights > 0]):
            start, stop = _longest_run(heights >= height)
            if height * (stop - start) > best:
                best = int(height) * (stop - start)
                rows, columns = slice(row + 1 - int(height), row + 1), slice(start, stop)
    return rows, columns


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    starts, stops = edges[::2], edges[1::2]
    longest = int(np.argmax(stops - starts))
    return int(starts[longest]), int(stops[longest])


def _transformer(crs: str) -> Any:
    return pyproj.Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True)


def _same(source: SourceGrid, grid: Grid) -> bool:
    if source.geographic or source.shape != grid.shape:
        return False
    slack = _SAME * grid.cell
    near = np.allclose(source.x, grid.x, rtol=0, atol=slack) and np.allclose(
        source.y, grid.y, rtol=0, atol=slack
    )
    return near and pyproj.CRS.from_user_input(source.crs) == pyproj.CRS.from_user_input(grid.crs)


def _place(source: SourceGrid, grid: Grid, dx: float, dy: float) -> tuple[Floats, Floats]:
    """Points of the grid's cells in the source's coordinates, flat."""
    x, y = np.meshgrid(grid.x + dx, grid.y + dy)
    transformer = pyproj.Transformer.from_crs(grid.crs, source.crs, always_xy=True)
    there_x, there_y = (np.asarray(c, dtype=np.float64).ravel() for c in transformer.transform(x, y))
    if source.geographic:
        there_x = _turn(source, there_x)
    return there_x, there_y


def _turn(source: SourceGrid, lon: Floats) -> Floats:
    """Longitudes within half a turn of the source's middle, whether it counts from 0 or from -180."""
    middle = (source.x[0] + source.x[-1]) / 2
    return np.asarray(middle - 180 + (lon - middle + 180) % 360, dtype=np.float64)


def _around(source: SourceGrid) -> bool:
    """Whether the source goes round the Earth."""
    return source.geographic and bool(source.x[-1] + 1.01 * (source.x[1] - source.x[0]) >= source.x[0] + 360)


def _check_cover(source: SourceGrid, places: list[tuple[Floats, Floats]]) -> None:
    x, y = (np.concatenate([p[i] for p in places]) for i in (0, 1))
    metres_y = DEGREE if source.geographic else 1.0
    metres_x = metres_y * float(np.cos(np.deg2rad(np.clip(y, -89, 89).mean()))) if source.geographic else 1.0
    beyond = {
        "west": (source.x[0] - 0.5 * (source.x[1] - source.x[0]) - x.min()) * metres_x,
        "east": (x.max() - source.x[-1] - 0.5 * (source.x[-1] - source.x[-2])) * metres_x,
        "south": (source.y[0] - 0.5 * (source.y[1] - source.y[0]) - y.min()) * metres_y,
        "north": (y.max() - source.y[-1] - 0.5 * (source.y[-1] - source.y[-2])) * metres_y,
    }
    if _around(source):
        beyond["west"] = beyond["east"] = 0.0
    slack = _SAME * source.spacing
    lacking = [f"{side} {metres / 1000:.1f} km" for side, metres in beyond.items() if metres > slack]
    if lacking:
        raise BadInput(
            "weather that covers the grid",
            f"a source that ends short of it: {', '.join(lacking)}",
            "fetch a wider area or take a smaller grid",
        )


def _bilinear(source: SourceGrid, x: Floats, y: Floats) -> sp.csr_array:
    ny, nx = source.shape
    around = _around(source)
    axis = np.append(source.x, source.x[0] + 360) if around else source.x
    if around:
        x = source.x[0] + (x - source.x[0]) % 360
    column, right = _between(axis, x)
    row, up = _between(source.y, y)
    next_column = (column + 1) % nx if around else column + 1
    corners = [
        (row * nx + column, (1 - up) * (1 - right)), (row * nx + next_column, (1 - up) * right),
        ((row + 1) * nx + column, up * (1 - right)), ((row + 1) * nx + next_column, up * right),
    ]  # fmt: skip
    rows = np.tile(np.arange(len(x)), 4)
    columns, values = np.concatenate([c for c, _ in corners]), np.concatenate([w for _, w in corners])
    return sp.csr_array((values, (rows, columns)), shape=(len(x), ny * nx))


def _between(axis: Floats, where: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The point below each place and the share of the way to the next; held at the ends."""
    below = np.clip(np.searchsorted(axis, where, side="right") - 1, 0, len(axis) - 2)
    share = np.clip((where - axis[below]) / (axis[below + 1] - axis[below]), 0.0, 1.0)
    return below.astype(np.int64), np.asarray(share, dtype=np.float64)
