"""The SQL database of a workspace: SQLite by default, PostgreSQL by URL, schema by Alembic.

Writers are serialised: SQLite by ``BEGIN IMMEDIATE``, PostgreSQL by an advisory lock held for the transaction.
SQLite runs in WAL mode with ``synchronous=FULL``, so a commit that returned is on disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from airshed.errors import Missing, StoreError

__all__ = ["Database"]

_WRITE_LOCK = 0x41_49_52  # "AIR": any number will do, as long as every Airshed writer takes the same
_BUSY_SECONDS = 60


class Database:
    """Connections to one database.

    Parameters:
        url: an SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self.engine = sa.create_engine(url, **_engine_options(url))
        except ModuleNotFoundError as error:
            raise Missing("the PostgreSQL driver", f"no module {error.name}", "pip install 'airshed[postgres]'") from error
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _sqlite_connect)
            sa.event.listen(self.engine, "begin", _sqlite_begin)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.startswith("sqlite")

    def migrate(self) -> None:
        """Bring the schema to the newest revision; safe to call at every open, by many at once."""
        with as_file(files("airshed.store").joinpath("migrations")) as folder, self.write() as connection:
            config = Config()
            config.set_main_option("script_location", str(folder))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the one write lock; committed at the end, rolled back on any error.

        Raises:
            StoreError: the lock was not had in time, or the disk is full.
        """
        try:
            with self.engine.connect().execution_options(airshed_write=True) as connection, connection.begin():
                if not self.is_sqlite:
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})
                yield connection
        except sa.exc.OperationalError as error:
            raise StoreError("to write to the database", str(error.orig), "free space or end the other writer, then retry") from error

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": _BUSY_SECONDS, "check_same_thread": False}}
    return {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}


def _sqlite_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, with the lock we mean
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("airshed_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
