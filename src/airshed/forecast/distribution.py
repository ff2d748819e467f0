"""Forecast distributions as 21 quantiles: probability above a threshold, intervals, and the score of the whole."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from airshed.errors import BadInput

__all__ = ["QUANTILES", "crps", "exceedance", "interval", "quantile_at"]

QUANTILES: Final = (0.01, *(n / 20 for n in range(1, 20)), 0.99)

_LEVELS = np.array(QUANTILES)
# trapezoids over [0, 1]; what lies beyond the outermost levels goes to them, so that the weights sum to one
_EDGES = np.concatenate([[0.0], (_LEVELS[1:] + _LEVELS[:-1]) / 2, [1.0]])
_WEIGHTS = np.diff(_EDGES)


def exceedance(quantiles: NDArray[np.float64], threshold: ArrayLike) -> NDArray[np.float64]:
    """P(> threshold): linear between the quantiles, exponential beyond the outermost two of each side.

    Parameters:
        quantiles: (..., 21), ascending [unit of the variable].
        threshold: one value, or one for each row [same unit].

    A row with a quantile missing has no probability (NaN).

    >>> exceedance(np.arange(21.0)[None, :], 10.0)
    array([0.5])
    """
    quantiles = _checked(quantiles)
    rows = quantiles.reshape(-1, len(QUANTILES))
    shape = quantiles.shape[:-1]
    at = np.broadcast_to(np.asarray(threshold, dtype=np.float64), shape).ravel()
    below = (rows <= at[:, None]).sum(axis=1)
    left = np.clip(below - 1, 0, len(QUANTILES) - 2)
    number = np.arange(len(rows))
    low, high = rows[number, left], rows[number, left + 1]
    part = np.divide(at - low, high - low, out=np.zeros(len(rows)), where=high > low)
    within = _LEVELS[left] + part * (_LEVELS[left + 1] - _LEVELS[left])
    under = _LEVELS[0] * _tail(rows[:, 0] - at, rows[:, 1] - rows[:, 0])
    over = 1 - _LEVELS[0] * _tail(at - rows[:, -1], rows[:, -1] - rows[:, -2])
    share = np.where(below == 0, under, np.where(below == len(QUANTILES), over, within))
    return np.where(np.isnan(rows).any(axis=1), np.nan, 1 - share).reshape(shape)


def crps(quantiles: NDArray[np.float64], observed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Continuous ranked probability score of each row, as twice the pinball loss integrated over the levels.

    Parameters:
        quantiles: (..., 21), ascending [unit of the variable].
        observed: (...) [same unit]; NaN gives NaN.

    Source: Laio and Tamea 2007, doi:10.5194/hess-11-1267-2007, eq. 15. Of a forecast that is one value it is the
    absolute error.

    >>> crps(np.full((1, 21), 3.0), np.array([5.0]))
    array([2.])
    """
    miss = np.asarray(observed)[..., None] - _checked(quantiles)
    loss = np.where(miss >= 0, _LEVELS * miss, (_LEVELS - 1) * miss)
    return np.asarray(2 * (loss * _WEIGHTS).sum(axis=-1))


def interval(
    quantiles: NDArray[np.float64], share: float = 0.8
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The central interval that holds ``share`` of the probability: its lower and upper end, (...) each.

    >>> low, high = interval(np.arange(21.0)[None, :], 0.8)
    >>> low, high
    (array([2.]), array([18.]))
    """
    if not 0 < share <= QUANTILES[-1] - QUANTILES[0]:
        raise BadInput("a share between 0 and 0.98", str(share), "the outermost quantiles are 0.01 and 0.99")
    return quantile_at(quantiles, (1 - share) / 2), quantile_at(quantiles, (1 + share) / 2)


def quantile_at(quantiles: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """The quantile of a level between the outermost, (...): linear between its neighbours."""
    quantiles = _checked(quantiles)
    position = float(np.interp(level, _LEVELS, np.arange(len(QUANTILES))))
    # levels such as (1 - 0.8) / 2 miss a stored one by a rounding; the neighbour is meant
    left = min(int(np.floor(position + 1e-9)), len(QUANTILES) - 2)
    part = max(position - left, 0.0)
    return np.asarray(quantiles[..., left] * (1 - part) + quantiles[..., left + 1] * part)


def _tail(beyond: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of the last hundredth lies further out: an exponential through the outermost two quantiles."""
    scale = spread / np.log(_LEVELS[1] / _LEVELS[0])
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = np.divide(beyond, scale, out=np.full(len(beyond), np.inf), where=scale > 0)
        return np.asarray(np.exp(-np.maximum(ratio, 0.0)))


def _checked(quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    if quantiles.shape[-1:] != (len(QUANTILES),):
        raise BadInput(
            f"{len(QUANTILES)} quantiles in the last dimension",
            str(quantiles.shape),
            "see forecast.QUANTILES",
        )
    return quantiles
