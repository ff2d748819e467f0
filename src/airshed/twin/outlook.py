"""An outlook for the made region: a forecast feed of the made weather, and the outlook issued on it.

The made air is known at any instant, beyond the last day too. A made forecast is that coming air spoilt as forecasts
are: each member keeps of its anomaly what the lead's assumed correlation leaves (`forecast.degraded.correlation`), the
rest is the anomaly of other days in the history, all variables and cities together. All of it is marked made.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.forecast.case_weather import seats_of, weather_of_case
from airshed.forecast.degraded import correlation
from airshed.forecast.issue import LONGEST, Ask, issue
from airshed.forecast.shelf import outlooks, save_outlook
from airshed.observations.daily_weather import DAILY_WEATHER, limits
from airshed.quantities import Clock
from airshed.store import View
from airshed.twin.region import MADE, MadeRegion
from airshed.twin.weather import made_weather

__all__ = ["FEED", "LEAST_DAYS", "lay_down_outlook", "spoilt", "write_feed"]

Floats = NDArray[np.float64]

FEED: Final = "weather_forecast.parquet"
"""The made forecast feed, in the folder of the made tables."""
LEAST_DAYS: Final = 45  # [d] below which nothing is issued: the method wants 30 and ten leads
HOUR_OF_ISSUE: Final = 20  # local, as outlooks are made
RUNS: Final = 10  # members of the made weather
MEMBERS: Final = 50
METHOD: Final = "brief"  # what a history of weeks allows


def lay_down_outlook(region: MadeRegion) -> None:
    """The made forecast feed and the outlook of the last evening, where the plan is long enough and none stands.

    Parameters:
        region: made; its observations are in the lake.
    """
    workspace, plan = region.workspace, region.plan
    if plan.days < LEAST_DAYS or outlooks(workspace.folder):
        return
    path = workspace.folder / MADE / FEED
    if not path.is_file():
        write_feed(path, region)
    clock = Clock(region.utc_offset)
    last = plan.until - timedelta(days=1)
    when = clock.day(last).start + timedelta(hours=HOUR_OF_ISSUE)
    ask = Ask(days=LONGEST, method=METHOD, weather=str(path), members=MEMBERS, seed=plan.seed)
    save_outlook(workspace.folder, issue(workspace, View.everything(), when, ask, region.progress))


def write_feed(path: Path, region: MadeRegion) -> None:
    """The made forecast of the last evening with the analyses of all days before, as a feed's file."""
    plan, clock = region.plan, Clock(region.utc_offset)
    seats = seats_of(region.gazetteer, region.cities)
    region.progress(0, 1, "weather ahead")
    grid = region.grid(plan.truth_cell)
    ahead = made_weather(grid, clock.day(plan.until).start, LONGEST * 24, plan.seed)
    past = weather_of_case(region.truth_weather, seats, clock)
    past = past.sel(day=slice(np.datetime64(plan.first_day), None)).drop_vars("mixing_height")
    coming = weather_of_case(ahead, seats, clock).drop_vars("mixing_height")
    last = plan.until - timedelta(days=1)
    evening = clock.day(last).start + timedelta(hours=HOUR_OF_ISSUE - 1)
    tables = [_rows(past, evening, 0, clock)]
    for member, run in enumerate(spoilt(past, coming, RUNS, plan.seed)):
        tables.append(_rows(run, evening, member, clock))
    pl.concat(tables).write_parquet(path)


def spoilt(past: xr.Dataset, coming: xr.Dataset, runs: int, seed: int) -> list[xr.Dataset]:
    """Runs of a made forecast of the coming days.

    Parameters:
        past: days (place, day) that lend the errors and their mean; ``coming``: the days that will come.
        runs: how many.
        seed: of the choice of days.
    """
    rng = np.random.default_rng(seed)
    leads = coming.sizes["day"]
    weight = np.array([correlation(lead) for lead in range(1, leads + 1)])
    starts = rng.permutation(past.sizes["day"] - leads + 1)[:runs]
    found = []
    for start in np.resize(starts, runs):
        fields = {}
        for name in DAILY_WEATHER:
            if name in coming:
                before, after = (p[name].transpose("place", "day").values for p in (past, coming))
                mean = before.mean(axis=1, keepdims=True)
                error = before[:, start : start + leads] - mean
                run = mean + weight * (after - mean) + np.sqrt(1 - weight**2) * error
                fields[name] = (("place", "day"), np.clip(run, *limits(name)[:2]))
        found.append(xr.Dataset(fields, coming.coords))
    return found


def _rows(days: xr.Dataset, evening: datetime, member: int, clock: Clock) -> pl.DataFrame:
    """Rows of a feed; a day's analysis was issued on its own evening, a forecast on the last."""
    stamps = days["day"].values.astype("datetime64[D]").astype(date)
    back = [min(clock.day(d).start + timedelta(hours=HOUR_OF_ISSUE - 1), evening) for d in stamps]
    places = [str(p) for p in days["place"].values]
    parts = [
        pl.DataFrame({
            "issued_at": back * len(places), "place": [p for p in places for _ in stamps],
            "day": list(stamps) * len(places), "variable": str(name), "value": days[name].values.ravel(),
            "member": member, "made": 1,
        })
        for name in days.data_vars
    ]  # fmt: skip
    return pl.concat(parts).with_columns(pl.col("issued_at").cast(pl.Datetime("us", "UTC")))
