"""The commands: what is imported is on record, and shown as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import airshed
from airshed.cli.emissions import app
from airshed.emissions import holdings, import_inventory, load_inventory
from airshed.errors import BadInput, StoreError
from airshed.store import View
from emissions.worlds import inventory

RUNNER = CliRunner()
LIST = "place,sector,species,amount\n唐山,industry,so2,100\n唐山,power,nox,40\n保定,residential,pm25,7.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    airshed.init(tmp_path / "ws").close()
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> str:
    result = RUNNER.invoke(app, [*words, "-w", str(folder / "ws")], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_import_leaves_a_file_and_an_act_with_its_digest(folder: Path) -> None:
    said = run(folder, "import", str(folder / "list.csv"), "--because", "年度更新", "--by", "li")
    assert "已导入 / imported: list, 3 行" in said
    ws = airshed.open(folder / "ws")
    (held,) = holdings(ws)
    (entry,) = ws.acts(View.everything(), "emissions.import")
    assert entry.act.ground == "年度更新"
    assert entry.act.evidence["sha256"] == held.sha256
    assert list(entry.act.evidence["sources"]) == ["list.csv"]
    assert load_inventory(ws, "list")["amount"].sum() == 147.5


def test_a_later_import_supersedes_and_the_older_file_stays(folder: Path) -> None:
    run(folder, "import", str(folder / "list.csv"))
    (folder / "list.csv").write_text(LIST.replace("100", "90"), encoding="utf-8")
    run(folder, "import", str(folder / "list.csv"))
    ws = airshed.open(folder / "ws")
    assert load_inventory(ws, "list")["amount"].sum() == 137.5
    assert len(holdings(ws)) == 1
    assert len(list((folder / "ws" / "emissions").glob("list-*.parquet"))) == 2


def test_a_refused_file_leaves_nothing(folder: Path) -> None:
    (folder / "list.csv").write_text(LIST.replace("100", "-100"), encoding="utf-8")
    with pytest.raises(BadInput, match="line 2: amount"):
        run(folder, "import", str(folder / "list.csv"))
    assert not (folder / "ws" / "emissions").exists()
    assert run(folder, "list", "--format", "json").strip() == "[]"


def test_a_file_changed_behind_the_record_is_not_used(folder: Path) -> None:
    ws = airshed.open(folder / "ws")
    held = import_inventory(
        ws, "mine", inventory([{"place": "gb2260:130200"}]), feed="table", files=[], by="li"
    )
    path = folder / "ws" / "emissions" / held.file
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreError, match="another content"):
        load_inventory(ws, "mine")
    path.unlink()
    with pytest.raises(StoreError, match="nothing"):
        load_inventory(ws, "mine")
    with pytest.raises(BadInput, match="mine"):
        load_inventory(ws, "other")


@pytest.mark.parametrize("name", ["../evil", "", "a/b", ".hidden"])
def test_a_name_that_leaves_the_folder_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        import_inventory(airshed.open(folder / "ws"), name, inventory([{}]), feed="table", files=[], by="li")


def test_an_inventory_without_rows_is_not_kept(folder: Path) -> None:
    with pytest.raises(BadInput, match="rows"):
        import_inventory(
            airshed.open(folder / "ws"), "a", inventory([{}]).clear(), feed="table", files=[], by="li"
        )


def test_totals_are_shown_by_sector_and_city_in_three_forms(folder: Path) -> None:
    run(folder, "import", str(folder / "list.csv"), "--name", "基准2015")
    table = run(folder, "show", "基准2015")
    assert "工业" in table
    assert "100.0" in table
    assert "合计" in table
    by_city = json.loads(run(folder, "show", "基准2015", "--by", "city", "--format", "json"))
    assert by_city["unit"] == "t/a"
    assert {r["city"]: r["so2"] for r in by_city["rows"]} == {"gb2260:130200": 100.0, "gb2260:130600": 0.0}
    lines = run(folder, "show", "基准2015", "--format", "csv").splitlines()
    assert lines == [
        "sector,pm25,so2,nox",
        "power,0.0,0.0,40.0",
        "industry,0.0,100.0,0.0",
        "residential,7.5,0.0,0.0",
    ]
    assert "基准2015" in run(folder, "list")
    assert run(folder, "list", "--format", "csv").splitlines()[0] == "name,rows,feed,at,by,act,sha256,files"
    assert "唐山" in run(folder, "show", "基准2015", "--by", "city")
    assert "Industry" in run(folder, "show", "基准2015", "--lang", "en").title()


def test_a_file_can_be_checked_without_a_workspace(folder: Path) -> None:
    result = RUNNER.invoke(
        app, ["check", str(folder / "list.csv"), "--format", "json", "-w", str(folder / "none")]
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"][0] == {"sector": "power", "pm25": 0.0, "so2": 0.0, "nox": 40.0}


def test_a_scenario_is_checked_applied_and_kept(folder: Path) -> None:
    run(folder, "import", str(folder / "list.csv"))
    path = folder / "orange.yaml"
    path.write_text(
        "name: orange\nmeasures: [{id: works, places: [唐山], sectors: [工业], cut: 30, since: 2015-12-07}]",
        encoding="utf-8",
    )
    assert "1 项措施，无误" in run(folder, "scenario", str(path))
    said = json.loads(
        run(
            folder,
            "scenario",
            str(path),
            "-i",
            "list",
            "--on",
            "2015-12-08",
            "--save",
            "orange",
            "--format",
            "json",
        )
    )
    rows = {r["sector"]: r for r in said["rows"]}
    assert rows["industry"]["so2"] == pytest.approx(70.0)
    assert rows["industry"]["-so2 %"] == pytest.approx(30.0)
    assert rows["power"]["-nox %"] == 0.0
    assert load_inventory(airshed.open(folder / "ws"), "orange")["amount"].sum() == pytest.approx(117.5)
    before = json.loads(
        run(folder, "scenario", str(path), "-i", "list", "--on", "2015-12-06", "--format", "json")
    )
    assert before["rows"][1]["so2"] == 100.0
    assert "-30" not in run(folder, "scenario", str(path), "-i", "list", "--on", "2015-12-08")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--map", "amount"], "ours=theirs"),
        (["--bounds", "1,2,3"], "west,south,east,north"),
        (["--bounds", "120,34,110,43"], "west < east"),
        (["--feed", "telepathy"], "telepathy"),
        (["--place", "Atlantis"], "Atlantis"),
    ],
)
def test_options_that_make_no_sense_are_refused(folder: Path, words: list[str], said: str) -> None:
    result = RUNNER.invoke(app, ["check", str(folder / "list.csv"), *words])
    assert isinstance(result.exception, BadInput)
    assert said in str(result.exception)
