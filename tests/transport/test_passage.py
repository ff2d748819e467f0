"""What passes through receptors' cells: the paths of all cells, asked one by one."""

from __future__ import annotations

import numpy as np
import pytest

from airshed.transport.passage import passages
from airshed.transport.smear import Weighting, smear_lists

LAYERS, NY, NX = 3, 23, 31


@pytest.mark.parametrize("swift", [0.4, 3.0, 9.0])  # [cells an hour]: calm, windy, beyond the nodes of a path
@pytest.mark.parametrize("weighting", list(Weighting))
def test_no_cell_whose_path_touches_a_seen_one_is_left_out(weighting: Weighting, swift: float) -> None:
    rng = np.random.default_rng(5)
    moved = rng.normal(0, swift, (LAYERS, NY, NX, 2))
    seen = np.unique(np.r_[0, NX - 1, NY * NX - 1, rng.integers(0, NY * NX, 12)]).astype(np.int64)
    found = passages(moved, seen, weighting)
    dense = np.zeros((len(seen), LAYERS, NY * NX))
    np.add.at(dense, (found.seen, found.layer, found.cell), found.weight.sum(axis=1))
    start, index, share = smear_lists(moved.reshape(LAYERS, -1, 2), NX, weighting)
    wanted = np.zeros_like(dense)
    for layer in range(LAYERS):
        for source in range(NY * NX):
            for entry in range(start[layer, source], start[layer, source + 1]):
                wanted[seen == index[layer, entry], layer, source] += share[layer, entry]
    np.testing.assert_allclose(dense, wanted, rtol=0, atol=1e-15)
    assert (np.diff(found.seen) >= 0).all()


def test_lists_have_room_for_paths_of_any_length() -> None:
    """Diagonal paths are the longest lists; beyond 16 cells their places lie more than a cell apart."""
    for length in (0.3, 1.9, 4.8, 7.0, 11.0, 25.0, 60.0):
        moved = np.full((1, 90 * 90, 2), length / np.sqrt(2))
        start, index, share = smear_lists(moved, 90)
        assert start[0, -1] <= index.shape[1]
        first = slice(start[0, 0], start[0, 1])
        assert share[0, first].sum() == pytest.approx(1.0, rel=1e-13)
