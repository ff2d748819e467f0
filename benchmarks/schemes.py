"""Which interpolation carries the air: accuracy on the swirl, negative lobes of footprints, cost of a step.

    python -m benchmarks.schemes

The swirl of modelling.md: 100 x 100 cells of 10 km, at most 12 m/s, back after 96 h, Gaussians of 40 and 20 km, steps
of one hour. Exact winds, no correction (it changes no error before the fourth digit; ``airshed.transport.horizontal``
with it stands in the last row). The cost is that of one step of 16 tracers in single precision, tracer innermost.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numba import njit
from scipy.linalg import solve_banded

from airshed.transport.horizontal import forward, hour_steps

CELLS, HOURS, FASTEST = 100, 96, 4.32  # [cells h-1] 12 m/s
TRACERS = 16
Weights = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def velocity(y: np.ndarray, x: np.ndarray, hour: float) -> tuple[np.ndarray, np.ndarray]:
    """The swirl (LeVeque 1996, doi:10.1137/0733033) at a place [cells from the corner]: v, u [cells h-1]."""
    a, b, turn = np.pi * y / CELLS, np.pi * x / CELLS, FASTEST * np.cos(np.pi * hour / HOURS)
    return turn * np.sin(b * 2) * np.sin(a) ** 2, -turn * np.sin(a * 2) * np.sin(b) ** 2


def departures(hour: float, dt: float = 1.0, steps: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Where the air of each cell centre was ``dt`` before ``hour + dt``: row, column [cells], by Runge-Kutta 4."""
    y, x = np.indices((CELLS, CELLS)).reshape(2, -1) + 0.5
    h = -dt / steps
    for k in range(steps):
        t = hour + dt + k * h
        v1, u1 = velocity(y, x, t)
        v2, u2 = velocity(y + h / 2 * v1, x + h / 2 * u1, t + h / 2)
        v3, u3 = velocity(y + h / 2 * v2, x + h / 2 * u2, t + h / 2)
        v4, u4 = velocity(y + h * v3, x + h * u3, t + h)
        y, x = y + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4), x + h / 6 * (u1 + 2 * u2 + 2 * u3 + u4)
    return y - 0.5, x - 0.5


