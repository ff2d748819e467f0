"""The engine beside the twin's truth: who breathes whose primary PM2.5, by code that shares no line.

    .venv/bin/python tools/compare_twin.py [--cell 10000] [--truth-cell 5000] [--days 4] [--from 2026-01-12] [--seed 1]
        [--even]

Prints the correlation of the city x city matrices, local shares of both, and sums; the table of docs/twin.md. The truth
knows where in a cell of the engine a source stands; with ``--even`` it does not, and what is left is transport alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.places import Gazetteer
from airshed.places.grid import Grid
from airshed.transport import (
    Contributions,
    Memory,
    Receptor,
    Shelf,
    run_concentrations,
    run_footprints,
    run_operators,
)
from airshed.transport.prepare import prepare_case, receptors_of, region_grid
from airshed.twin.emission import hourly_emission, points_on
from airshed.twin.inventory import made_inventory
from airshed.twin.tagging import city_tags
from airshed.twin.truth import run_tags
from airshed.twin.weather import made_weather
from airshed.workspace import Settings, init

Floats = NDArray[np.float64]
T = TypeVar("T", xr.Dataset, xr.DataArray)
REGION, UTC_OFFSET = "bth13", 8.0
BEFORE = 4  # d of weather before the days compared: as far back as the footprints go


@dataclass(frozen=True)
class Comparison:
    """Primary PM2.5 of both [ug m-3], mean of the days: (receptor, source); the sources after the cities are others."""

    cities: tuple[str, ...]
    engine: Floats
    truth: Floats

    @property
    def correlation(self) -> float:
        """Of the city x city matrices."""
        n = len(self.cities)
        return float(np.corrcoef(self.engine[:, :n].ravel(), self.truth[:, :n].ravel())[0, 1])

    @property
    def correlation_off_diagonal(self) -> float:
        """Of what cities give to others alone: the diagonal is large and flatters."""
        n = len(self.cities)
        away = ~np.eye(n, dtype=bool)
        return float(np.corrcoef(self.engine[:, :n][away], self.truth[:, :n][away])[0, 1])

    def local(self, matrix: Floats) -> Floats:
        """Share of each city's own emission [1]."""
        return np.asarray(np.diag(matrix[:, : len(self.cities)]) / matrix.sum(axis=1))


def compare(
    cell: float,
    truth_cell: float,
    first: date,
    days: int,
    seed: int,
    even: bool = False,
    margin: float = 100_000.0,
) -> Comparison:
    """Run both for ``days`` local days from ``first``; primary PM2.5 alone, clean air outside.

    ``even``: the truth, too, has each source spread evenly over its cell of the engine.
    """
    gazetteer = Gazetteer.load()
    cities = tuple(gazetteer.region(REGION).members_on(first))
    coarse = region_grid(gazetteer, cities, cell, margin)
    # Cells of the truth divide those of the engine, so that both see the same places.
    parts = round(cell / truth_cell)
    fine = Grid(coarse.crs, coarse.x0, coarse.y0, cell / parts, coarse.nx * parts, coarse.ny * parts)
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    start, hours = midnight - timedelta(days=BEFORE, hours=UTC_OFFSET), (days + BEFORE) * 24
    inventory = made_inventory(gazetteer, seed=seed, year=first.year).filter(pl.col("species") == "pm25")
    begin = time.process_time()
    engine = of_engine(made_weather(coarse, start, hours, seed), inventory, first, days)
    print(f"engine {coarse.shape}: {time.process_time() - begin:.0f} s CPU")
    begin = time.process_time()
    receptors = receptors_of(gazetteer, cities, coarse, first)
    weather = made_weather(fine, start, hours, seed)
    sources = coarse if even else fine
    put, tags = points_on(sources, inventory), city_tags(inventory, cities, sources, gazetteer)
    if even:
        put, tags = finer(put, fine, parts, 1 / parts**2), finer(tags, fine, parts, 1.0)
    truth = of_truth(weather, put, tags, receptors, parts, days)
    print(f"truth {fine.shape}: {time.process_time() - begin:.0f} s CPU")
    return Comparison(cities, engine, truth)


