"""Residence of a receptor's air, its error, and what may be said of a point source."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.transport.particles import HourLoss
from airshed.transport.residence import (
    VERDICTS,
    PointSource,
    release_backward,
    release_forward,
    share_of_point,
    shares_of_points,
    verdict_of,
)
from transport.particle_weather import GRID, HEIGHTS, LAYERS, MASS, NIGHT, NOON, closed_winds, made_weather

HERE = 8 * GRID.nx + 12
BLOCK = [row * GRID.nx + column for row in (7, 8, 9) for column in (11, 12, 13)]


@pytest.fixture(scope="module")
def steady():
    """Six hours of the same sheared wind to the east and north, mixing as at noon but weaker."""
    u = 2.0 + 3.0 * np.linspace(0, 1, LAYERS)[:, None, None]
    return made_weather(6, u=u, v=0.7, kz=NOON / 20)


def emitted(layer=0, rate=1.0):
    return np.eye(LAYERS)[[layer]] * rate


def test_residence_adds_up_to_the_lifetime_and_the_rest_is_older_or_outside(steady):
    found = release_backward(steady, BLOCK, 5, 6, 3200, seed=1)
    assert float(found.left.sum() + found.older) == pytest.approx(1, abs=1e-12)
    never_left = release_backward(made_weather(6, kz=NIGHT), BLOCK, 5, 6, 1600, seed=1)
    per_lag = never_left.residence.sum(["layer", "y", "x"])
    np.testing.assert_allclose(per_lag, [0.5, 1, 1, 1, 1, 1], rtol=1e-3)
    assert float(never_left.older) == pytest.approx(1)


def test_air_that_never_stirs_meets_what_its_own_cell_emits():
    found = share_of_point(
        made_weather(3), [HERE], 2, 1, PointSource("p", HERE, emitted(rate=3.6)), 1600, seed=1
    )
    assert found.contribution == pytest.approx(3.6e9 * 0.5 / (1e8 * 40), rel=1e-3)
    assert found.verdict == "near field, unresolved"


def test_forward_and_backward_agree_within_their_sampling_error(steady):
    source = 6 * GRID.nx + 8
    backward = release_backward(steady, BLOCK, 5, 6, 16_000, seed=2)
    forward = release_forward(steady, source, 0, 0, 6, 3_200, seed=3, lasting=6)
    row, column = divmod(source, GRID.nx)
    one = backward.isel(layer=0, y=row, x=column)
    received = one.sensitivity.sum().item()
    error = np.sqrt(
        ((one.sensitivity / one.residence.where(one.residence > 0) * one.residence_error) ** 2).sum()
    )
    cells = forward.concentration.isel(time=5, layer=0).values.ravel()[BLOCK]
    errors = forward.concentration_error.isel(time=5, layer=0).values.ravel()[BLOCK]
    assert received > 8 * float(error)
    assert abs(received - cells.mean()) < 4 * np.hypot(float(error), errors.mean())


@pytest.mark.parametrize("parent", [False, True], ids=["breathed", "parent"])
def test_loss_and_conversion_are_the_same_both_ways(steady, parent):
    shape = (LAYERS, *GRID.shape)
    so2, sulfate, conversion = (np.full(shape, r) for r in (0.25, 0.05, 0.1))
    source = 6 * GRID.nx + 8

    def back(_hour):
        return HourLoss(sulfate, so2, conversion)

    def forth(_hour):
        return HourLoss(so2, sulfate, conversion) if parent else HourLoss(sulfate, so2, 0 * conversion)

    point = PointSource("p", source, emitted(), parent)
    share = share_of_point(steady, BLOCK, 5, 6, point, 16_000, seed=4, loss=back)
    plume = release_forward(steady, source, 0, 0, 6, 3_200, seed=5, lasting=6, loss=forth)
    name = "child_concentration" if parent else "concentration"
    cells = plume[name].isel(time=5, layer=0).values.ravel()[BLOCK]
    errors = plume[f"{name}_error"].isel(time=5, layer=0).values.ravel()[BLOCK]
    assert share.contribution > 6 * share.standard_error
    assert abs(share.contribution - cells.mean()) < 4 * np.hypot(share.standard_error, errors.mean())


def test_uniform_emission_in_a_closed_still_box_gives_the_same_share_everywhere():
    u, v = closed_winds()
    weather = made_weather(4, u=u, v=v, kz=NOON)
    found = release_backward(weather, [HERE], 3, 4, 3200, seed=6)
    mass = MASS[:, None, None] * GRID.area
    rate = 0.01 * mass  # [kg h-1]: a hundredth of the air in every hour
    got = (found.sensitivity * rate).sum(["layer", "y", "x"])
    per_hour = 0.01 * 1e9 * found.attrs["density"]
    np.testing.assert_allclose(got, per_hour * np.array([0.5, 1, 1, 1]), rtol=1e-3)


def test_the_standard_error_is_the_scatter_of_repeated_runs(steady):
    point = PointSource("p", 8 * GRID.nx + 8, emitted())
    runs = [share_of_point(steady, BLOCK, 5, 6, point, 1600, seed=s, step=300) for s in range(16)]
    scatter = np.std([r.contribution for r in runs], ddof=1)
    claimed = np.sqrt(np.mean([r.standard_error**2 for r in runs]))
    assert 0.6 < claimed / scatter < 1.7


def test_many_points_of_one_run_are_the_points_one_by_one_and_agree_with_the_footprint(steady):
    points = [PointSource(f"p{c}", 8 * GRID.nx + c, np.full((6, LAYERS), 0.1)) for c in (3, 6, 9)]
    together = shares_of_points(steady, BLOCK, 5, 6, points, 1600, seed=7)
    alone = [share_of_point(steady, BLOCK, 5, 6, p, 1600, seed=7) for p in points]
    assert together == alone
    found = release_backward(steady, BLOCK, 5, 6, 1600, seed=7)
    for point, share in zip(points, together, strict=True):
        row, column = divmod(point.cell, GRID.nx)
        expected = 0.1 * float(found.sensitivity.isel(y=row, x=column).sum())
        assert share.contribution == pytest.approx(expected, rel=1e-10)
    assert together[2].distance == 2
    assert together[2].verdict == "near field, unresolved"


def test_weights_of_cells_draw_particles_in_proportion():
    found = release_backward(made_weather(1), [30, 40], 0, 1, 1600, seed=1, weights=[0.25, 0.75])
    spent = found.residence.sum("layer").values.ravel()
    assert spent[30] == pytest.approx(0.125, rel=0.02)
    assert spent[40] == pytest.approx(0.375, rel=0.02)


@example(1.0, 0.5, 2)
@example(1.0, 0.5, 3)
@example(1.0, 1.0, 3)
@given(st.floats(0, 1e3), st.floats(1e-6, 1e3), st.integers(0, 50))
def test_a_share_is_resolved_only_beyond_its_error_and_beyond_two_cells(share, error, distance):
    verdict = verdict_of(share, error, distance)
    assert (verdict == "near field, unresolved") == (distance <= 2)
    assert (verdict == "resolved") == (distance > 2 and share > error)
    assert set(VERDICTS[verdict]) == {"zh", "en"}


def test_a_source_the_air_never_met_is_not_resolved(steady):
    found = share_of_point(steady, BLOCK, 5, 2, PointSource("far", 19, emitted()), 160, seed=1)
    assert (found.contribution, found.standard_error, found.verdict) == (0, 0, "not resolved")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"hour": 6}, "hours of the weather"),
        ({"lags": 7}, "hours of the weather"),
        ({"cells": [GRID.cells]}, "cells from 0"),
        ({"cells": [5, 5]}, "cells that differ"),
        ({"weights": [0.5]}, "weight"),
        ({"points": [PointSource("n", 3, -emitted())]}, "at least 0"),
        ({"points": [PointSource("n", 3, np.ones((2, LAYERS)))]}, "emission of n"),
        ({"points": [PointSource("n", 3, emitted(), parent=True)]}, "loss"),
    ],
)
def test_what_cannot_be_reckoned_is_refused_by_name(steady, change, word):
    asked = {"cells": [HERE], "hour": 5, "lags": 6, "points": [], "count": 160, "seed": 1} | change
    with pytest.raises(BadInput, match=word):
        shares_of_points(steady, **asked)


def test_a_release_above_the_top_is_refused(steady):
    with pytest.raises(BadInput, match="layer"):
        release_forward(steady, HERE, len(HEIGHTS) - 1, 0, 1, 160, seed=1)
