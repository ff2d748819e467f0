"""The list of key enterprises: where they stand. It holds no emissions, so it is no inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from airshed.emissions.feeds.reading import open_table
from airshed.errors import BadInput
from airshed.places import gcj02_to_wgs84

__all__ = ["KINDS", "read_enterprises"]

KINDS: Final = ("air", "factory", "farm", "sewage", "water")
"""Kinds of the list, in the order of its numbers 0..4."""


def read_enterprises(path: Path, shifted: bool = True) -> pl.DataFrame:
    """Enterprises: ``name``, ``lon``, ``lat`` [deg, WGS-84], ``kind``.

    Parameters:
        path: a table with name, lon, lat and style (a number of :data:`KINDS`).
        shifted: its points are in GCJ-02, as those of Chinese maps are (the list does not say; it is likely).

    Raises:
        BadInput: columns are lacking, a point is not on Earth, or a kind is unknown; with the line.
    """
    table = open_table(path)
    wanted = ("name", "lon", "lat", "style")
    if lacking := [c for c in wanted if c not in table.columns]:
        raise BadInput(f"{path.name}: columns {', '.join(wanted)}", f"none of {lacking}", "name them")
    table = table.select(
        pl.col("name").str.strip_chars("\ufeff \t"),
        pl.col("lon", "lat").cast(pl.Float64, strict=False),
        pl.col("style").cast(pl.Int64, strict=False),
    ).with_row_index("line", offset=2)
    right = (
        pl.col("lon").is_between(-180, 180) & pl.col("lat").is_between(-90, 90)
        & pl.col("style").is_between(0, len(KINDS) - 1)
    )  # fmt: skip
    wrong = table.filter(~right.fill_null(False))
    if len(wrong):
        row = wrong.row(0, named=True)
        came = f"line {row['line']}: {row['name']} at {row['lon']}, {row['lat']}, kind {row['style']}"
        raise BadInput(
            f"{path.name}: points in degrees and kinds 0..{len(KINDS) - 1}", came, "mend these lines"
        )
    if shifted:
        lon, lat = gcj02_to_wgs84(table["lon"].to_numpy(), table["lat"].to_numpy())
        table = table.with_columns(pl.Series("lon", lon), pl.Series("lat", lat))
    kinds = pl.col("style").replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String).alias("kind")
    return table.select("name", "lon", "lat", kinds)
