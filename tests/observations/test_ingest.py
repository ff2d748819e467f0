"""Real files through the door: the same figures whatever the order, the pieces, the repeats and the revisions."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from airshed.errors import BadInput
from airshed.observations.averages import city_daily
from airshed.observations.flags import Flag
from airshed.observations.ingest import ingest, override
from airshed.store import KEY, View
from airshed.workspace import Workspace, init
from conftest import shared_data
from store.samples import CONTENT, check_whole, contents, feed, held, row, ticking

VIEW = View.everything()
REAL = "air_quality/city_daily_366cities_20131202_20160229.parquet"
BTH = [
    "北京",
    "天津",
    "石家庄",
    "唐山",
    "秦皇岛",
    "邯郸",
    "邢台",
    "保定",
    "张家口",
    "承德",
    "沧州",
    "廊坊",
    "衡水",
]
NEW_YEAR, YEARS_END = date(2015, 1, 1), date(2015, 12, 31)


def real(cities: list[str]) -> pl.DataFrame:
    frame = pl.read_parquet(shared_data(REAL)).filter(pl.col("city").is_in(cities))
    return frame.filter(pl.col("date").is_between(date(2014, 12, 20), date(2016, 1, 10)))


def write(frame: pl.DataFrame, path: Path) -> Path:
    frame.write_csv(path)
    return path


def take(workspace: Workspace, *paths: Path, **of: Any) -> Any:
    return ingest(workspace, paths, feed="city-daily", by="tester", **of)


def annual_mean(workspace: Workspace, cities: list[str], **of: Any) -> float:
    ids = [workspace.gazetteer.require(c, prefer="city") for c in cities]
    days = city_daily(workspace, VIEW, ids, NEW_YEAR, YEARS_END, variables=("pm25",), **of).filter("valid")
    return float(days.group_by("place").agg(pl.col("value").mean())["value"].mean())  # type: ignore[arg-type]


def state(workspace: Workspace) -> pl.DataFrame:
    return held(workspace).select(*CONTENT, "flag")


@pytest.mark.slow
def test_the_thirteen_cities_of_2015_come_out_at_the_figures_known(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    take(workspace, write(real(BTH), tmp_path / "bth.csv"))
    assert round(annual_mean(workspace, ["北京"]), 1) == 80.1
    assert round(annual_mean(workspace, BTH), 1) == 76.5


def test_twice_shuffled_and_in_pieces_the_same_file_makes_the_same_state_and_figures(tmp_path: Path) -> None:
    frame = real(["北京", "衡水"])
    straight, pieces = init(tmp_path / "a"), init(tmp_path / "b")
    first = take(straight, write(frame, tmp_path / "whole.csv"))
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=5)
    paths = [write(shuffled[i : i + 170], tmp_path / f"{i}.csv") for i in range(0, frame.height, 170)]
    for path in [*paths, *paths[::-1]]:
        take(pieces, path)
    again = take(straight, tmp_path / "whole.csv")
    assert again.versions == []
    assert again.total("repeated") == first.total("accepted")
    assert_frame_equal(state(straight), state(pieces))
    assert annual_mean(straight, ["北京"]) == pytest.approx(annual_mean(pieces, ["北京"]), rel=1e-14)
    assert round(annual_mean(pieces, ["北京"]), 1) == 80.1
    for workspace in (straight, pieces):
        check_whole(workspace)


def test_day_by_day_ends_in_the_same_flags_as_in_one_go(tmp_path: Path) -> None:
    """Spikes and repeated values show only with neighbours, which come later; also far from the day that comes."""
    values = [50.0 + (n * 7) % 11 for n in range(40)]
    values[5] = 900.0
    values[12:20] = [44.0] * 8
    rows = [{**row(24 * n, v, place="gb2260:110000", hours=24)} for n, v in enumerate(values)]
    hourly = [row(n, 80.0 if 100 <= n < 190 else 30.0 + n % 9, variable="so2") for n in range(480)]
    for made, step in ((rows, 1), (hourly, 24)):
        whole, slow = init(tmp_path / f"whole{step}"), init(tmp_path / f"slow{step}")
        feed(whole, made)
        parts = [made[i : i + step] for i in range(0, len(made), step)]
        random.Random(7).shuffle(parts)
        now = ticking()
        for part in parts:
            feed(slow, part, now)
        assert (held(whole)["flag"] != 0).any()
        assert_frame_equal(state(whole), state(slow))
        check_whole(slow)


def revised(value: float) -> str:
    return f"city,date,pm25,pm10\n北京,2015-03-01,{value},120\n北京,2015-03-02,70,130\n"


def test_a_revision_replaces_and_the_old_file_fed_again_does_not_bring_it_back(tmp_path: Path) -> None:
    workspace, now = init(tmp_path / "w"), ticking()
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(revised(60.0), encoding="utf-8")
    new.write_text(revised(66.0), encoding="utf-8")
    issued = datetime(2015, 3, 5, tzinfo=UTC)
    take(workspace, old, issued_at=issued, now=now)
    take(workspace, new, issued_at=issued + timedelta(days=9), now=now)
    late = take(workspace, old, issued_at=issued, now=now)
    assert late.versions == []
    mine = held(workspace).filter(pl.col("variable") == "pm25")
    assert mine["value"].to_list() == [66.0, 70.0]
    assert held(workspace, current=False).filter(pl.col("variable") == "pm25")["value"].to_list() == [
        60.0,
        70.0,
    ]


def as_known(workspace: Workspace, instant: datetime) -> list[tuple[Any, ...]]:
    """The past a second way: from the times on the rows, not from versions."""
    every = pl.concat([held(workspace), held(workspace, current=False)], how="vertical_relaxed")
    gone = pl.col("replaced_at").is_not_null() & (pl.col("replaced_at") <= instant)
    return contents(every.filter((pl.col("received_at") <= instant) & ~gone))


def test_as_of_reads_the_past_as_it_was_known_whichever_way_it_is_read(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    backwards = iter([datetime(2024, 1, 1, tzinfo=UTC) - k * timedelta(minutes=1) for k in range(99)])
    chance = random.Random(3)
    seen = []
    for _ in range(8):
        some = [
            row(chance.randrange(4), chance.choice([10.0, 20.0, 30.0]), issued=chance.randrange(4))
            for _ in range(3)
        ]
        feed(workspace, some, lambda: next(backwards))
        snapshot = workspace.snapshot()
        seen.append((snapshot.at, snapshot.version, contents(held(workspace))))
    assert len({at for at, *_ in seen}) > 3
    for at, version, known in seen:
        assert at is not None
        assert contents(held(workspace, as_of=at)) == known
        assert contents(held(workspace, version=version)) == known
        assert as_known(workspace, at) == known
        assert contents(workspace.observations(as_of=at)) == known
    first = seen[0][0]
    assert held(workspace, as_of=first - timedelta(microseconds=1)).height == 0  # type: ignore[operator]
    check_whole(workspace)


def say(workspace: Workspace, valid: bool, hours: tuple[int, int] = (1, 3), **of: Any) -> Any:
    start = row()["start"]
    return override(
        workspace, place="cnemc:1001A", variable="pm25", start=start + hours[0] * timedelta(hours=1),
        end=start + hours[1] * timedelta(hours=1), valid=valid, by="李四", ground="标定", **of,
    )  # fmt: skip


VALID, INVALID = int(Flag.OVERRIDE_VALID), int(Flag.OVERRIDE_INVALID)


def test_a_persons_word_is_on_record_sets_the_flags_and_outlives_feeding_again(tmp_path: Path) -> None:
    workspace, now = init(tmp_path / "w"), ticking()
    rows = [row(h, 20.0 + h) for h in range(5)]
    feed(workspace, rows, now)
    assert say(workspace, valid=False, now=now).reflagged == 2
    assert held(workspace)["flag"].to_list() == [0, INVALID, INVALID, 0, 0]
    feed(workspace, rows, now)
    feed(workspace, [row(2, 99.0, issued=3)], now)
    assert held(workspace)["flag"].to_list() == [0, INVALID, INVALID, 0, 0]
    say(workspace, valid=True, hours=(2, 4), now=now)
    assert held(workspace)["flag"].to_list() == [0, INVALID, VALID, VALID, 0]
    acts = workspace.acts(VIEW, "flag.override")
    assert [(e.act.by, e.act.ground, e.act.evidence["valid"]) for e in acts] == [
        ("李四", "标定", False),
        ("李四", "标定", True),
    ]
    check_whole(workspace)


def test_a_word_on_hours_that_are_not_there_yet_holds_when_they_come(tmp_path: Path) -> None:
    workspace, now = init(tmp_path / "w"), ticking()
    outcome = say(workspace, valid=False, now=now)
    assert (outcome.reflagged, outcome.commit is not None) == (0, True)
    feed(workspace, [row(h, 20.0 + h) for h in range(4)], now)
    assert held(workspace)["flag"].to_list() == [0, INVALID, INVALID, 0]
    check_whole(workspace)


def test_an_override_wants_a_reason_and_a_span(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    with pytest.raises(BadInput, match="ends after"):
        say(workspace, valid=True, hours=(3, 3))
    with pytest.raises(BadInput, match="reason"):
        override(
            workspace,
            place="x",
            variable="pm25",
            start=row()["start"],
            end=row()["end"],
            valid=True,
            by="a",
            ground=" ",
        )
    assert workspace.acts(VIEW) == []


def test_a_file_whose_name_is_no_unicode_goes_in_and_is_named_on_record(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    raw = os.fsencode(tmp_path) + b"/" + "北京.csv".encode("gb18030")
    path = Path(os.fsdecode(raw))
    path.write_text(revised(60.0), encoding="utf-8")
    report = take(workspace, path)
    assert report.total("accepted") == 4
    assert workspace.acts(VIEW)[0].act.evidence["files"][0]["file"] == "北京.csv"
    check_whole(workspace)


def test_a_file_that_cannot_be_opened_is_refused_and_the_others_go_in(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    good, broken = tmp_path / "good.csv", tmp_path / "broken.parquet"
    good.write_text(revised(60.0), encoding="utf-8")
    broken.write_bytes(b"PAR1 and no more")
    report = take(workspace, broken, good)
    assert (report.total("accepted"), report.total("refusals")) == (4, 1)
    assert report.files[0].version == report.files[1].version == 1


def test_far_dates_in_one_file_do_not_call_up_the_years_between(tmp_path: Path) -> None:
    from airshed.observations.acceptance import _windows
    from store.samples import table

    spans = table([row(0, 1.0), row(1, 2.0), row(24 * 900, 3.0)]).select("place", "start", "end")
    windows = _windows(spans, timedelta(days=7))
    assert len(windows) == 2
    assert all(high - low <= timedelta(days=15, hours=2) for low, high in windows)


def test_many_small_commits_are_folded_and_lose_nothing(tmp_path: Path) -> None:
    workspace, now = init(tmp_path / "w"), ticking()
    for h in range(40):
        feed(workspace, [row(h * 20 % 700, 10.0 + h, place=f"cnemc:{1000 + h}A")], now)
    assert held(workspace).height == 40
    assert len(workspace.snapshot().all_files) < 20
    assert held(workspace, version=11).height == 11
    assert held(workspace).select(KEY).is_duplicated().sum() == 0
    check_whole(workspace)
