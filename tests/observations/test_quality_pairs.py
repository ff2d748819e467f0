"""Flags that need another series: PM2.5 against PM10, one source against another, hours of dust."""

from __future__ import annotations

import polars as pl
import pytest

from airshed.errors import BadInput
from airshed.observations.flags import Flag
from airshed.observations.quality import QualityContext, flagged
from airshed.observations.rules import Rules

from .quality_samples import DAY, DUST_LAW, HOUR, MIDNIGHT, flags, rows

DUST = QualityContext(dust=DUST_LAW)


def test_pm25_above_pm10_is_suspect_on_both_and_at_the_same_value_on_neither() -> None:
    both = pl.concat([rows([40, 41, 39], "pm25"), rows([40, 40, 40], "pm10")])
    assert flags(both, Flag.PM25_ABOVE_PM10, variable="pm25") == [1]
    assert flags(both, Flag.PM25_ABOVE_PM10, variable="pm10") == [1]


@pytest.mark.parametrize(
    "other", [{"place": "q"}, {"source": "t"}, {"step": DAY}, {"first": MIDNIGHT + HOUR * 9}]
)
def test_pm25_is_compared_only_with_pm10_of_its_place_source_and_interval(other: dict[str, object]) -> None:
    apart = pl.concat([rows([90.0], "pm25"), rows([40.0], "pm10", **other)])  # type: ignore[arg-type]
    assert flags(apart, Flag.PM25_ABOVE_PM10) == []


def test_a_zero_that_means_missing_is_not_a_pm10_below_pm25() -> None:
    zero = rows([0.0], "pm10", flag=int(Flag.ZERO_MISSING))
    assert flags(pl.concat([rows([90.0]), zero]), Flag.PM25_ABOVE_PM10) == []
    assert flags(pl.concat([rows([90.0]), rows([0.0], "pm10")]), Flag.PM25_ABOVE_PM10) == [0, 1]


def test_two_sources_disagree_when_both_the_difference_and_the_share_are_passed() -> None:
    # 15 ug/m3 and 30 % of the mean: 65 differs by 15 (at the bound); 65.1 passes that, but is only 26 % off.
    for other, disagree in ((65.0, []), (65.1, []), (67.6, []), (67.8, [0, 1]), (32.3, [0, 1]), (36.0, [])):
        both = pl.concat([rows([50.0]), rows([other], source="t")])
        assert flags(both, Flag.SOURCES_DISAGREE) == disagree, other
    assert flags(pl.concat([rows([5.0]), rows([20.0], source="t")]), Flag.SOURCES_DISAGREE) == []
    assert flags(pl.concat([rows([5.0]), rows([20.1], source="t")]), Flag.SOURCES_DISAGREE) == [0, 1]


def test_sources_that_agree_or_speak_of_other_hours_do_not_disagree() -> None:
    assert flags(pl.concat([rows([50.0]), rows([52.0], source="t")]), Flag.SOURCES_DISAGREE) == []
    later = rows([200.0], source="t", first=MIDNIGHT + HOUR)
    assert flags(pl.concat([rows([50.0]), later]), Flag.SOURCES_DISAGREE) == []
    day = rows([200.0], source="t", step=DAY)
    assert flags(pl.concat([rows([50.0]), day]), Flag.SOURCES_DISAGREE) == []
    elsewhere = rows([200.0], source="t", place="q")
    assert flags(pl.concat([rows([50.0]), elsewhere]), Flag.SOURCES_DISAGREE) == []


def test_one_monitor_under_two_names_is_compared_with_itself() -> None:
    both = pl.concat([rows([50.0], place="prsa:a"), rows([200.0], place="cnemc:1", source="t")])
    named = QualityContext(same_as={"prsa:a": "cnemc:1"})
    third = QualityContext(same_as={"prsa:a": "monitor", "cnemc:1": "monitor"})
    assert flags(both, Flag.SOURCES_DISAGREE) == []
    assert flags(both, Flag.SOURCES_DISAGREE, named) == [0, 1]
    assert flags(both, Flag.SOURCES_DISAGREE, third) == [0, 1]


def test_of_three_sources_each_that_some_other_contradicts_is_marked() -> None:
    three = pl.concat([rows([50.0]), rows([60.0], source="t"), rows([75.0], source="u")])
    found = flagged(three, QualityContext())
    assert (found["flag"] & int(Flag.SOURCES_DISAGREE)).to_list() == [64, 0, 64]


def test_dust_starts_at_twice_the_mean_of_six_hours_and_ends_with_the_first_hour_back() -> None:
    pm10 = [100.0] * 6 + [200, 500, 111, 110, 200]
    #                      start         back: within 10 % of 100; 200 again is no rise over this mean
    assert flags(rows(pm10, "pm10"), Flag.DUST, DUST) == [6, 7, 8]


@pytest.mark.parametrize(
    ("before", "hour", "dust"),
    [
        (100, 200.0, [6]),
        (100, 199.9, []),
        (75, 150.0, []),
        (75, 150.1, [6]),
        (10, 150.0, []),
        (10, 151.0, [6]),
    ],
)
def test_a_rise_counts_from_twice_the_mean_on_and_above_the_floor(
    before: float, hour: float, dust: list[int]
) -> None:
    assert flags(rows([before] * 6 + [hour, before], "pm10"), Flag.DUST, DUST) == dust


def test_the_mean_before_is_of_the_six_hours_before_and_no_older() -> None:
    # The six hours before 300 have mean 100; with a seventh (1000) it would be 229 and 300 no rise.
    assert flags(rows([1000.0] + [100.0] * 6 + [300, 100], "pm10"), Flag.DUST, DUST) == [7]
    assert flags(rows([100.0] + [200.0] * 6 + [390, 200], "pm10"), Flag.DUST, DUST) == []


