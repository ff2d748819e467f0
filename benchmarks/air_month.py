"""A month of the air on 100 x 100 x 8 cells: operators, forward tags, footprints of 41 cities, contributions.

    python -m benchmarks.air_month [--days 30] [--cells 100] [--path footprint] [--dask] [--keep FOLDER]

Runs the true programs on ``--days`` days of made weather (every stage, chemistry and deposition on), scales to 30 days
where they are fewer, and says so; beside the tags stand the bandwidth floor (12 bytes a cell, tracer and hour: read,
written, allocated) and the arithmetic floor (48 operations) by triad and multiply-add rates measured in the same run.
The steps an hour needed are printed, since every figure is in proportion to them, and the memory the cities' days
needed until no more than 2 % was older. A 10-day forecast is the operators of ten days and the footprints of the last
ten. ``--path auto`` reckons anew, by the positive path, what a footprint is not fit for; ``--dask`` reckons the same
days once more on two processes, compares, and prints the ratio.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.roofline import multiply_adds, triad

from airshed.places import Gazetteer, Grid
from airshed.transport import Contributions, Shelf, run_concentrations, run_footprints, run_operators
from airshed.transport.case import Case
from airshed.transport.forward import forward, no_tracers
from airshed.transport.layout import Layout
from airshed.transport.lobes import PathChoice
from airshed.transport.prepare import prepare_case
from airshed.transport.release import Emission
from airshed.transport.sources import Sources, Yield
from airshed.transport.spread import processes
from airshed.twin.inventory import made_inventory
from airshed.twin.weather import made_weather
from airshed.workspace import Settings, init

MONTH = 30  # [d]
BEFORE = 6  # [d] of weather before the first day that is asked for
TRACERS = 1845  # 205 tags (41 cities x 5 sectors) x 9 classes and origins
BOUNDS = {
    "operators": 360.0, "footprints": 300.0, "10 days": 180.0, "tags": 240.0, "one day": 0.050, "a month": 1.0,
}  # fmt: skip  # [s]


@dataclass(frozen=True)
class Figure:
    """A time and what it stands for."""

    name: str
    seconds: float
    month: float
    note: str = ""

    def row(self) -> str:
        bound = BOUNDS[self.name]
        held = "held" if self.month <= bound else "NOT held"
        return f"{self.name:12s} {self.seconds:9.2f} s -> {self.month:9.2f} s (goal {bound:g} s, {held}) {self.note}"


def grid_of(cells: int, gazetteer: Gazetteer) -> Grid:
    """10 km cells round the region's middle."""
    seat = gazetteer.jurisdiction("gb2260:130100")
    middle = Grid.over([float(seat.lon or 0)], [float(seat.lat or 0)], 10_000.0, 100_000.0)
    half = cells // 2 * 10_000.0
    return Grid(middle.crs, -half, -half, 10_000.0, cells, cells)


def prepare(folder: Path, cells: int, days: int, path: PathChoice) -> Case:
    """A case of 41 cities with ``days`` days to be asked for and weather before them."""
    workspace = init(folder, Settings(region="2+36"))
    grid = grid_of(cells, workspace.gazetteer)
    start = datetime(2026, 1, 1, 16, tzinfo=UTC)
    weather = made_weather(grid, start, 24 * (days + BEFORE), seed=5)
    inventory = made_inventory(workspace.gazetteer, grid)
    return prepare_case(workspace, "month", weather, inventory, boundary={"fine": 15.0}, path=path)


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def operators(case: Case) -> Figure:
    seconds = timed(lambda: run_operators(case))
    archive, hours = case.study.archive, case.study.hours
    assert archive is not None
    steps = sum(len(archive.read(hour)) for hour in range(hours)) / hours
    return Figure("operators", seconds, seconds * MONTH * 24 / hours, f"{steps:.2f} steps an hour")


def footprints(case: Case, days: int, operators_month: float) -> list[Figure]:
    """Of the last days: ten at most as of a forecast, then all. Fewer days than a month are scaled by days."""
    few = min(10, days)
    first = timed(lambda: run_footprints(case, case.days[-few:]))
    rest = timed(lambda: run_footprints(case, case.days[-days:])) if days > few else 0.0
    given = Shelf(case).group["given"][len(case.days) - days :]
    lags = (np.abs(given).sum(axis=(3, 4, 5)) > 0).sum(axis=2) - 1
    note = f"{given.shape[1]} cities, {days} days; memory {lags.mean():.2f} days on the mean, {lags.max()} at most"
    forecast = first * 10 / few + operators_month / MONTH * 10
    whole = Figure("footprints", first + rest, (first + rest) * MONTH / days, note)
    return [Figure("10 days", first, forecast, "with the operators of ten days"), whole]


