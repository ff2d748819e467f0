"""The laws of the merge: the state depends on the set of rows, never on their order, their pieces or their repeats."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from airshed.observations.merge import IDENTITY, ordered, settle
from airshed.store import KEY
from airshed.workspace import Workspace, init
from store.samples import CONTENT, check_whole, contents, feed, held, row, table, ticking

PLAIN_KEY = ("place", "variable", "start", "end", "source")


def rule(rows: list[dict[str, Any]]) -> tuple[dict[Any, Any], set[Any]]:
    """The same law in ten lines of Python: what holds for each key, and all that was outdone."""
    holds: dict[Any, Any] = {}
    past = set()
    for r in rows:
        key = tuple(r[k] for k in PLAIN_KEY)
        issued = r["issued_at"].timestamp() if r["issued_at"] else float("-inf")
        rank = (issued, r["stage"], r["value"])
        if rank > holds.setdefault(key, rank):
            past.add((key, holds[key]))
            holds[key] = rank
        elif rank < holds[key]:
            past.add((key, rank))
    return holds, past


def said(frame: pl.DataFrame) -> list[tuple[Any, Any]]:
    """Rows of a table in the form of ``rule``."""
    found = []
    for r in frame.select(CONTENT).iter_rows(named=True):
        issued = r["issued_at"].timestamp() if r["issued_at"] else float("-inf")
        found.append((tuple(r[k] for k in PLAIN_KEY), (issued, r["stage"], r["value"])))
    return found


observations = st.builds(
    row,
    hour=st.integers(0, 2),
    value=st.sampled_from([0.0, 12.5, 30.0, 700.0]),
    place=st.sampled_from(["cnemc:1001A", "gb2260:110000"]),
    variable=st.sampled_from(["pm25", "o3"]),
    stage=st.integers(0, 2),
    issued=st.none() | st.integers(-2, 3),
    source=st.sampled_from(["made", "other"]),
    hours=st.sampled_from([1, 8]),
)


@st.composite
def feedings(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Rows, and the same rows again repeated, shuffled and cut into files."""
    rows = draw(st.lists(observations, min_size=1, max_size=14))
    again = draw(st.permutations(rows + draw(st.lists(st.sampled_from(rows), max_size=6))))
    cuts = sorted(draw(st.lists(st.integers(0, len(again)), max_size=4)))
    return rows, [again[a:b] for a, b in zip([0, *cuts], [*cuts, len(again)], strict=True)]


