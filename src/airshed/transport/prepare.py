"""From a workspace's region, weather and an inventory to a case: receptors from stations, sources by county."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
import xarray as xr

from airshed.emissions import owners, placed, profiles_of_the_house, release
from airshed.emissions.inventory import combine
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.places.cells import CellShares, cell_shares
from airshed.places.grid import Grid
from airshed.transport.backward import Memory
from airshed.transport.case import Case, Description, create_case
from airshed.transport.lobes import PathChoice
from airshed.transport.nouns import Receptor
from airshed.workspace import Workspace

__all__ = ["prepare_case", "receptors_of", "region_grid"]


def region_grid(gazetteer: Gazetteer, cities: Sequence[str], cell: float, margin: float = 150_000.0) -> Grid:
    """The grid that covers cities' seats with a margin [m]."""
    seats = [gazetteer.jurisdiction(city) for city in cities]
    known = [(s.lon, s.lat) for s in seats if s.lon is not None and s.lat is not None]
    if not known:
        raise BadInput("seats of the region's cities", "none", "give lon and lat in the region's file")
    lon, lat = zip(*known, strict=True)
    return Grid.over(lon, lat, cell, margin)


def receptors_of(gazetteer: Gazetteer, cities: Sequence[str], grid: Grid, day: date) -> list[Receptor]:
    """A city is the mean of its stations' cells (those that count in its mean); its seat where it has none.

    Raises:
        BadInput: a city whose stations and seat all lie off the grid.
    """
    found = []
    for city in cities:
        stations = [
            s for s in gazetteer.stations([city], day) if s.role == "evaluation" and s.lon is not None
        ]
        points = [(s.lon, s.lat) for s in stations] or [_seat(gazetteer, city)]
        lon, lat = (np.array(c, dtype=float) for c in zip(*points, strict=True))
        cells, counts = np.unique(grid.cell_at(lon, lat), return_counts=True)
        inside = cells >= 0
        if not inside.any():
            raise BadInput(f"{city} on the grid", "all of it outside", "take a grid that covers the region")
        found.append(Receptor(city, cells[inside], counts[inside] / counts[inside].sum()))
    return found


def _seat(gazetteer: Gazetteer, city: str) -> tuple[float, float]:
    seat = gazetteer.jurisdiction(city)
    if seat.lon is None or seat.lat is None:
        raise BadInput(f"stations or a seat of {city}", "neither", "give them in the region's file")
    return seat.lon, seat.lat


def prepare_case(
    workspace: Workspace,
    name: str,
    weather: xr.Dataset,
    inventory: pl.DataFrame | Mapping[str, pl.DataFrame],
    *,
    region: str | None = None,
    boundary: Mapping[str, float] | None = None,
    memory: Memory | None = None,
    made: bool | None = None,
    digests: Mapping[str, str] | None = None,
    path: PathChoice = "auto",
) -> Case:
    """Write a case of a region into the workspace.

    Parameters:
        name: of the case.
        weather: as `airshed.meteorology.check_weather` has it; its grid is the case's.
        inventory: rows of `airshed.emissions.INVENTORY`, or several by name.
        region: whose cities breathe; the workspace's own by default. Its members on the last day of the weather.
        boundary: concentrations outside the grid by tracer class [ug m-3]; none: "outside" is geometric.
        made: whether anything in it is made; by default what the weather says.
        digests: SHA-256 of the weather's files (``weather:FILE``) and the inventories (``inventory:NAME``), if known.
        path: by which shares are reckoned, as `Description` has it.

    Raises:
        BadInput: cities off the grid, an inventory out of order, a name taken.
    """
    tables = inventory if isinstance(inventory, Mapping) else {"inventory": inventory}
    grid, gazetteer = Grid.of(weather), workspace.gazetteer
    last = weather["time"].values[-1].astype("datetime64[D]").astype(date)
    found = workspace.region(region)
    cities = [c for c in found.members_on(last) if _on_grid(gazetteer, c, grid)]
    if not cities:
        raise BadInput(f"cities of {found.id} on the grid", "none", "take weather that covers the region")
    counties = {county: city for city in cities for county in (gazetteer.children(city) or (city,))}
    cache = workspace.folder / "cache"
    shares = cell_shares(grid, counties, gazetteer, cache=cache)
    table = combine(*tables.values())
    ground, profiles = _all_shares(table, grid, gazetteer, shares), profiles_of_the_house()
    put = release(table, grid, ground, profiles)
    answers = owners(placed(table, grid, ground, profiles), shares, counties, grid, gazetteer)
    receptors = receptors_of(gazetteer, cities, grid, last)
    about = Description(
        name, found.id, ", ".join(tables), bool(weather.attrs.get("made", 0)) if made is None else made,
        tuple(counties), tuple(counties.values()),
        {r.id: (tuple(map(int, r.cells)), tuple(map(float, r.weights))) for r in receptors},
        dict(boundary or {}), found.utc_offset, shares.basis, memory or Memory(),
        dict(digests or {}), path,
    )  # fmt: skip
    return create_case(workspace.folder, about, weather, put, answers)


def _on_grid(gazetteer: Gazetteer, city: str, grid: Grid) -> bool:
    seat = gazetteer.jurisdiction(city)
    return seat.lon is not None and seat.lat is not None and int(grid.cell_at(seat.lon, seat.lat)) >= 0


def _all_shares(table: pl.DataFrame, grid: Grid, gazetteer: Gazetteer, known: CellShares) -> CellShares:
    """Shares of every place the inventory lays on an area."""
    areas = table.filter(pl.col("lon").is_null() & pl.col("place").is_not_null())["place"].unique().to_list()
    rest = [p for p in areas if p not in known.inside]
    return known.and_also(cell_shares(grid, rest, gazetteer)) if rest else known
