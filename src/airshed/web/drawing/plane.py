"""The map of a grid: its own projection as the picture, so that every cell is a square and none is warped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from shapely import box, union_all

from airshed.places.grid import Grid

__all__ = ["GridPlane"]

WIDTH = 1000.0


@dataclass(frozen=True)
class GridPlane:
    """From lon/lat [deg, WGS-84] to the units of a picture of the whole grid, y downwards."""

    grid: Grid

    @property
    def width(self) -> float:
        """Of the picture."""
        return WIDTH

    @property
    def height(self) -> float:
        """Of the picture."""
        return WIDTH * self.grid.ny / self.grid.nx

    @cached_property
    def unit(self) -> float:
        """Width of a cell in the picture."""
        return WIDTH / self.grid.nx

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        """A point."""
        ((x, y),) = self.many(np.array([[lon, lat]]))
        return float(x), float(y)

    def many(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points, one a row."""
        x, y = self.grid.project(lonlat[:, 0], lonlat[:, 1])
        per_metre = self.unit / self.grid.cell
        return np.column_stack([(x - self.grid.x0) * per_metre, self.height - (y - self.grid.y0) * per_metre])

    def ring(self, cells: NDArray[np.int64], reach: int) -> str:
        """The edge of all cells within so many of the given ones, as the path of a picture."""
        row, column = np.divmod(np.asarray(cells), self.grid.nx)
        low_x, high_x = (np.clip(column + d, 0, self.grid.nx) * self.unit for d in (-reach, reach + 1))
        low_y, high_y = (np.clip(row + d, 0, self.grid.ny) * self.unit for d in (-reach, reach + 1))
        area = union_all(box(low_x, self.height - high_y, high_x, self.height - low_y))
        rings = [p.exterior for p in getattr(area, "geoms", [area])]
        return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in r.coords) + "z" for r in rings)
