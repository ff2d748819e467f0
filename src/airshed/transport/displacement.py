"""Where air comes from and goes to within an hour: trajectories of cell centres through winds at faces.

Positions are in cells: (row, column), 0 at the centre of the first cell, so that the west rim lies at -0.5 and the
east rim at nx - 0.5. Winds are displacements [cells per hour] at faces, linear in space between faces of their kind,
constant beyond the last; linear in time between the start, the middle and the end of the hour.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = ["displace", "wind_nodes"]

Floats = NDArray[np.float64]
_CELLS_A_STEP = 2.0  # [cells] that one Runge-Kutta step crosses at most


def wind_nodes(wind: Floats) -> Floats:
    """Start, middle and end of the hour, (3, rows, columns), so that the mean over the hour is the hour's own.

    Parameters:
        wind: at faces [cells h-1]: one hour mean (rows, columns), taken as steady, or the means of the hour before,
            this hour and the hour after (3, rows, columns).

    The ends are the means of neighbouring hours; the middle is what keeps the mean of the two straight pieces.

    Raises:
        BadInput: another shape.
    """
    if wind.ndim == 2:
        return np.stack([wind, wind, wind])
    if wind.ndim != 3 or len(wind) != 3:
        wanted = "winds (rows, columns) or (3, rows, columns)"
        raise BadInput(wanted, str(wind.shape), "give the hour, or the hours before, this and after")
    before, now, after = wind
    start, end = 0.5 * (before + now), 0.5 * (now + after)
    return np.stack([start, 2.0 * now - 0.5 * (start + end), end])


def displace(u: Floats, v: Floats, start: float, end: float) -> Floats:
    """Displacement of every cell centre (cells, 2) [cells: row, column] from the time ``start`` to the time ``end``.

    Parameters:
        u: ``wind_nodes`` through x faces [cells h-1], (3, ny, nx+1).
        v: ``wind_nodes`` through y faces [cells h-1], (3, ny+1, nx).
        start, end: times within the hour, 0..1; ``end`` before ``start`` follows the air backward.

    Runge-Kutta of fourth order, as many steps as keep each below two cells; no step spans the middle of the hour,
    where the winds have a kink that would cost the mean its exactness.
    """
    span = end - start
    fastest = max(float(np.abs(u).max()), float(np.abs(v).max()))
    halves = 2 if min(start, end) < 0.5 < max(start, end) else 1
    steps = halves * max(1, math.ceil(fastest * abs(span) / (halves * _CELLS_A_STEP)))
    times = start + span * np.linspace(0.0, 1.0, 2 * steps + 1)
    return np.asarray(_follow(_at_times(u, times), _at_times(v, times), span / steps))


def _at_times(nodes: Floats, times: Floats) -> Floats:
    """Winds at times within the hour, linear between its start, middle and end."""
    place = np.clip(2.0 * times, 0.0, 2.0)
    first = np.minimum(place.astype(np.int64), 1)
    share = (place - first)[:, None, None]
    return np.asarray((1.0 - share) * nodes[first] + share * nodes[first + 1])


@njit(cache=True, nogil=True, inline="always")
def _bilinear(field, row, column):  # type: ignore[no-untyped-def]
    """``field`` (rows, columns) at a place [its own nodes], constant beyond the last node."""
    row = min(max(row, 0.0), field.shape[0] - 1.0)
    column = min(max(column, 0.0), field.shape[1] - 1.0)
    # unsigned: a signed index is asked first whether it counts from the end
    i, j = np.uint32(min(int(row), field.shape[0] - 2)), np.uint32(min(int(column), field.shape[1] - 2))
    a, b, one = row - i, column - j, np.uint32(1)
    south = field[i, j] + b * (field[i, j + one] - field[i, j])
    north = field[i + one, j] + b * (field[i + one, j + one] - field[i + one, j])
    return south + a * (north - south)


@njit(cache=True, nogil=True)
def _follow(u, v, step):  # type: ignore[no-untyped-def]
    """u (2 steps + 1, ny, nx+1), v (2 steps + 1, ny+1, nx) [cells h-1], step [h] -> (ny * nx, 2) [cells]."""
    ny, nx = u.shape[1], v.shape[2]
    moved = np.empty((ny * nx, 2))
    for d in range(ny * nx):
        row, column = float(d // nx), float(d % nx)
        y, x = row, column
        for k in range(0, len(u) - 1, 2):
            v1, u1 = _bilinear(v[k], y + 0.5, x), _bilinear(u[k], y, x + 0.5)
            y2, x2 = y + 0.5 * step * v1, x + 0.5 * step * u1
            v2, u2 = _bilinear(v[k + 1], y2 + 0.5, x2), _bilinear(u[k + 1], y2, x2 + 0.5)
            y3, x3 = y + 0.5 * step * v2, x + 0.5 * step * u2
            v3, u3 = _bilinear(v[k + 1], y3 + 0.5, x3), _bilinear(u[k + 1], y3, x3 + 0.5)
            y4, x4 = y + step * v3, x + step * u3
            v4, u4 = _bilinear(v[k + 2], y4 + 0.5, x4), _bilinear(u[k + 2], y4, x4 + 0.5)
            y += step / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4)
            x += step / 6.0 * (u1 + 2.0 * u2 + 2.0 * u3 + u4)
        moved[d, 0], moved[d, 1] = y - row, x - column
    return moved
