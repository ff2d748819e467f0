"""Where queries run. They are written once, in Ibis; DuckDB runs them here, Spark where one machine is too small.

Both engines read the snapshot's list of Parquet files and nothing else. Ibis is imported where it is used: it takes
longer to load than most commands take to answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa

from airshed.errors import Missing
from airshed.store.table import OBSERVATIONS

__all__ = ["DuckDBEngine", "Engine", "SparkEngine"]


class Engine(Protocol):
    """Turns lists of Parquet files and small frames into Ibis tables, and Ibis tables into Arrow."""

    name: str

    def parquet(self, paths: Sequence[str], schema: pa.Schema) -> Any: ...

    def frame(self, frame: pl.DataFrame) -> Any: ...

    def run(self, table: Any) -> pa.Table: ...


_VIEWS_KEPT = 256
"""So many lists of files stay known to a thread as tables; a long-lived server must not gather them for ever."""


class DuckDBEngine:
    """One DuckDB in this process, one connection to it a thread.

    Parameters:
        memory_limit: DuckDB's own text, such as ``"3GB"``, for all threads together; None leaves its default.
        threads: None leaves its default, all cores.
        spill: folder for what does not fit in memory; None leaves its default, ``.tmp`` where the program runs.
    """

    name = "duckdb"

    def __init__(
        self, memory_limit: str | None = None, threads: int | None = None, spill: Path | None = None
    ) -> None:
        self._settings: dict[str, Any] = {"preserve_insertion_order": False}
        if memory_limit is not None:
            self._settings["memory_limit"] = memory_limit
        if threads is not None:
            self._settings["threads"] = threads
        if spill is not None:
            self._settings["temp_directory"] = str(spill)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._root: Any = None

    @property
    def backend(self) -> Any:
        """This thread's Ibis backend."""
        import duckdb
        import ibis

        if not hasattr(self._local, "backend"):
            with self._lock:
                if self._root is None:
                    self._root = duckdb.connect(":memory:", config=self._settings)
                self._local.backend = ibis.duckdb.from_connection(self._root.cursor())
            self._local.views = OrderedDict()
        return self._local.backend

    def parquet(self, paths: Sequence[str], schema: pa.Schema) -> Any:
        """A table over these files; an empty one of that schema when there are none."""
        import ibis

        if not paths:
            return ibis.memtable(schema.empty_table())
        backend, key = self.backend, tuple(paths)
        views: OrderedDict[tuple[str, ...], str] = self._local.views
        if key not in views:
            views[key] = ibis.util.gen_name("lake")
            backend.read_parquet(list(paths), table_name=views[key])
            while len(views) > _VIEWS_KEPT:
                backend.drop_view(views.popitem(last=False)[1], force=True)
        views.move_to_end(key)
        return backend.table(views[key])

    def frame(self, frame: pl.DataFrame) -> Any:
        """A small frame as a table."""
        import ibis

        return ibis.memtable(frame.to_arrow())

    def run(self, table: Any) -> pa.Table:
        """Execute."""
        return self.backend.to_pyarrow(table)


class SparkEngine:
    """Spark, given a session or starting one with local workers.

    Raises:
        Missing: pyspark is not installed.
    """

    name = "spark"

    def __init__(self, session: Any = None, master: str = "local[2]") -> None:
        try:
            from pyspark.sql import SparkSession
        except ModuleNotFoundError as error:
            raise Missing(
                "pyspark", "it is not installed", "pip install 'airshed[spark]' (needs Java)"
            ) from error
        builder = SparkSession.builder.master(master).appName("airshed")
        options = {
            "spark.sql.session.timeZone": "UTC",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "4",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.legacy.parquet.nanosAsLong": "false",
        }
        for key, value in options.items():
            builder = builder.config(key, value)
        import ibis

        self.session = session or builder.getOrCreate()
        self.backend = ibis.pyspark.connect(self.session)

    def parquet(self, paths: Sequence[str], schema: pa.Schema) -> Any:
        """A table over these files; an empty one of that schema when there are none."""
        import ibis

        if not paths:
            return self.frame(pl.DataFrame(pl.from_arrow(schema.empty_table())))
        name = ibis.util.gen_name("lake")
        self.session.read.parquet(*paths).createOrReplaceTempView(name)
        return self.backend.table(name)

    def frame(self, frame: pl.DataFrame) -> Any:
        """A small frame as a table."""
        import ibis

        name = ibis.util.gen_name("frame")
        signed = frame.cast({pl.UInt8: pl.Int16, pl.UInt16: pl.Int32})
        arrow = signed.to_arrow(compat_level=pl.CompatLevel.oldest())
        self.session.createDataFrame(arrow).createOrReplaceTempView(name)
        return self.backend.table(name)

    def run(self, table: Any) -> pa.Table:
        """Execute; Spark knows neither unsigned numbers nor zones, so columns of the lake get their own type back."""
        arrow = self.backend.to_pyarrow(table)
        return arrow.cast(pa.schema([_as_in_the_lake(field) for field in arrow.schema]))


def _as_in_the_lake(field: pa.Field) -> pa.Field:
    if pa.types.is_timestamp(field.type):
        return field.with_type(pa.timestamp("us", tz="UTC"))  # the session's zone is UTC
    if field.name in ("flag", "stage"):
        return field.with_type(OBSERVATIONS.field(field.name).type)
    return field
