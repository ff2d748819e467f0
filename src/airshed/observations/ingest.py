"""From files to the lake: read by a feed, accepted, acknowledged, and a plain account at the end."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from airshed.errors import AirshedError, BadInput
from airshed.observations.acceptance import OVERRIDE, Accepted, accept, utc_now
from airshed.observations.coding import coded
from airshed.observations.feeds import feed as feed_named
from airshed.observations.quality import OVERRIDE_COLUMNS, flag_counts
from airshed.observations.schema import STAGES, Batch, Feed, FeedContext, Refusal, empty_rows
from airshed.places import Station
from airshed.record import Act
from airshed.workspace import Workspace

__all__ = ["FileReport", "IngestReport", "ingest", "override"]

_GROUP_ROWS = 5_000_000
"""Small files are committed together up to so many rows; a file is never split over two commits."""

_READERS = 2
"""Files read at the same time."""

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and what is being done."""


@dataclass
class FileReport:
    """What became of one file. Every cell that could hold a value is read = accepted + repeated + blanks + refused."""

    file: str
    sha256: str
    read: int = 0
    blanks: int = 0
    accepted: int = 0
    superseded: int = 0
    repeated: int = 0
    flagged: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    version: int | None = None

    @property
    def refusals(self) -> int:
        """How many things were refused, counting repeats."""
        return sum(r.count for r in self.refused)

    def plain(self) -> dict[str, Any]:
        """For the act and for JSON; refusals by count, their text stays in the report."""
        keys = ("file", "sha256", "read", "blanks", "accepted", "superseded", "repeated", "flagged")
        return {**{k: getattr(self, k) for k in keys}, "refused": self.refusals}


@dataclass(frozen=True)
class IngestReport:
    """The plain account: one line a file, totals, refusals in full."""

    feed: str
    files: list[FileReport]
    reflagged: int
    versions: list[int]

    def total(self, name: str) -> int:
        """Sum of a count over the files."""
        return sum(getattr(f, name) for f in self.files)

    @property
    def flagged(self) -> dict[str, int]:
        """Accepted values by flag."""
        counts: dict[str, int] = {}
        for f in self.files:
            for name, n in f.flagged.items():
                counts[name] = counts.get(name, 0) + n
        return counts

    @property
    def refused(self) -> list[Refusal]:
        """All refusals."""
        return [r for f in self.files for r in f.refused]


@dataclass
class _Read:
    report: FileReport
    rows: pl.DataFrame
    stations: tuple[Station, ...]


def ingest(
    workspace: Workspace,
    paths: Sequence[str | Path],
    *,
    feed: str,
    by: str,
    mapping: dict[str, Any] | None = None,
    stage: str = "raw",
    issued_at: datetime | None = None,
    progress: Progress | None = None,
    now: Callable[[], datetime] = utc_now,
) -> IngestReport:
    """Take files in. Each file goes in whole in one commit, or not at all; what cannot be read of it is listed.

    Feeding the same files again, or in another order, ends in the same state.

    Parameters:
        feed: name of a feed (``airshed feeds`` lists them).
        by: who feeds; stands in the record.
        mapping: for the ``long`` feed.
        stage: ``raw``, ``provisional`` or ``audited``.
        issued_at: when the source issued these files, where the files do not say.
        progress: called after each file.

    Raises:
        UnknownFeed, BadInput: nobody can read that; StoreError: the disk is full. What was acknowledged stays.
    """
    if stage not in STAGES:
        raise BadInput(f"a stage {', '.join(STAGES)}", repr(stage), "name one of them")
    reader = feed_named(feed)
    files = list(_files(paths))
    tell = progress or (lambda *_: None)
    context = FeedContext(workspace.gazetteer, now(), STAGES[stage], issued_at, mapping)
    reports, group, versions, reflagged = [], [], [], 0
    for number, one in enumerate(_read_ahead(reader, files, context)):
        tell(number, len(files), one.report.file)
        reports.append(one.report)
        group.append(one)
        if number == len(files) - 1 or sum(r.rows.height for r in group) >= _GROUP_ROWS:
            outcome = _accept_group(workspace, group, feed, by, now)
            reflagged += outcome.reflagged
            versions += [outcome.commit.version] if outcome.commit else []
            group = []
    tell(len(files), len(files), "")
    return IngestReport(feed, reports, reflagged, versions)


