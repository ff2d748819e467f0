"""What lies under a city's figures at one time: rows of the lake, their flags, and the acts that brought them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from airshed.observations.flags import Flag, describe, names, severity
from airshed.quantities.clock import HOUR
from airshed.web.desk import Desk
from airshed.web.state import Cursor

__all__ = ["Evidence", "evidence", "flag_words", "flagged", "interval"]

_O3 = {"o3_mda8": "o3"}
_ODD = ("invalid", "suspect")


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
    return Evidence(
        source=source,
        rows=rows.height,
        places=rows["place"].n_unique(),
        flags=_counts(rows["flag"].to_list()),
        received=tuple(sorted(rows["received_at"].unique())),
    )


def _counts(flags: Sequence[int]) -> dict[str, int]:
    return dict(sorted(Counter(name for bits in flags for name in names(int(bits))).items()))


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


def flagged(desk: Desk, place: str, chosen: pl.DataFrame, *, by_day: bool) -> dict[tuple[str, datetime], str]:
    """What was found odd in the rows behind a series, in words, by variable and local start.

    What is only for the reader to note (such as dust) is left out.

    Parameters:
        chosen: ``variable``, ``when`` (local start) and the ``source`` each figure of the series was taken from.
    """
    if chosen.is_empty():
        return {}
    shift = timedelta(hours=desk.clock.utc_offset)
    when = (pl.col("start") + shift).dt.replace_time_zone(None)
    moments = chosen["when"].to_list()
    rows = _flagged_rows(desk, place, min(moments) - shift, max(moments) - shift + timedelta(days=1))
    ozone = pl.col("variable").replace({"o3": "o3_mda8"}) if by_day else pl.col("variable")
    found = (
        rows.with_columns(ozone, when=when.dt.truncate("1d") if by_day else when)
        .join(chosen, on=["variable", "when", "source"])
        .group_by("variable", "when")
        .agg("flag")
    )
    told = {}
    for variable, moment, bits in found.iter_rows():
        words = flag_words(_counts(bits), desk.words.language)
        if grave := [f["meaning"] for f in words if f["severity"] in _ODD]:
            told[variable, moment] = "; ".join(grave) if desk.words.language == "en" else "；".join(grave)
    return told


def _flagged_rows(desk: Desk, place: str, first: datetime, end: datetime) -> pl.DataFrame:
    stations = [s.id for s in desk.gazetteer.stations([place]) if s.role == "evaluation"]
    start, end = first.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    table = desk.workspace.query(desk.view, places=[place, *stations], start=start, end=end)
    table = table.filter(table.flag != 0).select("variable", "start", "flag", "source")
    return pl.DataFrame(pl.from_arrow(desk.workspace.engine.run(table)))


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
