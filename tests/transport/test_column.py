"""The column: mass, uniformity, sign, removal, and how fast it converges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from airshed.errors import BadInput
from airshed.transport.column import ColumnInput, column_matrices, column_receptor

Floats = NDArray[np.float64]
TOPS = np.array([40.0, 100, 200, 350, 600, 1000, 1800, 3000])
THICKNESS = np.diff(TOPS, prepend=0.0)
LAYERS = len(TOPS)
AREA = 1e8  # [m2] of a cell of 10 km


def column(
    kz: Any = 0.0, seed: int = 0, columns: int = 3, wind: float = 0.0, classes: int = 1
) -> ColumnInput:
    """Columns with a given mixing, a random vertical wind of a given size [of a layer an hour], and no losses."""
    rng = np.random.default_rng(seed)
    star = 1.2 * AREA * THICKNESS[:, None] * rng.uniform(0.9, 1.1, (LAYERS, columns))
    z = np.zeros((LAYERS + 1, columns))
    z[1:] = wind * rng.uniform(-0.4, 0.4, (LAYERS, columns)) * THICKNESS[:, None] * 1.2 * AREA
    mixing = np.zeros((LAYERS + 1, columns))
    mixing[1:-1] = np.broadcast_to(np.asarray(kz, float).reshape(-1, 1), (LAYERS - 1, columns))
    still = np.zeros((classes, columns))
    after = star + z[:-1] - z[1:]
    return ColumnInput(star, after, z, mixing, THICKNESS, still, np.zeros((classes, LAYERS, columns)))


def closed(given: ColumnInput) -> ColumnInput:
    """The same with nothing through the top."""
    z = given.z.copy()
    z[-1] = 0.0
    return replace(given, z=z, mass_after=given.mass_star + z[:-1] - z[1:])


def morning() -> ColumnInput:
    """A mixed layer that grows into night air: strong below 350 m, weak above, sinking air on top."""
    given = column(kz=[20, 40, 50, 5, 1, 0.1, 0.1], columns=1)
    z = np.zeros((LAYERS + 1, 1))
    z[1:, 0] = -0.005 * TOPS * np.exp(-TOPS / 2000) * 3600 / 40 * 1.2 * AREA / 10
    return replace(given, z=z, mass_after=given.mass_star + z[:-1] - z[1:])


@given(seed=st.integers(0, 10_000), wind=st.floats(0, 1), mixing=st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_a_closed_column_keeps_its_mass(seed: int, wind: float, mixing: float) -> None:
    made = column_matrices(closed(column(10**mixing, seed, wind=wind)))
    for matrix in (made.matrix, made.mean):
        np.testing.assert_allclose(matrix.sum(axis=2), 1.0, rtol=0, atol=1e-13)


@given(seed=st.integers(0, 10_000), wind=st.floats(0, 1), mixing=st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_a_uniform_mixing_ratio_stays_uniform_with_air_through_the_top(
    seed: int, wind: float, mixing: float
) -> None:
    given = column(10**mixing, seed, wind=wind)
    made = column_matrices(given)
    after = np.einsum("nkj,jn->kn", made.matrix[0], given.mass_star) + made.top[0].T
    # Round-off of twelve solutions; the law asks for 1e-10. At K of 1000 m2/s 1.2e-14 was seen.
    np.testing.assert_allclose(after / given.mass_after, 1.0, rtol=0, atol=1e-13)


@given(seed=st.integers(0, 10_000), wind=st.floats(0, 1), mixing=st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_nothing_turns_negative_and_nothing_is_made(seed: int, wind: float, mixing: float) -> None:
    rng = np.random.default_rng(seed)
    given = column(10**mixing, seed, wind=wind, classes=2)
    given = replace(
        given, deposition=rng.uniform(0, 0.03, (2, 3)), scavenging=rng.uniform(0, 5, (2, LAYERS, 3))
    )
    made = column_matrices(given)
    for matrix in (made.matrix, made.mean, column_receptor(given)):
        assert matrix.min() >= 0
        assert matrix.sum(axis=-2).max() <= 1 + 1e-13
    assert made.top.min() >= 0


def test_what_leaves_through_the_top_is_missing_from_the_column() -> None:
    given = column(columns=1)
    z = given.z.copy()
    z[-1] = 0.1 * given.mass_star[-1]
    given = replace(given, z=z, mass_after=given.mass_star + z[:-1] - z[1:])
    made = column_matrices(given)
    lost = 1 - made.matrix[0, 0].sum(axis=0)
    assert lost[-1] == pytest.approx(0.1, rel=1e-12)
    assert np.abs(lost[:-1]).max() <= 1e-14


def removed(substeps: int, velocity: float = 0.02, height: float = 40.0) -> float:
    """Share that deposition takes in an hour from one well-mixed layer."""
    given = column(columns=1)
    one = ColumnInput(
        given.mass_star[:1],
        given.mass_after[:1],
        given.z[:2],
        given.kz[:2],
        np.array([height]),
        np.full((1, 1), velocity),
        np.zeros((1, 1, 1)),
    )
    return float(1 - column_matrices(one, substeps).matrix[0, 0, 0, 0])


def test_deposition_takes_one_minus_exp_of_velocity_times_hour_over_height() -> None:
    for velocity, height in ((0.002, 40.0), (0.01, 100.0), (0.02, 500.0)):
        exact = 1 - np.exp(-velocity * 3600 / height)
        assert removed(12, velocity, height) == pytest.approx(exact, rel=0.02)
    errors = [abs(removed(n) - (1 - np.exp(-0.02 * 3600 / 40))) for n in (24, 48, 96)]
    orders = np.log2([errors[0] / errors[1], errors[1] / errors[2]])
    np.testing.assert_allclose(orders, 1.0, atol=0.05)


def test_deposition_empties_a_mixed_layer_as_a_whole() -> None:
    given = replace(column(kz=[1000] * 4 + [0] * 3, columns=1), deposition=np.full((1, 1), 0.01))
    mixed = given.mass_star[:5, 0] / given.mass_star[:5, 0].sum()
    left = column_matrices(given).matrix[0, 0][:, :5] @ mixed
    height = 600 * given.mass_star[0, 0] / 40 / (given.mass_star[:5, 0].sum() / 600) / 600
    assert 1 - left.sum() == pytest.approx(1 - np.exp(-0.01 * 3600 / 600 * height), rel=0.02)


def test_rain_alone_removes_exactly_its_exponential() -> None:
    """In-cloud 0.3 m2/kg and 1 mm in an hour leave exp(-0.3): 26 % of the sulfur dioxide goes."""
    given = replace(column(kz=10.0, columns=1), scavenging=np.full((1, LAYERS, 1), 0.3))
    np.testing.assert_allclose(column_matrices(given).matrix[0, 0].sum(axis=0), np.exp(-0.3), rtol=1e-12)


def test_the_hour_converges_with_order_one_in_a_growing_mixed_layer() -> None:
    fine = column_matrices(morning(), 1536)
    for name in ("matrix", "mean"):
        errors = [
            float(np.abs(getattr(column_matrices(morning(), n), name) - getattr(fine, name)).max())
            for n in (12, 24, 48)
        ]
        orders = np.log2([errors[0] / errors[1], errors[1] / errors[2]])
        assert np.all((orders > 0.8) & (orders < 1.3)), orders
        assert errors[0] < 0.03


def test_the_limit_of_short_steps_is_the_exponential_of_the_generator() -> None:
    """Against something written differently: a dense generator and SciPy's matrix exponential, still air."""
    given = column(kz=[0.5, 1, 2, 3, 2, 1, 0.5], columns=1)
    mass = given.mass_star[:, 0]
    generator = np.zeros((LAYERS, LAYERS))
    for k in range(1, LAYERS):
        density = (mass[k - 1] + mass[k]) / (TOPS[k] - (TOPS[k - 2] if k > 1 else 0.0))
        rate = given.kz[k, 0] * 3600 * density / (0.5 * (THICKNESS[k - 1] + THICKNESS[k]))
        for source, into in ((k - 1, k), (k, k - 1)):
            generator[into, source] += rate / mass[source]
            generator[source, source] -= rate / mass[source]
    whole = expm(generator)
    ages = [expm(generator * (i + 0.5) / 400) for i in range(400)]
    made = column_matrices(given, 3000)
    np.testing.assert_allclose(made.matrix[0, 0], whole, atol=2e-4)
    young, old = (
        np.mean(half, axis=0) for half in (ages[:200], ages[200:])
    )  # as old as time is left of the hour
    np.testing.assert_allclose(made.mean[0, 0][:, 0::2], young, atol=2e-4)
    np.testing.assert_allclose(made.mean[0, 0][:, 1::2], old, atol=2e-4)


