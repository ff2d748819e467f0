"""Speed of the outlook: training and issuing for 41 cities of the city-daily file.

    python -m benchmarks.outlook [--file FILE] [--method blend] [--targets pm25,…]

Goals on two cores: training PM2.5 for 41 cities x three years <= 5 min, all six pollutants <= 25 min; a 10-day outlook
with 50 members for 41 cities, models trained, <= 20 s. The file has 27 months: days are repeated to three years.
Weather is drawn by chance (the file has none): it costs what weather costs and says nothing of skill. No peer trains
such a forecast; the goals stand in its place.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.members import coherent, mixture, nearest_in_season
from airshed.forecast.outlook import About, make_outlook
from airshed.forecast.training import predicted, train
from airshed.forecast.weather import ForecastWeather, perfect
from airshed.law import Book
from airshed.observations.daily_weather import DAILY_WEATHER
from airshed.observations.panel import DAILY_POLLUTANTS, days_panel, read_rows
from airshed.places import Gazetteer
from airshed.quantities import BEIJING

CITIES, DAYS, LEADS, MEMBERS, RUNS = 41, 1096, 10, 50, 10
SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FILE = SHARED / "air_quality" / "city_daily_366cities_20131202_20160229.parquet"


def three_years(path: Path) -> xr.Dataset:
    """The 41 most complete cities, days repeated to three years, with chance weather."""
    gazetteer = Gazetteer.load()
    panel = days_panel(read_rows("city-daily", [path], gazetteer), gazetteer, Book.load(), BEIJING)
    panel = panel[[v for v in DAILY_POLLUTANTS if v in panel]]
    known = sum(panel[v].notnull().sum("day") for v in panel.data_vars).values
    panel = panel.isel(place=np.sort(np.argsort(-known, kind="stable")[:CITIES]))
    row = np.arange(DAYS) % panel.sizes["day"]
    day = (np.datetime64("2013-03-01") + np.arange(DAYS)).astype("datetime64[ns]")
    held = panel.isel(day=row).assign_coords(day=day)
    rng = np.random.default_rng(0)
    for name in DAILY_WEATHER:
        held[name] = (("place", "day"), rng.normal(5, 3, (CITIES, DAYS)))
    return held.assign_attrs(utc_offset=8)


def timed(what: str, goal: float, work: Callable[[], Any]) -> Any:
    """Do the work; print its wall and CPU time beside the goal [s], and the peak of memory so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    held = "held" if wall <= goal else "NOT held"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{what:44s} {wall:8.1f} s (CPU {cpu:.1f} s; goal {goal:g} s, {held}); peak {peak:.2f} GB", flush=True
    )
    return found


def outlook(model, panel: xr.Dataset, weather: ForecastWeather) -> xr.Dataset:  # type: ignore[no-untyped-def]
    day = panel["day"].values[-1].astype("datetime64[D]")
    spread = predicted(model, panel, weather, day.astype(date), LEADS)
    rows = np.searchsorted(model.run_days, nearest_in_season(model.run_days, day, MEMBERS))
    members = coherent(spread, model.runs[rows].astype(float), np.array(QUANTILES), 0)
    days = (day + np.arange(1, LEADS + 1)).astype("datetime64[ns]")
    coords = {"day": days, "place": list(model.places), "variable": list(model.targets)}
    issued = "2016-02-29T20:00+08:00"
    about = About(issued, str(day), model.method, "feed", "chance", RUNS, "ended", "", "", "", 0, "", True)
    quantiles = mixture(spread, np.array(QUANTILES))
    return make_outlook(
        xr.DataArray(quantiles, {**coords, "quantile": list(QUANTILES)}, ("day", "place", "variable", "quantile")),
        xr.DataArray(members, coords, ("member", "day", "place", "variable")),
        Book.load(), lambda place: (place, "cn"), about,
    )  # fmt: skip


def chance_weather(panel: xr.Dataset) -> ForecastWeather:
    """Ten runs of chance weather ahead of the last day."""
    rng, observed = np.random.default_rng(1), panel[list(DAILY_WEATHER)]
    dims = ("member", "issue", "lead", "place")
    fields = {v: (dims, rng.normal(5, 3, (RUNS, 1, LEADS, CITIES))) for v in DAILY_WEATHER}
    coords = {"member": np.arange(RUNS), "issue": panel["day"].values[-1:], "lead": np.arange(1, LEADS + 1)}
    ahead = xr.Dataset(fields, {**coords, "place": panel["place"].values})
    return ForecastWeather("feed", observed, ahead)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--method", default="blend")
    parser.add_argument("--targets", default=",".join(DAILY_POLLUTANTS))
    asked = parser.parse_args()
    panel = three_years(asked.file)
    targets = [t for t in asked.targets.split(",") if t in panel]
    span = (date(2013, 3, 1), date(2016, 2, 29))
    weather = perfect(panel)
    print(f"{asked.method}: {CITIES} cities, {DAYS} d, {LEADS} leads, {len(targets)} pollutants")
    if "pm25" in targets:
        timed("train pm25", 300, lambda: train(panel, weather, asked.method, ["pm25"], LEADS, span))
    model = timed(
        f"train {' '.join(targets)}", 1500, lambda: train(panel, weather, asked.method, targets, LEADS, span)
    )
    recent = panel.isel(day=slice(-111, None))
    ahead = chance_weather(recent)
    words = f"outlook, {LEADS} d, {MEMBERS} members, {CITIES} cities, {RUNS} runs"
    found = timed(words, 20, lambda: outlook(model, recent, ahead))
    assert found.sizes["member"] == MEMBERS


if __name__ == "__main__":
    main()
