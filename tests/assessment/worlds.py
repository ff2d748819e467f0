"""Workspaces for tests: the real file taken in once, and empty ones whose days a test makes up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pytest

import airshed
from airshed.assessment import gathering
from airshed.observations import ingest
from airshed.workspace import Workspace
from conftest import shared_data

from .samples import daily

BEIJING, TIANJIN = "gb2260:110000", "gb2260:120000"
CLEAN = {"pm25": 20.0, "pm10": 40.0, "so2": 10.0, "no2": 20.0, "co": 1.0, "o3_mda8": 60.0}


@cache
def real_workspace() -> Workspace:
    """A workspace with the real daily city file, made once for all tests."""
    path = shared_data("air_quality/city_daily_366cities_20131202_20160229.parquet")
    workspace = airshed.init(Path(mkdtemp(prefix="airshed-assessment-")))
    ingest(workspace, [path], feed="city-daily", by="test")
    return workspace


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def level(
    place: str, first: date, last: date, figures: dict[str, float] | None = None, **more: object
) -> pl.DataFrame:
    """The same figures every day."""
    figures = CLEAN if figures is None else figures
    return daily(((place, v, d, x) for d in span(first, last) for v, x in figures.items()), **more)


class World:
    """A workspace whose city days are what a test says."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.workspace = airshed.init(folder)
        self.daily = daily([])
        self.without_dust: pl.DataFrame | None = None
        self.weather: pl.DataFrame | None = None
        patch.setattr(gathering, "city_daily", self._city_daily)
        patch.setattr(gathering.Source, "weather", lambda _, places, period: self._weather())

    def _city_daily(
        self, _workspace, _view, cities, first, last, *, without_dust=False, **_more
    ) -> pl.DataFrame:
        table = self.without_dust if without_dust and self.without_dust is not None else self.daily
        return table.filter(pl.col("place").is_in(cities) & pl.col("day").is_between(first, last))

    def _weather(self) -> pl.DataFrame:
        schema = {"place": pl.String, "day": pl.Date, "temperature": pl.Float64, "pressure": pl.Float64}
        return pl.DataFrame(schema=schema) if self.weather is None else self.weather


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path / "workspace", monkeypatch)
    yield made
    made.workspace.close()
