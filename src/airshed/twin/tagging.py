"""The truth with tags: what each city of a region gave to each city's monitors, by code that is not the engine's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import xarray as xr

from airshed.places import Gazetteer
from airshed.places.cells import cell_shares
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
        city_tags(gazetteer, cities, grid),
        receptor_weights_of(gazetteer, cities, grid, weather),
    )
    return run_tags(weather, emission, tags, receptors, outside=outside, progress=progress)


def city_tags(gazetteer: Gazetteer, cities: Sequence[str], grid: Grid) -> xr.DataArray:
    """Share of each cell's area that lies in each city, (tag, y, x), by its counties as a case of the engine has it."""
    counties = {county: city for city in cities for county in (gazetteer.children(city) or (city,))}
    shares = cell_shares(grid, counties, gazetteer)
    by_county = shares.matrix(grid).toarray()
    found = np.zeros((len(cities), grid.cells))
    np.add.at(found, [cities.index(counties[place]) for place in shares.places], by_county)
    found /= np.maximum(found.sum(axis=0), 1.0)  # round-off above one
    return xr.DataArray(found.reshape(-1, *grid.shape), dims=("tag", "y", "x"), coords={"tag": list(cities)})


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