def on_dask(case: Case, days: int, seconds: float) -> str:
    """The same days on two processes, from an empty shelf: the ratio of times, and the largest difference.

    Like the process of two threads, these are warm: what starts them and loads their kernels is timed by itself.
    """
    before = {name: Shelf(case).group[name][:] for name in ("given", "rests")}
    every = case.days[-days:]
    (case.root / "shelf.zarr").rename(case.root / "shelf.first")
    with processes(2) as client:
        cold = timed(lambda: run_footprints(case, every[:1], workers=2, client=client))
        (case.root / "shelf.zarr").rename(case.root / "shelf.cold")
        again = timed(lambda: run_footprints(case, every, workers=2, client=client))
    after = {name: Shelf(case).group[name][:] for name in before}
    apart = max(np.abs(after[n] - before[n]).max() / np.abs(before[n]).max() for n in before)
    ratio = f"{seconds / again:.2f} of two threads (goal 0.9); apart {apart:.1e}"
    return f"Dask, two processes {again:.1f} s -> {ratio}; a first day, with all that is loaded for it, {cold:.1f} s"


def tags(case: Case, hours: int) -> Figure:
    """Forward tags by city and five sectors, nine tracers each, as many as the goal names."""
    study = case.study
    emission = _by_city(study.sources, study.factors, TRACERS // 9)
    layout = Layout(emission.tags)
    state = no_tracers(study, layout)
    for _ in forward(study, emission, 0, 1, state):
        pass
    seconds = timed(lambda: [None for _ in forward(study, emission, 1, hours, state)])
    tracers = sum(layout.columns(name) for name in layout.classes)
    work = study.layers * study.grid.cells * tracers * MONTH * 24
    floors = work * 12 / triad(), work * 48 / multiply_adds()
    month = seconds / hours * MONTH * 24
    ratio = month / max(floors)
    note = f"{tracers} tracers; floors {floors[0]:.0f} s (bandwidth), {floors[1]:.0f} s (arithmetic); x {ratio:.1f}"
    return Figure("tags", seconds, month, note)


def _by_city(sources: Sources, factors: Any, count: int) -> Emission:
    """Sources gathered into ``count`` tags, round robin over places, sector kept."""
    sectors = len(sources.sectors)
    groups = count // sectors
    row = np.arange(sources.rows)
    tag = (row // sectors) % groups * sectors + row % sectors
    of = {name: Yield(y.start, tag[y.row].astype(np.int32), y.rate) for name, y in sources.of.items()}
    return Emission(groups * sectors, of, np.tile(factors[:, :sectors], (1, groups)))


def contributions(case: Case, days: int) -> list[Figure]:
    """Any grouping of stored parts, warm: one day of all cities; several days, scaled."""
    shelf, last = Shelf(case), case.days[-1]

    def ask(count: int) -> float:
        first, until = last - timedelta(days=count - 1), last + timedelta(days=1)
        return timed(lambda: Contributions.load(shelf, first, until).by("city", "sector"))

    one = min(ask(1) for _ in range(5))
    some = min(ask(days) for _ in range(3))
    return [Figure("one day", one, one), Figure("a month", some, some * MONTH / days, f"of {days} days")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=MONTH)
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--path", choices=("auto", "footprint", "positive"), default="footprint")
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        case = prepare(given.keep or Path(scratch), given.cells, given.days, given.path)
        print(
            f"{case.study.grid.shape} x {case.study.layers}, {len(case.about.receptors)} cities, {case.study.hours} h"
        )
        operated = operators(case)
        print(operated.row(), flush=True)
        print(tags(case, 24).row(), flush=True)
        print(f"concentrations {timed(lambda: run_concentrations(case)):.1f} s", flush=True)
        marched = footprints(case, given.days, operated.month)
        for figure in (*marched, *contributions(case, given.days)):
            print(figure.row(), flush=True)
        if given.dask:
            print(on_dask(case, given.days, marched[-1].seconds), flush=True)
        shelf = case.root / "shelf.zarr" / "footprint"
        size = sum(f.stat().st_size for f in shelf.rglob("*") if f.is_file())
        year = size / given.days / len(case.about.receptors) * 41 * 365
        print(f"stored footprints {size / 1e9:.2f} GB -> {year / 1e9:.1f} GB a year of 41 cities (goal 60)")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB (goal 8)")


if __name__ == "__main__":
    main()
