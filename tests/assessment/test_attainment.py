"""Attainment, exceedance and the composite index."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from airshed.assessment.attainment import attainment, attainment_overall, daily_limit, exceedance_days
from airshed.assessment.composite import composite_index, sub_indices
from airshed.assessment.daily import valid_items
from airshed.assessment.period import Period
from airshed.assessment.statistics import city_statistics

from .samples import COMPOSITE, EVALUATION, GRADE, LIMITS_2012, VALIDITY, daily, provision

YEAR = Period.year(2015)
CLEAN = {"pm25": 20.0, "pm10": 50.0, "so2": 10.0, "no2": 30.0, "co": 1.0, "o3_mda8": 100.0}


def year_of(levels: dict[str, float], place: str = "A") -> pl.DataFrame:
    return daily(
        (place, v, date(2015, 1, 1) + timedelta(days=i), x) for v, x in levels.items() for i in range(365)
    )


def statistics(*tables: pl.DataFrame, places: tuple[str, ...] = ("A",)) -> pl.DataFrame:
    rows = valid_items(pl.concat(tables), VALIDITY, GRADE)
    return city_statistics(rows, places, YEAR, EVALUATION, VALIDITY)


def judge(levels: dict[str, float]) -> dict[tuple[str, str], dict]:
    judged = attainment(statistics(year_of(levels)), EVALUATION, GRADE)
    return {(r["item"], r["measure"]): r for r in judged.iter_rows(named=True)}


def overall(levels: dict[str, float]) -> dict:
    return attainment_overall(attainment(statistics(year_of(levels)), EVALUATION, GRADE)).row(0, named=True)


def test_the_standard_asks_ten_questions_of_a_year():
    assert set(judge(CLEAN)) == {
        ("pm25", "mean"), ("pm25", "percentile"), ("pm10", "mean"), ("pm10", "percentile"),
        ("so2", "mean"), ("so2", "percentile"), ("no2", "mean"), ("no2", "percentile"),
        ("co", "percentile"), ("o3", "percentile"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "attains"), [(34.4, True), (35, True), (35.4, True), (35.6, False), (36, False)]
)
def test_the_rounded_mean_is_judged_and_the_limit_itself_attains(value, attains):
    assert judge(CLEAN | {"pm25": value})["pm25", "mean"]["attains"] is attains


def test_means_meet_annual_limits_and_percentiles_daily_ones():
    found = judge(CLEAN)
    assert found["pm25", "mean"]["limit"] == 35
    assert found["pm25", "percentile"]["limit"] == 75
    assert found["co", "percentile"]["limit"] == 4
    assert found["o3", "percentile"]["limit"] == 160


def test_the_exceedance_factor_is_what_is_above_the_limit_in_limits():
    found = judge(CLEAN | {"pm25": 70.0})["pm25", "mean"]
    assert found["exceedance"] == pytest.approx(1.0)
    assert found["ratio"] == pytest.approx(2.0)


def test_what_attains_has_no_exceedance_factor():
    assert judge(CLEAN)["pm25", "mean"]["exceedance"] is None
    assert judge(CLEAN | {"pm25": 35.0})["pm25", "mean"]["exceedance"] is None


def test_a_city_attains_with_all_six_items():
    assert overall(CLEAN)["attains"] is True


@pytest.mark.parametrize("item", ["pm25", "pm10", "so2", "no2", "co", "o3_mda8"])
def test_one_item_above_its_limit_is_enough_to_fail(item):
    found = overall(CLEAN | {item: 400.0})
    assert found["attains"] is False
    assert [k for k, v in found.items() if k.startswith("attains_") and not v] == [
        f"attains_{item.split('_')[0]}"
    ]


def test_an_item_without_enough_days_is_not_judged_and_leaves_the_city_open():
    thin = year_of(CLEAN).filter((pl.col("variable") != "so2") | (pl.col("day") < date(2015, 7, 1)))
    found = attainment_overall(attainment(statistics(thin), EVALUATION, GRADE)).row(0, named=True)
    assert found["attains"] is None
    assert found["attains_so2"] is None
    assert found["attains_no2"] is True


def test_a_failure_decides_even_where_another_item_is_open():
    thin = year_of(CLEAN | {"pm25": 90.0}).filter(
        (pl.col("variable") != "so2") | (pl.col("day") < date(2015, 7, 1))
    )
    assert (
        attainment_overall(attainment(statistics(thin), EVALUATION, GRADE)).row(0, named=True)["attains"]
        is False
    )


def test_a_day_at_its_limit_does_not_exceed_it():
    table = daily([("A", "pm25", date(2015, 1, 1), 75.0), ("A", "pm25", date(2015, 1, 2), 150.0)])
    found = exceedance_days(valid_items(table, VALIDITY, GRADE), YEAR, GRADE).row(0, named=True)
    assert (found["exceedance_days"], found["exceedance_share"], found["largest_exceedance"]) == (1, 0.5, 1.0)


def test_an_item_without_a_daily_limit_has_none():
    assert daily_limit({"year": 1}) is None


def test_the_composite_index_is_the_sum_of_six_quotients():
    levels = {"so2": 30.0, "no2": 40.0, "pm10": 105.0, "pm25": 70.0, "co": 2.0, "o3_mda8": 120.0}
    terms = sub_indices(statistics(year_of(levels)), COMPOSITE, LIMITS_2012)
    found = composite_index(terms).row(0, named=True)
    assert found["composite"] == pytest.approx(0.5 + 1 + 1.5 + 2 + 0.5 + 0.75)
    assert found["principal"] == ["pm25"]


def test_principal_pollutants_that_tie_are_all_named():
    levels = {"so2": 30.0, "no2": 80.0, "pm10": 105.0, "pm25": 70.0, "co": 2.0, "o3_mda8": 120.0}
    terms = sub_indices(statistics(year_of(levels)), COMPOSITE, LIMITS_2012)
    assert set(composite_index(terms).row(0, named=True)["principal"]) == {"no2", "pm25"}


def test_weights_are_data():
    terms = {k: v | {"weight": 3 if k == "pm25" else 1} for k, v in COMPOSITE.value["terms"].items()}
    heavy = provision("composite", COMPOSITE.value | {"terms": terms})
    plain, weighted = (
        composite_index(sub_indices(statistics(year_of(CLEAN)), rule, LIMITS_2012))["composite"][0]
        for rule in (COMPOSITE, heavy)
    )
    assert weighted - plain == pytest.approx(2 * 20 / 35)


def test_co_enters_the_composite_index_with_its_95th_percentile_and_o3_with_its_90th():
    rows = [
        ("A", v, date(2015, 1, 1) + timedelta(days=i), float(i + 1) / 100)
        for v in ("co",)
        for i in range(101)
    ]
    rows += [("A", "o3_mda8", date(2015, 1, 1) + timedelta(days=i), float(i + 1)) for i in range(101)]
    terms = sub_indices(statistics(daily(rows)), COMPOSITE, LIMITS_2012)
    found = {r["item"]: r["concentration"] for r in terms.iter_rows(named=True)}
    assert (found["co"], found["o3"]) == (1.0, 91)


def test_a_place_without_one_item_has_no_composite_index():
    table = year_of({k: v for k, v in CLEAN.items() if k != "co"})
    assert composite_index(sub_indices(statistics(table), COMPOSITE, LIMITS_2012))["composite"][0] is None


def test_places_keep_their_order():
    table = statistics(year_of(CLEAN, "B"), year_of(CLEAN, "A"), places=("B", "A"))
    assert composite_index(sub_indices(table, COMPOSITE, LIMITS_2012))["place"].to_list() == ["B", "A"]
