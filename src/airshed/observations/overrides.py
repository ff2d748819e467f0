"""A person's word on values: stronger than every flag, set on rows and never on the value itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from airshed.observations.coding import spelled
from airshed.observations.flags import Flag

__all__ = ["OVERRIDE_BITS", "OVERRIDE_COLUMNS", "apply_overrides"]

OVERRIDE_BITS = int(Flag.OVERRIDE_VALID | Flag.OVERRIDE_INVALID)

_UTC = pl.Datetime("us", "UTC")

OVERRIDE_COLUMNS: dict[str, Any] = {
    "place": pl.String,
    "variable": pl.String,
    "start": _UTC,
    "end": _UTC,
    "source": pl.String,
    "valid": pl.Boolean,
}
"""A person's word on the rows of a place and variable that start in [start, end); no source: all sources."""


def apply_overrides(rows: pl.DataFrame, overrides: pl.DataFrame) -> pl.DataFrame:
    """The rows with a person's word set anew; of several on one row the last in the list holds.

    Parameters:
        rows: with place, variable, start, source, flag.
        overrides: ``OVERRIDE_COLUMNS``, in the order in which they were said.
    """
    clean = rows.with_columns(flag=pl.col("flag") & pl.lit(0xFFFF & ~OVERRIDE_BITS, pl.UInt16))
    if overrides.is_empty() or rows.is_empty():
        return clean
    numbered = spelled(clean.select("place", "variable", "start", "source")).with_row_index("row")
    said = overrides.with_row_index("word").rename({"start": "since", "end": "until", "source": "of"})
    last = (
        numbered.lazy()
        .join(said.lazy(), on=["place", "variable"], how="inner")
        .filter(pl.col("start") >= pl.col("since"), pl.col("start") < pl.col("until"))
        .filter(pl.col("of").is_null() | (pl.col("of") == pl.col("source")))
        .group_by("row")
        .agg(pl.col("valid").sort_by("word").last())
        .collect()
    )
    bits = np.zeros(len(rows), dtype=np.uint16)
    word = np.where(last["valid"].to_numpy(), int(Flag.OVERRIDE_VALID), int(Flag.OVERRIDE_INVALID))
    bits[last["row"].to_numpy()] = word.astype(np.uint16)
    return clean.with_columns(flag=pl.col("flag") | pl.Series(bits))
