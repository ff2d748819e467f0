"""``airshed places``: what a user reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from airshed.cli.places import app

RUNNER = CliRunner(env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def _no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(*words: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, words)
    assert result.exit_code == code, result.output
    return result.output


def test_members_of_a_day_are_counted_and_what_is_unverified_is_said() -> None:
    text = said("members", "2+26", "--on", "2018-01-01")
    assert "28 个城市 / cities, 2018-01-01" in text
    assert "起始日未核实" in text
    assert "附 / attached: 辛集市" in text
    assert "38 个城市" in said("members", "2+36", "--on", "2023-11-30")


def test_a_day_without_a_list_names_the_lists_there_are() -> None:
    assert "2023-11-30 → …" in said("members", "yrd", "--on", "2022-01-01", code=1)


def test_regions_are_listed_with_their_cities_of_the_day() -> None:
    text = said("regions", "--on", "2018-01-01")
    assert "2017-03-01 → 2023-11-30" in text
    assert all(region in text for region in ("2+26", "2+36", "bth13", "fenwei", "yrd"))


def test_a_search_shows_id_names_and_level() -> None:
    line = said("search", "保定")
    assert all(part in line for part in ("gb2260:130600", "保定市", "Baoding", "city", "河北省"))
    said("search", "nowhere at all", code=1)


@pytest.mark.parametrize("place", ["唐山", "130200", "gb2260:130200", "tangshan"])
def test_a_place_is_shown_by_any_of_its_names(place: str) -> None:
    text = said("show", place)
    assert "gb2260:130200 → gb2260:130000 → cn" in text
    assert "2+26, 2+36, bth13" in text


def test_a_station_and_a_region_are_shown_too() -> None:
    assert "cnemc:1003A" in said("show", "prsa:Dongsi")
    assert "未核实" in said("show", "fenwei")
