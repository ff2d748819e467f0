"""The observation table: its columns, what a feed hands over, and which value holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from airshed.places import Gazetteer, Station
from airshed.store import KEY, OBSERVATIONS, STAGES

__all__ = [
    "FEED_COLUMNS",
    "KEY",
    "OBSERVATIONS",
    "STAGES",
    "Batch",
    "Feed",
    "FeedContext",
    "Refusal",
    "empty_rows",
]

_UTC = pl.Datetime("us", "UTC")

FEED_COLUMNS: dict[str, Any] = {
    "place": pl.String,
    "variable": pl.String,
    "start": _UTC,
    "end": _UTC,
    "value": pl.Float64,
    "flag": pl.UInt16,
    "stage": pl.UInt8,
    "source": pl.String,
    "issued_at": _UTC,
}
"""What a feed hands over: values already in the catalogue's unit."""


@dataclass(frozen=True)
class Refusal:
    """One thing in a file that could not go in, and what to do about it."""

    file: str
    line: int | None
    column: str | None
    wanted: str
    came: str
    advice: str = ""
    count: int = 1

    def __str__(self) -> str:
        where = (
            self.file + (f":{self.line}" if self.line else "") + (f" [{self.column}]" if self.column else "")
        )
        times = f" ({self.count} times)" if self.count > 1 else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{where}: wanted {self.wanted}, got {self.came}{advice}{times}"


@dataclass(frozen=True)
class Batch:
    """What a feed read: rows (``FEED_COLUMNS``), what it refused, and stations the file itself describes.

    ``read`` counts cells that could have held a value; ``blanks`` those that were empty or a missing mark.
    """

    rows: pl.DataFrame
    refusals: tuple[Refusal, ...] = ()
    read: int = 0
    blanks: int = 0
    stations: tuple[Station, ...] = field(default=())

    def __post_init__(self) -> None:
        want = dict(FEED_COLUMNS)
        if dict(self.rows.schema) != want:
            raise ValueError(f"a batch wants columns {want}, got {dict(self.rows.schema)}")


def empty_rows() -> pl.DataFrame:
    """A batch's table without rows."""
    return pl.DataFrame(schema=FEED_COLUMNS)


@dataclass(frozen=True)
class FeedContext:
    """What a feed may know besides its file.

    ``mapping`` is the parsed mapping file of the ``long`` feed; ``now`` decides what lies in the future;
    ``stage`` and ``issued_at`` are what the person who feeds says about the file.
    """

    gazetteer: Gazetteer
    now: datetime
    stage: int = STAGES["raw"]
    issued_at: datetime | None = None
    mapping: dict[str, Any] | None = None


class Feed(Protocol):
    """A reader of one form of file. It opens the path it is given and nothing else."""

    name: str

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """Batches of at most a few million rows, in the file's order."""
        ...
