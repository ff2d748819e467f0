"""Footprints on several processes or machines, by Dask: some of the receptors each, with equal results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numba

from airshed.transport.case import Case
from airshed.transport.run import footprint_days
from airshed.transport.shelf import Settled, Shelf

__all__ = ["part_of_footprints", "spread_footprints"]


def spread_footprints(
    case: Case,
    days: Sequence[date],
    receptors: Sequence[str],
    footprints: bool,
    workers: int,
    progress: Callable[[int, int, str], None] | None = None,
    client: Any = None,
) -> Iterator[Settled]:
    """Hand the receptors out in equal parts; a column of the march never knows its neighbours, so nothing changes.

    Parameters:
        workers: number of parts; of processes too, where no ``client`` is given.
        client: of a Dask cluster whose machines see the case's folder; none: processes here, for as long as it takes.
    """
    from distributed import Client, LocalCluster, as_completed

    Shelf(case).group  # noqa: B018 -- laid out once, before several processes write into it
    parts = [tuple(receptors[n::workers]) for n in range(workers)]
    own = client is None
    if own:
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        client = Client(cluster)
    try:
        tasks = [
            client.submit(
                part_of_footprints, str(case.root), list(days), part, footprints, case.beside, pure=False
            )
            for part in parts
        ]
        for number, task in enumerate(as_completed(tasks)):
            yield from task.result()
            if progress is not None:
                progress(number + 1, workers, "footprints, parts of the receptors")
    finally:
        if own:
            client.close()
            cluster.close()


def part_of_footprints(
    folder: str, days: Sequence[date], receptors: Sequence[str], footprints: bool, beside: bool = False
) -> list[Settled]:
    """One part, on a worker, with one thread; ``beside``: by the positive path beside the case's first."""
    numba.set_num_threads(1)
    return list(footprint_days(Case(Path(folder), beside=beside), days, receptors, footprints))
