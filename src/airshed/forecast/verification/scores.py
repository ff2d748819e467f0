"""Scores of a value: what one case adds, and what the sums of many make of it.

``moments`` and its likes give what each case adds; sums over cases, whether all of them or a draw with
repetition, go into ``continuous`` and its likes. Cases are pooled: never a mean of scores of windows, never of
leads (the trap of published tables).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["continuous", "moments", "ratio", "score"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FLAT = 1e-10  # share of the mean square below which a variance is rounding, and no correlation is given


def ratio(above: Floats, below: Floats) -> Floats:
    """Quotient; NaN where there is nothing to divide by."""
    out = np.full(np.broadcast(above, below).shape, np.nan)
    return np.asarray(np.divide(above, below, out=out, where=np.asarray(below) != 0))


def moments(forecast: Floats, observed: Floats, held: Flags) -> dict[str, Floats]:
    """What each case adds to the scores of a value.

    Parameters:
        forecast, observed: concentrations or indices, any one unit, same shape.
        held: cases that count; the others add nothing.
    """
    f, o = np.where(held, forecast, 0.0), np.where(held, observed, 0.0)
    error = f - o
    return {
        "n": held.astype(np.float64),
        "f": f, "o": o, "ff": f * f, "oo": o * o, "fo": f * o,
        "absolute": np.abs(error), "square": error**2,
        "near": (held & (f >= o / 2) & (f <= 2 * o)).astype(np.float64),
    }  # fmt: skip


def continuous(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Scores of a value from sums of `moments`.

    Returns:
        ``rmse``, ``mae`` [unit of the values]; ``nmb`` = sum(F - O) / sum(O), ``nme`` = sum|F - O| / sum(O) [1];
        ``r``, Pearson's, NaN where either does not vary; ``fac2``, the share of cases with O/2 <= F <= 2 O.
        Definitions of Chang and Hanna 2004 (doi:10.1007/s00703-003-0070-7) and Emery 2017
        (doi:10.1080/10962247.2016.1265027).
    """
    n = sums["n"]
    spread_f, spread_o = n * sums["ff"] - sums["f"] ** 2, n * sums["oo"] - sums["o"] ** 2
    varies = (spread_f > _FLAT * n * sums["ff"]) & (spread_o > _FLAT * n * sums["oo"])
    root = np.sqrt(np.where(varies, spread_f * spread_o, 0.0))
    return {
        "rmse": np.sqrt(ratio(sums["square"], n)),
        "mae": ratio(sums["absolute"], n),
        "nmb": ratio(sums["f"] - sums["o"], sums["o"]),
        "nme": ratio(sums["absolute"], sums["o"]),
        "r": ratio(n * sums["fo"] - sums["f"] * sums["o"], root),
        "fac2": ratio(sums["near"], n),
    }


def score(forecast: Floats, observed: Floats) -> dict[str, float]:
    """Scores of a value over all cases in which both are known.

    >>> {name: round(value, 3) for name, value in score(np.array([1.0, 3.0]), np.array([2.0, 2.0])).items()}
    {'rmse': 1.0, 'mae': 1.0, 'nmb': 0.0, 'nme': 0.5, 'r': nan, 'fac2': 1.0}
    """
    parts = moments(forecast, observed, np.isfinite(forecast) & np.isfinite(observed))
    return {
        name: float(v) for name, v in continuous({k: np.asarray(p.sum()) for k, p in parts.items()}).items()
    }
