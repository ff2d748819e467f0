"""A user's own weather, as the data stores hand it out, to who breathes whose air: typed as a user would."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import airshed
from airshed.cli.main import app
from airshed.emissions import import_inventory
from airshed.transport import open_case
from airshed.transport.prepare import region_grid
from airshed.transport.run import daily_bulk
from airshed.twin.inventory import made_inventory
from airshed.workspace import Settings
from meteorology import made_files as made

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("own-weather")]

LON, LAT = np.arange(109, 125.1, 1.0), np.arange(46, 31.9, -1.0)  # the thirteen cities and far beyond
DAY = ("--from", "2025-01-10", "--to", "2025-01-10")
RECEPTORS = ("--receptor", "北京", "--receptor", "天津")
BEIJING, ZHANGJIAKOU, TIANJIN = "gb2260:110000", "gb2260:130700", "gb2260:120000"


def files_of(feed: str, folder: Path) -> list[Path]:
    """A local day and an hour before it of a steady wind from the north-west over a slope."""
    one, two = made.era5(made.hours(26, "2025-01-09T15"), lon=LON, lat=LAT)
    folder.mkdir()
    if feed == "grib":
        return [made.write_grib(folder, one, two)]
    return made.write_new(folder, one, two)


@pytest.fixture(scope="module", params=["netcdf", "grib"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp(f"own-{request.param}")
    files_of(request.param, base / "weather")
    ws = airshed.init(base / "workspace", Settings(region="bth13"))
    cities = tuple(dict.fromkeys(m.place for m in ws.region().members))
    inventory = made_inventory(ws.gazetteer, region_grid(ws.gazetteer, cities, 60_000.0))
    import_inventory(ws, "own", inventory, feed="twin", files=[], by="test")
    ws.close()
    words = (
        "run",
        "--weather",
        base / "weather",
        "--feed",
        "era5",
        "-i",
        "own",
        "--name",
        "own",
        "--cell",
        60_000,
        "--path",
        "footprint",
    )
    said = typed(base / "workspace", *words).output
    assert "rms" in said  # how much the winds were adjusted
    processes = ("--workers", 2) if request.param == "netcdf" else ()
    typed(base / "workspace", "footprint", *DAY, *RECEPTORS, *processes)
    return base / "workspace"


def typed(folder: Path, *words: object) -> Any:
    found = CliRunner().invoke(app, ["transport", *map(str, words), "--workspace", str(folder)])
    assert found.exception is None, found.output
    return found


def amounts(folder: Path) -> dict[tuple[str, str], float]:
    """What each city and rest gave to each receptor [ug m-3]."""
    words = ("contribution", *DAY, *RECEPTORS, "--by", "city", "--format", "json")
    rows = json.loads(typed(folder, *words).stdout)["rows"]
    return {(row["receptor"], row["city"]): row["amount"] for row in rows}


def test_air_from_the_north_west_brings_what_lies_there(folder: Path) -> None:
    gave = amounts(folder)
    assert gave[BEIJING, ZHANGJIAKOU] > 10 * gave.get((BEIJING, TIANJIN), 0.0)
    assert gave[TIANJIN, BEIJING] > 10 * gave.get((BEIJING, TIANJIN), 0.0)


def test_a_city_without_a_footprint_is_named(folder: Path) -> None:
    found = CliRunner().invoke(app, ["transport", "contribution", *DAY, "--workspace", str(folder)])
    assert "of 2025-01-10 none for gb2260:130100" in str(found.exception)
    assert "none of 2025-01-10" not in str(found.exception)


def test_parts_add_up_to_what_the_forward_run_holds(folder: Path) -> None:
    gave = amounts(folder)
    day = date(2025, 1, 10)
    bulk = daily_bulk(open_case(folder), [day], [BEIJING, TIANJIN])[day]
    for receptor, whole in zip((BEIJING, TIANJIN), bulk, strict=True):
        parts = sum(amount for (who, _), amount in gave.items() if who == receptor)
        assert parts == pytest.approx(whole, rel=1e-4)
