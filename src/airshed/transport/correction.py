"""The smallest change of the weights that keeps both the mass of air and a uniform mixing ratio.

All in kilograms of air: ``plan[d, k]`` is the air that cell d takes from the k-th cell of its stencil, ``inflow[d]``
what it takes from outside, ``outflow[s]`` what cell s gives to the outside. Wanted are the rows' sums ``after`` and
the columns' sums ``before``. Minimising the squares of the changes, each over its freedom ``freedom[d, k]``
(``inflow``, ``outflow`` for the outside), gives ``change = freedom * (row multiplier + column multiplier)``. The row
multipliers are eliminated; conjugate gradients find the column multipliers. The preconditioner is the mean stencil's
own Fourier symbol, inverted by cosine transforms. Derivation and figures: ``docs/notes/horizontal.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import dct, dst, idct, idst

__all__ = ["Correction", "correct", "corrected", "per_source", "scaled"]

Floats = NDArray[np.float64]
_MOST_ITERATIONS = 500
_MOST_ROUNDS = 12
_ROUND_OFF = 2e-13  # [share] below which sums of 16 entries say nothing
_SAMPLE = 7  # every seventh stencil speaks for the mean; 7 shares no factor with usual widths of grids


class Correction(NamedTuple):
    """The multipliers (cells,) of rows and of columns, and the iterations."""

    row: Floats
    column: Floats
    iterations: int


def correct(
    base: NDArray[np.int32],
    freedom: Floats,
    lacking: Floats,
    inflow: Floats,
    outflow: Floats,
    before: Floats,
    guess: Floats | None,
    tolerance: float,
    shape: tuple[int, int],
    rows_lack: Floats | None = None,
) -> Correction:
    """Multipliers that close the rows (exactly) and the columns (to the tolerance).

    Parameters:
        base: south-west corners of the stencils, (cells,).
        freedom: how freely each entry may change [kg], positive, (cells, 16).
        lacking: what the columns' sums lack [kg], (cells,).
        inflow, outflow: freedom of the exchange with the outside [kg], (cells,).
        before: the columns' wanted sums [kg], (cells,).
        guess: column multipliers to start from, (cells,), or None.
        tolerance: largest share of ``before`` a column may lack at the end.
        shape: (ny, nx).
        rows_lack: what the rows' sums lack [kg], (cells,); None where they are closed at the start.
    """
    nx = shape[1]
    row_sum, column_sum = _sums(base, freedom, nx)
    row_sum, column_sum = row_sum + inflow, column_sum + outflow
    smoother = _smoother(freedom, row_sum, column_sum, inflow, outflow, shape)
    rows = np.zeros(len(base)) if rows_lack is None else rows_lack / row_sum
    if rows_lack is not None:
        lacking = lacking - _sums(base, freedom * rows[:, None], nx)[1]
    column = np.zeros(len(base)) if guess is None else guess.copy()
    rest = lacking if guess is None else lacking - _matvec(base, freedom, row_sum, column_sum, nx, column)
    rest = rest - (0.0 if smoother.open else rest.mean())  # the constant is the null space of a closed box
    direction, size, iterations = np.zeros(len(base)), 1.0, 0
    limit = tolerance * before
    while iterations < _MOST_ITERATIONS and not (np.abs(rest) <= limit).all():
        better = smoother(rest)
        last, size = size, float(rest @ better)
        direction = better + (size / last if iterations else 0.0) * direction
        image = _matvec(base, freedom, row_sum, column_sum, nx, direction)
        length = size / float(direction @ image)
        column += length * direction
        rest -= length * image
        iterations += 1
    row = rows - _gather(base, freedom, nx, column) / row_sum
    return Correction(row, column, iterations)


def scaled(
    base: NDArray[np.int32],
    plan: Floats,
    inflow: Floats,
    outflow: Floats,
    before: Floats,
    after: Floats,
    tolerance: float,
    shape: tuple[int, int],
) -> float:
    """A positive plan [kg] brought to its sums by positive factors, in place; the largest share still lacking.

    The first round is ``correct`` with the plan as its own freedom, so each entry is multiplied by one plus its two
    multipliers; where that would leave less than half, an exponential takes its place and further rounds close it.
    """
    for _ in range(_MOST_ROUNDS):
        rows, columns = _sums(base, plan, shape[1])
        rows, columns = after - rows - inflow, before - columns - outflow
        lacking = float(max((np.abs(rows) / after).max(), (np.abs(columns) / before).max()))
        if lacking <= max(tolerance, _ROUND_OFF):
            break
        found = correct(base, plan, columns, inflow, outflow, before, None, tolerance, shape, rows)
        _multiply(base, plan, inflow, outflow, found.row, found.column, shape[1])
    return lacking


@dataclass(frozen=True)
class _Smoother:
    """The preconditioner: scaled, divided by the symbol in wave space, scaled back; cells that the outside holds
    (``held``) are divided by their own diagonal. Waves are sines across open sides, cosines between closed ones."""

    scale: Floats
    symbol: Floats
    held: Floats
    sines: tuple[bool, bool]

    @property
    def open(self) -> bool:
        """Whether the outside takes part."""
        return any(self.sines)

    def __call__(self, rest: Floats) -> Floats:
        scaled = self.scale * rest
        free = scaled * (1.0 - self.held)
        waves = free.reshape(self.symbol.shape)
        for axis in (0, 1):
            waves = (dst if self.sines[axis] else dct)(waves, axis=axis, norm="ortho", overwrite_x=True)
        waves /= self.symbol
        for axis in (0, 1):
            waves = (idst if self.sines[axis] else idct)(waves, axis=axis, norm="ortho", overwrite_x=True)
        return np.asarray(self.scale * (waves.ravel() * (1.0 - self.held) + scaled * self.held))


def _smoother(
    freedom: Floats,
    row_sum: Floats,
    column_sum: Floats,
    inflow: Floats,
    outflow: Floats,
    shape: tuple[int, int],
) -> _Smoother:
    """From one less the squared Fourier transform of the mean stencil, at the waves' numbers."""
    passed = (inflow + outflow).reshape(shape) > 0
    sines = bool(passed[0].any() or passed[-1].any()), bool(passed[:, 0].any() or passed[:, -1].any())
    pairs = _autocorrelation(freedom, row_sum, _SAMPLE)
    numbers = [np.pi * (np.arange(n) + float(sine)) / n for n, sine in zip(shape, sines, strict=True)]
    waves = [np.cos(np.outer(number, np.arange(4))) for number in numbers]
    symbol = 1.0 - waves[0] @ pairs @ waves[1].T
    if not any(sines):
        symbol[0, 0] = 1.0
    held = (outflow > 0.5 * column_sum).astype(np.float64)
    return _Smoother(1.0 / np.sqrt(column_sum), symbol, held, sines)


