"""A small study for tests: made weather on a coarse grid, a handful of sources, two receptors, double precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import xarray as xr

from airshed.chemistry import Rates
from airshed.emissions import RELEASES
from airshed.places import Grid
from airshed.transport import operators as made
from airshed.transport.blocks import Blocks
from airshed.transport.hour import Hour
from airshed.transport.nouns import SPECIES, Operator, Receptor
from airshed.transport.reverse import Reverse, laid_back
from airshed.transport.sources import OTHER, Sources, Yield, split_sources
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


def small_owners(release: xr.Dataset, shares: pl.DataFrame | None = None) -> pl.DataFrame:
    """Who answers for a release of which nobody is named: by the ground."""
    grid = Grid.of(release)
    amount = release["amount"].stack(cell=("y", "x")).values
    group, species, cell = np.nonzero(amount)
    columns = {
        "sector": release["sector"].values[group].astype(str), "release": release["release"].values[group].astype(str),
        "species": release["species"].values[species].astype(str), "cell": cell, "rate": amount[group, species, cell],
    }  # fmt: skip
    rows = pl.DataFrame(columns).join(small_shares(grid) if shares is None else shares, on="cell")
    return rows.with_columns(amount=pl.col("rate") * pl.col("share"))


def small_study(hours: int = 96, boundary: dict[str, float] | None = None, dtype: Any = np.float64) -> Study:
    grid = small_grid()
    weather = made_weather(grid, datetime(2026, 1, 9, 16, tzinfo=UTC), hours, seed=5)
    release = small_release(grid)
    middle = grid.ny // 2 * grid.nx + grid.nx // 2
    receptors = [
        Receptor("north", np.array([middle + grid.nx, middle + grid.nx + 1]), np.array([0.25, 0.75])),
        Receptor("south", np.array([middle - 2 * grid.nx]), np.array([1.0])),
    ]
    sources = split_sources(release, small_owners(release), PLACES)
    return Study(weather, release, sources, receptors, boundary or {}, dtype=dtype)


@dataclass
class Kept(Study):
    """A study that remembers its operators, whose rates and release may be set, and whose weather may come round.

    ``rates``: what becomes of each hour's frozen rates. ``layers_of``: the layer of each release class, in place of
    plume rise. ``period``: after so many hours the first comes again. ``watched``: cells seen beside the receptors'.
    ``least_air``: of the division of hours, in place of the engine's own.
    """

    rates: Callable[[Rates], Rates] = field(default=lambda rates: rates)
    layers_of: tuple[int, ...] = ()
    period: int = 0
    watched: tuple[int, ...] = ()
    least_air: float = made.LEAST_AIR
    held: dict[int, list[Operator]] = field(default_factory=dict)

    def operators(self, hour: int) -> list[Operator]:
        number = hour % self.period if self.period else hour
        if number not in self.held:
            frozen = made.hour_rates
            with (
                patch.object(made, "hour_rates", lambda *given: self.rates(frozen(*given))),
                patch.object(made, "LEAST_AIR", self.least_air),
            ):
                self.held[number] = super().operators(number)
        return self.held[number]

    @property
    def seen(self) -> Any:
        receptors = [cell for one in self.receptors for cell in one.cells]
        return np.unique([*receptors, *self.watched]).astype(np.int64)

    def layer_shares(self, hour: int) -> Any:
        if not self.layers_of:
            return super().layer_shares(hour)
        shares = np.zeros((len(RELEASES), self.layers, self.grid.cells), self.dtype)
        shares[np.arange(len(self.layers_of)), list(self.layers_of)] = 1.0
        return shares


def kept(study: Study, **changes: Any) -> Kept:
    """The study with its operators remembered; those of a kept one are shared where nothing in them changes."""
    return Kept(**{f.name: getattr(study, f.name) for f in fields(study) if f.init} | changes)


def nothing_lost(rates: Rates) -> Rates:
    """Conversion as it is; neither ground nor rain takes anything."""
    none = np.zeros_like(rates.scavenging)
    return replace(rates, deposition=np.zeros_like(rates.deposition), scavenging=none)


def inert(rates: Rates) -> Rates:
    """Nothing happens on the way."""
    return replace(nothing_lost(rates), conversion=np.zeros_like(rates.conversion))


def weather_study(weather: xr.Dataset, receptors: Iterable[Receptor], **changes: Any) -> Kept:
    """A study of any weather with random sources; double precision unless asked otherwise."""
    grid = Grid.of(weather)
    release = small_release(grid)
    sources = split_sources(release, small_owners(release), PLACES)
    return kept(Study(weather, release, sources, list(receptors), dtype=np.float64), **changes)


def lone_source(cells: Iterable[int], grid: Grid, release: int = 0, rate: float = 1.0) -> Sources:
    """Primary PM alone [kg h-1] from each of some cells, of one release class."""
    keys = np.sort(np.asarray(list(cells), dtype=np.int64)) + release * grid.cells
    start = np.searchsorted(keys, np.arange(len(RELEASES) * grid.cells + 1)).astype(np.int64)
    source = Yield(start, np.zeros(len(keys), np.int32), np.full(len(keys), rate))
    return Sources((OTHER,), ("industry",), {"pm25": source})


def marched_back(study: Study, first: int, last: int, seen_from: int) -> Blocks:
    """Blocks after the hours from ``first`` to ``last`` were marched backward.

    Receptors look at the hours from ``seen_from`` to ``last``, each weighing a twenty-fourth, as in their day.
    """
    day, before = date(2000, 1, 2), date(2000, 1, 1)
    blocks = Blocks(study, True)
    blocks.open(day)
    for hour in reversed(range(first, last + 1)):
        seen = hour >= seen_from
        Reverse(study, blocks).run(Hour.of(study, hour, laid_back, seen), day if seen else before)
    return blocks
