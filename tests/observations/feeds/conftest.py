"""A gazetteer with a few stations, a clock that stands still, and a short way to read a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from airshed.observations.feeds import feed
from airshed.observations.schema import Batch, FeedContext, Refusal
from airshed.places import Gazetteer, Station

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
STATIONS = [
    Station("cnemc:1001A", {"zh": "万寿西宫", "en": "Wanshouxigong"}, "gb2260:110000"),
    Station("cnemc:1003A", {"zh": "东四", "en": "Dongsi"}, "gb2260:110000"),
    Station("cnemc:1013A", {"zh": "市监测中心", "en": "Shijiancezhongxin"}, "gb2260:120000"),
]


class Reading:
    """All that a feed made of a file."""

    def __init__(self, batches: list[Batch]) -> None:
        self.batches = batches
        self.rows = pl.concat([b.rows for b in batches])
        self.refusals: list[Refusal] = [r for b in batches for r in b.refusals]
        self.said = [str(r) for r in self.refusals]
        self.read = sum(b.read for b in batches)
        self.blanks = sum(b.blanks for b in batches)
        self.stations = [s for b in batches for s in b.stations]

    def facts(self) -> set[tuple[Any, ...]]:
        """Rows as a set, without order."""
        return set(self.rows.select("place", "variable", "start", "end", "value", "flag").iter_rows())

    def value(self, **where: object) -> float:
        """The one value that fits."""
        return float(self.rows.filter(**where)["value"].item())


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.load().with_stations(STATIONS)


@pytest.fixture
def context(gazetteer: Gazetteer) -> FeedContext:
    return FeedContext(gazetteer, NOW)


@pytest.fixture
def read(context: FeedContext) -> Callable[..., Reading]:
    def read_(name: str, path: Path, mapping: dict[str, Any] | None = None) -> Reading:
        own = FeedContext(context.gazetteer, NOW, mapping=mapping)
        return Reading(list(feed(name).read(path, own)))

    return read_
