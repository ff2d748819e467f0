"""Which share of a grid's cell lies in which place: by boundaries, else by the nearest seat, and it says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy import sparse, spatial

from airshed.errors import BadInput, Missing
from airshed.places.boundaries import boundaries
from airshed.places.gazetteer import Gazetteer
from airshed.places.grid import Grid

__all__ = ["CellShares", "box_corners", "box_place", "box_shares", "cell_shares", "is_box"]

Floats = NDArray[np.float64]
Basis = Literal["boundaries", "nearest seat", "boxes"]
SCHEMA = {"place": pl.String, "cell": pl.Int64, "share": pl.Float64}
BOX = "box:"
SEGMENT = 0.05  # [deg] edges are cut so short before they are projected; own choice: a bend of some metres
METRES_A_DEGREE = 111_000.0  # [m] of latitude, nearly
REACH = 150_000.0  # [m] a cell farther than this from every seat is nobody's; own choice
ROUND_OFF = 1e-9  # [1] shares this close to 0 or 1 are 0 or 1


@dataclass(frozen=True)
class CellShares:
    """Shares of the cells' area that lie in places.

    Parameters:
        table: ``place``, ``cell`` (flat number), ``share`` (0..1]; one row for each cell a place touches.
        inside: for each place the share of *its* area that lies on the grid (0..1).
        basis: ``boundaries``, ``nearest seat`` (a stand-in; say so wherever it shows) or ``boxes``.
    """

    table: pl.DataFrame
    inside: Mapping[str, float]
    basis: Basis

    @property
    def places(self) -> tuple[str, ...]:
        """The places asked for, in their order."""
        return tuple(self.inside)

    def matrix(self, grid: Grid) -> sparse.csr_matrix:
        """(place, cell), in the order of :attr:`places`: times a field it sums the field by place."""
        row = {place: number for number, place in enumerate(self.inside)}
        rows = [row[place] for place in self.table["place"]]
        columns, values = self.table["cell"].to_numpy(), self.table["share"].to_numpy()
        return sparse.csr_matrix((values, (rows, columns)), shape=(len(row), grid.cells))

    def and_also(self, other: CellShares) -> CellShares:
        """Both tables as one; what the first holds stands. The weaker basis names the whole."""
        more = other.table.filter(~pl.col("place").is_in(list(self.inside)))
        weaker = "nearest seat" if "nearest seat" in (self.basis, other.basis) else "boundaries"
        basis: Basis = self.basis if self.basis == other.basis else weaker  # type: ignore[assignment]
        return CellShares(pl.concat([self.table, more]), {**other.inside, **self.inside}, basis)


def cell_shares(
    grid: Grid, places: Iterable[str], gazetteer: Gazetteer, cache: Path | None = None
) -> CellShares:
    """The share of each cell's area that lies in each place.

    Parameters:
        grid: where the cells lie.
        places: ids of jurisdictions (a region's: ``region.members_on(day)``; a city's counties:
            ``gazetteer.children(city)``) or boxes of :func:`box_place`.
        gazetteer: knows the places.
        cache: a folder in which boundaries are kept.

    Shares of a cell over places of one level sum to at most 1, and to 1 where the places tile the cell. Without
    boundaries a cell belongs to the nearest seat of that level within 150 km; cells of the sea then too.

    Raises:
        UnknownPlace: an id nobody knows.
        Missing: neither a boundary nor a seat is known of a place.
        BadInput: a box that is none.
    """
    wanted = list(dict.fromkeys(places))
    boxes = [p for p in wanted if is_box(p)]
    named = [p for p in wanted if not is_box(p)]
    levels = [gazetteer.jurisdiction(p).level for p in named]
    parts = [box_shares(grid, boxes)] if boxes else []
    if named:
        try:
            shapes = boundaries(named, gazetteer, cache=cache)
            parts.append(_of_shapes(grid, named, [shapes[p] for p in named], levels))
        except Missing as absent:
            parts.append(_of_seats(grid, named, gazetteer, absent))
    if not parts:
        return CellShares(pl.DataFrame(schema=SCHEMA), {}, "boundaries")
    return parts[0] if len(parts) == 1 else parts[1].and_also(parts[0])


# --- boxes -------------------------------------------------------------------------------------------------


def box_place(west: float, south: float, east: float, north: float) -> str:
    """The id of a cell of a lon/lat grid as a place [deg, WGS-84].

    >>> box_place(112, 38, 112.25, 38.25)
    'box:112,38,112.25,38.25'
    """
    return BOX + ",".join(f"{round(float(edge), 6):.10g}" for edge in (west, south, east, north))


def is_box(place: str) -> bool:
    """Whether a place is a cell of a lon/lat grid."""
    return place.startswith(BOX)


def box_corners(place: str) -> tuple[float, float, float, float]:
    """West, south, east, north of a box [deg, WGS-84].

    Raises:
        BadInput: it is no box.
    """
    try:
        west, south, east, north = (float(edge) for edge in place.removeprefix(BOX).split(","))
    except ValueError as error:
        raise BadInput(
            "a box as box:west,south,east,north", repr(place), "write degrees, with commas"
        ) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadInput("a box with west < east and south < north in degrees", repr(place), "mend the corners")
    return west, south, east, north


def box_shares(grid: Grid, boxes: Sequence[str]) -> CellShares:
    """As :func:`cell_shares`, for boxes alone: the conservative way from one grid to another.

    Raises:
        BadInput: a box that is none.
    """
    # Only boxes near the grid are projected: far ones may have no place on the map at all.
    west, south, east, north = np.array([box_corners(b) for b in boxes]).T
    rim = 2 * grid.cell / METRES_A_DEGREE / np.cos(np.radians(min(np.abs(grid.lat).max() + 1, 89)))
    near = (west < grid.lon.max() + rim) & (east > grid.lon.min() - rim)
    near &= (south < grid.lat.max() + rim) & (north > grid.lat.min() - rim)
    inside, number = dict.fromkeys(boxes, 0.0), np.flatnonzero(near)
    if not len(number):
        return CellShares(pl.DataFrame(schema=SCHEMA), inside, "boxes")
    some = [boxes[int(i)] for i in number]
    shapes = list(shapely.box(west[near], south[near], east[near], north[near]))
    found = _of_shapes(grid, some, shapes, ["box"] * len(some))
    return CellShares(found.table, {**inside, **found.inside}, "boxes")


# --- by boundaries -----------------------------------------------------------------------------------------


def _of_shapes(grid: Grid, places: Sequence[str], shapes: list[Any], levels: Sequence[str]) -> CellShares:
    """Intersections of the projected shapes with the cells."""
    projected = shapely.transform(shapely.segmentize(shapes, SEGMENT), lambda p: _projected(grid, p))
    projected = np.where(shapely.is_valid(projected), projected, shapely.make_valid(projected))
    shapely.prepare(projected)
    cells = _boxes_of(grid)
    place, cell = shapely.STRtree(cells).query(projected, predicate="intersects")
    area = np.full(len(cell), grid.cell**2)
    rim = ~shapely.covers(projected[place], cells[cell])
    area[rim] = shapely.area(shapely.intersection(projected[place[rim]], cells[cell[rim]]))
    touched = area > ROUND_OFF * grid.cell**2
    place, cell, area = place[touched], cell[touched], area[touched]
    inside = np.bincount(place, area, len(places)) / shapely.area(projected)
    share = _at_most_one(area / grid.cell**2, cell, np.asarray(levels)[place])
    table = pl.DataFrame(
        {"place": np.asarray(places, dtype=object)[place].tolist(), "cell": cell, "share": share}
    )
    whole = np.where(inside > 1 - ROUND_OFF, 1.0, inside)
    return CellShares(
        table.cast(SCHEMA),  # type: ignore[arg-type]
        dict(zip(places, whole.tolist(), strict=True)),
        "boundaries",
    )


def _projected(grid: Grid, points: Any) -> Any:
    return np.column_stack(grid.project(points[:, 0], points[:, 1]))


def _boxes_of(grid: Grid) -> Any:
    x, y = np.meshgrid(grid.x0 + grid.cell * np.arange(grid.nx), grid.y0 + grid.cell * np.arange(grid.ny))
    return shapely.box(x, y, x + grid.cell, y + grid.cell).ravel()


def _at_most_one(share: Floats, cell: NDArray[np.int64], level: NDArray[Any]) -> Floats:
    """Where shapes of one level overlap (by round-off, or in a careless file) they share the cell."""
    result = share.copy()
    for name in np.unique(level):
        here = level == name
        total = np.bincount(cell[here], share[here])
        result[here] /= np.maximum(total, 1.0)[cell[here]]
    return result


# --- by the nearest seat -----------------------------------------------------------------------------------


def _of_seats(grid: Grid, places: Sequence[str], gazetteer: Gazetteer, absent: Missing) -> CellShares:
    """Each cell to the nearest seat of the level; the grid is widened to see how much of a place lies outside."""
    if seatless := [p for p in places if gazetteer.jurisdiction(p).lon is None]:
        raise Missing(
            f"a boundary or a seat of {', '.join(seatless[:3])}", str(absent), absent.advice
        ) from absent
    pad = int(np.ceil(REACH / grid.cell))
    wide = Grid(
        grid.crs,
        grid.x0 - pad * grid.cell,
        grid.y0 - pad * grid.cell,
        grid.cell,
        grid.nx + 2 * pad,
        grid.ny + 2 * pad,
    )
    centres = np.stack(np.meshgrid(wide.x, wide.y), axis=-1).reshape(-1, 2)
    tables, inside = [], dict.fromkeys(places, 0.0)
    for level in dict.fromkeys(gazetteer.jurisdiction(p).level for p in places):
        seats = [j for j in gazetteer.jurisdictions(level) if j.lon is not None and j.lat is not None]
        lon, lat = (np.array([getattr(j, name) for j in seats], dtype=np.float64) for name in ("lon", "lat"))
        points = np.column_stack(grid.project(lon, lat))
        nearest = spatial.cKDTree(points).query(centres, distance_upper_bound=REACH)[1]
        for number, seat in enumerate(seats):
            if seat.id in inside:
                row, column = np.divmod(np.flatnonzero(nearest == number), wide.nx)
                row, column = row - pad, column - pad
                on = (row >= 0) & (row < grid.ny) & (column >= 0) & (column < grid.nx)
                cell = (row * grid.nx + column)[on]
                inside[seat.id] = float(on.mean()) if len(on) else 0.0
                tables.append(
                    pl.DataFrame({"place": [seat.id] * len(cell), "cell": cell, "share": 1.0}, SCHEMA)
                )
    return CellShares(pl.concat(tables), inside, "nearest seat")
