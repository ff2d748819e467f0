"""Grids of longitude and latitude as rows of the inventory: each cell is a place, a box (``places.cells``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.emissions.inventory import COLUMNS
from airshed.errors import BadInput
from airshed.places.cells import box_place

__all__ = ["EARTH_RADIUS", "Cells", "areas", "edges_of", "rows_of"]

Floats = NDArray[np.float64]
EARTH_RADIUS = 6_371_007.2  # [m] authalic radius of the WGS-84 ellipsoid
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cells:
    """Amounts on a lon/lat grid.

    Parameters:
        amount: [t/a], (lat, lon), from south to north; NaN where blank.
        lat, lon: edges [deg], one more than cells, rising; longitudes -180..180.
        sector, species: ids.
        origin: the feed and file.
    """

    amount: Floats
    lat: Floats
    lon: Floats
    sector: str
    species: str
    origin: str


def edges_of(centres: Floats) -> Floats:
    """Edges midway between centres that rise [deg].

    Raises:
        BadInput: fewer than two, or not evenly spaced.
    """
    steps = np.diff(centres)
    if len(centres) < 2 or not np.allclose(steps, steps.mean(), rtol=1e-3, atol=1e-6):
        raise BadInput(
            "latitudes and longitudes evenly spaced, two at least", f"{centres[:4]}…", "regrid the file"
        )
    step = float(centres[-1] - centres[0]) / (len(centres) - 1)
    edges = centres[0] + step * (np.arange(len(centres) + 1) - 0.5)
    return np.asarray(np.round(edges, 6), dtype=np.float64)


def areas(lat: Floats, lon: Floats) -> Floats:
    """Areas of the cells between edges on the sphere [m2], (lat, lon)."""
    unit = np.outer(np.diff(np.sin(np.radians(lat))), np.diff(np.radians(lon)))
    return np.asarray(unit * EARTH_RADIUS**2, dtype=np.float64)


def rows_of(cells: Cells, bounds: Bounds | None) -> tuple[pl.DataFrame, float, int]:
    """Rows of ``INVENTORY``, one for each cell above 0; what lies outside the bounds [t/a]; number of blanks.

    Parameters:
        bounds: west, south, east, north [deg]; a cell counts by its middle. None takes all.

    Raises:
        BadInput: an amount below 0 or without bound, with its place.
    """
    value, blank = np.nan_to_num(cells.amount, nan=0.0, posinf=np.inf, neginf=-np.inf), np.isnan(cells.amount)
    wrong = ~((value >= 0) & np.isfinite(value))
    if wrong.any():
        j, i = np.argwhere(wrong)[0]
        where = f"{value[j, i]:g} t/a in {box_place(cells.lon[i], cells.lat[j], cells.lon[i + 1], cells.lat[j + 1])}"
        raise BadInput(
            f"{cells.origin}: amounts of 0 or more", f"{where} ({wrong.sum()} such)", "mend the file"
        )
    taken = value > 0
    if bounds is not None:
        lon, lat = 0.5 * (cells.lon[1:] + cells.lon[:-1]), 0.5 * (cells.lat[1:] + cells.lat[:-1])
        west, south, east, north = bounds
        taken &= ((lat >= south) & (lat <= north))[:, None] & ((lon >= west) & (lon <= east))[None, :]
    row, column = np.nonzero(taken)
    names = [
        box_place(cells.lon[i], cells.lat[j], cells.lon[i + 1], cells.lat[j + 1])
        for j, i in zip(row, column, strict=True)
    ]
    fixed = {"sector": cells.sector, "species": cells.species, "origin": cells.origin}
    table = pl.DataFrame({"source": names, "place": names, "amount": value[taken]}).with_columns(
        *(pl.lit(text).alias(name) for name, text in fixed.items()),
        *(
            pl.lit(None, kind).alias(name)
            for name, kind in COLUMNS.items()
            if kind == pl.Float64 and name != "amount"
        ),
    )
    return (
        table.cast({"source": pl.String, "place": pl.String}).select(list(COLUMNS)),
        float(value[~taken].sum()),
        int(blank.sum()),
    )
