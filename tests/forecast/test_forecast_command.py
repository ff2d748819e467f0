"""``airshed forecast`` as typed: a table, its JSON, edits, and one plain sentence for mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from airshed.cli.main import app
from airshed.errors import AirshedError
from forecast.made_lake import CITIES, hours, lake

COMMON = ("--days", "2", "--method", "ridge", "--targets", "pm25", "--members", "10")
CITY = tuple(w for c in CITIES for w in ("--city", c))
ISSUE = ("--issue", "2015-08-01T20:00")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake(tmp_path_factory.mktemp("made") / "ws", hours()).folder


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["forecast", *words, "-w", str(folder)])


def refusal(folder: Path, *words: str) -> str:
    found = run(folder, *words)
    assert isinstance(found.exception, AirshedError), found.output
    return str(found.exception)


def test_the_outlook_is_a_row_a_city_and_day_and_says_what_it_rests_on(folder):
    found = run(folder, *ISSUE, *COMMON, *CITY, "--format", "json")
    assert found.exception is None, found.output
    said = json.loads(found.stdout)
    assert (said["weather"], said["method"], said["made"]) == ("none", "ridge", 0)
    assert said["outlook"] == "20150801T2000-ridge-none"
    assert [(r["place"], r["day"]) for r in said["rows"][:2]] == [
        (CITIES[0], "2015-08-02"),
        (CITIES[0], "2015-08-03"),
    ]
    assert (
        said["rows"][0]["concentrations"]["pm25"]["low"]
        <= said["rows"][0]["concentrations"]["pm25"]["median"]
    )
    assert said["holding"][0]["hours"] == 48


def test_the_table_names_cities_categories_and_probabilities_in_both_languages(folder):
    shown = run(folder, *ISSUE, *COMMON, "--city", "北京")
    assert shown.exception is None, shown.exception
    chinese = shown.stdout
    assert "北京市" in chinese
    assert "重污染≥48 h" in chinese
    english = run(folder, *ISSUE, *COMMON, "--city", "北京", "--lang", "en").stdout
    assert "Beijing" in english
    assert "heavy" in english
    lines = run(folder, *ISSUE, *COMMON, "--city", "北京", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("place,day,lead,law,aqi")
    assert len(lines) == 3


def test_edits_are_kept_beside_the_outlook(folder, tmp_path):
    run(folder, *ISSUE, *COMMON, *CITY)
    (tmp_path / "edit.csv").write_text(f"place,day,variable,value\n{CITIES[0]},2015-08-02,pm25,160\n")
    found = run(folder, *ISSUE, "--method", "ridge", "--edit", str(tmp_path / "edit.csv"), "--by", "me")
    assert "20150801T2000-ridge-none" in found.stdout
    assert "20150801T2000-ridge-none" in run(folder, "--list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*COMMON, *CITY), "--issue"),
        (("--issue", "2015-08-25T20:00", *COMMON, *CITY), "the last day with data is 2015-08-18"),
        (("--issue", "2015-03-01T20:00", *COMMON, *CITY), "at least 180 days with pm25"),
        ((*ISSUE, *COMMON, "--city", "唐山"), "values of gb2260:130200"),
        (("--issue", "2015-08-17T20:00", *COMMON, *CITY, "--weather", "archive"), "it reaches 1 d"),
        ((*ISSUE, *COMMON, *CITY, "--weather", "nowhere.csv"), "a forecast feed"),
        ((*ISSUE, *COMMON, *CITY, "--weather", "case:none"), "a case of"),
        ((*ISSUE, *COMMON[2:], *CITY, "--days", "11"), "1 to 10 days ahead"),
        ((*ISSUE, *COMMON, *CITY, "--method", "magic"), "a method of"),
        ((*ISSUE, *COMMON, *CITY, "--train", "2015-08-01"), "FIRST/LAST"),
        ((*ISSUE, *COMMON, *CITY, "--method", "engine"), "a case, and PM2.5 alone"),
    ],
)
def test_a_mistake_gets_one_sentence_with_the_reason(folder, words, said):
    assert said in refusal(folder, *words)
