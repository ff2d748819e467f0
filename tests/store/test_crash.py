"""What a kill can do: leave a file unacknowledged, and litter. Nothing else."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from airshed.observations.ingest import ingest
from airshed.store import KEY, Lake
from airshed.store import lake as lake_module
from airshed.workspace import init, open_workspace

from .samples import check_whole, contents, feed, held, litter, row, ticking

KILLS = 200
FILES = 1_600  # more than any machine takes in before the last kill, so that every kill finds work
DAYS = 1
CITIES = ("北京", "天津", "石家庄")
SEED = 20150101
CHILD = Path(__file__).with_name("crash_child.py")


def write_files(folder: Path) -> list[Path]:
    """Small files, each with its own days and one day of its neighbour's with another value."""
    folder.mkdir()
    for n in range(FILES):
        days = [date(2015, 1, 1) + timedelta(days=DAYS * n + d) for d in range(-1, DAYS)]
        lines = [
            f"{c},{d},{30 + n % 50 + d.day},{60 + n % 50 + d.day},10,1.1,20,80" for c in CITIES for d in days
        ]
        text = "\n".join(["city,date,pm25,pm10,so2,co,no2,o3_8h", *lines])
        (folder / f"{n:04}.csv").write_text(text + "\n", encoding="utf-8")
    return sorted(folder.glob("*.csv"))


@contextmanager
def zygote(*arguments: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(CHILD), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


def run_and_kill(process: subprocess.Popen[str], wait: float) -> int:
    """One child, killed after ``wait`` seconds; its exit code (0: it had fed everything before)."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    child = int(process.stdout.readline())
    time.sleep(wait)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return int(process.stdout.readline())


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing_acknowledged_and_double_nothing(tmp_path: Path) -> None:
    files = write_files(tmp_path / "files")
    log = tmp_path / "acknowledged"
    init(tmp_path / "w").close()
    chance = random.Random(SEED)
    began = time.monotonic()
    with zygote(tmp_path / "w", tmp_path / "files", log) as process:
        codes = [run_and_kill(process, chance.uniform(0.005, 0.5)) for _ in range(KILLS)]
    assert set(codes) <= {-signal.SIGKILL, 0}
    acknowledged = log.read_text(encoding="utf-8").split() if log.exists() else []
    workspace = open_workspace(tmp_path / "w")
    check_whole(workspace)
    there = set(contents_of(workspace))
    for name in acknowledged:
        missing = rows_of(tmp_path / "files" / name) - there
        assert not missing, f"{name} was acknowledged"
    print(f"\n{codes.count(-9)} kills in {time.monotonic() - began:.0f} s: {len(acknowledged)} files acknowledged,",
          f"{workspace.snapshot().version} versions, {len(litter(workspace))} files of litter")  # fmt: skip
    assert codes.count(-signal.SIGKILL) >= KILLS * 3 // 4, (
        "too few runs were still at work when they were killed"
    )
    ingest(workspace, files, feed="city-daily", by="tester")
    check_whole(workspace)
    assert set(contents_of(workspace)) == {r for f in files for r in rows_of(f)}
    straight = init(tmp_path / "straight")
    ingest(straight, files, feed="city-daily", by="tester")
    assert contents(held(workspace)) == contents(held(straight))
    assert held(workspace).select(*KEY, "flag").equals(held(straight).select(*KEY, "flag"))


def contents_of(workspace: Any) -> list[tuple[Any, ...]]:
    """City, day, value of every PM2.5 row, current or superseded."""
    frames = [held(workspace), held(workspace, current=False)]
    rows = pl.concat(
        [f.select("place", "start", "value", "variable") for f in frames], how="vertical_relaxed"
    )
    rows = rows.filter(pl.col("variable") == "pm25")
    return [(p, (s + timedelta(hours=8)).date(), v) for p, s, v, _ in rows.rows()]


def rows_of(path: Path) -> set[tuple[Any, ...]]:
    ids = dict(zip(CITIES, ("gb2260:110000", "gb2260:120000", "gb2260:130100"), strict=True))
    cells = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return {(ids[c[0]], date.fromisoformat(c[1]), float(c[2])) for c in cells}


def test_every_file_and_its_folder_are_synced_before_the_transaction_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = init(tmp_path / "w")
    seen: list[tuple[str, str]] = []
    real_sync, real_commit = os.fsync, Lake.commit

    def sync(descriptor: int) -> None:
        real_sync(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        seen.append(("sync", path.relative_to(workspace.lake.folder.resolve()).as_posix()))

    def commit(self: Lake, connection: Any, **of: Any) -> Any:
        seen.extend(("name", f.path) for f in of["add"])
        return real_commit(self, connection, **of)

    monkeypatch.setattr(lake_module.os, "fsync", sync)
    monkeypatch.setattr(Lake, "commit", commit)
    feed(workspace, [row(0, 10.0), row(24 * 40, 20.0), row(0, 5.0), row(0, 7.0, source="other")], ticking())
    feed(workspace, [row(0, 30.0)], ticking())
    named = [path for what, path in seen if what == "name"]
    assert len(named) >= 5
    for path in named:
        at = seen.index(("name", path))
        file, folder = seen.index(("sync", path)), Path(path).parent.as_posix()
        assert file < at
        assert ("sync", folder) in seen[file:at]
        assert ("sync", ".") in seen[:at]


def test_an_error_after_the_commit_deletes_no_file_that_the_commit_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = init(tmp_path / "w")
    real = type(workspace).transaction

    @contextmanager
    def interrupted(self: Any) -> Iterator[Any]:
        monkeypatch.setattr(type(workspace), "transaction", real)
        with real(self) as transaction:
            yield transaction
        raise KeyboardInterrupt

    monkeypatch.setattr(type(workspace), "transaction", interrupted)
    with pytest.raises(KeyboardInterrupt):
        feed(workspace, [row(0, 10.0)])
    check_whole(workspace)
    assert held(workspace)["value"].to_list() == [10.0]


def test_an_error_before_the_commit_leaves_neither_rows_nor_act_nor_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = init(tmp_path / "w")

    def fails(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "commit", fails)
        with pytest.raises(KeyboardInterrupt):
            feed(workspace, [row(0, 10.0)])
    assert workspace.snapshot().version == 0
    assert litter(workspace) == []
    feed(workspace, [row(0, 10.0)])
    check_whole(workspace)


def test_litter_is_swept_once_it_is_old_and_what_is_named_stays(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    feed(workspace, [row(0, 10.0)])
    (named,) = workspace.snapshot().all_files
    old, young = (workspace.lake.folder / named.month / name for name in ("old.parquet", "young.parquet"))
    for path in (old, young):
        path.write_bytes(b"half a file")
    long_ago = time.time() - 2 * 86_400
    os.utime(old, (long_ago, long_ago))
    os.utime(workspace.lake.folder / named.path, (long_ago, long_ago))
    with workspace.transaction() as transaction:
        assert workspace.lake.sweep(transaction) == [old]
    assert young.exists()
    check_whole(workspace)


def test_damage_names_a_file_that_is_gone_and_one_whose_bytes_differ(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w")
    feed(workspace, [row(0, 10.0), row(24 * 40, 20.0)])
    first, second = workspace.snapshot().all_files
    (workspace.lake.folder / first.path).unlink()
    with (workspace.lake.folder / second.path).open("r+b") as handle:
        handle.seek(60)
        handle.write(b"?")
    found = workspace.lake.damage(workspace.snapshot())
    assert found == [f"{first.path}: missing", f"{second.path}: bytes differ from the catalogue"]
