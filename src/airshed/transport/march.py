"""The step on every tracer: gather neighbours in each layer, then mix the column. Forward and transposed.

States are ``x[layer, cell, tracer]`` of one tracer class, tracers innermost, in single or double precision; the
operators in the same precision. Threads share the cells, not the sums: the result does not depend on their number.
A step gathers the state into ``spare`` and mixes the columns from there back into the state. The gather takes
``BLOCK`` tracers through a layer at a time, so that the rows of cells that it reads again stay near the processor.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.transport.lanes import LINE, add_scaled, fetch, in_widths, store

__all__ = [
    "Lists",
    "column_apply",
    "column_apply_transposed",
    "convert",
    "convert_transposed",
    "forward_horizontal",
    "led_to",
    "march",
    "march_transposed",
    "transpose",
    "transposed_horizontal",
]

Array = NDArray[Any]
Lists = tuple[Array, Array, Array]
"""By layer and cell, other cells and their weights: start (K, N + 1), index (K, E), share (K, E)."""
Blend = tuple[Array, Array, Array]
"""Shares of what is released that become one class and another, (J, N) each, and what the other is worth, (J, N, T)."""
BLOCK: Final = 128  # tracers that are taken through the cells together
STRIP: Final = 128  # cells a thread takes at a time
AHEAD: Final = 2  # columns before its turn that one is fetched: too many rows to be foreseen by the processor


def forward_horizontal(base: Array, weight: Array, x: Array, out: Array, nx: int) -> None:
    """One horizontal step of all layers: out[k, d] = sum over the stencil of weight[k, d] x[k, ...].

    Parameters:
        base: flat number of the south-west cell of the stencil, int32 (K, N).
        weight: mass form, row by row [1], (K, N, 16).
        x: mass [kg], (K, N, T), contiguous.
        out: result, (K, N, T).
        nx: cells in a row of the grid.
    """
    _gather(base, weight, nx, x.reshape(-1), out.reshape(-1), x.shape[2])


def column_apply(matrix: Array, x: Array, out: Array) -> None:
    """The column on every cell: out[k, d] = sum over j of matrix[d, k, j] x[j, d]; matrix (N, K, K), x (K, N, T)."""
    _columns(matrix, x.reshape(-1), out.reshape(-1), x.shape[2])


def column_apply_transposed(matrix: Array, x: Array, out: Array) -> None:
    """The transpose of ``column_apply``: out[j, d] = sum over k of matrix[d, k, j] x[k, d]."""
    column_apply(matrix.transpose(0, 2, 1), x, out)


def march(base: Array, weight: Array, matrix: Array, x: Array, spare: Array, nx: int) -> None:
    """``column_apply`` after ``forward_horizontal``, in place.

    Parameters:
        base, weight, matrix, x, nx: as there.
        spare: working space, as many values as x or more.
    """
    flat, between = x.reshape(-1), spare.reshape(-1)
    _gather(base, weight, nx, flat, between, x.shape[2])
    _columns(matrix, between, flat, x.shape[2])


def march_transposed(
    lists: Lists, matrix: Array, mean: Array, x: Array, released: Array, spare: Array,
    blend: Blend | None = None, reached: NDArray[np.bool_] | None = None,
) -> None:  # fmt: skip
    """The transpose of ``march``, in place; and what the columns ``mean`` make of x, which are read together.

    Parameters:
        lists: from ``transpose``.
        matrix, x, spare: as in ``march``.
        mean: the columns of what is released in the step, (N, K, R): R rows, from the lowest layer on.
        released: worth of a release at the end of its way, its first rows as many as there is room for,
            (J, N, T): the transpose of ``mean`` on x, and by ``blend`` its share of that and the other class's.
        reached: where that is wanted, (J, N); elsewhere ``released`` is left as it is. Everywhere, if none is given.
    """
    flat, between, rows = x.reshape(-1), spare.reshape(-1), len(released)
    if blend is None:
        blend = np.ones((rows, len(matrix)), x.dtype), np.zeros((rows, len(matrix)), x.dtype), x[:0]
    own, share, other = blend
    turned, release = matrix.transpose(0, 2, 1), mean.transpose(0, 2, 1)[:, :rows]
    wanted = np.ones((rows, len(matrix)), np.bool_) if reached is None else reached
    worth = (released.reshape(-1), wanted, own, share, other.reshape(-1))
    _two_columns(turned, release, flat, between, *worth, x.shape[2])
    _gather_lists(*lists, between, flat, x.shape[2])


def transpose(base: Array, weight: Array, nx: int) -> Lists:
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


def led_to(lists: Lists) -> NDArray[np.bool_]:
    """Which cells lists name, (layer, cell)."""
    start, index, _ = lists
    found = np.zeros((len(start), start.shape[1] - 1), np.bool_)
    _mark(start, index, found)
    return found


def transposed_horizontal(lists: Lists, x: Array, out: Array) -> None:
    """The transpose of ``forward_horizontal``; ``lists`` from ``transpose``, x and out (K, N, T)."""
    _gather_lists(*lists, x.reshape(-1), out.reshape(-1), x.shape[2])


def convert(
    parent: Array, child: Array, share: Array, mass_yield: float, source: int = 0, target: int = 0,
    count: int | None = None,
) -> None:  # fmt: skip
    """In place, one hour of parent to child.

    Parameters:
        parent, child: mass [kg], (K, N, T), contiguous.
        share: of the parent that turns, (K, N).
        mass_yield: mass of child for each mass of parent [kg kg-1].
        source, target, count: ``count`` tracers of the parent from ``source`` on turn into those of the child from
            ``target`` on; all, where none is given.
    """
    flat = (parent.reshape(-1), child.reshape(-1), share.reshape(-1).astype(parent.dtype, copy=False))
    tracers = parent.shape[2], child.shape[2]
    _convert(*flat, parent.dtype.type(mass_yield), *tracers, source, target, count or parent.shape[2])


def convert_transposed(parent: Array, child: Array, share: Array, mass_yield: float) -> None:
    """The transpose of ``convert``: the parent is worth what it leaves of itself and of the child."""
    _convert_transposed(parent, child, share, parent.dtype.type(mass_yield))


@in_widths
def _stencil(load, nothing):  # type: ignore[no-untyped-def]
    """Tracers t on of destination d in layer k: x from ``place`` on, the stencil's first cell, into out from ``at``."""

    @njit(forceinline=True)
    def stencil(t, weight, k, d, x, place, step, row, out, at):  # type: ignore[no-untyped-def]
        total = nothing(x)
        for j in range(4):
            for i in range(4):
                total = add_scaled(weight[k, d, 4 * j + i], load(x, place + t + j * row + i * step), total)
        store(out, at + t, total)

    return stencil


