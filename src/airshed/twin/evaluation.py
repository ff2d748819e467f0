"""What earlier years of a made region teach: how good forecasts were, what measures did, and what they truly did.

Lays down in the workspace what a bureau would have there by commands: the years as two files that feeds read, a
scorecard (`airshed verify … --keep`), effects of an event, of an alert and of all alerts (`airshed effect … --keep`).
All of it is read back from the files and marked made. The true effect, known since the years are run with and
without the measures, stands where others' estimates stand.
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

from airshed.assessment.effect import Alert, Placebo, days_of, event_effect, pooled_effect
from airshed.assessment.effect.cards import card_of, keep_effect, kept_effects, told_card
from airshed.assessment.effect.plain import pooled_dict
from airshed.forecast import ForecastWeather, hindcast, train_methods
from airshed.forecast.cards import keep_card, kept_cards
from airshed.forecast.case_weather import seats_of
from airshed.forecast.degraded import degraded
from airshed.forecast.verification import REFERENCES, scorecard
from airshed.observations.daily_weather import DAILY_WEATHER
from airshed.observations.panel import DAILY_POLLUTANTS, days_panel, digest_of, read_rows
from airshed.places import Gazetteer
from airshed.quantities import Clock
from airshed.quantities.humidity import relative_humidity
from airshed.twin.past import Measure, made_years
from airshed.twin.region import MADE, MadeRegion

__all__ = ["AIR", "ALERTS", "WEATHER", "alerts_of", "lay_down_evaluation"]

AIR: Final = "past_air.csv"
"""Earlier years in the form ``city-daily``, in the folder of the made tables."""
WEATHER: Final = "past_weather.csv"
"""Their weather in the form ``city-weather``."""
ALERTS: Final = "past_alerts.csv"
"""Alerts of these years: place, from, until."""
POLLUTANT: Final = "pm25"
YEARS: Final = 3
TRAINED: Final = 2  # [year] of them, the first; the last is tested
LEADS: Final = (1, 3, 7)
METHODS: Final = (*REFERENCES, "ridge", "blend")
EVERY: Final = 2  # every so manyth city is scored: one waits for it
RUNS, SEEDS = 2, 2  # of degraded weather, in training and in the test
RESAMPLES: Final = 300

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
NAMES: Final = {
    "summit": {"zh": "虚构峰会", "en": "A made summit"}, "alert": {"zh": "虚构预警", "en": "A made alert"},
    "alerts": {"zh": "历次虚构预警", "en": "All made alerts"},
}  # fmt: skip
PLANTED: Final = {"zh": "所设措施的真实效果", "en": "true effect of what was planted"}


@dataclass(frozen=True)
class _Lived:
    """Made years as they were, and as they would have been; ``panel``: as the feeds read them."""

    days: xr.Dataset
    without: xr.Dataset
    alerts: tuple[Alert, ...]
    summit: Alert
    panel: xr.Dataset

    def truth(self, alert: Alert) -> float:
        """What measures really did to a window's mean [%]."""
        span = slice(np.datetime64(alert.start), np.datetime64(alert.until - timedelta(days=1)))
        seen, other = (
            float(d[POLLUTANT].sel(place=alert.place, day=span).mean()) for d in (self.days, self.without)
        )
        return 100 * (seen / other - 1)


def lay_down_evaluation(region: MadeRegion) -> None:
    """Files, a scorecard and effects of the years before the plan's first day, where none stand.

    Parameters:
        region: made.
    """
    folder = region.workspace.folder
    if kept_cards(folder) and kept_effects(folder):
        return
    region.progress(0, 3, "earlier years")
    lived = _lived(region)
    region.progress(1, 3, "scorecard")
    _keep_scores(region, lived.panel)
    region.progress(2, 3, "effects")
    _keep_effects(folder, lived)
    region.progress(3, 3, "effects")


def _lived(region: MadeRegion) -> _Lived:
    plan, clock = region.plan, Clock(region.utc_offset)
    first = _years_before(plan.first_day, YEARS)
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
    return _Lived(days, without, alerts, summit, panel)


def _years_before(day: date, count: int) -> date:
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


def _keep_scores(region: MadeRegion, panel: xr.Dataset) -> None:
    """The last year forecast by what the years before taught, under degraded weather and without any."""
    panel = panel.isel(place=slice(None, None, EVERY))
    end = region.plan.first_day - timedelta(days=1)
    begin = _years_before(region.plan.first_day, YEARS - TRAINED)
    train = (_years_before(begin, TRAINED), begin - timedelta(days=1))
    test = (begin, end)
    law = region.workspace.law.on(end, region.gazetteer.chain(region.cities[0], end))["index"]
    cards = []
    for weather in ("degraded", "none"):
        trained = train_methods(
            panel, _told(panel, weather, train, test, 1000, RUNS), METHODS, POLLUTANT, LEADS, train
        )
        made = [
            hindcast(panel, _told(panel, weather, train, test, seed, 1), METHODS, POLLUTANT, LEADS, train, test,
                     trained=trained)
            for seed in range(1, 1 + (SEEDS if weather == "degraded" else 1))
        ]  # fmt: skip
        cards.append(scorecard(made, law, resamples=RESAMPLES))
    about = {
        "train": f"{train[0]}/{train[1]}", "test": f"{test[0]}/{test[1]}", "standard": law.version,
        "digest": digest_of(panel), "made": "yes",
    }  # fmt: skip
    keep_card(region.workspace.folder, "pm25-past", pl.concat(cards, how="diagonal_relaxed"), about)


def _told(
    panel: xr.Dataset, weather: str, train: tuple[date, date], test: tuple[date, date], seed: int, runs: int
) -> ForecastWeather:
    """Weather ahead of one kind."""
    if weather == "none":
        held = [name for name in DAILY_WEATHER if name in panel]
        return ForecastWeather("none", panel[held])
    issues = np.arange(np.datetime64(train[0]), np.datetime64(test[1]))
    return degraded(panel, issues, LEADS, seed, donors=train, members=runs)


def _keep_effects(folder: Path, lived: _Lived) -> None:
    """An event of the calendar, one alert, and all alerts as one; beside each what it truly was."""
    series = {p: days_of(lived.panel, POLLUTANT, p) for p in sorted({a.place for a in lived.alerts})}
    asked: dict[str, tuple[Alert, Placebo]] = {
        "summit": (lived.summit, "any"), "alert": (lived.alerts[-1], "peaks"),
    }  # fmt: skip
    for name, (one, rule) in asked.items():
        days = days_of(lived.panel, POLLUTANT, one.place)
        others = [
            (a.start, a.until) for a in (*lived.alerts, lived.summit) if a.place == one.place and a != one
        ]
        found = event_effect(days, one.start, one.until, rule, others=others)
        card = card_of(found, NAMES[name], made=True, published=[_planted([lived.truth(one)])])
        keep_effect(folder, name, card)
    told = pooled_dict(pooled_effect(series, lived.alerts))
    planted = _planted([lived.truth(a) for a in lived.alerts])
    keep_effect(folder, "alerts", told_card("pooled", told, NAMES["alerts"], made=True, published=[planted]))


def _planted(truths: Sequence[float]) -> dict[str, Any]:
    """What measures truly did on the mean [%], in the place of what others published."""
    mean = round(100 * float(np.expm1(np.mean(np.log1p(np.array(truths) / 100)))), 1)
    return {"study": PLANTED, "low": mean, "high": mean}