def of_engine(weather: xr.Dataset, inventory: pl.DataFrame, first: date, days: int) -> Floats:
    """Contributions (receptor, city and the rest) by footprints."""
    with tempfile.TemporaryDirectory(prefix="airshed-compare-") as folder:
        workspace = init(folder, Settings(region=REGION))
        memory = Memory(days=BEFORE, most=BEFORE)
        case = prepare_case(workspace, "compare", weather, inventory, memory=memory)
        run_operators(case)
        run_concentrations(case)
        every = [first + timedelta(days=n) for n in range(days)]
        run_footprints(case, every, footprints=False)
        found = Contributions.load(Shelf(case), first, first + timedelta(days=days))
        cities, table = list(case.about.receptors), found.by("city")
        workspace.close()
    others = pl.when(pl.col("city").is_in(cities)).then(pl.col("city")).otherwise(pl.lit("other"))
    wide = table.with_columns(city=others).group_by("receptor", "city").agg(pl.col("amount").sum())
    held = {(r, c): a for r, c, a in wide.select("receptor", "city", "amount").iter_rows()}
    return np.array([[held.get((r, c), 0.0) for c in (*cities, "other")] for r in cities])


def finer(field: T, fine: Grid, parts: int, times: float) -> T:
    """Each cell as so many cells along either side, values ``times`` what they were."""
    rows = np.arange(fine.ny) // parts, np.arange(fine.nx) // parts
    found = (field * times).isel(y=rows[0], x=rows[1]).assign_coords(y=fine.y, x=fine.x)
    return found.assign_attrs(**fine.attrs())


def of_truth(
    weather: xr.Dataset, put: xr.Dataset, tags: xr.DataArray, receptors: list[Receptor], parts: int, days: int
) -> Floats:
    """Contributions (receptor, city and the rest) by tags, at the cells of the engine's receptors."""
    grid = Grid.of(weather)
    weights = np.zeros((len(receptors), grid.ny // parts, grid.nx // parts))
    for number, receptor in enumerate(receptors):
        weights[number].reshape(-1)[receptor.cells] = receptor.weights
    fine = weights.repeat(parts, axis=1).repeat(parts, axis=2) / parts**2
    seen = xr.DataArray(fine, dims=("receptor", "y", "x"), coords={"receptor": [r.id for r in receptors]})
    emission = hourly_emission(put, weather, UTC_OFFSET)
    found = run_tags(weather, emission, tags, seen, classes=("fine",))
    whole = found["pm25"].isel(time=slice(-days * 24, None)).mean("time").transpose("receptor", "tag").values
    n = tags.sizes["tag"]
    return np.concatenate([whole[:, :n], whole[:, n:].sum(axis=1, keepdims=True)], axis=1)


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", type=float, default=10_000.0)
    parser.add_argument("--truth-cell", type=float, default=5_000.0)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 1, 12))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--even", action="store_true", help="the truth's sources, too, fill the engine's cells"
    )
    chosen = parser.parse_args()
    found = compare(chosen.cell, chosen.truth_cell, chosen.first, chosen.days, chosen.seed, chosen.even)
    show(found)


def show(found: Comparison) -> None:
    """The figures of docs/twin.md."""
    names = Gazetteer.load()
    engine, truth = found.local(found.engine), found.local(found.truth)
    print("| city | PM2.5 engine | truth | local share engine | truth |\n|---|---|---|---|---|")
    for n, city in enumerate(found.cities):
        whole = found.engine[n].sum(), found.truth[n].sum()
        row = f"{whole[0]:.1f} | {whole[1]:.1f} | {100 * engine[n]:.1f} % | {100 * truth[n]:.1f} %"
        print(f"| {names.jurisdiction(city).names['zh']} | {row} |")
    gap = 100 * np.abs(engine - truth)
    print(f"matrix r {found.correlation:.4f}, without the diagonal {found.correlation_off_diagonal:.4f}")
    print(f"local shares: gap mean {gap.mean():.1f}, largest {gap.max():.1f} points")
    print(f"sum engine / truth {found.engine.sum() / found.truth.sum():.3f}")


if __name__ == "__main__":
    main()
