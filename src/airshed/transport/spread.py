"""Footprints on several processes or machines, by Dask: some of the days or of the receptors each, with equal results.

Days that follow each other share the way back, receptors the reading of operators. A part of many days loses little by
going its own way back; where the days are few, the receptors are dealt out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numba

from airshed.transport.case import Case
from airshed.transport.run import footprint_days
from airshed.transport.shelf import Settled, Shelf

__all__ = ["part_of_footprints", "processes", "spread_footprints"]

RUN: Final = 6  # [d] a worker's part at least, where days are dealt out: two or three times the memory


@contextmanager
def processes(count: int) -> Iterator[Any]:
    """A Dask client of ``count`` processes on this machine, one thread each, for as long as the context lasts.

    Dask has its workers hand freed memory back at once (``MALLOC_TRIM_THRESHOLD_``). A march frees and asks for tens
    of MB every hour: a fifth of its time went into pages given back and cleared again. Here the allocator keeps them.
    """
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}),
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def spread_footprints(
    case: Case,
    days: Sequence[date],
    receptors: Sequence[str],
    footprints: bool,
    workers: int,
    progress: Callable[[int, int, str], None] | None = None,
    client: Any = None,
) -> Iterator[Settled]:
    """Hand out days or receptors in equal parts; a column of the march never knows its neighbours: nothing changes.

    Parameters:
        workers: number of parts; of processes too, where no ``client`` is given.
        client: of a Dask cluster whose machines see the case's folder; none: processes here, for as long as it takes.
    """
    from distributed import as_completed

    Shelf(case).group  # noqa: B018 -- laid out once, before several processes write into it
    parts = _parts(days, receptors, workers)
    with processes(workers) if client is None else nullcontext(client) as cluster:
        tasks = [
            cluster.submit(part_of_footprints, str(case.root), *part, footprints, case.beside, pure=False)
            for part in parts
        ]
        for number, task in enumerate(as_completed(tasks)):
            yield from task.result()
            if progress is not None:
                progress(number + 1, len(parts), "footprints, parts of the work")


def _parts(
    days: Sequence[date], receptors: Sequence[str], workers: int
) -> list[tuple[list[date], tuple[str, ...]]]:
    """Days and receptors of each part; none is empty.

    >>> days = [date(2026, 1, n) for n in range(1, 15)]
    >>> [(len(of), len(who)) for of, who in _parts(days, ("a", "b", "c"), 2)]
    [(7, 3), (7, 3)]
    >>> [(len(of), len(who)) for of, who in _parts(days[:2], ("a", "b", "c"), 2)]
    [(2, 2), (2, 1)]
    """
    if len(days) >= RUN * workers:
        ordered, bounds = sorted(days), [len(days) * n // workers for n in range(workers + 1)]
        return [(ordered[low:high], tuple(receptors)) for low, high in pairwise(bounds)]
    return [(list(days), tuple(receptors[n::workers])) for n in range(min(workers, len(receptors)))]


def part_of_footprints(
    folder: str, days: Sequence[date], receptors: Sequence[str], footprints: bool, beside: bool = False
) -> list[Settled]:
    """One part, on a worker, with one thread; ``beside``: by the positive path beside the case's first."""
    numba.set_num_threads(1)
    return list(footprint_days(Case(Path(folder), beside=beside), days, receptors, footprints))
