"""The hour on every tracer: gather sixteen neighbours in each layer, then mix the column. Forward and transposed.

States are ``x[layer, cell, tracer]`` of one tracer class, tracers innermost, in single or double precision; the
operators in the same precision. Every kernel writes ``out`` whole and leaves ``x`` as it was. Threads share the
cells, not the sums: the result does not depend on their number. Tracers are worked on in blocks so small that four
rows of cells of all layers stay in the second-level cache, sixteen (then eight, then one) of them in a register.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.transport.lanes import add_scaled, load8, load16, scaled, store

__all__ = [
    "column_add",
    "column_apply",
    "column_apply_transposed",
    "convert",
    "convert_transposed",
    "forward_horizontal",
    "march",
    "march_transposed",
    "transpose",
    "transposed_horizontal",
]

Array = NDArray[Any]
BLOCK: Final = 64  # tracers that are taken through the cells together
STRIP: Final = 128  # cells a thread takes at a time


def forward_horizontal(base: Array, weight: Array, x: Array, out: Array, nx: int) -> None:
    """One horizontal step of all layers: out[k, d] = sum over the stencil of weight[k, d] x[k, ...].

    Parameters:
        base: flat number of the south-west cell of the stencil, int32 (K, N).
        weight: mass form, row by row [1], (K, N, 16).
        x: mass [kg], (K, N, T), contiguous.
        out: result, (K, N, T).
        nx: cells in a row of the grid.
    """
    _gather(base, weight, x.reshape(-1), out.reshape(-1), nx, x.shape[2])


def column_apply(matrix: Array, x: Array, out: Array) -> None:
    """The column on every cell: out[k, d] = sum over j of matrix[d, k, j] x[j, d]; matrix (N, K, K), x (K, N, T)."""
    _columns(matrix, x.reshape(-1), out.reshape(-1), x.shape[2], False, False)


def column_add(matrix: Array, x: Array, out: Array) -> None:
    """As ``column_apply``, added to what ``out`` holds."""
    _columns(matrix, x.reshape(-1), out.reshape(-1), x.shape[2], False, True)


def column_apply_transposed(matrix: Array, x: Array, out: Array) -> None:
    """The transpose of ``column_apply``: out[j, d] = sum over k of matrix[d, k, j] x[k, d]."""
    _columns(matrix, x.reshape(-1), out.reshape(-1), x.shape[2], True, False)


def march(base: Array, weight: Array, matrix: Array, x: Array, out: Array, nx: int) -> None:
    """``column_apply`` after ``forward_horizontal`` in one sweep; arguments as there."""
    _march(base, weight, matrix, x.reshape(-1), out.reshape(-1), nx, x.shape[2])


def transpose(base: Array, weight: Array, nx: int) -> tuple[Array, Array, Array]:
    """Lists by source of what ``forward_horizontal`` holds by destination; once an hour.

    Parameters:
        base, weight, nx: as in ``forward_horizontal``.

    Returns:
        ``start`` int64 (K, N + 1), ``index`` int32 (K, 16 N) and ``share`` (K, 16 N): the destinations of source s in
        layer k are ``index[k, start[k, s]:start[k, s + 1]]``, ascending.
    """
    layers, cells = base.shape
    start = np.zeros((layers, cells + 1), np.int64)
    index = np.empty((layers, 16 * cells), np.int32)
    share = np.empty((layers, 16 * cells), weight.dtype)
    _sort(base, weight, nx, start, index, share)
    return start, index, share


def transposed_horizontal(lists: tuple[Array, Array, Array], x: Array, out: Array) -> None:
    """The transpose of ``forward_horizontal``; ``lists`` from ``transpose``, x and out (K, N, T)."""
    _gather_lists(*lists, x.reshape(-1), out.reshape(-1), x.shape[2])


def march_transposed(
    lists: tuple[Array, Array, Array], matrix: Array, x: Array, out: Array, between: Array
) -> None:
    """The transpose of ``march``; ``between`` (K, N, T) is working space."""
    column_apply_transposed(matrix, x, between)
    transposed_horizontal(lists, between, out)


def convert(parent: Array, child: Array, share: Array, mass_yield: float) -> None:
    """In place, one hour of parent to child: both (K, N, T) [kg], share (K, N) of the parent, yield [kg kg-1]."""
    _convert(parent, child, share, parent.dtype.type(mass_yield))


def convert_transposed(parent: Array, child: Array, share: Array, mass_yield: float) -> None:
    """The transpose of ``convert``: the parent is worth what it leaves of itself and of the child."""
    _convert_transposed(parent, child, share, parent.dtype.type(mass_yield))


@njit(inline="always")
def _stencil16(weight, k, d, x, place, tracers, nx):  # type: ignore[no-untyped-def]
    """Sixteen tracers of destination d: x flat, ``place`` of the first of them in the stencil's first cell."""
    row = nx * tracers
    total = scaled(weight[k, d, 0], load16(x, place))
    for i in range(1, 4):
        total = add_scaled(weight[k, d, i], load16(x, place + i * tracers), total)
    for j in range(1, 4):
        for i in range(4):
            total = add_scaled(weight[k, d, 4 * j + i], load16(x, place + j * row + i * tracers), total)
    return total


