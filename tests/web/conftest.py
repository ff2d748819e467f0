"""The console on a made region, with the wall clock held still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

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
