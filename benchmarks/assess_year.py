"""Assess one year of 600 stations x 6 pollutants, hourly, beside SQL written by hand for DuckDB: the same rows.

python -m benchmarks.assess_year [--folder FOLDER] [--runs 5]
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
from benchmarks.harness import HEADER, Way, compare
from benchmarks.national import cities_of_china, make

import airshed
from airshed.assessment import assess
from airshed.quantities import BEIJING
from airshed.store import to_micros
from airshed.workspace import Workspace

FIRST, LAST = date(2015, 1, 1), date(2015, 12, 31)
STATIONS, CITIES = 600, 168
COMMON = [
    "pm25", "pm10", "so2", "no2", "co", "o3", "composite", "attains", "rank", "valid_days", "good_days", "heavy_days",
    "level_1", "level_2", "level_3", "level_4", "level_5", "level_6", "primary_pm25", "primary_pm10", "primary_so2",
    "primary_no2", "primary_co", "primary_o3", "o3_exceedance_days", "good_days_lost_to_o3", "good_share",
]  # fmt: skip


def warm(folder: Path) -> Workspace:
    """The workspace open, its libraries and law loaded, as in a process that has answered before."""
    workspace = airshed.open(folder)
    day = FIRST.replace(month=12, day=1)
    assess(workspace, cities=cities_of_china(workspace, 1), start=day, end=day)
    return workspace


def ours(workspace: Workspace) -> pl.DataFrame:
    """The library's way, nothing remembered."""
    cities = cities_of_china(workspace, CITIES)
    return assess(workspace, cities=cities, start=FIRST, end=LAST).rows.filter(pl.col("kind") == "city")


def by_hand(workspace: Workspace) -> pl.DataFrame:
    """The SQL file, on the same Parquet files."""
    span = BEIJING.days(FIRST, LAST)
    files = workspace.snapshot().files(period=60, start=span.start, end=span.end)
    ends = range(8, 25)
    sums = ",\n    ".join(
        f"{what}(o3) filter (hour >= {e - 8} and hour < {e}) as {what[0]}{e}"
        for e in ends
        for what in ("sum", "count")
    )
    connection = duckdb.connect()
    cities = set(cities_of_china(workspace, CITIES))
    member = workspace.gazetteer.station_table().filter(pl.col("city").is_in(cities)).select("id", "city")
    connection.register("member", member.to_arrow())
    text = (
        (Path(__file__).parent / "assess_year.sql")
        .read_text(encoding="utf-8")
        .format(
            files=workspace.snapshot().paths(files),
            first=to_micros(span.start),
            last=to_micros(span.end),
            window_sums=sums,
            windows=" + ".join(f"(c{e} >= 6)::int" for e in ends),
            greatest="greatest("
            + ", ".join(f"case when c{e} >= 6 then s{e} / c{e} else -1 end" for e in ends)
            + ")",
        )
    )
    return pl.DataFrame(pl.from_arrow(connection.sql(text).to_arrow_table()))


def same_rows(a: pl.DataFrame, b: pl.DataFrame) -> None:
    """Both ways must give the same figures, or the times mean nothing."""
    left = a.sort("place").select("place", *COMMON)
    right = b.rename({"city": "place"}).sort("place").select("place", *COMMON)
    for name in COMMON:
        x, y = left[name].cast(pl.Float64), right[name].cast(pl.Float64)
        worst = (x - y).abs().max()
        assert left["place"].equals(right["place"])
        assert worst is not None, name
        assert worst < 1e-9, (name, worst)


def main() -> None:
    """Make the network, check that the rows are the same, measure in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "airshed-national-600")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    workspace = make(asked.folder, STATIONS, CITIES, datetime(2014, 12, 1, tzinfo=UTC), 14)
    same_rows(ours(workspace), by_hand(workspace))
    workspace.close()
    opened = partial(warm, asked.folder)
    result = compare(
        "assess one year",
        Way("airshed", ours, opened),
        Way("DuckDB by hand", by_hand, opened),
        runs=asked.runs,
    )
    result.show()
    result.keep()
    print(HEADER, result.row(bound="<= 1.3 x"), sep="\n")


if __name__ == "__main__":
    main()
