"""The marching kernels beside the bandwidth of the machine, in one session.

    python benchmarks/march.py [tracers ...]

Prints cell-tracer updates a second (cell x layer x tracer, one hour: horizontal and column; of the adjoint also the
column that says what releases are worth), single precision, by the wall clock and by the processor's time, and the
share of the rate at which the same threads can copy the state.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray

from airshed.transport.column import SUBSTEPS, ColumnInput, column_matrices
from airshed.transport.march import march, march_transposed, transpose

Array = NDArray[Any]
NY, NX, LAYERS = 60, 60, 8
GOAL = 7e8  # [1/s] cell-tracer updates on two cores, forward, from 256 tracers on
COLUMNS, CLASSES = 10_000, 6


@njit(parallel=True)  # type: ignore[untyped-decorator]
def copy(x: Array, out: Array) -> None:
    """Read and write the state once, a strip of it a task."""
    for i in prange(len(x)):
        for t in range(x.shape[1]):
            out[i, t] = x[i, t]


def best(work: Callable[[], Any], runs: int = 7) -> tuple[float, float]:
    """Least wall-clock and processor time of some runs [s], after one that does not count."""
    work()
    wall, used = [], []
    for _ in range(runs):
        started, before = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - started)
        used.append(time.process_time() - before)
    return min(wall), min(used)


def operators(seed: int = 0) -> tuple[Array, Array, Array]:
    """A smooth wind of another direction in each layer, and any column."""
    rng = np.random.default_rng(seed)
    rows, columns = np.divmod(np.arange(NY * NX), NX)
    base = np.empty((LAYERS, NY * NX), np.int32)
    for k in range(LAYERS):
        row, column = np.clip(rows - 1 - k % 3, 0, NY - 4), np.clip(columns - 1 - k // 2, 0, NX - 4)
        base[k] = row * NX + column
    weight = rng.uniform(0, 0.125, (LAYERS, NY * NX, 16)).astype(np.float32)
    matrix = rng.uniform(0, 2 / LAYERS, (NY * NX, LAYERS, LAYERS)).astype(np.float32)
    return base, weight, matrix


def measure(tracers: int) -> None:
    """Print the rates for one number of tracers."""
    base, weight, matrix = operators()
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(LAYERS, NY * NX, tracers)).astype(np.float32)
    out, spare, released = (np.empty_like(x) for _ in range(3))
    lists = transpose(base, weight, NX)
    flat, flat_out = x.reshape(-1, tracers), out.reshape(-1, tracers)
    copying, _ = best(lambda: copy(flat, flat_out))
    print(f"{tracers} tracers: copy {2 * x.nbytes / copying / 1e9:.1f} GB/s")
    ways: dict[str, Callable[[], Any]] = {
        "forward": lambda: march(base, weight, matrix, x, spare, NX),
        "adjoint": lambda: march_transposed(lists, matrix, matrix, x, released, spare),
        "sorting": lambda: transpose(base, weight, NX),
    }
    for name, work in ways.items():
        wall, used = best(work)
        by_processor = x.size * get_num_threads() / used if used else float("nan")
        figures = (
            f"{x.size / wall:.2e} /s wall, {by_processor:.2e} /s processor, {copying / wall:.0%} of copying"
        )
        print(f"  {name:8} {wall * 1e3:7.2f} ms  {figures}")


def columns() -> None:
    """Print the cost of the column matrices of one hour."""
    rng = np.random.default_rng(2)
    thickness = np.diff((0.0, 40, 100, 200, 350, 600, 1000, 1800, 3000))
    star = 1.2e8 * thickness[:, None] * rng.uniform(0.9, 1.1, (LAYERS, COLUMNS))
    z = np.zeros((LAYERS + 1, COLUMNS))
    z[1:] = rng.uniform(-0.3, 0.3, (LAYERS, COLUMNS)) * star
    kz = np.exp(rng.normal(1, 2, (LAYERS + 1, COLUMNS)))
    deposition = rng.uniform(0, 0.01, (CLASSES, COLUMNS))
    scavenging = rng.uniform(0, 0.3, (CLASSES, LAYERS, COLUMNS))
    given = ColumnInput(star, star + z[:-1] - z[1:], z, kz, thickness, deposition, scavenging)
    wall, used = best(lambda: column_matrices(given, dtype=np.float32))
    print(
        f"columns: {COLUMNS} x {LAYERS} layers x {CLASSES} classes, {SUBSTEPS} substeps: {wall * 1e3:.0f} ms wall, "
        f"{used * 1e3:.0f} ms processor"
    )


if __name__ == "__main__":
    print(f"{get_num_threads()} threads; goal {GOAL:.0e} /s forward from 256 tracers on")
    for number in [int(word) for word in sys.argv[1:]] or [8, 64, 256, 512]:
        measure(number)
    columns()
