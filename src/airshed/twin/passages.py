"""The made weather's score: when fronts pass, how strong they are, and what the air does between them.

Everything is a function of one time, that of the front line's arrival (``retarded`` time): the disturbance
travels over the region without changing shape. Chance is drawn a year at a time from (seed, year), so that any
two stretches of made weather of one seed agree where they overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from airshed.errors import BadInput

__all__ = ["EPOCH", "SIGNALS", "STEP", "Character", "Score", "season", "write_score"]

Floats = NDArray[np.float64]

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Zero of the made weather's clock."""
STEP: Final = 300.0  # s, between rows of the score
HOUR: Final = 3600.0  # s
DAY: Final = 86400.0  # s
YEAR: Final = 365.25  # d
_MARGIN: Final = 20.0  # d of score before the first and after the last hour asked for
_SOUTH: Final = (
    1_000_003  # added to the seed for the region's south, whose fronts and calms come by themselves
)
_SOFT: Final = 5.0  # h over which fronts are smoothed: some 200 km of frontal zone at their speed

SIGNALS: Final = (
    "surge", "calm", "south", "stream", "cold", "moist", "wet", "far_surge", "far_calm", "far_moist",
    "far_south",
)  # fmt: skip
"""Columns of the score, the ``far_`` ones for the region's south, where fronts may fade or grow: strength of the
air behind a front [1], stagnation [0..1], flow before a front [1], stream function of the travelling wind [m2 s-1],
temperature [K], humidity [-1..1], rain [kg m-2 h-1]."""


@dataclass(frozen=True)
class Character:
    """What kind of weather the made region has; the defaults are those tuned by ``tools/tune_twin.py``.

    ``interval_winter``, ``interval_summer``: mean time between fronts [d]; ``regularity``: shape of its gamma
    distribution; ``spread``: spread (log) of their strength; ``stagnation_winter``, ``stagnation_summer``: mean
    stagnation between fronts [0..1]; ``front_speed`` [m s-1]; ``front_heading`` [deg from east, south positive];
    ``surge_wind``, ``north_wind``, ``south_wind``: winds of the free air behind and before a front [m s-1];
    ``stillness``: share of the wind that full stagnation takes; ``eddy_wind``: rms wind of smaller systems
    [m s-1]; ``afternoon``: factor on the mixing height by day; ``shrinking``: share of it that full stagnation takes;
    ``patchiness``: how much stagnation differs from place to place [1]; ``drift``: southerly stream under the
    inversion before a front [m s-1].
    """

    interval_winter: float = 3.8
    interval_summer: float = 4.2
    regularity: float = 3.0
    spread: float = 0.5
    stagnation_winter: float = 0.72
    stagnation_summer: float = 0.4
    front_speed: float = 12.0
    front_heading: float = 25.0
    surge_wind: float = 8.5
    north_wind: float = 6.0
    south_wind: float = 4.0
    stillness: float = 0.6
    eddy_wind: float = 4.0
    afternoon: float = 1.0
    shrinking: float = 0.80
    patchiness: float = 0.65
    drift: float = 2.2

    def __post_init__(self) -> None:
        wrong = [name for name, value in vars(self).items() if not value > 0]
        wrong += [n for n in ("stillness", "shrinking", "stagnation_winter") if getattr(self, n) >= 1]
        if wrong:
            raise BadInput("a character of positive numbers, shares below 1", f"{wrong}", "mend it")


@dataclass(frozen=True)
class Score:
    """The signals by retarded time: ``table`` (row, signal), first row at ``start`` [s after EPOCH]."""

    start: float
    table: Floats


def season(seconds: Floats | float, peak: float) -> Floats:
    """A year's course [-1..1] that is 1 on day ``peak`` of the year; ``seconds`` after EPOCH."""
    day = np.asarray(seconds, dtype=np.float64) / DAY
    return np.asarray(np.cos(2 * np.pi * (day - peak) / YEAR))