@njit(inline="always")
def _stencil8(weight, k, d, x, place, tracers, nx):  # type: ignore[no-untyped-def]
    """As ``_stencil16``, eight tracers."""
    row = nx * tracers
    total = scaled(weight[k, d, 0], load8(x, place))
    for i in range(1, 4):
        total = add_scaled(weight[k, d, i], load8(x, place + i * tracers), total)
    for j in range(1, 4):
        for i in range(4):
            total = add_scaled(weight[k, d, 4 * j + i], load8(x, place + j * row + i * tracers), total)
    return total


@njit(inline="always")
def _stencil1(weight, k, d, x, place, tracers, nx):  # type: ignore[no-untyped-def]
    """As ``_stencil16``, one tracer."""
    total = weight[k, d, 0] * x[place]
    for i in range(1, 16):
        total += weight[k, d, i] * x[place + ((i // 4) * nx + i % 4) * tracers]
    return total


@njit(inline="always")
def _gather_cell(base, weight, k, d, x, first, last, tracers, nx, out, at):  # type: ignore[no-untyped-def]
    """Tracers first to last of destination d in layer k into out from ``at`` on."""
    cells = base.shape[1]
    place = (k * cells + base[k, d]) * tracers
    t = first
    while t + 16 <= last:
        store(out, at + t - first, _stencil16(weight, k, d, x, place + t, tracers, nx))
        t += 16
    if t + 8 <= last:
        store(out, at + t - first, _stencil8(weight, k, d, x, place + t, tracers, nx))
        t += 8
    while t < last:
        out[at + t - first] = _stencil1(weight, k, d, x, place + t, tracers, nx)
        t += 1


@njit(inline="always")
def _column_cell(matrix, d, x, here, stride, out, there, leap, count, transposed, add):  # type: ignore[no-untyped-def]
    """``count`` tracers of column d: layers of x at here + k * stride into out at there + k * leap, or added to it."""
    layers = matrix.shape[1]
    one = matrix.dtype.type(1.0)
    for k in range(layers):
        t = 0
        while t + 16 <= count:
            total = scaled(matrix[d, 0, k] if transposed else matrix[d, k, 0], load16(x, here + t))
            for j in range(1, layers):
                entry = matrix[d, j, k] if transposed else matrix[d, k, j]
                total = add_scaled(entry, load16(x, here + j * stride + t), total)
            if add:
                total = add_scaled(one, load16(out, there + k * leap + t), total)
            store(out, there + k * leap + t, total)
            t += 16
        if t + 8 <= count:
            part = scaled(matrix[d, 0, k] if transposed else matrix[d, k, 0], load8(x, here + t))
            for j in range(1, layers):
                entry = matrix[d, j, k] if transposed else matrix[d, k, j]
                part = add_scaled(entry, load8(x, here + j * stride + t), part)
            if add:
                part = add_scaled(one, load8(out, there + k * leap + t), part)
            store(out, there + k * leap + t, part)
            t += 8
        while t < count:
            single = out[there + k * leap + t] if add else x.dtype.type(0.0)
            for j in range(layers):
                single += (matrix[d, j, k] if transposed else matrix[d, k, j]) * x[here + j * stride + t]
            out[there + k * leap + t] = single
            t += 1


@njit(cache=True, parallel=True)
def _gather(base, weight, x, out, nx, tracers):  # type: ignore[no-untyped-def]
    """x, out flat (K * N * T); base (K, N) int32, weight (K, N, 16)."""
    layers, cells = base.shape
    strips = (cells + STRIP - 1) // STRIP
    blocks = (tracers + BLOCK - 1) // BLOCK
    for task in prange(blocks * layers * strips):
        block, rest = divmod(np.int64(task), layers * strips)
        k, strip = divmod(rest, strips)
        first = block * BLOCK
        last = min(first + BLOCK, tracers)
        for d in range(strip * STRIP, min((strip + 1) * STRIP, cells)):
            _gather_cell(
                base, weight, k, d, x, first, last, tracers, nx, out, (k * cells + d) * tracers + first
            )


@njit(cache=True, parallel=True)
def _columns(matrix, x, out, tracers, transposed, add):  # type: ignore[no-untyped-def]
    """x, out flat (K * N * T); matrix (N, K, K)."""
    cells = len(matrix)
    blocks = (tracers + BLOCK - 1) // BLOCK
    stride = cells * tracers
    for column in prange(cells):
        d = np.int64(column)
        for block in range(blocks):
            first = block * BLOCK
            here = d * tracers + first
            count = min(BLOCK, tracers - first)
            _column_cell(matrix, d, x, here, stride, out, here, stride, count, transposed, add)


@njit(cache=True, parallel=True)
def _march(base, weight, matrix, x, out, nx, tracers):  # type: ignore[no-untyped-def]
    """Gather the K layers of a column into a small buffer, then the column from there; x, out flat (K * N * T)."""
    layers, cells = base.shape
    strips = (cells + STRIP - 1) // STRIP
    blocks = (tracers + BLOCK - 1) // BLOCK
    stride = cells * tracers
    for task in prange(blocks * strips):
        block, strip = divmod(np.int64(task), strips)
        first = block * BLOCK
        last = min(first + BLOCK, tracers)
        buffer = np.empty(layers * BLOCK, x.dtype)
        for d in range(strip * STRIP, min((strip + 1) * STRIP, cells)):
            for k in range(layers):
                _gather_cell(base, weight, k, d, x, first, last, tracers, nx, buffer, k * BLOCK)
            _column_cell(
                matrix, d, buffer, 0, BLOCK, out, d * tracers + first, stride, last - first, False, False
            )


@njit(cache=True, parallel=True)
def _sort(base, weight, nx, start, index, share):  # type: ignore[no-untyped-def]
    """Counting sort of the stencils by source, a layer a thread; arrays as in ``transpose``."""
    layers, cells = base.shape
    for k in prange(layers):
        for d in range(cells):
            for i in range(16):
                start[k, base[k, d] + (i // 4) * nx + i % 4 + 1] += 1
        for s in range(cells):
            start[k, s + 1] += start[k, s]
        free = start[k, :cells].copy()
        for d in range(cells):
            for i in range(16):
                s = base[k, d] + (i // 4) * nx + i % 4
                index[k, free[s]] = d
                share[k, free[s]] = weight[k, d, i]
                free[s] += 1


@njit(cache=True, parallel=True)
def _gather_lists(start, index, share, x, out, tracers):  # type: ignore[no-untyped-def]
    """out[k, s] = sum over the list of s of share x[k, index]; x, out flat (K * N * T)."""
    layers, cells = start.shape[0], start.shape[1] - 1
    strips = (cells + STRIP - 1) // STRIP
    blocks = (tracers + BLOCK - 1) // BLOCK
    for task in prange(blocks * layers * strips):
        block, rest = divmod(np.int64(task), layers * strips)
        k, strip = divmod(rest, strips)
        first = block * BLOCK
        last = min(first + BLOCK, tracers)
        for s in range(strip * STRIP, min((strip + 1) * STRIP, cells)):
            _gather_list(start, index, share, k, s, x, first, last, tracers, out)


@njit(inline="always")
def _gather_list(start, index, share, k, s, x, first, last, tracers, out):  # type: ignore[no-untyped-def]
    """Tracers first to last of source s in layer k."""
    cells = start.shape[1] - 1
    layer = k * cells * tracers
    here = layer + s * tracers
    low, high = start[k, s], start[k, s + 1]
    t = first
    while t + 16 <= last and low < high:
        total = scaled(share[k, low], load16(x, layer + index[k, low] * tracers + t))
        for e in range(low + 1, high):
            total = add_scaled(share[k, e], load16(x, layer + index[k, e] * tracers + t), total)
        store(out, here + t, total)
        t += 16
    if t + 8 <= last and low < high:
        part = scaled(share[k, low], load8(x, layer + index[k, low] * tracers + t))
        for e in range(low + 1, high):
            part = add_scaled(share[k, e], load8(x, layer + index[k, e] * tracers + t), part)
        store(out, here + t, part)
        t += 8
    while t < last:
        single = x.dtype.type(0.0)
        for e in range(low, high):
            single += share[k, e] * x[layer + index[k, e] * tracers + t]
        out[here + t] = single
        t += 1


@njit(cache=True, parallel=True)
def _convert(parent, child, share, mass_yield):  # type: ignore[no-untyped-def]
    """parent, child (K, N, T), share (K, N)."""
    layers, cells, tracers = parent.shape
    for d in prange(layers * cells):
        k, c = np.int64(d) // cells, np.int64(d) % cells
        turned = parent.dtype.type(share[k, c])
        for t in range(tracers):
            child[k, c, t] += mass_yield * turned * parent[k, c, t]
            parent[k, c, t] -= turned * parent[k, c, t]


@njit(cache=True, parallel=True)
def _convert_transposed(parent, child, share, mass_yield):  # type: ignore[no-untyped-def]
    """parent, child (K, N, T), share (K, N)."""
    layers, cells, tracers = parent.shape
    for d in prange(layers * cells):
        k, c = np.int64(d) // cells, np.int64(d) % cells
        turned = parent.dtype.type(share[k, c])
        for t in range(tracers):
            parent[k, c, t] += turned * (mass_yield * child[k, c, t] - parent[k, c, t])
