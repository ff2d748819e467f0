"""Texts as numbers: place, variable and source have few different values, and integers are quicker to handle."""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["TEXTS", "coded", "in_order", "spelled"]

TEXTS = ("place", "variable", "source")


def coded(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with these columns as categories; categories stay what they are."""
    return rows.with_columns(pl.col(name).cast(pl.Categorical) for name in TEXTS)


def spelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with these columns as texts again."""
    return rows.with_columns(pl.col(name).cast(pl.String) for name in TEXTS)


def in_order(texts: pl.Series) -> tuple[pl.Series, list[str]]:
    """For each text its number among the different ones in the order of texts, and these.

    >>> number, names = in_order(pl.Series(["pm25", "co", "pm25"]))
    >>> number.to_list(), names
    ([1, 0, 1], ['co', 'pm25'])
    """
    categories = texts.cast(pl.Categorical)
    different = categories.unique()
    names = different.cast(pl.String).sort().to_list()
    numbers = {name: number for number, name in enumerate(names)}
    codes = different.to_physical().to_numpy()
    table = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.int64)
    table[codes] = [numbers[name] for name in different.cast(pl.String)]
    return pl.Series(texts.name, table[categories.to_physical().to_numpy()]), names
