"""Years that a made region has lived through: alerts called, a summit held, and what feeds read of it.

Alerts are called on what the weather foretells, and cut what is released; a summit of the calendar cuts more of it. The
same years without either are kept beside, so that the true effect is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.assessment.effect import Alert
from airshed.forecast.case_weather import seats_of
from airshed.observations.panel import DAILY_POLLUTANTS, days_panel, read_rows
from airshed.places import Gazetteer
from airshed.quantities import Clock
from airshed.quantities.humidity import relative_humidity
from airshed.twin.past import Measure, made_years
from airshed.twin.region import MADE, MadeRegion

__all__ = ["AIR", "ALERTS", "WEATHER", "YEARS", "Lived", "alerts_of", "live", "years_before"]

AIR: Final = "past_air.csv"
"""Earlier years in the form ``city-daily``, in the folder of the made tables."""
WEATHER: Final = "past_weather.csv"
"""Their weather in the form ``city-weather``."""
ALERTS: Final = "past_alerts.csv"
"""Alerts of these years: place, from, until."""
YEARS: Final = 3

SUMMIT: Final = (
    "gb2260:110000",
    9,
    0.5,
)  # place, days, share [1] that is cut; begins 10 November of the last year
SUMMIT_DAY: Final = (11, 10)
CUT: Final = 0.3  # [1] of what is released, under an alert
A_WINTER, APART, LENGTH = 3, 12, 4  # alerts of a winter, days between their peaks, days of each
CITIES: Final = 2  # those with the worst air have the alert
COLD: Final = (10, 11, 12, 1, 2, 3)  # months in which alerts are called


@dataclass(frozen=True)
class Lived:
    """Made years as they were, ``days``, and as they would have been ``without`` alerts and summit.

    ``panel``: the days as feeds read them from the files.
    """

    days: xr.Dataset
    without: xr.Dataset
    alerts: tuple[Alert, ...]
    summit: Alert
    panel: xr.Dataset

    def truth(self, variable: str, alert: Alert) -> float:
        """What measures really did to a pollutant's mean over a window [%]."""
        span = slice(np.datetime64(alert.start), np.datetime64(alert.until - timedelta(days=1)))
        seen, other = (
            float(d[variable].sel(place=alert.place, day=span).mean()) for d in (self.days, self.without)
        )
        return 100 * (seen / other - 1)


def live(region: MadeRegion) -> Lived:
    """The years before a made region's first day, with alerts and a summit in them, laid down as files of feeds.

    Parameters:
        region: gets ``past_*.csv`` in the folder of its made tables.
    """
    plan, clock = region.plan, Clock(region.utc_offset)
    first = years_before(plan.first_day, YEARS)
    years = made_years(seats_of(region.gazetteer, region.cities), (first, plan.first_day), plan.seed, clock)
    without = years.days()
    alerts = alerts_of(years.staleness())
    place, length, share = SUMMIT
    opens = max(d for d in (date(plan.first_day.year - n, *SUMMIT_DAY) for n in (0, 1)) if d < plan.first_day)
    summit = Alert(place, opens, opens + timedelta(days=length))
    alerts = tuple(a for a in alerts if a.until <= summit.start or a.start >= summit.until)
    cuts = [Measure((a.place,), a.start, a.until, CUT) for a in alerts]
    days = years.days([*cuts, Measure((place,), summit.start, summit.until, share)])
    files = _write(region.workspace.folder / MADE, days, alerts, region.gazetteer)
    rows = pl.concat(
        [read_rows(feed, [file], region.gazetteer) for feed, file in files.items()], how="vertical_relaxed"
    )
    panel = days_panel(rows, region.gazetteer, region.workspace.law, clock)
    return Lived(days, without, alerts, summit, panel)


def years_before(day: date, count: int) -> date:
    """The same day of an earlier year; of 29 February, the day before."""
    return date(day.year - count, day.month, min(day.day, 28) if day.month == 2 else day.day)


def alerts_of(foretold: xr.DataArray) -> tuple[Alert, ...]:
    """Alerts as they are called: on the highest peaks of what is foretold, in the cities that have it worst.

    Parameters:
        foretold: (place, day), higher where the air is worse, on any scale.
    """
    values = foretold.transpose("place", "day")
    day = values["day"].values.astype("datetime64[D]").astype(date)
    mean = np.convolve(values.values.mean(axis=0), np.ones(3) / 3, mode="same")
    number = np.array([d.year + (d.month > 6) for d in day])
    cold = np.isin([d.month for d in day], COLD)
    found: list[Alert] = []
    for winter in np.unique(number[cold]):
        left = np.where(cold & (number == winter), mean, -np.inf)
        left[:1], left[-LENGTH:] = -np.inf, -np.inf
        for _ in range(A_WINTER):
            peak = int(np.argmax(left))
            if not np.isfinite(left[peak]):
                break
            left[max(peak - APART, 0) : peak + APART + 1] = -np.inf
            window = slice(peak - 1, peak - 1 + LENGTH)
            worst = np.argsort(-values.values[:, window].mean(axis=1), kind="stable")[:CITIES]
            span = day[peak - 1], day[peak - 1] + timedelta(days=LENGTH)
            found += [Alert(str(values["place"].values[n]), *span) for n in worst]
    return tuple(sorted(found, key=lambda a: (a.start, a.place)))


def _write(folder: Path, days: xr.Dataset, alerts: Sequence[Alert], gazetteer: Gazetteer) -> dict[str, Path]:
    """The years in the forms of two feeds, and the alerts; feed to file."""
    names = [gazetteer.jurisdiction(str(p)).names["zh"] for p in days["place"].values]
    stamp = days["day"].values.astype("datetime64[D]")
    base = {"city": np.repeat(names, len(stamp)), "date": np.tile(stamp, len(names))}

    def column(name: str) -> Any:
        return days[name].transpose("place", "day").values.ravel()

    heads = {name: "o3_8h" if name == "o3_mda8" else name for name in DAILY_POLLUTANTS}
    air = pl.DataFrame(base | {head: column(name) for name, head in heads.items()})
    damp = 100 * relative_humidity(column("temperature"), column("dew_point"))
    weather = pl.DataFrame(base | {
        "avgtemp": column("temperature"), "avgrh": np.clip(damp, 0, 100), "avgws": column("wind_speed"),
        "precipitation": column("precipitation"),
    })  # fmt: skip
    asked = pl.DataFrame({
        "place": [a.place for a in alerts], "from": [a.start for a in alerts],
        "until": [a.until for a in alerts],
    })  # fmt: skip
    air.write_csv(folder / AIR, float_precision=2)
    weather.write_csv(folder / WEATHER, float_precision=2)
    asked.write_csv(folder / ALERTS)
    return {"city-daily": folder / AIR, "city-weather": folder / WEATHER}
