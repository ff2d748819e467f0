"""Flags of a value's own series: range, spike, stuck; what a feed said; a person's word."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.observations.flags import Flag, usable
from airshed.observations.quality import (
    CONTEXT,
    FEED_BITS,
    OVERRIDE_COLUMNS,
    QualityContext,
    apply_overrides,
    flag_counts,
    flagged,
)
from airshed.observations.rules import Rules, thresholds
from airshed.quantities import variables

from .quality_samples import DAY, DUST_LAW, HOUR, MIDNIGHT, flags, rows


def test_a_value_at_the_edge_of_its_range_is_inside_and_one_beyond_is_out() -> None:
    for variable, known in variables().items():
        for period, step in (("hour", HOUR), ("day", DAY)):
            low, high = known.range[period]
            values = [low, high, low - 0.1, high + 0.1]
            apart = pl.concat([rows([v], variable, place=str(n), step=step) for n, v in enumerate(values)])
            found = flagged(apart, QualityContext())["flag"] & int(Flag.OUT_OF_RANGE)
            assert found.to_list() == [0, 0, 2, 2], (variable, period)


@pytest.mark.parametrize("nothing", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_out_of_range_even_for_a_variable_without_a_range(nothing: float) -> None:
    assert flags(rows([nothing], "pm25"), Flag.OUT_OF_RANGE) == [0]
    assert flags(rows([nothing, 5.0], "made_up"), Flag.OUT_OF_RANGE) == [0]


def test_an_eight_hour_mean_keeps_to_the_range_of_an_hour() -> None:
    wide = rows([1200.0, 1200.1], "o3", step=HOUR * 8)
    assert flags(wide, Flag.OUT_OF_RANGE) == [1]


@pytest.mark.parametrize(
    ("values", "spikes"),
    [
        ([50, 50, 200, 50, 50], [2]),  # four times and 150 above
        ([50, 50, 199, 50, 50], []),  # under four times
        ([34, 34, 134, 34, 34], []),  # under four times
        ([33, 33, 133, 33, 33], [2]),  # at the jump of 100
        ([33, 33, 132.9, 33, 33], []),  # under the jump
        ([300, 300, 60, 300, 300], [2]),  # down as well as up
        ([400, 400, 100, 400, 400], [2]),  # a quarter of both
        ([400, 400, 101, 400, 400], []),  # over a quarter
        ([50, 50, 200, 200, 50], []),  # two hours are not isolated
        ([20, 20, 556, 139, 20], [2]),  # neighbours differ by less than a quarter of the jump
        ([20, 20, 576, 144, 20], []),  # and by more
        ([50, 50, 200], []),  # no neighbour after
        ([50, None, 200, 50], []),  # a gap before
        ([50, 200, None, 50], []),  # a gap after
        ([200, 50, 50], []),  # nor before
    ],
)
def test_a_spike_is_far_from_both_neighbours_while_they_agree(
    values: list[float | None], spikes: list[int]
) -> None:
    assert flags(rows(values), Flag.SPIKE) == spikes


def test_the_neighbours_of_a_spike_agree_to_a_quarter_of_the_jump() -> None:
    # The mean of 20 and 84 is 52; 308 - 52 = 256; a quarter of it is 64.
    assert flags(rows([20, 308, 84], "pm25"), Flag.SPIKE, QualityContext(rules=loose())) == [1]
    assert flags(rows([20, 308, 84.1], "pm25"), Flag.SPIKE, QualityContext(rules=loose())) == []


def loose() -> Rules:
    return Rules.of({"spike_times": {"hour": 2, "day": 2}})


def test_days_have_a_factor_of_their_own() -> None:
    days = [60.0, 60.0, 180.0, 60.0]
    assert flags(rows(days, step=DAY), Flag.SPIKE) == [2]
    assert flags(rows(days, step=HOUR), Flag.SPIKE) == []


def test_neighbours_belong_to_the_same_place_variable_and_source() -> None:
    for other in ({"place": "q"}, {"source": "t"}, {"variable": "no2"}):
        late = rows([50, 50], **{"variable": "pm25", **other}, first=MIDNIGHT + HOUR * 2)  # type: ignore[arg-type]
        assert flags(pl.concat([rows([50, 200]), late]), Flag.SPIKE) == []


def test_a_missing_zero_is_no_neighbour() -> None:
    zero = rows([0.0], flag=int(Flag.ZERO_MISSING), first=MIDNIGHT + HOUR)
    series = pl.concat([rows([1.0]), zero, rows([300.0, 1.0, 300.0], first=MIDNIGHT + HOUR * 2)])
    assert flags(series, Flag.SPIKE) == [3]


@pytest.mark.parametrize(
    ("values", "stuck"),
    [
        ([40] * 8, list(range(8))),
        ([40] * 7, []),
        ([41, *[40] * 8, 41], list(range(1, 9))),
        ([40] * 4 + [None] + [40] * 4, []),
        ([6] * 20, []),  # at the floor a value may repeat
        ([6.1] * 8, list(range(8))),
        ([0] * 30, []),
    ],
)
def test_one_value_for_eight_hours_is_a_dead_monitor(values: list[float | None], stuck: list[int]) -> None:
    assert flags(rows(values), Flag.STUCK) == stuck


def test_a_stale_row_is_not_part_of_a_run() -> None:
    stale = rows([40.0], flag=int(Flag.STALE))
    for at in (0, 7):
        others = rows([40.0] * 7, first=MIDNIGHT + HOUR * (at == 0))
        run = pl.concat([stale.with_columns(pl.col("start", "end") + HOUR * at), others])
        assert flags(run, Flag.STUCK) == []


def test_so2_and_co_are_printed_with_few_digits_and_may_repeat_for_a_day() -> None:
    for variable, value in (("so2", 12.0), ("co", 1.1)):
        assert flags(rows([value] * 23, variable), Flag.STUCK) == []
        assert flags(rows([value] * 24, variable), Flag.STUCK) == list(range(24))


def test_a_run_does_not_go_on_in_another_series() -> None:
    late = rows([40] * 4, place="q", first=MIDNIGHT + HOUR * 4)
    assert flags(pl.concat([rows([40] * 4), late]), Flag.STUCK) == []


def test_five_equal_days_are_stuck_and_four_are_not() -> None:
    assert flags(rows([25.0] * 5, step=DAY), Flag.STUCK) == [0, 1, 2, 3, 4]
    assert flags(rows([25.0] * 4, step=DAY), Flag.STUCK) == []


def test_sliding_means_are_not_judged_by_their_neighbours() -> None:
    sliding = pl.concat([rows([90.0], "o3", step=HOUR * 8, first=MIDNIGHT + HOUR * n) for n in range(24)])
    assert flags(sliding, Flag.STUCK) == []


def test_what_a_feed_said_is_kept_and_what_it_cannot_know_is_worked_out_anew() -> None:
    said = int(Flag.ZERO_MISSING | Flag.STALE | Flag.BELOW_DETECTION)
    assert said == FEED_BITS
    wrong = rows([50.0], flag=said | int(Flag.SPIKE | Flag.DUST | Flag.STUCK | Flag.PM25_ABOVE_PM10))
    assert flagged(wrong, QualityContext())["flag"].to_list() == [said]


def test_values_and_order_stay_as_they_were() -> None:
    given_rows = pl.concat([rows([5, 500, 5], "no2"), rows([9.0] * 10), rows([1.0], place="a")])
    found = flagged(given_rows, QualityContext())
    assert found.drop("flag").equals(given_rows.drop("flag"))
    assert found.schema == given_rows.schema
    assert flagged(given_rows.clear(), QualityContext()).is_empty()


def test_further_columns_pass_through() -> None:
    named = rows([1.0, 2.0]).with_columns(file=pl.Series(["a", "b"]))
    assert flagged(named, QualityContext())["file"].to_list() == ["a", "b"]


values = st.lists(
    st.one_of(st.none(), st.sampled_from([0.0, 3.0, 20.0, 40.0, 41.0, 200.0, 400.0, 3000.0, 12000.0])),
    max_size=40,
)
series = st.builds(
    rows,
    values,
    st.sampled_from(["pm25", "pm10", "so2", "o3"]),
    place=st.sampled_from(["p", "q", "r"]),
    source=st.sampled_from(["s", "t"]),
    step=st.sampled_from([HOUR, DAY]),
)
tables = st.lists(series, min_size=1, max_size=6).map(
    lambda parts: pl.concat(parts).unique(["place", "variable", "start", "end", "source"], keep="first")
)
EVERYTHING = QualityContext(dust=DUST_LAW, same_as={"q": "p", "r": "elsewhere"})


@settings(max_examples=150, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_flags_do_not_depend_on_the_order_of_rows(table: pl.DataFrame, chance: object) -> None:
    shuffled = list(range(len(table)))
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    straight = flagged(table, EVERYTHING)
    assert flagged(table[shuffled], EVERYTHING).equals(straight[shuffled])


@settings(max_examples=100, deadline=None)
@given(tables)
def test_flagging_twice_changes_nothing(table: pl.DataFrame) -> None:
    once = flagged(table, EVERYTHING)
    assert flagged(once, EVERYTHING).equals(once)


long_values = st.lists(st.sampled_from([20.0, 20.0, 30.0, 90.0, 160.0, 400.0]), min_size=300, max_size=420)


@settings(max_examples=40, deadline=None)
@given(long_values, st.integers(150, 280), st.sampled_from(["pm10", "so2"]))
def test_a_window_with_its_context_gives_the_flags_of_the_whole(
    values: list[float], first: int, variable: str
) -> None:
    whole = rows(values, variable)
    context = QualityContext(dust=DUST_LAW)
    start, end = MIDNIGHT + HOUR * first, MIDNIGHT + HOUR * (first + 12)
    inside = pl.col("start").is_between(start, end, closed="left")
    near = pl.col("start").is_between(start - context.reach, end + context.reach, closed="left")
    assert flagged(whole.filter(near), context).filter(inside).equals(flagged(whole, context).filter(inside))


def test_the_stated_context_covers_every_rule() -> None:
    assert QualityContext(dust=DUST_LAW).reach <= CONTEXT
    assert QualityContext().reach == timedelta(days=6)
    no_runs = {"stuck_steps": {"hour": {}, "day": {}}, "dust_longest": 0, "dust_bridge": 0}
    assert Rules.of(no_runs).reach(0) == timedelta(days=1)  # a daily spike has a neighbour on each side


def word(valid: bool, first: int, last: int, *, source: str | None = None) -> dict[str, object]:
    return {"place": "p", "variable": "pm25", "start": MIDNIGHT + HOUR * first, "end": MIDNIGHT + HOUR * last,
            "source": source, "valid": valid}  # fmt: skip


def words(*said: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(said), schema=OVERRIDE_COLUMNS)


def test_a_persons_word_holds_from_its_start_until_before_its_end() -> None:
    said = apply_overrides(rows([1.0] * 5), words(word(False, 1, 3)))
    assert said["flag"].to_list() == [0, 2048, 2048, 0, 0]


def test_a_persons_word_is_stronger_than_every_flag() -> None:
    dead = flagged(rows([40.0] * 8), QualityContext(overrides=words(word(True, 0, 4))))
    assert [usable(b) for b in dead["flag"].to_list()] == [True] * 4 + [False] * 4
    assert flag_counts(dead) == {"stuck": 8, "override_valid": 4}


def test_the_last_word_holds_and_a_withdrawn_one_is_gone() -> None:
    once = apply_overrides(rows([1.0] * 3), words(word(False, 0, 3), word(True, 1, 2)))
    assert once["flag"].to_list() == [2048, 1024, 2048]
    assert apply_overrides(once, words())["flag"].to_list() == [0, 0, 0]


def test_a_word_on_one_source_leaves_the_others() -> None:
    both = pl.concat([rows([1.0]), rows([1.0], source="t"), rows([1.0], "no2"), rows([1.0], place="q")])
    assert apply_overrides(both, words(word(False, 0, 1, source="t")))["flag"].to_list() == [0, 2048, 0, 0]
    assert apply_overrides(both, words(word(False, 0, 1)))["flag"].to_list() == [2048, 2048, 0, 0]


def test_without_overrides_the_word_on_a_row_stays() -> None:
    said = apply_overrides(rows([1.0]), words(word(False, 0, 1)))
    assert flagged(said, QualityContext())["flag"].to_list() == [2048]


def test_every_threshold_says_what_it_is_in_both_languages_and_why() -> None:
    for threshold in thresholds().values():
        assert threshold.names["zh"]
        assert threshold.names["en"]
        assert threshold.unit
        assert len(threshold.reason) > 20
    assert set(thresholds()) == set(Rules.__dataclass_fields__)


def test_a_threshold_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="spike_factor"):
        Rules.of({"spike_factor": 3})
