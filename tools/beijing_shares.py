"""Where Beijing's made PM2.5 comes from: out-of-city share by day and in episodes, and how old it is when it arrives.

    .venv/bin/python tools/beijing_shares.py [--from 2026-01-01] [--days 20] [--cell 25000] [--seed 20260201]

Shares by the engine's footprints; lags by the truth, from puffs of one hour. Printed beside the published bands, tuned
to none of them; the figures of docs/twin.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.places import Gazetteer
from airshed.places.grid import Grid
from airshed.transport import Contributions, Memory, Shelf, run_concentrations, run_footprints, run_operators
from airshed.transport.prepare import prepare_case, region_grid
from airshed.twin.emission import hourly_emission, points_on
from airshed.twin.inventory import made_inventory
from airshed.twin.region import BOUNDARY
from airshed.twin.tagging import city_tags, receptor_weights_of
from airshed.twin.truth import run_tags
from airshed.twin.weather import made_weather
from airshed.workspace import Settings, init

REGION, BEIJING, UTC_OFFSET = "bth13", "gb2260:110000", 8.0
MARGIN = 200_000.0  # m
BEFORE = 5  # d of weather before the first day
EPISODE = 0.8  # quantile of the daily means above which a day belongs to an episode
PUFF_EVERY, PUFF_SEEN = 17, 48  # h between puffs, h they are followed


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--cell", type=float, default=25_000.0)
    parser.add_argument("--seed", type=int, default=20260201)
    chosen = parser.parse_args()
    gazetteer = Gazetteer.load()
    cities = gazetteer.region(REGION).members_on(chosen.first)
    grid = region_grid(gazetteer, cities, chosen.cell, MARGIN)
    midnight = datetime(chosen.first.year, chosen.first.month, chosen.first.day, tzinfo=UTC)
    start = midnight - timedelta(days=BEFORE, hours=UTC_OFFSET)
    weather = made_weather(grid, start, (chosen.days + BEFORE) * 24, chosen.seed)
    inventory = made_inventory(gazetteer, seed=chosen.seed, year=chosen.first.year)
    begin = time.process_time()
    lags(gazetteer, weather, inventory, cities)
    print(f"{time.process_time() - begin:.0f} s CPU", flush=True)
    begin = time.process_time()
    shares(weather, inventory, chosen.first, chosen.days)
    print(f"{time.process_time() - begin:.0f} s CPU")


def shares(weather: xr.Dataset, inventory: pl.DataFrame, first: date, days: int) -> None:
    """Out-of-city share of Beijing's PM2.5, all days and the dirtiest."""
    with tempfile.TemporaryDirectory(prefix="airshed-shares-") as folder:
        workspace = init(folder, Settings(region=REGION))
        memory = Memory(days=3, most=BEFORE)
        case = prepare_case(workspace, "shares", weather, inventory, boundary=BOUNDARY, memory=memory)
        run_operators(case)
        run_concentrations(case)
        every = [first + timedelta(days=n) for n in range(days)]
        run_footprints(case, every, [BEIJING], footprints=False)
        found = Contributions.load(Shelf(case), first, first + timedelta(days=days), [BEIJING])
        by_day = found.by("city", each_day=True)
        workspace.close()
    local = by_day.filter(pl.col("city") == BEIJING).sort("day")["amount"].to_numpy()
    whole = by_day.group_by("day").agg(pl.col("amount").sum()).sort("day")["amount"].to_numpy()
    dirty = whole >= np.quantile(whole, EPISODE)
    print(f"days {days}, mean {whole.mean():.0f} ug/m3, largest day {whole.max():.0f}")
    print(f"out of the city, all days: {100 * (1 - local.sum() / whole.sum()):.0f} % (published 28-57 %)")
    share = 100 * (1 - local[dirty].sum() / whole[dirty].sum())
    print(f"in the dirtiest {dirty.sum()} days: {share:.0f} % (published 64-80 %)")
    print("by day:", (100 * (1 - local / whole)).round().astype(int).tolist())


def lags(gazetteer: Gazetteer, weather: xr.Dataset, inventory: pl.DataFrame, cities: tuple[str, ...]) -> None:
    """Hours from emission to Beijing's air, for its own and for the other cities' primary PM2.5."""
    grid = Grid.of(weather)
    emission = hourly_emission(points_on(grid, inventory), weather, UTC_OFFSET)
    by_city, seen = city_tags(gazetteer, cities, grid), receptor_weights_of(gazetteer, cities, grid, weather)
    own = by_city.sel(tag=BEIJING).values
    around = by_city.sum("tag").values - own
    tags = xr.DataArray(np.stack([own, around]), dims=("tag", "y", "x"), coords={"tag": ["own", "around"]})
    seen = seen.sel(receptor=[BEIJING])
    total = np.zeros((2, PUFF_SEEN))
    for first in range(0, weather.sizes["time"] - PUFF_SEEN, PUFF_EVERY):
        part = weather.isel(time=slice(first, first + PUFF_SEEN), edge=slice(first, first + PUFF_SEEN + 1))
        puff = emission(first)

        def given(hour: int, puff: NDArray[np.float64] = puff) -> NDArray[np.float64]:
            return puff * (hour == 0)

        run = run_tags(part, given, tags, seen, classes=("fine",))
        total += run["pm25"].sel(tag=["own", "around"]).isel(receptor=0).values
    hours = np.arange(PUFF_SEEN)
    for name, row, band in zip(("own", "around"), total, ("1-2 h", "7-12 h"), strict=True):
        median = int(np.searchsorted(np.cumsum(row) / row.sum(), 0.5))
        mean = float((hours * row).sum() / row.sum())
        print(
            f"{name}: largest in hour {int(row.argmax())}, half by hour {median}, mean {mean:.1f} h (published {band})"
        )


if __name__ == "__main__":
    main()
