"""Ranking by level and by change; trends."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.assessment.ranking import best, change_percent, rank_by_change, rank_by_level, worst
from airshed.assessment.trend import spearman, trend
from airshed.errors import BadInput

from .samples import LAW_2015


def table(**figures: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"place": list(figures), "composite": list(figures.values())},
        schema_overrides={"composite": pl.Float64},
    )


def ranks(frame: pl.DataFrame, column: str = "rank") -> dict[str, int]:
    return dict(zip(frame["place"], frame[column], strict=True))


def test_the_smallest_index_is_the_first_rank():
    assert ranks(rank_by_level(table(a=5, b=3, c=4))) == {"a": 3, "b": 1, "c": 2}


def test_ties_share_a_rank_and_the_next_rank_counts_them():
    assert ranks(rank_by_level(table(a=3, b=3, c=4, d=2))) == {"d": 1, "a": 2, "b": 2, "c": 4}


def test_binary_noise_is_no_difference():
    assert ranks(rank_by_level(table(a=0.1 + 0.2, b=0.3))) == {"a": 1, "b": 1}


def test_printed_figures_can_be_ranked_instead():
    assert ranks(rank_by_level(table(a=3.001, b=3.004, c=3.006), decimals=2)) == {"a": 1, "b": 1, "c": 3}


def test_a_city_without_an_index_has_no_rank_and_takes_none_away():
    assert ranks(rank_by_level(table(a=5, b=None, c=4))) == {"a": 2, "b": None, "c": 1}


@settings(deadline=None)
@given(st.permutations(list("abcdef")))
def test_the_order_of_rows_changes_no_rank(order):
    figures = dict(zip("abcdef", (3, 1, 4, 1, 5, 9), strict=True))
    assert ranks(rank_by_level(table(**{k: figures[k] for k in order}))) == {
        "a": 3,
        "b": 1,
        "c": 4,
        "d": 1,
        "e": 5,
        "f": 6,
    }


def changes() -> pl.DataFrame:
    now, before = table(a=4, b=6, c=5, d=2.4), table(a=5, b=5, c=5, d=2)
    attains = pl.DataFrame({"place": ["a", "b", "c", "d"], "attains": [False, False, None, True]})
    return rank_by_change(change_percent(now, before), attains)


def test_change_is_percent_of_the_earlier_figure():
    assert changes()["change"].to_list() == pytest.approx([-20, 20, 0, 20])


def test_the_largest_fall_is_the_first_of_the_change_ranking():
    assert ranks(changes(), "change_rank") == {"a": 1, "c": 2, "b": 3, "d": 3}


def test_a_city_that_attains_is_not_listed_among_the_worst_of_change():
    assert worst(changes(), "change_rank", 2)["place"].to_list() == ["b", "c"]


def test_a_city_that_attains_may_be_listed_among_the_best_of_change():
    frame = rank_by_change(
        change_percent(table(a=1, b=2), table(a=2, b=2)),
        pl.DataFrame({"place": ["a", "b"], "attains": [True, False]}),
    )
    assert best(frame, "change_rank", 1)["place"].to_list() == ["a"]


def test_a_city_that_was_not_judged_is_not_excused():
    assert not changes().row(by_predicate=pl.col("place") == "c", named=True)["excused"]


def test_ties_at_the_end_of_a_list_are_all_listed():
    ranked = rank_by_level(table(a=1, b=2, c=2, d=3))
    assert best(ranked, "rank", 2)["place"].to_list() == ["a", "b", "c"]
    assert worst(ranked, "rank", 2)["place"].to_list() == ["d", "b", "c"]


def test_a_city_new_in_the_later_period_has_no_change():
    assert change_percent(table(a=4, z=4), table(a=5))["change"].to_list() == [pytest.approx(-20), None]


TREND = LAW_2015["trend"]


def years(*values: float) -> dict[int, float]:
    return dict(enumerate(values, start=2013))


def test_a_steady_fall_has_the_correlation_minus_one():
    assert spearman(years(90, 80, 70, 60, 50)) == -1
    assert trend(years(90, 80, 70, 60, 50), TREND).verdict == "fall"


def test_a_steady_rise_is_a_rise():
    assert trend(years(1, 2, 3, 4, 5), TREND).verdict == "rise"


def test_the_critical_value_itself_is_not_significant():
    found = trend(years(2, 1, 3, 4, 5), TREND)
    assert found.correlation == pytest.approx(0.9)
    assert found.verdict == "no significant trend"


def test_the_order_in_which_years_are_given_does_not_matter():
    assert spearman({2014: 2, 2013: 1, 2015: 3}) == 1


def test_four_years_are_too_few_for_a_trend():
    assert trend(years(4, 3, 2, 1), TREND).verdict == "too few years"


def test_where_the_text_has_no_critical_value_none_is_invented():
    assert trend(years(*range(15)), TREND).verdict == "no critical value"


def test_one_year_has_no_correlation():
    with pytest.raises(BadInput, match="two years"):
        spearman({2015: 1.0})
