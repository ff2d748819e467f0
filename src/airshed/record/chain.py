"""The record: a table of acts in a SQL database, chained by digest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from airshed.errors import RecordBroken
from airshed.record.acts import GENESIS, Act, Entry, act_digest, canonical

__all__ = ["ACT", "METADATA", "append", "entries", "head", "verify"]

METADATA = sa.MetaData()

ACT = sa.Table(
    "act",
    METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("kind", sa.String(80), nullable=False, index=True),
    sa.Column("ground", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
)


def head(connection: sa.Connection) -> tuple[int, str]:
    """Place and digest of the last act; ``(0, GENESIS)`` when there is none."""
    row = connection.execute(sa.select(ACT.c.seq, ACT.c.digest).order_by(ACT.c.seq.desc()).limit(1)).first()
    return (int(row.seq), str(row.digest)) if row else (0, GENESIS)


def append(connection: sa.Connection, act: Act) -> Entry:
    """Put an act at the end of the chain, inside the caller's transaction (which must hold the write lock)."""
    last, previous = head(connection)
    seq = last + 1
    digest = act_digest(previous, seq, act)
    plain = act.plain()
    connection.execute(
        ACT.insert().values(
            seq=seq,
            at=plain["at"],
            by=act.by,
            kind=act.kind,
            ground=act.ground,
            evidence=canonical(act.evidence),
            previous=previous,
            digest=digest,
        )
    )
    return Entry(seq, act, previous, digest)


def entries(connection: sa.Connection, kind: str | None = None, after: int = 0) -> Iterator[Entry]:
    """Acts in order, all or of one kind, after place ``after``."""
    query = sa.select(ACT).where(ACT.c.seq > after).order_by(ACT.c.seq)
    if kind is not None:
        query = query.where(ACT.c.kind == kind)
    for row in connection.execute(query):
        yield _entry(row)


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    act = Act(datetime.fromisoformat(row.at), row.by, row.kind, row.ground, json.loads(row.evidence))
    return Entry(int(row.seq), act, row.previous, row.digest)


def verify(connection: sa.Connection, expect_head: str | None = None) -> int:
    """Walk the whole chain and return how many acts it holds.

    A cut tail leaves a chain that is shorter but whole; it is seen by giving ``expect_head``, a digest noted
    elsewhere (``airshed record head`` prints it).

    Raises:
        RecordBroken: naming the first act that does not fit.
    """
    previous, count, seen = GENESIS, 0, expect_head in (None, GENESIS)
    rows = connection.execute(sa.select(ACT).order_by(ACT.c.seq))
    for count, row in enumerate(rows, start=1):
        entry = _faithful(row, count)
        if entry.seq != count:
            raise RecordBroken(
                f"act {count} next in the record", f"act {entry.seq}", "an act was removed or moved"
            )
        if entry.previous != previous:
            raise RecordBroken(
                f"act {count} to follow {previous[:12]}…", f"{entry.previous[:12]}…", "restore a backup"
            )
        if entry.digest != act_digest(previous, entry.seq, entry.act):
            raise RecordBroken(
                f"act {count} ({entry.act.kind}) unchanged", "other content", "restore a backup"
            )
        previous = entry.digest
        seen = seen or entry.digest == expect_head
    if not seen:
        raise RecordBroken(
            f"a chain that holds {expect_head}", f"one that ends at {previous[:12]}…", "acts were cut off"
        )
    return count


def _faithful(row: sa.Row[tuple[object, ...]], place: int) -> Entry:
    """The row as an act, if what stands there is exactly the text that an act is written as."""
    try:
        entry = _entry(row)
        stored = (row.at, row.evidence) == (entry.act.plain()["at"], canonical(entry.act.evidence))
    except (ValueError, TypeError) as error:
        raise RecordBroken(f"act {place} readable", str(error), "restore a backup") from error
    if not stored:
        raise RecordBroken(
            f"act {place} ({entry.act.kind}) as it was written", "another text", "restore a backup"
        )
    return entry
