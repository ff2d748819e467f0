"""Where Beijing's made PM2.5 comes from over a twin year: out-of-city share by day and in episodes, and how old it is.

    .venv/bin/python tools/beijing_shares.py [--from 2026-01-01] [--days 365] [--cell 30000] [--seed 20260201]

All by the truth: shares of whole PM2.5 (primary and secondary) by tags, four weeks at a time with three days before
them; lags of primary PM2.5 from puffs of one hour. Printed beside the published bands, tuned to none of them; the
figures of docs/twin.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.places import Gazetteer
from airshed.places.grid import Grid
from airshed.transport.prepare import region_grid
from airshed.twin.emission import hourly_emission, points_on
from airshed.twin.inventory import made_inventory
from airshed.twin.likeness import asymmetry, lag_correlation, variation
from airshed.twin.region import outside_air
from airshed.twin.tagging import city_tags, receptor_weights_of
from airshed.twin.truth import run_tags
from airshed.twin.weather import made_weather

Floats = NDArray[np.float64]
REGION, BEIJING, UTC_OFFSET = "bth13", "gb2260:110000", 8.0
MARGIN = 200_000.0  # m
BEFORE = 3  # d of air before a block's first day
BLOCK = 28  # d of truth at a time
EPISODE = 0.9  # quantile of the daily means above which a day belongs to an episode
PUFF_DAYS, PUFF_EVERY, PUFF_SEEN = 25, 17, 48  # d of weather, h between puffs, h they are followed
WINTER = (11, 12, 1, 2)
LONGER = 24  # d at least, for statistics from day to day


@dataclass(frozen=True)
class Days:
    """Daily means [ug m-3] of whole PM2.5: Beijing's own part (day), and of every city (day, city)."""

    day: list[date]
    own: Floats
    city: Floats


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--cell", type=float, default=30_000.0)
    parser.add_argument("--seed", type=int, default=20260201)
    parser.add_argument("--block", type=int, default=BLOCK, help="days of truth at a time")
    parser.add_argument(
        "--every",
        type=int,
        default=BLOCK,
        help="days from block to block: 28 with --block 7 takes a week in four",
    )
    chosen = parser.parse_args()
    gazetteer = Gazetteer.load()
    cities = gazetteer.region(REGION).members_on(chosen.first)
    grid = region_grid(gazetteer, cities, chosen.cell, MARGIN)
    inventory = made_inventory(gazetteer, seed=chosen.seed, year=chosen.first.year)
    begin = time.process_time()
    lags(gazetteer, winds(grid, chosen.first, PUFF_DAYS, chosen.seed), inventory, cities)
    print(f"{time.process_time() - begin:.0f} s CPU", flush=True)
    begin = time.process_time()
    until = chosen.first + timedelta(days=chosen.days)
    starts = [chosen.first + timedelta(days=n) for n in range(0, chosen.days, chosen.every)]
    blocks = [
        block(gazetteer, grid, inventory, cities, s, min(chosen.block, (until - s).days), chosen.seed)
        for s in starts
    ]
    found = Days(
        [d for b in blocks for d in b.day],
        np.concatenate([b.own for b in blocks]),
        np.concatenate([b.city for b in blocks]),
    )
    show(found, cities.index(BEIJING))
    names = [gazetteer.jurisdiction(c).names["zh"] for c in cities]
    for name, series in zip(names, found.city.T, strict=True):
        print(
            f"{name}: mean {series.mean():.0f}, cleanest {series.min():.0f}, dirtiest {series.max():.0f} ug/m3"
        )
    print(f"{time.process_time() - begin:.0f} s CPU")


def winds(grid: Grid, first: date, days: int, seed: int) -> xr.Dataset:
    """Weather of local days from BEFORE days before the first."""
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    start = midnight - timedelta(days=BEFORE, hours=UTC_OFFSET)
    return made_weather(grid, start, (days + BEFORE) * 24, seed)


def block(
    gazetteer: Gazetteer, grid: Grid, inventory: pl.DataFrame, cities: Sequence[str], first: date, days: int, seed: int
) -> Days:  # fmt: skip
    """Some weeks of tagged truth."""
    weather = winds(grid, first, days, seed)
    emission = hourly_emission(points_on(grid, inventory), weather, UTC_OFFSET)
    tags = city_tags(inventory, cities, grid, gazetteer).sel(tag=[BEIJING])
    seen = receptor_weights_of(gazetteer, cities, grid, weather)
    run = run_tags(weather, emission, tags, seen, outside=outside_air())["pm25"]
    daily = (
        run.isel(time=slice(BEFORE * 24, None))
        .values.reshape(run.sizes["tag"], len(cities), days, 24)
        .mean(-1)
    )
    print(f"{first}: {days} days", flush=True)
    every = [first + timedelta(days=n) for n in range(days)]
    return Days(every, daily[0, cities.index(BEIJING)], daily.sum(axis=0).T)


def show(found: Days, beijing: int) -> None:
    """Out-of-city shares of all days, of winter's and of the dirtiest, and how much the days differ."""
    whole, months = found.city[:, beijing], np.array([d.month for d in found.day])
    winter = np.isin(months, WINTER)

    def share(name: str, days: NDArray[np.bool_], published: str) -> None:
        out = 100 * (1 - found.own[days].sum() / whole[days].sum())
        mean = whole[days].mean()
        print(
            f"out of the city, {name} ({days.sum()} days, {mean:.0f} ug/m3): {out:.0f} % (published {published})"
        )

    share("all days", np.ones(len(whole), dtype=bool), "28-57 %")
    for name, season in (("winter", winter), ("the rest", ~winter)):
        if season.any():
            share(name, season, "28-57 % of the year")
    dirty = whole >= np.quantile(whole, EPISODE)
    share("dirtiest tenth", dirty, "64-80 %")
    if winter.any():
        share("winter's dirtiest tenth", winter & (whole >= np.quantile(whole[winter], EPISODE)), "64-80 %")
    share("cleanest half", whole < np.median(whole), "10-50 %")
    of_days = 100 * (1 - found.own / whole)
    print(
        "share of single days, 10th, 50th and 90th percentile:", np.percentile(of_days, [10, 50, 90]).round()
    )
    if len(whole) >= LONGER:
        spread = np.median(
            [[variation(c), lag_correlation(c, 1), asymmetry(c)] for c in found.city.T], axis=0
        )
        print("variation, lag 1 and asymmetry, medians of the cities:", spread.round(2).tolist())


def lags(gazetteer: Gazetteer, weather: xr.Dataset, inventory: pl.DataFrame, cities: Sequence[str]) -> None:
    """Hours from emission to Beijing's air, for its own and for the other cities' primary PM2.5."""
    grid = Grid.of(weather)
    emission = hourly_emission(points_on(grid, inventory), weather, UTC_OFFSET)
    by_city, seen = (
        city_tags(inventory, cities, grid, gazetteer),
        receptor_weights_of(gazetteer, cities, grid, weather),
    )
    own = by_city.sel(tag=BEIJING).values
    around = by_city.sum("tag").values - own
    tags = xr.DataArray(np.stack([own, around]), dims=("tag", "y", "x"), coords={"tag": ["own", "around"]})
    seen = seen.sel(receptor=[BEIJING])
    total = np.zeros((2, PUFF_SEEN))
    for first in range(0, weather.sizes["time"] - PUFF_SEEN, PUFF_EVERY):
        part = weather.isel(time=slice(first, first + PUFF_SEEN), edge=slice(first, first + PUFF_SEEN + 1))
        puff = emission(first)

        def given(hour: int, puff: Floats = puff) -> Floats:
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
