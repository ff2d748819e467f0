"""Pictures the server makes: projection, marks, curves, calendar, colours."""

from __future__ import annotations

import math
from datetime import date
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from airshed.law import Book
from airshed.web.drawing import calendar_grid, draw_map, draw_series
from airshed.web.drawing.labels import CHIP, Box, place_names, push_apart
from airshed.web.drawing.mercator import fit
from airshed.web.drawing.series import nice_top
from airshed.web.palette import EVEN, ink, luminance
from airshed.web.words import Words

lonlat = st.tuples(st.floats(73, 135), st.floats(18, 54))


@given(st.lists(lonlat, min_size=2, max_size=8, unique=True))
def test_every_point_the_map_is_fitted_to_lies_in_the_picture(points: list[tuple[float, float]]) -> None:
    project = fit(points, width=1000, margin=0.04)
    for lon, lat in points:
        x, y = project(lon, lat)
        assert -1e-6 <= x <= 1000 + 1e-6
        assert -1e-6 <= y <= project.height + 1e-6


def test_north_is_up_and_a_small_square_stays_a_square() -> None:
    project = fit([(110, 35), (120, 42)], width=1000, margin=0)
    (x, y), (east, _), (_, north) = project(116, 40), project(116.01, 40), project(116, 40.01)
    assert north < y
    metres_east, metres_north = 0.01 * math.cos(math.radians(40)), 0.01
    assert (east - x) / metres_east == pytest.approx((y - north) / metres_north, rel=1e-3)


def test_marks_that_overlap_are_parted_and_lone_ones_stay() -> None:
    parted = push_apart([(100, 100), (110, 105), (700, 700)])
    (ax, ay), (bx, by), lone = parted
    assert abs(ax - bx) >= CHIP[0] or abs(ay - by) >= CHIP[1]
    assert lone == (700, 700)


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), max_size=12))
def test_no_mark_moves_farther_than_it_is_wide(points: list[tuple[float, float]]) -> None:
    for (x, y), (hx, hy) in zip(push_apart(points), points, strict=True):
        assert abs(x - hx) <= CHIP[0]
        assert abs(y - hy) <= CHIP[0]


def test_a_name_gives_way_to_marks_and_to_names_before_it() -> None:
    assert place_names([(500, 500)], ["北京"]) == ["below"]
    assert place_names([(500, 500), (500, 545)], ["北京", "廊坊"]) == ["above", "below"]


def test_a_map_has_a_shape_for_every_area_and_a_mark_for_every_point() -> None:
    areas = {"a": box(115, 39, 117, 41), "b": box(117, 39, 119, 40)}
    drawn = draw_map(areas, {"a": (116, 40), "b": (118, 39.5)}, {"a": "A", "b": "B"})
    assert [s["place"] for s in drawn.shapes] == ["a", "b"]
    assert all(s["path"].startswith("M") and s["path"].endswith("z") for s in drawn.shapes)
    assert drawn.marks[0]["left"] < drawn.marks[1]["left"]
    assert drawn.marks[0]["top"] < drawn.marks[1]["top"]


@given(st.floats(0.01, 1e5))
def test_an_axis_holds_its_largest_value_with_at_most_four_ticks(largest: float) -> None:
    top, step = nice_top(largest)
    assert top >= largest
    assert 1 <= round(top / step) <= 4


def test_a_curve_breaks_where_values_are_missing() -> None:
    chart = draw_series(
        [1, 2, None, 3, None, None, 4, 5], flagged={}, limit=None, now=None, ticks=[], number=str
    )
    assert chart["path"].count("M") == 3
    assert chart["path"].count("h") == 1, "a value alone between gaps is a dash"


def test_a_flagged_value_is_marked_where_it_stands_and_a_value_that_does_not_count_at_the_foot() -> None:
    chart = draw_series(
        [50, None, 100], flagged={1: "stuck", 2: "spike"}, limit=None, now=None, ticks=[], number=str
    )
    assert [(m["at"], m["text"]) for m in chart["marks"]] == [
        ("M500.0 100.0h0", "stuck"),
        ("M833.3 0.0h0", "spike"),
    ]


def test_the_axis_reaches_above_the_limit_of_the_law() -> None:
    chart = draw_series([10, 12], flagged={}, limit=75, now=1, ticks=[], number=str)
    assert chart["top"] > 75
    assert 0 < chart["limit"]["at"] < 100


def test_a_calendar_begins_each_month_on_its_weekday_and_knows_leap_years() -> None:
    grid = calendar_grid(
        2016, {date(2016, 2, 29): {"aqi": 120, "category": 3}}, {3: "III"}, Words("en"), None
    )
    february = grid["months"][1]
    assert (february["starts_on"], len(february["days"])) == (1, 29)
    assert february["days"][28]["category"] == 3
    assert february["days"][0]["category"] is None


def test_the_palette_for_colour_blind_eyes_darkens_step_by_step() -> None:
    steps = [luminance(rgb) for rgb in EVEN]
    assert all(a > b * 1.2 for a, b in pairwise(steps))


def test_numbers_read_on_every_category_colour() -> None:
    book = Book.load()
    colours = [
        c["rgb"] for name in book.versions("index") for c in book.version(name, "index").value["categories"]
    ]
    for rgb in [*colours, *EVEN]:
        other = 0.0 if ink(rgb) == "#000" else 1.0
        light, dark = sorted([luminance(rgb), other], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_boxes_that_only_touch_do_not_meet() -> None:
    a, b, c = Box(0, 0, 1, 1), Box(1, 0, 2, 1), Box(0.5, 0.5, 1.5, 1.5)
    assert [x.meets(y) for x, y in combinations((a, b, c), 2)] == [False, True, True]
