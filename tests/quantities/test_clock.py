"""Local days as half-open intervals of UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.quantities import BEIJING, DAY, Clock, Interval

offsets = st.sampled_from([-12, -8, -3.5, 0, 5.5, 5.75, 8, 14])
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(offsets, days)
def test_a_day_has_twenty_four_hours_and_ends_where_the_next_begins(offset: float, day: date) -> None:
    clock = Clock(offset)
    assert clock.day(day).end - clock.day(day).start == DAY
    assert clock.day(day).end == clock.day(day + DAY).start


@given(offsets, days, st.integers(0, 86_399_999_999))
def test_an_instant_belongs_to_the_day_whose_interval_holds_it(offset: float, day: date, after: int) -> None:
    clock = Clock(offset)
    assert clock.day_of(clock.day(day).start + timedelta(microseconds=after)) == day


def test_midnight_belongs_to_the_day_it_begins() -> None:
    midnight = datetime(2015, 1, 1, 16, tzinfo=UTC)
    assert BEIJING.day_of(midnight) == date(2015, 1, 2)
    assert BEIJING.day_of(midnight - timedelta(microseconds=1)) == date(2015, 1, 1)


def test_the_first_hour_of_a_beijing_day_is_sixteen_hours_universal_time_of_the_day_before() -> None:
    assert BEIJING.day(date(2015, 1, 1)).start == datetime(2014, 12, 31, 16, tzinfo=UTC)
    assert BEIJING.local(datetime(2014, 12, 31, 16, tzinfo=UTC)).hour == 0


def test_a_year_of_days_includes_its_last() -> None:
    year = BEIJING.days(date(2015, 1, 1), date(2015, 12, 31))
    assert (year.end - year.start) == 365 * DAY


def test_an_interval_that_does_not_end_after_it_starts_is_refused() -> None:
    instant = datetime(2015, 1, 1, tzinfo=UTC)
    for end in (instant, instant - DAY):
        with pytest.raises(ValueError, match="must end after it starts"):
            Interval(instant, end)
    with pytest.raises(ValueError, match="times with a zone"):
        Interval(datetime(2015, 1, 1), instant)  # noqa: DTZ001


@pytest.mark.parametrize("offset", [-12.5, 14.5])
def test_an_offset_no_place_on_earth_has_is_refused(offset: float) -> None:
    with pytest.raises(ValueError, match="utc_offset"):
        Clock(offset)