@in_widths
def _listed(load, nothing):  # type: ignore[no-untyped-def]
    """Tracers t on: the sum over entries low to high of share times x of the cell ``index``, ``step`` apart from
    ``place`` on; into out from ``at`` on. Index and share are flat, low and high unsigned: a signed number is asked
    at each look-up whether it counts from the end."""

    @njit(forceinline=True)
    def listed(t, index, share, low, high, x, place, step, out, at):  # type: ignore[no-untyped-def]
        total = nothing(x)
        for e in range(low, high):
            total = add_scaled(share[e], load(x, place + t + index[e] * step), total)
        store(out, at + t, total)

    return listed


@in_widths
def _release_column(load, nothing):  # type: ignore[no-untyped-def]
    """Tracers t on of what is released in column d: as ``_column``, the result blended with another class's."""

    @njit(forceinline=True)
    def release_column(t, mean, d, x, place, stride, out, wanted, own, share, other):  # type: ignore[no-untyped-def]
        for k in range(mean.shape[1]):
            if not wanted[k, d]:
                continue
            total, at = nothing(x), place + t + k * stride
            for j in range(mean.shape[2]):
                total = add_scaled(own[k, d] * mean[d, k, j], load(x, place + t + j * stride), total)
            if share[k, d] != 0:
                total = add_scaled(share[k, d], load(other, at), total)
            store(out, at, total)

    return release_column


@in_widths
def _column(load, nothing):  # type: ignore[no-untyped-def]
    """Tracers t on of column d: layers of x, ``stride`` apart from ``place`` on, into as many of out as matrix has."""

    @njit(forceinline=True)
    def column(t, matrix, d, x, place, stride, out):  # type: ignore[no-untyped-def]
        for k in range(matrix.shape[1]):
            total = nothing(x)
            for j in range(matrix.shape[2]):
                total = add_scaled(matrix[d, k, j], load(x, place + t + j * stride), total)
            store(out, place + t + k * stride, total)

    return column


@njit(cache=True, parallel=True, nogil=True)
def _gather(base, weight, nx, x, out, tracers):  # type: ignore[no-untyped-def]
    """x, out flat (K * N * T); base (K, N) int32, weight (K, N, 16)."""
    layers, cells = base.shape
    strips, blocks = (cells + STRIP - 1) // STRIP, (tracers + BLOCK - 1) // BLOCK
    for task in prange(blocks * layers * strips):
        block, rest = divmod(np.int64(task), layers * strips)
        k, strip = divmod(rest, strips)
        first = block * BLOCK
        count = min(BLOCK, tracers - first)
        for d in range(strip * STRIP, min((strip + 1) * STRIP, cells)):
            place, at = (k * cells + base[k, d]) * tracers + first, (k * cells + d) * tracers + first
            _stencil(count, weight, k, d, x, place, tracers, nx * tracers, out, at)


