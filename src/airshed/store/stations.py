"""Stations a workspace has met: rows with validity, never edited, found again at every open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

__all__ = ["add_stations", "count_stations", "read_stations"]

METADATA = sa.MetaData()
STATION = sa.Table(
    "station",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("since", sa.String(10), primary_key=True),
    sa.Column("until", sa.String(10)),
    sa.Column("name_zh", sa.Text),
    sa.Column("name_en", sa.Text),
    sa.Column("place", sa.Text),
    sa.Column("lon", sa.Float),
    sa.Column("lat", sa.Float),
    sa.Column("role", sa.String(20)),
    sa.Column("same_as", sa.Text),
    sa.Column("source", sa.Text),
)

ALWAYS = ""
"""What stands in ``since`` for a station without a first day (a primary key may not be null)."""


def read_stations(connection: sa.Connection) -> list[dict[str, Any]]:
    """All rows, as plain mappings; ``since`` empty means always."""
    return [
        dict(row._mapping)
        for row in connection.execute(sa.select(STATION).order_by(STATION.c.id, STATION.c.since))
    ]


def count_stations(connection: sa.Connection) -> int:
    """How many rows there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(STATION)).scalar_one())


def add_stations(connection: sa.Connection, rows: Iterable[Mapping[str, Any]], *, replace: bool) -> int:
    """Add rows not known yet; with ``replace`` a known (id, since) takes the new row (a better list was imported)."""
    given = {(r["id"], r["since"]): dict(r) for r in rows}
    if not given:
        return 0
    known = {(r["id"], r["since"]): r for r in read_stations(connection)}
    fresh = [r for key, r in given.items() if key not in known]
    if fresh:
        connection.execute(STATION.insert(), fresh)
    changed = [r for key, r in given.items() if replace and known.get(key, r) != r]
    for row in changed:
        connection.execute(
            STATION.update()
            .where((STATION.c.id == row["id"]) & (STATION.c.since == row["since"]))
            .values(**row)
        )
    return len(fresh) + len(changed)
