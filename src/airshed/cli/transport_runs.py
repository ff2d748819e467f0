"""What ``airshed transport run`` reads and leaves on record: weather, boundary, the new case, acts with digests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from airshed import record
from airshed.chemistry import CLASSES
from airshed.cli.transport_words import say
from airshed.emissions import holdings, load_inventory
from airshed.errors import BadInput
from airshed.meteorology import RAW_TOPS, balance_text, check_weather, read_era5, read_wrf, weather_from
from airshed.places import Grid
from airshed.transport import Case, cases
from airshed.transport.lobes import PathChoice
from airshed.transport.prepare import prepare_case, region_grid
from airshed.workspace import Workspace

__all__ = ["FeedName", "keep_act", "new_case", "read_weather", "tracer_boundary", "weather_digests"]

FeedName = Literal["era5", "wrf", "weather"]
_CHUNK = 1 << 20  # bytes read at a time for a digest


def new_case(
    workspace: Workspace,
    name: str,
    files: Sequence[Path],
    feed: FeedName,
    inventories: Sequence[str],
    region: str | None,
    cell: float | None,
    boundary: Mapping[str, float],
    language: str,
    path: PathChoice = "auto",
) -> tuple[Case, dict[str, Any]]:
    """Weather and inventories of the workspace as a case, and the digests of both; what was done is printed.

    Parameters:
        cell: width of a cell [m]; None: the weather's own grid.

    Raises:
        BadInput: a name that is taken, no inventory, weather that cannot be read or does not cover the region.
    """
    if name in cases(workspace.folder):
        raise BadInput(f"a new name for a case, {name} stands", name, "leave --weather out to go on with it")
    if not inventories:
        raise BadInput("an inventory of the workspace", "none", "name one: --inventory NAME")
    tables = {inventory: load_inventory(workspace, inventory) for inventory in inventories}
    grid = None if cell is None else _grid(workspace, region, cell)
    weather = read_weather(files, feed, grid, language)
    sources = {h.name: h.sha256 for h in holdings(workspace) if h.name in inventories}
    known = {"weather": weather_digests(files), "inventory": sources}
    digests = {f"{kind}:{what}": digest for kind, of in known.items() for what, digest in of.items()}
    case = prepare_case(
        workspace, name, weather, tables, region=region, boundary=boundary, digests=digests, path=path
    )
    return case, known


def _grid(workspace: Workspace, region: str | None, cell: float) -> Grid:
    """Over all cities that were ever members: the weather says later which are on the day."""
    members = tuple(dict.fromkeys(m.place for m in workspace.region(region).members))
    return region_grid(workspace.gazetteer, members, cell)


def read_weather(files: Sequence[Path], feed: FeedName, grid: Grid | None, language: str) -> xr.Dataset:
    """Weather by its feed, with what was cropped, derived and adjusted said line by line.

    Raises:
        BadInput: a file that is not there, or that is not such weather.
    """
    if gone := [str(f) for f in files if not f.exists()]:
        raise BadInput("files of weather", f"nothing at {', '.join(gone)}", "name files or folders")
    if feed == "weather":
        return _own(files)
    read = read_era5 if feed == "era5" else read_wrf
    raw, report = read(list(files), grid, interfaces=(0.0, *RAW_TOPS), dtype=np.float32)
    for line in report.lines(language):
        say(line)
    weather = weather_from(raw, Grid.of(raw))
    say(balance_text(weather))
    return weather


def _own(files: Sequence[Path]) -> xr.Dataset:
    if len(files) != 1:
        raise BadInput("one file or folder of our own weather", f"{len(files)}", "join them first")
    (path,) = files
    if path.is_dir():
        return check_weather(xr.open_zarr(path, consolidated=False, chunks=None))
    with xr.open_dataset(path) as held:
        return check_weather(held.load())


def tracer_boundary(texts: Sequence[str]) -> dict[str, float]:
    """``pm25=15`` by tracer class; pm25 is the class ``fine``.

    >>> tracer_boundary(["pm25=15", "so2=4.5"])
    {'fine': 15.0, 'so2': 4.5}

    Raises:
        BadInput: no such tracer, or no number of at least zero.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        tracer = {"pm25": "fine"}.get(name.strip(), name.strip())
        wanted = f"a concentration outside [ug/m3] as NAME=NUMBER, NAME of pm25, {', '.join(CLASSES[1:])}"
        try:
            amount = float(value)
        except ValueError as error:
            raise BadInput(wanted, repr(text), "write --boundary pm25=15") from error
        if tracer not in CLASSES or not 0 <= amount < float("inf"):
            raise BadInput(wanted, repr(text), "write --boundary pm25=15")
        found[tracer] = amount
    return found


def weather_digests(paths: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file; of a folder, over the names and digests of what lies in it."""
    return {path.name: _folder_digest(path) if path.is_dir() else _digest(path) for path in paths}


def _folder_digest(folder: Path) -> str:
    inside = sorted(p for p in folder.rglob("*") if p.is_file())
    lines = (f"{p.relative_to(folder).as_posix()} {_digest(p)}" for p in inside)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()


def keep_act(
    workspace: Workspace, kind: str, case: Case, by: str, ground: str, evidence: Mapping[str, Any]
) -> None:
    """An act of a case on record: which case, its digest, and what was done."""
    about = {
        "case": case.about.name, "sha256": _digest(case.folder / "case.json"), "made": case.about.made,
        "boundary": dict(case.about.boundary), "days": [str(case.days[0]), str(case.days[-1])] if case.days else [],
    }  # fmt: skip
    act = record.Act(datetime.now(UTC), by, kind, ground, about | dict(evidence))
    with workspace.transaction() as transaction:
        record.append(transaction, act)
