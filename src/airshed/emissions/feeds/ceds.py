"""CEDS' tables: kt a year by species, country, sector and fuel, a column for each year (``2015`` or ``X2015``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from airshed.emissions.feeds.reading import FeedContext, Reading, open_table
from airshed.emissions.inventory import check_inventory
from airshed.emissions.profiles import sector_named, species_named
from airshed.emissions.units import tonnes_a_year
from airshed.errors import BadInput

__all__ = ["CEDS", "CedsFeed"]

_WORDS: Final = {"species": ("species", "em"), "country": ("country_iso", "iso", "country"), "sector": ("sector",),
                 "fuel": ("fuel",), "unit": ("unit", "units")}  # fmt: skip
_NATIONS: Final = {"chn": "cn"}
_DETAIL: Final = (("1a1", "ENE"), ("1a2", "IND"), ("1a3b", "ROAD"), ("1a3di", "SHP"), ("1a3", "NRTR"), ("1a4a", "RCOC"),
                  ("1a4b", "RCOR"), ("1a4", "RCOO"), ("1a5", "RCOO"), ("1b", "ENE"), ("2d", "SLV"), ("2", "IND"),
                  ("3", "AGR"), ("5", "WST"))  # fmt: skip
"""Beginnings of CEDS' detailed sectors, Hoesly et al. 2018 (10.5194/gmd-11-369-2018) table 1, as its groups."""


@dataclass(frozen=True)
class CedsFeed:
    """National totals: one place, spread to its parts by ``apportion``."""

    name: str = "ceds"
    names: Mapping[str, str] = field(
        default_factory=lambda: {"zh": "CEDS 国家表", "en": "CEDS table of nations"}
    )

    def read(self, path: Path, context: FeedContext) -> Reading:
        """See :class:`airshed.emissions.feeds.reading.Feed`; ``year`` is wanted, ``country`` is China by default."""
        raw = _named(open_table(path), path.name)
        table = raw.with_row_index("line", offset=2).filter(
            pl.col("country").str.to_lowercase() == context.country.lower()
        )
        if not len(table):
            raise BadInput(f"{path.name}: rows of {context.country}", "none", "name a country of the table")
        amount, place = _year_column(table, path.name, context.year), _place(context)
        known = table.drop_nulls(amount).with_columns(
            pl.col(amount).cast(pl.Float64, strict=False).alias("amount")
        )
        known = _understood(known, path.name)
        fuel = [pl.col("fuel")] if "fuel" in known.columns else []
        rows = known.select(
            pl.concat_str([pl.lit(context.country.lower()), pl.col("theirs"), *fuel], separator=" ").alias("source"),
            pl.lit(place).alias("place"), "sector", "species", pl.col("amount") * pl.col("factor"),
            pl.lit(f"ceds {path.name} {context.year}").alias("origin"),
        )  # fmt: skip
        checked = check_inventory(rows, path.name, context.gazetteer, known["line"].to_list())
        return Reading(checked, len(known), len(table) - len(known), files=(path,))


def _named(table: pl.DataFrame, file: str) -> pl.DataFrame:
    lower = {c.lower(): c for c in table.columns}
    chosen = {lower[w]: ours for ours, words in _WORDS.items() for w in words if w in lower}
    lacking = [ours for ours in _WORDS if ours not in chosen.values() and ours != "fuel"]
    if lacking:
        raise BadInput(
            f"{file}: CEDS' columns em, country, sector, units", f"none for {', '.join(lacking)}", "name them"
        )
    return table.rename(chosen)


def _year_column(table: pl.DataFrame, file: str, year: int | None) -> str:
    years = {c.removeprefix("X"): c for c in table.columns if c.removeprefix("X").isdigit()}
    if str(year) not in years:
        span = f"{min(years, default='')}..{max(years, default='')}"
        raise BadInput(f"{file}: a year of {span}", repr(year), "say which with --year")
    return years[str(year)]


def _place(context: FeedContext) -> str:
    place = context.place or _NATIONS.get(context.country.lower())
    if place is None:
        raise BadInput("a place for the rows of this country", context.country, "name its id with --place")
    return place


def _understood(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """Sectors, species and units as ours; every word nobody knows is told at once."""
    sectors = {t: _sector(t) for t in table["sector"].unique().to_list()}
    species = {t: species_named(t) for t in table["species"].unique().to_list()}
    strange = [t for known in (sectors, species) for t, found in known.items() if found is None]
    if strange:
        raise BadInput(
            f"{file}: sectors and species of CEDS", ", ".join(sorted(strange)), "take these rows out"
        )
    found = table.with_columns(
        pl.col("sector").alias("theirs"),
        pl.col("sector").replace_strict(sectors, return_dtype=pl.String),
        pl.col("species").replace_strict(species, return_dtype=pl.String),
    )
    pairs = found.select("species", "unit").unique()
    factors = [tonnes_a_year(unit, kind) for kind, unit in pairs.iter_rows()]
    return found.join(
        pairs.with_columns(pl.Series("factor", factors, pl.Float64)),
        on=["species", "unit"],
        maintain_order="left",
    )


def _sector(text: str) -> str | None:
    start = text.strip().lower()
    group = next((group for begin, group in _DETAIL if start.startswith(begin)), text)
    return sector_named(group, "ceds")


CEDS = CedsFeed()
