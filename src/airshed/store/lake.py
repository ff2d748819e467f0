"""The lake: one table of observations as Parquet files, its catalogue in SQL.

A commit is one SQL transaction that names the files it adds and the files it removes. Files are written and
synced before they are named, so whatever the catalogue shows is on disk; a file that no commit names is litter
from a writer that died and is swept later. Old files stay, so any version can be read again.
"""

from __future__ import annotations

import base64
import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from airshed.errors import Conflict, StoreError
from airshed.store.table import OBSERVATIONS

__all__ = ["Commit", "Lake", "LakeFile", "Snapshot", "from_micros", "sync_folder", "to_micros"]

METADATA = sa.MetaData()
COMMIT = sa.Table(
    "lake_commit",
    METADATA,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger),
    sa.Column("act", sa.BigInteger),
)
FILE = sa.Table(
    "lake_file",
    METADATA,
    sa.Column("path", sa.String(200), primary_key=True),
    sa.Column("month", sa.String(7)),
    sa.Column("current", sa.Boolean),
    sa.Column("source", sa.Text),
    sa.Column("period", sa.Integer),
    sa.Column("min_start", sa.BigInteger),
    sa.Column("max_end", sa.BigInteger),
    sa.Column("rows", sa.BigInteger),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("sha256", sa.String(64)),
    sa.Column("added_in", sa.BigInteger),
    sa.Column("removed_in", sa.BigInteger),
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW_GROUP = 256_000


def to_micros(instant: datetime) -> int:
    """An instant as microseconds since 1970 UTC, exact."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The instant of so many microseconds since 1970 UTC, exact."""
    return _EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True)
class LakeFile:
    """One Parquet file: one month (UTC), one source, one averaging time, current or superseded rows.

    ``period`` [min]; ``min_start``, ``max_end`` [us since 1970 UTC].
    """

    path: str
    month: str
    current: bool
    source: str
    period: int
    min_start: int
    max_end: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Commit:
    """A version of the lake: when it came to be and which act of the record made it."""

    version: int
    at: datetime
    act: int