@njit(cache=True, parallel=True, nogil=True)
def _gather_lists(start, index, share, x, out, tracers):  # type: ignore[no-untyped-def]
    """out[k, s] = sum over the list of s of share x[k, index]; x, out flat (K * N * T), lists as in ``transpose``."""
    layers, cells, room = start.shape[0], start.shape[1] - 1, index.shape[1]
    indices, shares = index.reshape(-1), share.reshape(-1)
    strips, blocks = (cells + STRIP - 1) // STRIP, (tracers + BLOCK - 1) // BLOCK
    for task in prange(blocks * layers * strips):
        block, rest = divmod(np.int64(task), layers * strips)
        k, strip = divmod(rest, strips)
        first = block * BLOCK
        count = min(BLOCK, tracers - first)
        place = k * cells * tracers + first
        for s in range(strip * STRIP, min((strip + 1) * STRIP, cells)):
            low, high = np.uint64(k * room + start[k, s]), np.uint64(k * room + start[k, s + 1])
            _listed(count, indices, shares, low, high, x, place, tracers, out, place + s * tracers)


@njit(cache=True, parallel=True, nogil=True)
def _columns(matrix, x, out, tracers):  # type: ignore[no-untyped-def]
    """x, out flat (K * N * T); matrix (N, K, K)."""
    stride = len(matrix) * tracers
    for column in prange(len(matrix)):
        d = np.int64(column)
        _column(tracers, matrix, d, x, d * tracers, stride, out)


@njit(cache=True, parallel=True, nogil=True)
def _two_columns(matrix, mean, x, out, released, wanted, own, share, other, tracers):  # type: ignore[no-untyped-def]
    """x, out flat (K * N * T), released, other flat (J * N * T); matrix (N, K, K) from x to out, mean (N, J, K) to
    released where wanted (J, N), blended by own, share (J, N)."""
    stride = len(matrix) * tracers
    for column in prange(len(matrix)):
        d = np.int64(column)
        for t in range(0, tracers, LINE):
            at = (d + AHEAD) * tracers + t
            for k in range(matrix.shape[2]):
                fetch(x, at + k * stride)
            for k in range(mean.shape[1] if other.size else 0):
                if wanted[k, d]:
                    fetch(other, at + k * stride)
        _column(tracers, matrix, d, x, d * tracers, stride, out)
        _release_column(tracers, mean, d, x, d * tracers, stride, released, wanted, own, share, other)


@njit(cache=True, parallel=True, nogil=True)
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


@njit(cache=True, parallel=True, nogil=True)
def _mark(start, index, found):  # type: ignore[no-untyped-def]
    """True in found (K, N) where a list leads; start (K, N + 1), index (K, E)."""
    for k in prange(len(start)):
        for e in range(start[k, -1]):
            found[k, index[k, e]] = True


@in_widths
def _turning(load, _nothing):  # type: ignore[no-untyped-def]
    """Tracers t on of one cell: a share of the parent from ``at`` on leaves it, ``gained`` joins the child from
    ``to`` on."""

    @njit(forceinline=True)
    def turning(t, parent, child, share, gained, at, to):  # type: ignore[no-untyped-def]
        held = load(parent, at + t)
        store(child, to + t, add_scaled(gained, held, load(child, to + t)))
        store(parent, at + t, add_scaled(-share, held, held))

    return turning


@njit(cache=True, parallel=True, nogil=True)
def _convert(parent, child, share, mass_yield, tracers, others, source, target, count):  # type: ignore[no-untyped-def]
    """parent flat (K * N * T), child flat (K * N * others), share flat (K * N)."""
    for cell in prange(len(share)):
        d = np.int64(cell)
        at, to = d * tracers + source, d * others + target
        for t in range(0, count, LINE):
            fetch(parent, at + AHEAD * tracers + t)
            fetch(child, to + AHEAD * others + t)
        _turning(count, parent, child, share[d], mass_yield * share[d], at, to)


@njit(cache=True, parallel=True, nogil=True)
def _convert_transposed(parent, child, share, mass_yield):  # type: ignore[no-untyped-def]
    """parent, child (K, N, T), share (K, N)."""
    layers, cells, tracers = parent.shape
    for d in prange(layers * cells):
        k, c = np.int64(d) // cells, np.int64(d) % cells
        turned = parent.dtype.type(share[k, c])
        for t in range(tracers):
            parent[k, c, t] += turned * (mass_yield * child[k, c, t] - parent[k, c, t])
