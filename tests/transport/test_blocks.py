"""Columns of the backward march: whose is whose, before and after they are moved."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from airshed.transport.blocks import ENDED, SPARE, Blocks
from airshed.transport.nouns import Receptor
from transport.small import small_study

FIRST, SECOND, THIRD = date(2026, 1, 3), date(2026, 1, 2), date(2026, 1, 1)
MANY = SPARE + 8


@pytest.fixture(scope="module")
def study():
    made = small_study(2)
    made.receptors[:] = [Receptor(str(n), np.array([n]), np.ones(1)) for n in range(MANY)]
    return made


def written(blocks: Blocks, day: date, value: float) -> None:
    """Receptor r's columns hold ``value + r``."""
    for held in (blocks.field, blocks.footprint, blocks.sums, blocks.rests):
        for array in held.values():
            array[..., blocks.of(day)] = value + np.arange(MANY)


def test_a_day_keeps_what_is_its_own_when_columns_are_taken_freed_and_moved(study):
    blocks = Blocks(study, True)
    blocks.open(FIRST)
    written(blocks, FIRST, 100.0)
    blocks.open(SECOND)
    written(blocks, SECOND, 500.0)
    before = blocks.columns
    blocks.end(FIRST, np.arange(MANY) != 7)  # all but one: enough to move the others together
    assert blocks.columns < before
    blocks.open(THIRD)
    assert sorted({*blocks.of(SECOND), *blocks.of(THIRD), blocks.of(FIRST)[7]}) == list(range(2 * MANY + 1))
    for held in (blocks.field, blocks.sums):
        first, second = (
            blocks.read(next(iter(held.values())), day).reshape(-1, MANY) for day in (FIRST, SECOND)
        )
        assert (first[:, 7] == 107).all()
        assert not np.delete(first, 7, axis=1).any()
        assert (second == 500 + np.arange(MANY)).all()


def test_a_column_begins_at_zero_for_whoever_takes_it_next():
    study = small_study(2)  # few receptors: their columns are taken again where they stand
    blocks = Blocks(study, True)
    blocks.open(FIRST)
    blocks.open(SECOND)
    theirs = set(blocks.of(FIRST).tolist())
    for array in blocks.field.values():
        array[:] = 1.0
    blocks.end(FIRST, np.ones(len(study.receptors), dtype=bool))
    blocks.open(THIRD)
    assert theirs & set(blocks.of(THIRD).tolist())
    for held in (blocks.field, blocks.footprint, blocks.sums, blocks.rests):
        for array in held.values():
            assert not array[..., sorted(theirs & set(blocks.of(THIRD).tolist()))].any()


def test_columns_of_receptors_that_ended_are_nobodys(study):
    blocks = Blocks(study, True)
    blocks.open(FIRST)
    blocks.end(FIRST, np.arange(MANY) < 9)
    assert blocks.of(FIRST)[:9].tolist() == [ENDED] * 9


def test_footprints_are_lifted_receptor_by_receptor_and_cleared(study):
    blocks = Blocks(study, True)
    blocks.open(FIRST)
    written(blocks, FIRST, 8.0)
    blocks.end(FIRST, np.arange(MANY) == 2)
    found = blocks.lift(FIRST, 0.125)
    assert found.shape == (MANY, len(blocks.footprint), 4, study.grid.cells)
    assert [float(found[n].min()) for n in (0, 2, 8)] == [1.0, 0.0, 2.0]
    assert not blocks.lift(FIRST, 1.0).any()


def test_the_last_memory_that_ends_ends_the_day(study):
    blocks = Blocks(study, False)
    blocks.open(FIRST)
    blocks.end(FIRST, np.ones(MANY, dtype=bool))
    assert blocks.live() == []
    blocks.open(SECOND)
    assert blocks.live() == [SECOND]
