"""A small grid, places on it, and inventories to test with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from airshed.emissions import COLUMNS, check_inventory
from airshed.places import Gazetteer, Grid, Jurisdiction, Membership, Region
from airshed.places.cells import CellShares

GRID = Grid("EPSG:32650", 400_000.0, 4_300_000.0, 10_000.0, 24, 20)
NATION = Jurisdiction("xx", {"zh": "某国", "en": "Nation"}, "nation", None)
WEST = Jurisdiction("xx:w", {"zh": "西城市", "en": "West"}, "city", "xx", 116.6, 39.5)
EAST = Jurisdiction("xx:e", {"zh": "东城市", "en": "East"}, "city", "xx", 117.6, 39.5)
COUNTY = Jurisdiction("xx:c", {"zh": "某县", "en": "County"}, "county", "xx:w")
PAIR = Region("pair", {"zh": "两市", "en": "Pair"}, "xx", 8.0, (Membership("xx:w"), Membership("xx:e")))
GAZETTEER = Gazetteer([NATION, WEST, EAST, COUNTY], [PAIR])


def inventory(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows with defaults: a ton of so2 of industry in the west."""
    usual = {"source": "s", "place": "xx:w", "sector": "industry", "species": "so2", "amount": 1.0}
    schema = {name: kind for name, kind in COLUMNS.items() if any(name in r for r in rows) or name in usual}
    return check_inventory(pl.DataFrame([{**usual, **r} for r in rows], schema=schema))


def shares(cells: dict[str, dict[int, float]], inside: dict[str, float] | None = None) -> CellShares:
    """Made by hand: place -> cell -> share."""
    rows = [(p, c, s) for p, found in cells.items() for c, s in found.items()]
    table = pl.DataFrame(
        rows, schema={"place": pl.String, "cell": pl.Int64, "share": pl.Float64}, orient="row"
    )
    return CellShares(table, {p: (inside or {}).get(p, 1.0) for p in cells}, "boundaries")


SHARES = shares({"xx:w": {0: 1.0, 1: 0.5, 24: 0.25}, "xx:e": {1: 0.5, 2: 1.0}}, {"xx:e": 0.75})
