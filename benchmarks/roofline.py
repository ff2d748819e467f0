"""What the machine can do at most: the bandwidth of a triad and the rate of multiply-adds, single precision."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numba import njit, prange

__all__ = ["multiply_adds", "triad"]


@njit(parallel=True, fastmath=True)
def _triad(a: Any, b: Any, c: Any) -> None:
    for i in prange(len(a)):
        a[i] = b[i] + np.float32(3.0) * c[i]


@njit(parallel=True, fastmath=True)
def _work(x: Any, turns: int) -> None:
    for block in prange(len(x)):
        row = x[block]
        for _ in range(turns):
            for i in range(row.shape[0]):
                row[i] = row[i] * np.float32(0.999) + np.float32(0.001)


def _best(work: Any, turns: int = 5) -> float:
    work()
    times = []
    for _ in range(turns):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def triad(values: int = 60_000_000) -> float:
    """Bytes a second, the allocation of the written array counted (16 bytes a value)."""
    a, b, c = (np.ones(values, np.float32) for _ in range(3))
    return 16 * values / _best(lambda: _triad(a, b, c))


def multiply_adds(turns: int = 20_000) -> float:
    """Floating-point operations a second on values that stay in the first cache, two a multiply-add."""
    x = np.ones((16, 512), np.float32)
    return 2 * x.size * turns / _best(lambda: _work(x, turns))


if __name__ == "__main__":
    print(f"triad {triad() / 1e9:.1f} GB/s, multiply-adds {multiply_adds() / 1e9:.0f} GFLOP/s")
