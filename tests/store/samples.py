"""What the tests of the store share: small rows, a clock that steps, ways to look into a workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from airshed import record
from airshed.observations.acceptance import Accepted, accept
from airshed.observations.schema import FEED_COLUMNS
from airshed.record import Act
from airshed.store import KEY
from airshed.workspace import Workspace

HOUR = timedelta(hours=1)
ZERO = datetime(2020, 1, 1, tzinfo=UTC)
"""The hour from which made rows count."""
CONTENT = (*KEY, "issued_at", "stage", "value")


def row(
    hour: int = 0,
    value: float = 50.0,
    *,
    place: str = "cnemc:1001A",
    variable: str = "pm25",
    stage: int = 0,
    issued: int | None = None,
    source: str = "made",
    flag: int = 0,
    hours: int = 1,
) -> dict[str, Any]:
    """One observation, ``hour`` hours after ``ZERO``; ``issued`` counts hours too."""
    start = ZERO + hour * HOUR
    return {
        "place": place, "variable": variable, "start": start, "end": start + hours * HOUR, "value": value, "flag": flag,
        "stage": stage, "source": source, "issued_at": None if issued is None else ZERO + issued * HOUR,
    }  # fmt: skip


def table(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a feed hands them over."""
    return pl.DataFrame(list(rows), schema=FEED_COLUMNS)


def ticking(
    first: datetime = datetime(2024, 1, 1, tzinfo=UTC), step: timedelta = HOUR
) -> Callable[[], datetime]:
    """A clock that goes on by ``step`` at each look."""
    looks = 0

    def now() -> datetime:
        nonlocal looks
        looks += 1
        return first + (looks - 1) * step

    return now


def feed(
    workspace: Workspace,
    rows: pl.DataFrame | Iterable[Mapping[str, Any]],
    now: Callable[[], datetime] | None = None,
) -> Accepted:
    """Rows through the same door as files take."""
    frame = rows if isinstance(rows, pl.DataFrame) else table(rows)

    def act_of(outcome: Accepted, at: datetime) -> Act:
        return Act(at, "tester", "ingest", "a test", {"rows": frame.height})

    return accept(workspace, frame, act_of=act_of, now=now or ticking())


def held(workspace: Workspace, *, current: bool = True, **of: Any) -> pl.DataFrame:
    """All rows of one version, straight from its files."""
    snapshot = workspace.snapshot(**of)
    parts = [pl.read_parquet(p) for p in snapshot.paths(snapshot.files(current=current))]
    return pl.concat(parts).sort(CONTENT) if parts else pl.DataFrame(schema=dict.fromkeys(CONTENT, pl.Null))


def contents(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """What rows say, in one order, without the times of receipt."""
    return sorted(frame.select(CONTENT).rows(), key=str)


def check_whole(workspace: Workspace) -> None:
    """The promises of every state: unique current keys, no row twice, files as catalogued, a chain that verifies."""
    now, past = held(workspace), held(workspace, current=False)
    assert now.select(KEY).is_duplicated().sum() == 0
    assert (
        pl.concat([now.select(CONTENT), past.select(CONTENT)], how="vertical_relaxed").is_duplicated().sum()
        == 0
    )
    assert workspace.lake.damage(workspace.snapshot()) == []
    with workspace.database.read() as connection:
        record.verify(connection)
        versions = [c.version for c in workspace.lake.commits(connection)]
        instants = [c.at for c in workspace.lake.commits(connection)]
    assert versions == list(range(1, len(versions) + 1))
    assert all(a < b for a, b in pairwise(instants))


def litter(workspace: Workspace) -> list[Path]:
    """Parquet files on disk that no version ever named."""
    import sqlalchemy as sa

    with workspace.database.read() as connection:
        named = set(connection.execute(sa.text("SELECT path FROM lake_file")).scalars())
    folder = workspace.lake.folder
    return [p for p in folder.rglob("*.parquet") if p.relative_to(folder).as_posix() not in named]
