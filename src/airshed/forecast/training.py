"""Models of an outlook: one a pollutant and lead, trained on a workspace's past, with the runs of their errors.

A model says what it was made of and refuses data that it was not made for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.checks import check_levels, check_panel, cleaned
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.methods import METHODS, Fitted, Method
from airshed.forecast.methods.brief import Brief
from airshed.forecast.methods.conformal import Calibrated, unseen_errors
from airshed.forecast.methods.engine import Engine, with_engine
from airshed.forecast.samples import Samples, samples, stacked
from airshed.forecast.weather import ForecastWeather
from airshed.observations.panel import digest_of

__all__ = ["ALL_METHODS", "Model", "Progress", "check_fits", "predicted", "train"]

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Progress = Callable[[int, int, str], None]

ALL_METHODS: Final[dict[str, Method]] = {**METHODS, "brief": Brief(), "engine": Engine()}
"""Methods an outlook can have: those of ``METHODS``, the one for a short history, and the corrected engine."""
OFF_BY: Final = (
    20.0  # factor between medians that no season explains, own choice; a wrong unit is off by 1000
)
RECENT: Final = 30  # [d] whose median is held against that of training
_PACKAGES: Final = ("airshed", "lightgbm", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Model:
    """Trained models of an outlook.

    Parameters:
        method: name; ``places``: ids, in order; ``targets``; ``leads``: days ahead, 1 to the last.
        fitted: by ``target/lead``.
        medians: (target, place) over the training days [catalogue units].
        weather: kind it was trained on; ``weather_names``: its variables.
        first, last: local days of training, ISO; nothing after ``last`` was looked at.
        digest: of the data; ``seed``: of degraded weather; ``versions``: of what made it.
        run_days: (run,) issue days; ``runs``: (run, lead, place, target) log errors of days the model had not seen
            there, whose ranks members follow.
        source: what decided the weather of training (`forecast.coming.for_training`); ``hours_known``: how many hours
            of an issue day are among the features, None where no hours are; ``made``: whether the data were made,
            not measured.
    """

    method: str
    places: tuple[str, ...]
    targets: tuple[str, ...]
    leads: int
    fitted: Mapping[str, Fitted]
    medians: Floats
    weather: str
    weather_names: tuple[str, ...]
    first: str
    last: str
    digest: str
    seed: int
    versions: Mapping[str, str]
    run_days: Days
    runs: NDArray[np.float32]
    source: str
    hours_known: int | None
    made: bool


def train(
    panel: xr.Dataset,
    weather: ForecastWeather,
    method: str,
    targets: Sequence[str],
    leads: int,
    span: tuple[date, date],
    *,
    hours: xr.Dataset | None = None,
    hours_known: int | None = None,
    engine: xr.DataArray | None = None,
    seed: int = 0,
    made: bool = False,
    source: str = "",
    progress: Progress | None = None,
) -> Model:
    """Models of all targets and leads.

    Parameters:
        panel: days (place, day); what lies after the span's last day is cut off before anything is done.
        weather: of the kind the models are run with.
        method: name in `ALL_METHODS`.
        leads: the last day ahead [d].
        span: first and last local day, of issues and targets alike.
        hours: (place, hour) of the same places: the newest hours of an issue day, of which ``hours_known`` are there.
        engine: (place, day) the transport engine's values, for the method that corrects them.
        seed, made, source: said of the model.
        progress: called with what is done, of how much, and what it is.

    Raises:
        BadInput: no such method, too short a history for it, or a series nothing can be learnt from (`checks`).
    """
    if method not in ALL_METHODS:
        raise BadInput(f"a method of {', '.join(ALL_METHODS)}", repr(method), "name one of these")
    past = panel.sel(day=slice(np.datetime64(span[0]), np.datetime64(span[1])))
    if not past.sizes["day"]:
        raise BadInput(
            f"a history from {span[0]} to {span[1]}", "no day of it", "ingest it, or train on other days"
        )
    for target in targets:
        check_panel(past, target)
    past = cleaned(past)
    days = past["day"].values.astype("datetime64[D]")
    fitted: dict[str, Fitted] = {}
    shape = (len(days), leads, past.sizes["place"], len(targets))
    runs = np.full(shape, np.nan, dtype=np.float32)
    for number, target in enumerate(targets):
        for lead in range(1, leads + 1):
            if progress is not None:
                progress(number * leads + lead - 1, len(targets) * leads, f"{method} {target} +{lead} d")
            issues = days[: len(days) - lead]
            given = [
                samples(past, weather, target, lead, issues, member=m, hours=hours)
                for m in range(weather.members)
            ]
            rows = _stacked(given, engine)
            found = ALL_METHODS[method].fit(rows)
            errors = unseen_errors(found, given[0] if engine is None else with_engine(given[0], engine))
            runs[: len(issues), lead - 1, :, number] = errors.reshape(len(issues), -1)
            fitted[f"{target}/{lead}"] = _lean(found)
    whole: NDArray[np.bool_] = np.isfinite(runs).reshape(len(runs), -1).mean(axis=1) > 0.5
    held = np.stack([past[t].transpose("place", "day").values for t in targets])
    return Model(
        method, tuple(map(str, past["place"].values)), tuple(targets), leads, fitted, _medians(held), weather.kind,
        weather.names, str(days[0]), str(days[-1]), _digest(past, weather, days[-1]), seed,
        {name: version(name) for name in _PACKAGES}, days[whole], runs[whole], source,
        None if hours is None else hours_known, made,
    )  # fmt: skip


def _stacked(given: list[Samples], engine: xr.DataArray | None) -> Samples:
    rows = stacked(given)
    return rows if engine is None else with_engine(rows, engine)


def _lean(fitted: Fitted) -> Fitted:
    """Without the training rows: an outlook needs the spread they gave, not them."""
    if isinstance(fitted, Calibrated):
        return replace(fitted, unseen=np.empty(0), observed=np.empty(0))
    return fitted


def _medians(held: Floats) -> Floats:
    known: NDArray[np.bool_] = np.asarray(np.isfinite(held).any(axis=2))[..., None]
    return np.asarray(np.nanmedian(np.where(known, held, 0.0), axis=2) * np.where(known[..., 0], 1.0, np.nan))


def _digest(past: xr.Dataset, weather: ForecastWeather, last: np.datetime64) -> str:
    seen = weather.observed.sel(day=slice(past["day"].values[0], last))
    return digest_of(past) + digest_of(seen)


def check_fits(model: Model, panel: xr.Dataset, weather: ForecastWeather, days: int) -> None:
    """Refuse data a model was not made for.

    Parameters:
        panel: the newest days (place, day).
        weather: what the outlook would be given.
        days: how far ahead.

    Raises:
        BadInput: a city never seen, other weather, more days, or values off by a factor that no season explains.
    """
    if strange := sorted(set(map(str, panel["place"].values)) - set(model.places)):
        raise BadInput(
            "cities the model was trained on", ", ".join(strange), "train again with their history"
        )
    if days > model.leads:
        raise BadInput(
            f"at most {model.leads} days ahead, as the model was trained", f"{days}", "train again"
        )
    if (model.weather == "none") != (weather.kind == "none") or model.weather_names != weather.names:
        wanted = f"weather as in training: {model.weather} {' '.join(model.weather_names)}"
        raise BadInput(wanted, f"{weather.kind} {' '.join(weather.names)}", "train again with this weather")
    row = [model.places.index(str(p)) for p in panel["place"].values]
    then = {t: float(np.nanmedian(model.medians[n, row])) for n, t in enumerate(model.targets)}
    check_levels(panel.isel(day=slice(-RECENT, None)), {t: m for t, m in then.items() if m > 0})


def predicted(
    model: Model, panel: xr.Dataset, weather: ForecastWeather, issue_day: date, days: int,
    *, hours: xr.Dataset | None = None,
    engine: xr.DataArray | None = None,
) -> Floats:  # fmt: skip
    """Quantiles of an outlook, (weather's member, lead, place, target, quantile) [catalogue units].

    Parameters:
        panel: days up to the issue day; ``hours`` up to the issue.
        weather: with its members.
        engine: as in `train`.
    """
    issues = np.array([np.datetime64(issue_day)], dtype="datetime64[D]")
    shape = (weather.members, days, panel.sizes["place"], len(model.targets), len(QUANTILES))
    found = np.full(shape, np.nan)
    for lead in range(1, days + 1):
        first, runs = model.targets[0], range(weather.members)
        base = [
            samples(
                panel, weather, first, lead, issues, member=m, with_observed=False, hours=hours, recall=not m
            )
            for m in runs
        ]
        for number, target in enumerate(model.targets):
            given = base
            if number:
                own = samples(panel, weather, target, lead, issues, with_observed=False, hours=hours)
                given = [own, *(_under(own, other) for other in base[1:])]
            made: Any = model.fitted[f"{target}/{lead}"].predict(_stacked(given, engine))
            found[:, lead - 1, :, number] = made.quantiles.reshape(weather.members, panel.sizes["place"], -1)
    return found


def _under(own: Samples, other: Samples) -> Samples:
    """A target's rows under the run of weather that another target's rows have: columns of one name are the same."""
    features = own.features.copy()
    for column, name in enumerate(own.names):
        if name in other.names:
            features[:, column] = other.column(name)
    return replace(own, features=features, past=None)
