"""Which 16 cells a departure point reads, with which weights, and how much of it lies outside.

Along each axis the weights are Catmull and Rom's cubic (Keys 1981, doi:10.1109/TASSP.1981.1163711, a = -1/2), and
linear in the outermost interval and beyond it, where the cubic would lack a neighbour. Beyond the centre of the last
cell an open side takes over linearly and owns everything one cell further out; at a closed side the point is held at
the last centre.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["WIDTH", "apply", "apply_transpose", "outside_shares", "stencil_weights"]

WIDTH = 4  # cells along each axis of a stencil


@njit(cache=True, nogil=True)
def _held(place, cells, closed_low, closed_high):  # type: ignore[no-untyped-def]
    """A place [cells] held inside closed sides, and the share of it that an open side owns."""
    if closed_low:
        place = max(place, 0.0)
    if closed_high:
        place = min(place, cells - 1.0)
    outside = min(max(-place, place - (cells - 1.0), 0.0), 1.0)
    return min(max(place, 0.0), cells - 1.0), outside


@njit(cache=True, nogil=True)
def _line(place, cells, linear, weights):  # type: ignore[no-untyped-def]
    """Fill ``weights`` (4) of the cells from ``base`` on, for a place within 0..cells-1; returns ``base``."""
    i = min(int(place), cells - 2)
    f = place - i
    base = min(max(i - 1, 0), cells - 4)
    weights[:] = 0.0
    if linear or i == 0 or i == cells - 2:
        weights[i - base] = 1.0 - f
        weights[i - base + 1] = f
    else:
        weights[0] = f * (-0.5 + f * (1.0 - 0.5 * f))
        weights[1] = 1.0 + f * f * (-2.5 + 1.5 * f)
        weights[2] = f * (0.5 + f * (2.0 - 1.5 * f))
        weights[3] = f * f * (-0.5 + 0.5 * f)
    return base


@njit(cache=True, nogil=True)
def stencil_weights(moved, ny, nx, closed, linear):  # type: ignore[no-untyped-def]
    """Stencils of all cells.

    moved: (ny * nx, 2) displacement of the departure point from the cell centre [cells: row, column].
    closed: (4,) bool, sides south, north, west, east. linear: bilinear weights, all positive.
    -> base (ny * nx,) int32, weight (ny * nx, 16), outside (ny * nx,); weights and outside sum to one.
    """
    base = np.empty(ny * nx, np.int32)
    weight, outside = np.empty((ny * nx, 16)), np.empty(ny * nx)
    along_y, along_x = np.empty(4), np.empty(4)
    for d in range(ny * nx):
        y, out_y = _held(d // nx + moved[d, 0], ny, closed[0], closed[1])
        x, out_x = _held(d % nx + moved[d, 1], nx, closed[2], closed[3])
        base[d] = _line(y, ny, linear, along_y) * nx + _line(x, nx, linear, along_x)
        inside = (1.0 - out_y) * (1.0 - out_x)
        outside[d] = 1.0 - inside
        for a in range(4):
            for b in range(4):
                weight[d, 4 * a + b] = inside * along_y[a] * along_x[b]
    return base, weight, outside


@njit(cache=True, nogil=True)
def outside_shares(moved, ny, nx, closed):  # type: ignore[no-untyped-def]
    """Share (ny * nx,) of each cell that lies outside once its centre has moved by ``moved`` [cells]."""
    outside = np.empty(ny * nx)
    for s in range(ny * nx):
        _, out_y = _held(s // nx + moved[s, 0], ny, closed[0], closed[1])
        _, out_x = _held(s % nx + moved[s, 1], nx, closed[2], closed[3])
        outside[s] = 1.0 - (1.0 - out_y) * (1.0 - out_x)
    return outside


@njit(cache=True, nogil=True)
def apply(base, weight, nx, state):  # type: ignore[no-untyped-def]
    """Forward: (cells,) -> (cells,): each destination gathers its 16 cells."""
    result = np.empty_like(state)
    for d in range(len(base)):
        total = 0.0
        for a in range(4):
            s = base[d] + a * nx
            for b in range(4):
                total += weight[d, 4 * a + b] * state[s + b]
        result[d] = total
    return result


@njit(cache=True, nogil=True)
def apply_transpose(base, weight, nx, state):  # type: ignore[no-untyped-def]
    """Backward: (cells,) -> (cells,): each destination gives back to its 16 cells."""
    result = np.zeros_like(state)
    for d in range(len(base)):
        for a in range(4):
            s = base[d] + a * nx
            for b in range(4):
                result[s + b] += weight[d, 4 * a + b] * state[d]
    return result
