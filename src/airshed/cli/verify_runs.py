"""Hindcasts for ``airshed verify``: files to panels, weather, training, seeds, scorecards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast import ForecastWeather, Trained, hindcast, perfect, train_methods
from airshed.forecast.degraded import degraded
from airshed.forecast.methods import METHODS
from airshed.forecast.verification import (
    INDEX,
    REFERENCES,
    index_hindcast,
    scorecard,
    with_edits,
    with_members,
)
from airshed.law import Book, Provision
from airshed.observations.daily_weather import DAILY_WEATHER
from airshed.observations.index import items_of
from airshed.observations.panel import DAILY_POLLUTANTS, days_panel, digest_of, hours_panel, read_rows
from airshed.observations.small_table import small_table
from airshed.places import Gazetteer
from airshed.quantities import HOUR, POLLUTANTS, Clock

__all__ = ["Plan", "Verified", "verify"]

TRAINING_RUNS: Final = 10
"""Runs of degraded weather a model is trained on, each training day ten times: own choice."""

_MADE: Final = "twin:"  # places of the made region
_TRAINING_SEED: Final = 1000  # far from the seeds tested, 1, 2, …

Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Plan:
    """What is verified, as the command line says it."""

    feed: str
    files: tuple[Path, ...]
    train: tuple[date, date]
    test: tuple[date, date]
    target: str
    leads: tuple[int, ...]
    weather: tuple[str, ...]
    methods: tuple[str, ...] | None
    by: str
    seeds: int
    seasons: bool
    members: int
    edits: tuple[Path, ...]
    standard: str | None
    resamples: int
    weather_files: tuple[Path, ...] = ()
    weather_feed: str = "city-weather"
    region: str | None = None
    without: tuple[str, ...] = ()

    @property
    def run(self) -> tuple[str, ...]:
        """Methods to run, the references first."""
        asked = self.methods if self.methods is not None else tuple(METHODS)
        return (*REFERENCES, *(name for name in asked if name not in REFERENCES))


@dataclass(frozen=True)
class Verified:
    """A scorecard, and what it says of itself (`forecast.cards.ABOUT`)."""

    card: pl.DataFrame
    about: dict[str, str]


@dataclass(frozen=True)
class _Data:
    days: xr.Dataset
    hours: xr.Dataset | None
    provision: Provision


def verify(plan: Plan, gazetteer: Gazetteer, book: Book, clock: Clock, tell: Tell) -> Verified:
    """The scorecard of a plan: rows of every weather, method, place and lead.

    Parameters:
        tell: told steps done, steps in all, and what is being done.

    Raises:
        BadInput: files, periods, targets, leads or methods that cannot be verified, with the reason.
    """
    unknown = sorted(set(plan.run) - set(METHODS))
    if unknown:
        raise BadInput(f"methods among {', '.join(METHODS)}", ", ".join(unknown), "name others")
    data = _read(plan, gazetteer, book, clock, tell)
    targets = _targets(plan, data)
    done, cards = 0, []
    steps = sum(_seeds(plan, weather) for weather in plan.weather)
    for weather in plan.weather:
        told = _telling(_hindcasts(plan, data, targets, weather), tell, done, steps, weather)
        cards.append(scorecard(told, data.provision, resamples=plan.resamples, seasons=plan.seasons))
        done += _seeds(plan, weather)
        tell(done, steps, weather)
    return Verified(pl.concat(cards, how="diagonal_relaxed"), _about(plan, data))


def _telling(
    hindcasts: Iterator[xr.Dataset], tell: Tell, done: int, steps: int, what: str
) -> Iterator[xr.Dataset]:
    """The Hindcasts as they are made, each told while it is scored: it is not done before."""
    for number, made in enumerate(hindcasts):
        tell(done + number, steps, f"{what} {number + 1}")
        yield made


def _about(plan: Plan, data: _Data) -> dict[str, str]:
    spans = {name: f"{span[0]}/{span[1]}" for name, span in (("train", plan.train), ("test", plan.test))}
    made = any(str(place).startswith(_MADE) for place in data.days["place"].values)
    return {
        **spans, "standard": data.provision.version, "digest": digest_of(data.days), "feed": plan.feed,
        "made": "yes" if made else "no",
    }  # fmt: skip


def _seeds(plan: Plan, weather: str) -> int:
    return plan.seeds if weather == "degraded" else 1


def _read(plan: Plan, gazetteer: Gazetteer, book: Book, clock: Clock, tell: Tell) -> _Data:
    tell(0, 1, plan.feed)
    rows = _rows(plan, gazetteer)
    days = days_panel(rows, gazetteer, book, clock, by=plan.by)
    hourly = rows.filter((pl.col("end") - pl.col("start")).eq(pl.lit(HOUR))).height
    hours = hours_panel(rows, gazetteer, by=plan.by) if hourly else None
    chosen = _chosen(plan, days, gazetteer)
    days = days.sel(place=chosen)
    hours = None if hours is None else hours.sel(place=[p for p in chosen if p in hours["place"].values])
    _covered(days, plan)
    place = str(days["place"].values[0])
    chain = gazetteer.chain(_city(place, gazetteer))
    if plan.standard:
        return _Data(days, hours, book.version(plan.standard, "index"))
    return _Data(days, hours, book.on(plan.test[1], chain)["index"])


def _rows(plan: Plan, gazetteer: Gazetteer) -> pl.DataFrame:
    """Values of the files; where weather has files of its own, weather from these alone."""
    rows = read_rows(plan.feed, plan.files, gazetteer)
    if not plan.weather_files:
        return rows
    polluting = pl.col("variable").is_in([*POLLUTANTS, *DAILY_POLLUTANTS])
    air = rows.filter(polluting)
    weather = read_rows(plan.weather_feed, plan.weather_files, gazetteer).filter(~polluting)
    return pl.concat([air, weather.select(air.columns)], how="vertical_relaxed")


def _chosen(plan: Plan, days: xr.Dataset, gazetteer: Gazetteer) -> list[str]:
    """Places of the region that is named, less those to leave out; under weather's own files, those it tells of."""
    out = {gazetteer.require(name, prefer="city") for name in plan.without}
    found = [str(p) for p in days["place"].values if _city(str(p), gazetteer) not in out]
    if not found:
        raise BadInput("a place that is not left out", f"without {', '.join(sorted(out))}", "leave out fewer")
    if plan.region is not None:
        members = set(gazetteer.region(plan.region).members_on(plan.test[1]))
        found = [p for p in found if _city(p, gazetteer) in members]
        if not found:
            raise BadInput(
                f"places of {plan.region} in the files", "none", "name another region or other files"
            )
    if plan.weather_files:
        held = [_any(days, names) for names in (DAILY_WEATHER, DAILY_POLLUTANTS)]
        found = [p for p in found if all(p in some for some in held)]
        if not found:
            raise BadInput("weather of a place that has values", "none", "name weather of the same cities")
    return found


