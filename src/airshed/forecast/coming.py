"""Weather of an issue from any of its sources, and the weather its models are trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import xarray as xr

from airshed.errors import AirshedError, BadInput
from airshed.forecast.ahead import Ahead, ahead_of, read_feed
from airshed.forecast.case_weather import case_ahead
from airshed.forecast.degraded import degraded
from airshed.forecast.history import Known, known_weather
from airshed.forecast.weather import ForecastWeather, WeatherKind
from airshed.observations.daily_weather import DAILY_WEATHER
from airshed.workspace import Workspace

__all__ = ["Coming", "coming", "feed_place", "for_training", "weather_names"]


@dataclass(frozen=True)
class Coming:
    """Weather as an issue has it: what models are run with, where it is from, whether it is made."""

    weather: ForecastWeather
    source: str
    made: bool


def coming(known: Known, kind: str, days: int, first: date) -> Coming:
    """The weather of an issue.

    Parameters:
        kind: ``none``, ``archive``, ``case:NAME`` or the path of a forecast feed.
        days: ahead.
        first: the first day of the history of weather that is read.

    Raises:
        BadInput: no such source, or weather that does not reach the last day ahead.
    """
    if kind == "none":
        return Coming(ForecastWeather("none", known_weather(known, first)), "none", made=False)
    if kind == "archive":
        return _archive(known, days, first)
    if kind.startswith("case:"):
        return _joined(known, case_ahead(known, kind.removeprefix("case:"), days), "archive", first)
    feed = read_feed(Path(kind), known.clock, feed_place(known.workspace))
    return _joined(known, ahead_of(feed, known.when, known.issue_day, days, known.places), "feed", first)


def feed_place(workspace: Workspace) -> Callable[[str], str]:
    """Reads a place as a feed writes it: an id, or a city's name."""
    gazetteer = workspace.gazetteer
    return lambda text: text if ":" in text else gazetteer.require(text, prefer="city")


def _archive(known: Known, days: int, first: date) -> Coming:
    """What the lake holds of the coming days themselves: perfect prognosis, and called so."""
    last = known.issue_day + timedelta(days=days)
    observed = known_weather(known, first, last)
    if not observed.data_vars:
        raise BadInput(
            "weather in the lake", "none", "ingest it, give a forecast feed, or say --weather none"
        )
    held = observed[weather_names(observed)[0]].notnull().all("place")
    reach = held.sel(day=slice(np.datetime64(known.issue_day) + np.timedelta64(1, "D"), None))
    if not bool(reach.all()):
        short = int(np.argmin(reach.values))
        raise BadInput(
            f"weather in the lake for {days} d ahead",
            f"it reaches {short} d",
            "ask for fewer days, or give a forecast feed",
        )
    return Coming(ForecastWeather("perfect", observed), "lake: perfect prognosis", made=False)


def _joined(known: Known, found: Ahead, kind: WeatherKind, first: date) -> Coming:
    """A forecast behind the history it continues: the lake's, where it has none the forecaster's own analyses."""
    observed = known_weather(known, first)
    days = observed["day"]
    observed = observed.combine_first(found.analysis.reindex(day=days, place=observed["place"]))
    names = [n for n in weather_names(found.fields) if n in observed and bool(observed[n].notnull().any())]
    if not names:
        wanted = f"a history of weather before the forecast of {found.source}"
        raise BadInput(wanted, "none of its variables", "ingest weather, or put its analyses into the feed")
    ahead = found.fields[names].expand_dims(issue=[np.datetime64(known.issue_day, "ns")])
    ahead = ahead.transpose("member", "issue", "lead", "place")
    observed = observed[names].transpose("place", "day")
    return Coming(ForecastWeather(kind, observed, ahead), found.source, found.made)


def weather_names(held: xr.Dataset) -> list[str]:
    """Its variables, in the order of ``DAILY_WEATHER``."""
    return [v for v in DAILY_WEATHER if v in held]


def for_training(weather: ForecastWeather, leads: int, span: tuple[date, date], seed: int) -> ForecastWeather:
    """The weather models are trained on so that they trust the forecast as far as it deserves.

    Without a forecast: none. Perfect prognosis, a case and a forecast with members (their spread says how unsure it
    is): the weather that came. One run of a forecast: that weather degraded as forecasts are, by the assumed growth of
    error of `forecast.degraded`, if the history has a second year to take errors from; else the weather that came, and
    the intervals are then too narrow.

    Parameters:
        weather: of the issue, its ``observed`` over all days of training.
        leads: days ahead.
        span: of training.
        seed: of the errors.
    """
    days = slice(np.datetime64(span[0]), np.datetime64(span[1]))
    observed = weather.observed.sel(day=days)
    if weather.kind == "none":
        return ForecastWeather("none", observed)
    if weather.kind == "feed" and weather.members == 1:
        try:
            return degraded(
                observed, observed["day"].values.astype("datetime64[D]"), range(1, leads + 1), seed
            )
        except AirshedError:
            pass  # one year only: said by the model's own `weather`
    return ForecastWeather("perfect", observed)
