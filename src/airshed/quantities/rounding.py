"""Rounding as the texts want it, in exact integers.

A concentration is read as a decimal with at most six places, never as a binary fraction, so that
a mean of 35.5 rounds as 35.5 and an index of exactly 100 does not become 101.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MICRO", "ceil_div", "half_even", "half_up", "micro", "truncate"]

MICRO = 1_000_000
"""Concentrations are held as integers of 1e-6 of their unit while an index is reckoned."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def micro(values: ArrayLike) -> Ints:
    """Values as integers of 1e-6; nearest, so that binary noise below 5e-7 is gone."""
    return np.rint(np.asarray(values, dtype=np.float64) * MICRO).astype(np.int64)


def _quantum(decimals: int) -> int:
    if not 0 <= decimals <= 6:
        raise ValueError(f"decimals must be 0 to 6, got {decimals}")
    return int(10 ** (6 - decimals))


def half_even(values: ArrayLike, decimals: int = 0) -> Floats:
    """Round half to even (GB/T 8170-2008, clause 3.2) on the decimal reading of the values.

    >>> half_even([0.5, 1.5, 2.5, 35.499999999]).tolist()
    [0.0, 2.0, 2.0, 36.0]
    >>> half_even([1.25, 1.35], decimals=1).tolist()
    [1.2, 1.4]
    """
    floats = np.asarray(values, dtype=np.float64)
    q, ok = _quantum(decimals), np.isfinite(floats)
    units, rest = np.divmod(micro(np.where(ok, floats, 0)), q)
    up = (2 * rest > q) | ((2 * rest == q) & (units % 2 == 1))
    return np.where(ok, (units + up) / 10**decimals, floats)


def half_up(values: ArrayLike, decimals: int = 0) -> Floats:
    """Round half away from zero for positive values (US EPA, 40 CFR 58 appendix G)."""
    floats = np.asarray(values, dtype=np.float64)
    q, ok = _quantum(decimals), np.isfinite(floats)
    units, rest = np.divmod(micro(np.where(ok, floats, 0)), q)
    return np.where(ok, (units + (2 * rest >= q)) / 10**decimals, floats)


def truncate(values: ArrayLike, decimals: int = 0) -> Floats:
    """Cut off decimals (US EPA concentrations).

    >>> truncate([35.49, 35.4], decimals=1).tolist()
    [35.4, 35.4]
    """
    floats = np.asarray(values, dtype=np.float64)
    ok = np.isfinite(floats)
    units = micro(np.where(ok, floats, 0)) // _quantum(decimals)
    return np.where(ok, units / 10**decimals, floats)


def ceil_div(numerator: Ints, denominator: Ints) -> Ints:
    """Integer division rounded up, exact."""
    return -((-numerator) // denominator)
