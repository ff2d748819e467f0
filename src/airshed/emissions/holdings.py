"""Inventories kept in a workspace: ``emissions/<name>-<digest>.parquet``, each named by an act on record.

The file is written and synced first and named by the act after; a file no act names is litter. The last act of a name
says which file holds; older ones stay, so that an old result can be reckoned again.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from airshed import record
from airshed.emissions.inventory import COLUMNS, INVENTORY, check_inventory
from airshed.errors import BadInput, StoreError
from airshed.store import View, sync_folder
from airshed.workspace import Workspace

__all__ = ["Holding", "holdings", "import_inventory", "load_inventory"]

FOLDER = "emissions"
KIND = "emissions.import"
_NAME = re.compile(r"[A-Za-z0-9_\u4e00-\u9fff][A-Za-z0-9_.\u4e00-\u9fff-]{0,63}")
_DIGITS = 16  # of the digest in the file's name


@dataclass(frozen=True)
class Holding:
    """An inventory of the workspace, as its act has it.

    Parameters:
        name: by which it is asked for.
        file: in the workspace's folder ``emissions``.
        sha256: of the file.
        rows: their number.
        feed, files: where it comes from.
        at, by, act: when, by whom, and the act's number.
    """

    name: str
    file: str
    sha256: str
    rows: int
    feed: str
    files: tuple[str, ...]
    at: datetime
    by: str
    act: int


def _now() -> datetime:
    return datetime.now(UTC)


def import_inventory(
    workspace: Workspace,
    name: str,
    inventory: pl.DataFrame,
    *,
    feed: str,
    files: Sequence[Path],
    by: str,
    ground: str = "",
    now: Callable[[], datetime] = _now,
) -> Holding:
    """Keep an inventory under a name; one of that name is superseded. File and act stand or fall together.

    Raises:
        BadInput: a name that is none, rows not in order, or no rows at all.
    """
    if not _NAME.fullmatch(name):
        raise BadInput("a name of letters, digits, - _ .", repr(name), "choose a short name")
    table = check_inventory(inventory, name, workspace.gazetteer)
    if not len(table):
        raise BadInput(f"{name}: rows", "none", "an inventory without emissions is not kept")
    content = _parquet(table)
    digest = hashlib.sha256(content).hexdigest()
    file = f"{name}-{digest[:_DIGITS]}.parquet"
    _write_synced(workspace.folder / FOLDER, file, content)
    sources = {p.name: _digest(p) for p in files}
    evidence: dict[str, Any] = {
        "name": name, "file": file, "sha256": digest, "rows": len(table), "feed": feed, "sources": sources,
    }  # fmt: skip
    act = record.Act(now(), by, KIND, ground, evidence)
    with workspace.transaction() as transaction:
        record.append(transaction, act)
    return next(h for h in holdings(workspace) if h.name == name)


def holdings(workspace: Workspace, view: View | None = None) -> list[Holding]:
    """The inventories that hold, by name: the last act of each."""
    found: dict[str, Holding] = {}
    for entry in workspace.acts(view or View.everything(), KIND):
        e, act = entry.act.evidence, entry.act
        found[e["name"]] = Holding(
            e["name"],
            e["file"],
            e["sha256"],
            e["rows"],
            e["feed"],
            tuple(e["sources"]),
            act.at,
            act.by,
            entry.seq,
        )
    return [found[name] for name in sorted(found)]


def load_inventory(workspace: Workspace, name: str, view: View | None = None) -> pl.DataFrame:
    """The inventory of that name.

    Raises:
        BadInput: there is none.
        StoreError: its file is gone, or is not what the record says.
    """
    every = {h.name: h for h in holdings(workspace, view)}
    if name not in every:
        known = ", ".join(every) or "none"
        raise BadInput(
            f"an inventory of this workspace: {known}", repr(name), "import it: airshed emissions import"
        )
    path = workspace.folder / FOLDER / every[name].file
    if not path.is_file():
        raise StoreError(f"the file {path.name}", "nothing", "import the inventory again")
    if _digest(path) != every[name].sha256:
        raise StoreError(f"{path.name} as the record has it", "another content", "import the inventory again")
    return pl.read_parquet(path).select(list(COLUMNS))


def _parquet(table: pl.DataFrame) -> bytes:
    """With units and meanings in the columns' metadata."""
    sink = io.BytesIO()
    pq.write_table(table.to_arrow().cast(INVENTORY), sink, compression="zstd")
    return sink.getvalue()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_synced(folder: Path, file: str, content: bytes) -> None:
    """Whole, or not there: written beside, synced and renamed."""
    if not folder.is_dir():
        folder.mkdir()
        sync_folder(folder.parent)
    draft = folder / f".{file}.{os.getpid()}.new"
    with draft.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(folder / file)
    sync_folder(folder)
