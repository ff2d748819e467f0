"""Which stations, hours and versions of a value enter a city's day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import airshed
from airshed.observations import city_daily, city_hourly
from airshed.places import Station
from airshed.store import View
from airshed.workspace import Workspace
from store.samples import feed, row

CITY = "gb2260:130200"
NAMES = {"zh": "站", "en": "station"}
FIRST_HOUR = 16  # 2020-01-01T16Z, the first hour of 2 January in Beijing time
DAY = date(2020, 1, 2)
CHANGE = date(2020, 1, 3)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Four monitors in one city: two that count, one control station, one that ended."""
    made = airshed.init(tmp_path / "w")
    stations = [
        Station("made:1", NAMES, CITY, source="made"),
        Station("made:2", NAMES, CITY, source="made", since=CHANGE),
        Station("made:control", NAMES, CITY, source="made", role="control"),
        Station("made:ended", NAMES, CITY, source="made", until=CHANGE),
    ]
    with made.transaction() as connection:
        made.remember_stations(connection, stations, replace=False)
    return made


def day_of(workspace: Workspace, day: date = DAY) -> dict[str, object]:
    rows = city_daily(workspace, View.everything(), [CITY], day, day, variables=["pm25"])
    return rows.row(0, named=True)


def hour(h: int, value: float, place: str = "made:1") -> dict[str, object]:
    """An hour of the day, h after its first; values climb through the day, since one that stays is called stuck."""
    return row(FIRST_HOUR + h, value + h % 24, place=place)


CLIMB = sum(range(24)) / 24  # what climbing adds to the mean of a day


def test_a_control_station_does_not_count_in_the_mean_of_its_city(workspace: Workspace) -> None:
    values = {"made:1": 40.0, "made:control": 10.0}
    feed(workspace, [hour(h, v, p) for h in range(24) for p, v in values.items()])
    assert day_of(workspace)["value"] == 40.0 + CLIMB


def test_a_station_counts_from_its_first_day_and_no_longer_on_the_day_it_ends(workspace: Workspace) -> None:
    values = {"made:1": 40.0, "made:2": 80.0, "made:ended": 20.0}
    feed(workspace, [hour(h, v, p) for h in range(48) for p, v in values.items()])
    assert day_of(workspace)["value"] == 30.0 + CLIMB
    assert day_of(workspace, CHANGE)["value"] == 60.0 + CLIMB


def test_a_day_holds_the_hours_that_start_in_it_by_local_time(workspace: Workspace) -> None:
    feed(workspace, [hour(h, 100.0 if 0 <= h < 24 else 1.0) for h in range(-1, 25)])
    day = day_of(workspace)
    assert (day["value"], day["hours"], day["valid"]) == (100.0 + CLIMB, 24, True)


@pytest.mark.parametrize(("hours", "valid"), [(20, True), (19, False)])
def test_a_day_of_twenty_hours_is_valid_and_one_of_nineteen_is_not(
    workspace: Workspace, hours: int, valid: bool
) -> None:
    feed(workspace, [hour(h, 50.0) for h in range(hours)])
    assert day_of(workspace)["valid"] is valid


def test_a_value_that_was_replaced_no_longer_counts(workspace: Workspace) -> None:
    feed(workspace, [row(FIRST_HOUR, 50.0, place="made:1", issued=20)])
    feed(workspace, [row(FIRST_HOUR, 90.0, place="made:1", issued=30)])
    start, end = datetime(2020, 1, 1, 16, tzinfo=UTC), datetime(2020, 1, 1, 17, tzinfo=UTC)
    hours = city_hourly(workspace, View.everything(), [CITY], start, end, variables=["pm25"])
    assert hours["value"].to_list() == [90.0]
