"""The kernels: what they compute, their transposes, their precision, their threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from airshed.transport.march import (
    column_apply,
    column_apply_transposed,
    convert,
    convert_transposed,
    forward_horizontal,
    led_to,
    march,
    march_transposed,
    transpose,
    transposed_horizontal,
)

Array = NDArray[Any]
NY, NX, LAYERS = 12, 10, 5
TRACERS = (1, 7, 8, 16, 27, 64, 91)


def operators(seed: int, dtype: Any = np.float64) -> tuple[Array, Array, Array]:
    """Any stencils inside the grid, any weights, any column."""
    rng = np.random.default_rng(seed)
    rows, columns = (rng.integers(0, n - 3, (LAYERS, NY * NX)) for n in (NY, NX))
    base = (rows * NX + columns).astype(np.int32)
    weight = rng.uniform(-0.1, 0.3, (LAYERS, NY * NX, 16)).astype(dtype)
    matrix = rng.uniform(0, 1 / LAYERS, (NY * NX, LAYERS, LAYERS)).astype(dtype)
    return base, weight, matrix


def state(seed: int, tracers: int, dtype: Any = np.float64) -> Array:
    return np.random.default_rng(seed + 1).normal(size=(LAYERS, NY * NX, tracers)).astype(dtype)


def by_hand(base: Array, weight: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    for k in range(LAYERS):
        for i in range(16):
            out[k] += weight[k, :, i, None] * x[k, base[k] + (i // 4) * NX + i % 4]
    return out


@pytest.mark.parametrize("tracers", TRACERS)
def test_the_horizontal_step_is_the_sum_over_sixteen_neighbours(tracers: int) -> None:
    base, weight, _ = operators(1)
    x = state(1, tracers)
    out = np.full_like(x, np.nan)
    forward_horizontal(base, weight, x, out, NX)
    np.testing.assert_allclose(out, by_hand(base, weight, x), rtol=0, atol=1e-14)


@pytest.mark.parametrize("tracers", TRACERS)
def test_the_column_is_a_matrix_product_in_every_cell(tracers: int) -> None:
    _, _, matrix = operators(2)
    x = state(2, tracers)
    out, back = np.full_like(x, np.nan), np.full_like(x, np.nan)
    column_apply(matrix, x, out)
    column_apply_transposed(matrix, x, back)
    np.testing.assert_allclose(out, np.einsum("nkj,jnt->knt", matrix, x), rtol=0, atol=1e-14)
    np.testing.assert_allclose(back, np.einsum("nkj,knt->jnt", matrix, x), rtol=0, atol=1e-14)


@pytest.mark.parametrize("tracers", TRACERS)
def test_one_sweep_is_the_horizontal_step_and_then_the_column(tracers: int) -> None:
    base, weight, matrix = operators(3)
    x = state(3, tracers)
    between, both = np.empty_like(x), np.empty_like(x)
    forward_horizontal(base, weight, x, between, NX)
    column_apply(matrix, between, both)
    march(base, weight, matrix, x, np.full(x.size + 7, np.nan), NX)
    np.testing.assert_array_equal(x, both)


@pytest.mark.parametrize("layers", [1, 3, LAYERS])
@pytest.mark.parametrize("tracers", TRACERS)
def test_the_way_back_is_the_column_and_then_the_horizontal_step_and_reads_releases_first(
    tracers: int, layers: int
) -> None:
    base, weight, matrix = operators(8)
    lists, mean, x = transpose(base, weight, NX), operators(9)[2], state(8, tracers)
    again = x.copy()
    between, both, worth = (np.empty_like(x) for _ in range(3))
    column_apply_transposed(matrix, x, between)
    transposed_horizontal(lists, between, both)
    column_apply_transposed(mean, x, worth)
    released = np.full((layers, *x.shape[1:]), np.nan)
    march_transposed(lists, matrix, mean, x, released, np.full_like(x, np.nan))
    np.testing.assert_array_equal(x, both)
    np.testing.assert_array_equal(released, worth[:layers])
    reached = np.random.default_rng(8).random(released.shape[:2]) < 0.5
    some = np.full_like(released, np.nan)
    march_transposed(lists, matrix, mean, again, some, np.full_like(x, np.nan), reached=reached)
    np.testing.assert_array_equal(again, both)
    np.testing.assert_array_equal(some, np.where(reached[..., None], released, np.nan))


def test_lists_lead_where_an_entry_is() -> None:
    base, weight, _ = operators(8)
    lists = start, index, _ = transpose(base, weight, NX)
    found = led_to(lists)
    for layer in range(LAYERS):
        assert set(np.flatnonzero(found[layer])) == set(index[layer, : start[layer, -1]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tracer_fares_alike_whichever_others_stand_beside_it(dtype: Any) -> None:
    base, weight, matrix = operators(10, dtype)
    lists, x = transpose(base, weight, NX), state(10, 127, dtype)
    whole = np.empty((3, *x.shape), dtype)
    part = np.empty((3, *x.shape), dtype)
    alone = [np.ascontiguousarray(x[:, :, t : t + 1]) for t in range(127)]
    forward_horizontal(base, weight, x, whole[0], NX)
    column_apply(matrix, x, whole[1])
    transposed_horizontal(lists, x, whole[2])
    for t, one in enumerate(alone):
        out = np.empty((3, *one.shape), dtype)
        forward_horizontal(base, weight, one, out[0], NX)
        column_apply(matrix, one, out[1])
        transposed_horizontal(lists, one, out[2])
        part[..., t] = out[..., 0]
    np.testing.assert_array_equal(part, whole)


@given(seed=st.integers(0, 10_000), tracers=st.sampled_from(TRACERS))
@settings(max_examples=25, deadline=None)
def test_forward_equals_adjoint_for_each_kernel_and_for_both(seed: int, tracers: int) -> None:
    base, weight, matrix = operators(seed)
    lists = transpose(base, weight, NX)
    x, y = state(seed, tracers), state(seed + 7, tracers)
    out, back, between = np.empty_like(x), np.full_like(x, np.nan), np.empty_like(x)
    size = float(np.abs(x).max() * np.abs(y).sum())
    forward_horizontal(base, weight, x, out, NX)
    transposed_horizontal(lists, y, back)
    assert np.vdot(y, out) == pytest.approx(np.vdot(back, x), abs=1e-12 * size)
    column_apply(matrix, x, out)
    column_apply_transposed(matrix, y, back)
    assert np.vdot(y, out) == pytest.approx(np.vdot(back, x), abs=1e-12 * size)
    out[:], back[:] = x, y
    march(base, weight, matrix, out, between, NX)
    march_transposed(lists, matrix, matrix, back, between.copy(), between)
    assert np.vdot(y, out) == pytest.approx(np.vdot(back, x), abs=1e-12 * size)


def test_the_lists_by_source_hold_every_weight_once_in_order() -> None:
    base, weight, _ = operators(4)
    start, index, share = transpose(base, weight, NX)
    dense, from_lists = (np.zeros((NY * NX, NY * NX)) for _ in range(2))
    for d in range(NY * NX):
        for i in range(16):
            dense[d, base[2, d] + (i // 4) * NX + i % 4] += weight[2, d, i]
        entries = slice(start[2, d], start[2, d + 1])
        assert np.all(np.diff(index[2, entries]) > 0)
        from_lists[index[2, entries], d] = share[2, entries]
    np.testing.assert_array_equal(dense, from_lists)


def test_a_cell_that_nobody_reads_is_worth_nothing() -> None:
    base = np.zeros((LAYERS, NY * NX), np.int32)
    weight = np.ones((LAYERS, NY * NX, 16))
    out = np.full((LAYERS, NY * NX, 19), np.nan)
    transposed_horizontal(transpose(base, weight, NX), state(0, 19), out)
    assert np.all(out[:, 4 * NX :] == 0)


@pytest.mark.parametrize("tracers", TRACERS)
def test_single_precision_meets_one_in_a_hundred_thousand(tracers: int) -> None:
    base, weight, matrix = operators(5, np.float32)
    wide = (weight.astype(float), matrix.astype(float))
    x = np.abs(state(5, tracers, np.float32))
    results = []
    for weights, columns in ((weight, matrix), wide):
        out, back, spare, released = (x.astype(weights.dtype) for _ in range(4))
        march(base, weights, columns, out, spare, NX)
        march_transposed(transpose(base, weights, NX), columns, columns, back, released, spare)
        results.append((out, back, released))
    for narrow, exact in zip(*results, strict=True):
        assert narrow.dtype == np.float32
        assert np.abs(narrow - exact).max() <= 1e-5 * np.abs(exact).max()


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_two_threads_give_what_one_gives() -> None:
    base, weight, matrix = operators(6)
    x = state(6, 91)
    results = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        out, back, spare, released = (x.copy() for _ in range(4))
        march(base, weight, matrix, out, spare, NX)
        march_transposed(transpose(base, weight, NX), matrix, matrix, back, released, spare)
        results.append((out, back, released))
    np.testing.assert_array_equal(results[0], results[1])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_parent_becomes_child_by_its_share_and_forward_equals_adjoint(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share, ratio = rng.uniform(size=(LAYERS, NY * NX)), 1.5
    parent, child, parent_worth, child_worth = (state(seed + i, 9) for i in range(4))
    new_parent, new_child = parent.copy(), child.copy()
    convert(new_parent, new_child, share, ratio)
    turned = share[:, :, None] * parent
    np.testing.assert_allclose(new_parent, parent - turned, atol=1e-14)
    np.testing.assert_allclose(new_child, child + ratio * turned, atol=1e-14)
    after = np.vdot(parent_worth, new_parent) + np.vdot(child_worth, new_child)
    convert_transposed(parent_worth, child_worth, share, ratio)
    assert np.vdot(parent_worth, parent) + np.vdot(child_worth, child) == pytest.approx(
        after, abs=1e-12 * parent.size
    )
