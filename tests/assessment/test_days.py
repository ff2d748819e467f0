"""Days by their index."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from airshed.assessment.daily import valid_items
from airshed.assessment.days import IndexSpan, day_counts, index_days
from airshed.assessment.period import Period

from .samples import BOOK, BTH, EVALUATION, GRADE, VALIDITY, daily, real_daily

OLD, NEW = (BOOK.version(name, "index") for name in ("HJ 633-2012", "HJ 633-2026"))
LEVELS = len(OLD.value["categories"])
FIRST = date(2015, 1, 1)
CLEAN = {"pm25": 20.0, "pm10": 40.0, "so2": 10.0, "no2": 20.0, "co": 1.0, "o3_mda8": 60.0}


def index(*days: dict[str, float], law=OLD, first: date = FIRST) -> pl.DataFrame:
    rows = [
        ("A", v, first + timedelta(days=i), x) for i, levels in enumerate(days) for v, x in levels.items()
    ]
    rows = valid_items(daily(rows), VALIDITY, GRADE)
    return index_days(rows, ["A"], [IndexSpan(Period(first, first + timedelta(days=len(days) - 1)), law)])


def counts(*days: dict[str, float], law=OLD) -> dict:
    return day_counts(index(*days, law=law), EVALUATION, LEVELS).row(0, named=True)


@pytest.mark.parametrize(("pm25", "aqi", "good", "heavy"), [
    (75.0, 100, 1, 0), (76.0, 102, 0, 0), (150.0, 200, 0, 0), (150.5, 201, 0, 1), (251.0, 301, 0, 1),
])  # fmt: skip
def test_a_day_of_100_is_good_one_of_200_not_heavy_and_one_of_201_is(pm25, aqi, good, heavy):
    day = CLEAN | {"pm25": pm25}
    assert index(day)["aqi"][0] == aqi
    found = counts(day)
    assert (found["good_days"], found["heavy_days"]) == (good, heavy)


def test_the_share_of_good_days_is_of_valid_days_not_of_all_days():
    found = counts(CLEAN, {}, CLEAN | {"pm25": 100.0}, {})
    assert (found["days"], found["valid_days"], found["good_days"], found["good_share"]) == (4, 2, 1, 0.5)


def test_without_a_valid_day_there_is_no_share():
    assert counts({}, {})["good_share"] is None


def test_levels_partition_the_valid_days():
    found = counts(CLEAN, CLEAN | {"pm25": 60.0}, CLEAN | {"pm25": 100.0}, CLEAN | {"pm25": 300.0}, {})
    assert [found[f"level_{i}"] for i in range(1, 7)] == [1, 1, 1, 0, 0, 1]
    assert sum(found[f"level_{i}"] for i in range(1, 7)) == found["valid_days"]


def test_a_day_with_two_primary_pollutants_counts_for_each():
    found = counts(CLEAN | {"pm25": 75.0, "pm10": 150.0})
    assert (found["primary_pm25"], found["primary_pm10"], found["primary_o3"]) == (1, 1, 0)


def test_a_day_of_50_or_less_has_no_primary_pollutant():
    found = counts(CLEAN | {"pm25": 35.0})
    assert sum(v for k, v in found.items() if k.startswith("primary_")) == 0


def test_a_good_day_is_lost_to_o3_if_without_o3_it_had_been_good():
    found = counts(CLEAN | {"o3_mda8": 161.0})
    assert (found["good_days_lost_to_o3"], found["o3_exceedance_days"], found["primary_o3"]) == (1, 1, 1)


def test_a_day_whose_other_items_are_just_good_is_lost_to_o3():
    assert counts(CLEAN | {"o3_mda8": 161.0, "pm25": 75.0})["good_days_lost_to_o3"] == 1


def test_no_good_day_is_lost_to_o3_where_pm25_alone_had_spoiled_it():
    found = counts(CLEAN | {"o3_mda8": 215.0, "pm25": 80.0})
    assert (found["good_days_lost_to_o3"], found["o3_exceedance_days"]) == (0, 1)


def test_a_good_day_with_o3_as_primary_pollutant_is_not_lost():
    found = counts(CLEAN | {"o3_mda8": 160.0})
    assert (found["good_days_lost_to_o3"], found["o3_exceedance_days"], found["good_days"]) == (0, 0, 1)


def test_under_the_law_of_2026_a_clean_day_with_an_item_missing_has_no_index():
    day = {k: v for k, v in CLEAN.items() if k != "co"}
    table = index(day, law=NEW)
    assert table["aqi"][0] is None
    assert table["missing"][0].to_list() == ["co"]
    assert counts(day, law=NEW)["valid_days"] == 0


def test_under_the_law_of_2026_a_polluted_day_with_an_item_missing_has_one():
    day = {k: v for k, v in CLEAN.items() if k != "co"} | {"pm25": 115.0}
    assert counts(day, law=NEW)["valid_days"] == 1


def test_each_day_is_judged_by_the_law_of_its_day():
    first = date(2026, 2, 28)
    rows = valid_items(daily(
        ("A", v, first + timedelta(days=i), x) for i in range(2) for v, x in (CLEAN | {"pm25": 70.0}).items()
    ), VALIDITY, GRADE)  # fmt: skip
    table = index_days(rows, ["A"], [
        IndexSpan(Period(first, first), OLD), IndexSpan(Period(date(2026, 3, 1), date(2026, 3, 1)), NEW),
    ])  # fmt: skip
    assert table["aqi"].to_list() == [94, 110]
    assert table["version"].to_list() == ["HJ 633-2012", "HJ 633-2026"]


def test_every_real_day_of_2015_is_in_exactly_one_category():
    rows = valid_items(real_daily(), VALIDITY, GRADE)
    found = day_counts(index_days(rows, BTH, [IndexSpan(Period.year(2015), OLD)]), EVALUATION, LEVELS)
    assert found["days"].to_list() == [365] * 13
    assert (
        found.select(pl.sum_horizontal([f"level_{i}" for i in range(1, 7)]) == pl.col("valid_days"))
        .to_series()
        .all()
    )
    assert found.select(pl.col("good_days") == pl.col("level_1") + pl.col("level_2")).to_series().all()
    assert found.select(pl.col("heavy_days") == pl.col("level_5") + pl.col("level_6")).to_series().all()