@njit(cache=True, nogil=True)
def _autocorrelation(freedom, row_sum, every):  # type: ignore[no-untyped-def]
    """Mean products (4, 4) of the entries of a stencil by their distance in rows and columns; sums to one."""
    pairs = np.zeros((4, 4))
    for d in range(0, len(freedom), every):
        share = 1.0 / (row_sum[d] * row_sum[d])
        for p in range(16):
            for q in range(16):
                value = share * freedom[d, p] * freedom[d, q]
                pairs[abs(p // 4 - q // 4), abs(p % 4 - q % 4)] += value
    return pairs / pairs.sum()


@njit(cache=True, nogil=True)
def _sums(base, freedom, nx):  # type: ignore[no-untyped-def]
    """Sums of rows and of columns, (cells,) each."""
    rows, columns = np.zeros(len(base)), np.zeros(len(base))
    for d in range(len(base)):
        for p in range(16):
            rows[d] += freedom[d, p]
            columns[base[d] + (p // 4) * nx + p % 4] += freedom[d, p]
    return rows, columns


# unsigned numbers of cells: with signed ones each look-up asks whether it counts from the end, and takes twice as long
@njit(cache=True, nogil=True, fastmath=True)
def _gather(base, freedom, nx, values):  # type: ignore[no-untyped-def]
    """Rows of ``freedom`` (cells, 16) times ``values`` (cells,)."""
    result = np.empty(len(base))
    for d in range(len(base)):
        total = 0.0
        for a in range(4):
            s = np.uint32(base[d]) + np.uint32(a * nx)
            for b in range(4):
                total += freedom[d, 4 * a + b] * values[s + np.uint32(b)]
        result[d] = total
    return result


@njit(cache=True, nogil=True, fastmath=True)
def _matvec(base, freedom, row_sum, column_sum, nx, values):  # type: ignore[no-untyped-def]
    """The symmetric system of the column multipliers times ``values`` (cells,)."""
    row = _gather(base, freedom, nx, values) / row_sum
    result = column_sum * values
    for d in range(len(base)):
        share = row[d]
        for a in range(4):
            s = np.uint32(base[d]) + np.uint32(a * nx)
            for b in range(4):
                result[s + np.uint32(b)] -= freedom[d, 4 * a + b] * share
    return result


@njit(cache=True, nogil=True)
def per_source(base, plan, before, nx):  # type: ignore[no-untyped-def]
    """plan (cells, 16) [kg] as shares of the sources' air before (cells,) [kg]."""
    weight = np.empty_like(plan)
    for d in range(len(base)):
        for p in range(16):
            weight[d, p] = plan[d, p] / before[base[d] + (p // 4) * nx + p % 4]
    return weight


@njit(cache=True, nogil=True)
def corrected(base, share, freedom, inflow, outflow, row, column, before, after, nx):  # type: ignore[no-untyped-def]
    """The corrected plan as shares of the source's mass; inflow and outflow are corrected in place.

    share (cells, 16) of ``after``, freedom (cells, 16) [kg], inflow, outflow, before, after (cells,) [kg],
    row, column (cells,) multipliers
    -> weight (cells, 16), largest change as share of ``after``, largest share of ``before`` a column lacks.
    """
    weight, largest = np.empty_like(share), 0.0
    sums = np.zeros(len(base))
    for d in range(len(base)):
        largest = max(largest, abs(inflow[d] * row[d]) / after[d])
        inflow[d] += inflow[d] * row[d]
        outflow[d] += outflow[d] * column[d]
        for p in range(16):
            s = base[d] + (p // 4) * nx + p % 4
            change = freedom[d, p] * (row[d] + column[s])
            largest = max(largest, abs(change) / after[d])
            mass = share[d, p] * after[d] + change
            sums[s] += mass
            weight[d, p] = mass / before[s]
    return weight, largest, np.abs((sums + outflow) / before - 1.0).max()


@njit(cache=True, nogil=True)
def _factor(x):  # type: ignore[no-untyped-def]
    """One plus x, bent so that it stays positive: value and slope join at a half."""
    return 1.0 + x if x > -0.5 else 0.5 * np.exp(2.0 * x + 1.0)


@njit(cache=True, nogil=True)
def _multiply(base, plan, inflow, outflow, row, column, nx):  # type: ignore[no-untyped-def]
    """plan (cells, 16), inflow, outflow (cells,) times the factors of row and column (cells,), in place."""
    for d in range(len(base)):
        inflow[d] *= _factor(row[d])
        outflow[d] *= _factor(column[d])
        for p in range(16):
            plan[d, p] *= _factor(row[d] + column[base[d] + (p // 4) * nx + p % 4])
