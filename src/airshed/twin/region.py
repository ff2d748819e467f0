"""Makes a region in which everything is known: weather, inventory, truth, monitors, and the engine's case beside it.

All of it is laid down in the workspace as a user's own data would be: files read by the ``long`` feed, an inventory
on record, a case of transport. What stands already is left as it is, so that a making that was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.chemistry import CLASSES
from airshed.emissions import holdings, import_inventory
from airshed.errors import BadInput
from airshed.observations.feeds.mapping import read_mapping
from airshed.observations.ingest import ingest
from airshed.places import Gazetteer
from airshed.places.grid import Grid
from airshed.transport import Memory, cases, open_case, run_concentrations, run_footprints, run_operators
from airshed.transport.lobes import COARSE_CELL, PathChoice
from airshed.transport.prepare import prepare_case, region_grid
from airshed.transport.study import AIR_DENSITY
from airshed.twin.emission import hourly_emission, points_on
from airshed.twin.faults import plant
from airshed.twin.files import DEMONSTRATION, MAPPING, made_stations, tables_in, write_made, write_places
from airshed.twin.inventory import made_inventory
from airshed.twin.monitors import observe
from airshed.twin.plan import SPIN_UP, Plan, read_plan, write_plan
from airshed.twin.tagging import tagged_truth
from airshed.twin.truth import Outside, run_truth
from airshed.twin.weather import made_weather
from airshed.workspace import Settings, Workspace, init

__all__ = ["BOUNDARY", "CASE", "MADE", "MadeRegion", "Progress", "make_region", "outside_air"]

Progress = Callable[[int, int, str], None]

CASE: Final = "twin"
"""Name of the made region's case of transport, and of its inventory."""
MADE: Final = "made"
"""Folder of the workspace that holds the made tables, the plan and the truth."""
BY: Final = "airshed.twin"
BOUNDARY: Final = {"fine": 8.0, "so2": 2.0, "nitrate": 1.0, "nox": 3.0, "nh3": 1.0, "voc": 5.0}
"""Concentrations of the air outside the grid [ug m-3 near the ground], own choice: clean continental air."""
MOST_MEMORY: Final = 5e9  # bytes of made weather at once
FIELDS_A_CELL: Final = 50  # values of weather an hour and column, nearly, at eight layers
HOURS: Final = 24  # of a day


def make_region(
    folder: str | Path,
    plan: Plan,
    progress: Progress | None = None,
    then: Callable[[MadeRegion], None] | None = None,
) -> Workspace:
    """Make the workspace of a made region, or open it where it stands.

    Parameters:
        folder: empty, absent, or the same made region, whole or not.
        plan: what to make; a plan that stands in the folder already holds instead.
        progress: called with what is done, of how much, and what it is.
        then: what is made of the region besides, while its weather is still at hand.

    Raises:
        BadInput: the workspace of another region (made data never go beside real ones), or a truth too fine for the
            memory.
    """
    Gazetteer.load().region(plan.like)  # refuses a name nobody knows before a folder is made
    workspace = init(folder, Settings(region=plan.id))
    if workspace.settings.region != plan.id:
        workspace.close()
        advice = "name another folder: made data never go beside real ones"
        raise BadInput(
            f"an empty folder or one of the made region {plan.id}", f"a workspace in {folder}", advice
        )
    path = workspace.folder / MADE / "plan.json"
    if not path.is_file():
        if workspace.snapshot().files():  # of a version that had no air
            return workspace
        path.parent.mkdir(exist_ok=True)
        write_plan(path, plan)
    region = MadeRegion(workspace, read_plan(path), progress or (lambda *_: None))
    region.lay_down()
    if then is not None:
        then(region)
    return workspace


