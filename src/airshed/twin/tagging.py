"""The truth with tags: what each city of a region gave to each city's monitors, by code that is not the engine's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import xarray as xr

from airshed.emissions import city_of_rows
from airshed.places import Gazetteer
from airshed.places.grid import Grid
from airshed.transport.prepare import receptors_of
from airshed.twin.emission import hourly_emission, points_on
from airshed.twin.truth import Outside, run_tags

__all__ = ["city_tags", "receptor_weights_of", "tagged_truth"]


def tagged_truth(
    gazetteer: Gazetteer,
    weather: xr.Dataset,
    inventory: pl.DataFrame,
    cities: Sequence[str],
    outside: Outside,
    utc_offset: float,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """``truth.run_tags`` with a tag for each city and each city as a receptor.

    Parameters:
        gazetteer: with the stations, by whose cells a city breathes.
        weather: its grid is the truth's.
        inventory: rows with points.
        cities: who gives and who breathes; what others on the grid emit is the tag ``other``.
        outside, progress: as in ``run_tags``.
        utc_offset: of the clock of the emission's profiles [h].
    """
    grid = Grid.of(weather)
    emission = hourly_emission(points_on(grid, inventory), weather, utc_offset)
    tags, receptors = (
        city_tags(inventory, cities, grid, gazetteer),
        receptor_weights_of(gazetteer, cities, grid, weather),
    )
    return run_tags(weather, emission, tags, receptors, outside=outside, progress=progress)


def city_tags(
    inventory: pl.DataFrame, cities: Sequence[str], grid: Grid, gazetteer: Gazetteer
) -> xr.DataArray:
    """Share of each cell's emission that is each city's by the inventory's own word, (tag, y, x).

    Parameters:
        inventory: rows with points, as the made one has; a row is the city's of its place.
        cities: whose; they become the coordinate ``tag``.

    Validity: where two cities emit in one cell, one split by mass stands for all species, heights and hours.
    """
    rows = city_of_rows(inventory, gazetteer)
    cell = grid.cell_at(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    inside = cell >= 0
    number = rows["city"].replace_strict({c: n for n, c in enumerate(cities)}, default=len(cities))
    tag = number.fill_null(len(cities)).cast(pl.Int64).to_numpy()[inside]
    found = np.zeros((len(cities) + 1, grid.cells))
    np.add.at(found, (tag, cell[inside]), rows["amount"].to_numpy()[inside])
    whole = found.sum(axis=0)
    shares = np.divide(found[:-1], whole, out=np.zeros_like(found[:-1]), where=whole > 0)
    return xr.DataArray(shares.reshape(-1, *grid.shape), dims=("tag", "y", "x"), coords={"tag": list(cities)})


def receptor_weights_of(
    gazetteer: Gazetteer, cities: Sequence[str], grid: Grid, weather: xr.Dataset
) -> xr.DataArray:
    """Weights of the cells that a city breathes, (receptor, y, x)."""
    day = weather["time"].values[-1].astype("datetime64[D]").item()
    found = np.zeros((len(cities), grid.cells))
    for number, receptor in enumerate(receptors_of(gazetteer, cities, grid, day)):
        found[number, receptor.cells] = receptor.weights
    return xr.DataArray(
        found.reshape(-1, *grid.shape), dims=("receptor", "y", "x"), coords={"receptor": list(cities)}
    )
