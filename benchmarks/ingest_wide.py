"""Ingest hourly wide CSV of the national archive form, synced, beside bare Polars from the same files to the same rows.

    python -m benchmarks.ingest_wide [--days 14] [--stations 1600] [--runs 3]

The reference reads, unpivots, casts and writes one Parquet file a file: no check, no flag, no merge, no sync.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.harness import HEADER, Way, compare
from benchmarks.national import SPREAD, cities_of_china

import airshed
from airshed.observations import ingest
from airshed.places import Station
from airshed.workspace import Workspace

TYPES = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
FIRST = date(2015, 3, 1)


def make_files(folder: Path, days: int, stations: int, seed: int = 11) -> list[Path]:
    """Daily files ``date,hour,type,1000A,…`` with values that move like a series, and gaps."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    codes = [f"{1000 + i}A" for i in range(stations)]
    state = {k: np.full(stations, SPREAD[v][0], dtype=float) for k, v in TYPES.items()}
    paths = []
    for n in range(days):
        day = FIRST + timedelta(n)
        path = folder / f"china_sites_{day:%Y%m%d}.csv"
        paths.append(path)
        if path.exists():
            continue
        lines = ["date,hour,type," + ",".join(codes)]
        for hour in range(24):
            for kind, v in TYPES.items():
                mean, steps = SPREAD[v]
                state[kind] += 0.2 * (mean - state[kind]) + generator.normal(0, mean * 0.25, stations)
                values = np.ceil(np.abs(state[kind]) * steps) / steps
                gap = generator.random(stations) < 0.03
                cells = ("" if g else f"{x:g}" for x, g in zip(values, gap, strict=True))
                lines.append(f"{day:%Y%m%d},{hour},{kind}," + ",".join(cells))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def fresh_workspace(stations: int) -> Workspace:
    """An empty workspace that knows the stations."""
    workspace = airshed.init(tempfile.mkdtemp(prefix="airshed-bench-"))
    cities = cities_of_china(workspace, 168)
    monitors = [
        Station(f"cnemc:{1000 + i}A", {"zh": f"站{i}", "en": f"S{i}"}, cities[i % len(cities)], source="made")
        for i in range(stations)
    ]
    with workspace.transaction() as transaction:
        workspace.remember_stations(transaction, monitors, replace=True)
    assert workspace.law.digest  # loaded, as in a process that has fed before
    assert workspace.gazetteer.station_table().height > stations
    return workspace


def ours(paths: list[Path], workspace: Workspace) -> int:
    """Ingest, acknowledged and synced."""
    report = ingest(
        workspace, paths, feed="cnemc", by="benchmark", now=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert not report.refused, report.refused[:3]
    shutil.rmtree(workspace.folder)
    return report.total("accepted")


def bare_polars(paths: list[Path], folder: Path) -> int:
    """The least that gives the same long rows as Parquet."""
    rows = 0
    for path in paths:
        wide = pl.read_csv(path)
        long = (
            wide.filter(pl.col("type").is_in(list(TYPES)))
            .unpivot(index=["date", "hour", "type"], variable_name="place", value_name="value")
            .filter(pl.col("value").is_not_null())
            .select(
                place=pl.lit("cnemc:") + pl.col("place"),
                variable=pl.col("type").replace_strict(TYPES),
                start=(
                    pl.col("date").cast(pl.String).str.to_datetime("%Y%m%d", time_unit="us")
                    + pl.duration(hours=pl.col("hour") - 8)
                ).dt.replace_time_zone("UTC"),
                value=pl.col("value").cast(pl.Float64),
            )
            .with_columns(end=pl.col("start") + timedelta(hours=1))
        )
        long.write_parquet(folder / f"{path.stem}.parquet", compression="zstd", compression_level=1)
        rows += long.height
    return rows


def temporary_folder() -> Path:
    """A folder of its own for each run."""
    return Path(tempfile.mkdtemp(prefix="airshed-bare-"))


def main() -> None:
    """Make the files, check that both ways give as many rows, measure in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--stations", type=int, default=1600)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    folder = Path(tempfile.gettempdir()) / f"airshed-wide-{asked.stations}"
    paths = make_files(folder, asked.days, asked.stations)
    rows = bare_polars(paths, temporary_folder())
    assert rows == ours(paths, fresh_workspace(asked.stations))
    result = compare(
        "ingest wide hourly CSV",
        Way("airshed, synced", partial(ours, paths), partial(fresh_workspace, asked.stations)),
        Way("bare Polars", partial(bare_polars, paths), temporary_folder),
        runs=asked.runs,
    )
    result.show()
    result.keep()
    print(f"{rows:,} values: {rows / result.ours.seconds:,.0f} a second")
    print(HEADER, result.row(bound="<= 2 x"), sep="\n")


if __name__ == "__main__":
    main()
