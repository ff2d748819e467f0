"""The index against the texts' own examples, against rational arithmetic, and at its edges."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.errors import LawNotFound
from airshed.law import Book
from airshed.observations.index import NO_INDEX, category_of, daily_index, hourly_index, items_of, sub_index

BOOK = Book.load()
OLD, NEW = BOOK.version("HJ 633-2012", "index"), BOOK.version("HJ 633-2026", "index")
US = BOOK.version("US EPA AQI 2024", "index")
CLEAN = {"pm25": 10.0, "pm10": 20.0, "so2": 5.0, "no2": 10.0, "co": 0.4, "o3_mda8": 40.0}


def day(provision, **changes):
    return daily_index(pl.DataFrame({k: [v] for k, v in {**CLEAN, **changes}.items()}), provision).to_dicts()[
        0
    ]


def hour(provision, **changes):
    row = {("o3" if k == "o3_mda8" else k): v for k, v in CLEAN.items()} | changes
    return hourly_index(pl.DataFrame({k: [v] for k, v in row.items()}), provision).to_dicts()[0]


VECTORS = [  # item, concentration, HJ 633-2012, HJ 633-2026
    ("pm25", 35, 50, 50), ("pm25", 60, 82, 100), ("pm25", 61, 83, 101), ("pm25", 75, 100, 114),
    ("pm25", 76, 102, 115), ("pm25", 100, 132, 137), ("pm25", 115, 150, 150), ("pm25", 150, 200, 200),
    ("pm10", 120, 85, 100), ("pm10", 121, 86, 101), ("pm10", 150, 100, 112), ("pm10", 160, 105, 116),
    ("pm10", 250, 150, 150), ("o3_mda8", 161, 101, 101), ("co", 4.1, 101, 101), ("no2", 81, 101, 101),
]  # fmt: skip


@pytest.mark.parametrize(("item", "concentration", "old", "new"), VECTORS)
def test_worked_examples_of_both_editions(item, concentration, old, new):
    assert sub_index([concentration], item, "day", OLD).tolist() == [old]
    assert sub_index([concentration], item, "day", NEW).tolist() == [new]


def exactly(value: Fraction, item: str, averaging: str, provision) -> int:
    """The formula in rational numbers, written without the program."""
    row, steps = provision.value["breakpoints"][averaging][item], provision.value["index"]
    if provision is NEW:
        tenths = 10 if item == "co" else 1
        value = Fraction(round(value * tenths), tenths)  # Python rounds fractions half to even, as GB/T 8170
    for k in range(len(row) - 1):
        if value <= Fraction(row[k + 1]):
            slope = Fraction(steps[k + 1] - steps[k]) / (Fraction(row[k + 1]) - Fraction(row[k]))
            return ceil(slope * (value - Fraction(row[k])) + steps[k])
    cap = provision.value["caps"].get(averaging, {}).get(item, {"index": 500})
    return cap.get("index", NO_INDEX)


@settings(deadline=None)
@given(
    st.sampled_from([(p, a, i) for p in (OLD, NEW) for a, t in p.value["breakpoints"].items() for i in t]),
    st.integers(0, 6_000_000),
)
def test_the_index_equals_the_formula_in_rational_numbers(column, thousandths):
    provision, averaging, item = column
    found = sub_index([thousandths / 1000], item, averaging, provision)
    assert found.tolist() == [exactly(Fraction(thousandths, 1000), item, averaging, provision)]


def by_appendix_g(value: Fraction, item: str) -> int:
    """40 CFR 58 appendix G in rational numbers: cut off, interpolate, round half up."""
    decimals = US.value["concentration_decimals"]
    scale = 10 ** decimals.get(item, decimals["default"])
    value = Fraction(floor(value * scale), scale)
    for *bounds, index_low, index_high in US.value["breakpoints"]["day"][item]:
        low, high = (Fraction(str(bound)) for bound in bounds)
        if value <= high:
            if value < low:
                return NO_INDEX
            return floor((index_high - index_low) / (high - low) * (value - low) + index_low + Fraction(1, 2))
    return US.value["caps"]["day"].get(item, {"index": 500})["index"]


@settings(deadline=None)
@given(st.sampled_from(sorted(US.value["breakpoints"]["day"])), st.integers(0, 3_000_000))
def test_the_american_index_equals_appendix_g_in_rational_numbers(item, count):
    scale = 1_000_000 if US.value["units"][item] == "ppm" and item != "co_max8h" else 1000
    found = sub_index([count / scale], item, "day", US, US.value["units"][item])
    assert found.tolist() == [by_appendix_g(Fraction(count, scale), item)]


@settings(deadline=None)
@given(st.lists(st.floats(0, 5000), min_size=2, max_size=2), st.sampled_from(sorted(CLEAN)))
def test_more_of_a_pollutant_is_never_a_smaller_index(pair, item):
    for provision in (OLD, NEW):
        low, high = sub_index(sorted(pair), item, "day", provision)
        assert low <= high or high == NO_INDEX  # above 800 the edition of 2012 hands O3 over to the 1-h value


@settings(deadline=None)
@given(st.fixed_dictionaries({k: st.none() | st.integers(0, 900) for k in CLEAN}))
def test_the_index_is_the_largest_sub_index_and_its_holders_are_primary(row):
    found = daily_index(pl.DataFrame({k: [v] for k, v in row.items()}), OLD).to_dicts()[0]
    subs = {k: found[f"iaqi_{k}"] for k in CLEAN if found[f"iaqi_{k}"] is not None}
    assert found["aqi"] == max(subs.values(), default=None)
    largest = [k for k in items_of(OLD, "day") if subs.get(k) == found["aqi"]] if subs else []
    assert found["primary"] == ("+".join(largest) if subs and found["aqi"] > 50 else "")


def test_binary_noise_of_a_mean_does_not_lift_an_index():
    noisy = sum([0.1] * 350)  # 35.00000000000004
    assert noisy > 35
    assert sub_index([noisy], "pm25", "day", OLD).tolist() == [50]


def test_the_edition_of_2012_takes_concentrations_as_they_are_and_that_of_2026_rounds_them_first():
    assert sub_index([35.2, 35.5, 36.5], "pm25", "day", OLD).tolist() == [51, 51, 52]
    assert sub_index([35.2, 35.5, 36.5], "pm25", "day", NEW).tolist() == [50, 52, 52]
    assert sub_index([4.05, 4.06, 4.15], "co", "day", NEW).tolist() == [100, 101, 101]


def test_sulphur_dioxide_of_an_hour_above_800_is_200_in_2026_and_was_left_to_the_24_hour_mean():
    assert hour(NEW, so2=801.0)["iaqi_so2"] == 200
    assert hour(OLD, so2=801.0, so2_24h=475.0)["iaqi_so2"] == 150
    assert hour(OLD, so2=800.0, so2_24h=475.0)["iaqi_so2"] == 200
    without = hour(OLD, so2=801.0)
    assert (without["iaqi_so2"], without["missing"]) == (None, "so2")


def test_ozone_of_eight_hours_above_800_is_300_in_2026_and_was_left_to_the_1_hour_maximum():
    assert day(NEW, o3_mda8=801.0)["iaqi_o3_mda8"] == 300
    found = day(OLD, o3_mda8=801.0, o3_max1h=1000.0)
    assert (found["iaqi_o3_mda8"], found["aqi"], found["primary"]) == (400, 400, "o3_mda8")
    assert day(OLD, o3_mda8=801.0)["iaqi_o3_mda8"] is None


def test_the_1_hour_maximum_of_ozone_is_listed_in_2012_and_does_not_enter_the_index():
    found = day(OLD, o3_max1h=400.0)
    assert (found["iaqi_o3_max1h"], found["aqi"]) == (200, 20)


def test_with_an_item_missing_the_index_of_2026_is_published_only_above_100():
    assert day(NEW, co=None, pm25=61.0)["aqi"] == 101
    silent = day(NEW, co=None, pm25=60.0)
    assert silent["iaqi_pm25"] == 100
    assert [silent[k] for k in ("aqi", "category", "primary", "missing")] == [None, None, "", "co"]


def test_an_item_not_monitored_by_plan_does_not_count_as_missing():
    frame = pl.DataFrame({k: [v] for k, v in CLEAN.items() if k != "co"})
    assert daily_index(frame, NEW)["aqi"].to_list() == [None]
    assert daily_index(frame, NEW, not_monitored=["co"])["aqi"].to_list() == [20]


def test_the_edition_of_2012_says_nothing_of_missing_items_and_takes_the_largest_there_is():
    assert day(OLD, co=None, pm25=60.0)["aqi"] == 82
    assert day(OLD, **dict.fromkeys(CLEAN))["aqi"] is None


def test_up_to_an_index_of_50_nothing_is_primary_and_above_all_that_tie():
    assert day(NEW, pm25=35.0, pm10=50.0)["primary"] == ""
    assert day(NEW, pm25=60.0, pm10=120.0)["primary"] == "pm25+pm10"


def test_the_index_of_2026_begins_at_1():
    nothing = dict.fromkeys(CLEAN, 0.0)
    assert (day(NEW, **nothing)["aqi"], day(NEW, **nothing)["iaqi_pm25"], day(OLD, **nothing)["aqi"]) == (
        1,
        0,
        0,
    )


@pytest.mark.parametrize("bad", [float("nan"), float("-inf"), float("inf"), -0.1, -999.0, None])
def test_what_is_no_concentration_has_no_index(bad):
    assert day(OLD, pm25=bad)["iaqi_pm25"] is None
    assert day(NEW, pm25=bad)["aqi"] is None


def test_a_table_without_rows_stays_without_rows():
    for provision in (OLD, NEW, US):
        found = daily_index(pl.DataFrame(schema=dict.fromkeys(CLEAN, pl.Float64)), provision)
        assert found.height == 0
        assert {"aqi", "category", "primary", "iaqi_pm25"} <= set(found.columns)


def test_whole_numbers_and_columns_of_nulls_are_as_good_as_floats():
    found = daily_index(pl.DataFrame({"pm25": [150], "pm10": [None], "place": ["a"]}), NEW)
    assert found.select("place", "aqi", "category", "primary").row(0) == ("a", 200, 4, "pm25")


def test_categories_change_just_above_50_100_150_200_and_300():
    assert category_of([0, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500], NEW).tolist() == [
        1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6,
    ]  # fmt: skip
    assert category_of(NO_INDEX, NEW).tolist() == NO_INDEX


def test_the_american_index_reads_gases_in_micrograms_and_reckons_in_ppb():
    seventy_ppb = 70 * 47.998 * 101_325 / (8.314462618 * 298.15) * 1e-3
    assert sub_index([seventy_ppb, seventy_ppb + 2], "o3_mda8", "day", US).tolist() == [100, 101]
    assert sub_index([35.49, 35.5], "pm25", "day", US).tolist() == [100, 101]


def test_american_ozone_of_eight_hours_says_at_most_300_and_of_one_hour_begins_at_101():
    assert sub_index([0.2, 0.201, 0.5], "o3_mda8", "day", US, "ppm").tolist() == [300, 300, 300]
    assert sub_index([0.124, 0.125], "o3_max1h", "day", US, "ppm").tolist() == [NO_INDEX, 101]


def test_an_index_the_text_does_not_have_is_refused_by_name():
    with pytest.raises(LawNotFound, match="breakpoints of o3_mda8 for the hour in HJ 633-2026"):
        sub_index([1.0], "o3_mda8", "hour", NEW)


def test_a_scheme_without_a_real_time_index_gives_hours_none():
    found = hourly_index(pl.DataFrame({"pm25": [1.0]}), US)
    assert found.select("aqi", "category", "primary", "missing").row(0) == (None, None, "", "")


def test_the_input_is_left_as_it_was():
    values = np.array([35.4, np.nan, -1.0])
    before = values.copy()
    sub_index(values, "pm25", "day", NEW)
    np.testing.assert_array_equal(values, before)
