"""From which day a provision holds, and the first day on which it no longer does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from airshed.law import Book

PROVISION = Book.load().version("HJ 633-2012", "index")


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 5000), st.integers(-5, 5005))
def test_a_provision_holds_from_its_first_day_until_and_without_the_day_it_ends(
    since: date, length: int, after: int
) -> None:
    provision = replace(PROVISION, since=since, until=since + timedelta(length))
    assert provision.holds_on(since + timedelta(after)) == (0 <= after < length)


def test_a_provision_without_an_end_holds_for_ever() -> None:
    provision = replace(PROVISION, since=date(2016, 1, 1), until=None)
    assert provision.holds_on(date(2016, 1, 1))
    assert provision.holds_on(date.max)
    assert not provision.holds_on(date(2015, 12, 31))


def test_on_the_day_a_provision_ends_without_a_successor_it_is_gone() -> None:
    provision = replace(PROVISION, until=date(2020, 5, 17))
    assert provision.holds_on(date(2020, 5, 16))
    assert not provision.holds_on(date(2020, 5, 17))
