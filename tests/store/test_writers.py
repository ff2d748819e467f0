"""The same promises on SQLite and PostgreSQL, with one writer and with several at once."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from airshed import record
from airshed.errors import BadInput, Conflict, RecordBroken, StoreError
from airshed.observations.ingest import ingest, override
from airshed.places import Station
from airshed.store import Database
from airshed.workspace import Workspace, open_workspace

from .samples import ZERO, check_whole, contents, feed, held, litter, row, ticking

Maker = Callable[..., Workspace]
FILES = 12


def texts(writer: int) -> list[str]:
    """Small daily files; both writers give the same days, with values of their own and one in common."""
    return [
        f"city,date,pm25,pm10\n北京,2015-01-{n + 1:02},{10 * n + 5 + writer},{100 + n}\n"
        for n in range(FILES)
    ]


def writer(folder: Path, number: int, gate: Any, log: Path) -> None:
    workspace = open_workspace(folder)
    gate.wait(60)
    for n, text in enumerate(texts(number)):
        path = folder.parent / f"{number}-{n}.csv"
        path.write_text(text, encoding="utf-8")
        ingest(workspace, [path], feed="city-daily", by=f"writer {number}")
        with log.open("a", encoding="utf-8") as handle:
            handle.write(f"{number} {n}\n")


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_no_update(make: Maker, tmp_path: Path) -> None:
    workspace = make()
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(2)
    logs = [tmp_path / f"log{n}" for n in range(2)]
    processes = [spawn.Process(target=writer, args=(workspace.folder, n, gate, logs[n])) for n in range(2)]
    for p in processes:
        p.start()
    for p in processes:
        p.join(100)
    assert [p.exitcode for p in processes] == [0, 0]
    assert all(len(log.read_text(encoding="utf-8").splitlines()) == FILES for log in logs)
    check_whole(workspace)
    alone = make("alone")
    for number in range(2):
        for n, text in enumerate(texts(number)):
            (tmp_path / "one.csv").write_text(text, encoding="utf-8")
            ingest(alone, [tmp_path / "one.csv"], feed="city-daily", by=f"{number} {n}")
    assert contents(held(workspace)) == contents(held(alone))
    assert contents(held(workspace, current=False)) == contents(held(alone, current=False))
    assert litter(workspace) == []


def test_a_writer_that_was_overtaken_plans_again_and_one_often_overtaken_takes_the_lock(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airshed.observations import acceptance

    workspace, other = make(), None
    real, overtaken = acceptance._write, []

    def late(of: Workspace, plan: Any) -> Any:
        if threading.current_thread() is threading.main_thread() and len(overtaken) < acceptance._FREE_TRIES:
            overtaken.append(len(overtaken))
            thread = threading.Thread(target=feed, args=(other, [row(100 + len(overtaken), 1.0)]))
            thread.start()
            thread.join(30)
        return real(of, plan)

    other = open_workspace(workspace.folder)
    monkeypatch.setattr(acceptance, "_write", late)
    outcome = feed(workspace, [row(0, 50.0)])
    assert outcome.commit is not None
    assert outcome.commit.version == acceptance._FREE_TRIES + 1
    assert held(workspace).height == acceptance._FREE_TRIES + 1
    check_whole(workspace)
    assert litter(workspace) == []


def test_a_commit_on_an_outdated_version_is_refused_whole(make: Maker) -> None:
    workspace = make()
    feed(workspace, [row(0, 1.0)])

    def commit(base: int, remove: list[Any]) -> None:
        with workspace.transaction() as tx:
            entry = record.append(tx, record.Act(ZERO, "a", "ingest"))
            workspace.lake.commit(tx, base=base, at=ZERO, act=entry.seq, add=[], remove=remove)

    with pytest.raises(Conflict):
        commit(0, [])
    (named,) = workspace.snapshot().all_files
    with pytest.raises(Conflict, match="current"):
        commit(1, [named, named])
    check_whole(workspace)
    assert workspace.snapshot().version == 1


def test_revisions_overrides_and_stations_end_alike_on_every_database(make: Maker) -> None:
    workspace, now = make(), ticking()
    long_name = "数据来源" * 60
    feed(workspace, [row(h, 10.0 + h, source=long_name) for h in range(5)], now)
    feed(workspace, [row(2, 99.0, source=long_name, issued=1), row(2, 98.0, source=long_name)], now)
    override(workspace, place="cnemc:1001A", variable="pm25", start=ZERO, end=ZERO + timedelta(hours=1),
             valid=False, by="李四", ground="标定", now=now)  # fmt: skip
    check_whole(workspace)
    assert held(workspace)["value"].to_list() == [10.0, 11.0, 99.0, 13.0, 14.0]
    assert held(workspace, current=False)["value"].to_list() == [12.0, 98.0]
    assert held(workspace)["flag"].to_list() == [2048, 0, 0, 0, 0]
    station = Station("own:1", {"zh": "一", "en": "One"}, "gb2260:110000", 116.4, 39.9)
    with workspace.transaction() as tx:
        assert workspace.remember_stations(tx, [station, station], replace=False) == 1
        assert workspace.remember_stations(tx, [station], replace=True) == 0
    assert workspace.gazetteer.station("own:1").lon == 116.4


def test_a_changed_act_is_found_on_every_database(make: Maker) -> None:
    workspace = make()
    feed(workspace, [row(0, 1.0)])
    with workspace.transaction() as tx:
        tx.execute(sa.text("UPDATE act SET ground = 'another' WHERE seq = 1"))
    with pytest.raises(RecordBroken, match="act 1"), workspace.database.read() as connection:
        record.verify(connection)


def test_many_may_open_a_new_workspace_at_once(make: Maker, tmp_path: Path) -> None:
    url = make().database.url
    failures: list[BaseException] = []

    def opening() -> None:
        try:
            database = Database(
                url if url.get_backend_name() != "sqlite" else f"sqlite:///{tmp_path / 'new.db'}"
            )
            database.migrate()
            database.dispose()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=opening) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert failures == []


def test_stations_learnt_by_one_process_are_seen_by_another_that_has_long_been_open(make: Maker) -> None:
    workspace = make()
    other = open_workspace(workspace.folder)
    assert not other.gazetteer.has_station("own:1")
    station = Station("own:1", {"zh": "一", "en": "One"}, "gb2260:110000")
    with workspace.transaction() as tx:
        workspace.remember_stations(tx, [station], replace=False)
    assert other.gazetteer.has_station("own:1")
    assert workspace.gazetteer.has_station("own:1")


def test_a_database_made_by_a_newer_airshed_is_refused_by_name(make: Maker) -> None:
    workspace = make()
    with workspace.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999"):
        open_workspace(workspace.folder)


@pytest.mark.parametrize("url", ["no url at all", "mysql://a@b/c", "oracle+nothing://x"])
def test_a_text_that_is_no_url_of_a_known_database_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        Database(url)


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_said_in_plain_words() -> None:
    with pytest.raises(StoreError, match="database"):
        Database("postgresql://nobody@127.0.0.1:1/none").migrate()
