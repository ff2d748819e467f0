"""What weather makes of a day's concentration: a Gaussian process on its logarithm, left out exactly.

With G = (K + lambda I)^-1 of all days, what a model without the days B would have said of them is
``y_B - (G_BB)^-1 (G y)_B``: every window is foretold by a model that never saw it, at the price of one factoring.
Derivation, choice of the kernel and skill beside gradient boosting: docs/notes/effect.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from airshed.assessment.effect.series import MEMORY, Days
from airshed.errors import BadInput

__all__ = ["BLOCK", "BUFFER", "GRID", "DayModel", "Settings", "chosen", "fitted", "likeness"]

Array = NDArray[Any]
BLOCK: Final = 14  # [d]: blocks of the cross-validation, as the reference note has them
BUFFER: Final = 3  # [d]: left out at either side of what is foretold: memory of the air, own choice
LEAST_DAYS: Final = 365  # [d]: usable days without which seasons are not known
SEASON, SLOW, ALWAYS, WEEKLY = (
    0.3,
    0.3,
    4.0,
    0.02,
)  # [1]: variances beside weather's 1; blocked skill hardly feels them
SLOW_YEARS: Final = 0.5  # [year]: length of slow time; an episode is thirty times shorter


@dataclass(frozen=True)
class Settings:
    """Of the kernel: ``length`` [1] in standard deviations of weather, ``noise`` [1] as a variance beside weather's."""

    length: float
    noise: float


GRID: Final = tuple(Settings(length, noise) for length in (1.0, 1.4) for noise in (0.05, 0.1, 0.2))
"""What blocked cross-validation chooses from."""


@dataclass(frozen=True)
class DayModel:
    """A model of days, fitted to those in ``rows``.

    Parameters:
        days: the series.
        settings: of the kernel.
        rows: (m,) days fitted to, ascending.
        level, scale: of the logarithms of ``value`` on ``rows``.
        kernel: (n, n) covariance of all days with all days.
        inverse: (m, m) G; ``dual``: (m,) G y.
        curve: (2,) ``value = exp(a + b f)``: conditional factor of the way back from the logarithm.
        blocked: (n,) what of each day is said without its block; NaN outside ``rows``.
    """

    days: Days
    settings: Settings
    rows: NDArray[np.int64]
    level: float
    scale: float
    kernel: Array
    inverse: Array
    dual: Array
    curve: Array
    blocked: Array

    @property
    def target(self) -> Array:
        """(m,) standardised logarithms."""
        return np.asarray((np.log(self.days.value[self.rows]) - self.level) / self.scale)

    def foretold(self, at: NDArray[np.int64]) -> Array:
        """Expected value of days the model never saw [unit of the value], (k,)."""
        raw = self.kernel[np.ix_(at, self.rows)] @ self.dual
        return self.unlogged(self.level + self.scale * raw)

    def without(self, first: int, until: int, buffer: int = BUFFER) -> Array:
        """Expected value of the days [first, until) by a model without them and their neighbours, (until - first,)."""
        lo, hi = np.searchsorted(self.rows, [first - buffer, until + buffer])
        out = np.arange(lo, hi)
        raw = _left_out(self.inverse, self.dual, self.target, out)
        found = np.full(until - first, np.nan)
        mine = (self.rows[out] >= first) & (self.rows[out] < until)
        found[self.rows[out][mine] - first] = self.unlogged(self.level + self.scale * raw[mine])
        return found

    def unlogged(self, logarithm: Array) -> Array:
        """Means, not medians, of what was reckoned in logarithms."""
        return np.asarray(np.exp(self.curve[0] + self.curve[1] * logarithm))

    @property
    def skill(self) -> float:
        """R2 of daily values, each said without its block of 14 days and its neighbours."""
        return _r2(self.days.value[self.rows], self.blocked[self.rows])


def fitted(
    days: Days, settings: Settings, apart: Iterable[tuple[int, int]] = (), kernel: Array | None = None
) -> DayModel:
    """A model of all usable days but those apart and their neighbours.

    Parameters:
        days: the series.
        settings: of the kernel.
        apart: spans [first, until) in positions that the model may not see: events.
        kernel: of the same days and settings, where it is there already.

    Raises:
        BadInput: fewer than a year's days are left.
    """
    rows = _rows(days, apart)
    logs = np.log(days.value[rows])
    level, scale = float(logs.mean()), float(logs.std())
    kernel = likeness(days, settings) if kernel is None else kernel
    inverse = _inverse(kernel, rows, settings.noise)
    target = (logs - level) / scale
    dual = inverse @ target
    raw = level + scale * _blocked(inverse, dual, target, rows)
    curve = _curve(raw, days.value[rows])
    blocked = np.full(len(days), np.nan)
    blocked[rows] = np.exp(curve[0] + curve[1] * raw)
    return DayModel(days, settings, rows, level, scale, kernel, inverse, dual, curve, blocked)


