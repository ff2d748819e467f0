"""Many alerts of many cities as one estimate: log ratios, weighed, clustered by episode; and how many it would take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from airshed.assessment.effect.counterfactual import EventEffect, event_effect
from airshed.assessment.effect.series import Days
from airshed.assessment.effect.windows import Placebo
from airshed.errors import BadInput

__all__ = ["Alert", "Pooled", "Power", "episodes", "pool", "pooled_effect", "power"]

Array = NDArray[Any]
APART: Final = timedelta(days=3)  # between alerts of two episodes, the memory of the air: own choice
FEW: Final = 10
"""Episodes under which an interval of clusters is too narrow to be trusted (Cameron, Gelbach & Miller 2008,
doi:10.1162/rest.90.3.414, speak of 5 to 30)."""


@dataclass(frozen=True)
class Alert:
    """An alert of a place: local days [start, until)."""

    place: str
    start: date
    until: date

    def __post_init__(self) -> None:
        if not self.start < self.until:
            raise BadInput("an alert that ends after it begins", f"{self.place} {self.start} to {self.until}")


@dataclass(frozen=True)
class Power:
    """How many independent city-alerts show an effect [%] at 5 % with 80 % power, and in how many episodes' worth."""

    percent: float
    alerts: int


@dataclass(frozen=True)
class Pooled:
    """One estimate of many alerts.

    Parameters:
        variable: pollutant.
        effects: those that went in; ``refused``: alert and reason of those that did not.
        episode: (m,) number of each one's episode.
        percent: effect [%]; ``eighty``, ``ninety_five``: intervals [%] by episodes, with Student's t.
        p: of no effect; None where there is one episode only.
        spread: [1] standard deviation of one alert's log ratio without any effect, from placebos.
        power: numbers it takes.
    """

    variable: str
    effects: tuple[EventEffect, ...]
    refused: tuple[tuple[Alert, str], ...]
    episode: NDArray[np.int64]
    percent: float
    eighty: tuple[float, float] | None
    ninety_five: tuple[float, float] | None
    p: float | None
    spread: float
    power: tuple[Power, ...]

    @property
    def episodes(self) -> int:
        """How many."""
        return len(np.unique(self.episode))

    @property
    def too_few(self) -> bool:
        """Whether intervals rest on fewer than ten episodes."""
        return self.episodes < FEW

    @property
    def detectable(self) -> bool:
        """Whether the 95 % interval leaves out nought."""
        return self.p is not None and self.p <= 0.05


def episodes(alerts: Sequence[Alert]) -> NDArray[np.int64]:
    """Numbers of episodes: alerts that meet in time, or nearly, are one, wherever they are.

    Parameters:
        alerts: in any order.
    """
    order = sorted(range(len(alerts)), key=lambda n: alerts[n].start)
    found = np.zeros(len(alerts), dtype=np.int64)
    number, reached = -1, date.min
    for place in order:
        if number < 0 or alerts[place].start >= reached + APART:
            number += 1
        reached = max(reached, alerts[place].until)
        found[place] = number
    return found


def pooled_effect(series: Mapping[str, Days], alerts: Iterable[Alert], placebo: Placebo = "peaks") -> Pooled:
    """The effect of alerts on one pollutant, over all of them.

    Parameters:
        series: by place, all of one pollutant.
        alerts: a place's other alerts are kept out of its model and placebos.
        placebo: how placebo windows are chosen; alerts are called on peaks.

    Raises:
        BadInput: no alert could be evaluated; the reasons are told.
    """
    asked = list(alerts)
    found: list[EventEffect] = []
    kept: list[Alert] = []
    refused: list[tuple[Alert, str]] = []
    for alert in asked:
        try:
            found.append(_one(series, alert, asked, placebo))
            kept.append(alert)
        except BadInput as error:
            refused.append((alert, str(error)))
    if not found:
        reasons = "; ".join(sorted({reason for _, reason in refused})) or "no alerts"
        raise BadInput("an alert that can be evaluated", reasons, "see the reasons")
    return pool(found, episodes(kept), refused)


def _one(series: Mapping[str, Days], alert: Alert, asked: Sequence[Alert], placebo: Placebo) -> EventEffect:
    if alert.place not in series:
        raise BadInput("values and weather of the place", f"none of {alert.place}", "give its files")
    days = series[alert.place]
    others = [
        (a.start, a.until) for a in asked if a.place == alert.place and a != alert and _touches(days, a)
    ]
    return event_effect(days, alert.start, alert.until, placebo, others=others)


def _touches(days: Days, alert: Alert) -> bool:
    return days.number(alert.until) > 0 and days.number(alert.start) < len(days)


def pool(
    effects: Sequence[EventEffect], episode: NDArray[np.int64], refused: Sequence[tuple[Alert, str]] = ()
) -> Pooled:
    """Mean log ratio, weighed by what placebos scatter, with standard errors by episode.

    ``se^2 = G / (G - 1) sum_g (sum_{i in g} w_i e_i)^2 / (sum w)^2``, e_i the deviation from the mean.
    Source: Cameron & Miller (2015), doi:10.3368/jhr.50.2.317, eq. 11 with the correction G / (G - 1).

    Parameters:
        effects: one an alert.
        episode: (m,) number of each one's episode.
        refused: alerts left out, and why.
    """
    value = np.array([e.ranked.effect for e in effects])
    variance = np.array([float(np.var(e.placebos, ddof=1)) for e in effects])
    weight = 1 / variance
    mean = float((weight * value).sum() / weight.sum())
    groups = np.unique(episode, return_inverse=True)[1]
    score = np.bincount(groups, weight * (value - mean))
    count = len(score)
    spread = float(np.sqrt(variance.mean()))
    powers = tuple(power(percent, spread) for percent in (-5.0, -10.0, -15.0, -30.0))
    told = effects[0].variable, tuple(effects), tuple(refused), groups, 100 * float(np.expm1(mean))
    if count < 2:
        return Pooled(*told, None, None, None, spread, powers)
    error = float(np.sqrt(count / (count - 1) * (score**2).sum())) / float(weight.sum())
    wide = [_interval(mean, error, count - 1, level) for level in (0.8, 0.95)]
    p = float(2 * stats.t.sf(abs(mean) / max(error, 1e-300), count - 1))
    return Pooled(*told, wide[0], wide[1], p, spread, powers)


def _interval(mean: float, error: float, freedom: int, level: float) -> tuple[float, float]:
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return 100 * float(np.expm1(mean - half)), 100 * float(np.expm1(mean + half))


def power(percent: float, spread: float, *, size: float = 0.05, wanted: float = 0.8) -> Power:
    """Independent city-alerts that show an effect: ``((z_{1-size/2} + z_wanted) spread / log(1 + effect))^2``.

    Alerts of one episode are not independent: count episodes where cities share their weather.

    Parameters:
        percent: effect [%].
        spread: [1] standard deviation of one alert's log ratio.
        size, wanted: of the test [1].

    >>> power(-5, 0.21).alerts
    132
    """
    reach = float(stats.norm.ppf(1 - size / 2) + stats.norm.ppf(wanted))
    return Power(percent, int(np.ceil((reach * spread / np.log1p(percent / 100)) ** 2)))
