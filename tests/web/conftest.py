"""The console on a made region, with the wall clock held still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from airshed.transport import Case, Memory, run_concentrations, run_footprints, run_operators
from airshed.transport.prepare import prepare_case, region_grid
from airshed.twin.inventory import made_inventory
from airshed.twin.weather import made_weather
from airshed.web import create_app
from airshed.workspace import Workspace, init
from cheap_air import prepare

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)
DAYS = 35
"""The made region runs 2026-02-01 … 2026-03-07, across the day on which the index changes."""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = prepare(tmp_path_factory.mktemp("console") / "made", days=DAYS)
    yield workspace
    workspace.close()


AIR_START = datetime(2026, 2, 16, 16, tzinfo=UTC)
AIR_DAYS = 4
"""The made case runs from local 2026-02-17 to 02-20; the last two days have footprints."""


@pytest.fixture(scope="session")
def aired(made: Workspace) -> Case:
    """A case of the made region on cells of 50 km, with the footprints of two days: half a minute of work."""
    gazetteer = made.gazetteer
    grid = region_grid(gazetteer, made.region().members_on(AIR_START.date()), 50_000.0)
    weather = made_weather(grid, AIR_START, 24 * AIR_DAYS, seed=5)
    inventory = made_inventory(gazetteer, grid)
    case = prepare_case(made, "small", weather, inventory, boundary={"fine": 15.0}, memory=Memory(1, 2))
    run_operators(case)
    run_concentrations(case)
    run_footprints(case, case.days[2:])
    return case


@pytest.fixture(scope="session")
def console(made: Workspace) -> FastAPI:
    return create_app(made, now=lambda: NOW)


@pytest.fixture
def client(console: FastAPI) -> TestClient:
    """A browser that remembers nothing of other tests."""
    return TestClient(console)


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[TestClient]:
    workspace = init(tmp_path / "blank")
    yield TestClient(create_app(workspace, now=lambda: NOW))
    workspace.close()
