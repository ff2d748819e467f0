"""Figures for papers: written whole, or refused with what is lacking."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from airshed.errors import BadInput, Missing
from airshed.transport.figures import footprint_figure, matrix_figure, origin_figure, write_figure
from transport.small import small_grid

pytest.importorskip("matplotlib")
HEADS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def hill() -> np.ndarray:
    grid = small_grid()
    y, x = np.mgrid[: grid.ny, : grid.nx]
    return np.exp(-((x - grid.nx / 2) ** 2 + (y - grid.ny / 2) ** 2) / 8.0) - 1e-4


@pytest.mark.parametrize("ending", HEADS)
def test_a_figure_is_written_in_the_form_its_name_ends_with(tmp_path: Path, ending):
    figure = origin_figure({"local": np.array([10.0, 20.0])}, ["A", "B"], "en", "made data")
    write_figure(figure, tmp_path / f"bars{ending}")
    assert (tmp_path / f"bars{ending}").read_bytes().startswith(HEADS[ending])


def test_bars_stack_to_the_whole_and_a_negative_part_hangs_below_zero():
    figure = origin_figure(
        {"local": np.array([10.0]), "outside": np.array([5.0]), "top": np.array([-1.0])}, ["A"], "en"
    )
    bars = [p for p in figure.axes[0].patches if p.get_height()]
    assert max(b.get_y() + b.get_height() for b in bars) == 15.0
    assert min(b.get_y() + b.get_height() for b in bars) == -1.0


def test_a_matrix_shows_its_margins():
    share = np.array([[60.0, 40.0], [30.0, 70.0]])
    figure = matrix_figure(share, ["A", "B"], ["A", "B"], np.array([80.0, 50.0]), "en")
    heat, whole, mean = figure.axes[:3]
    assert [t.get_text() for t in heat.get_yticklabels()] == ["A", "B"]
    assert [bar.get_width() for bar in whole.patches] == [80.0, 50.0]
    assert [bar.get_height() for bar in mean.patches] == [45.0, 55.0]


def test_names_that_do_not_fit_a_matrix_are_refused():
    with pytest.raises(BadInput, match="a name for each row and column"):
        matrix_figure(np.ones((2, 2)), ["A"], ["A", "B"], np.ones(2), "en")


def test_a_footprint_lies_between_labelled_parallels_and_meridians():
    figure = footprint_figure(hill(), small_grid(), [20, 21], "A, one day", "en")
    labels = {text.get_text()[-1] for text in figure.axes[0].texts}
    assert labels == {"E", "N"}
    assert figure.axes[0].get_title() == "A, one day"


def test_a_footprint_with_nothing_above_zero_is_refused():
    with pytest.raises(BadInput, match="above zero"):
        footprint_figure(np.zeros(small_grid().shape), small_grid(), [0], language="en")


def test_another_ending_and_a_folder_that_is_not_there_are_refused(tmp_path: Path):
    figure = origin_figure({"local": np.array([1.0])}, ["A"], "en")
    for path in (tmp_path / "bars.gif", tmp_path / "nowhere" / "bars.png"):
        with pytest.raises(BadInput):
            write_figure(figure, path)


def test_without_a_chinese_font_it_is_said_which_are_looked_for(monkeypatch):
    monkeypatch.setattr("airshed.transport.figures.CHINESE_FONTS", ("No Such Font",))
    with pytest.raises(Missing, match=r"No Such Font.*take --lang en"):
        origin_figure({"本地": np.array([1.0])}, ["甲"], "zh")


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(Missing, match=r"airshed\[plot\]"):
        origin_figure({"local": np.array([1.0])}, ["A"], "en")


def test_of_many_origins_the_smallest_are_drawn_as_one_and_nothing_is_lost():
    amounts = {f"city {n}": np.array([float(n + 1)]) for n in range(12)}
    axes = origin_figure(amounts, ["A"], "en").axes[0]
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == [*(f"city {n}" for n in range(5, 12)), "others"]
    assert max(bar.get_y() + bar.get_height() for bar in axes.patches) == sum(range(1, 13))
