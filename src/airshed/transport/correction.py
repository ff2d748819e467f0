"""The smallest change of the weights that keeps both the mass of air and a uniform mixing ratio.

All in kilograms of air: ``plan[d, k]`` is the air that cell d takes from the k-th cell of its stencil, ``inflow[d]``
what it takes from outside, ``outflow[s]`` what cell s gives to the outside. Wanted are the rows' sums ``after`` and
the columns' sums ``before``. Minimising the squares of the changes, each over its freedom ``freedom[d, k]``
(``inflow``, ``outflow`` for the outside), gives ``change = freedom * (row multiplier + column multiplier)``. The row
multipliers are eliminated; conjugate gradients find the column multipliers. The preconditioner is the mean stencil's
own Fourier symbol, inverted by cosine transforms. Derivation and figures: ``docs/notes/horizontal.md``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

__all__ = ["Correction", "correct", "corrected"]

Floats = NDArray[np.float64]
_MOST_ITERATIONS = 500
_SAMPLE = 7  # every seventh stencil speaks for the mean; 7 shares no factor with usual widths of grids


class Correction(NamedTuple):
    """The multipliers (cells,) of rows and columns, the largest unmet share of a column, and the iterations."""

    row: Floats
    column: Floats
    closure: float
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
) -> Correction:
    """Multipliers that close the columns; the rows, closed at the start, stay so.

    Parameters:
        base: south-west corners of the stencils, (cells,).
        freedom: how freely each entry may change [kg], positive, (cells, 16).
        lacking: what the columns' sums lack [kg], (cells,).
        inflow, outflow: freedom of the exchange with the outside [kg], (cells,).
        before: the columns' wanted sums [kg], (cells,).
        guess: column multipliers to start from, (cells,), or None.
        tolerance: largest share of ``before`` a column may lack at the end.
        shape: (ny, nx).
    """
    ny, nx = shape
    row_sum, column_sum = _sums(base, freedom, nx)
    row_sum, column_sum = row_sum + inflow, column_sum + outflow
    closed = not (inflow.any() or outflow.any())
    symbol = _symbol(base, freedom, row_sum, shape, float((inflow.sum() + outflow.sum()) / column_sum.sum()))
    scale = 1.0 / np.sqrt(column_sum)
    if guess is None:
        column, rest = np.zeros(ny * nx), lacking.copy()
    else:
        column = guess.copy()
        rest = lacking - _matvec(base, freedom, row_sum, column_sum, nx, column)
    direction, size, iterations = np.zeros(ny * nx), 1.0, 0
    limit = tolerance * before
    while iterations < _MOST_ITERATIONS and not (np.abs(rest) <= limit).all():
        if closed:
            rest -= rest.mean()  # the constant is the null space of a closed box
        better = _smoothed(rest, scale, symbol)
        last, size = size, float(rest @ better)
        direction = better + (size / last if iterations else 0.0) * direction
        image = _matvec(base, freedom, row_sum, column_sum, nx, direction)
        length = size / float(direction @ image)
        column += length * direction
        rest -= length * image
        iterations += 1
    row = -_gather(base, freedom, nx, column) / row_sum
    return Correction(row, column, float((np.abs(rest) / before).max()), iterations)


def _smoothed(rest: Floats, scale: Floats, symbol: Floats) -> Floats:
    """The preconditioner: scaled, divided by the symbol in cosine space, scaled back."""
    waves = dctn((scale * rest).reshape(symbol.shape), norm="ortho", overwrite_x=True)
    waves /= symbol
    return np.asarray(scale * idctn(waves, norm="ortho", overwrite_x=True).ravel())


def _symbol(
    base: NDArray[np.int32], freedom: Floats, row_sum: Floats, shape: tuple[int, int], leak: float
) -> Floats:
    """One less the squared Fourier transform of the mean stencil, at the cosines' wave numbers, (ny, nx)."""
    pairs = _autocorrelation(freedom, row_sum, _SAMPLE)
    waves = [np.cos(np.pi * np.outer(np.arange(n) / n, np.arange(4))) for n in shape]
    symbol = 1.0 - waves[0] @ pairs @ waves[1].T
    symbol[0, 0] = max(leak, float(np.partition(symbol.ravel(), 1)[1]))
    return np.asarray(symbol)


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


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _gather(base, freedom, nx, values):  # type: ignore[no-untyped-def]
    """Rows of ``freedom`` times ``values``, (cells,)."""
    result = np.empty(len(base))
    for d in range(len(base)):
        total = 0.0
        for a in range(4):
            s = base[d] + a * nx
            for b in range(4):
                total += freedom[d, 4 * a + b] * values[s + b]
        result[d] = total
    return result


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _matvec(base, freedom, row_sum, column_sum, nx, values):  # type: ignore[no-untyped-def]
    """The symmetric system of the column multipliers times ``values`` (cells,)."""
    result = column_sum * values
    for d in range(len(base)):
        total = 0.0
        for a in range(4):
            s = base[d] + a * nx
            for b in range(4):
                total += freedom[d, 4 * a + b] * values[s + b]
        total /= row_sum[d]
        for a in range(4):
            s = base[d] + a * nx
            for b in range(4):
                result[s + b] -= freedom[d, 4 * a + b] * total
    return result


@njit(cache=True, nogil=True)
def corrected(base, plan, freedom, inflow, outflow, row, column, before, after, nx):  # type: ignore[no-untyped-def]
    """The plan (cells, 16) [kg] corrected, as shares of the source's mass; inflow and outflow change in place.

    freedom (cells, 16), row, column, before, after, inflow, outflow (cells,)
    -> weight (cells, 16), largest change as share of ``after``, largest share of ``before`` a column lacks.
    """
    weight, largest = np.empty_like(plan), 0.0
    sums = np.zeros(len(base))
    for d in range(len(base)):
        largest = max(largest, abs(inflow[d] * row[d]) / after[d])
        inflow[d] += inflow[d] * row[d]
        outflow[d] += outflow[d] * column[d]
        for p in range(16):
            s = base[d] + (p // 4) * nx + p % 4
            change = freedom[d, p] * (row[d] + column[s])
            largest = max(largest, abs(change) / after[d])
            sums[s] += plan[d, p] + change
            weight[d, p] = (plan[d, p] + change) / before[s]
    return weight, largest, np.abs((sums + outflow) / before - 1.0).max()
