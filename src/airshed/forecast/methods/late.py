"""What a model was off of late: it moves the forecast, and draws its spread apart or together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.methods.base import Point
from airshed.forecast.methods.dressing import FLOOR, Dressing
from airshed.forecast.samples import RECALL, Samples

__all__ = ["Late", "late_errors", "recent_error", "recent_width"]

MISSED: Final = 0.2  # [1] of days the 80 % interval is to miss
STIFFNESS: Final = 2.2
"""d ln(spread) / d(share missed) of a normal spread at its 10 and 90 %: 1 / (2 z phi(z)), z = 1.28."""


@dataclass(frozen=True)
class Late:
    """Rows of the days before the issues: log(observed / forecast), NaN where unknown, and the forecast's logarithm."""

    error: NDArray[np.float64]
    level: NDArray[np.float64]


def late_errors(model: Point, samples: Samples) -> Late | None:
    """What a model was off on the days before, by the weather that came; None where no days are laid beside."""
    past = samples.past
    if past is None or not len(past):
        return None
    level = np.log(model.point(past) + FLOOR)
    return Late(np.log(past.observed + FLOOR) - level, level)


def recent_error(late: Late | None, samples: Samples) -> NDArray[np.float64]:
    """(n,) mean of log(observed / forecast) on the 60 days up to each issue day, by place, halved.

    Levels drift from year to year with emissions; the errors of the last two months show it, weather of the time taken
    out. Sixty days of no error are added, so that few errors move little and all of them by half. Only rows whose
    target day is no later than the issue day count. A running-mean correction, the plainest of those compared by
    Djalalova et al. 2015, doi:10.1016/j.atmosenv.2015.02.021.
    """
    return np.zeros(len(samples)) if late is None else _of_late(late.error, samples, 0.0)


def recent_width(late: Late, samples: Samples, dressing: Dressing) -> NDArray[np.float64]:
    """(n,) factor on the spread, by how often the 80 % interval missed on the 60 days up to each issue day, by place.

    A year may be harder to forecast than those of the training, or easier. Sixty days of which a fifth is missed are
    added. What is missed beyond a fifth moves the logarithm of the factor as far as a normal spread would want it to
    hold just that. One shrunk step of adaptive conformal inference (Gibbs & Candes 2021, arXiv:2106.00170).
    """
    spread = dressing.spread_at(late.level)
    low, high = (spread[:, QUANTILES.index(q)] for q in (0.1, 0.9))
    missed = np.where((late.error < low) | (late.error > high), 1.0, 0.0)
    missed[~np.isfinite(late.error)] = np.nan
    return np.asarray(np.exp(STIFFNESS * (_of_late(missed, samples, MISSED) - MISSED)))


def _of_late(values: NDArray[np.float64], samples: Samples, usual: float) -> NDArray[np.float64]:
    """(n,) mean of rows of the past over the 60 days up to each issue day, by place, with 60 days of what is usual."""
    past = samples.past
    assert past is not None
    first = past.valid.min()
    day = (past.valid - first).astype(np.int64)
    shape = (int(day.max()) + 1, len(past.places))
    sums, counts = np.zeros(shape), np.zeros(shape)
    known = np.isfinite(values)
    np.add.at(sums, (day[known], past.place[known]), values[known])
    np.add.at(counts, (day[known], past.place[known]), 1.0)
    at = (samples.issue - first).astype(np.int64)
    total, number = (_until(x, at, samples.place) for x in (sums, counts))
    return np.asarray((total + RECALL * usual) / (number + RECALL))


def _until(
    by_day: NDArray[np.float64], at: NDArray[np.int64], place: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sum over the last 60 days up to and with day ``at``, of a place."""
    running = np.vstack([np.zeros(by_day.shape[1]), np.cumsum(by_day, axis=0)])
    upper = np.clip(at + 1, 0, len(by_day))
    return np.asarray(running[upper, place] - running[np.clip(at + 1 - RECALL, 0, len(by_day)), place])