def test_the_sixth_hour_before_counts_and_the_seventh_does_not() -> None:
    assert flags(rows([300, *[100.0] * 5, 250, 100], "pm10"), Flag.DUST, DUST) == []
    assert flags(rows([1000, None, *[100.0] * 5, 250, 100], "pm10"), Flag.DUST, DUST) == [6]


def test_back_within_the_share_is_decided_in_decimals() -> None:
    # 100 * 1.15 is 114.99999999999999 in binary; 115 is back all the same.
    law = QualityContext(dust={**DUST_LAW, "return_within": 0.15})
    assert flags(rows([100.0] * 6 + [300, 115, 100], "pm10"), Flag.DUST, law) == [6]
    assert flags(rows([100.0] * 6 + [300, 116, 100], "pm10"), Flag.DUST, law) == [6, 7]


def test_dust_is_not_carried_on_for_long_when_pm10_falls_silent() -> None:
    pm10 = rows([100.0] * 6 + [600], "pm10")
    fine = [rows([40.0, 41] * 8, "pm25", place=place) for place in ("a", "p", "z")]
    found = flagged(pl.concat([fine[0], pm10, *fine[1:]]), DUST).filter(pl.col("variable") == "pm25")
    dust = found.filter((pl.col("flag") & pl.lit(int(Flag.DUST), pl.UInt16)) > 0)
    assert dust["place"].unique().to_list() == ["p"]
    assert sorted(dust["start"]) == [MIDNIGHT + HOUR * n for n in range(6, 12)]


def test_fewer_than_three_readings_before_make_no_mean() -> None:
    assert flags(rows([None] * 4 + [100.0] * 2 + [300, 100], "pm10"), Flag.DUST, DUST) == []
    assert flags(rows([None] * 3 + [100.0] * 3 + [300, 100], "pm10"), Flag.DUST, DUST) == [3]


def test_dust_that_never_settles_ends_after_three_days() -> None:
    assert flags(rows([100.0] * 6 + [400.0] + [250.0] * 99, "pm10"), Flag.DUST, DUST) == list(range(6, 78))


def test_dust_marks_pm25_of_its_hours_and_nothing_else() -> None:
    pm10 = rows([100.0] * 6 + [600, 600, 100], "pm10")
    beside = [rows([40.0, 41] * 4 + [40.0], v) for v in ("pm25", "so2")]
    everything = pl.concat(
        [pm10, *beside, rows([40.0] * 9, "pm25", place="q"), rows([40.0], "pm25", step=DAY)]
    )
    found = flagged(everything, DUST).filter((pl.col("flag") & pl.lit(int(Flag.DUST), pl.UInt16)) > 0)
    assert sorted(found.select("place", "variable").rows()) == [
        ("p", "pm10"), ("p", "pm10"), ("p", "pm25"), ("p", "pm25")
    ]  # fmt: skip
    assert found["start"].min() == MIDNIGHT + HOUR * 6


def test_a_rise_that_is_mostly_fine_is_haze_and_not_dust() -> None:
    pm10 = rows([100.0] * 6 + [400, 400, 100], "pm10")
    for fine, dust in ((200.0, [6, 7]), (201.0, [])):
        beside = rows([60.0, 61] * 3 + [fine, fine, 60], "pm25")
        assert flags(pl.concat([pm10, beside]), Flag.DUST, DUST, "pm10") == dust


def test_pm25_is_dust_too_where_pm10_is_briefly_not_read() -> None:
    pm10 = rows([100.0] * 6 + [600, None, None, 600, 100], "pm10")
    pm25 = rows([40.0, 41] * 5 + [40.0], "pm25")
    assert flags(pl.concat([pm10, pm25]), Flag.DUST, DUST, "pm25") == [6, 7, 8, 9]


def test_an_episode_is_not_followed_across_a_long_gap() -> None:
    for gap, dust in ((5, [6, 7]), (6, [6])):
        pm10 = [100.0] * 6 + [600] + [None] * gap + [600, 100]
        assert flags(rows(pm10, "pm10"), Flag.DUST, DUST) == dust, gap


def test_a_reading_that_cannot_be_is_neither_a_start_nor_a_return() -> None:
    assert flags(rows([100.0] * 6 + [20000, 100], "pm10"), Flag.DUST, DUST) == []
    assert flags(rows([100.0] * 6 + [600, -5, 600, 100], "pm10"), Flag.DUST, DUST) == [6, 7, 8]


def test_without_the_laws_rule_and_for_daily_means_no_dust_is_found() -> None:
    pm10 = [100.0] * 6 + [600, 100]
    assert flags(rows(pm10, "pm10"), Flag.DUST) == []
    assert flags(rows(pm10, "pm10", step=DAY), Flag.DUST, DUST) == []


def test_dust_is_found_place_by_place() -> None:
    calm = rows([100.0] * 6, "pm10")
    other = rows([600.0, 100], "pm10", place="q", first=MIDNIGHT + HOUR * 6)
    assert flags(pl.concat([calm, other]), Flag.DUST, DUST) == []


def test_a_law_without_its_numbers_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="return_within"):
        flagged(rows([1.0], "pm10"), QualityContext(dust={"rise_factor": 2, "rise_hours": 6, "floor": 150}))


def test_a_workspace_may_choose_its_own_thresholds() -> None:
    both = pl.concat([rows([40.0], "pm25"), rows([30.0], "pm10")])
    context = QualityContext(rules=Rules.of({"pm25_excess": 10}))
    assert flags(both, Flag.PM25_ABOVE_PM10, context) == []