def write_score(seed: int, start: datetime, hours: int, character: Character) -> Score:
    """The signals from 20 days before ``start`` (UTC) to 20 days after ``hours`` later.

    Parameters:
        seed: of all chance.
        start: first instant, with its time zone.
        hours: length [h].
        character: the kind of weather.
    """
    first = (start - EPOCH).total_seconds() - _MARGIN * DAY
    first = np.floor(first / STEP) * STEP
    rows = int(np.ceil((hours * HOUR + 2 * _MARGIN * DAY) / STEP)) + 1
    time = first + STEP * np.arange(rows)
    table = np.zeros((rows, len(SIGNALS)))
    carry = 0.0
    fronts = _fronts(seed, first, float(time[-1]), character)
    for front, after in pairwise(fronts):
        carry = _play(table[:, :7], time, front, after, carry)
    carry, aside = 0.0, table.copy()
    for front, after in pairwise(_fronts(seed + _SOUTH, first, float(time[-1]), character)):
        carry = _play(aside, time, front, after, carry)
    table[:, 7:] = aside[:, [0, 1, 5, 2]]
    width = int(_SOFT * HOUR / STEP)
    table = uniform_filter1d(uniform_filter1d(table, width, axis=0), width, axis=0)
    positive = [
        SIGNALS.index(n) for n in ("surge", "calm", "south", "wet", "far_surge", "far_calm", "far_south")
    ]
    table[:, positive] = np.maximum(table[:, positive], 0.0)  # running means leave round-off below 0
    wind = character.north_wind * table[:, 0] - character.south_wind * table[:, 2]
    table[:, 3] = np.cumsum(wind) * STEP * character.front_speed
    return Score(float(first), table)


@dataclass(frozen=True)
class _Front:
    at: float
    strength: float
    calm: float
    south: float
    rain: float


def _fronts(seed: int, first: float, last: float, character: Character) -> list[_Front]:
    """All fronts of the calendar years round [first, last], in order."""
    years = range(int(first / DAY / YEAR) - 1, int(last / DAY / YEAR) + 3)
    found = [front for year in years for front in _fronts_of(seed, year, character)]
    reach = 15 * DAY
    return [f for f in found if first - reach < f.at < last + reach]


def _fronts_of(seed: int, year: int, c: Character) -> list[_Front]:
    rng = np.random.default_rng([seed, year + 10_000])
    fronts: list[_Front] = []
    at, end = year * YEAR * DAY, (year + 1) * YEAR * DAY
    while True:
        winter = 0.5 + 0.5 * float(season(at, 15.0))
        interval = c.interval_summer + (c.interval_winter - c.interval_summer) * winter
        at += DAY * max(1.5, interval * rng.gamma(c.regularity) / c.regularity)
        strength = (0.45 + 0.5 * winter + 0.15 * float(season(at, 105.0))) * np.exp(
            c.spread * rng.standard_normal()
        )
        mean = c.stagnation_summer + (c.stagnation_winter - c.stagnation_summer) * winter
        calm = float(rng.beta(1.3 * mean, 1.3 * (1 - mean)))
        south, wet = rng.uniform(0.5, 1.3), rng.random() < 0.65 - 0.5 * winter
        rain = float(wet) * rng.exponential(0.25 + 2.2 * (1 - winter) ** 2)
        if at >= end:
            return fronts
        near = float(np.clip(strength, 0.15, 1.8))
        fronts.append(_Front(at, near, calm, float(south), rain))


def _play(table: Floats, time: Floats, front: _Front, after: _Front, carry: float) -> float:
    """Write the days from one front to the next; returns the stagnation that the next front leaves over."""
    low, high = np.searchsorted(time, [front.at, after.at])
    _rain(table, time, front)
    since = (time[low:high] - front.at) / HOUR
    to_go = (after.at - time[low:high]) / HOUR
    winter = 0.5 + 0.5 * season(front.at, 15.0)
    fresh = np.exp(-((since / (20 + 16 * front.strength)) ** 1.5))
    still = _smooth((since - 12 - 12 * front.strength) / 32)
    calm = np.maximum(front.calm * still, carry * np.exp(-since / 30))
    rows = table[low:high]
    rows[:, 0] = front.strength * fresh
    rows[:, 1] = calm
    passed = since / (since + to_go)  # of the interval; by its middle the high lies over the sea
    rows[:, 2] = front.south * _smooth((passed - 0.30) / 0.25) * (1 - fresh)
    rows[:, 4] = (0.35 + 0.65 * winter) * (3 - 8 * front.strength * np.exp(-since / 45))
    dry = front.strength * np.exp(-since / 30)
    rows[:, 5] = np.clip(-0.35 - dry + 0.7 * _smooth(since / 80) + 0.35 * calm + 0.35 * rows[:, 2], -1, 1)
    left = float(calm[-1]) if len(calm) else carry
    return left * max(0.0, 1 - after.strength)


def _rain(table: Floats, time: Floats, front: _Front) -> None:
    low, high = np.searchsorted(time, [front.at - 20 * HOUR, front.at + 14 * HOUR])
    table[low:high, 6] += front.rain * np.exp(-((((time[low:high] - front.at) / HOUR + 3) / 5.5) ** 2))


def _smooth(share: Floats) -> Floats:
    """0 below 0, 1 above 1, smooth between."""
    s = np.clip(share, 0.0, 1.0)
    return np.asarray(s * s * (3 - 2 * s))
