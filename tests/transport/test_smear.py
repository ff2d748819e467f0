"""Within the hour: paths of releases and readings, and the law of the one-cell source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.transport.march import forward_horizontal, transposed_horizontal
from airshed.transport.smear import Weighting, by_destination, receptor_row, smear_lists

Floats = NDArray[np.float64]
NY, NX = 24, 20
CELL = 10_000.0


def winds(seed: int, layers: int = 2, size: float = 3.0) -> Floats:
    return np.random.default_rng(seed).uniform(-size, size, (layers, NY * NX, 2))


def hat(distance: Any) -> Any:
    return np.maximum(0.0, 1.0 - np.abs(distance))


def catmull_rom(shift: float) -> tuple[int, Floats]:
    """First cell, relative to the destination, and the four weights of the engine's interpolation at -shift."""
    first = int(np.floor(-shift))
    f = -shift - first
    outer, inner = f * (-0.5 + f * (1.0 - 0.5 * f)), 1.0 + f * f * (-2.5 + 1.5 * f)
    return first - 1, np.array([outer, inner, f * (0.5 + f * (2.0 - 1.5 * f)), f * f * (-0.5 + 0.5 * f)])


def constant_bicubic(ny: int, nx: int, row: float, column: float) -> tuple[NDArray[np.int32], Floats]:
    """The horizontal operator of a constant wind; nothing comes in from outside (rim cells take zero)."""
    (r0, wr), (c0, wc) = catmull_rom(row), catmull_rom(column)
    r, c = np.divmod(np.arange(ny * nx), nx)
    inside = (r + r0 >= 0) & (r + r0 + 3 < ny) & (c + c0 >= 0) & (c + c0 + 3 < nx)
    base = np.where(inside, (r + r0) * nx + c + c0, 0).astype(np.int32)
    weight = np.where(inside[:, None], np.outer(wr, wc).reshape(-1), 0.0)
    return base[None], weight[None]


def laid_down(lists: Any, amounts: Floats) -> Floats:
    """What is released of each tracer (N, T), where it lies at the end of its hour; the layer is the only one."""
    out = np.full((1, *amounts.shape), np.nan)
    transposed_horizontal(by_destination(lists), amounts[None], out)
    return np.asarray(out[0])


def burden_by_minutes(row: float, column: float) -> float:
    """Steady hours of emission inside the source's cell: released and moved every 60 s, the cell evenly filled."""
    age = (np.arange(60 * 200) + 0.5) / 60
    return float(np.sum(hat(age * row) * hat(age * column)) / 60)


def burden_of_a_city(row: float, column: float) -> float:
    """The same of three cells by three, which all emit: the mean of what they hold."""
    age, found = (np.arange(60 * 400) + 0.5) / 60, 0.0
    for north in range(-2, 3):
        for east in range(-2, 3):
            pairs = (3 - abs(north)) * (3 - abs(east)) / 9
            found += pairs * np.sum(hat(age * row - north) * hat(age * column - east)) / 60
    return float(found)


