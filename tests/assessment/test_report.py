"""What comes out: JSON, CSV, workbooks, tables, explanations, published figures, the command line."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from functools import cache
from importlib.resources import files

import openpyxl
import polars as pl
import pytest
import typer
import yaml
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from airshed.assessment import against_published, assess, explain_value, published_facts
from airshed.assessment.notes import note
from airshed.assessment.rendering import published_table
from airshed.cli.assess import assess_command, explain_command
from airshed.errors import BadInput

from .worlds import BEIJING, CLEAN, level, real_workspace

YEAR = {"start": date(2015, 1, 1), "end": date(2015, 12, 31)}


@cache
def beijing_region():
    return assess(real_workspace(), "bth13", compare=(date(2014, 1, 1), date(2014, 12, 31)), **YEAR)


def test_the_json_has_its_documented_keys_and_loses_nothing():
    found = json.loads(beijing_region().to_json())
    assert set(found) == {"parameters", "rows", "items", "lists", "notes", "stands_on"}
    assert len(found["rows"]) == 14
    assert len(found["items"]) == 13 * 6
    assert found["rows"][0]["pm25"] == beijing_region().rows["pm25"][0]
    assert found["parameters"]["compare"] == ["2014-01-01", "2014-12-31"]


def test_every_column_of_the_rows_is_documented(pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "assessment.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_<>]+)`", text))
    patterns = {re.compile("^" + re.sub("<[a-z]+>", "[a-z0-9_]+", name) + "$") for name in named}
    for column in (*beijing_region().rows.columns, *beijing_region().items.columns):
        assert any(p.match(column) for p in patterns), f"docs/assessment.md does not explain {column}"


def test_the_csv_is_the_rows_and_nothing_else():
    found = pl.read_csv(beijing_region().to_csv().encode())
    assert found.columns == beijing_region().rows.columns
    assert found.height == 14


def test_the_workbook_holds_rows_items_days_and_what_it_stands_on(tmp_path):
    book = openpyxl.load_workbook(beijing_region().to_xlsx(tmp_path / "a.xlsx"), read_only=True)
    sheets = {s.title: s.max_row for s in book}
    assert list(sheets.values())[:3] == [15, 79, 13 * 365 + 1]
    assert any("law_digest" in [c.value for c in r] for r in book["说明 about"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_fit_a_terminal_of_100_columns_without_cutting_a_figure(language):
    stream = io.StringIO()
    Console(file=stream, width=100).print(beijing_region().to_table(language))
    text = stream.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    figures = [line for line in text.splitlines() if re.search(r"\d", line)]
    assert not any(re.search(r"\d…", line) for line in figures)
    assert ("80.1" in text, "76.5" in text) == (True, True)
    assert real_workspace().law.digest[:12] in text


def test_a_region_with_a_long_name_still_fits():
    stream = io.StringIO()
    Console(file=stream, width=100).print(assess(real_workspace(), "2+26", by="month", **YEAR).to_table("zh"))
    assert max(cell_len(line) for line in stream.getvalue().splitlines()) <= 100
    assert "2015-12" in stream.getvalue()


def test_every_note_is_written_in_both_languages_and_used():
    sentences = yaml.safe_load(files("airshed.assessment").joinpath("notes.yml").read_text(encoding="utf-8"))
    room = files("airshed.assessment")
    code = "".join(p.read_text(encoding="utf-8") for p in room.iterdir() if p.name.endswith(".py"))
    for key, sentence in sentences.items():
        assert set(sentence) == {"zh", "en"}
        assert f'"{key}"' in code, f"nobody says {key}"


def test_a_note_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        note("nonsense")


# -- published figures ----------------------------------------------------------------------------------------


def published(**where: str) -> dict:
    table = against_published(real_workspace())
    return table.row(by_predicate=pl.all_horizontal(pl.col(k) == v for k, v in where.items()), named=True)


def test_every_published_figure_names_its_source():
    table = against_published(real_workspace())
    assert table.height == len(published_facts()) == 57
    assert table["source_zh"].null_count() == table["source_en"].null_count() == 0


def test_the_published_pm25_of_beijing_2015_is_80_6_and_ours_80_1():
    found = published(en="PM2.5 mean", area=BEIJING, period="2015")
    assert (found["published"], round(found["ours"], 1), found["state"]) == (80.6, 80.1, "computed")
    assert found["difference"] == pytest.approx(-0.5, abs=0.05)


def test_the_published_pm25_of_the_thirteen_cities_2015_is_77_and_ours_76_5():
    found = published(en="PM2.5 mean", area="bth13", period="2015")
    assert (found["published"], found["status"], found["state"]) == (77, "derived", "computed")
    assert found["ours"] == pytest.approx(76.5, abs=0.05)


def test_years_the_workspace_does_not_have_are_left_empty():
    found = published(en="PM2.5 mean", area=BEIJING, period="2020")
    assert (found["ours"], found["state"]) == (None, "no data in workspace")


def test_river_sections_are_not_ours_to_compute():
    assert published(en="river sections class I-III")["state"] == "not assessed"


def test_a_change_across_2018_whose_particles_cannot_be_restated_says_so(world, monkeypatch):
    world.daily = pl.concat(
        [
            level(BEIJING, date(y, 1, 1), date(y, 12, 31), CLEAN | {"pm25": 80.0 if y == 2015 else 40.0})
            for y in (2015, 2020)
        ]
    )
    monkeypatch.setattr("airshed.assessment.published._Beside._has_files", lambda *_: True)
    table = against_published(world.workspace)
    changes = table.filter((pl.col("area") == BEIJING) & (pl.col("period") == "2020 vs 2015"))
    states = dict(changes.select("en", "state").iter_rows())
    assert states["PM2.5 change"] == "restatement needed"
    assert states["SO2 change"] == "computed"
    assert states["good days gained"] == "computed"
    days = table.filter((pl.col("en") == "good days") & (pl.col("area") == BEIJING)).row(0, named=True)
    assert days["ours"] == 366
    thirteen = table.filter(
        (pl.col("en") == "PM2.5 mean") & (pl.col("area") == "bth13") & (pl.col("period") == "2020")
    )
    assert thirteen["state"][0] == "incomplete data"


# -- explanations ---------------------------------------------------------------------------------------------

NODE = {"label", "value", "unit", "function", "formula", "inputs", "provision", "children"}


def nodes(tree: dict) -> list[dict]:
    return [tree, *(n for child in tree["children"] for n in nodes(child))]


@pytest.mark.parametrize(
    ("quantity", "item"),
    [("aqi", None), ("mean", "pm25"), ("percentile", "o3"), ("composite", None), ("good_share", None)],
)
def test_every_tree_ends_in_the_files_of_the_lake_and_names_the_law(quantity, item):
    tree = explain_value(real_workspace(), "北京", quantity, item=item, **YEAR)
    every = nodes(tree)
    assert all(set(n) == NODE for n in every)
    assert tree["provision"]["digest"]
    leaves = [n for n in every if not n["children"] and "files" in n["inputs"]]
    assert leaves
    assert all(len(f["sha256"]) == 64 for n in leaves for f in n["inputs"]["files"])
    json.dumps(tree, default=str)


def test_an_explained_composite_index_is_the_assessed_one_and_the_sum_of_its_terms():
    tree = explain_value(real_workspace(), "北京", "composite", **YEAR)
    assessed = beijing_region().rows.row(by_predicate=pl.col("place") == BEIJING, named=True)
    assert tree["value"] == assessed["composite"]
    assert sum(c["inputs"]["weight"] * c["value"] for c in tree["children"]) == pytest.approx(tree["value"])


def test_an_explained_mean_is_the_assessed_one():
    tree = explain_value(real_workspace(), "北京", "mean", item="pm25", **YEAR)
    assert tree["value"] == pytest.approx(80.1, abs=0.05)
    assert tree["inputs"]["n"] == 365


def test_an_explained_index_is_the_largest_of_its_sub_indices():
    tree = explain_value(real_workspace(), "北京", "aqi", start=date(2015, 12, 1))
    assert tree["value"] == max(c["value"] for c in tree["children"])
    assert tree["inputs"]["primary"] == ["pm25"]
    assert tree["children"][0]["children"][0]["inputs"]["source"]


@pytest.mark.parametrize(("quantity", "item"), [("beauty", None), ("mean", None), ("mean", "gold")])
def test_what_cannot_be_explained_is_refused_by_name(quantity, item):
    with pytest.raises(BadInput, match=r"one of|an item"):
        explain_value(real_workspace(), "北京", quantity, item=item, **YEAR)


# -- command line ---------------------------------------------------------------------------------------------


def run(*words: str):
    app = typer.Typer()
    app.command("assess")(assess_command)
    app.command("explain")(explain_command)
    return CliRunner().invoke(app, [*words, "-w", str(real_workspace().folder)])


ASK = ("assess", "--region", "bth13", "--from", "2015-01-01", "--to", "2015-12-31")


def test_the_command_prints_the_table():
    found = run(*ASK)
    assert found.exit_code == 0
    assert "80.1" in found.stdout


def test_the_command_prints_json_and_csv():
    assert json.loads(run(*ASK, "--format", "json").stdout)["parameters"]["region"] == "bth13"
    assert run(*ASK, "--format", "csv").stdout.splitlines()[0].startswith("period,kind,place")


def test_the_command_writes_files(tmp_path):
    for form in ("table", "json", "csv", "xlsx"):
        target = tmp_path / f"out.{form}"
        assert run(*ASK, "--format", form, "--out", str(target)).exit_code == 0
        assert target.stat().st_size > 500


def test_the_command_compares_and_holds_against_published_figures():
    assert "-12.4" in run(*ASK, "--compare", "2014-01-01:2014-12-31").stdout
    assert "80.6" in run("assess", "--against", "published").stdout


def test_the_command_explains():
    found = run("explain", "pm25.mean", "--place", "北京", "--from", "2015-01-01", "--to", "2015-12-31")
    assert found.exit_code == 0
    assert "sha256" in found.stdout
    tree = json.loads(run("explain", "aqi", "--place", "北京", "--day", "2015-12-01", "--json").stdout)
    assert tree["value"] > 400


@pytest.mark.parametrize(
    "words",
    [("assess", "--from", "2015-01-01"), (*ASK, "--compare", "2014"), (*ASK, "--format", "xlsx"),
     ("assess", "--from", "1.1.2015", "--to", "2015-12-31")],
)  # fmt: skip
def test_a_command_that_cannot_be_understood_says_what_to_write(words):
    found = run(*words)
    assert isinstance(found.exception, BadInput)
    assert found.exception.advice


def test_the_table_of_published_figures_is_printed_in_both_languages():
    for language, word in (("zh", "已计算"), ("en", "computed")):
        stream = io.StringIO()
        Console(file=stream, width=120).print(published_table(against_published(real_workspace()), language))
        assert word in stream.getvalue()
