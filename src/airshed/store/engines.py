"""Where queries run. They are written once, in Ibis; DuckDB runs them here, Spark where one machine is too small.

Both engines read the snapshot's list of Parquet files and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import ibis
import polars as pl
import pyarrow as pa

from airshed.errors import Missing

__all__ = ["DuckDBEngine", "Engine", "SparkEngine"]


class Engine(Protocol):
    """Turns lists of Parquet files and small frames into Ibis tables, and Ibis tables into Arrow."""

    name: str

    def parquet(self, paths: Sequence[str], schema: pa.Schema) -> Any: ...

    def frame(self, frame: pl.DataFrame) -> Any: ...

    def run(self, table: Any) -> pa.Table: ...


class DuckDBEngine:
    """DuckDB in this process, one connection a thread.

    Parameters:
        memory_limit: DuckDB's own text, such as ``"3GB"``; None leaves its default.
        threads: None leaves its default, all cores.
    """

    name = "duckdb"

    def __init__(self, memory_limit: str | None = None, threads: int | None = None) -> None:
        self._settings: dict[str, Any] = {"preserve_insertion_order": False}
        if memory_limit is not None:
            self._settings["memory_limit"] = memory_limit
        if threads is not None:
            self._settings["threads"] = threads
        self._local = threading.local()

    @property
    def backend(self) -> Any:
        """This thread's Ibis backend."""
        if not hasattr(self._local, "backend"):
            self._local.backend = ibis.duckdb.connect(**self._settings)
        return self._local.backend

    def parquet(self, paths: Sequence[str], schema: pa.Schema) -> Any:
        """A table over these files; an empty one of that schema when there are none."""
        if not paths:
            return ibis.memtable(schema.empty_table())
        return self.backend.read_parquet(list(paths), table_name=ibis.util.gen_name("lake"))

    def frame(self, frame: pl.DataFrame) -> Any:
        """A small frame as a table."""
        return ibis.memtable(frame.to_arrow())

    def run(self, table: Any) -> pa.Table:
        """Execute; drop the views made for the query."""
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
            raise Missing("pyspark", "it is not installed", "pip install 'airshed[spark]' (needs Java)") from error
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
        self.session = session or builder.getOrCreate()
        self.backend = ibis.pyspark.connect(self.session)

    def parquet(self, paths: Sequence[str], schema: pa.Schema) -> Any:
        """A table over these files; an empty one of that schema when there are none."""
        if not paths:
            return self.frame(pl.DataFrame(pl.from_arrow(schema.empty_table())))
        return self.backend.read_parquet(list(paths), table_name=ibis.util.gen_name("lake"))

    def frame(self, frame: pl.DataFrame) -> Any:
        """A small frame as a table."""
        return self.backend.create_table(ibis.util.gen_name("frame"), frame.to_arrow(), temp=True)

    def run(self, table: Any) -> pa.Table:
        """Execute."""
        return self.backend.to_pyarrow(table)