def test_a_receptor_sees_mass_where_it_is_at_its_age() -> None:
    given = column(kz=[0.5, 1, 2, 3, 2, 1, 0.5], columns=1)
    aged = column_receptor(given, 960)
    assert np.abs(column_receptor(given) - aged).max() < 0.01
    own = aged[0, 0, :, 0, 0]
    assert (np.diff(own) < 0).all()  # the older, the less of it is still near the ground
    np.testing.assert_allclose(aged.mean(axis=2)[0, 0].sum(axis=0), 1.0, rtol=1e-12)
    parts = [column_matrices(replace(given, kz=given.kz * (n + 0.5) / 8), 960).matrix for n in range(8)]
    quarters = np.mean([parts[0::2], parts[1::2]], axis=0)[:, 0, 0]
    np.testing.assert_allclose(aged[0, 0], quarters, atol=2e-3)


def test_quarters_that_substeps_do_not_fill_are_refused() -> None:
    with pytest.raises(BadInput, match="multiples of 4"):
        column_receptor(morning(), 30)


def test_classes_differ_only_by_their_losses() -> None:
    given = column(3.0, wind=0.5, classes=3)
    given.deposition[1] = 0.01
    made = column_matrices(given)
    np.testing.assert_array_equal(made.matrix[0], made.matrix[2])
    assert np.all(made.matrix[1].sum(axis=1) <= made.matrix[0].sum(axis=1) + 1e-15)


