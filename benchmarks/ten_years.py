"""Assess ten national years (1,600 stations x 6 pollutants, hourly: 0.84 G values) and print peak resident memory.

    python -m benchmarks.ten_years [--folder FOLDER] [--years 10]

Making the network takes some minutes and about a GB of disk, once.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.national import cities_of_china, make

from airshed.assessment import assess

STATIONS, CITIES, FIRST_YEAR = 1600, 337, 2014
BOUND_GB = 4.0


def main() -> None:
    """Assess year by year in one process, as a trend would, then print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "airshed-national-1600")
    parser.add_argument("--years", type=int, default=10)
    asked = parser.parse_args()
    begin = datetime(FIRST_YEAR - 1, 12, 1, tzinfo=UTC)
    workspace = make(asked.folder, STATIONS, CITIES, begin, 12 * asked.years + 2)
    cities = cities_of_china(workspace, CITIES)
    values = sum(f.rows for f in workspace.snapshot().all_files)
    started = time.perf_counter()
    last = FIRST_YEAR + asked.years - 1
    done = assess(workspace, cities=cities, start=date(FIRST_YEAR, 1, 1), end=date(last, 12, 31))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{values:,} values, {done.rows.height} rows in {seconds:.1f} s ({values / seconds / 1e6:.1f} M values/s)"
    )
    print(f"peak resident memory {peak:.2f} GB, wanted under {BOUND_GB} GB")


if __name__ == "__main__":
    main()
