"""Flags in the lake: the same whether files come whole, in pieces, or in another order."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from airshed.observations.ingest import ingest
from airshed.observations.quality import flag_counts
from airshed.workspace import Settings, init

MAPPING = {
    "source": "mine",
    "place": {"column": "place"},
    "time": {"column": "time"},
    "columns": {
        "PM10": {"variable": "pm10", "unit": "ug/m3"},
        "O3": {"variable": "o3", "unit": "ug/m3"},
    },
}
DAYS = 42
PIECES = {"a.csv": (0, 10), "b.csv": (10, 21), "c.csv": (21, 24), "d.csv": (24, DAYS)}  # days


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six weeks of one city. Every third day O3 stands still; every fifth, PM10 rises for two and a half."""
    folder = tmp_path_factory.mktemp("pieces")
    hours = range(DAYS * 24)
    stuck = [130 if h % 72 in range(6, 19) else 40 + h % 37 for h in hours]
    dusty = [500 + h % 7 if h % 120 in range(11, 70) else 80 + h % 5 for h in hours]
    midnight = datetime(2015, 1, 1)  # noqa: DTZ001 -- local, as such files are
    table = pl.DataFrame(
        {
            "place": ["gb2260:130200"] * len(hours),
            "time": [str(midnight + timedelta(hours=h)) for h in hours],
            "PM10": dusty,
            "O3": stuck,
        }
    )
    for name, (first, last) in PIECES.items():
        table[first * 24 : last * 24].write_csv(folder / name)
    return folder


def state(workspace_folder: Path, folder: Path, *groups: list[str]) -> pl.DataFrame:
    workspace = init(workspace_folder, Settings(region="bth13"))
    for names in groups:
        ingest(workspace, [folder / n for n in names], feed="long", by="test", mapping=MAPPING)
    held = workspace.observations().select("place", "variable", "start", "value", "flag")
    workspace.close()
    return held


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> pl.DataFrame:
    return state(tmp_path_factory.mktemp("whole") / "w", folder, list(PIECES))


def test_the_made_weeks_hold_runs_and_dust(whole: pl.DataFrame) -> None:
    assert flag_counts(whole)["stuck"] == 13 * DAYS // 3
    assert flag_counts(whole)["dust"] > 300


@pytest.mark.parametrize("order", ["abcd", "cadb"])
def test_files_fed_one_by_one_in_any_order_leave_the_flags_of_all_fed_at_once(
    tmp_path: Path, folder: Path, whole: pl.DataFrame, order: str
) -> None:
    pieces = state(tmp_path / "w", folder, *[[f"{letter}.csv"] for letter in order])
    assert pieces.equals(whole)
