"""The record: acts chained by digest, so that no one of them can be changed, moved or taken out unseen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from airshed import record
from airshed.errors import RecordBroken
from airshed.record import GENESIS, Act, act_digest, canonical
from airshed.record.chain import ACT
from airshed.store import Database

AT = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)


def act(n: int = 0, **evidence: Any) -> Act:
    return Act(AT + timedelta(minutes=n), "张三", "ingest", f"file {n}", {"n": n, **evidence})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'r.db'}")
    made.migrate()
    yield made
    made.dispose()


@pytest.fixture
def chain(database: Database) -> Database:
    with database.write() as connection:
        for n in range(1, 8):
            record.append(connection, act(n))
    return database


def verify(database: Database, expect: str | None = None) -> int:
    with database.read() as connection:
        return record.verify(connection, expect)


def change(database: Database, statement: str, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(sa.text(statement), values)


def test_an_empty_record_is_whole_and_begins_at_genesis(database: Database) -> None:
    assert verify(database) == 0
    with database.read() as connection:
        assert record.head(connection) == (0, GENESIS)


def test_each_act_carries_the_digest_of_the_one_before(chain: Database) -> None:
    assert verify(chain) == 7
    with chain.read() as connection:
        entries = list(record.entries(connection))
    assert [e.previous for e in entries] == [GENESIS, *(e.digest for e in entries[:-1])]
    assert [e.act for e in entries] == [act(n) for n in range(1, 8)]


def test_entries_are_given_by_kind_and_after_a_place(chain: Database) -> None:
    with chain.write() as connection:
        record.append(connection, Act(AT, "李四", "flag.override", "calibration"))
    with chain.read() as connection:
        assert [e.seq for e in record.entries(connection, "flag.override")] == [8]
        assert [e.seq for e in record.entries(connection, after=6)] == [7, 8]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2024-02-29T23:35:00.000000+00:00"),
        ("at", "2024-03-01T07:34:00.000000+08:00"),
        ("at", "yesterday"),
        ("by", "李四"),
        ("by", " "),
        ("kind", "law.import"),
        ("ground", "file 4 "),
        ("evidence", '{"n":5}'),
        ("evidence", '{"n": 4}'),
        ("evidence", '{"n":3,"n":4}'),
        ("evidence", '{"n":'),
        ("previous", "f" * 64),
        ("digest", "e" * 64),
    ],
)
def test_a_change_in_any_column_of_an_act_breaks_the_record_there(
    chain: Database, column: str, value: str
) -> None:
    change(chain, f'UPDATE act SET "{column}" = :value WHERE seq = 4', value=value)
    with pytest.raises(RecordBroken, match="act 4"):
        verify(chain)


def test_a_changed_act_whose_digest_is_made_anew_breaks_the_record_at_the_next_act(chain: Database) -> None:
    with chain.read() as connection:
        third = list(record.entries(connection))[2]
    forged = Act(act(4).at, "李四", "ingest", "file 4", {"n": 4})
    digest = act_digest(third.digest, 4, forged)
    change(chain, "UPDATE act SET \"by\" = '李四', digest = :digest WHERE seq = 4", digest=digest)
    with pytest.raises(RecordBroken, match="act 5"):
        verify(chain)


@pytest.mark.parametrize("gone", [1, 4, 6])
def test_an_act_taken_out_is_missed_at_its_place(chain: Database, gone: int) -> None:
    change(chain, "DELETE FROM act WHERE seq = :gone", gone=gone)
    with pytest.raises(RecordBroken, match=f"act {gone} next .* act {gone + 1}"):
        verify(chain)


def test_acts_closed_up_after_one_was_taken_out_do_not_fit(chain: Database) -> None:
    change(chain, "DELETE FROM act WHERE seq = 4")
    for seq in (5, 6, 7):
        change(chain, "UPDATE act SET seq = :to WHERE seq = :seq", seq=seq, to=seq - 1)
    with pytest.raises(RecordBroken, match="act 4 to follow"):
        verify(chain)


def test_two_acts_that_change_places_do_not_fit(chain: Database) -> None:
    for seq, to in ((3, 99), (4, 3), (99, 4)):
        change(chain, "UPDATE act SET seq = :to WHERE seq = :seq", seq=seq, to=to)
    with pytest.raises(RecordBroken, match="act 3 to follow"):
        verify(chain)


def test_an_act_put_between_does_not_fit(chain: Database) -> None:
    for seq in (7, 6, 5, 4):
        change(chain, "UPDATE act SET seq = :to WHERE seq = :seq", seq=seq, to=seq + 1)
    with chain.read() as connection:
        third = list(record.entries(connection))[2]
    put = act(40)
    values = {**put.plain(), "evidence": canonical(put.evidence), "seq": 4, "previous": third.digest}
    with chain.write() as connection:
        connection.execute(ACT.insert().values(**values, digest=act_digest(third.digest, 4, put)))
    with pytest.raises(RecordBroken, match="act 5 to follow"):
        verify(chain)


def test_a_tail_cut_off_is_seen_with_a_digest_noted_elsewhere_and_only_so(chain: Database) -> None:
    with chain.read() as connection:
        _, noted = record.head(connection)
    change(chain, "DELETE FROM act WHERE seq > 5")
    assert verify(chain) == 5
    with pytest.raises(RecordBroken, match="cut off"):
        verify(chain, noted)


def test_a_digest_noted_earlier_is_still_in_a_longer_chain(chain: Database) -> None:
    with chain.read() as connection:
        _, noted = record.head(connection)
    with chain.write() as connection:
        record.append(connection, act(8))
    assert verify(chain, noted) == 8
    assert verify(chain, GENESIS) == 8


def test_an_act_of_a_transaction_that_fails_never_was(chain: Database) -> None:
    def fails() -> None:
        with chain.write() as connection:
            record.append(connection, act(8))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert verify(chain) == 7


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("ab京", max_size=4) | st.integers(0, 20), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text("ab京\n\x00", max_size=3) | st.integers(0, 120), json_values, max_size=4))
def test_whatever_plain_evidence_an_act_carries_it_reads_back_with_the_same_digest(evidence: Any) -> None:
    made = act(1) if not evidence else Act(AT, "a", "b", "c", evidence)
    again = Act(made.at, made.by, made.kind, made.ground, json.loads(canonical(made.evidence)))
    assert act_digest(GENESIS, 1, again) == act_digest(GENESIS, 1, made)
    assert canonical(again.evidence) == canonical(made.evidence)


def test_an_act_wants_a_zone_and_somebody_who_did_it() -> None:
    with pytest.raises(ValueError, match="zone"):
        Act(datetime(2024, 1, 1), "a", "b")  # noqa: DTZ001
    with pytest.raises(ValueError, match="who and what"):
        Act(AT, " ", "b")
    with pytest.raises(ValueError, match="not JSON compliant"):
        Act(AT, "a", "b", evidence={"mean": float("nan")})


@pytest.mark.slow
def test_a_hundred_thousand_acts_are_verified_in_seconds(database: Database) -> None:
    previous, rows = GENESIS, []
    for seq in range(1, 100_001):
        one = act(seq % 1000)
        digest = act_digest(previous, seq, one)
        rows.append(
            {
                **one.plain(),
                "evidence": canonical(one.evidence),
                "seq": seq,
                "previous": previous,
                "digest": digest,
            }
        )
        previous = digest
    with database.write() as connection:
        connection.execute(ACT.insert(), rows)
    start = time.perf_counter()
    assert verify(database) == 100_000
    print(f"\n100,000 acts verified in {time.perf_counter() - start:.2f} s")
