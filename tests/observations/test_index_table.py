"""The index of observations: each row under the law of its local day and place, days by the law's rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from airshed.errors import LawNotFound
from airshed.law import Book
from airshed.observations.flags import Flag
from airshed.observations.index_table import averaging_of, index_table
from airshed.observations.schema import FEED_COLUMNS
from airshed.quantities import BEIJING

BOOK = Book.load()
HOUR = timedelta(hours=1)
SIX = {"pm25": 20.0, "pm10": 40.0, "so2": 5.0, "no2": 20.0, "co": 0.5, "o3": 60.0}


def local(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=BEIJING.zone)


def rows(*cells, flag=0, stage=0, issued_at=None, place="cnemc:1001A"):
    """Rows from ``(variable, local start, hours, value)``."""
    made = [
        (place, v, BEIJING.utc(s), BEIJING.utc(s) + n * HOUR, x, flag, stage, "test", issued_at)
        for v, s, n, x in cells
    ]
    return pl.DataFrame(made, schema=FEED_COLUMNS, orient="row")


def of_hours(first, count, values=SIX, **more):
    return rows(*((v, first + k * HOUR, 1, x) for k in range(count) for v, x in values.items()), **more)


def table(frame, averaging, standard=None):
    found = index_table(frame, BOOK, lambda _: ("gb2260:110000", "cn"), BEIJING, averaging, standard)
    return found.sort("start").to_dicts()


def test_the_last_hour_before_march_2026_is_judged_by_the_old_edition_and_the_next_by_the_new():
    frame = of_hours(local(2026, 2, 28, 23), 2, {**SIX, "pm25": 75.0})
    before, after = table(frame, "hour")
    assert (before["standard"], before["aqi"]) == ("HJ 633-2012", 100)
    assert (after["standard"], after["aqi"]) == ("HJ 633-2026", 114)
    assert before["start"] == datetime(2026, 2, 28, 15, tzinfo=UTC)


def test_a_standard_asked_for_by_name_is_used_for_every_row():
    frame = of_hours(local(2015, 6, 1, 0), 1, {**SIX, "pm25": 75.0})
    assert table(frame, "hour", BOOK.version("HJ 633-2026", "index"))[0]["aqi"] == 114


@pytest.mark.parametrize(("hours", "index"), [(20, 29), (19, None)])
def test_a_daily_mean_wants_twenty_hours(hours, index):
    found = table(of_hours(local(2015, 6, 1, 0), hours), "day")
    assert found[0]["iaqi_pm25"] == index
    assert found[0]["start"] == datetime(2015, 5, 31, 16, tzinfo=UTC)


def test_the_ozone_of_a_day_is_the_largest_8_hour_mean_that_ends_within_it():
    high = {13 + k: 200.0 for k in range(8)}
    frame = rows(*(("o3", local(2015, 6, 1, h), 1, high.get(h, 40.0)) for h in range(24)))
    found = table(frame, "day")[0]
    assert found["o3_mda8"] == 200.0
    assert found["primary"] == "o3_mda8"


def test_an_ozone_day_with_few_windows_counts_only_when_it_exceeds_the_limit():
    def afternoon(value):
        return rows(*(("o3", local(2015, 6, 1, h), 1, value) for h in range(12, 20)))

    assert table(afternoon(161.0), "day")[0]["o3_mda8"] == 161.0
    assert table(afternoon(160.0), "day")[0]["o3_mda8"] is None


def test_rows_that_span_a_local_day_are_taken_as_they_are_and_sliding_means_are_not():
    frame = rows(
        ("pm25", local(2015, 6, 1, 0), 24, 115.0),
        ("pm25", local(2015, 6, 2, 5), 24, 999.0),
        ("o3_mda8", local(2015, 6, 1, 0), 24, 100.0),
    )
    found = table(frame, "day")
    assert [(r["aqi"], r["primary"]) for r in found] == [(150, "pm25")]


def test_the_sliding_day_of_sulphur_dioxide_stands_in_for_an_hour_above_the_table():
    noon = local(2015, 6, 1, 12)
    frame = rows(("so2", noon, 1, 900.0), ("so2", noon - 23 * HOUR, 24, 475.0))
    assert table(frame, "hour")[0]["iaqi_so2"] == 150


def test_what_a_feed_flagged_invalid_does_not_count():
    good, bad = of_hours(local(2015, 6, 1, 0), 1), rows(("pm25", local(2015, 6, 1, 1), 1, 0.0), flag=1)
    assert int(Flag.ZERO_MISSING) == 1
    assert len(table(pl.concat([good, bad]), "hour")) == 1


def test_of_a_value_told_twice_the_later_issue_holds_in_whatever_order_they_stand():
    noon = local(2015, 6, 1, 12)
    first = rows(("pm25", noon, 1, 75.0), issued_at=datetime(2015, 6, 1, tzinfo=UTC))
    later = rows(("pm25", noon, 1, 35.0), issued_at=datetime(2015, 6, 2, tzinfo=UTC))
    for frame in (pl.concat([first, later]), pl.concat([later, first])):
        assert [r["aqi"] for r in table(frame, "hour")] == [50]


def test_a_file_of_hours_is_one_of_hours_and_a_file_of_days_one_of_days():
    assert averaging_of(of_hours(local(2015, 6, 1), 1)) == "hour"
    assert averaging_of(rows(("pm25", local(2015, 6, 1), 24, 1.0))) == "day"


def test_a_table_without_rows_gives_one_without_rows():
    assert table(rows(), "hour") == []
    assert table(rows(), "day") == []


def test_hours_under_a_scheme_without_a_real_time_index_are_refused_by_name():
    rows_of_an_hour = of_hours(local(2025, 6, 1), 1)
    with pytest.raises(LawNotFound, match="a real-time index in US EPA AQI 2024"):
        index_table(rows_of_an_hour, BOOK, lambda _: ("us",), BEIJING, "hour")
