"""How alike two tables of daily concentrations are: statistics that a made region must share with a real one.

Pure functions of a (day, city) array, days without a gap in the calendar, NaN where nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = [
    "Likeness",
    "asymmetry",
    "city_correlation",
    "lag_correlation",
    "likeness",
    "table_of",
    "variation",
]

Floats = NDArray[np.float64]
_FEWEST_PAIRS = 20
"""Fewer pairs of days than this make no correlation."""


@dataclass(frozen=True)
class Likeness:
    """Statistics of daily concentrations over a set of days.

    ``mean`` [ug/m3], ``variation`` (coefficient of variation), ``lag1`` and ``lag3`` (autocorrelation) and
    ``asymmetry`` are medians over the cities; ``pairs`` holds the correlation of each named pair of cities.
    """

    days: int
    mean: float
    variation: float
    lag1: float
    lag3: float
    asymmetry: float
    pairs: Mapping[tuple[str, str], float]


def likeness(
    values: Floats,
    cities: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    days: NDArray[np.bool_] | None = None,
) -> Likeness:
    """The statistics of one table.

    Parameters:
        values: daily means [ug/m3], (day, city), one row a calendar day, NaN where missing.
        cities: the names of the columns.
        pairs: pairs of these names whose correlation is wanted.
        days: the days that count, for instance a winter (day); a pair of days counts if both do. None: all.

    Raises:
        BadInput: the columns have other names or number, or a pair names an unknown city.
    """
    if values.ndim != 2 or values.shape[1] != len(cities):
        raise BadInput(
            f"a (day, city) table of {len(cities)} cities", f"shape {values.shape}", "name its columns"
        )
    if unknown := {city for pair in pairs for city in pair} - set(cities):
        raise BadInput(f"pairs of {', '.join(cities)}", f"{sorted(unknown)}", "name cities of the table")
    kept = values if days is None else np.where(np.asarray(days)[:, None], values, np.nan)
    column = {city: kept[:, i] for i, city in enumerate(cities)}

    def middle(statistic: object) -> float:
        return float(np.nanmedian([statistic(c) for c in column.values()]))  # type: ignore[operator]

    return Likeness(
        days=int(len(values) if days is None else np.sum(days)),
        mean=middle(np.nanmean),
        variation=middle(variation),
        lag1=middle(lambda c: lag_correlation(c, 1)),
        lag3=middle(lambda c: lag_correlation(c, 3)),
        asymmetry=middle(asymmetry),
        pairs={(a, b): city_correlation(column[a], column[b]) for a, b in pairs},
    )


def variation(series: Floats) -> float:
    """Coefficient of variation: standard deviation by mean [1]."""
    return float(np.nanstd(series) / np.nanmean(series))


def lag_correlation(series: Floats, lag: int) -> float:
    """Correlation [1] of a series with itself ``lag`` >= 1 days before; pairs with a missing day are left out."""
    return city_correlation(series[lag:], series[:-lag])


def city_correlation(one: Floats, other: Floats) -> float:
    """Correlation [1] of two series over the days both know; NaN with fewer than 20 such days."""
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < _FEWEST_PAIRS:
        return float("nan")
    return float(np.corrcoef(one[both], other[both])[0, 1])


def asymmetry(series: Floats) -> float:
    """Skewness [1] of the next-day change: below 0 where the air fills slowly and is cleaned at one stroke."""
    change = np.diff(series)
    change = change[np.isfinite(change)]
    if len(change) < _FEWEST_PAIRS:
        return float("nan")
    change = change - change.mean()
    return float((change**3).mean() / (change**2).mean() ** 1.5)


def table_of(
    rows: pl.DataFrame, cities: Sequence[str], start: date, end: date, value: str = "value"
) -> tuple[Floats, list[date]]:
    """A long table (city, day, value) as (day, city) over every calendar day of [start, end).

    Parameters:
        rows: columns ``city``, ``day`` and the one named by ``value`` [ug/m3]; at most one row a city and day.
        cities: the columns wanted, in order; a city without rows is NaN throughout.
        start, end: first day, and first day that no longer counts.
        value: name of the value's column.
    """
    days = pl.date_range(start, end, "1d", closed="left", eager=True)
    place = {city: i for i, city in enumerate(cities)}
    row = {day: i for i, day in enumerate(days)}
    table = np.full((len(days), len(cities)), np.nan)
    for city, day, amount in rows.select("city", "day", value).iter_rows():
        if city in place and day in row and amount is not None:
            table[row[day], place[city]] = amount
    return table, days.to_list()