@dataclass(frozen=True)
class Snapshot:
    """The files that make up one version."""

    version: int
    at: datetime | None
    folder: Path
    all_files: tuple[LakeFile, ...]

    def files(
        self,
        *,
        current: bool = True,
        sources: Iterable[str] | None = None,
        period: int | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[LakeFile]:
        """Files that may hold what is asked: overlapping ``[start, end)``, of these sources and period [min]."""
        wanted = None if sources is None else set(sources)
        low = None if start is None else to_micros(start)
        high = None if end is None else to_micros(end)
        return [
            f
            for f in self.all_files
            if f.current == current
            and (wanted is None or f.source in wanted)
            and (period is None or f.period == period)
            and (low is None or f.max_end > low)
            and (high is None or f.min_start < high)
        ]

    def paths(self, files: Iterable[LakeFile]) -> list[str]:
        """Absolute paths of lake files."""
        return [str(self.folder / f.path) for f in files]


class Lake:
    """Files under ``folder``, catalogue in the workspace's database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._synced: set[str] = set()

    # -- reading -----------------------------------------------------------------------------------------------

    def head(self, connection: sa.Connection) -> Commit | None:
        """The newest commit."""
        row = connection.execute(sa.select(COMMIT).order_by(COMMIT.c.version.desc()).limit(1)).first()
        return None if row is None else Commit(row.version, from_micros(row.at), row.act)

    def commits(self, connection: sa.Connection) -> list[Commit]:
        """All commits, oldest first."""
        rows = connection.execute(sa.select(COMMIT).order_by(COMMIT.c.version))
        return [Commit(r.version, from_micros(r.at), r.act) for r in rows]

    def snapshot(
        self, connection: sa.Connection, version: int | None = None, as_of: datetime | None = None
    ) -> Snapshot:
        """The lake as it is, as it was at a version, or as it was known at an instant.

        Raises:
            StoreError: no such version.
        """
        commit = self._commit_at(connection, version, as_of)
        if commit is None:
            return Snapshot(0, None, self.folder, ())
        alive = (FILE.c.added_in <= commit.version) & (
            FILE.c.removed_in.is_(None) | (FILE.c.removed_in > commit.version)
        )
        query = (
            sa.select(FILE).where(alive).order_by(FILE.c.source, FILE.c.period, FILE.c.min_start, FILE.c.path)
        )
        files = tuple(_file(row) for row in connection.execute(query))
        return Snapshot(commit.version, commit.at, self.folder, files)

    def _commit_at(
        self, connection: sa.Connection, version: int | None, as_of: datetime | None
    ) -> Commit | None:
        query = sa.select(COMMIT).order_by(COMMIT.c.version.desc()).limit(1)
        if version is not None:
            query = query.where(COMMIT.c.version == version)
        if as_of is not None:
            query = query.where(COMMIT.c.at <= to_micros(as_of))
        row = connection.execute(query).first()
        if row is None and version not in (None, 0):
            raise StoreError(f"version {version} of the lake", "no such commit", "see `airshed lake log`")
        return None if row is None else Commit(row.version, from_micros(row.at), row.act)

    # -- writing -----------------------------------------------------------------------------------------------

    def write(self, table: pa.Table, *, month: str, current: bool, source: str, period: int) -> LakeFile:
        """Write and sync one file; it is not part of the lake until a commit names it.

        Parameters:
            table: columns of ``OBSERVATIONS``; texts may come as dictionaries.

        Raises:
            StoreError: the disk is full or refuses.
        """
        state = "current" if current else "superseded"
        name = f"{month}/{state}-{_safe(source)}-{period}-{uuid.uuid4().hex[:16]}.parquet"
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            digest = _write_synced(table, path)
            sync_folder(path.parent)
            if month not in self._synced:  # whoever made the folder may have died before it was synced
                sync_folder(self.folder)
                self._synced.add(month)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise StoreError(
                "to write observations", str(error), "free space and feed the file again"
            ) from error
        starts, ends = table["start"].cast(pa.int64()), table["end"].cast(pa.int64())
        return LakeFile(
            path=name,
            month=month,
            current=current,
            source=source,
            period=period,
            min_start=pc.min(starts).as_py(),
            max_end=pc.max(ends).as_py(),
            rows=table.num_rows,
            bytes=path.stat().st_size,
            sha256=digest,
        )

    def commit(
        self,
        connection: sa.Connection,
        *,
        base: int,
        at: datetime,
        act: int,
        add: Sequence[LakeFile],
        remove: Sequence[LakeFile],
    ) -> Commit:
        """Name files added and removed as the next version, inside the caller's write transaction.

        Raises:
            Conflict: another commit came after version ``base``, or a file to be added was swept meanwhile.
        """
        head = self.head(connection)
        if (head.version if head else 0) != base:
            raise Conflict(
                f"version {base} to be the newest", f"version {head.version if head else 0}", "merge again"
            )
        if gone := [f.path for f in add if not (self.folder / f.path).exists()]:
            raise Conflict(f"{gone[0]} on disk", "nothing", "write it again")
        version = base + 1
        connection.execute(COMMIT.insert().values(version=version, at=to_micros(at), act=act))
        if add:
            connection.execute(FILE.insert(), [{**f.__dict__, "added_in": version} for f in add])
        for f in remove:
            changed = connection.execute(
                FILE.update()
                .where((FILE.c.path == f.path) & FILE.c.removed_in.is_(None))
                .values(removed_in=version)
            )
            if changed.rowcount != 1:
                raise Conflict(f"{f.path} to be current", "it is not", "merge again")
        return Commit(version, at, act)

    def named(self, connection: sa.Connection, paths: Iterable[str]) -> set[str]:
        """Those of these files that some commit names."""
        return {
            p for p in paths if connection.execute(sa.select(FILE.c.path).where(FILE.c.path == p)).first()
        }

    def sweep(self, connection: sa.Connection, older_than: timedelta = timedelta(days=1)) -> list[Path]:
        """Delete files that no commit names and that are old, inside the caller's write transaction.

        A writer that still lives after so long finds its file gone when it comes to commit, and writes it again.
        """
        named = set(connection.execute(sa.select(FILE.c.path)).scalars())
        limit = time.time() - older_than.total_seconds()
        swept = []
        for path in sorted(self.folder.glob("*/*.parquet")):
            with suppress(FileNotFoundError):  # its own writer may discard it at this moment
                if path.relative_to(self.folder).as_posix() not in named and path.stat().st_mtime < limit:
                    path.unlink()
                    swept.append(path)
        return swept

    def damage(self, snapshot: Snapshot) -> list[str]:
        """Files of a snapshot that are gone or whose bytes differ from the digest in the catalogue."""
        found = []
        for f in snapshot.all_files:
            path = self.folder / f.path
            if not path.exists():
                found.append(f"{f.path}: missing")
            elif _digest(path) != f.sha256:
                found.append(f"{f.path}: bytes differ from the catalogue")
        return found


def _file(row: sa.Row[tuple[object, ...]]) -> LakeFile:
    return LakeFile(**{name: getattr(row, name) for name in LakeFile.__dataclass_fields__})


def _safe(source: str) -> str:
    """A source as part of a file name: for people's eyes only, the digits behind it make the name unique."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in source)[:40]


_REPEATING = ["place", "variable", "unit", "source", "value", "flag", "stage"]
_DECLARED = {"ARROW:schema": base64.b64encode(OBSERVATIONS.serialize().to_pybytes()).decode()}
"""Files say that texts are texts, with unit and meaning, though they come here as codes, which is quicker to write."""


def _write_synced(table: pa.Table, path: Path) -> str:
    options = {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": _REPEATING,
        "store_schema": False,
    }
    with path.open("xb") as handle:
        with pq.ParquetWriter(handle, table.schema, **options) as writer:
            writer.write_table(table, row_group_size=_ROW_GROUP)
            writer.add_key_value_metadata(_DECLARED)
        handle.flush()
        os.fsync(handle.fileno())
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last: a synced file in an unsynced folder can be gone after a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
