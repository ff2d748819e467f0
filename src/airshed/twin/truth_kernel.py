"""Kernels of the twin's truth: a positive finite volume, written without a look at the engine it shall judge.

Horizontal: flux form, split by direction, piecewise parabolas in the mass coordinate of each line (Colella and
Woodward 1984, doi:10.1016/0021-9991(84)90143-8, but sixth-order edges and no monotone slopes) with the
limiter that keeps a parabola from dipping below zero and does nothing else (Lin and Rood 1996,
doi:10.1175/1520-0493(1996)124<2046:MFFSLT>2.0.CO;2). The mass of air travels along, so that a uniform
mixing ratio stays uniform whatever the split does to the air on the way.
Vertical: one implicit tridiagonal for the wind, the mixing, the deposition and the emission of a step.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

__all__ = ["advect", "column", "react"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOTHING = 1e-60  # [kg/kg] less is none: denormal numbers slow a processor down a hundredfold


@njit(cache=True, error_model="numpy")
def _edge_values(p: Floats, edge: Floats) -> None:
    """Sixth-order values at the faces of a line padded by three, never negative (as in Colella and Sekora 2008)."""
    for i in range(len(edge)):
        value = (37.0 * (p[i + 2] + p[i + 3]) - 8.0 * (p[i + 1] + p[i + 4]) + (p[i] + p[i + 5])) / 60.0
        edge[i] = value if value > 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def _leaving(q: Floats, m: Floats, f: Floats, edge: Floats, right: Floats, left: Floats) -> None:
    """Tracer [kg] that leaves each cell of a line to the right and to the left, from its positive parabola."""
    for i in range(len(q)):
        low, high, mean = edge[i], edge[i + 1], q[i]
        rise, curve = high - low, 3.0 * (2.0 * mean - low - high)
        # The parabola's least value times 12 x curve (< 0): positive where it dips below zero inside the cell.
        if abs(rise) < -curve and 12.0 * mean * curve + 3.0 * rise * rise + curve * curve > 0.0:
            if mean < low and mean < high:
                low, high = mean, mean
            elif rise > 0.0:
                high = 3.0 * mean - 2.0 * low
            else:
                low = 3.0 * mean - 2.0 * high
            rise, curve = high - low, 3.0 * (2.0 * mean - low - high)
        share = 1.0 / m[i]
        out = f[i + 1] if f[i + 1] > 0.0 else 0.0
        part = out * share
        right[i] = out * (high - 0.5 * part * (rise - (1.0 - 2.0 / 3.0 * part) * curve))
        out = -f[i] if f[i] < 0.0 else 0.0
        part = out * share
        left[i] = out * (low + 0.5 * part * (rise + (1.0 - 2.0 / 3.0 * part) * curve))


@njit(cache=True, error_model="numpy")
def _sweep_line(q: Floats, m: Floats, f: Floats, side: float, work: Floats) -> float:
    """One step along a line.

    q (n) [kg/kg] and m (n) [kg] change in place; f (n+1) is the air through the faces [kg] in the step;
    ``side`` [kg/kg] is what blows in; work (5, n+6). Returns what came in less what went out [kg].
    """
    n = len(q)
    p, edge = work[0, : n + 6], work[1, : n + 1]
    right, left, flux = work[2], work[3], work[4]
    first = side if f[0] > 0.0 else q[0]
    last = side if f[n] < 0.0 else q[n - 1]
    p[0:3], p[3 : n + 3], p[n + 3 : n + 6] = first, q, last
    _edge_values(p, edge)
    _leaving(q, m, f, edge, right, left)
    flux[0] = f[0] * side if f[0] > 0.0 else -left[0]
    for i in range(1, n):
        flux[i] = right[i - 1] - left[i]
    flux[n] = f[n] * side if f[n] < 0.0 else right[n - 1]
    for i in range(n):
        mass = m[i] + (f[i] - f[i + 1])
        value = (q[i] * m[i] + (flux[i] - flux[i + 1])) / mass
        q[i] = value if value > NOTHING else 0.0  # below zero only by round-off
        m[i] = mass
    return float(flux[0] - flux[n])


@njit(cache=True, error_model="numpy")
def _sweep_x(q: Floats, m: Floats, fx: Floats, side: float, work: Floats) -> float:
    gained = 0.0
    for j in range(q.shape[0]):
        gained += _sweep_line(q[j], m[j], fx[j], side, work)
    return gained


@njit(cache=True, error_model="numpy")
def _sweep_y(q: Floats, m: Floats, fy: Floats, side: float, work: Floats, lines: Floats) -> float:
    """As along x, each column copied into a line; lines (3, ny+1)."""
    ny, gained = q.shape[0], 0.0
    one, air, through = lines[0, :ny], lines[1, :ny], lines[2]
    for i in range(q.shape[1]):
        for j in range(ny):
            one[j], air[j], through[j] = q[j, i], m[j, i], fy[j, i]
        through[ny] = fy[ny, i]
        gained += _sweep_line(one, air, through, side, work)
        for j in range(ny):
            q[j, i], m[j, i] = one[j], air[j]
    return gained


@njit(cache=True, parallel=True, error_model="numpy")
def advect(q: Floats, mass: Floats, fx: Floats, fy: Floats, parts: Ints, turn: int, side: Floats) -> Floats:
    """One horizontal step of all tracers, each layer in its own number of parts, directions in turn.

    q (tracer, layer, ny, nx) [kg/kg] changes in place, and mass (layer, ny, nx) [kg] with it; fx (layer, ny, nx+1)
    and fy (layer, ny+1, nx) [kg in the step]; parts (layer); turn: 0 begins with x, 1 with y; side (tracer)
    [kg/kg]. Returns the gain through the sides [kg], (tracer, layer).
    """
    tracers, layers, ny, nx = q.shape
    gained = np.zeros((tracers, layers))
    before = mass.copy()
    for plane in prange(tracers * layers):
        tracer, layer = plane // layers, plane % layers
        air = before[layer].copy()
        through_x, through_y = fx[layer] / parts[layer], fy[layer] / parts[layer]
        work, lines = np.empty((5, max(nx, ny) + 6)), np.empty((3, ny + 1))
        field, sum_here = q[tracer, layer], 0.0
        for part in range(parts[layer]):
            if (part + turn) % 2 == 0:
                sum_here += _sweep_x(field, air, through_x, side[tracer], work)
                sum_here += _sweep_y(field, air, through_y, side[tracer], work, lines)
            else:
                sum_here += _sweep_y(field, air, through_y, side[tracer], work, lines)
                sum_here += _sweep_x(field, air, through_x, side[tracer], work)
        gained[tracer, layer] = sum_here
        if tracer == 0:
            mass[layer] = air
    return gained


@njit(cache=True, parallel=True, error_model="numpy")
def react(q: Floats, mass: Floats, keep: Floats, stay: Floats, child: Ints, gain: Floats) -> Floats:
    """Conversion to each class's child, then washout, over one step.

    q (tag, class, layer, ny, nx) [kg/kg] in place; mass (layer, ny, nx) [kg]; keep, stay (class, layer, ny, nx):
    shares that do not convert and are not washed out; child (class), -1 where none; gain (class): mass of the
    child a mass of the parent. Returns what was washed out [kg], (tag, class).
    """
    tags, classes, layers, ny, nx = q.shape
    washed = np.zeros((tags, layers, classes))
    for plane in prange(tags * layers):
        tag, layer = plane // layers, plane % layers
        for c in range(classes):
            to = child[c]
            if to < 0:
                continue
            for j in range(ny):
                for i in range(nx):
                    here = q[tag, c, layer, j, i]
                    left = here * keep[c, layer, j, i]
                    q[tag, c, layer, j, i] = left
                    q[tag, to, layer, j, i] += gain[c] * (here - left)
        for c in range(classes):
            lost = 0.0
            for j in range(ny):
                for i in range(nx):
                    here = q[tag, c, layer, j, i]
                    left = here * stay[c, layer, j, i]
                    q[tag, c, layer, j, i] = left
                    lost += (here - left) * mass[layer, j, i]
            washed[tag, layer, c] = lost
    total: Floats = washed.sum(axis=1)
    return total


@njit(cache=True, error_model="numpy")
def _eliminate(
    before: Floats, after: Floats, fz: Floats, mixing: Floats, down: Floats, up: Floats, inverse: Floats
) -> None:
    """The tridiagonal of a row of columns, eliminated from the top; all (layer, nx), fz and mixing one more.

    -down q[k-1] + diagonal q[k] - up q[k+1] = known. Mixing below half the wind is left to the upwind step,
    which mixes so much by itself: centred where mixing is strong, upwind where it is not, positive in both.
    """
    layers, nx = before.shape
    for k in range(layers - 1, -1, -1):
        for i in range(nx):
            wind, above = fz[k, i], fz[k + 1, i]
            here = mixing[k, i] - 0.5 * abs(wind) if mixing[k, i] > 0.5 * abs(wind) else 0.0
            there = mixing[k + 1, i] - 0.5 * abs(above) if mixing[k + 1, i] > 0.5 * abs(above) else 0.0
            down[k, i] = here + (wind if wind > 0.0 else 0.0)
            up[k, i] = there + (-above if above < 0.0 else 0.0)
            diagonal = after[k, i] + here + there
            diagonal += (above if above > 0.0 else 0.0) + (-wind if wind < 0.0 else 0.0)
            if k < layers - 1:
                diagonal -= up[k, i] * down[k + 1, i] * inverse[k + 1, i]
            inverse[k, i] = 1.0 / diagonal


@njit(cache=True, parallel=True, error_model="numpy")
def column(
    q: Floats,
    before: Floats,
    after: Floats,
    mixing: Floats,
    settling: Floats,
    emitted: Floats,
    tags: Floats,
    top: Floats,
) -> tuple[Floats, Floats]:
    """Vertical wind, mixing, deposition and emission of one step, implicit, in every column.

    q (tag, class, layer, ny, nx) [kg/kg] in place; before, after (layer, ny, nx) [kg of air]: the vertical wind is
    what makes the one into the other; mixing (layer+1, ny, nx) [kg of air exchanged]; settling (class, ny, nx):
    air cleaned at the ground as a share of the lowest layer; emitted (class, layer, ny, nx) [kg]; tags
    (tag, ny, nx): the share of it that is the tag's; top (tag, class) [kg/kg]. Returns what was deposited and
    the gain through the top [kg], both (tag, class).
    """
    n_tags, classes, layers, ny, nx = q.shape
    settled, from_top = np.zeros((ny, n_tags, classes)), np.zeros((ny, n_tags, classes))
    for j in prange(ny):
        fz = np.zeros((layers + 1, nx))
        for k in range(layers):
            fz[k + 1] = fz[k] + (before[k, j] - after[k, j])
        down, up, inverse = np.empty((layers, nx)), np.empty((layers, nx)), np.empty((layers, nx))
        _eliminate(before[:, j], after[:, j], fz, mixing[:, j], down, up, inverse)
        known = np.empty((layers, nx))
        for tag in range(n_tags):
            for c in range(classes):
                known_here = q[tag, c, :, j], emitted[c, :, j], tags[tag, j]
                _known(known, *known_here, before[:, j], top[tag, c], fz[layers], up, inverse)
                settled[j, tag, c] = _ground(
                    q[tag, c, 0, j], known[0], inverse[0], settling[c, j], after[0, j]
                )
                for k in range(1, layers):
                    lower, row = q[tag, c, k - 1, j], q[tag, c, k, j]
                    for i in range(nx):
                        row[i] = (known[k, i] + down[k, i] * lower[i]) * inverse[k, i]
                from_top[j, tag, c] = _from_top(fz[layers], q[tag, c, layers - 1, j], top[tag, c])
    return settled.sum(axis=0), from_top.sum(axis=0)


@njit(cache=True, error_model="numpy")
def _ground(q: Floats, known: Floats, inverse: Floats, settling: Floats, air: Floats) -> float:
    """Mixing ratio of the lowest layer after the step, and what of it reached the ground [kg]."""
    settled = 0.0
    for i in range(len(q)):
        cleaned = settling[i] * air[i]
        q[i] = known[i] / (1.0 / inverse[i] + cleaned)
        settled += cleaned * q[i]
    return settled


@njit(cache=True, error_model="numpy")
def _known(
    known: Floats,
    q: Floats,
    emitted: Floats,
    share: Floats,
    before: Floats,
    top: float,
    through_top: Floats,
    up: Floats,
    inverse: Floats,
) -> None:
    """Right-hand side of a row of columns [kg], eliminated from the top with the matrix of ``_eliminate``."""
    layers, nx = known.shape
    for k in range(layers - 1, -1, -1):
        for i in range(nx):
            known[k, i] = before[k, i] * q[k, i] + emitted[k, i] * share[i]
        if k == layers - 1:
            for i in range(nx):
                known[k, i] -= (through_top[i] if through_top[i] < 0.0 else 0.0) * top
        else:
            for i in range(nx):
                known[k, i] += up[k, i] * known[k + 1, i] * inverse[k + 1, i]


@njit(cache=True, error_model="numpy")
def _from_top(through: Floats, q: Floats, top: float) -> float:
    """What came through the top less what left [kg]; through (nx), positive upward."""
    gain = 0.0
    for i in range(len(q)):
        gain -= through[i] * (q[i] if through[i] > 0.0 else top)
    return gain