def lagrange(points: int) -> Weights:
    """Lagrange's polynomial through so many points."""
    nodes = np.arange(-(points // 2 - 1), points // 2 + 1)

    def weights(f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return nodes, np.array([np.prod([(f - j) / (i - j) for j in nodes if j != i], axis=0) for i in nodes])

    return weights


def catmull_rom(f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keys's cubic with a = -1/2."""
    parts = [
        -f / 2 + f**2 - f**3 / 2,
        1 - 2.5 * f**2 + 1.5 * f**3,
        f / 2 + 2 * f**2 - 1.5 * f**3,
        (f**3 - f**2) / 2,
    ]
    return np.arange(-1, 3), np.array(parts)


def b_spline(f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cubic B-spline, to be used on prefiltered values."""
    g = 1 - f
    return np.arange(-1, 3), np.array([g**3 / 6, 2 / 3 - f**2 + f**3 / 2, 2 / 3 - g**2 + g**3 / 2, f**3 / 6])


def cell_integrated(f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the departure interval of the parabolas of PPM, unlimited (Colella and Woodward 1984, eq. 1.6-1.9)."""
    nodes, weights = np.arange(-2, 4), []
    for node in nodes:
        mean = {k: float(k == node) for k in range(-4, 6)}
        edge = {k: 7 / 12 * (mean[k] + mean[k + 1]) - (mean[k - 1] + mean[k + 2]) / 12 for k in (-1, 0, 1)}

        def upto(xi: np.ndarray, k: int, mean: dict = mean, edge: dict = edge) -> np.ndarray:
            left, right = edge[k - 1], edge[k]
            bend = 6 * mean[k] - 3 * (left + right)
            return left * xi + (right - left + bend) * xi**2 / 2 - bend * xi**3 / 3

        weights.append(upto(np.ones_like(f), 0) - upto(f, 0) + upto(f, 1))
    return nodes, np.array(weights)


def matrix(place: tuple[np.ndarray, np.ndarray], weights: Weights) -> sp.csr_array:
    """Rows: destinations; columns: cells read; at the walls the last cell stands for those beyond."""
    low = [np.floor(p).astype(int) for p in place]
    (nodes, along_y), (_, along_x) = (weights(p - i) for p, i in zip(place, low, strict=True))
    total = CELLS * CELLS
    values, columns = [], []
    for a, wy in zip(nodes, along_y, strict=True):
        for b, wx in zip(nodes, along_x, strict=True):
            i, j = np.clip(low[0] + a, 0, CELLS - 1), np.clip(low[1] + b, 0, CELLS - 1)
            values.append(wy * wx)
            columns.append(i * CELLS + j)
    rows = np.tile(np.arange(total), len(values))
    return sp.csr_array((np.concatenate(values), (rows, np.concatenate(columns))), shape=(total, total))


def prefilter(state: np.ndarray) -> np.ndarray:
    """Coefficients of the cubic B-spline through the values (cells, n), mirrored at the walls; symmetric."""
    bands = np.array([[1 / 6] * CELLS, [4 / 6] * CELLS, [1 / 6] * CELLS])
    bands[1, [0, -1]] += 1 / 6
    field = solve_banded((1, 1), bands, state.reshape(CELLS, -1)).reshape(CELLS, CELLS, -1)
    across = solve_banded((1, 1), bands, field.swapaxes(0, 1).reshape(CELLS, -1))
    return across.reshape(CELLS, CELLS, -1).swapaxes(0, 1).reshape(state.shape)


@dataclass(frozen=True)
class Scheme:
    """A name, weights along an axis, and whether the values are prefiltered."""

    name: str
    weights: Weights
    spline: bool = False


SCHEMES = (
    Scheme("linear", lagrange(2)),
    Scheme("cubic Lagrange (the lead)", lagrange(4)),
    Scheme("Catmull-Rom", catmull_rom),
    Scheme("cubic B-spline", b_spline, spline=True),
    Scheme("quintic Lagrange", lagrange(6)),
    Scheme("cell-integrated PPM", cell_integrated),
)


def blobs() -> np.ndarray:
    """Gaussians of 40 and 20 km, (cells, 2)."""
    y, x = np.indices((CELLS, CELLS)).reshape(2, -1) + 0.5
    return np.stack([np.exp(-((y - 75) ** 2 + (x - 50) ** 2) / (2 * s**2)) for s in (4.0, 2.0)], axis=1)


def errors(scheme: Scheme, matrices: list[sp.csr_array]) -> tuple[np.ndarray, float]:
    """Relative L2 errors after the return, and the least value."""
    state = start = blobs()
    for operator in matrices:
        state = operator @ (prefilter(state) if scheme.spline else state)
    return np.linalg.norm(state - start, axis=0) / np.linalg.norm(start, axis=0), float(state.min())


def lobes(scheme: Scheme, matrices: list[sp.csr_array], width: int) -> float:
    """Negative part over total of the footprint of ``width`` x ``width`` cells, summed over the 96 hours."""
    y, x = np.indices((CELLS, CELLS)).reshape(2, -1)
    state = ((abs(y - 75) <= width // 2) & (abs(x - 50) <= width // 2)).astype(float)[:, None]
    total = np.zeros_like(state)
    for operator in reversed(matrices):
        state = operator.T @ state
        state = prefilter(state) if scheme.spline else state
        total += state
    return float(-total[total < 0].sum() / total.sum())


@njit(cache=True, fastmath=True)
def _gather(base, weight, width, columns, state, result):  # type: ignore[no-untyped-def]
    for d in range(len(base)):
        result[d] = 0.0
        for a in range(width):
            for b in range(width):
                w, s = weight[d, a * width + b], base[d] + a * columns + b
                for t in range(state.shape[1]):
                    result[d, t] += w * state[s, t]


@njit(cache=True, fastmath=True)
def _filter(factor, state, outer, inner):  # type: ignore[no-untyped-def]
    """Thomas's elimination along the cells ``k * inner`` for each of ``outer`` lines, state (cells, tracers)."""
    n = len(factor)
    first = 1 if inner != 1 else n
    for line in range(outer):
        for k in range(n):
            s = line * first + k * inner
            for t in range(state.shape[1]):
                back = state[s - inner, t] if k else np.float32(0.0)
                state[s, t] = (np.float32(6.0) * state[s, t] - back) * factor[k]
        for k in range(n - 2, -1, -1):
            s = line * first + k * inner
            for t in range(state.shape[1]):
                state[s, t] -= factor[k] * state[s + inner, t]


def milliseconds(width: int, spline: bool, runs: int = 30) -> float:
    """CPU time of one step of ``TRACERS`` tracers on one core [ms]."""
    cells = CELLS * CELLS
    rng = np.random.default_rng(0)
    y, x = (np.clip(np.floor(p).astype(int) - width // 2, 0, CELLS - width) for p in departures(3.0))
    base = (y * CELLS + x).astype(np.int32)
    weight = rng.random((cells, width * width)).astype(np.float32)
    state = rng.random((cells, TRACERS)).astype(np.float32)
    result, factor = np.empty_like(state), np.full(CELLS, 0.268, np.float32)
    for run in range(runs + 1):
        if run == 1:
            started = time.process_time()
        if spline:
            _filter(factor, state, CELLS, 1)
            _filter(factor, state, CELLS, CELLS)
        _gather(base, weight, width, CELLS, state, result)
    return (time.process_time() - started) / runs * 1e3


def corrected() -> tuple[np.ndarray, float, float, float]:
    """The engine's own operator: errors, least value, relative change of mass, CPU time of an operator [ms]."""
    state = start = blobs()
    air, guess, spent = np.ones((CELLS, CELLS)), None, 0.0
    edge = np.sin(np.pi * np.arange(CELLS + 1) / CELLS) ** 2
    edge[-1] = 0.0
    psi = np.outer(edge, edge) * FASTEST * CELLS / np.pi
    unit = -np.diff(psi, axis=0), np.diff(psi, axis=1)
    mean = np.array([np.diff(np.sin(np.pi * np.arange(k, k + 2) / HOURS))[0] for k in range(-1, HOURS + 1)])
    mean *= HOURS / np.pi
    for k in range(HOURS):
        u, v = (mean[k : k + 3, None, None] * part for part in unit)
        started = time.process_time()
        step = hour_steps(u[1], v[1], air, u, v, guess=guess)[0]
        spent += (time.process_time() - started) * (k > 0)
        guess = step.multiplier
        state = np.stack([forward(step, field) for field in state.T.copy()], axis=1)
    error = np.linalg.norm(state - start, axis=0) / np.linalg.norm(start, axis=0)
    lost = float(np.abs(state.sum(axis=0) / start.sum(axis=0) - 1).max())
    return error, float(state.min()), lost, spent / (HOURS - 1) * 1e3


def main() -> None:
    """Print the table of ``docs/notes/horizontal.md``."""
    print("| scheme | σ 40 km | σ 20 km | least | lobes 1 cell | 5 x 5 | 13 x 13 | 16 tracers, a step |")
    print("|---|---|---|---|---|---|---|---|")
    places = [departures(float(k)) for k in range(HOURS)]
    for scheme in SCHEMES:
        matrices = [matrix(place, scheme.weights) for place in places]
        (wide, narrow), least = errors(scheme, matrices)
        shares = " | ".join(f"{100 * lobes(scheme, matrices, width):.1f} %" for width in (1, 5, 13))
        spent = milliseconds(len(scheme.weights(np.zeros(1))[0]), scheme.spline)
        print(f"| {scheme.name} | {wide:.3f} | {narrow:.3f} | {least:.3f} | {shares} | {spent:.2f} ms |")
    (wide, narrow), least, lost, spent = corrected()
    print(
        f"| Catmull-Rom, corrected | {wide:.3f} | {narrow:.3f} | {least:.3f} | | | | operator {spent:.1f} ms |"
    )
    print(f"mass after 96 h: {lost:.0e}")


if __name__ == "__main__":
    main()
