"""``airshed verify --outlooks``: what was issued from a workspace, and its edits, against what came."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from typer.testing import CliRunner

from airshed.cli.main import app
from airshed.forecast.issue import Ask, issue
from airshed.forecast.shelf import add_edits, save_outlook
from airshed.store import View
from forecast.made_lake import CITIES, hours, lake

FIRST = datetime(2015, 7, 15, 12, tzinfo=UTC)  # 20:00 of Beijing
ISSUES = 15  # one more than the least that weekly blocks can be drawn from


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = lake(tmp_path_factory.mktemp("issued") / "ws", hours())
    ask = Ask(days=3, places=CITIES, method="persistence", targets=("pm25",), members=20, hours=False)
    for number in range(ISSUES):
        name = save_outlook(made.folder, issue(made, View.everything(), FIRST + timedelta(days=number), ask))
    file = made.folder / "edit.csv"
    file.write_text(f"place,day,variable,value\n{CITIES[0]},2015-07-30,pm25,120\n")
    add_edits(made.folder, name, file, "forecaster", FIRST)
    return made


def verify(workspace, *words: str):
    given = ["verify", "--outlooks", "--workspace", str(workspace.folder), "--resamples", "100", *words]
    return CliRunner().invoke(app, given)


def test_outlooks_and_their_edits_are_scored_beside_the_references(workspace):
    found = json.loads(verify(workspace, "--format", "json").stdout)
    rows = {(r["method"], r["lead"]): r for r in found if r["place"] == "all"}
    assert {m for m, _ in rows} == {"persistence", "climatology", "persistence (none)", "edited:forecaster"}
    assert rows["persistence (none)", 1]["n"] == ISSUES * len(CITIES)
    assert rows["edited:forecaster", 1]["n"] == 1
    came = (
        hours().filter(place=CITIES[0]).filter(pl.col("start").dt.date() == date(2015, 7, 30))["pm25"].mean()
    )
    assert rows["edited:forecaster", 1]["rmse"] == pytest.approx(abs(120 - came))


def test_the_card_is_kept_for_the_pages_and_says_its_periods(workspace):
    from airshed.forecast.cards import load_card

    assert verify(workspace, "--keep", "issued").exit_code == 0
    _, about = load_card(workspace.folder, "issued")
    assert about["test"] == "2015-07-15/2015-08-01"
    assert about["train"] == "2015-01-01/2015-07-15"


def test_outlooks_are_not_scored_together_with_files_nor_without_any(workspace, tmp_path):
    both = verify(workspace, "--train", "2015-01-01/2015-02-01")
    neither = CliRunner().invoke(app, ["verify", "--workspace", str(tmp_path)])
    other = verify(workspace, "--target", "so2")
    said = [str(found.exception) for found in (both, neither, other)]
    assert "--outlooks without files, periods and models" in said[0]
    assert "--train; leave" in said[0]
    assert "--train and --test" in said[1]
    assert "stored outlooks with so2" in said[2]


@pytest.mark.parametrize(
    "option", ["--leads=1", "--weather=none", "--methods=ridge", "--members=5", "--seeds=2"]
)
def test_what_changes_nothing_of_kept_outlooks_is_refused_beside_them(workspace, option):
    assert option.partition("=")[0] in str(verify(workspace, option).exception)
