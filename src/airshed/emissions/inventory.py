"""The inventory: a long table of what is put into the air, by source, sector and species."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl
import pyarrow as pa

from airshed.emissions.profiles import SECTORS, SPECIES, Profiles
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.places.cells import box_corners, is_box

__all__ = [
    "COLUMNS", "INVENTORY", "apportion", "check_inventory", "city_of_rows", "combine", "of_carbon", "speciate",
    "totals",
]  # fmt: skip


def _field(name: str, kind: pa.DataType, unit: str, meaning: str, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable, {"unit": unit, "meaning": meaning})


INVENTORY: Final = pa.schema(
    [
        _field(
            "source", pa.string(), "", "who emits: an enterprise, a city's sector, a cell of a grid", False
        ),
        _field(
            "place",
            pa.string(),
            "",
            "jurisdiction, or box: of a lon/lat grid; null where only a point is known",
        ),
        _field("lon", pa.float64(), "deg", "WGS-84"),
        _field("lat", pa.float64(), "deg", "WGS-84"),
        _field("sector", pa.string(), "", ", ".join(SECTORS), False),
        _field("species", pa.string(), "", ", ".join(SPECIES), False),
        _field("amount", pa.float64(), "t/a", "nox as NO2", False),
        _field("stack_height", pa.float64(), "m", "null: no stack known; the sector's split is taken"),
        _field("stack_diameter", pa.float64(), "m", "inside, at the top"),
        _field("exit_temperature", pa.float64(), "K", "of the gas"),
        _field("exit_velocity", pa.float64(), "m/s", "of the gas"),
        _field("origin", pa.string(), "", "the feed and file it comes from", False),
    ]
)
"""One row is one source, sector and species."""

_KINDS: Final = {pa.string(): pl.String, pa.float64(): pl.Float64}
COLUMNS: Final = {field.name: _KINDS[field.type] for field in INVENTORY}
_NEEDED: Final = ("source", "sector", "species", "amount")
_BOUNDS: Final = {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0), "stack_height": (0.0, 600.0),
                  "stack_diameter": (0.0, 40.0), "exit_temperature": (200.0, 2000.0),
                  "exit_velocity": (0.0, 100.0)}  # fmt: skip
"""Least and greatest value that a stack or a point on Earth has; own choice for stacks (the highest is 420 m)."""
_SHOWN: Final = 20  # faults told one by one


def check_inventory(
    table: pl.DataFrame,
    file: str = "inventory",
    gazetteer: Gazetteer | None = None,
    lines: Sequence[int] | None = None,
) -> pl.DataFrame:
    """The table with all columns of ``INVENTORY`` in their order, if it is in order.

    Parameters:
        table: at least source, sector, species and amount, and place or lon and lat.
        file: named in messages.
        gazetteer: where given, places must be known to it.
        lines: the line of each row in the file; rows are counted from 1 without.

    Raises:
        BadInput: with file, row and column: amounts absent, negative or not finite, unknown sectors or species,
            neither place nor point, half a point, stacks out of range, unknown places. All faults are counted.
    """
    if lacking := [c for c in _NEEDED if c not in table.columns]:
        raise BadInput(
            f"{file}: columns {', '.join(_NEEDED)} and place or lon, lat", f"none of {lacking}", "name them"
        )
    missing = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in table.columns]
    try:
        full = table.with_columns(missing).select(pl.col(n).cast(k) for n, k in COLUMNS.items())
    except pl.exceptions.InvalidOperationError as error:
        raise BadInput(
            f"{file}: figures as numbers", str(error).splitlines()[0], "mend the column"
        ) from error
    full = full.with_columns(pl.col("origin").fill_null(file))
    faults = _faults(full, gazetteer)
    if len(faults):
        raise BadInput(
            f"{file}: an inventory in order is wanted", _told(faults, file, lines), "mend these rows"
        )
    return full


def _faults(table: pl.DataFrame, gazetteer: Gazetteer | None) -> pl.DataFrame:
    """Rows (number, fault), in order."""
    amount, point = pl.col("amount"), pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    tests: list[tuple[pl.Expr, pl.Expr]] = [
        (~amount.is_finite().fill_null(False), _said("amount: wanted a number of t/a, got ", "amount")),
        ((amount < 0).fill_null(False), _said("amount: wanted none below 0, got ", "amount")),
        (
            ~pl.col("sector").is_in(SECTORS).fill_null(False),
            _said("sector: wanted a known one, got ", "sector"),
        ),
        (
            ~pl.col("species").is_in(SPECIES).fill_null(False),
            _said("species: wanted a known one, got ", "species"),
        ),
        (pl.col("place").is_null() & ~point, pl.lit("wanted a place, or lon and lat; got neither")),
        (pl.col("lon").is_null() != pl.col("lat").is_null(), pl.lit("lon and lat come together; got one")),
        (pl.col("source").is_null(), pl.lit("source: wanted a name, got none")),
    ]
    for name, (low, high) in _BOUNDS.items():
        test = ~pl.col(name).is_between(low, high) | pl.col(name).is_nan()
        tests.append((test.fill_null(False), _said(f"{name}: wanted {low:g}..{high:g}, got ", name)))
    places = table["place"].drop_nulls().unique().to_list()
    strange = [p for p in places if not _known(p, gazetteer)]
    tests.append(
        (pl.col("place").is_in(strange).fill_null(False), _said("place: wanted a known one, got ", "place"))
    )
    numbered = table.with_row_index("row")
    return pl.concat([numbered.filter(test).select("row", text.alias("fault")) for test, text in tests]).sort(
        "row"
    )


def _said(text: str, column: str) -> pl.Expr:
    return pl.lit(text) + pl.col(column).cast(pl.String).fill_null("nothing")


def _known(place: str, gazetteer: Gazetteer | None) -> bool:
    if is_box(place):
        try:
            box_corners(place)
        except BadInput:
            return False
        return True
    return gazetteer is None or any(True for _ in _jurisdiction(place, gazetteer))


def _jurisdiction(place: str, gazetteer: Gazetteer) -> Sequence[str]:
    try:
        return (gazetteer.jurisdiction(place).id,)
    except BadInput:
        return ()


def _told(faults: pl.DataFrame, file: str, lines: Sequence[int] | None) -> str:
    said = [
        f"{file}, {'line' if lines is not None else 'row'} {lines[row] if lines is not None else row + 1}: {fault}"
        for row, fault in faults.head(_SHOWN).iter_rows()
    ]
    more = len(faults) - len(said)
    return "\n".join(said + ([f"and {more} more"] if more else []))


# --- reckoning with tables ---------------------------------------------------------------------------------


def combine(*tables: pl.DataFrame) -> pl.DataFrame:
    """Several inventories as one; nothing is merged or dropped."""
    return pl.concat([t.select(list(COLUMNS)) for t in tables]) if tables else pl.DataFrame(schema=COLUMNS)


def totals(inventory: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Amounts [t/a] by columns (sector and species by default), in their order."""
    keys = by or ("sector", "species")
    return inventory.group_by(keys).agg(pl.col("amount").sum()).sort(keys)