def burden_by_hours(row: float, column: float, wide: int = 1) -> float:
    """The same by S, A, R and D of the engine, marched until steady; ``wide``: cells of a city's side."""
    n = 45
    cells, sides = n * n, range(n // 2 - wide // 2, n // 2 + wide // 2 + 1)
    displacement = np.tile([row, column], (1, cells, 1)).astype(float)
    base, weight = constant_bicubic(n, n, row, column)
    state, moved = np.zeros((1, cells, 1)), np.zeros((1, cells, 1))
    receptor, city = np.zeros(cells), [r * n + c for r in sides for c in sides]
    receptor[city] = 1 / len(city)
    sources = np.zeros((cells, 1))
    sources[city] = 1.0
    fresh = laid_down(smear_lists(displacement, n), sources)
    for _ in range(int(18 / np.hypot(row, column)) + 12):
        forward_horizontal(base, weight, state, moved, n)
        moved[0] += fresh
        state, moved = moved, state
    at, reads = receptor_row(displacement[0], n, receptor, Weighting.STATE)
    own, release = receptor_row(displacement[0], n, receptor, Weighting.RELEASE)
    return float(reads @ state[0, at, 0] + release[np.isin(own, city)].sum())


@pytest.mark.parametrize("angle", [0.0, 10.0, 22.5, 37.0, 45.0, 120.0])
@pytest.mark.parametrize("speed", [1.0, 1.4, 2.0, 3.0, 4.0, 5.0, 6.5, 8.0])
def test_the_hour_mean_in_the_cell_of_a_lone_source_is_that_of_steps_of_a_minute(
    speed: float, angle: float
) -> None:
    step = speed * 3600 / CELL
    row, column = step * np.sin(np.radians(angle)), step * np.cos(np.radians(angle))
    assert burden_by_hours(row, column) == pytest.approx(burden_by_minutes(row, column), rel=0.05)


@pytest.mark.parametrize("angle", [0.0, 22.5, 37.0, 45.0])
@pytest.mark.parametrize("speed", [0.5, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0])
def test_the_hour_mean_in_a_city_of_nine_cells_is_nearly_that_of_steps_of_a_minute(
    speed: float, angle: float
) -> None:
    """What is mended in a lone source's cell must not be missing downwind: 10 % of a city was, once."""
    step = speed * 3600 / CELL
    row, column = step * np.sin(np.radians(angle)), step * np.cos(np.radians(angle))
    within = 0.045 if speed < 1.9 else 0.065
    assert burden_by_hours(row, column, 3) == pytest.approx(burden_of_a_city(row, column), rel=within)


@pytest.mark.parametrize("speed", [1.0, 2.0, 3.0, 5.0, 8.0])
@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0])
def test_what_a_cell_releases_in_the_hour_stays_in_it_as_steps_of_a_minute_say(
    speed: float, angle: float
) -> None:
    row, column = (speed * 0.36 * f(np.radians(angle)) for f in (np.sin, np.cos))
    age = (np.arange(60) + 0.5) / 60
    wanted = np.sum((1 - age) * hat(age * row) * hat(age * column)) / 60
    receptor = np.zeros(NY * NX)
    receptor[210] = 1.0
    cells, weights = receptor_row(np.tile([row, column], (NY * NX, 1)), NX, receptor, Weighting.RELEASE)
    assert weights[cells == 210].sum() == pytest.approx(wanted, rel=0.03)


