"""From the inventory to the grid: mass a second, by group (sector and release class), species and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from airshed.emissions.inventory import check_inventory
from airshed.emissions.profiles import RELEASES, SECTORS, TRAVELLING, Profiles, group_sector, groups_of
from airshed.emissions.rise import plume_rise
from airshed.emissions.units import seconds_of
from airshed.errors import BadInput
from airshed.places.cells import CellShares, box_shares, is_box
from airshed.places.grid import Grid

__all__ = ["PLACED", "placed", "release", "stack_class"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PLACED = {
    "place": pl.String, "sector": pl.String, "release": pl.String, "species": pl.String, "cell": pl.Int64,
    "amount": pl.Float64,
}  # fmt: skip
"""Columns of :func:`placed` [kg s-1]; ``place`` is the inventory's, null where it names none."""
KILOGRAMS = 1000.0  # [kg] in a tonne
REFERENCE_WIND = 5.0  # [m s-1] at which the effective heights of stacks are compared; own choice
REFERENCE_TEMPERATURE = 285.0  # [K] of the air, likewise


@dataclass(frozen=True)
class _Rows:
    """An inventory as arrays over rows: numbers of place and species, amounts [t/a] by release (row, release)."""

    place: Ints
    sector: Ints
    species: Ints
    amount: Floats
    cell: Ints  # of a point; -1 off the grid; -2 no point


def release(
    inventory: pl.DataFrame,
    grid: Grid,
    shares: CellShares,
    profiles: Profiles,
    population: Floats | None = None,
    species: Sequence[str] = TRAVELLING,
    year: int | None = None,
) -> xr.Dataset:
    """Release on the grid: ``amount (group, species, y, x)`` [kg s-1], the mean of a year.

    A point lies in its cell. What has a place lies over the cells of that place by ground area, or, for sectors whose
    profile says ``population`` and where a population is handed in, by people. What has a stack goes into the class
    of that stack (:func:`stack_class`); else the sector's split is taken. ``outside (group, species)`` [kg s-1] is
    what lies beyond the grid: amount and outside together are ``total``, the inventory's, to round-off.

    Parameters:
        inventory: rows of ``INVENTORY``; boxes of a lon/lat grid need no shares, they are overlapped here.
        shares: of all places of the inventory (``airshed.places.cells.cell_shares``).
        population: people a cell, (y, x); its sum matters not. Of a place partly outside, the part that is outside
            is taken by area all the same: nobody knows the people there.
        species: which to put on the grid.
        year: whose seconds a yearly amount is spread over; 365 days where none is named.

    Raises:
        BadInput: rows not in order, a place without shares, a population that is no field of this grid.
    """
    _check_population(population, grid)
    table, shares = _in_order(inventory, grid, shares, species)
    rows = _rows(table, grid, shares, profiles, species)
    kinds = len(SECTORS) * len(RELEASES), len(species)
    by_place = _by_place(rows, len(shares.places), kinds)
    weights, inside = _spreads(grid, shares, population)
    field = np.zeros((*kinds, grid.cells))
    for number, group in enumerate(groups_of()):
        if by_place[:, number].any():
            field[number] = (weights[profiles.spread[group_sector(group)]].T @ by_place[:, number]).T
    away = np.einsum("p,pgs->gs", 1.0 - inside, by_place)
    at, off = _at_points(rows, grid, kinds)
    rate = KILOGRAMS / seconds_of(year)
    total = by_place.sum(axis=0) + at.sum(axis=-1) + off
    return _dataset(
        (field + at) * rate, (away + off) * rate, total * rate, grid, shares, profiles, species, year
    )


