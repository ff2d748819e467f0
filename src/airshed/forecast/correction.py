"""Correction of a model's forecast by its own record: a Kalman filter in time, and one through analogs.

Both work on the logarithm of observed over forecast, so that a model that is always a third too low is simply that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ANALOGS", "RATIO", "analog_bias", "filtered_bias", "nearest"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATIO: Final = (
    0.06  # [1] variance of the bias's daily change over that of the errors; Delle Monache et al. 2006,
)
# doi:10.1029/2005JD006311, from memory: unverified
ANALOGS: Final = 20  # past forecasts most like the one at hand, own choice
FIRST: Final = 1.0  # [1] variance of the first guess of the bias, zero, over that of the errors


def filtered_bias(errors: Floats, ratio: float = RATIO) -> Floats:
    """Bias after each error, by a scalar Kalman filter whose state walks at random.

    Parameters:
        errors: (..., t) in the order of time; NaN where nothing was observed: the bias stays, less sure.
        ratio: variance of the walk's step over that of the errors.

    >>> filtered_bias(np.array([0.3, 0.3, 0.3, 0.3])).round(3).tolist()
    [0.154, 0.208, 0.235, 0.252]
    """
    bias, found = np.zeros(errors.shape[:-1]), np.empty_like(errors)
    spread = np.full(errors.shape[:-1], FIRST)
    for t in range(errors.shape[-1]):
        known = np.isfinite(errors[..., t])
        spread = spread + ratio
        gain = np.where(known, spread / (spread + 1), 0.0)
        bias = bias + gain * np.where(known, errors[..., t] - bias, 0.0)
        spread = (1 - gain) * spread
        found[..., t] = bias
    return found


def nearest(now: Floats, past: Floats, count: int = ANALOGS) -> Ints:
    """Numbers of the past rows most like each row at hand, from the least like to the most, (n, count).

    Parameters:
        now: (n, F) features; ``past``: (m, F). Each is divided by its spread in the past; unknown ones count as usual.
        count: how many, at most m.
    """
    centre, scale = np.nanmean(past, axis=0), np.nanstd(past, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    a, b = (np.nan_to_num((x - centre) / scale) for x in (now, past))
    apart = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T
    order = np.argsort(apart, axis=1, kind="stable")[:, : min(count, len(past))]
    return np.asarray(order[:, ::-1])


def analog_bias(now: Floats, past: Floats, errors: Floats, ratio: float = RATIO) -> Floats:
    """Bias of each row: a Kalman filter run through its analogs, the most like it last (KFAN).

    Parameters:
        now: (n, F); ``past``: (m, F) features of past forecasts; ``errors``: (m,) what they missed.

    Source: Delle Monache et al. 2011, doi:10.1175/2011MWR3653.1; for PM2.5 Djalalova et al. 2015,
    doi:10.1016/j.atmosenv.2015.02.021, where it did best of five corrections of CMAQ at 716 stations.
    """
    return np.asarray(filtered_bias(errors[nearest(now, past)], ratio)[:, -1])