def test_a_release_in_still_air_stays_where_it_is() -> None:
    amounts = np.zeros((NY * NX, 1))
    amounts[7] = 3.0
    np.testing.assert_allclose(laid_down(smear_lists(np.zeros((1, NY * NX, 2)), NX), amounts), amounts)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_what_is_released_lies_inside_or_has_left(seed: int) -> None:
    start, _, share = lists = smear_lists(winds(seed, layers=1), NX)
    kept = np.array([share[0, a:b].sum() for a, b in zip(start[0, :-1], start[0, 1:], strict=True)])
    amounts = np.random.default_rng(seed).uniform(0, 2, (NY * NX, 3))
    out = laid_down(lists, amounts)
    assert out.min() >= 0
    assert kept.max() <= 1 + 1e-13
    assert out.sum(axis=0) == pytest.approx(kept @ amounts, rel=1e-13)
    rows, columns = np.divmod(np.arange(NY * NX), NX)
    middle = (abs(rows - NY // 2) < NY // 2 - 5) & (abs(columns - NX // 2) < NX // 2 - 5)
    np.testing.assert_allclose(kept[middle], 1.0, rtol=1e-13)


def test_the_near_half_of_a_way_is_what_went_out_last() -> None:
    """Two cells eastward: the near half lies round half a cell, the far one round one and a half; a layer's halves
    stand together, and hold the whole."""
    moved = np.zeros((2, NY * NX, 2))
    moved[1, :, 1] = 2.0
    start, index, share = smear_lists(moved, NX, parts=2)
    whole_start, whole, weights = smear_lists(moved, NX)
    cell = 5 * NX + 5
    where = []
    for row in range(4):
        entries = slice(start[row, cell], start[row, cell + 1])
        assert share[row, entries].sum() == pytest.approx(0.5, rel=1e-13)
        where.append(2 * share[row, entries] @ (index[row, entries] - cell))
    assert where == pytest.approx([0.0, 0.0, 0.5, 1.5])
    dense, halves = np.zeros(NY * NX), np.zeros(NY * NX)
    entries = slice(whole_start[1, cell], whole_start[1, cell + 1])
    np.add.at(dense, whole[1, entries], weights[1, entries])
    for row in (2, 3):
        entries = slice(start[row, cell], start[row, cell + 1])
        np.add.at(halves, index[row, entries], share[row, entries])
    np.testing.assert_allclose(halves, dense, atol=1e-15)


def test_the_lists_by_destination_hold_every_weight_once_in_order() -> None:
    start, index, share = smear_lists(winds(2), NX)
    begin, source, part = by_destination((start, index, share))
    dense, turned = (np.zeros((NY * NX, NY * NX)) for _ in range(2))
    for n in range(NY * NX):
        out, into = slice(start[1, n], start[1, n + 1]), slice(begin[1, n], begin[1, n + 1])
        dense[n, index[1, out]] = share[1, out]
        turned[source[1, into], n] = part[1, into]
        assert np.all(np.diff(source[1, into]) > 0)
    np.testing.assert_array_equal(turned, dense)


def test_the_centre_of_a_release_has_gone_half_the_way() -> None:
    displacement = np.tile([1.7, -2.3], (1, NY * NX, 1))
    source = 12 * NX + 10
    amounts = np.zeros((NY * NX, 1))
    amounts[source] = 1.0
    out = laid_down(smear_lists(displacement, NX), amounts)
    rows, columns = np.divmod(np.arange(NY * NX), NX)
    assert out[:, 0] @ rows == pytest.approx(12 + 0.85)
    assert out[:, 0] @ columns == pytest.approx(10 - 1.15)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_forward_equals_adjoint_for_random_releases(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lists = smear_lists(winds(seed, layers=1), NX)
    amounts, field = rng.uniform(0, 2, (NY * NX, 1)), rng.normal(size=(1, NY * NX, 1))
    worth = np.empty_like(field)
    transposed_horizontal(lists, field, worth)
    assert np.vdot(laid_down(lists, amounts), field) == pytest.approx(
        np.vdot(amounts, worth), rel=1e-12, abs=1e-12
    )


@pytest.mark.parametrize("weighting", list(Weighting))
def test_a_receptor_row_is_the_transpose_of_the_lists(weighting: Weighting) -> None:
    rng = np.random.default_rng(3)
    displacement = winds(3, layers=1)
    receptor = np.zeros(NY * NX)
    receptor[[210, 211, 230]] = 1 / 3
    cells, weights = receptor_row(displacement[0], NX, receptor, weighting)
    lists = smear_lists(displacement, NX, weighting)
    worth = np.empty((1, NY * NX, 1))
    transposed_horizontal(lists, receptor[None, :, None], worth)
    mass = rng.uniform(size=NY * NX)
    assert weights @ mass[cells] == pytest.approx(worth[0, :, 0] @ mass, rel=1e-13)


def test_deposits_and_readings_weigh_one_and_releases_of_the_hour_half() -> None:
    displacement = np.full((1, NY * NX, 2), 0.9)
    middle = 10 * NX + 9
    for weighting, whole in ((Weighting.DEPOSIT, 1.0), (Weighting.STATE, 1.0), (Weighting.RELEASE, 0.5)):
        start, _, share = smear_lists(displacement, NX, weighting)
        assert share[0, start[0, middle] : start[0, middle + 1]].sum() == pytest.approx(whole, rel=1e-14)


def test_displacements_that_fill_no_grid_are_refused() -> None:
    with pytest.raises(BadInput, match="a multiple of 7"):
        smear_lists(np.zeros((1, 20, 2)), 7)
    with pytest.raises(BadInput, match="one layer"):
        receptor_row(np.zeros((2, 20, 2)), 4, np.ones(20), Weighting.STATE)
