"""``airshed law``: list, show, on."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from airshed.cli.law import app
from airshed.errors import BadInput, LawNotFound, UnknownPlace
from airshed.law import Book


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_the_list_names_every_version_and_marks_what_is_not_verified():
    shown = run("list").stdout
    assert "HJ 633-2026" in shown
    assert "⚠ 未核实" in shown
    listed = json.loads(run("list", "--json").stdout)
    assert len(listed["provisions"]) == len(Book.load().provisions)
    assert listed["digest"] == Book.load().digest


@pytest.mark.parametrize(
    ("name", "subject"), [("index", "index"), ("hj633-2012", "index"), ("GB 3095-2026", "limits")]
)
def test_a_subject_a_version_or_a_document_is_shown_whole(name, subject):
    shown = json.loads(run("show", name, "--json").stdout)
    assert subject in {p["subject"] for p in shown}
    assert all(p["source"] and p["status"] and p["value"] for p in shown)
    assert subject in run("show", name, "--lang", "en").stdout


def test_single_figures_that_are_not_verified_are_marked_where_they_are_shown():
    shown = run("show", "GB 3095-2026", "--lang", "en").stdout
    marked = [line for line in shown.splitlines() if "first_window_end" in line and "⚠" in line]
    assert marked


def test_what_held_on_a_day_in_a_city():
    held = json.loads(run("on", "2015-06-01", "--place", "唐山", "--json").stdout)
    assert held["chain"] == ["gb2260:130200", "gb2260:130000", "cn", "world"]
    assert held["provisions"]["limits"]["version"] == "GB 3095-2012"
    assert "GB 3095-2026/final" in "".join(run("on", "2031-01-01").stdout.split("\n"))
    american = json.loads(run("on", "2025-01-01", "--place", "us", "--json").stdout)
    assert american["provisions"]["index"]["version"] == "US EPA AQI 2024"


def test_what_cannot_be_found_is_said_with_what_could_have_been_meant():
    assert isinstance(run("show", "HJ 1").exception, LawNotFound)
    assert isinstance(run("on", "2015-06-31").exception, BadInput)
    assert isinstance(run("on", "2015-06-01", "--place", "亚特兰蒂斯").exception, UnknownPlace)


def test_the_texts_of_a_workspace_are_part_of_its_book(tmp_path):
    from law.test_law_book import written  # the same made text

    (tmp_path / "airshed.toml").write_text("")
    written(tmp_path / "law")
    assert "Tangshan 2020" in run("list", "--workspace", str(tmp_path)).stdout
    assert "Tangshan 2020" not in run("list", "--workspace", str(tmp_path / "law")).stdout
