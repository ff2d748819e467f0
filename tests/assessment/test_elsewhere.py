"""A region elsewhere in the world is a file: its own towns, monitors, clock and, where the book has one, index."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import airshed
from airshed.assessment import assess
from airshed.cli.main import app as commands
from airshed.errors import LawNotFound
from airshed.web.app import create_app
from airshed.workspace import Settings

REGION = """
id: shire
names: {{zh: 夏尔, en: Shire}}
root: {root}
utc_offset: -5
source: a test
jurisdictions:
  - {{id: {root}, name: Somewhere, level: nation}}
  - {{id: "x:1", name: Hobbiton, level: city, parent: {root}, lon: -86.8, lat: 33.5}}
memberships:
  - {{since: 2020-01-01, status: derived, members: [Hobbiton]}}
stations: monitors.xlsx
"""
HEAD = "Site,Local time,PM2.5 (ug/m3),Ozone (ppb)\n"


@pytest.fixture(params=["us", "ch"], scope="module")
def elsewhere(request, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp(request.param)
    airshed.init(tmp_path / "ws", Settings(region="shire"))
    places = tmp_path / "ws" / "places"
    places.mkdir(exist_ok=True)
    (places / "shire.yaml").write_text(REGION.format(root=request.param), encoding="utf-8")
    station = {"id": "x:bag-end", "name": "Bag End", "place": "Hobbiton", "lon": -86.8, "lat": 33.5}
    pl.DataFrame([station | {"role": "evaluation"}]).write_excel(places / "monitors.xlsx")
    first = datetime(2025, 1, 1)  # noqa: DTZ001
    lines = [
        f"Bag End,{first + timedelta(hours=h):%Y-%m-%d %H:%M},{8 + h % 3}.0,{29 + h % 3}\n" for h in range(72)
    ]
    (tmp_path / "hours.csv").write_text(HEAD + "".join(lines), encoding="utf-8")
    file, options = str(tmp_path / "hours.csv"), ["-w", str(tmp_path / "ws")]
    for words in (["--guess"], ["--feed", "long", "--mapping", f"{file}.toml"]):
        ran = CliRunner().invoke(commands, ["ingest", file, *words, *options])
        assert ran.exit_code == 0, (ran.output, ran.exception)
    return request.param, airshed.open(tmp_path / "ws"), tmp_path


def test_the_guess_takes_the_regions_clock_and_reads_the_english_names_of_pollutants(elsewhere):
    _, workspace, _ = elsewhere
    rows = workspace.observations()
    assert set(rows["variable"]) == {"pm25", "o3"}
    assert rows["start"].min().isoformat() == "2025-01-01T05:00:00+00:00"


def test_its_days_are_reckoned_by_its_own_index_and_what_no_law_says_by_a_stand_in_that_is_said(elsewhere):
    root, workspace, _ = elsewhere
    if root == "ch":
        with pytest.raises(LawNotFound, match="index"):
            assess(workspace, "shire", start=date(2025, 1, 1), end=date(2025, 1, 3))
        return
    found = assess(workspace, "shire", start=date(2025, 1, 1), end=date(2025, 1, 3))
    assert found.rows.row(0, named=True)["pm25"] == 9.0
    assert found.index["aqi"].to_list() == [50, 50, 50]
    assert any("stand-in" in n.en and "unverified" in n.en for n in found.notes)


@pytest.mark.parametrize(
    "path", ["/", "/?t=2025-01-02", "/?t=2025-01-02T08", "/city/x:1", "/city/x:1?t=2025-01-02T08", "/data"]
)  # fmt: skip
def test_its_pages_stand(elsewhere, path):
    _, workspace, _ = elsewhere
    answer = TestClient(create_app(workspace)).get(path)
    assert answer.status_code == 200, answer.text[-800:]


def test_the_index_of_a_file_and_the_law_of_a_place_know_the_workspaces_towns(elsewhere):
    root, _, folder = elsewhere
    options = ["-w", str(folder / "ws")]
    law = CliRunner().invoke(commands, ["law", "on", "2025-01-02", "--place", "Hobbiton", *options])
    assert law.exit_code == 0, law.output
    if root == "us":
        mapping = [
            "--feed",
            "long",
            "--mapping",
            str(folder / "hours.csv.toml"),
            "--daily",
            "--format",
            "csv",
        ]
        index = CliRunner().invoke(commands, ["index", str(folder / "hours.csv"), *mapping, *options])
        assert "bag-end,2025-01-01T00:00:00-05:00,50,1," in index.output