@dataclass
class MadeRegion:
    """A made region while it is made: each part is made when it is asked for."""

    workspace: Workspace
    plan: Plan
    progress: Progress

    def lay_down(self) -> None:
        """All that the plan wants and the workspace lacks."""
        folder = self.workspace.folder / MADE
        if not self.workspace.snapshot().files():
            if not (folder / MAPPING).is_file():  # written last
                self.write_observations(folder)
            mapping = read_mapping(folder / MAPPING)
            ingest(
                self.workspace, tables_in(folder), feed="long", by=BY, mapping=mapping, progress=self.progress
            )
        if CASE not in [h.name for h in holdings(self.workspace)]:
            import_inventory(
                self.workspace,
                CASE,
                self.inventory,
                feed="twin",
                files=[],
                by=BY,
                ground="虚构 / made, not measured",
            )
        if self.plan.tags and not (folder / "tags.zarr").is_dir():
            self.write_tags(folder)
        if self.plan.footprint_days:
            self.run_case()

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The packaged places, without those made here."""
        return Gazetteer.load()

    @cached_property
    def cities(self) -> tuple[str, ...]:
        """The cities that lend their names and have a seat."""
        like = self.gazetteer.region(self.plan.like)
        found = like.members_on(self.plan.first_day) or like.members_on(date.max)
        return tuple(c for c in found if self.gazetteer.jurisdiction(c).lon is not None)

    @property
    def utc_offset(self) -> float:
        """Of the local day [h]."""
        return self.gazetteer.region(self.plan.like).utc_offset

    def grid(self, cell: float) -> Grid:
        """The grid over the cities, of that cell width [m]."""
        return region_grid(self.gazetteer, self.cities, cell, self.plan.margin)

    @cached_property
    def inventory(self) -> pl.DataFrame:
        """The made inventory of the plan's year."""
        return made_inventory(self.gazetteer, seed=self.plan.seed, year=self.plan.first_day.year)

    @cached_property
    def truth_weather(self) -> xr.Dataset:
        """Weather on the truth's grid, with the days before the first."""
        return self.weather(self.plan.truth_cell, self.plan.first_day - timedelta(days=SPIN_UP))

    def weather(self, cell: float, first: date) -> xr.Dataset:
        """Made weather from a local day to the end of the plan.

        Raises:
            BadInput: more than the memory holds.
        """
        grid, hours = self.grid(cell), (self.plan.until - first).days * HOURS
        if (needed := 4.0 * grid.cells * FIELDS_A_CELL * hours) > MOST_MEMORY:
            came = f"{grid.nx} x {grid.ny} cells for {hours // HOURS} days, {needed / 1e9:.0f} GB"
            raise BadInput(
                f"weather of at most {MOST_MEMORY / 1e9:.0f} GB", came, "take larger cells or fewer days"
            )
        self.progress(0, hours, "weather")
        start = self.plan.midnight(first, self.utc_offset)
        return made_weather(grid, start, hours, self.plan.seed)

    def truth(self) -> xr.Dataset:
        """What the air held, days before the first included."""
        weather = self.truth_weather
        emission = hourly_emission(points_on(Grid.of(weather), self.inventory), weather, self.utc_offset)
        return run_truth(
            weather,
            emission,
            outside=outside_air(),
            progress=lambda done, of: self.progress(done, of, "truth"),
        )

    def write_observations(self, folder: Path) -> None:
        """Places, the truth and what monitors saw of it, as files."""
        stations = made_stations(self.gazetteer, self.cities)
        write_places(self.workspace.folder / "places", self.plan.id, self.names, stations)
        spin_up = SPIN_UP * HOURS
        truth = self.truth().isel(time=slice(spin_up, None))
        weather = self.truth_weather.isel(time=slice(spin_up, None), edge=slice(spin_up, None))
        rng = np.random.default_rng(self.plan.seed)
        seen = observe(truth, weather, stations, rng, self.plan.dust_hour)
        air, _ = plant(seen, rng)
        kept = truth[["pm25", *CLASSES]].assign_attrs(made=1)
        kept.to_zarr(folder / "truth.zarr", mode="w", zarr_format=2, consolidated=False)
        write_made(folder, stations, air, self.plan.first_day)

    def write_tags(self, folder: Path) -> None:
        """Who gave what to each city, by the truth."""
        found = tagged_truth(
            self.gazetteer, self.truth_weather, self.inventory, self.cities, outside_air(), self.utc_offset,
            lambda done, of: self.progress(done, of, "tags"),
        )  # fmt: skip
        found.to_zarr(folder / "tags.zarr", mode="w", zarr_format=2, consolidated=False)

    def run_case(self) -> None:
        """The engine's case of the last days: operators, concentrations, footprints."""
        workspace, plan = self.workspace, self.plan
        if CASE not in cases(workspace.folder):
            back = plan.footprint_days + plan.memory_most + 1
            first = max(plan.until - timedelta(days=back), plan.first_day - timedelta(days=SPIN_UP))
            memory = Memory(days=plan.memory_days, most=plan.memory_most)
            digests = {f"inventory:{h.name}": h.sha256 for h in holdings(workspace) if h.name == CASE}
            # On cells so wide nearly every footprint would be put aside: one pass by the positive path, not two.
            path: PathChoice = "positive" if plan.cell >= COARSE_CELL else "auto"
            prepare_case(
                workspace, CASE, self._case_weather(first), {CASE: self.inventory}, boundary=BOUNDARY, memory=memory,
                made=True, digests=digests, path=path,
            )  # fmt: skip
        case = open_case(workspace.folder, CASE)
        run_operators(case, self.progress)
        run_concentrations(case, self.progress)
        run_footprints(case, case.days[-plan.footprint_days :], progress=self.progress)

    def _case_weather(self, first: date) -> xr.Dataset:
        if self.plan.cell != self.plan.truth_cell or "truth_weather" not in self.__dict__:
            return self.weather(self.plan.cell, first)
        before = (first - self.plan.first_day + timedelta(days=SPIN_UP)).days * HOURS
        return self.truth_weather.isel(time=slice(before, None), edge=slice(before, None))

    @property
    def names(self) -> dict[str, str]:
        """Names of the made region, which say that it is made."""
        if self.plan.id == DEMONSTRATION:
            return {"zh": "演示区域(虚构数据)", "en": "Demo region (made data)"}
        like = self.gazetteer.region(self.plan.like).names
        return {"zh": f"{like['zh']}孪生(虚构数据)", "en": f"{like['en']}, twin (made data)"}


def outside_air() -> Outside:
    """``BOUNDARY`` as mixing ratios, at the sides, above the top and at the start, as the engine takes them."""
    ratio = np.array([BOUNDARY[name] * 1e-9 / AIR_DENSITY for name in CLASSES])
    return Outside(ratio, ratio, ratio)
