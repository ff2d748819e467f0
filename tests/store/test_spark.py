"""Spark and DuckDB read the same files through the same expressions and say the same."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from airshed.observations.averages import city_daily, city_hourly, latest
from airshed.observations.flags import Flag
from airshed.places import Station
from airshed.store import SparkEngine, View
from airshed.workspace import Settings, Workspace, init, open_workspace
from conftest import skip_loudly

from .samples import HOUR, ZERO, feed, row, ticking

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]
VIEW = View.everything()
CITIES = ("gb2260:110000", "gb2260:120000")
FIRST, LAST = date(2020, 1, 1), date(2020, 1, 6)


@pytest.fixture(scope="module")
def engine() -> Iterator[SparkEngine]:
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        skip_loudly("Spark wants pyspark and Java")
    made = SparkEngine()
    yield made
    made.session.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cities with two stations each, twelve days, gaps, two sources, flags, a revision, reported days."""
    path = tmp_path_factory.mktemp("spark") / "w"
    workspace = init(path, Settings(prefer=("other",)))
    stations = [
        Station(f"own:{n}", {"zh": str(n), "en": str(n)}, CITIES[n % 2], same_as="own:1" if n == 5 else None)
        for n in range(6)
    ]
    with workspace.transaction() as tx:
        workspace.remember_stations(tx, stations, replace=False)
    rows = [
        row(n, 20.0 + (n * (s + 3)) % 97 / 7, place=f"own:{s}", variable=variable, source=source,
            flag=int(Flag.ZERO_MISSING) if (n + s) % 31 == 0 else 0)
        for n in range(6 * 24)
        for s in range(6)
        for variable in ("pm25", "pm10", "o3", "co")
        for source in ("made", "other")
        if (n * 7 + s) % 11 and (source == "made" or n % 3)
    ]  # fmt: skip
    now = ticking()
    feed(workspace, rows, now)
    feed(workspace, [row(n, 99.0, place="own:0", issued=n) for n in range(40)], now)
    daily = [
        {**row(0, 60.0, place=c, hours=24, source="paper"), "start": ZERO + k * 24 * HOUR - 8 * HOUR,
         "end": ZERO + k * 24 * HOUR + 16 * HOUR, "variable": "so2"}
        for c in CITIES for k in range(5)
    ]  # fmt: skip
    feed(workspace, daily, now)
    workspace.close()
    return path


@pytest.fixture
def both(folder: Path, engine: SparkEngine) -> tuple[Workspace, Workspace]:
    return open_workspace(folder), open_workspace(folder, engine)


def same(one: pl.DataFrame, other: pl.DataFrame, *by: str) -> None:
    assert one.height > 0
    assert_frame_equal(one.sort(by), other.sort(by), check_exact=False, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("without_dust", [False, True])
def test_city_days_are_equal(both: tuple[Workspace, Workspace], without_dust: bool) -> None:
    one, other = (city_daily(w, VIEW, CITIES, FIRST, LAST, without_dust=without_dust) for w in both)
    same(one, other, "place", "variable", "day")
    assert set(one["basis"]) == {"computed", "reported"}


def test_city_hours_are_equal(both: tuple[Workspace, Workspace]) -> None:
    end = ZERO + timedelta(days=3)
    one, other = (city_hourly(w, VIEW, CITIES, ZERO, end) for w in both)
    same(one, other, "place", "variable", "start")


def test_rows_are_read_equal(both: tuple[Workspace, Workspace]) -> None:
    asked = {"places": ["own:0"], "variables": ["pm25"], "start": ZERO, "end": ZERO + timedelta(days=2)}
    one, other = (w.observations(**asked) for w in both)
    same(one, other, "start", "source")
    assert [w.observations(**asked, as_of=ZERO).height for w in both] == [0, 0]


def test_the_latest_values_are_equal(both: tuple[Workspace, Workspace]) -> None:
    one, other = (latest(w, VIEW, ["own:0", "own:1"]) for w in both)
    same(one, other, "place", "variable")


def test_a_session_that_exists_already_is_used_again(engine: SparkEngine) -> None:
    assert SparkEngine(engine.session).session is engine.session
    assert SparkEngine().session is engine.session
    assert engine.session.sparkContext.master == "local[2]"