def city_of_rows(inventory: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """The inventory with ``city``: the city of each row's place; null for boxes, points and what lies above."""
    places = [p for p in inventory["place"].drop_nulls().unique().to_list() if not is_box(p)]
    cities = {p: gazetteer.city_of(p) for p in places}
    return inventory.with_columns(
        pl.col("place").replace_strict(cities, default=None, return_dtype=pl.String).alias("city")
    )


def apportion(inventory: pl.DataFrame, place: str, weights: pl.DataFrame) -> pl.DataFrame:
    """Rows of one place shared out to others, such as a nation's total to its cities; mass is kept.

    Parameters:
        place: the place whose rows are shared out; other rows stay.
        weights: ``place``, ``weight`` (none negative), and, where they differ by it, ``sector``.

    Raises:
        BadInput: a negative weight, or a sector whose weights sum to nothing.
    """
    if (weights["weight"] < 0).any() or not weights["weight"].is_finite().all():
        raise BadInput("weights of 0 or more", "a negative or no number", "mend the weights")
    mine = inventory.filter(pl.col("place") == place)
    rest = inventory.filter(pl.col("place").ne_missing(place))
    keys = [c for c in ("sector",) if c in weights.columns]
    whole = pl.col("weight").sum().over(keys) if keys else pl.col("weight").sum()
    shares = weights.select(*keys, pl.col("place").alias("to"), (pl.col("weight") / whole).alias("part"))
    shares = shares.filter(pl.col("part") > 0)
    sectors = mine["sector"].unique().to_list()
    if empty := [s for s in sectors if not len(shares.filter(pl.col("sector") == s) if keys else shares)]:
        raise BadInput("weights above 0 for every sector", f"none for {', '.join(sorted(empty))}", "add them")
    shared = mine.join(shares, on=keys, how="inner") if keys else mine.join(shares, how="cross")
    shared = shared.with_columns(
        (pl.col("source") + pl.lit(" > ") + pl.col("to")).alias("source"),
        pl.col("to").alias("place"),
        pl.col("amount") * pl.col("part"),
        pl.lit(None, pl.Float64).alias("lon"),
        pl.lit(None, pl.Float64).alias("lat"),
    )
    return combine(rest, shared)


def speciate(inventory: pl.DataFrame, profiles: Profiles) -> pl.DataFrame:
    """Primary PM2.5 by what it is made of: ``component`` and ``amount`` [t/a] for each row of pm25; mass is kept.

    Shares by sector from the profiles (unverified where those are).
    """
    rows = [(s, c, share) for s, parts in profiles.speciation.items() for c, share in parts.items()]
    shares = pl.DataFrame(
        rows, schema={"sector": pl.String, "component": pl.String, "part": pl.Float64}, orient="row"
    )
    fine = inventory.filter(pl.col("species") == "pm25").join(shares, on="sector")
    return fine.with_columns(pl.col("amount") * pl.col("part")).drop("part")


ORGANIC_MATTER: Final = (
    1.6  # [1] mass of organic matter a mass of organic carbon, urban; Turpin & Lim 2001 [M]
)


def of_carbon(inventory: pl.DataFrame) -> pl.DataFrame:
    """Rows of pm25 from BC and OC, for inventories that have no PM2.5 (CEDS): bc + 1.6 oc.

    That is the carbonaceous part, so a lower bound (ash, sulfate and dust are not in it); ``origin`` says so. Places
    and sectors that have rows of pm25 already are left alone.
    """
    weight: Mapping[str, float] = {"bc": 1.0, "oc": ORGANIC_MATTER}
    known = inventory.filter(pl.col("species") == "pm25").select("place", "sector").unique()
    carbon = inventory.filter(pl.col("species").is_in(list(weight))).join(
        known, on=["place", "sector"], how="anti", nulls_equal=True
    )
    made = carbon.with_columns(
        pl.col("amount") * pl.col("species").replace_strict(weight),
        pl.lit("pm25").alias("species"),
        pl.col("origin") + pl.lit(" (PM2.5 as bc + 1.6 oc: a lower bound)"),
    )
    keys = [c for c in COLUMNS if c != "amount"]
    summed = made.group_by(keys, maintain_order=True).agg(pl.col("amount").sum())
    return combine(inventory, summed)
