"""What a person adds to a workspace besides observations: law texts and station lists. Each is an act on record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from airshed import record
from airshed.errors import BadInput
from airshed.law import Book
from airshed.places.stations_file import read_stations
from airshed.workspace import Workspace

__all__ = ["import_law", "import_stations"]


def _now() -> datetime:
    return datetime.now(UTC)


def import_law(
    workspace: Workspace, path: Path, *, by: str, ground: str = "", now: Callable[[], datetime] = _now
) -> Path:
    """Add a law text to the workspace's own book; it is read through first, with all that is there already.

    Raises:
        BadLawText: the file is not well formed, or contradicts a text that is there.
        BadInput: another text of that name is there.
    """
    if path.suffix not in {".yaml", ".yml"}:
        raise BadInput(
            f"{path.name}: a law text in a file .yaml", repr(path.suffix), "see docs/law.md for its form"
        )
    content = path.read_bytes()
    target = workspace.folder / "law" / path.name
    if target.exists() and target.read_bytes() != content:
        raise BadInput(f"a new name for {path.name}", "another text of that name is there", "rename the file")
    trial = workspace.folder / "cache" / f"law-{hashlib.sha256(content).hexdigest()[:16]}"
    trial.mkdir(parents=True, exist_ok=True)
    (trial / path.name).write_bytes(content)
    try:
        book = Book.load(
            [workspace.folder / "law", trial] if not target.exists() else [workspace.folder / "law"]
        )
    finally:
        (trial / path.name).unlink()
        trial.rmdir()
    _write_synced(target, content)
    evidence = {"file": path.name, "sha256": hashlib.sha256(content).hexdigest(), "book": book.digest}
    with workspace.transaction() as transaction:
        record.append(transaction, record.Act(now(), by, "law.import", ground, evidence))
    workspace.__dict__.pop("law", None)
    return target


def import_stations(
    workspace: Workspace, path: Path, *, by: str, ground: str = "", now: Callable[[], datetime] = _now
) -> tuple[int, list[str]]:
    """Add stations from a spreadsheet, known ones anew; gives how many changed, and the faults by line."""
    stations, faults = read_stations(path, workspace.gazetteer)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with workspace.transaction() as transaction:
        count = workspace.remember_stations(transaction, stations, replace=True)
        if count:
            evidence = {"file": path.name, "sha256": digest, "changed": count, "faults": len(faults)}
            record.append(transaction, record.Act(now(), by, "station.import", ground, evidence))
    return count, faults


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
