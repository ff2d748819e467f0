"""``airshed transport`` as typed: a small made region from weather to what-ifs, and one plain sentence for mistakes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import airshed
from airshed.cli.main import app
from airshed.cli.transport_words import matrix_table
from airshed.emissions import import_inventory
from airshed.errors import AirshedError
from airshed.store import View
from airshed.transport.prepare import region_grid
from airshed.twin.inventory import made_inventory
from airshed.twin.weather import made_weather
from airshed.workspace import Settings
from conftest import shared_data

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cli-transport")]

DAYS = ("--from", "2026-01-11", "--to", "2026-01-11")
RECEPTORS = ("--receptor", "北京", "--receptor", "石家庄")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of made weather on cells of 80 km, with a case and the footprints of two cities' second day."""
    path = tmp_path_factory.mktemp("transport") / "workspace"
    ws = airshed.init(path, Settings(region="bth13"))
    cities = tuple(dict.fromkeys(m.place for m in ws.region().members))
    grid = region_grid(ws.gazetteer, cities, 80_000.0)
    weather = made_weather(grid, datetime(2026, 1, 9, 16, tzinfo=UTC), 48, seed=5)
    weather.to_netcdf(path / "weather.nc", engine="h5netcdf")
    import_inventory(ws, "made", made_inventory(ws.gazetteer, grid), feed="twin", files=[], by="test")
    ws.close()
    run(path, "run", "--weather", path / "weather.nc", "--feed", "weather", "-i", "made", "--name", "small")
    run(path, "footprint", *DAYS, *RECEPTORS)
    return path


def run(folder: Path, *words: object) -> Any:
    """A command that succeeds: its output (JSON read where asked for) and what it said beside it."""
    found = CliRunner().invoke(app, ["transport", *map(str, words), "--workspace", str(folder)])
    assert found.exception is None, found.output
    return found


def rows(folder: Path, *words: object) -> dict[str, Any]:
    return dict(json.loads(run(folder, *words, "--format", "json").stdout))


@pytest.fixture
def refused(folder: Path) -> Callable[..., str]:
    def ask(*words: object) -> str:
        found = CliRunner().invoke(app, ["transport", *map(str, words), "--workspace", str(folder)])
        assert isinstance(found.exception, AirshedError), found.output
        return str(found.exception)

    return ask


def test_parts_and_rests_add_up_to_what_is_breathed(folder):
    held = rows(folder, "contribution", *DAYS, *RECEPTORS, "--by", "component")
    assert held["unit"] == "ug m-3"
    assert held["made"] is True
    for city in ("gb2260:110000", "gb2260:130100"):
        assert sum(r["share"] for r in held["rows"] if r["receptor"] == city) == pytest.approx(1)


def test_origins_are_local_regional_and_outside_and_add_up_to_the_whole(folder):
    held = rows(folder, "contribution", *DAYS, "--receptor", "北京", "--origin")["rows"]
    assert {r["origin"] for r in held} >= {"local", "region", "outside", "sides"}
    assert sum(r["share"] for r in held) == pytest.approx(1)


def test_each_row_of_the_matrix_adds_up_to_the_whole_of_its_receptor(folder):
    held = rows(folder, "matrix", *DAYS, *RECEPTORS)["rows"]
    for row in held:
        assert sum(v for k, v in row.items() if k not in ("receptor", "whole")) == pytest.approx(100)
    amounts = rows(folder, "matrix", *DAYS, *RECEPTORS, "--amount")["rows"]
    for row in amounts:
        assert sum(v for k, v in row.items() if k not in ("receptor", "whole")) == pytest.approx(row["whole"])


def test_a_table_speaks_chinese_unless_english_is_asked_for(folder):
    words = ("contribution", *DAYS, "--receptor", "北京", "--by", "sector")
    assert "工业" in run(folder, *words).stdout
    assert "industry" in run(folder, *words, "--lang", "en").stdout


def test_made_data_and_a_geometric_outside_are_said_beside_the_table_not_in_it(folder):
    found = run(folder, "matrix", *DAYS, *RECEPTORS, "--format", "csv")
    assert "演示数据" in found.stderr
    assert "几何" in found.stderr
    assert found.stdout.startswith("receptor,")


def test_what_if_is_refused_for_what_does_not_predict_and_labelled_where_declared(folder, refused, tmp_path):
    file = tmp_path / "cut.toml"
    file.write_text('name = "cut"\n[[measures]]\nid = "a"\ncut = 50\nplaces = ["北京"]\n', encoding="utf-8")
    assert "adds up but does not predict" in refused("whatif", file, *DAYS, *RECEPTORS)
    declared = run(folder, "whatif", file, *DAYS, *RECEPTORS, "--declare-linear", "--lang", "en")
    assert "declared linear" in declared.stderr
    file.write_text(file.read_text(encoding="utf-8") + 'species = ["pm25"]\n', encoding="utf-8")
    held = rows(folder, "whatif", file, *DAYS, *RECEPTORS)
    assert held["linearity"] == "exact"
    assert all(r["after"] < r["before"] for r in held["rows"])


def test_a_cell_s_share_stands_beside_the_footprint_s_with_a_verdict(folder):
    words = ("point", "--day", "2026-01-11", "--receptor", "北京", "--at", "116.4,39.9")
    (row,) = rows(folder, *words, "--particles", 64, "--hours", 2)["rows"]
    assert row["verdict"] == "near field, unresolved"
    assert row["gap"] == pytest.approx(row["footprint"] - row["amount"])


