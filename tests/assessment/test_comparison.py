"""Comparisons: one version of the law, one reference state; and the series without dust."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from airshed.assessment import assess, dust_excluded, restate
from airshed.assessment.tables import COMPARED
from airshed.errors import BadInput

from .samples import LAW_2026, daily
from .test_assess import codes, row, said
from .worlds import BEIJING, CLEAN, TIANJIN, level, real_workspace, span

RESTATEMENT, DUST = LAW_2026["restatement"], LAW_2026["dust"]
FACTOR = 273.15 / 298.15


def two_years(first: int, figures: dict[str, float] = CLEAN) -> pl.DataFrame:
    return level(BEIJING, date(first, 1, 1), date(first + 1, 12, 31), figures)


def compare(world, year: int, **more):
    return assess(
        world.workspace, cities=["北京"], start=date(year, 1, 1), end=date(year, 12, 31),
        compare=(date(year - 1, 1, 1), date(year - 1, 12, 31)), **more,
    )  # fmt: skip


YEAR_2015 = date(2015, 1, 1), date(2015, 12, 31)
TWO_YEARS = date(2014, 1, 1), date(2015, 12, 31)


def compare_two(world):
    return assess(
        world.workspace, cities=["北京", "天津"], start=YEAR_2015[0], end=YEAR_2015[1],
        compare=(date(2014, 1, 1), date(2014, 12, 31)),
    )  # fmt: skip


def test_air_that_does_not_change_has_no_change_across_2026_03_01(world):
    world.daily = two_years(2025, CLEAN | {"pm25": 70.0})
    found = row(compare(world, 2026))
    assert found["composite_change"] == 0
    assert (found["good_days"], found["good_days_before"]) == (0, 0)


def test_across_2026_03_01_both_periods_are_reckoned_by_the_later_version_and_this_is_said(world):
    world.daily = two_years(2025)
    found = compare(world, 2026)
    assert "HJ 633-2026" in said(found, "one_version")
    assert set(found.index["version"]) == {"HJ 633-2026"}


def test_the_version_both_are_reckoned_by_can_be_named(world):
    world.daily = two_years(2025, CLEAN | {"pm25": 70.0})
    found = row(compare(world, 2026, standard="HJ 633-2012"))
    assert (found["good_days"], found["good_days_before"]) == (365, 365)


def test_where_the_law_did_not_change_nothing_is_said_about_versions(world):
    world.daily = two_years(2014)
    found = compare(world, 2015)
    assert not codes(found) & {"one_version", "gases_restated", "particles_unrestated"}


def test_across_2018_09_01_gases_are_restated_and_particles_labelled(world):
    world.daily = two_years(2017)
    found = compare(world, 2018)
    figures = row(found)
    assert figures["so2_before"] == pytest.approx(10 * FACTOR)
    assert figures["o3_before"] == pytest.approx(60 * FACTOR)
    early, late = 243, 122
    assert figures["so2"] == pytest.approx((early * 10 * FACTOR + late * 10) / 365)
    assert (figures["pm25"], figures["pm25_before"]) == (20, 20)
    assert figures["unrestated"] == "pm10+pm25"
    assert {"gases_restated", "particles_unrestated"} <= codes(found)


def test_with_temperature_and_pressure_particles_are_restated_too(world):
    world.daily = two_years(2017)
    days = span(date(2017, 1, 1), date(2018, 12, 31))
    world.weather = pl.DataFrame({"place": BEIJING, "day": days, "temperature": 12.85, "pressure": 1013.25})
    found = compare(world, 2018)
    assert row(found)["pm25_before"] == pytest.approx(20 * 273.15 / 286)
    assert row(found)["unrestated"] == ""
    assert "particles_restated" in codes(found)


def test_the_day_of_the_change_itself_is_not_restated(world):
    world.daily = daily(
        [(BEIJING, "so2", date(2018, 8, 31), 100.0), (BEIJING, "so2", date(2018, 9, 1), 100.0)]
    )
    found = assess(
        world.workspace, cities=["北京"], start=date(2018, 9, 1), end=date(2018, 9, 1),
        compare=(date(2018, 8, 31), date(2018, 8, 31)),
    )  # fmt: skip
    assert row(found)["so2"] == 100
    assert row(found)["so2_before"] == pytest.approx(100 * FACTOR)


def test_periods_that_begin_with_the_change_need_no_restatement(world):
    world.daily = level(BEIJING, date(2018, 9, 1), date(2019, 9, 30))
    found = assess(
        world.workspace, cities=["北京"], start=date(2019, 9, 1), end=date(2019, 9, 30),
        compare=(date(2018, 9, 1), date(2018, 9, 30)),
    )  # fmt: skip
    assert not codes(found) & {"gases_restated", "particles_restated", "particles_unrestated"}


def test_both_periods_before_the_change_stay_as_they_were(world):
    world.daily = two_years(2016)
    assert row(compare(world, 2017))["so2_before"] == 10


def test_a_single_period_across_the_change_says_that_it_mixes_two_states(world):
    world.daily = two_years(2018)
    found = assess(world.workspace, cities=["北京"], start=date(2018, 1, 1), end=date(2018, 12, 31))
    assert "mixed_states" in codes(found)


def test_one_day_without_weather_leaves_a_place_unrestated_whole():
    table = daily(
        [(p, "pm25", d, 100.0) for p in ("A", "B") for d in span(date(2015, 1, 1), date(2015, 1, 2))]
    )
    weather = pl.DataFrame(
        {"place": ["A", "A", "B"], "day": [date(2015, 1, 1), date(2015, 1, 2), date(2015, 1, 1)],
         "temperature": [0.0] * 3, "pressure": [1013.25] * 3}
    )  # fmt: skip
    found = restate(table, RESTATEMENT, weather)
    assert found.unrestated == (("B", "pm25"),)
    assert found.daily["value"].to_list() == [100.0] * 4


def test_warm_and_thin_air_holds_less_of_the_same_particles():
    table = daily([("A", "pm25", date(2015, 7, 1), 100.0)])
    weather = pl.DataFrame(
        {"place": ["A"], "day": [date(2015, 7, 1)], "temperature": [30.0], "pressure": [900.0]}
    )
    value = restate(table, RESTATEMENT, weather).daily["value"][0]
    assert value == pytest.approx(100 * 273.15 / 303.15 * 900 / 1013.25)


def test_without_weather_gases_are_restated_and_particles_named():
    table = daily([("A", v, date(2015, 7, 1), 100.0) for v in ("pm25", "so2", "o3_mda8")])
    found = restate(table, RESTATEMENT)
    values = dict(zip(found.daily["variable"], found.daily["value"], strict=True))
    assert values == {"pm25": 100, "so2": pytest.approx(100 * FACTOR), "o3_mda8": pytest.approx(100 * FACTOR)}
    assert found.unrestated == (("A", "pm25"),)


def test_the_change_of_the_real_cities_is_the_percent_change_of_their_figures():
    found = assess(
        real_workspace(), "bth13", start=date(2015, 1, 1), end=date(2015, 12, 31),
        compare=(date(2014, 1, 1), date(2014, 12, 31)),
    )  # fmt: skip
    for figures in found.rows.iter_rows(named=True):
        now, before = figures["composite"], figures["composite_before"]
        assert figures["composite_change"] == pytest.approx(100 * (now - before) / before)
    ranks = found.rows.filter(pl.col("kind") == "city").sort("composite_change")["change_rank"].to_list()
    assert ranks == list(range(1, 14))


def test_a_city_that_attains_is_excused_in_the_comparison(world):
    worse = level(BEIJING, date(2015, 1, 1), date(2015, 12, 31), CLEAN | {"pm25": 25.0})
    world.daily = pl.concat([level(BEIJING, date(2014, 1, 1), date(2014, 12, 31)), worse])
    assert row(compare(world, 2015))["excused"] is True


def test_months_of_unequal_spans_cannot_be_compared(world):
    with pytest.raises(BadInput, match="as many months"):
        assess(
            world.workspace, cities=["北京"], by="month", start=date(2015, 1, 1), end=date(2015, 3, 31),
            compare=(date(2014, 1, 1), date(2014, 2, 28)),
        )  # fmt: skip


def test_months_are_compared_one_by_one(world):
    world.daily = pl.concat(
        [level(BEIJING, date(2014, 1, 1), date(2014, 12, 31)),
         level(BEIJING, date(2015, 1, 1), date(2015, 12, 31), CLEAN | {"pm25": 30.0})]
    )  # fmt: skip
    found = compare(world, 2015, by="month").rows
    assert found["pm25_change"].to_list() == pytest.approx([50.0] * 12)


def test_one_day_of_a_year_is_no_year_to_compare_with(world):
    world.daily = pl.concat(
        [level(BEIJING, date(2014, 12, 31), date(2014, 12, 31)), level(BEIJING, *YEAR_2015),
         level(TIANJIN, date(2014, 1, 1), date(2014, 12, 31)), level(TIANJIN, *YEAR_2015)]
    )  # fmt: skip
    found = compare_two(world)
    changes = {r["place"]: r for r in found.rows.iter_rows(named=True)}
    short = changes[BEIJING]
    assert [short[f"{m}_change"] for m in COMPARED] == [None] * len(COMPARED)
    assert (short["change_rank"], short["pm25_before"]) == (None, CLEAN["pm25"])
    assert (changes[TIANJIN]["composite_change"], changes[TIANJIN]["change_rank"]) == (0, 1)
    assert "Beijing" in said(found, "not_compared")
    assert "Tianjin" not in said(found, "not_compared")


def test_a_region_is_compared_only_where_all_its_cities_are(world):
    world.daily = pl.concat(
        [level(BEIJING, date(2014, 12, 31), date(2015, 12, 31)), level(TIANJIN, *TWO_YEARS)]
    )
    region = compare_two(world).rows.filter(pl.col("kind") == "region").row(0, named=True)
    assert (region["pm25"], region["pm25_change"], region["composite_change"]) == (20.0, None, None)
    world.daily = pl.concat([level(BEIJING, *TWO_YEARS), level(TIANJIN, *TWO_YEARS)])
    region = compare_two(world).rows.filter(pl.col("kind") == "region").row(0, named=True)
    assert (region["pm25_change"], region["composite_change"]) == (0, 0)


def test_an_item_with_too_few_days_loses_its_own_change_and_those_of_all_six_together(world):
    short = level(BEIJING, *TWO_YEARS).filter(
        (pl.col("variable") != "no2") | (pl.col("day") >= date(2014, 12, 1))
    )
    world.daily = short
    found = row(compare(world, 2015))
    assert (found["no2_change"], found["composite_change"], found["good_share_change"]) == (None, None, None)
    assert found["pm25_change"] == 0


# -- dust -----------------------------------------------------------------------------------------------------


def dusty(place: str = "A", first: date = date(2017, 5, 4), **more) -> pl.DataFrame:
    days = span(first, first.replace(day=first.day + 1))
    marks = daily(((place, v, days[0], 500.0) for v in ("pm10", "pm25", "so2")), dust=True, **more)
    return pl.concat([marks, daily(((place, v, days[1], 50.0) for v in ("pm10", "pm25", "so2")), **more)])


def values(table: pl.DataFrame) -> dict[str, list[float]]:
    return {
        v: table.filter(pl.col("variable") == v).sort("day")["value"].to_list()
        for v in ("pm10", "pm25", "so2")
    }


def test_dust_days_lose_their_particles_and_keep_their_gases():
    found = dust_excluded(dusty(), DUST)
    assert values(found.daily) == {"pm10": [50], "pm25": [50], "so2": [500, 50]}
    assert set(found.removed["item"]) == {"pm10", "pm25"}


def test_where_hours_are_known_only_the_dust_hours_are_left_out():
    rest = dusty().with_columns(
        value=pl.when(pl.col("variable") != "so2").then(80.0).otherwise(pl.col("value"))
    )
    assert values(dust_excluded(dusty(), DUST, rest).daily)["pm10"] == [80, 50]


def test_before_2017_no_dust_is_excluded():
    found = dust_excluded(dusty(first=date(2016, 5, 4)), DUST)
    assert values(found.daily)["pm10"] == [500, 50]
    assert found.removed.height == 0


@pytest.mark.parametrize(("first", "left"), [(date(2016, 12, 30), 2), (date(2017, 1, 1), 1)])
def test_the_dust_rule_begins_with_its_first_day(first, left):
    assert len(values(dust_excluded(dusty(first=first), DUST).daily)["pm10"]) == left


def test_without_hours_excluding_dust_is_not_computable():
    found = dust_excluded(dusty(basis="reported"), DUST)
    assert found.not_computable == ("A",)
    assert values(found.daily) == {"pm10": [], "pm25": [], "so2": [500, 50]}


def test_a_dust_day_without_enough_hours_left_is_not_valid_in_the_second_series():
    rest = dusty().with_columns(valid=~pl.col("dust"))
    found = dust_excluded(dusty(), DUST, rest).daily
    assert found.filter((pl.col("variable") == "pm10") & pl.col("valid"))["value"].to_list() == [50]


def test_the_series_without_dust_is_lower_and_says_how_many_days_it_touched(world):
    world.daily = dusty(BEIJING)
    kwargs = {"cities": ["北京"], "start": date(2017, 5, 1), "end": date(2017, 5, 31)}
    measured = row(assess(world.workspace, **kwargs))
    world.without_dust = dusty(BEIJING).filter(~pl.col("dust"))
    found = assess(world.workspace, series="dust_excluded", **kwargs)
    assert (measured["pm10"], row(found)["pm10"]) == (275, 50)
    assert "on 1 city-days" in said(found, "dust_excluded")


def test_daily_sources_have_no_figures_without_dust_and_say_so():
    found = assess(
        real_workspace(), "bth13", series="dust_excluded", start=date(2015, 1, 1), end=date(2015, 12, 31)
    )
    assert "dust_not_applicable" in codes(found)
    assert row(found)["pm25"] == pytest.approx(80.1, abs=0.05)


def test_a_reported_day_of_2017_is_not_computable_without_dust(world):
    world.daily = pl.concat([
        level(BEIJING, date(2017, 1, 1), date(2017, 1, 31), basis="reported"),
        level(TIANJIN, date(2017, 1, 1), date(2017, 1, 31)),
    ])  # fmt: skip
    found = assess(
        world.workspace,
        cities=["北京", "天津"],
        series="dust_excluded",
        start=date(2017, 1, 1),
        end=date(2017, 1, 31),
    )
    assert "dust_not_computable" in codes(found)
    assert (row(found)["pm25"], row(found)["so2"], row(found)["composite"]) == (None, 10, None)
    assert (row(found)["valid_days"], row(found, TIANJIN)["valid_days"]) == (0, 31)


def test_the_assessment_of_2017_strips_the_dust_of_2016_as_well(world):
    world.daily = pl.concat([dusty(BEIJING), dusty(BEIJING, date(2016, 5, 4))])
    world.without_dust = world.daily.filter(~pl.col("dust"))
    found = row(compare(world, 2017, series="dust_excluded"))
    assert (found["pm10"], found["pm10_before"]) == (50, 50)


def test_the_assessment_of_2018_does_not_strip_2016(world):
    world.daily = pl.concat([dusty(BEIJING, date(2018, 5, 4)), dusty(BEIJING, date(2016, 5, 4))])
    world.without_dust = world.daily.filter(~pl.col("dust"))
    found = assess(
        world.workspace, cities=["北京"], series="dust_excluded", start=date(2018, 1, 1), end=date(2018, 6, 30),
        compare=(date(2016, 1, 1), date(2016, 6, 30)),
    )  # fmt: skip
    assert row(found)["pm10_before"] == 275


def test_a_dust_rule_that_is_named_is_applied_to_earlier_days_too(world):
    world.daily = dusty(BEIJING, date(2015, 5, 4))
    world.without_dust = world.daily.filter(~pl.col("dust"))
    kwargs = {
        "cities": ["北京"],
        "series": "dust_excluded",
        "start": date(2015, 5, 1),
        "end": date(2015, 5, 31),
    }
    assert row(assess(world.workspace, **kwargs))["pm10"] == 275
    assert row(assess(world.workspace, standard="环办监测〔2016〕120号", **kwargs))["pm10"] == 50
