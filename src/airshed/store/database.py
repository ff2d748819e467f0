"""The SQL database of a workspace: SQLite by default, PostgreSQL by URL, schema by Alembic.

Writers are serialised: SQLite by ``BEGIN IMMEDIATE``, PostgreSQL by an advisory lock held for the transaction.
SQLite runs in WAL mode with ``synchronous=FULL``, so a commit that returned is on disk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Any

import sqlalchemy as sa

from airshed.errors import BadInput, Missing, StoreError

__all__ = ["Database"]

NEWEST_REVISION = "0001"
"""The last file of ``migrations/versions``; a test keeps the two together."""

_WRITE_LOCK = 0x41_49_52  # "AIR": any number will do, as long as every Airshed writer takes the same
_BUSY_SECONDS = 60


class Database:
    """Connections to one database.

    Parameters:
        url: an SQLAlchemy URL, ``sqlite:///…`` or ``postgresql://…``.

    Raises:
        BadInput: no URL of a database we know; Missing: PostgreSQL's driver is not installed.
    """

    def __init__(self, url: str | sa.URL) -> None:
        self.url = _known(url)
        try:
            self.engine = sa.create_engine(self.url, **_engine_options(self.is_sqlite))
        except ModuleNotFoundError as error:
            raise Missing(
                "the PostgreSQL driver", f"no module {error.name}", "pip install 'airshed[postgres]'"
            ) from error
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _sqlite_connect)
            sa.event.listen(self.engine, "begin", _sqlite_begin)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.get_backend_name() == "sqlite"

    def migrate(self) -> None:
        """Bring the schema to the newest revision; safe to call at every open, by many at once.

        Raises:
            StoreError: a newer Airshed made this database, or it cannot be reached.
        """
        here = self._revision()
        if here == NEWEST_REVISION:
            return  # so that opening never waits for a writer, nor for Alembic to load
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        with as_file(files("airshed.store").joinpath("migrations")) as folder:
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            scripts = ScriptDirectory.from_config(config)
            if here is not None and here not in {s.revision for s in scripts.walk_revisions()}:
                raise StoreError(
                    "a database of this Airshed or an older one", f"revision {here}", "update Airshed"
                )
            with self.write() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def _revision(self) -> str | None:
        with self.read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(
                sa.text("SELECT version_num FROM alembic_version")
            ).scalar()
        return found

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment.

        Raises:
            StoreError: the database cannot be reached.
        """
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        told = _told("to read the database", "see that it is there and running")
        with told, self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the one write lock; committed at the end, rolled back on any error.

        Raises:
            StoreError: the lock was not had in time, or the disk is full.
        """
        told = _told("to write to the database", "free space or end the other writer, then retry")
        options = {"airshed_write": True}
        with told, self.engine.connect().execution_options(**options) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})
            yield connection

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _told(wanted: str, advice: str) -> Iterator[None]:
    """What goes wrong outside our own statements (disk, lock, network), in Airshed's words."""
    try:
        yield
    except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
        came = str(error.orig if isinstance(error, sa.exc.OperationalError) else error).strip()
        raise StoreError(wanted, came, advice) from error


def _known(url: str | sa.URL) -> sa.URL:
    try:
        made = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise BadInput(
            "a database URL such as postgresql://user@host/name", "a text that is none", "mend it"
        ) from error
    if made.get_backend_name() in ("postgresql", "postgres"):
        return made.set(drivername="postgresql+psycopg")
    if made.get_backend_name() != "sqlite":
        raise BadInput("SQLite or PostgreSQL", made.drivername, "name one of them")
    return made


def _engine_options(is_sqlite: bool) -> dict[str, Any]:
    if is_sqlite:
        return {"connect_args": {"timeout": _BUSY_SECONDS, "check_same_thread": False}}
    return {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}


def _sqlite_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, with the lock we mean
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:  # SQLite does not wait here when two are the first to open
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("airshed_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