def test_a_footprint_that_is_there_is_not_made_again_nor_recorded_again(folder):
    def acts() -> list[Any]:
        ws = airshed.open(folder)
        found = ws.acts(View.everything(), "transport.footprint")
        ws.close()
        return found

    before = acts()
    held = rows(folder, "footprint", *DAYS, *RECEPTORS)["rows"]
    assert len(acts()) == len(before) == 1
    assert before[0].act.evidence["case"] == "small"
    assert {r["receptor"] for r in held} == {"gb2260:110000", "gb2260:130100"}


def test_the_path_that_speaks_is_said_for_every_receptors_day(folder):
    """On cells of 80 km footprints of single cities have lobes far above 2 %."""
    for command in (("footprint",), ("contribution",), ("matrix",)):
        held = rows(folder, *command, *DAYS, *RECEPTORS)
        assert {(p["receptor"], p["path"]) for p in held["paths"]} == {
            ("gb2260:110000", "positive"), ("gb2260:130100", "positive")
        }  # fmt: skip
        assert all(p["negative"] > 0.02 and p["gap"] >= 0 for p in held["paths"])
        words = run(folder, *command, *DAYS, *RECEPTORS, "--lang", "en").stderr
        assert "positive path" in words
        assert "points at most" in words
        assert "正定路径" in run(folder, *command, *DAYS, *RECEPTORS).stderr
    assert all(r["positive_days"] == 1 for r in rows(folder, "footprint", *DAYS, *RECEPTORS)["rows"])


def test_a_case_may_be_told_to_go_by_one_path_alone(folder, tmp_path):
    other = tmp_path / "workspace"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("air"))
    made = run(other, "run", "--weather", other / "weather.nc", "--feed", "weather", "-i", "made", "--name", "all",
               "--path", "positive", "--lang", "en")  # fmt: skip
    assert "path: positive path" in made.stderr
    run(other, "footprint", *DAYS, "--receptor", "北京")
    (told,) = rows(other, "contribution", *DAYS, "--receptor", "北京")["paths"]
    assert (told["path"], told["negative"], told["gap"]) == ("positive", 0.0, None)
    assert not (other / "air" / "all" / "positive").exists()


def test_a_case_keeps_the_digests_of_what_it_was_made_from(folder):
    digests = json.loads((folder / "air" / "small" / "case.json").read_text(encoding="utf-8"))["digests"]
    assert sorted(digests) == ["inventory:made", "weather:weather.nc"]
    assert digests["weather:weather.nc"] == hashlib.sha256((folder / "weather.nc").read_bytes()).hexdigest()


def test_a_case_stands_on_record_with_the_digests_of_weather_and_inventory(folder):
    ws = airshed.open(folder)
    (entry,) = ws.acts(View.everything(), "transport.run")
    ws.close()
    assert len(entry.act.evidence["weather"]["weather.nc"]) == 64
    assert len(entry.act.evidence["inventory"]["made"]) == 64


def test_cases_are_listed_with_their_days(folder):
    (row,) = rows(folder, "cases")["rows"]
    assert (row["case"], row["from"], row["to"]) == ("small", "2026-01-10", "2026-01-11")


def test_figures_are_drawn_where_asked_for(folder, tmp_path):
    pytest.importorskip("matplotlib")
    one = ("--receptor", "北京", "--lang", "en")
    for words in (("contribution", "--by", "city"), ("matrix",), ("footprint",)):
        out = tmp_path / f"{words[0]}.png"
        run(folder, *words, *DAYS, *one, "--plot", out)
        assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("footprint", "--from", "2027-01-01", "--to", "2027-01-02"), "a day with weather"),
        (("footprint", *DAYS, "--receptor", "上海"), "receptors among"),
        (("contribution", *DAYS, "--receptor", "天津"), "run: airshed transport footprint"),
        (("contribution", *DAYS, *RECEPTORS, "--by", "moon"), "a grouping by"),
        (("contribution", "--from", "2026-01-11", "--to", "2026-01-10"), "--from before --to"),
        (("matrix", *DAYS, "--case", "none"), "make one: airshed transport run"),
        (("matrix", *DAYS, "--plot", "a.gif"), ".png, .svg or .pdf"),
        (("run", "--name", "small", "--weather", "w.nc", "-i", "made"), "leave --weather out"),
        (("run", "--name", "b", "--weather", "w.nc"), "name one: --inventory"),
        (("run", "--name", "b", "--weather", "w.nc", "-i", "made"), "nothing at w.nc"),
        (("run", "--name", "b", "--boundary", "smoke=3"), "write --boundary pm25=15"),
        (("run", "--name", "b", "--boundary", "pm25=-3"), "write --boundary pm25=15"),
        (("point", "--day", "2026-01-11", "--receptor", "北京"), "name --at LON,LAT"),
        (("point", "--day", "2026-01-11", "--receptor", "北京", "--at", "here"), "write --at"),
    ],
)
def test_a_mistake_is_answered_with_what_is_wanted(refused, words, said):
    assert said in refused(*words)


def test_weather_of_another_part_of_the_world_is_refused(refused):
    elsewhere = shared_data("meteorology/era5_utm32_20250501T00.nc")
    words = ("run", "--name", "b", "--weather", elsewhere, "-i", "made", "--cell", 80_000)
    assert "cover" in refused(*words)


def test_places_of_no_city_stand_with_the_rest_of_the_grid(folder):
    import polars as pl

    table = pl.DataFrame({
        "receptor": ["a"] * 4, "city": ["a", "", "other", "sides"], "amount": [1.0, 2.0, 3.0, 4.0],
        "share": [0.1, 0.2, 0.3, 0.4],
    })  # fmt: skip
    assert matrix_table(table, amount=True).to_dicts() == [
        {"receptor": "a", "a": 1.0, "other": 5.0, "sides": 4.0, "whole": 10.0}
    ]
