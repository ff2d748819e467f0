"""Assessments of a workspace: what is chosen, and that it is said aloud."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from airshed.assessment import assess
from airshed.errors import BadInput, LawNotFound, UnknownPlace

from .worlds import BEIJING, CLEAN, TIANJIN, level, real_workspace

YEAR = {"start": date(2015, 1, 1), "end": date(2015, 12, 31)}


def row(found, place: str = BEIJING) -> dict:
    return found.rows.row(by_predicate=pl.col("place") == place, named=True)


def codes(found) -> set[str]:
    return {n.code for n in found.notes}


def said(found, code: str) -> str:
    return next(n.en for n in found.notes if n.code == code)


def test_the_real_year_2015_of_beijing_and_of_the_thirteen_cities():
    found = assess(real_workspace(), "bth13", **YEAR)
    assert row(found)["pm25"] == pytest.approx(80.1, abs=0.05)
    assert row(found, "bth13")["pm25"] == pytest.approx(76.5, abs=0.05)
    assert (row(found, "bth13")["cities"], row(found, "bth13")["cities_counted"]) == (13, 13)


def test_before_2017_the_list_of_2_26_is_the_one_of_2017_and_this_is_said():
    found = assess(real_workspace(), "2+26", **YEAR)
    assert found.rows.filter(pl.col("kind") == "city").height == 28
    assert "2017-03-01" in said(found, "members_nearest")


def test_the_list_in_force_at_the_end_is_used_where_there_is_one(world):
    found = assess(world.workspace, "2+26", start=date(2018, 1, 1), end=date(2018, 1, 31))
    assert "2018-01-31" in said(found, "members_in_force")


def test_a_region_that_has_ended_keeps_its_last_list(world):
    found = assess(world.workspace, "2+26", start=date(2024, 1, 1), end=date(2024, 1, 31))
    assert "2023-11-29" in said(found, "members_nearest")


def test_the_day_of_the_list_can_be_named(world):
    found = assess(world.workspace, "2+26", members_on=date(2019, 1, 1), **YEAR)
    assert "2019-01-01" in said(found, "members_in_force")


def test_cities_can_be_named_instead_of_a_region():
    found = assess(real_workspace(), cities=["北京", "tianjin"], **YEAR)
    assert found.rows["place"].to_list() == [TIANJIN, BEIJING, "selection"]


def test_one_city_has_no_region_row():
    assert assess(real_workspace(), cities=["北京"], **YEAR).rows["kind"].to_list() == ["city"]


def test_a_region_and_cities_together_are_refused(world):
    with pytest.raises(BadInput, match="one of them"):
        assess(world.workspace, "bth13", cities=["北京"], **YEAR)


def test_an_unknown_city_is_refused(world):
    with pytest.raises(UnknownPlace):
        assess(world.workspace, cities=["Atlantis"], **YEAR)


def test_a_period_that_ends_before_it_starts_is_refused(world):
    with pytest.raises(BadInput, match="swap"):
        assess(world.workspace, "bth13", start=date(2015, 12, 31), end=date(2015, 1, 1))


def test_the_region_is_the_plain_mean_of_its_cities_and_its_days_are_their_sum(world):
    world.daily = pl.concat(
        [
            level(BEIJING, date(2015, 1, 1), date(2015, 12, 31), CLEAN | {"pm25": 90.0}),
            level(TIANJIN, date(2015, 12, 1), date(2015, 12, 31), CLEAN | {"pm25": 30.0}),
        ]
    )
    found = assess(world.workspace, cities=["北京", "天津"], **YEAR)
    region = row(found, "selection")
    assert region["pm25"] == 60
    assert (region["valid_days"], region["good_days"]) == (365 + 31, 31)
    assert region["good_share"] == pytest.approx(0.5)
    assert row(found)["good_share"] == 0


def test_ranks_are_by_composite_index_and_rows_stand_in_their_order():
    found = assess(real_workspace(), "bth13", **YEAR).rows.filter(pl.col("kind") == "city")
    assert found["rank"].to_list() == list(range(1, 14))
    assert found["composite"].is_sorted()


def test_by_region_there_is_the_region_alone():
    assert assess(real_workspace(), "bth13", by="region", **YEAR).rows["kind"].to_list() == ["region"]


def test_by_month_every_month_has_its_cities_and_its_region():
    found = assess(real_workspace(), "bth13", by="month", **YEAR).rows
    assert found.group_by("period").len()["len"].to_list() == [14] * 12
    january = found.filter((pl.col("period") == "2015-01") & (pl.col("place") == BEIJING)).row(0, named=True)
    whole = assess(real_workspace(), "bth13", start=date(2015, 1, 1), end=date(2015, 1, 31))
    assert january["pm25"] == row(whole)["pm25"]
    assert january["good_days"] == row(whole)["good_days"]


def test_months_of_a_year_have_all_its_good_days():
    months = assess(real_workspace(), "bth13", by="month", **YEAR).rows.filter(pl.col("kind") == "region")
    year = row(assess(real_workspace(), "bth13", **YEAR), "bth13")
    assert months["good_days"].sum() == year["good_days"]
    assert months["heavy_days"].sum() == year["heavy_days"]


def test_the_standard_of_the_period_is_used_and_named():
    found = assess(real_workspace(), "bth13", **YEAR)
    assert "GB 3095-2012" in said(found, "standard")
    assert "HJ 633-2012" in said(found, "index_law")


def test_naming_the_index_of_2026_changes_good_days_and_leaves_the_limits():
    old = assess(real_workspace(), "bth13", **YEAR)
    new = assess(real_workspace(), "bth13", standard="HJ 633-2026", **YEAR)
    assert row(new)["good_days"] < row(old)["good_days"]
    assert row(new)["composite"] == row(old)["composite"]


def test_naming_the_limits_of_2026_changes_the_composite_index_and_leaves_good_days():
    old = assess(real_workspace(), "bth13", **YEAR)
    new = assess(real_workspace(), "bth13", standard="GB 3095-2026/final", **YEAR)
    assert row(new)["composite"] > row(old)["composite"]
    assert row(new)["good_days"] == row(old)["good_days"]


def test_a_day_names_the_whole_law_of_that_day():
    found = assess(real_workspace(), "bth13", standard="2026-03-01", **YEAR)
    assert "GB 3095-2026/transition" in said(found, "standard")
    assert "HJ 633-2026" in said(found, "index_law")


def test_a_document_names_the_version_in_force_at_the_end_else_its_first():
    found = assess(real_workspace(), "bth13", standard="GB 3095-2026", **YEAR)
    assert "GB 3095-2026/transition" in said(found, "standard")


def test_a_standard_that_nobody_knows_is_refused(world):
    with pytest.raises(LawNotFound, match="HJ 633-1999"):
        assess(world.workspace, "bth13", standard="HJ 633-1999", **YEAR)


def test_before_any_law_the_nearest_is_used_and_said(world):
    found = assess(world.workspace, cities=["北京"], start=date(2010, 1, 1), end=date(2010, 1, 31))
    assert "GB 3095-2012" in said(found, "standard_nearest")


def test_what_is_unverified_in_the_law_is_said():
    assert "HJ 663-2013" in said(assess(real_workspace(), "bth13", **YEAR), "unverified")


def test_cities_without_data_and_periods_without_a_count_are_said(world):
    world.daily = level(BEIJING, date(2015, 1, 1), date(2015, 1, 20))
    found = assess(world.workspace, cities=["北京", "天津"], start=date(2015, 1, 1), end=date(2015, 1, 20))
    assert "Tianjin" in said(found, "no_data")
    assert "0–20 of 20 days" in said(found, "no_count")
    assert said(found, "no_index").startswith("20 ")


def test_a_thin_year_is_said_and_not_judged(world):
    world.daily = level(BEIJING, date(2015, 1, 1), date(2015, 6, 30))
    found = assess(world.workspace, cities=["北京"], **YEAR)
    assert row(found)["attains"] is None
    assert "insufficient" in codes(found)


def test_in_2026_each_day_has_the_index_of_its_law(world):
    world.daily = level(BEIJING, date(2026, 2, 27), date(2026, 3, 2), CLEAN | {"pm25": 70.0})
    found = assess(world.workspace, cities=["北京"], start=date(2026, 2, 27), end=date(2026, 3, 2))
    assert found.index["aqi"].to_list() == [94, 94, 110, 110]
    assert row(found)["good_days"] == 2
    assert row(found)["not_attaining"] == "pm25"


def test_a_period_that_ends_on_the_day_of_a_change_has_that_day_by_the_new_law(world):
    world.daily = level(BEIJING, date(2026, 2, 28), date(2026, 3, 1), CLEAN | {"pm25": 70.0})
    found = assess(world.workspace, cities=["北京"], start=date(2026, 2, 28), end=date(2026, 3, 1))
    assert found.index["aqi"].to_list() == [94, 110]


def test_nothing_at_all_is_a_table_without_figures(world):
    found = assess(world.workspace, "bth13", **YEAR)
    assert found.rows["pm25"].null_count() == found.rows.height
    assert row(found, "bth13")["cities_counted"] == 0


def test_what_it_stands_on_names_lake_law_code_and_every_provision():
    workspace = real_workspace()
    found = assess(workspace, "bth13", **YEAR).stands_on()
    assert found["lake_version"] == workspace.snapshot().version
    assert found["law_digest"] == workspace.law.digest
    assert {p["subject"] for p in found["provisions"]} == {
        "limits",
        "validity",
        "evaluation",
        "composite",
        "index",
    }


def test_the_lists_name_the_cleanest_and_the_dirtiest_city():
    found = assess(real_workspace(), "bth13", compare=(date(2014, 1, 1), date(2014, 12, 31)), **YEAR).lists
    assert found["best"]["name_zh"].to_list() == ["张家口市"]
    assert found["worst"]["name_zh"].to_list() == ["保定市"]
    assert set(found) == {"best", "worst", "most_improved", "least_improved"}
