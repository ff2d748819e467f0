"""The notebook of the documentation runs on the real file and shows what it says."""

from __future__ import annotations

import sys

import jupytext
import nbformat

from conftest import ROOT, shared_data

sys.path.insert(0, str(ROOT / "tools"))
import notebook


def test_the_notebook_goes_from_the_real_file_to_a_figure() -> None:
    shared_data("air_quality/city_daily_366cities_20131202_20160229.parquet")
    run = notebook.executed()
    assert "Beijing 80.1, thirteen cities 76.5 ug/m3" in notebook.texts(run)
    assert "zero_missing" in notebook.texts(run)
    assert "(0, " in notebook.texts(run), "feeding the same file again accepted something"
    assert notebook.pictures(run) == 1


def test_the_notebook_shown_is_the_page_that_people_edit() -> None:
    page = jupytext.read(notebook.PAGE)
    shown = nbformat.read(notebook.EXECUTED, as_version=4)
    assert [cell.source for cell in shown.cells] == [cell.source for cell in page.cells]
    assert notebook.pictures(shown) == 1