def _any(days: xr.Dataset, names: Sequence[str]) -> set[str]:
    """Places with any value of these variables."""
    known = [np.isfinite(days[n].transpose("place", "day").values).any(axis=1) for n in names if n in days]
    return {str(p) for held in known for p in days["place"].values[held]}


def _city(place: str, gazetteer: Gazetteer) -> str:
    return gazetteer.station(place).place if gazetteer.has_station(place) else place


def _covered(days: xr.Dataset, plan: Plan) -> None:
    """Refuse periods of which the files hold nothing; that some days are missing is for the scores to count."""
    first, last = (days["day"].values[i].astype("datetime64[D]") for i in (0, -1))
    for option, span in (("--train", plan.train), ("--test", plan.test)):
        if np.datetime64(span[0]) > last or np.datetime64(span[1]) < first:
            raise BadInput(
                f"{option} within the files, {first} to {last}", f"{span[0]}/{span[1]}", "name other days"
            )
    if np.datetime64(plan.test[1]) > last:
        raise BadInput(
            f"a test that ends with the files, {last}, or before", str(plan.test[1]), "name other days"
        )


def _targets(plan: Plan, data: _Data) -> tuple[str, ...]:
    items = items_of(data.provision, "day")
    if plan.target not in (*items, INDEX):
        raise BadInput(f"a target among {', '.join((*items, INDEX))}", plan.target, "name one of them")
    wanted = [i for i in items if i in data.days] if plan.target == INDEX else [plan.target]
    if not wanted or wanted[0] not in data.days:
        raise BadInput(
            f"{plan.target} in the files", ", ".join(map(str, data.days.data_vars)), "name another target"
        )
    return tuple(wanted)


def _hindcasts(plan: Plan, data: _Data, targets: tuple[str, ...], weather: str) -> Iterator[xr.Dataset]:
    """One Hindcast a seed: models are trained once, then run under each seed's weather."""
    ready = _weather(plan, data, weather, _TRAINING_SEED, TRAINING_RUNS)
    trained = {
        t: train_methods(data.days, ready, plan.run, t, plan.leads, plan.train, hours=data.hours)
        for t in targets
    }
    for seed in range(1, _seeds(plan, weather) + 1):
        given = _weather(plan, data, weather, seed, 1)
        made = {t: _one(plan, data, trained[t], given, seed) for t in targets}
        yield index_hindcast(made, data.provision) if plan.target == INDEX else made[plan.target]


def _one(plan: Plan, data: _Data, trained: Trained, given: ForecastWeather, seed: int) -> xr.Dataset:
    made = hindcast(
        data.days, given, plan.run, trained.target, plan.leads, plan.train, plan.test, hours=data.hours,
        trained=trained,
    )  # fmt: skip
    if plan.members:
        made = with_members(made, trained.unseen, plan.members, seed)
    for path in plan.edits:
        made = with_edits(made, small_table(path, "edits"), path.stem)
    return made


def _weather(plan: Plan, data: _Data, kind: str, seed: int, runs: int) -> ForecastWeather:
    known = [name for name in DAILY_WEATHER if name in data.days]
    if not known and kind != "none":
        raise BadInput(f"weather in the files, for --weather {kind}", "none", "say --weather none")
    if kind == "none":
        return ForecastWeather(
            "none", data.days.drop_vars([n for n in data.days.data_vars if n not in known])
        )
    if kind == "perfect":
        return perfect(data.days)
    first = max(np.datetime64(plan.train[0] - timedelta(max(plan.leads))), data.days["day"].values[0])
    issues = np.arange(first.astype("datetime64[D]"), np.datetime64(plan.test[1]))
    return degraded(data.days, issues, plan.leads, seed, donors=plan.train, members=runs)
