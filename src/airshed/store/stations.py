"""Stations a workspace has met: rows with validity, never edited, found again at every open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

__all__ = ["add_stations", "read_stations"]

METADATA = sa.MetaData()
STATION = sa.Table(
    "station",
    METADATA,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("since", sa.String(10), primary_key=True),
    sa.Column("until", sa.String(10)),
    sa.Column("name_zh", sa.Text),
    sa.Column("name_en", sa.Text),
    sa.Column("place", sa.String(80)),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("role", sa.String(20)),
    sa.Column("same_as", sa.String(120)),
    sa.Column("source", sa.String(120)),
)

ALWAYS = ""
"""What stands in ``since`` for a station without a first day (a primary key may not be null)."""


def read_stations(connection: sa.Connection) -> list[dict[str, Any]]:
    """All rows, as plain mappings; ``since`` empty means always."""
    return [dict(row._mapping) for row in connection.execute(sa.select(STATION).order_by(STATION.c.id, STATION.c.since))]


def add_stations(connection: sa.Connection, rows: Iterable[Mapping[str, Any]], *, replace: bool) -> int:
    """Add rows not known yet; with ``replace`` a known (id, since) takes the new row (a better list was imported)."""
    known = {(r["id"], r["since"]): r for r in read_stations(connection)}
    fresh = [dict(r) for r in rows if (r["id"], r["since"]) not in known]
    if fresh:
        connection.execute(STATION.insert(), fresh)
    changed = [dict(r) for r in rows if replace and known.get((r["id"], r["since"]), r) != r]
    for row in changed:
        connection.execute(
            STATION.update().where((STATION.c.id == row["id"]) & (STATION.c.since == row["since"])).values(**row)
        )
    return len(fresh) + len(changed)