def placed(
    inventory: pl.DataFrame,
    grid: Grid,
    shares: CellShares,
    profiles: Profiles,
    population: Floats | None = None,
    species: Sequence[str] = TRAVELLING,
    year: int | None = None,
) -> pl.DataFrame:
    """What :func:`release` puts on the grid, with the place that each part of it has in the inventory (``PLACED``).

    Parameters, errors: as :func:`release`; the amounts of a group, species and cell add up to its, to round-off.
    """
    _check_population(population, grid)
    table, shares = _in_order(inventory, grid, shares, species)
    rows = _rows(table, grid, shares, profiles, species)
    by_place = _by_place(rows, len(shares.places), (len(SECTORS) * len(RELEASES), len(species)))
    parts = [_points_placed(table, rows, species)]
    spread = {name: matrix.tocoo() for name, matrix in _spreads(grid, shares, population)[0].items()}
    for number, kind in zip(*np.nonzero(by_place.any(axis=0)), strict=True):
        sector, kind_of_release = SECTORS[number // len(RELEASES)], RELEASES[number % len(RELEASES)]
        weight = spread[profiles.spread[sector]]
        amount = weight.data * by_place[weight.row, number, kind]
        some = np.flatnonzero(amount)
        part = {
            "place": pl.Series(shares.places)[weight.row[some]],
            "cell": weight.col[some],
            "amount": amount[some],
        }
        names = {"sector": sector, "release": kind_of_release, "species": species[kind]}
        parts.append(_entries(part, names))
    keys = [name for name in PLACED if name != "amount"]
    whole = pl.concat(parts).group_by(keys, maintain_order=True)
    return whole.agg(pl.col("amount").sum() * (KILOGRAMS / seconds_of(year)))


def stack_class(
    height: Floats, diameter: Floats, temperature: Floats, velocity: Floats, profiles: Profiles
) -> NDArray[np.int64]:
    """Number of the release class (``RELEASES``) of stacks, by effective height in a wind of 5 m/s at neutral air.

    Parameters:
        height [m], diameter [m], temperature [K], velocity [m s-1]: NaN where not known; the class whose stack is
            nearest in height then lends its own.

    The bounds lie midway, by ratio, between the effective heights of the classes' own stacks.
    """
    stacks = [profiles.stacks[r] for r in RELEASES]
    own = np.array([[max(s.height, 1.0), s.diameter, s.temperature, s.velocity] for s in stacks])
    likeness = np.abs(np.log(np.maximum(height, 1.0))[:, None] - np.log(own[1:, 0])).argmin(axis=1) + 1
    d, t, w = (
        np.where(np.isnan(v), own[likeness, i + 1], v)
        for i, v in enumerate((diameter, temperature, velocity))
    )
    air = REFERENCE_WIND, REFERENCE_TEMPERATURE, 0.0
    effective = np.maximum(height, 1.0) + plume_rise(d, t, w, *air)
    marks = own[1:, 0] + plume_rise(own[1:, 1], own[1:, 2], own[1:, 3], *air)
    edges = [stacks[0].depth, *np.sqrt(marks[1:] * marks[:-1])]
    return np.asarray(np.searchsorted(edges, effective, side="right"), dtype=np.int64)


# --- rows --------------------------------------------------------------------------------------------------


def _in_order(
    inventory: pl.DataFrame, grid: Grid, shares: CellShares, species: Sequence[str]
) -> tuple[pl.DataFrame, CellShares]:
    """The rows of these species, checked, and shares of every place and box among them."""
    table = check_inventory(inventory).filter(pl.col("species").is_in(list(species)))
    boxes = _boxes_without(table, shares)
    return table, shares.and_also(box_shares(grid, boxes)) if boxes else shares


def _check_population(population: Floats | None, grid: Grid) -> None:
    if population is None:
        return
    if population.shape != grid.shape or not (population >= 0).all() or not np.isfinite(population).all():
        came = f"shape {population.shape}, least {population.min():g}"
        raise BadInput(f"a population of 0 or more, shape {grid.shape}", came, "put it on this grid first")


def _boxes_without(table: pl.DataFrame, shares: CellShares) -> list[str]:
    """Boxes that still need their overlap; other places without shares are refused."""
    area = table.filter(pl.col("lon").is_null())
    lacking = [p for p in area["place"].unique(maintain_order=True).to_list() if p not in shares.inside]
    if named := [p for p in lacking if not is_box(p)]:
        more = f" and {len(named) - 5} more" if len(named) > 5 else ""
        raise BadInput(
            "shares of every place of the inventory",
            f"none of {', '.join(named[:5])}{more}",
            "name these places in cell_shares, or share their amounts out with apportion",
        )
    return lacking


def _rows(
    table: pl.DataFrame, grid: Grid, shares: CellShares, profiles: Profiles, species: Sequence[str]
) -> _Rows:
    numbers = {place: n for n, place in enumerate(shares.places)}
    point = table["lon"].is_not_null().to_numpy()
    place = table["place"].replace_strict(numbers, default=-1, return_dtype=pl.Int64)
    sector = (
        table["sector"]
        .replace_strict({s: n for n, s in enumerate(SECTORS)}, return_dtype=pl.Int64)
        .to_numpy()
    )
    kind = table["species"].replace_strict({s: n for n, s in enumerate(species)}, return_dtype=pl.Int64)
    cell = np.full(len(table), -2, dtype=np.int64)
    if point.any():
        at = table.filter(point)
        cell[point] = grid.cell_at(at["lon"].to_numpy(), at["lat"].to_numpy())
    share = profiles.split[sector].copy()
    stacked = table["stack_height"].is_not_null().to_numpy()
    if stacked.any():
        names = ("stack_height", "stack_diameter", "exit_temperature", "exit_velocity")
        stacks = table.filter(stacked).select(pl.col(names).fill_null(float("nan")))
        height, diameter, temperature, velocity = (stacks[n].to_numpy() for n in names)
        classes = stack_class(height, diameter, temperature, velocity, profiles)
        share[stacked] = np.eye(len(RELEASES))[classes]
    amount = table["amount"].to_numpy()[:, None] * share
    return _Rows(place.fill_null(-1).to_numpy(), sector, kind.to_numpy(), amount, cell)


def _groups(rows: _Rows, which: NDArray[np.bool_]) -> tuple[Ints, Ints, Floats]:
    """Row's group and species numbers and amounts, one entry for each release."""
    releases = np.arange(len(RELEASES))
    group = (rows.sector[which, None] * len(RELEASES) + releases).ravel()
    return group, np.repeat(rows.species[which], len(RELEASES)), rows.amount[which].ravel()


def _by_place(rows: _Rows, places: int, kinds: tuple[int, int]) -> Floats:
    """Amounts without a point, (place, group, species) [t/a]."""
    which = rows.cell == -2
    group, species, amount = _groups(rows, which)
    place = np.repeat(rows.place[which], len(RELEASES))
    flat = np.ravel_multi_index((place, group, species), (places, *kinds)) if len(place) else place
    summed = np.bincount(flat, amount, places * kinds[0] * kinds[1])
    return np.asarray(summed.reshape(places, *kinds), dtype=np.float64)


def _at_points(rows: _Rows, grid: Grid, kinds: tuple[int, int]) -> tuple[Floats, Floats]:
    """Amounts of points: on the grid (group, species, cell) and off it (group, species) [t/a]."""
    which = rows.cell != -2
    group, species, amount = _groups(rows, which)
    cell = np.repeat(rows.cell[which], len(RELEASES))
    cell = np.where(cell < 0, grid.cells, cell)  # off the grid: one more, at the end
    shape = (*kinds, grid.cells + 1)
    flat = np.ravel_multi_index((group, species, cell), shape) if len(cell) else cell
    every = np.asarray(np.bincount(flat, amount, int(np.prod(shape))), dtype=np.float64).reshape(shape)
    return every[..., :-1], every[..., -1]


def _points_placed(table: pl.DataFrame, rows: _Rows, species: Sequence[str]) -> pl.DataFrame:
    """Points on the grid, as ``PLACED`` but [t/a]."""
    which = rows.cell >= 0
    group, kind, amount = _groups(rows, which)
    some = np.flatnonzero(amount)
    row = np.flatnonzero(which)[some // len(RELEASES)]
    columns = {
        "place": table["place"][row], "cell": rows.cell[row], "amount": amount[some],
        "sector": pl.Series(SECTORS)[group[some] // len(RELEASES)],
        "release": pl.Series(RELEASES)[group[some] % len(RELEASES)],
        "species": pl.Series(species)[kind[some]],
    }  # fmt: skip
    return _entries(columns, {})


def _entries(columns: Mapping[str, Any], names: Mapping[str, str]) -> pl.DataFrame:
    """Rows of ``PLACED`` from columns, and names that stand for all of them."""
    rows = pl.DataFrame(columns).with_columns(pl.lit(value).alias(name) for name, value in names.items())
    return rows.select(pl.col(name).cast(kind) for name, kind in PLACED.items())


# --- over the cells ----------------------------------------------------------------------------------------


def _spreads(
    grid: Grid, shares: CellShares, population: Floats | None
) -> tuple[dict[str, sparse.csr_matrix], Floats]:
    """Share of each place's amount in each cell (place, cell), by what spreads it; and on the grid, (place,)."""
    area = shares.matrix(grid) @ sparse.diags(grid.area.ravel())
    by_area, inside = _weights(sparse.csr_matrix(area), shares.inside)
    weights = {"area": by_area, "population": by_area}
    if population is not None:
        people = shares.matrix(grid) @ sparse.diags(population.ravel())
        empty = np.asarray(people.sum(axis=1)).ravel() <= 0
        mixed = people + sparse.diags(empty.astype(float)) @ area  # nobody lives there: by area
        weights["population"] = _weights(sparse.csr_matrix(mixed), shares.inside)[0]
    return weights, inside


def _weights(raw: sparse.csr_matrix, inside: Mapping[str, float]) -> tuple[sparse.csr_matrix, Floats]:
    """Rows scaled so that each sums to the share of its place that lies on the grid."""
    total = np.asarray(raw.sum(axis=1)).ravel()
    on_grid = np.where(total > 0, np.array(list(inside.values()), dtype=np.float64), 0.0)
    scale = np.divide(on_grid, total, out=np.zeros_like(total), where=total > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ raw), on_grid


def _dataset(
    amount: Floats,
    outside: Floats,
    total: Floats,
    grid: Grid,
    shares: CellShares,
    profiles: Profiles,
    species: Sequence[str],
    year: int | None,
) -> xr.Dataset:
    groups = groups_of()
    kinds = {"units": "kg s-1"}
    fields = {
        "amount": (("group", "species", "y", "x"), amount.reshape(*amount.shape[:2], *grid.shape),
                   {**kinds, "long_name": "release, mean of a year; nox as NO2"}),
        "outside": (("group", "species"), outside, {**kinds, "long_name": "release beyond the grid"}),
        "total": (("group", "species"), total, {**kinds, "long_name": "release of the whole inventory"}),
    }  # fmt: skip
    coords = {
        "group": list(groups),
        "sector": ("group", [group_sector(g) for g in groups]),
        "release": ("group", [g.partition(":")[2] for g in groups]),
        "species": list(species),
        "y": ("y", grid.y, {"units": "m", "standard_name": "projection_y_coordinate"}),
        "x": ("x", grid.x, {"units": "m", "standard_name": "projection_x_coordinate"}),
    }
    attrs = {"Conventions": "CF-1.11", "shares": shares.basis, "profiles": profiles.status, "year": year or 0}
    return xr.Dataset(fields, coords, {**grid.attrs(), **attrs})
