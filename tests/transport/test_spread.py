"""Footprints on two processes: what one process reckons."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

from airshed.transport.backward import Memory
from airshed.transport.case import Case, Description, create_case
from airshed.transport.run import run_concentrations, run_footprints, run_operators
from airshed.transport.shelf import Shelf
from airshed.transport.spread import processes
from transport.small import PLACES, small_owners, small_release, small_study


def small_case(folder: Path, name: str) -> Case:
    study = small_study(48)
    receptors = {r.id: (tuple(map(int, r.cells)), tuple(map(float, r.weights))) for r in study.receptors}
    about = Description(
        name, "bth13", "random", True, PLACES, PLACES, receptors, {"fine": 12.0}, memory=Memory(1, 1)
    )
    release = small_release(study.grid)
    return create_case(folder, about, study.weather, release, small_owners(release))


@pytest.mark.slow
def test_two_processes_and_a_cluster_of_ones_own_give_what_one_process_gives(tmp_path):
    held = {}
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as own,
    ):
        for how, workers, client in (("alone", 1, None), ("two", 2, None), ("own cluster", 2, own)):
            case = small_case(tmp_path, how)
            run_operators(case)
            run_concentrations(case)
            run_footprints(case, case.days, workers=workers, client=client)
            group = Shelf(case).group
            held[how] = {
                name: group[name][:] for name in ("given", "rests", "bulk", "negative", "footprint", "done")
            }
    alone = held.pop("alone")
    assert alone["done"].all()
    for how, found in held.items():
        for name, array in alone.items():
            # What comes in through the sides is summed by BLAS, whose order depends on the number of columns.
            tolerance = 2e-6 if name == "rests" else 1e-12
            np.testing.assert_allclose(found[name], array, rtol=tolerance, atol=0, err_msg=f"{how}: {name}")


@pytest.mark.slow
def test_processes_keep_the_memory_they_free(monkeypatch):
    """A worker that hands memory back at once spends a fifth of its time on having it cleared again."""
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)  # a cluster started before leaves it here
    with processes(1) as client:
        (held,) = client.run(os.environ.get, "MALLOC_TRIM_THRESHOLD_").values()
    assert held is None


def test_a_run_that_was_stopped_goes_on_with_the_days_that_are_missing(tmp_path):
    case = small_case(tmp_path, "stopped")
    run_operators(case)
    run_concentrations(case)
    run_footprints(case, case.days[:1])
    assert Shelf(case).missing(case.days, list(case.about.receptors)) == [case.days[1]]
    first = Shelf(case).group["given"][0]
    run_footprints(case, case.days)
    assert Shelf(case).missing(case.days, list(case.about.receptors)) == []
    np.testing.assert_array_equal(Shelf(case).group["given"][0], first)
