"""A month of the air on 100 x 100 x 8 cells: operators, forward tags, footprints of 41 cities, contributions.

    python -m benchmarks.air_month [--days 4] [--cells 100] [--keep FOLDER]

Runs the true programs on ``--days`` days of made weather (every stage, chemistry and deposition on) and scales to 30
days, saying so; beside the tags stand the bandwidth floor (12 bytes a cell, tracer and hour: read, written, allocated)
and the arithmetic floor (48 operations) by triad and multiply-add rates measured in the same run. The steps an hour
needed are printed, since every figure is in proportion to them.
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
from airshed.transport.backward import Memory
from airshed.transport.case import Case
from airshed.transport.forward import forward, no_tracers
from airshed.transport.layout import Layout
from airshed.transport.prepare import prepare_case
from airshed.transport.release import Emission
from airshed.transport.sources import Sources, Yield
from airshed.twin.inventory import made_inventory
from airshed.twin.weather import made_weather
from airshed.workspace import Settings, init

MONTH = 30  # [d]
MEMORY = 6  # [d]
TRACERS = 1845  # 205 tags (41 cities x 5 sectors) x 9 classes and origins
BOUNDS = {"operators": 360.0, "footprints": 300.0, "tags": 240.0, "one day": 0.050, "a month": 1.0}  # [s]


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


def prepare(folder: Path, cells: int, days: int) -> Case:
    """A case of 41 cities with ``days`` days to be asked for and their memory before them."""
    workspace = init(folder, Settings(region="2+36"))
    grid = grid_of(cells, workspace.gazetteer)
    start = datetime(2026, 1, 1, 16, tzinfo=UTC)
    weather = made_weather(grid, start, 24 * (days + MEMORY), seed=5)
    inventory = made_inventory(workspace.gazetteer, grid)
    memory = Memory(MEMORY, MEMORY)
    return prepare_case(workspace, "month", weather, inventory, boundary={"fine": 15.0}, memory=memory)


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


def footprints(case: Case, days: int) -> Figure:
    """Of the last days; scaled by block-days: each receptors' day marches its own day and the memory before it."""
    wanted = case.days[-days:]
    seconds = timed(lambda: run_footprints(case, wanted))
    blocks = sum(min(n, days, MEMORY + 1, days + MEMORY + 1 - n) for n in range(1, days + MEMORY + 1))
    month = sum(min(n, MEMORY + 1, MONTH + MEMORY + 1 - n) for n in range(1, MONTH + MEMORY + 1))
    cities = len(case.about.receptors)
    note = f"{cities} cities, {days} days; scaled by block-days {month / blocks:.2f}"
    return Figure("footprints", seconds, seconds * month / blocks, note)


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
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        case = prepare(given.keep or Path(scratch), given.cells, given.days)
        print(
            f"{case.study.grid.shape} x {case.study.layers}, {len(case.about.receptors)} cities, {case.study.hours} h"
        )
        print(operators(case).row(), flush=True)
        print(tags(case, 6).row(), flush=True)
        print(f"concentrations {timed(lambda: run_concentrations(case)):.1f} s", flush=True)
        print(footprints(case, given.days).row(), flush=True)
        for figure in contributions(case, given.days):
            print(figure.row(), flush=True)
        shelf = case.folder / "shelf.zarr" / "footprint"
        size = sum(f.stat().st_size for f in shelf.rglob("*") if f.is_file())
        year = size / given.days / len(case.about.receptors) * 41 * 365
        print(f"stored footprints {size / 1e9:.2f} GB -> {year / 1e9:.1f} GB a year of 41 cities (goal 60)")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB (goal 8)")


if __name__ == "__main__":
    main()
