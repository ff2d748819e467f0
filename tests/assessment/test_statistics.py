"""Means, percentiles and validity."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.assessment.daily import items, valid_items
from airshed.assessment.period import Period
from airshed.assessment.statistics import city_statistics, percentile
from airshed.errors import BadInput

from .samples import BTH, EVALUATION, GRADE, VALIDITY, daily, real_daily

YEAR = Period.year(2015)


def statistics(table: pl.DataFrame, places: tuple[str, ...], period: Period = YEAR) -> pl.DataFrame:
    return city_statistics(valid_items(table, VALIDITY, GRADE), places, period, EVALUATION, VALIDITY)


def one(table: pl.DataFrame, place: str, item: str) -> dict:
    return table.row(by_predicate=(pl.col("place") == place) & (pl.col("item") == item), named=True)


def series(values: dict[date, float], variable: str = "pm25", **defaults) -> pl.DataFrame:
    return daily([("A", variable, day, value) for day, value in values.items()], **defaults)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=i) for i in range(count)]


def test_the_real_pm25_mean_of_beijing_in_2015_is_80_1():
    assert one(statistics(real_daily(), BTH), "北京", "pm25")["mean"] == pytest.approx(80.1, abs=0.05)


def test_the_plain_mean_of_the_thirteen_real_city_means_of_2015_is_76_5():
    found = statistics(real_daily(), BTH).filter(pl.col("item") == "pm25")
    assert found.height == 13
    assert found["mean"].mean() == pytest.approx(76.5, abs=0.05)


def test_every_real_statistic_agrees_with_numpy():
    found = statistics(real_daily(), BTH)
    rows = items(real_daily()).filter((pl.col("day").dt.year() == 2015) & pl.col("valid"))
    for row in found.iter_rows(named=True):
        values = rows.filter((pl.col("place") == row["place"]) & (pl.col("item") == row["item"]))[
            "value"
        ].to_numpy()
        assert row["n"] == values.size
        assert row["mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert row["percentile"] == pytest.approx(
            np.percentile(values, row["percent"], method="linear"), rel=1e-12
        )


@pytest.mark.parametrize(("n", "percent", "want"), [(365, 90, 328.6), (366, 98, 358.7)])
def test_the_percentile_reproduces_the_example_of_the_text(n, percent, want):
    assert percentile(range(1, n + 1), percent) == pytest.approx(want, abs=1e-9)


def test_a_percentile_of_nothing_is_refused():
    with pytest.raises(BadInput, match="at least one value"):
        percentile([], 90)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=400), st.integers(0, 100))
def test_the_percentile_equals_the_linear_percentile_of_numpy(values, percent):
    assert percentile(values, percent) == pytest.approx(
        np.percentile(values, percent, method="linear"), abs=1e-9
    )


@settings(deadline=None)
@given(st.permutations(list(range(40))))
def test_the_order_of_rows_changes_nothing_to_the_last_bit(order):
    table = series({d: 0.1 * i for i, d in enumerate(days(date(2015, 1, 1), 40))})
    assert statistics(table[order], ("A",)).equals(statistics(table, ("A",)))


@settings(deadline=None)
@given(st.lists(st.floats(0, 5000), min_size=1, max_size=30))
def test_values_that_are_not_valid_change_no_statistic(values):
    good = series({d: 50.0 + i for i, d in enumerate(days(date(2015, 1, 1), 40))})
    bad = daily(
        [("A", "pm25", d, v, False) for d, v in zip(days(date(2015, 5, 1), len(values)), values, strict=True)]
    )
    assert statistics(pl.concat([bad, good]), ("A",)).equals(statistics(good, ("A",)))


def test_the_first_and_the_last_day_of_a_period_count_and_their_neighbours_do_not():
    table = series(
        {date(2014, 12, 31): 1000, date(2015, 1, 1): 10, date(2015, 12, 31): 30, date(2016, 1, 1): 1000}
    )
    found = one(statistics(table, ("A",)), "A", "pm25")
    assert (found["n"], found["mean"]) == (2, 20)


@pytest.mark.parametrize(("year", "length"), [(2015, 365), (2016, 366), (2000, 366), (2100, 365)])
def test_coverage_is_reckoned_on_the_days_the_year_has(year, length):
    table = series(dict.fromkeys(days(date(year, 1, 1), length), 10.0))
    found = one(statistics(table, ("A",), Period.year(year)), "A", "pm25")
    assert (found["days"], found["n"], found["coverage"]) == (length, length, 1)


@pytest.mark.parametrize(("missing", "sufficient"), [(41, True), (42, False)])
def test_a_year_wants_324_valid_days(missing, sufficient):
    kept = days(date(2015, 1, 1), 365)
    for month, gone in _spread(missing):
        first = kept.index(date(2015, month, 1))
        del kept[first : first + gone]
    assert len(kept) == 365 - missing
    found = one(statistics(series(dict.fromkeys(kept, 10.0)), ("A",)), "A", "pm25")
    assert found["sufficient"] is sufficient


def _spread(missing: int) -> list[tuple[int, int]]:
    """Take days from months so that each keeps the count the month itself wants."""
    spare = {m: 4 if m in (1, 3, 5, 7, 8, 10, 12) else 3 for m in range(1, 13)}
    taken = []
    for month, most in spare.items():
        taken.append((month, min(most, missing)))
        missing -= taken[-1][1]
    return taken


@pytest.mark.parametrize(
    ("month", "valid", "sufficient"),
    [(1, 27, True), (1, 26, False), (2, 25, True), (2, 24, False), (4, 26, False)],
)
def test_a_month_wants_27_valid_days_and_february_25(month, valid, sufficient):
    table = series(dict.fromkeys(days(date(2015, month, 1), valid), 10.0))
    assert one(statistics(table, ("A",), Period.month(2015, month)), "A", "pm25")["sufficient"] is sufficient


@pytest.mark.parametrize(("kept", "sufficient"), [(25, True), (24, False)])
def test_a_year_with_a_thin_february_is_not_valid_however_full_the_rest(kept, sufficient):
    february = days(date(2015, 2, 1), 28)
    full = [d for d in days(date(2015, 1, 1), 365) if d not in february[kept:]]
    assert one(statistics(series(dict.fromkeys(full, 10.0)), ("A",)), "A", "pm25")["sufficient"] is sufficient


def test_a_year_with_a_whole_month_missing_is_not_valid():
    full = [d for d in days(date(2015, 1, 1), 365) if d.month != 6]
    assert one(statistics(series(dict.fromkeys(full, 10.0)), ("A",)), "A", "pm25")["sufficient"] is False


def test_for_a_season_the_law_has_no_count_and_none_is_invented():
    winter = Period(date(2015, 1, 1), date(2015, 3, 31))
    found = one(statistics(series({date(2015, 1, 1): 10.0}), ("A",), winter), "A", "pm25")
    assert found["sufficient"] is None
    assert (found["n"], found["days"]) == (1, 90)


def test_a_place_without_data_has_rows_without_figures():
    found = statistics(series({date(2015, 1, 1): 10.0}), ("A", "B")).filter(pl.col("place") == "B")
    assert found.height == 6
    assert found["n"].sum() == 0
    assert found["mean"].null_count() == 6


def test_results_are_rounded_half_to_even_and_co_to_one_decimal():
    table = pl.concat(
        [
            series({date(2015, 1, 1): 34.5}),
            series({date(2015, 1, 1): 1.25}, "co"),
            series({date(2015, 1, 1): 35.5}, "pm10"),
        ]
    )
    found = statistics(table, ("A",))
    assert one(found, "A", "pm25")["mean_rounded"] == 34
    assert one(found, "A", "pm10")["mean_rounded"] == 36
    assert one(found, "A", "co")["percentile_rounded"] == 1.2


@pytest.mark.parametrize(("value", "counts"), [(160, False), (160.1, True)])
def test_an_o3_day_with_too_few_windows_counts_only_if_it_exceeds(value, counts):
    short = daily([("A", "o3_mda8", date(2015, 7, 1), value, False)], hours=13)
    assert one(statistics(short, ("A",)), "A", "o3")["n"] == int(counts)


@pytest.mark.parametrize(("variable", "basis"), [("pm25", "computed"), ("o3_mda8", "reported")])
def test_no_other_invalid_day_counts_however_high(variable, basis):
    table = daily([("A", variable, date(2015, 7, 1), 900.0, False)], basis=basis)
    assert statistics(table, ("A",))["n"].sum() == 0


@pytest.mark.parametrize(
    ("first", "last", "kind", "label"),
    [
        (date(2016, 1, 1), date(2016, 12, 31), "year", "2016"),
        (date(2016, 2, 1), date(2016, 2, 29), "month", "2016-02"),
        (date(2015, 2, 1), date(2015, 2, 27), "other", "2015-02-01..2015-02-27"),
        (date(2015, 12, 1), date(2015, 12, 31), "month", "2015-12"),
    ],
)
def test_a_period_knows_whether_it_is_a_calendar_year_or_month(first, last, kind, label):
    assert (Period(first, last).kind, Period(first, last).label) == (kind, label)


def test_a_period_cut_in_months_keeps_every_day_once():
    period = Period(date(2015, 11, 15), date(2016, 3, 2))
    assert [d for m in period.months() for d in m.list_days()] == period.list_days()


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(BadInput, match="swap them"):
        Period(date(2016, 1, 1), date(2015, 12, 31))
