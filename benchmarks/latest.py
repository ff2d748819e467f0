"""Newest value of every station of a region, and a past day as it was known, in a warm process.

    python -m benchmarks.latest [--folder FOLDER] [--runs 20]

The region is the 600 made stations of ``benchmarks.assess_year``; beside it stands the physical floor: one bare DuckDB
scan of the newest file's columns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from benchmarks.assess_year import CITIES, STATIONS
from benchmarks.national import cities_of_china, make

from airshed.observations import city_daily, latest
from airshed.store import View

BOUND_LATEST, BOUND_AS_OF = 0.050, 1.0


def timed(work: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Median and largest time of a call [s], after two that do not count."""
    times = []
    for turn in range(runs + 2):
        started = time.perf_counter()
        work()
        if turn > 1:
            times.append(time.perf_counter() - started)
    return statistics.median(times), max(times)


def main() -> None:
    """Open, warm, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "airshed-national-600")
    parser.add_argument("--runs", type=int, default=20)
    asked = parser.parse_args()
    workspace = make(asked.folder, STATIONS, CITIES, datetime(2014, 12, 1, tzinfo=UTC), 14)
    view, cities = View.everything(), cities_of_china(workspace, CITIES)
    stations = [s.id for s in workspace.gazetteer.stations(cities)]
    newest = workspace.snapshot().all_files[-1]
    path = str(workspace.lake.folder / newest.path)
    connection = duckdb.connect()
    end = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=newest.max_end)
    since = int((end - timedelta(hours=6)).timestamp() * 1e6)
    floor = f"select max(epoch_us(start)), count(value) from '{path}' where epoch_us(start) >= {since}"
    known = datetime(2015, 8, 1, tzinfo=UTC)

    def newest_values() -> None:
        workspace.forget()
        latest(workspace, view, stations)

    def as_of() -> None:
        workspace.forget()
        city_daily(workspace, view, cities, date(2015, 6, 15), date(2015, 6, 15), as_of=known)

    rows = [
        ("latest of 600 stations", timed(newest_values, asked.runs), BOUND_LATEST),
        ("one bare scan of that file", timed(lambda: connection.execute(floor).fetchall(), asked.runs), None),
        ("a past day as it was known", timed(as_of, asked.runs), BOUND_AS_OF),
    ]
    print("| work | median | largest | wanted |\n|---|---|---|---|")
    for name, (median, largest), bound in rows:
        wanted = "–" if bound is None else f"<= {bound * 1000:.0f} ms"
        print(f"| {name} | {median * 1000:.1f} ms | {largest * 1000:.1f} ms | {wanted} |")
    print(f"ratio latest / bare scan: {rows[0][1][0] / rows[1][1][0]:.1f}")


if __name__ == "__main__":
    main()
