"""What lies under a city's figures at one time: rows of the lake, their flags, and the acts that brought them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from airshed.observations.flags import Flag, describe, names, severity
from airshed.quantities.clock import HOUR
from airshed.web.desk import Desk
from airshed.web.state import Cursor

__all__ = ["Evidence", "evidence", "flag_words", "interval"]

_O3 = {"o3_mda8": "o3"}


@dataclass(frozen=True)
class Evidence:
    """The rows of one source behind one variable at one place and time."""

    source: str
    rows: int
    places: int
    flags: dict[str, int]
    received: tuple[datetime, ...]


def interval(desk: Desk, cursor: Cursor) -> tuple[datetime, datetime]:
    """The instants a cursor stands for."""
    day = desk.clock.day(cursor.day)
    if cursor.hour is None:
        return day.start, day.end
    start = day.start + cursor.hour * HOUR
    return start, start + HOUR


def evidence(desk: Desk, place: str, cursor: Cursor, chosen: Mapping[str, str]) -> dict[str, Evidence]:
    """Evidence by daily or hourly variable, from the city's own rows and those of its stations.

    Parameters:
        chosen: the source each variable's figure was taken from.
    """
    key = ("evidence", place, cursor, desk.clock)
    found = desk.remember(key, lambda: _evidence(desk, place, cursor))
    return {v: found[_O3.get(v, v), s] for v, s in chosen.items() if (_O3.get(v, v), s) in found} | {
        v: found[v, s] for v, s in chosen.items() if (v, s) in found
    }


def _evidence(desk: Desk, place: str, cursor: Cursor) -> dict[tuple[str, str], Evidence]:
    start, end = interval(desk, cursor)
    stations = [s.id for s in desk.gazetteer.stations([place], on=cursor.day) if s.role == "evaluation"]
    table = desk.workspace.query(desk.view, places=[place, *stations], start=start, end=end)
    if cursor.hour is not None:
        table = table.filter(table.end == end)
    table = table.select("place", "variable", "flag", "source", "received_at")
    rows = pl.DataFrame(pl.from_arrow(desk.workspace.engine.run(table)))
    return {(str(v), str(s)): _of(str(s), part) for (v, s), part in rows.group_by("variable", "source")}


def _of(source: str, rows: pl.DataFrame) -> Evidence:
    flags: dict[str, int] = {}
    for bits in rows["flag"].to_list():
        for name in names(int(bits)):
            flags[name] = flags.get(name, 0) + 1
    return Evidence(
        source=source,
        rows=rows.height,
        places=rows["place"].n_unique(),
        flags=dict(sorted(flags.items())),
        received=tuple(sorted(rows["received_at"].unique())),
    )


def flag_words(flags: dict[str, int], language: str) -> list[dict[str, Any]]:
    """Flags with their meaning and how grave they are."""
    return [
        {
            "flag": name,
            "count": n,
            "meaning": describe(Flag[name.upper()], language),
            "severity": severity(Flag[name.upper()]),
        }
        for name, n in flags.items()
    ]


def acts_at(desk: Desk, received: Sequence[datetime]) -> list[dict[str, Any]]:
    """The acts of ingest that brought rows received at these times."""
    wanted = set(received)
    found = []
    for entry in desk.workspace.acts(desk.view):
        if entry.act.at in wanted:
            files = entry.act.evidence.get("files", [])
            found.append(
                {
                    "seq": entry.seq,
                    "at": entry.act.at.isoformat(timespec="seconds"),
                    "by": entry.act.by,
                    "kind": entry.act.kind,
                    "digest": entry.digest,
                    "files": [{"file": f["file"], "sha256": f["sha256"]} for f in files],
                }
            )
    return found
