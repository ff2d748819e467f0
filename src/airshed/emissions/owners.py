"""Whose emission it is: what the inventory says of a county or a city stands; the rest goes by the ground it lies on.

A cell on a border holds the emission of two cities, and a cell on the coast is half sea. Sharing a cell's emission by
area would send a plant's bill to the neighbour; so area decides only where the inventory names no county or city:
for cells of gridded inventories, and for what is named by a province or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import spatial

from airshed.emissions.release import PLACED
from airshed.places.cells import CellShares
from airshed.places.gazetteer import Gazetteer
from airshed.places.grid import Grid

__all__ = ["owners"]

Kind = Literal["county", "city", "elsewhere", "ground"]


def owners(
    placed: pl.DataFrame, shares: CellShares, cities: Mapping[str, str], grid: Grid, gazetteer: Gazetteer
) -> pl.DataFrame:
    """The release by the county that answers for it (``PLACED``, ``place`` being one of ``cities``) [kg s-1].

    Parameters:
        placed: as ``emissions.release.placed`` has it.
        shares: of the counties' ground, by cell.
        cities: each county of the case and the city it belongs to.

    A county named in the inventory answers for its emission wherever the cell lies. A city's goes to those of its
    counties whose ground the cell is, by area; where the cell is not its ground, as in its nearest cell. What names
    another city or county is nobody's here, and not in the table. All else goes by the ground.
    """
    kinds = {place: _kind(place, cities, gazetteer) for place in placed["place"].drop_nulls().unique()}
    held = placed.with_columns(
        kind=pl.col("place").replace_strict({p: k for p, (k, _) in kinds.items()}, default="ground"),
        place=pl.col("place").replace_strict(
            {p: h for p, (_, h) in kinds.items()}, default=None, return_dtype=pl.String
        ),
    ).partition_by("kind", as_dict=True, include_key=False)
    none = pl.DataFrame(schema=PLACED)
    ground = held.get(("ground",), none).drop("place").join(shares.table, on="cell")
    parts = [held.get(("county",), none), ground, _of_cities(held.get(("city",), none), shares, cities, grid)]
    shared = pl.concat([_shared(part) for part in parts])
    keys = [name for name in PLACED if name != "amount"]
    return shared.group_by(keys, maintain_order=True).agg(pl.col("amount").sum())


def _kind(place: str, cities: Mapping[str, str], gazetteer: Gazetteer) -> tuple[Kind, str | None]:
    """How a place of the inventory answers, and as whom."""
    if place in cities:
        return "county", place
    city = gazetteer.city_of(place)
    if city is None:
        return "ground", None
    return ("city", city) if city in cities.values() else ("elsewhere", None)


def _of_cities(rows: pl.DataFrame, shares: CellShares, cities: Mapping[str, str], grid: Grid) -> pl.DataFrame:
    """Rows of cities (``place``) with their counties and the ``share`` of each."""
    table = shares.table.with_columns(city=pl.col("place").replace_strict(cities))
    whole = pl.col("share").sum().over("city", "cell")
    table = table.with_columns(share=pl.col("share") / whole)
    ground = _nearest(rows.select("place", "cell").unique(maintain_order=True), table, grid)
    return (
        rows.join(ground, on=["place", "cell"])
        .rename({"place": "city"})
        .join(table.rename({"cell": "ground"}), on=["city", "ground"])
    )


def _nearest(wanted: pl.DataFrame, table: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """``place`` (a city) and ``cell`` with the ``ground``: the cell itself where the city has ground in it, else the
    nearest of its own."""
    parts = [pl.DataFrame(schema={"place": pl.String, "cell": pl.Int64, "ground": pl.Int64})]
    for (city,), rows in wanted.partition_by("place", as_dict=True, maintain_order=True).items():
        own = table.filter(pl.col("city") == city)["cell"].unique().sort().to_numpy()
        at = spatial.cKDTree(_points(own, grid)).query(_points(rows["cell"].to_numpy(), grid))[1]
        parts.append(rows.with_columns(ground=pl.Series(own[at], dtype=pl.Int64), place=pl.lit(city)))
    return pl.concat(parts)


def _points(cells: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """Rows and columns of cells, (cell, 2)."""
    return np.column_stack(np.divmod(cells, grid.nx))


def _shared(rows: pl.DataFrame) -> pl.DataFrame:
    """Amounts times ``share``, where there is one."""
    if "share" in rows.columns:
        rows = rows.with_columns(pl.col("amount") * pl.col("share"))
    return rows.select(pl.col(name).cast(kind) for name, kind in PLACED.items())
