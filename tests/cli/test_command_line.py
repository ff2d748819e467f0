"""The commands as a stranger types them: one plain sentence for a mistake, and no figure cut on a narrow screen."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

import airshed
from airshed.cli.main import main
from airshed.cli.screen import show_whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    airshed.init(tmp_path / "workspace").close()
    return tmp_path / "workspace"


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    """What a command that fails says, in one line."""
    monkeypatch.setattr("sys.argv", ["airshed", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    text = capsys.readouterr().err.strip()
    assert "\n" not in text
    assert text.startswith("airshed: ")
    return text


YEAR = ("--city", "北京", "--from", "2015-01-01", "--to", "2015-12-31")


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "table"])
def test_a_result_that_cannot_be_written_is_refused_before_the_work(folder, capsys, monkeypatch, form):
    out = folder / "no such folder" / "a"
    text = said(capsys, monkeypatch, "assess", *YEAR, "--format", form, "--out", out, "-w", folder)
    assert "no such folder" in text


def test_a_mapping_that_is_not_there_or_no_text_is_named(folder, capsys, monkeypatch):
    odd = folder / "odd.toml"
    odd.write_bytes("站点".encode("gb18030"))
    for mapping in (folder / "none.toml", odd):
        text = said(capsys, monkeypatch, "ingest", odd, "--feed", "long", "--mapping", mapping, "-w", folder)
        assert mapping.name in text


def test_a_table_is_no_law_text(folder, capsys, monkeypatch):
    table = folder / "table.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "yaml" in said(capsys, monkeypatch, "law", "import", table, "-w", folder)
    assert not (folder / "law" / "table.csv").exists()


def test_a_csv_file_opens_in_excel_with_its_chinese_names(folder, monkeypatch):
    out = folder / "a.csv"
    monkeypatch.setattr(
        "sys.argv", ["airshed", "assess", *YEAR, "--format", "csv", "--out", str(out), "-w", str(folder)]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("width", [20, 40, 80])
def test_on_a_narrow_screen_only_the_column_of_words_gives_way(width):
    table = Table("time", "words", "number", box=None)
    table.add_row("2015-12-31T16:00", "many words in a row " * 9, "1,234,567.89")
    text = StringIO()
    show_whole(table, folding=1, console=Console(file=text, width=width))
    assert "2015-12-31T16:00" in text.getvalue()
    assert "1,234,567.89" in text.getvalue()
    assert "…" not in text.getvalue()


def test_an_index_of_a_folder_asks_for_a_file(folder, capsys, monkeypatch):
    assert "name one file" in said(capsys, monkeypatch, "index", folder)


def test_where_nobody_watches_no_bar_is_drawn(folder, capsys, monkeypatch):
    table = folder / "table.csv"
    table.write_text("city,date,pm25\n北京,2015-01-01,80\n", encoding="utf-8")
    monkeypatch.setattr(
        "sys.argv", ["airshed", "ingest", str(table), "--feed", "city-daily", "-w", str(folder)]
    )
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err == ""


def test_an_empty_folder_holds_nothing_to_ingest(folder, capsys, monkeypatch):
    (folder / "nothing here").mkdir()
    text = said(capsys, monkeypatch, "ingest", folder / "nothing here", "--feed", "city-daily", "-w", folder)
    assert "nothing here" in text


def test_a_region_nobody_knows_leaves_no_folder_behind(tmp_path, capsys, monkeypatch):
    text = said(capsys, monkeypatch, "init", tmp_path / "new", "--region", "nowhere")
    assert "nowhere" in text
    assert not (tmp_path / "new").exists()
