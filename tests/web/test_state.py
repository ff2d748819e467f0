"""Every state is a permalink, and moving about keeps place, time and taste."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.web.state import Cursor, read_state

days = st.dates(date(2000, 1, 1), date(2050, 12, 31))
cursors = st.builds(Cursor, days, st.none() | st.integers(0, 23))


@given(cursors)
def test_a_cursor_is_read_back_from_its_own_text(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@given(cursors, st.integers(-500, 500))
def test_stepping_on_and_back_ends_where_it_began(cursor: Cursor, steps: int) -> None:
    assert cursor.step(steps).step(-steps) == cursor


@given(days, st.integers(0, 23))
def test_twenty_four_hours_on_is_the_next_day_at_the_same_hour(day: date, hour: int) -> None:
    assert (
        Cursor(day, hour).step(24) == Cursor(day + timedelta(days=1), hour) == Cursor(day, hour).step_days(1)
    )


@pytest.mark.parametrize(
    "text", ["2015-13-01", "2015-12-01T24", "2015-12-01Tx", "yesterday", "2015-12-01T-1"]
)
def test_what_is_no_day_and_no_hour_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="by its start"):
        Cursor.parse(text)


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_switching_the_language_keeps_place_time_and_all_else() -> None:
    query = {"t": "2015-12-01T08", "region": "2+26", "sort": "-cities.aqi", "palette": "even"}
    there = _query(read_state("/", query, {}).here(lang="en"))
    assert there == {k: [v] for k, v in query.items()} | {"lang": ["en"]}


def test_a_link_to_another_page_keeps_place_and_time_but_not_the_order_of_a_table() -> None:
    state = read_state("/", {"t": "2015-12-01", "region": "2+26", "sort": "cities.aqi", "lang": "en"}, {})
    assert _query(state.link("/ranking")) == {"t": ["2015-12-01"], "region": ["2+26"], "lang": ["en"]}


def test_the_url_is_stronger_than_what_the_browser_remembers() -> None:
    cookies = {"airshed_lang": "en", "airshed_theme": "dark"}
    assert read_state("/", {}, cookies).language == "en"
    state = read_state("/", {"lang": "zh"}, cookies)
    assert (state.language, state.theme) == ("zh", "dark")


def test_an_unknown_taste_is_refused_in_the_url_and_ignored_in_a_cookie() -> None:
    with pytest.raises(BadInput, match="zh, en"):
        read_state("/", {"lang": "fr"}, {})
    assert read_state("/", {}, {"airshed_lang": "fr"}).language == "zh"