def _read_ahead(reader: Feed, files: Sequence[Path], context: FeedContext) -> Iterator[_Read]:
    """Files in order, the next ones read while one is used; what one says of stations helps to read the next."""
    with ThreadPoolExecutor(_READERS) as pool:
        ahead = deque((pool.submit(_read, reader, f, context), context) for f in files[:_READERS])
        for number, path in enumerate(files):
            future, known = ahead.popleft()
            one = future.result()
            if known is not context:
                one = _read(reader, path, context)
            if one.stations:
                context = replace(context, gazetteer=context.gazetteer.with_stations(one.stations))
            if number + _READERS < len(files):
                ahead.append((pool.submit(_read, reader, files[number + _READERS], context), context))
            yield one


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for given in paths:
        path = Path(given)
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        elif path.is_file():
            yield path
        else:
            raise BadInput("a file or folder to read", f"{given}, which is not there", "check the path")


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _name(path: Path) -> str:
    """A file's name as text; one that is not UTF-8 is most likely in the encoding of older Chinese systems."""
    return os.fsencode(path.name).decode("gb18030" if not path.name.isprintable() else "utf-8", "replace")


def _read(reader: Feed, path: Path, context: FeedContext) -> _Read:
    report = FileReport(_name(path), "")
    parts, stations = [empty_rows()], {}
    try:
        report.sha256 = _digest(path)
        for batch in reader.read(path, context):
            _count(report, batch)
            parts.append(batch.rows)
            stations.update({(s.id, s.since): s for s in batch.stations})
    except AirshedError as error:
        refusal = Refusal(
            path.name, None, None, error.wanted, error.came or type(error).__name__, error.advice
        )
        report.refused.append(refusal)
    except OSError as error:
        came = error.strerror or str(error)
        report.refused.append(Refusal(report.file, None, None, "a readable file", came, "check its rights"))
    return _Read(report, coded(pl.concat(parts)), tuple(stations.values()))


def _count(report: FileReport, batch: Batch) -> None:
    report.read += batch.read
    report.blanks += batch.blanks
    report.refused += batch.refusals


def _accept_group(
    workspace: Workspace, group: list[_Read], feed: str, by: str, now: Callable[[], datetime]
) -> Accepted:
    rows = pl.concat([one.rows.with_columns(_origin=pl.lit(i, pl.UInt32)) for i, one in enumerate(group)])
    stations = {(s.id, s.since): s for one in group for s in one.stations}

    def act_of(outcome: Accepted, at: datetime) -> Act:
        _account(group, outcome)
        evidence = {
            "feed": feed,
            "files": [one.report.plain() for one in group],
            "displaced": outcome.displaced,
            "reflagged": outcome.reflagged,
        }
        return Act(at, by, "ingest", f"{len(group)} file(s) by feed {feed}", evidence)

    outcome = accept(workspace, rows, act_of=act_of, now=now, stations=list(stations.values()))
    _account(group, outcome)
    for one in group:
        one.report.version = outcome.commit.version if outcome.commit else None
    return outcome


def _account(group: list[_Read], outcome: Accepted) -> None:
    current = outcome.current.group_by("_origin", "flag").len("rows")
    late = dict(outcome.superseded.group_by("_origin").len().iter_rows())
    for i, one in enumerate(group):
        mine = current.filter(pl.col("_origin") == i)
        report = one.report
        report.superseded = late.get(i, 0)
        report.accepted = int(mine["rows"].sum()) + report.superseded
        report.repeated = one.rows.height - report.accepted
        report.flagged = flag_counts(mine, weight="rows")


def override(
    workspace: Workspace,
    *,
    place: str,
    variable: str,
    start: datetime,
    end: datetime,
    valid: bool,
    by: str,
    ground: str,
    source: str | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Accepted:
    """A person says that values are valid, or not: an act on record, and the flags follow in the same commit.

    Parameters:
        start, end: intervals that start in ``[start, end)``.
        ground: why; wanted.

    Raises:
        BadInput: no reason given, or an empty span.
    """
    if not ground.strip():
        raise BadInput("a reason for the override", "none", "say why the flag is wrong")
    if not start < end:
        raise BadInput("a span that ends after it starts", f"{start} to {end}", "swap the times")
    evidence = {
        "place": place,
        "variable": variable,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "source": source,
        "valid": valid,
    }

    def act_of(outcome: Accepted, at: datetime) -> Act:
        return Act(at, by, OVERRIDE, ground, {**evidence, "reflagged": outcome.reflagged})

    touch = pl.DataFrame(
        {"place": [place], "start": [start], "end": [end]},
        schema={"place": pl.String, "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")},
    )
    pending = pl.DataFrame([{**evidence, "start": start, "end": end}], schema=OVERRIDE_COLUMNS)
    rows = empty_rows().with_columns(_origin=pl.lit(0, pl.UInt32))
    return accept(workspace, rows, act_of=act_of, now=now, touch=touch, pending=pending)