def test_columns_past_a_block_are_reckoned_like_the_first() -> None:
    given = column(5.0, columns=1)
    many = ColumnInput(
        *(np.repeat(a, 131, axis=-1) for a in (given.mass_star, given.mass_after, given.z, given.kz)),
        THICKNESS,
        np.repeat(given.deposition, 131, axis=-1),
        np.repeat(given.scavenging, 131, axis=-1),
    )
    one, all_of_them = column_matrices(given), column_matrices(many)
    np.testing.assert_array_equal(all_of_them.matrix, np.repeat(one.matrix, 131, axis=1))


def test_single_precision_is_the_rounding_of_double() -> None:
    given = column(5.0, wind=0.5)
    narrow = column_matrices(given, dtype=np.float32).matrix
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(narrow, column_matrices(given).matrix.astype(np.float32))


def test_air_that_does_not_balance_is_refused() -> None:
    given = column(wind=0.5)
    with pytest.raises(BadInput, match="mass_after = mass_star"):
        replace(given, mass_after=given.mass_after * 1.01)
    with pytest.raises(BadInput, match="air in every layer"):
        replace(given, mass_star=-given.mass_star)
    with pytest.raises(BadInput, match="of at least 0"):
        replace(given, deposition=given.deposition - 0.1)
    with pytest.raises(BadInput, match="kz of shape"):
        replace(given, kz=given.kz[1:])
    for substeps in (0, 13):
        with pytest.raises(BadInput, match="multiples of 2"):
            column_matrices(given, substeps)
