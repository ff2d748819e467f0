"""A regular grid on a map projection: where the cells of a field lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

from airshed.errors import BadInput

__all__ = ["Grid"]

Floats = NDArray[np.float64]
GEOGRAPHIC = "EPSG:4326"
_MAX_CELLS = 4_000_000


@dataclass(frozen=True)
class Grid:
    """Square cells on a projection.

    Parameters:
        crs: any text pyproj reads, of a projection in metres.
        x0, y0: west and south edge [m].
        cell: width of a cell [m, on the map].
        nx, ny: number of cells.

    Arrays on the grid have dims (…, y, x), y from south to north; a cell's flat number is ``row * nx + column``.
    """

    crs: str
    x0: float
    y0: float
    cell: float
    nx: int
    ny: int

    def __post_init__(self) -> None:
        if not (self.cell > 0 and self.nx >= 2 and self.ny >= 2):
            came = f"cell {self.cell}, nx {self.nx}, ny {self.ny}"
            raise BadInput("a grid with a positive cell and at least 2 x 2 cells", came, "mend the grid")
        if self.nx * self.ny > _MAX_CELLS:
            raise BadInput(f"at most {_MAX_CELLS} cells", f"{self.nx} x {self.ny}", "take larger cells")
        if not pyproj.CRS.from_user_input(self.crs).is_projected:
            raise BadInput("a projection in metres", self.crs, "name a projected system, such as EPSG:32650")

    @classmethod
    def over(cls, lon: ArrayLike, lat: ArrayLike, cell: float = 10_000.0, margin: float = 150_000.0) -> Grid:
        """The grid round points [deg, WGS-84] with a margin [m]: Lambert conformal conic through their middle."""
        lons, lats = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
        middle_lon, middle_lat = (lons.min() + lons.max()) / 2, (lats.min() + lats.max()) / 2
        quarter = max((lats.max() - lats.min()) / 4, 0.5)
        crs = (
            f"+proj=lcc +lat_0={middle_lat:.2f} +lon_0={middle_lon:.2f} +lat_1={middle_lat - quarter:.2f} "
            f"+lat_2={middle_lat + quarter:.2f} +datum=WGS84 +units=m +no_defs"
        )
        x, y = pyproj.Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True).transform(lons, lats)
        x0, y0 = (float(np.floor((c.min() - margin) / cell) * cell) for c in (x, y))
        nx, ny = (int(np.ceil((c.max() + margin - start) / cell)) for c, start in ((x, x0), (y, y0)))
        return cls(crs, x0, y0, cell, nx, ny)

    @classmethod
    def of(cls, dataset: Any) -> Grid:
        """The grid a Dataset carries in its attributes.

        Raises:
            BadInput: it carries none.
        """
        attrs: Mapping[str, Any] = dataset.attrs
        names = ("grid_crs", "grid_x0", "grid_y0", "grid_cell", "grid_nx", "grid_ny")
        if lacking := [n for n in names if n not in attrs]:
            raise BadInput(
                "a Dataset with its grid in the attributes", f"none of {lacking}", "write grid.attrs()"
            )
        crs, x0, y0, cell, nx, ny = (attrs[n] for n in names)
        return _known(str(crs), float(x0), float(y0), float(cell), int(nx), int(ny))

    def attrs(self) -> dict[str, Any]:
        """What a Dataset on this grid carries."""
        values = (self.crs, self.x0, self.y0, self.cell, self.nx, self.ny)
        return dict(
            zip(("grid_crs", "grid_x0", "grid_y0", "grid_cell", "grid_nx", "grid_ny"), values, strict=True)
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return self.ny, self.nx

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.ny * self.nx

    @cached_property
    def x(self) -> Floats:
        """Centres [m] from west to east, shape (nx,)."""
        return np.asarray(self.x0 + self.cell * (np.arange(self.nx) + 0.5), dtype=np.float64)

    @cached_property
    def y(self) -> Floats:
        """Centres [m] from south to north, shape (ny,)."""
        return np.asarray(self.y0 + self.cell * (np.arange(self.ny) + 0.5), dtype=np.float64)

    @cached_property
    def lon(self) -> Floats:
        """Longitude of the centres [deg], shape (ny, nx)."""
        return self._geographic[0]

    @cached_property
    def lat(self) -> Floats:
        """Latitude of the centres [deg], shape (ny, nx)."""
        return self._geographic[1]

    @cached_property
    def scale(self) -> Floats:
        """Map scale factor: metres on the map per metre on the ground, shape (ny, nx)."""
        factors = pyproj.Proj(self.crs).get_factors(self.lon, self.lat)
        return np.asarray(np.sqrt(factors.areal_scale), dtype=np.float64)

    @cached_property
    def area(self) -> Floats:
        """Area of the cells on the ground [m2], shape (ny, nx)."""
        return np.asarray((self.cell / self.scale) ** 2, dtype=np.float64)

    def project(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Points [deg, WGS-84] as x, y [m]."""
        x, y = self._transformer.transform(np.asarray(lon, float), np.asarray(lat, float))
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def position(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Points as fractional (row, column): 0 is the centre of the first cell."""
        x, y = self.project(lon, lat)
        return (y - self.y0) / self.cell - 0.5, (x - self.x0) / self.cell - 0.5

    def cell_at(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int64]:
        """Flat number of the cell that holds each point; -1 outside."""
        row, column = (np.floor(np.asarray(p) + 0.5).astype(np.int64) for p in self.position(lon, lat))
        inside = (row >= 0) & (row < self.ny) & (column >= 0) & (column < self.nx)
        return np.where(inside, row * self.nx + column, -1)

    @cached_property
    def _transformer(self) -> Any:
        return pyproj.Transformer.from_crs(GEOGRAPHIC, self.crs, always_xy=True)

    @cached_property
    def _geographic(self) -> tuple[Floats, Floats]:
        x, y = np.meshgrid(self.x, self.y)
        lon, lat = self._transformer.transform(x, y, direction="INVERSE")
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


@lru_cache(maxsize=64)
def _known(crs: str, x0: float, y0: float, cell: float, nx: int, ny: int) -> Grid:
    """The same grid for the same attributes: what a projection costs is paid once."""
    return Grid(crs, x0, y0, cell, nx, ny)