def chosen(days: Days, apart: Iterable[tuple[int, int]] = ()) -> Settings:
    """Of `GRID`, what foretells left-out blocks best in logarithms; days apart have no say.

    Raises:
        BadInput: fewer than a year's days are left.
    """
    rows = _rows(days, apart)
    logs = np.log(days.value[rows])
    target = (logs - logs.mean()) / logs.std()
    errors = []
    for settings in GRID:
        inverse = _inverse(likeness(days, settings), rows, settings.noise)
        left = _blocked(inverse, inverse @ target, target, rows)
        errors.append(float(np.mean((target - left) ** 2)))
    return GRID[int(np.argmin(errors))]


def _rows(days: Days, apart: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    free = days.usable.copy()
    for first, until in apart:
        free[max(first - BUFFER, 0) : max(until + BUFFER, 0)] = False
    rows = np.flatnonzero(free)
    if len(rows) < LEAST_DAYS:
        came = f"{len(rows)} usable days of {days.variable} outside the event"
        raise BadInput(f"a history of a year ({LEAST_DAYS} days) at least", came, "give more files")
    return rows


def likeness(days: Days, settings: Settings) -> Array:
    """Likeness of weather, season, slow time and day of the week, (n, n)."""
    weather = days.weather / np.sqrt(len(days.names) * sum(w * w for w in MEMORY))
    alike = np.exp(-_squares(weather) / (2 * settings.length**2))
    season = np.exp(-_squares(np.column_stack([np.cos(days.season), np.sin(days.season)])) / 2)
    slow = np.exp(-_squares(days.years[:, None]) / (2 * SLOW_YEARS**2))
    weekend = days.weekend - days.weekend.mean()
    week = np.outer(weekend, weekend) / max(float(weekend.var()), 1e-9)
    return np.asarray(alike + SEASON * season + SLOW * slow + WEEKLY * week + ALWAYS)


def _squares(table: Array) -> Array:
    """Squared distances of rows."""
    norm = (table**2).sum(axis=1)
    return np.asarray(np.maximum(norm[:, None] + norm[None] - 2 * table @ table.T, 0))


def _inverse(kernel: Array, rows: NDArray[np.int64], noise: float) -> Array:
    """G, by Cholesky: half the work of a general inverse."""
    table = kernel[np.ix_(rows, rows)]
    table[np.diag_indices(len(rows))] += noise
    factor, _ = lapack.dpotrf(table, lower=1)
    lower, _ = lapack.dpotri(factor, lower=1)
    return np.asarray(np.tril(lower) + np.tril(lower, -1).T)


def _left_out(inverse: Array, dual: Array, target: Array, out: NDArray[np.int64]) -> Array:
    """What the model without the rows ``out`` says of them (standardised logarithms)."""
    return np.asarray(target[out] - np.linalg.solve(inverse[np.ix_(out, out)], dual[out]))


def _blocked(inverse: Array, dual: Array, target: Array, rows: NDArray[np.int64]) -> Array:
    """Each row by the model without its block of days and the neighbours of that."""
    found = np.empty(len(rows))
    for block in np.unique(rows // BLOCK):
        lo, hi = np.searchsorted(rows, [block * BLOCK - BUFFER, (block + 1) * BLOCK + BUFFER])
        out = np.arange(lo, hi)
        mine = rows[out] // BLOCK == block
        found[out[mine]] = _left_out(inverse, dual, target, out)[mine]
    return found


def _curve(logarithm: Array, value: Array) -> Array:
    """a, b of E(value) = exp(a + b f) by Poisson pseudo-likelihood, so that means are met whatever the noise.

    Source: Gourieroux, Monfort & Trognon (1984), doi:10.2307/1913472.
    """
    design = np.column_stack([np.ones_like(logarithm), logarithm])
    found = np.array([np.log(value.mean() / np.exp(logarithm).mean()), 1.0])
    for _ in range(30):
        mean = np.exp(design @ found)
        step = np.linalg.solve(design.T @ (design * mean[:, None]), design.T @ (value - mean))
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return found


def _r2(observed: Array, said: Array) -> float:
    return float(1 - np.mean((observed - said) ** 2) / np.var(observed))