def fold(pieces: list[list[dict[str, Any]]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Settle piece after piece, as accept does, but in memory."""
    current = past = table([])
    for piece in pieces:
        s = settle(table(piece), current, past)
        lost = current.join(s.displaced, on=list(KEY), how="semi")
        current = pl.concat([current.join(s.displaced, on=list(KEY), how="anti"), s.current])
        past = pl.concat([past, s.superseded, lost])
    return current, past


@given(feedings())
@settings(max_examples=120, deadline=None)
def test_any_order_any_pieces_and_any_repeats_settle_in_the_state_that_the_set_of_rows_defines(
    fed: Any,
) -> None:
    rows, pieces = fed
    holds, outdone = rule(rows)
    current, past = fold(pieces)
    assert len(said(current)) == len(holds)
    assert dict(said(current)) == holds
    assert len(said(past)) == len(outdone)
    assert set(said(past)) == outdone


@given(feedings())
@settings(max_examples=60, deadline=None)
def test_no_row_is_lost_and_none_is_counted_twice_by_settling(fed: Any) -> None:
    _, pieces = fed
    before, _ = fold(pieces[:-1])
    s = settle(table(pieces[-1]), before, table([]))
    assert s.current.height + s.superseded.height + s.repeated == len(pieces[-1])
    assert s.displaced.height <= s.current.height


@given(feedings())
@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate]
)  # shrinking is for settle's own test
def test_the_lake_ends_in_the_same_state_whatever_the_order_of_the_files(fed: Any) -> None:
    rows, pieces = fed
    holds, outdone = rule(rows)
    with tempfile.TemporaryDirectory() as folder:
        workspace = init(Path(folder))
        now = ticking()
        for piece in pieces:
            feed(workspace, piece, now)
        assert dict(said(held(workspace))) == holds
        past = said(held(workspace, current=False))
        assert len(past) == len(outdone)
        assert set(past) == outdone
        check_whole(workspace)
        workspace.close()


@given(st.lists(observations, min_size=2, max_size=10), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_what_the_feed_alone_knows_of_a_repeated_row_does_not_depend_on_which_came_first(
    rows: Any, random: Any
) -> None:
    twins = [{**r, "flag": flag} for r in rows[:4] for flag in (0, 1, 8)]
    shuffled = random.sample(twins, len(twins))
    one, other = fold([twins]), fold([[r] for r in shuffled])
    for a, b in zip(one, other, strict=True):
        columns = [*CONTENT, "flag"]
        assert sorted(map(str, a.select(columns).rows())) == sorted(map(str, b.select(columns).rows()))


def test_a_later_issue_beats_a_higher_stage_and_a_higher_stage_beats_a_larger_value() -> None:
    rows = [
        row(0, 90.0, stage=2, issued=None),
        row(0, 10.0, stage=0, issued=1),
        row(0, 80.0, stage=0, issued=1),
        row(0, 20.0, stage=1, issued=1),
        row(0, 5.0, stage=0, issued=2),
    ]
    ends = [5.0, 20.0, 80.0, 10.0, 90.0]
    for value in ends:
        current, _ = fold([[r] for r in rows])
        assert current["value"].to_list() == [value]
        rows = [r for r in rows if r["value"] != value]


def test_a_row_without_issue_time_loses_to_one_issued_before_1970() -> None:
    early = {**row(0, 10.0), "issued_at": row()["start"].replace(year=1950)}
    current, past = fold([[early], [row(0, 99.0)]])
    assert current["value"].to_list() == [10.0]
    assert past["value"].to_list() == [99.0]


def test_averaging_time_is_part_of_the_key() -> None:
    current, past = fold([[row(0, 10.0, hours=1)], [row(0, 20.0, hours=8)]])
    assert current.height == 2
    assert past.height == 0


def test_ordering_puts_the_row_that_holds_last_in_its_key() -> None:
    frame = ordered(table([row(0, 1.0, issued=3), row(0, 9.0), row(0, 5.0, issued=3), row(0, 7.0, stage=2)]))
    assert frame["value"].to_list() == [9.0, 7.0, 1.0, 5.0]
    assert set(CONTENT) <= set(IDENTITY)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init(tmp_path / "w")


def test_a_value_outdone_is_kept_with_the_time_at_which_it_was_replaced(workspace: Workspace) -> None:
    now = ticking()
    feed(workspace, [row(0, 10.0, issued=1)], now)
    feed(workspace, [row(0, 20.0, issued=2)], now)
    feed(workspace, [row(0, 15.0, issued=0)], now)
    (current,), past = held(workspace).rows(named=True), held(workspace, current=False)
    assert (current["value"], current["replaced_at"]) == (20.0, None)
    assert past.sort("value").select("value", "received_at", "replaced_at").rows() == [
        (10.0, ticking()(), current["received_at"]),
        (15.0, past["received_at"].max(), past["received_at"].max()),
    ]


def test_rows_known_already_make_no_commit_and_no_act(workspace: Workspace) -> None:
    rows = [row(h, 10.0 + h, issued=h) for h in range(3)] + [row(0, 99.0)]
    first = feed(workspace, rows)
    again = feed(workspace, rows[::-1])
    assert first.commit is not None
    assert (again.commit, again.repeated, again.current.height) == (None, 4, 0)
    assert workspace.snapshot().version == 1
    assert contents(again.superseded) == []
