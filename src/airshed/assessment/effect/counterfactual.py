"""What an event's days would have been, and whether the difference is more than other days show without any event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from airshed.assessment.effect.kernel import Settings, chosen, fitted
from airshed.assessment.effect.series import Days
from airshed.assessment.effect.windows import LEAST_PRESENT, Placebo, placebo_windows
from airshed.errors import BadInput

__all__ = [
    "LEVEL",
    "Counterfactual",
    "EventEffect",
    "Ranked",
    "counterfactual",
    "event_effect",
    "log_ratio",
    "ranked",
    "span",
]

Array = NDArray[Any]
LEVEL: Final = 0.05  # [1]: nominal size of the test
LONGEST: Final = 60  # [d]: a longer event is a policy, told by its trend


@dataclass(frozen=True)
class Ranked:
    """A log ratio among those of placebo windows.

    Parameters:
        effect: [1] log ratio less the placebos' median: what selection and the model's own bias do is taken off.
        low, high: [1] 80 % interval of it.
        band: [1] the placebos' 5 and 95 %, less their median.
        p: of |effect| being as large without an event, (1 + number as large) / (M + 1).
        rank: 1 is the most negative of all M + 1.
    """

    effect: float
    low: float
    high: float
    band: tuple[float, float]
    p: float
    rank: int

    @property
    def detectable(self) -> bool:
        """Outside the placebo band and rarer than `LEVEL` without an event."""
        return not self.band[0] <= self.effect <= self.band[1] and self.p <= LEVEL


def ranked(mine: float, placebos: Array) -> Ranked:
    """Place of a log ratio among those of placebo windows.

    Exact where event and placebos are exchangeable: the centre is the median of all M + 1, which treats them alike.
    Source: Chernozhukov, Wuethrich & Zhu (2021), doi:10.1080/01621459.2021.1920957, permutation p-values.

    Parameters:
        mine: log ratio of the event.
        placebos: (M,) those of the placebo windows.
    """
    count = len(placebos)
    everyone = np.append(placebos, mine)
    off = np.abs(everyone - np.median(everyone))
    ordered = np.sort(placebos)
    tail = max(round(0.1 * (count + 1)), 1)
    low, high = float(ordered[tail - 1]), float(ordered[count - tail])
    middle = float(np.median(placebos))
    five = tuple(float(q) - middle for q in np.quantile(placebos, (0.05, 0.95)))
    return Ranked(
        mine - middle, mine - high, mine - low, (five[0], five[1]),
        float((off >= off[-1]).sum()) / (count + 1), 1 + int((placebos < mine).sum()),
    )  # fmt: skip


@dataclass(frozen=True)
class EventEffect:
    """What an event did to one pollutant of one place.

    Parameters:
        place, variable: whose.
        start: first local day; ``until``: the first that no longer counts.
        observed, counterfactual: means over the event's days with a value [unit of the variable].
        ratio: [1] log(observed / counterfactual) as it is, before the placebos' median is taken off.
        ranked: place among the placebos.
        placebos: (M,) their log ratios; ``placebo_days``: their first days.
        rule: how they were chosen; ``farthest``: how unlike the farthest is ([d] of season, or [1] of log forecast).
        skill: R2 of daily values, blocks of 14 days left out, the event apart.
        days, by_day: the event's days and what would have been, day by day.
        values: observed day by day.
    """

    place: str
    variable: str
    start: date
    until: date
    observed: float
    counterfactual: float
    ratio: float
    ranked: Ranked
    placebos: Array
    placebo_days: NDArray[np.datetime64]
    rule: Placebo
    farthest: float
    skill: float
    days: NDArray[np.datetime64]
    by_day: Array
    values: Array

    @property
    def percent(self) -> float:
        """Effect in per cent of the counterfactual."""
        return 100 * float(np.expm1(self.ranked.effect))

    @property
    def interval(self) -> tuple[float, float]:
        """80 % interval [%]."""
        return _percent(self.ranked.low, self.ranked.high)

    @property
    def band(self) -> tuple[float, float]:
        """Placebo 5-95 % band [%]."""
        return _percent(*self.ranked.band)

    @property
    def verdict(self) -> Literal["fall", "rise", "not detectable"]:
        """What can be said."""
        if not self.ranked.detectable:
            return "not detectable"
        return "fall" if self.ranked.effect < 0 else "rise"


def _percent(low: float, high: float) -> tuple[float, float]:
    return 100 * float(np.expm1(low)), 100 * float(np.expm1(high))


@dataclass(frozen=True)
class Counterfactual:
    """What an event's days would have been; nothing of it knows what was measured on them.

    Parameters:
        days: the series.
        event: [first, until) in positions.
        by_day: (length,) expected of the event's days [unit of the value].
        starts, ratios: (M,) placebo windows and their log ratios.
        rule, farthest, skill: as in `EventEffect`.
    """

    days: Days
    event: tuple[int, int]
    by_day: Array
    starts: NDArray[np.int64]
    ratios: Array
    rule: Placebo
    farthest: float
    skill: float

    def effect(self, value: Array | None = None) -> EventEffect:
        """The event's effect: of the series' own values, or of others put in their place, (length,)."""
        first, until = self.event
        value = self.days.value[first:until] if value is None else value
        mine, both = log_ratio(value, self.by_day), np.isfinite(value + self.by_day)
        return EventEffect(
            self.days.place, self.days.variable, self.days.date_of(first), self.days.date_of(until),
            float(value[both].mean()), float(self.by_day[both].mean()), mine, ranked(mine, self.ratios),
            self.ratios, self.days.day[self.starts], self.rule, self.farthest, self.skill,
            self.days.day[first:until], self.by_day, value,
        )  # fmt: skip


def event_effect(
    days: Days, start: date, until: date, placebo: Placebo = "any", *, others: Iterable[tuple[date, date]] = (),
    forecast: Array | None = None,
) -> EventEffect:  # fmt: skip
    """What an event did: observed against what its weather would have brought.

    The model sees weather with two days' memory, season, day of the week and slow time of all days but the event's and
    three at either side; never a pollutant. Each placebo window is foretold by a model without it as well.

    Parameters:
        days: one pollutant of one place.
        start: first local day of the event; ``until``: the first that no longer counts.
        placebo: ``peaks`` for what was called on a forecast (alerts), ``any`` for what the calendar fixed.
        others: further events, kept out of model and placebos.
        forecast: (n,) what was forecast of each day, where an archive knows; ``peaks`` then looks at it, not at the
            model's own expectation.

    Raises:
        BadInput: history shorter than a year, an event outside it, too long, or with too few values or placebos.
    """
    event = span(days, start, until)
    apart = [(days.number(a), days.number(b)) for a, b in others]
    apart = [other for other in apart if other != event]
    settings = chosen(days, [event, *apart])
    return counterfactual(days, event, placebo, settings, apart=apart, forecast=forecast).effect()


def counterfactual(
    days: Days, event: tuple[int, int], placebo: Placebo, settings: Settings, *,
    apart: Sequence[tuple[int, int]] = (), forecast: Array | None = None, kernel: Array | None = None,
) -> Counterfactual:  # fmt: skip
    """What an event's days would have been, and what windows without it show.

    Parameters:
        days: one pollutant of one place.
        event: [first, until) in positions; ``apart``: further ones, kept out of model and placebos.
        placebo, forecast: as in `event_effect`.
        settings: of the kernel; ``kernel``: of them and these days, where it is there already.

    Raises:
        BadInput: history shorter than a year, or too few placebos.
    """
    model = fitted(days, settings, [event, *apart], kernel)
    at = np.arange(*event)
    by_day = np.where(days.known[at], model.foretold(at), np.nan)
    expected = model.blocked.copy()
    expected[at] = by_day
    told = np.isfinite(model.blocked)
    reach = placebo_windows(expected if forecast is None else forecast, told, event, placebo, apart)
    length = len(at)
    ratios = [log_ratio(days.value[s : s + length], model.without(s, s + length)) for s in reach.starts]
    return Counterfactual(
        days, event, by_day, reach.starts, np.array(ratios), placebo, reach.farthest, model.skill
    )


def log_ratio(observed: Array, expected: Array) -> float:
    """Logarithm of the ratio of means over days that have both."""
    both = np.isfinite(observed + expected)
    return float(np.log(observed[both].mean() / expected[both].mean()))


def span(days: Days, start: date, until: date) -> tuple[int, int]:
    """The event in positions.

    Raises:
        BadInput: empty, too long, outside the series, or with too few values.
    """
    event = days.number(start), days.number(until)
    came = f"{start} to before {until}"
    if not 0 < event[1] - event[0] <= LONGEST:
        raise BadInput(f"an event of 1 to {LONGEST} days", came, "a longer one is a policy: effect trend")
    if event[0] < 0 or event[1] > len(days):
        raise BadInput(f"an event within {days.day[0]} to {days.day[-1]}", came, "give the files of its days")
    present = float(days.usable[slice(*event)].mean())
    if present < LEAST_PRESENT:
        raise BadInput("value and weather on two thirds of the event's days", f"{present:.0%} of {came}")
    return event
