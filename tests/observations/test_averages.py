"""City hours and city days, against the same rules written in plain Python, and at each bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from airshed.observations.averages import city_daily, city_hourly, latest
from airshed.observations.flags import Flag
from airshed.observations.hours import DayRule
from airshed.places import Station
from airshed.store import View
from airshed.workspace import Settings, Workspace, init
from store.samples import feed, row, ticking

BEIJING, TIANJIN = "gb2260:110000", "gb2260:120000"
DAY = date(2016, 5, 10)
MIDNIGHT = datetime(2016, 5, 9, 16, tzinfo=UTC)
"""Where the local day begins (UTC+8)."""
VIEW = View.everything()


def station(name: str, **of: Any) -> Station:
    return Station(f"own:{name}", {"zh": name, "en": name}, **{"place": BEIJING, **of})


STATIONS = [
    station("A"),
    station("B"),
    station("C", role="control"),
    station("M", until=DAY),
    station("M", place=TIANJIN, since=DAY),
    station("T", same_as="own:A"),
]


def made(folder: Path, prefer: tuple[str, ...] = ()) -> Workspace:
    workspace = init(folder, Settings(prefer=prefer))
    with workspace.transaction() as tx:
        workspace.remember_stations(tx, STATIONS, replace=False)
    return workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return made(tmp_path / "w")


def hour(n: int, value: float, name: str = "own:A", variable: str = "pm25", **of: Any) -> dict[str, Any]:
    """A value of the n-th local hour of ``DAY``."""
    start = MIDNIGHT + timedelta(hours=n)
    length = of.pop("hours", 1)
    return {
        **row(0, value, place=name, variable=variable, **of),
        "start": start,
        "end": start + timedelta(hours=length),
    }


def ramp(
    hours: Iterable[int], variable: str = "pm25", name: str = "own:A", level: float = 50.0, **of: Any
) -> list[Any]:
    """Values that differ from hour to hour, so that nothing looks stuck."""
    return [hour(n, level + (n % 5) + n / 8, name, variable, **of) for n in hours]


def days(
    workspace: Workspace, *cities: str, first: date = DAY, last: date = DAY, **of: Any
) -> dict[tuple[str, str], Any]:
    found = city_daily(workspace, VIEW, cities or [BEIJING], first, last, **of)
    assert found.select("place", "variable", "day").is_duplicated().sum() == 0
    return {(r["place"], r["variable"]): r for r in found.filter(pl.col("day") == DAY).iter_rows(named=True)}


def rule(workspace: Workspace) -> DayRule:
    law = workspace.law.on(DAY, ("cn",))
    return DayRule.of(law["validity"], law["limits"])


@pytest.mark.parametrize(("count", "valid"), [(19, False), (20, True)])
def test_a_daily_mean_is_valid_from_twenty_hours_on(workspace: Workspace, count: int, valid: bool) -> None:
    rows = ramp(range(count))
    feed(workspace, rows)
    (found,) = days(workspace).values()
    assert (found["hours"], found["valid"], found["basis"]) == (count, valid, "computed")
    assert found["value"] == pytest.approx(sum(r["value"] for r in rows) / count, rel=1e-12)


def test_hours_that_do_not_count_are_not_counted(workspace: Workspace) -> None:
    rows = ramp(range(20))
    feed(workspace, [{**r, "flag": int(Flag.ZERO_MISSING) if n == 7 else 0} for n, r in enumerate(rows)])
    (found,) = days(workspace).values()
    assert (found["hours"], found["valid"]) == (19, False)


def test_the_local_day_begins_at_sixteen_hours_utc(workspace: Workspace) -> None:
    feed(workspace, [*ramp(range(24)), hour(-1, 400.0), hour(24, 500.0)])
    (found,) = days(workspace, first=DAY - timedelta(1), last=DAY + timedelta(1)).values()
    assert found["hours"] == 24
    assert found["value"] == pytest.approx(sum(r["value"] for r in ramp(range(24))) / 24)


@pytest.mark.parametrize(("last", "windows", "valid"), [(20, 13, False), (21, 14, True)])
def test_the_maximum_of_eight_hours_wants_fourteen_windows(
    workspace: Workspace, last: int, windows: int, valid: bool
) -> None:
    """Windows end at hours 8 to 24 and want six values: of hours 0 to h-1 those that end by h+2 have them."""
    feed(workspace, ramp(range(last - 2), "o3"))
    (found,) = days(workspace).values()
    r = rule(workspace)
    assert (r.first_end, r.last_end, r.window_hours, r.windows) == (8, 24, 6, 14)
    expected = sum(min(last - 2, end) - max(0, end - 8) >= 6 for end in range(8, 25))
    assert (expected, found["hours"], found["valid"]) == (windows, windows, valid)


@pytest.mark.parametrize(("excess", "valid"), [(0.0, False), (0.001, True)])
def test_fewer_windows_are_enough_where_the_maximum_exceeds_the_limit(
    workspace: Workspace, excess: float, valid: bool
) -> None:
    limit = rule(workspace).exceeding
    assert limit is not None
    feed(workspace, [hour(n, limit + excess + (1 if n % 2 else -1), variable="o3") for n in range(6)])
    (found,) = days(workspace).values()
    assert found["hours"] == 1
    assert found["value"] == pytest.approx(limit + excess, abs=1e-9)
    assert found["valid"] == valid


def test_a_window_whose_last_hours_are_missing_still_counts(workspace: Workspace) -> None:
    feed(workspace, ramp([0, 1, 2, 3, 4, 5], "o3"))
    (found,) = days(workspace).values()
    assert found["hours"] == 1
    assert found["value"] == pytest.approx(sum(r["value"] for r in ramp(range(6))) / 6)


def test_a_city_is_the_mean_of_its_evaluation_stations_and_a_control_station_does_not_count(
    workspace: Workspace,
) -> None:
    feed(
        workspace,
        [
            *ramp(range(24)),
            *ramp(range(24), name="own:B", level=90.0),
            *ramp(range(24), name="own:C", level=5.0),
        ],
    )
    (found,) = days(workspace).values()
    both = [r["value"] for level in (50.0, 90.0) for r in ramp(range(24), level=level)]
    assert found["value"] == pytest.approx(sum(both) / 48)
    assert set(
        city_hourly(workspace, VIEW, [BEIJING], MIDNIGHT, MIDNIGHT + timedelta(days=1))["stations"]
    ) == {2}


def test_a_station_that_moved_counts_in_each_city_for_its_own_days(workspace: Workspace) -> None:
    feed(workspace, ramp(range(-24, 24), name="own:M"))
    before = city_daily(workspace, VIEW, [BEIJING, TIANJIN], DAY - timedelta(1), DAY)
    assert before.select("place", "day", "hours").sort("day").rows() == [
        (BEIJING, DAY - timedelta(1), 24),
        (TIANJIN, DAY, 24),
    ]


def test_twins_of_one_monitor_count_once(workspace: Workspace) -> None:
    feed(
        workspace,
        [*ramp(range(24)), *ramp(range(24), name="own:T"), *ramp(range(24), name="own:B", level=90.0)],
    )
    (found,) = days(workspace).values()
    both = [r["value"] for level in (50.0, 90.0) for r in ramp(range(24), level=level)]
    assert found["value"] == pytest.approx(sum(both) / 48)


@pytest.mark.parametrize(("prefer", "level"), [((), 50.0), (("zeta",), 53.0), (("alpha", "zeta"), 50.0)])
def test_between_two_sources_the_preferred_is_taken_and_the_other_fills_its_gaps(
    tmp_path: Path, prefer: tuple[str, ...], level: float
) -> None:
    workspace = made(tmp_path / "w", prefer)
    alpha, zeta = ramp(range(22), source="alpha"), ramp(range(2, 24), source="zeta", level=53.0)
    feed(workspace, [*alpha, *zeta])
    (found,) = days(workspace).values()
    first, second = (alpha, zeta) if level == 50.0 else (zeta, alpha)
    values = {r["start"]: r["value"] for r in [*second, *first]}
    assert (found["hours"], found["source"]) == (24, first[0]["source"])
    assert found["value"] == pytest.approx(sum(values.values()) / 24)


@pytest.mark.parametrize(("prefer", "basis"), [(("paper", "made"), "reported"), (("made",), "computed")])
def test_the_preferred_source_is_taken_also_between_reported_and_computed_days(
    tmp_path: Path, prefer: tuple[str, ...], basis: str
) -> None:
    workspace = made(tmp_path / "w", prefer)
    feed(workspace, [*ramp(range(24)), hour(0, 77.0, BEIJING, hours=24, source="paper")])
    assert days(workspace)[BEIJING, "pm25"]["basis"] == basis


def test_a_valid_day_is_taken_before_a_preferred_one_that_is_not(tmp_path: Path) -> None:
    workspace = made(tmp_path / "w", ("made",))
    feed(workspace, [*ramp(range(19)), hour(0, 77.0, BEIJING, hours=24, source="paper")])
    found = days(workspace)[BEIJING, "pm25"]
    assert (found["value"], found["basis"], found["source"], found["hours"]) == (
        77.0,
        "reported",
        "paper",
        None,
    )


def test_a_running_mean_of_24_hours_is_no_daily_mean(workspace: Workspace) -> None:
    feed(workspace, [hour(n, 60.0 + n, BEIJING, hours=24) for n in range(-12, 12)])
    assert days(workspace)[BEIJING, "pm25"]["value"] == 60.0


def test_dust_hours_are_left_out_of_particles_only_and_only_when_asked(workspace: Workspace) -> None:
    feed(workspace, [r for v in ("pm10", "pm25", "so2") for r in ramp(range(24), v)])
    snapshot = workspace.snapshot()
    dusty = [hour(n, 0.0)["start"] for n in (3, 4, 5, 6)]
    for path in snapshot.paths(snapshot.all_files):
        frame = pl.read_parquet(path)
        flag = pl.when(pl.col("start").is_in(dusty)).then(int(Flag.DUST)).otherwise(0).cast(pl.UInt16)
        frame.with_columns(flag=flag).write_parquet(path)
    assert {(r["hours"], r["valid"]) for r in days(workspace).values()} == {(24, True)}
    without = days(workspace, without_dust=True)
    assert {v: without[BEIJING, v]["hours"] for v in ("pm10", "pm25", "so2")} == {
        "pm10": 20,
        "pm25": 20,
        "so2": 24,
    }


def test_the_latest_value_comes_whole_from_the_preferred_source(tmp_path: Path) -> None:
    workspace = made(tmp_path / "w", ("zeta",))
    feed(workspace, [hour(5, 1.0, source="alpha"), hour(5, 2.0, source="zeta"), hour(4, 9.0, source="zeta")])
    feed(workspace, [hour(6, 7.0, source="zeta", flag=int(Flag.STALE))], ticking())
    (found,) = latest(workspace, VIEW, ["own:A"]).rows(named=True)
    assert (found["value"], found["source"], found["start"]) == (2.0, "zeta", MIDNIGHT + timedelta(hours=5))


def by_hand(rows: list[dict[str, Any]], r: DayRule) -> dict[tuple[date, str], tuple[float, int, bool]]:
    """City days of Beijing from the rows of A and B, in loops and dictionaries."""
    hours: dict[Any, list[float]] = defaultdict(list)
    for one in rows:
        local = one["start"] + timedelta(hours=8)
        hours[local.date(), one["variable"], local.hour].append(one["value"])
    series: dict[Any, dict[int, float]] = defaultdict(dict)
    for (day, variable, n), values in hours.items():
        series[day, variable][n] = sum(values) / len(values)
    found = {}
    for (day, variable), values in series.items():
        if variable != "o3":
            mean = sum(values.values()) / len(values)
            found[day, variable] = (mean, len(values), len(values) >= r.day_hours)
            continue
        windows = [
            [values[n] for n in range(e - 8, e) if n in values] for e in range(r.first_end, r.last_end + 1)
        ]
        means = [sum(w) / len(w) for w in windows if len(w) >= r.window_hours]
        if means:
            exceeds = r.exceeding is not None and max(means) > r.exceeding
            found[day, "o3_mda8"] = (max(means), len(means), len(means) >= r.windows or exceeds)
    return found


gaps = st.lists(st.booleans(), min_size=48, max_size=48)


@given(gaps, gaps, gaps, st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_city_days_are_what_loops_and_dictionaries_make_of_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, one: list[bool], two: list[bool], three: list[bool], random: Any
) -> None:
    workspace = made(tmp_path_factory.mktemp("w"))
    rows = [
        hour(n, round(random.uniform(20, 260), 1), name, variable)
        for name, variable, there in (("own:A", "pm25", one), ("own:B", "pm25", two), ("own:B", "o3", three))
        for n in range(48)
        if there[n] or n % 5
    ]
    feed(workspace, rows)
    found = city_daily(workspace, VIEW, [BEIJING], DAY, DAY + timedelta(1))
    expected = by_hand(rows, rule(workspace))
    assert {(r["day"], r["variable"]) for r in found.iter_rows(named=True)} == set(expected)
    for r in found.iter_rows(named=True):
        value, count, valid = expected[r["day"], r["variable"]]
        assert (r["hours"], r["valid"]) == (count, valid)
        assert r["value"] == pytest.approx(value, rel=1e-12)
    workspace.close()


def test_stations_changed_by_hand_change_the_days_at_once(workspace: Workspace) -> None:
    feed(workspace, [*ramp(range(24)), *ramp(range(24), name="own:B", level=90.0)])
    before = days(workspace)[BEIJING, "pm25"]["value"]
    from airshed import record

    with workspace.transaction() as tx:
        workspace.remember_stations(tx, [replace(station("B"), role="control")], replace=True)
        record.append(tx, record.Act(MIDNIGHT, "tester", "station.import"))
    after = days(workspace)[BEIJING, "pm25"]["value"]
    assert after == pytest.approx(sum(r["value"] for r in ramp(range(24))) / 24)
    assert before > after
