"""Drawings of the outlook, of scorecards and of effects: nothing leaves its field, nothing is left out."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.web.drawing.fan import draw_fan, fan_picture
from airshed.web.drawing.scores import draw_reliability, draw_scores
from airshed.web.drawing.strip import draw_strip

Heights = st.lists(st.floats(1, 900), min_size=2, max_size=8)


@given(middle=Heights, spread=st.floats(0, 2), last=st.one_of(st.none(), st.floats(0, 900)))
def test_a_fan_stays_inside_its_field_and_begins_at_what_was_last_observed(
    middle: list[float], spread: float, last: float | None
) -> None:
    values = np.array(middle)
    bands = {0.8: (values / (1 + spread), values * (1 + spread))}
    fan = draw_fan([10.0, last], [], bands, values, values[None], [[35.0, 75.0]] * (2 + len(values)), ["a", "b", "c"],
                   ticks=[], number=str)  # fmt: skip
    heights = [float(y) for path in (fan["bands"][0]["path"], fan["middle"], fan["members"][0])
               for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]  # fmt: skip
    assert all(0 <= y <= 100 for y in heights)
    points = re.findall(r"[ML]([\d.]+) ", fan["middle"])
    assert len(points) == len(values) + (last is not None)
    assert sum(z["share"] for z in fan["zones"]) == pytest.approx(100, abs=0.05)


def test_skills_below_the_scale_stand_at_its_edge_and_are_marked() -> None:
    drawn = draw_scores([1, 2], {"m": [(-7.0, None, None), (0.5, 0.4, 0.6)]}, aim=0.0, number=str, share=True)
    line = drawn["series"][0]
    assert (line["below"].count("h0"), line["dots"].count("h0"), line["intervals"].count("V")) == (1, 1, 1)
    assert line["below"].split()[1] == "100.0h0"
    assert drawn["aim"] == 50.0


def test_a_method_that_is_always_right_lies_on_the_diagonal() -> None:
    (drawn,) = draw_reliability({"m": [(0.1, 0.1, 90), (0.9, 0.9, 10), (0.5, 0.5, 0)]})
    assert [d["at"] for d in drawn["dots"]] == ["M10.0 90.0h0", "M90.0 10.0h0"]
    assert drawn["dots"][0]["size"] > drawn["dots"][1]["size"]


@given(effect=st.floats(-90, 300), placebos=st.lists(st.floats(-90, 300), min_size=1, max_size=39))
def test_a_strip_holds_every_placebo_and_has_nothing_in_the_middle(
    effect: float, placebos: list[float]
) -> None:
    strip = draw_strip(effect, (effect - 5, effect + 5), (min(placebos), max(placebos)), placebos, str)
    assert strip["zero"] == 50
    assert all(0 <= at <= 100 for at in (strip["effect"], *strip["hairs"]))
    assert (strip["effect"] > 50) == (effect > 0) or abs(effect) < 0.1


def test_an_edit_above_everything_else_is_still_in_the_field() -> None:
    values = np.array([50.0, 60.0])
    bands = {0.8: (values - 10, values + 10)}
    fan = draw_fan(
        [40.0], [], bands, values, None, [], [], ticks=[], number=str, edits={1: (480.0, 300.0, 620.0)}
    )
    assert fan["top"] >= 620
    assert fan["edits"] == [f"M500.0 {round(100 * (1 - 480 / fan['top']), 1)}h0"]
    assert fan["edit_bars"][0].startswith(f"M500.0 {round(100 * (1 - 300 / fan['top']), 1)}V")


@pytest.mark.parametrize("edited", [False, True])
def test_a_picture_says_what_its_lines_are_and_names_edits_only_where_there_are_some(edited: bool) -> None:
    values = np.array([50.0, 60.0])
    edits = {1: (80.0, None, None)} if edited else {}
    fan = draw_fan([40.0], [], {0.8: (values - 10, values + 10)}, values, None, [], [], ticks=[], number=str,
                   edits=edits) | {"issue": 0}  # fmt: skip
    drawn = fan_picture(fan, "PM2.5", {}, {"observed": "实测", "middle": "中位数", "edits": "人工订正"})
    assert "— 实测" in drawn
    assert ("— 人工订正" in drawn) == edited
    at = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="40"', drawn)]
    assert len(at) == 2 + edited
    assert at == sorted(at, reverse=True)
    assert min(at) > 500, "they do not run into the title"
