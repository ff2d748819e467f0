"""A small study for tests: made weather on a coarse grid, a handful of sources, two receptors, double precision."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from airshed.emissions import RELEASES
from airshed.places import Grid
from airshed.transport.nouns import SPECIES, Receptor
from airshed.transport.sources import split_sources
from airshed.transport.study import Study
from airshed.twin.weather import made_weather

PLACES = ("north", "south")
SECTORS = ("industry", "residential")


def small_grid(cell: float = 40_000.0) -> Grid:
    return Grid.over([115.0, 117.5], [37.8, 40.2], cell=cell, margin=200_000.0)


def small_release(grid: Grid, seed: int = 3) -> xr.Dataset:
    """Every species from every group of a third of the cells, at random."""
    rng = np.random.default_rng(seed)
    groups = [(sector, release) for sector in SECTORS for release in RELEASES]
    amount = rng.gamma(1.0, 0.5, (len(groups), len(SPECIES), *grid.shape)) * (rng.random(grid.shape) < 0.3)
    coords: dict[str, Any] = {
        "sector": ("group", [s for s, _ in groups]),
        "release": ("group", [r for _, r in groups]),
        "species": list(SPECIES),
    }
    dims = ("group", "species", "y", "x")
    return xr.Dataset({"amount": (dims, amount, {"units": "kg s-1"})}, coords, attrs=grid.attrs())


def small_shares(grid: Grid) -> pl.DataFrame:
    """North and south of the middle row, which they share; the western columns belong to nobody."""
    rows, columns = np.divmod(np.arange(grid.cells), grid.nx)
    middle = grid.ny // 2
    north = np.where(rows > middle, 1.0, np.where(rows == middle, 0.4, 0.0)) * (columns > 1)
    south = np.where(rows < middle, 1.0, np.where(rows == middle, 0.6, 0.0)) * (columns > 1)
    parts = []
    for place, share in zip(PLACES, (north, south), strict=True):
        cell = np.flatnonzero(share)
        parts.append(pl.DataFrame({"place": [place] * len(cell), "cell": cell, "share": share[cell]}))
    return pl.concat(parts)


def small_study(hours: int = 96, boundary: dict[str, float] | None = None, dtype: Any = np.float64) -> Study:
    grid = small_grid()
    weather = made_weather(grid, datetime(2026, 1, 9, 16, tzinfo=UTC), hours, seed=5)
    release = small_release(grid)
    middle = grid.ny // 2 * grid.nx + grid.nx // 2
    receptors = [
        Receptor("north", np.array([middle + grid.nx, middle + grid.nx + 1]), np.array([0.25, 0.75])),
        Receptor("south", np.array([middle - 2 * grid.nx]), np.array([1.0])),
    ]
    sources = split_sources(release, small_shares(grid), PLACES)
    return Study(weather, release, sources, receptors, boundary or {}, dtype=dtype)
