"""Hindcasts: the forecasts a method trained on some years would have made in others. What verification eats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.checks import check_levels, check_panel, medians
from airshed.forecast.distribution import QUANTILES, exceedance
from airshed.forecast.methods import METHODS, Fitted, Method
from airshed.forecast.methods.base import Prediction
from airshed.forecast.methods.conformal import unseen_errors
from airshed.forecast.samples import samples, stacked
from airshed.forecast.weather import ForecastWeather
from airshed.observations.panel import digest_of

__all__ = ["HEAVY", "Trained", "hindcast", "train_methods", "warning_threshold"]

Span = tuple[date, date]  # first and last local day
HEAVY: Final = {"pm25": 150.0}  # [ug/m3] the event a warning's threshold is chosen for
EVEN: Final = 0.5  # threshold of a method that cannot be cross-validated: more likely than not


@dataclass(frozen=True)
class Trained:
    """Models by (method, lead), the probability at which each calls a warning, and what they were made of.

    ``errors`` (issue, place): of training days a model had not seen, see `conformal.unseen_errors`.
    ``medians`` of the training days by variable let later values that are off by a factor be refused.
    """

    target: str
    models: Mapping[tuple[str, int], Fitted]
    thresholds: Mapping[tuple[str, int], float]
    train: Span
    weather: str
    digest: str
    medians: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[tuple[str, int], xr.DataArray] = field(default_factory=dict)

    @property
    def unseen(self) -> xr.DataArray:
        """``errors`` of the issues from which all leads were asked for, (method, lead, issue, place)."""
        methods, leads = list(dict.fromkeys(m for m, _ in self.errors)), sorted({n for _, n in self.errors})
        found = [xr.concat([self.errors[m, n] for n in leads], "lead", join="inner") for m in methods]
        return xr.concat(found, "method").assign_coords(method=methods, lead=leads)


def train_methods(
    panel: xr.Dataset,
    weather: ForecastWeather,
    methods: Sequence[str],
    target: str,
    leads: Sequence[int],
    train: Span,
    *,
    hours: xr.Dataset | None = None,
    event: float | None = None,
) -> Trained:
    """Train methods on the issues whose target day lies in ``train``, lead by lead, on all members of the weather.

    Parameters:
        panel: days (place, day).
        weather: of the kind the models will be run with.
        methods: keys of ``METHODS``.
        target: variable of the panel.
        leads: days ahead [d].
        train: first and last target day; nothing later is looked at.
        hours: panel (place, hour), for the newest hours.
        event: threshold of the warning [the target's unit]; None: that of ``HEAVY``, where there is one.

    Raises:
        BadInput: an unknown method, too short a history, weather that does not reach a lead.
    """
    past = panel.sel(day=slice(None, np.datetime64(train[1])))
    check_panel(past, target)
    models: dict[tuple[str, int], Fitted] = {}
    thresholds: dict[tuple[str, int], float] = {}
    errors: dict[tuple[str, int], xr.DataArray] = {}
    for lead in leads:
        issues = _issues(past, train, lead)
        runs = [
            samples(past, weather, target, lead, issues, member=m, hours=hours)
            for m in range(weather.members)
        ]
        made = stacked(runs)
        for method in methods:
            fitted = _method(method).fit(made)
            models[method, lead] = fitted
            thresholds[method, lead] = _threshold(fitted, event or HEAVY.get(target))
            unseen = unseen_errors(fitted, runs[0]).reshape(len(issues), -1)
            coords = {"issue": issues.astype("datetime64[ns]"), "place": past["place"].values}
            errors[method, lead] = xr.DataArray(unseen, coords, ("issue", "place"))
    return Trained(target, models, thresholds, train, weather.kind, digest_of(past), medians(past), errors)


def hindcast(
    panel: xr.Dataset,
    weather: ForecastWeather,
    methods: Sequence[str],
    target: str,
    leads: Sequence[int],
    train: Span,
    test: Span,
    *,
    member: int = 0,
    hours: xr.Dataset | None = None,
    trained: Trained | None = None,
) -> xr.Dataset:
    """Forecasts of every target day of ``test`` by models trained on ``train``.

    Parameters:
        panel, weather, methods, target, leads, train, hours: as ``train_methods``.
        test: first and last target day.
        member: run of the weather the test issues are given ("seed" of a degraded weather made with several).
        trained: models made before, so that several members need one training.

    Returns:
        (method, issue, lead, place): ``mean``, ``quantiles`` (…, quantile); (issue, lead, place): ``observed``;
        (method, lead): ``threshold_probability``; attrs target, weather, train, test, digest, member. An issue whose
        target day lies outside ``test`` is NaN at that lead.

    Raises:
        BadInput: as ``train_methods``, or a test that begins before the training ends.
    """
    if test[0] <= train[1]:
        raise BadInput(f"a test after the training's end, {train[1]}", str(test[0]), "keep the periods apart")
    trained = trained or train_methods(panel, weather, methods, target, leads, train, hours=hours)
    check_levels(panel.sel(day=slice(np.datetime64(test[0]), None)), trained.medians)
    days = _span(test[0] - timedelta(max(leads)), test[1] - timedelta(min(leads)))
    issues = days[days >= panel["day"].values[0].astype("datetime64[D]")]
    shape = (len(methods), len(issues), len(leads), panel.sizes["place"])
    mean, observed = np.full(shape, np.nan), np.full(shape[1:], np.nan)
    quantiles = np.full((*shape, len(QUANTILES)), np.nan)
    for at, lead in enumerate(leads):
        rows = _within(issues + np.timedelta64(lead, "D"), test)
        given = samples(panel, weather, target, lead, issues[rows], member=member, hours=hours)
        observed[rows, at] = given.observed.reshape(-1, shape[-1])
        for number, method in enumerate(methods):
            made = trained.models[method, lead].predict(given)
            mean[number, rows, at] = made.mean.reshape(-1, shape[-1])
            quantiles[number, rows, at] = made.quantiles.reshape(-1, shape[-1], len(QUANTILES))
    return _dataset(panel, trained, methods, issues, leads, test, member, mean, quantiles, observed)


def warning_threshold(made: Prediction, observed: NDArray[np.float64], event: float) -> float:
    """The probability at which calling a warning had the best critical success index.

    Parameters:
        made: forecasts of days the models had not seen.
        observed: (n,) what came.
        event: what the warning is of: above this value [the target's unit].

    Of neighbouring thresholds that do about as well the middle one is taken; without any event it is 0.5.
    """
    chance = exceedance(made.quantiles, event)
    known = np.isfinite(chance) & np.isfinite(observed)
    came = observed[known] > event
    if not came.any():
        return EVEN
    tried = np.arange(0.05, 0.75, 0.01)
    called = chance[known][None, :] > tried[:, None]
    hits = (called & came).sum(axis=1)
    success = hits / (called | came).sum(axis=1)
    smooth = np.convolve(np.pad(success, 5, mode="edge"), np.ones(11) / 11, mode="valid")
    return float(tried[np.argmax(smooth)])


def _threshold(fitted: Fitted, event: float | None) -> float:
    held_out = getattr(fitted, "held_out", None)
    if event is None or held_out is None:
        return EVEN
    return warning_threshold(held_out(), fitted.observed, event)  # type: ignore[attr-defined]


def _issues(panel: xr.Dataset, span: Span, lead: int) -> NDArray[np.datetime64]:
    days = panel["day"].values.astype("datetime64[D]")
    ahead = timedelta(lead)
    return days[_within(days, (span[0] - ahead, span[1] - ahead))]


def _within(days: NDArray[np.datetime64], span: Span) -> NDArray[np.bool_]:
    return np.asarray((days >= np.datetime64(span[0])) & (days <= np.datetime64(span[1])))


def _span(first: date, last: date) -> NDArray[np.datetime64]:
    return np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + np.timedelta64(1, "D"))


def _method(name: str) -> Method:
    if name not in METHODS:
        raise BadInput(f"a method of {', '.join(METHODS)}", name, "name one of them")
    return METHODS[name]


def _dataset(
    panel: xr.Dataset, trained: Trained, methods: Sequence[str], issues: NDArray[np.datetime64],
    leads: Sequence[int], test: Span, member: int, mean: NDArray[np.float64],
    quantiles: NDArray[np.float64], observed: NDArray[np.float64],
) -> xr.Dataset:  # fmt: skip
    dims = ("method", "issue", "lead", "place")
    unit = {"units": str(panel[trained.target].attrs.get("units", ""))}
    thresholds = np.array([[trained.thresholds[m, n] for n in leads] for m in methods])
    return xr.Dataset(
        {
            "mean": (dims, mean, unit),
            "quantiles": ((*dims, "quantile"), quantiles, unit),
            "observed": (dims[1:], observed, unit),
            "threshold_probability": (("method", "lead"), thresholds, {"units": "1"}),
        },
        {
            "method": list(methods), "issue": issues.astype("datetime64[ns]"), "lead": list(leads),
            "place": panel["place"].values, "quantile": list(QUANTILES),
        },
        {
            "target": trained.target, "weather": trained.weather, "train": _text(trained.train),
            "test": _text(test), "digest": trained.digest, "member": member,
        },
    )  # fmt: skip


def _text(span: Span) -> str:
    return f"{span[0].isoformat()}/{span[1].isoformat()}"
