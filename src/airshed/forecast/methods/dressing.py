"""The spread about a forecast value, by its level: from it come quantiles and the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.methods.base import Prediction

__all__ = ["FLOOR", "LEAST", "Dressing", "dress"]

LEVELS: Final = 30  # forecast levels at which the spread is kept
NEAR: Final = (
    0.15  # of the days: those whose forecast level is nearest make the spread of a level; own choice
)
LEAST_NEAR: Final = 80  # days of them at least
WIDER: Final = (
    1.08  # a year never seen strays further than a block: a left-out year was covered 77 %, wanted 80 %
)
FLOOR: Final = 1.0  # [the target's unit] added before the logarithm
LEAST: Final = 0.1  # [the target's unit] a forecast value is no less


@dataclass(frozen=True)
class Dressing:
    """Spread about a forecast value, by its level.

    Attributes:
        levels: (L,) logarithms of forecast values, ascending.
        spread: (L, 21) quantiles of log(observed / forecast).
        factor: (L,) mean of observed / forecast.
    """

    levels: NDArray[np.float64]
    spread: NDArray[np.float64]
    factor: NDArray[np.float64]

    def around(self, point: NDArray[np.float64], wider: NDArray[np.float64] | float = 1.0) -> Prediction:
        """The distribution about each forecast value, (n,) [the target's unit].

        Parameters:
            wider: (n,) factor on the spread about its median.
        """
        level = np.log(point + FLOOR)
        spread = _widened(self.spread_at(level), wider)
        quantiles = np.maximum(np.exp(level[:, None] + np.maximum.accumulate(spread, axis=1)) - FLOOR, 0.0)
        mean = (point + FLOOR) * np.interp(level, self.levels, self.factor) - FLOOR
        return Prediction(np.maximum(mean, 0.0), quantiles)

    def spread_at(self, level: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 21) quantiles of log(observed / forecast) at forecast levels (n,), logarithms."""
        return np.column_stack([np.interp(level, self.levels, s) for s in self.spread.T])


def dress(point: NDArray[np.float64], observed: NDArray[np.float64]) -> Dressing:
    """The spread of unseen days about their forecast.

    Parameters:
        point: (n,) forecasts of days the model had not seen [the target's unit].
        observed: (n,) what came.

    Raises:
        BadInput: fewer than 80 pairs.
    """
    known = np.isfinite(point) & np.isfinite(observed)
    if known.sum() < LEAST_NEAR:
        raise BadInput(f"at least {LEAST_NEAR} unseen days", str(known.sum()), "feed a longer history")
    order = np.argsort(point[known], kind="stable")
    level = np.log(point[known][order] + FLOOR)
    ratio = np.log(observed[known][order] + FLOOR) - level
    near = max(LEAST_NEAR, round(NEAR * len(level)))
    starts = np.unique(np.linspace(0, len(level) - near, LEVELS).astype(int))
    windows = [slice(s, s + near) for s in starts]
    return Dressing(
        np.array([level[w].mean() for w in windows]),
        _widened(np.array([np.quantile(ratio[w], QUANTILES) for w in windows]), WIDER),
        np.array([np.exp(ratio[w]).mean() for w in windows]),
    )


def _widened(spread: NDArray[np.float64], factor: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """(n, 21) quantiles, drawn apart about their median by a factor for all or for each row."""
    middle = spread[:, [len(QUANTILES) // 2]]
    return np.asarray(middle + np.reshape(factor, (-1, 1)) * (spread - middle))
