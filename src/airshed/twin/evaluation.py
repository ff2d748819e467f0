"""What earlier years of a made region teach: how good forecasts were, what measures did, and what they truly did.

Lays down in the workspace what a bureau would have there by commands: a scorecard (`airshed verify … --keep`), effects
of an event, of an alert and of all alerts (`airshed effect … --keep`). All of it comes from the files of the years and
is marked made. The true effect (`twin.lived`) stands where others' estimates stand.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from airshed.forecast.degraded import degraded
from airshed.forecast.verification import REFERENCES, scorecard
from airshed.observations.daily_weather import DAILY_WEATHER
from airshed.observations.panel import digest_of
from airshed.twin.lived import YEARS, Lived, live, years_before
from airshed.twin.region import MadeRegion

__all__ = ["lay_down_evaluation"]

POLLUTANT: Final = "pm25"
TRAINED: Final = 2  # [year] of them, the first; the last is tested
LEADS: Final = (1, 3, 7)
METHODS: Final = (*REFERENCES, "ridge", "blend")
EVERY: Final = 2  # every so manyth city is scored: one waits for it
RUNS, SEEDS = 2, 2  # of degraded weather, in training and in the test
RESAMPLES: Final = 300

NAMES: Final = {
    "summit": {"zh": "虚构峰会", "en": "A made summit"}, "alert": {"zh": "虚构预警", "en": "A made alert"},
    "alerts": {"zh": "历次虚构预警", "en": "All made alerts"},
}  # fmt: skip
PLANTED: Final = {"zh": "所设措施的真实效果", "en": "true effect of what was planted"}


def lay_down_evaluation(region: MadeRegion) -> None:
    """Files, a scorecard and effects of the years before the plan's first day, where none stand.

    Parameters:
        region: made.
    """
    folder = region.workspace.folder
    if kept_cards(folder) and kept_effects(folder):
        return
    region.progress(0, 3, "earlier years")
    lived = live(region)
    region.progress(1, 3, "scorecard")
    _keep_scores(region, lived.panel)
    region.progress(2, 3, "effects")
    _keep_effects(folder, lived)
    region.progress(3, 3, "effects")


def _keep_scores(region: MadeRegion, panel: xr.Dataset) -> None:
    """The last year forecast by what the years before taught, under degraded weather and without any."""
    panel = panel.isel(place=slice(None, None, EVERY))
    end = region.plan.first_day - timedelta(days=1)
    begin = years_before(region.plan.first_day, YEARS - TRAINED)
    train = (years_before(begin, TRAINED), begin - timedelta(days=1))
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


def _keep_effects(folder: Path, lived: Lived) -> None:
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
        card = card_of(found, NAMES[name], made=True, published=[_planted([lived.truth(POLLUTANT, one)])])
        keep_effect(folder, name, card)
    told = pooled_dict(pooled_effect(series, lived.alerts))
    planted = _planted([lived.truth(POLLUTANT, a) for a in lived.alerts])
    keep_effect(folder, "alerts", told_card("pooled", told, NAMES["alerts"], made=True, published=[planted]))


def _planted(truths: Sequence[float]) -> dict[str, Any]:
    """What measures truly did on the mean [%], in the place of what others published."""
    mean = round(100 * float(np.expm1(np.mean(np.log1p(np.array(truths) / 100)))), 1)
    return {"study": PLANTED, "low": mean, "high": mean}
