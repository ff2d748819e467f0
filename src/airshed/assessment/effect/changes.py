"""Changes between years of a series and of the same series without its weather, with intervals of weekly blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.assessment.effect.normal import Normalised
from airshed.errors import BadInput

__all__ = ["Change", "between", "months_of", "years_of"]

Array = NDArray[Any]
DRAWS: Final = 500
_WEEKS: Final = 52


@dataclass(frozen=True)
class Change:
    """A change of the mean from one year to another [%] with its 80 % and 95 % intervals.

    Parameters:
        what: ``observed``, ``normalised`` or ``corrected``.
        earlier, later: first days of the two years.
        before, after: means [unit of the value].
        percent: change.
        eighty, ninety_five: intervals [%]; the weeks of the year are drawn as blocks, the same of both years. They hold
            the scatter of weeks, not the doubt about the regression.
    """

    what: str
    earlier: date
    later: date
    before: float
    after: float
    percent: float
    eighty: tuple[float, float]
    ninety_five: tuple[float, float]


def years_of(found: Normalised) -> list[int]:
    """Hours at which whole years begin, counted from the series' first hour, up to its end."""
    hour = found.hours.hour
    starts, month = [], hour[0].astype("datetime64[M]")
    if hour[0] != month.astype("datetime64[h]"):
        month = month + 1
    while (month + 12).astype("datetime64[h]") <= hour[-1] + 1:
        starts.append(int((month.astype("datetime64[h]") - hour[0]).astype(int)))
        month = month + 12
    return [*starts, int((month.astype("datetime64[h]") - hour[0]).astype(int))]


def between(found: Normalised, earlier: int, later: int, generator: np.random.Generator) -> list[Change]:
    """Observed, normalised and corrected change between two years of the record, over hours that have all.

    Parameters:
        found: the series.
        earlier, later: numbers of the years, 0 the first whole one; years begin with the record's first whole month.
        generator: of the bootstrap.

    Raises:
        BadInput: no such years.
    """
    edges = years_of(found)
    if not 0 <= earlier < later < len(edges) - 1:
        raise BadInput(f"two years of {len(edges) - 1}", f"{earlier} and {later}", "count them from 0")
    series = {"observed": found.hours.value, "normalised": found.value}
    if found.corrected is not None:
        series["corrected"] = found.corrected
    both = np.isfinite(sum(series.values()))
    weeks = generator.integers(0, _WEEKS, (DRAWS, _WEEKS))
    return [
        _change(what, np.where(both, one, 0.0), both, found, (edges, earlier, later), weeks)
        for what, one in series.items()
    ]


def _change(
    what: str,
    held: Array,
    both: NDArray[np.bool_],
    found: Normalised,
    which: tuple[list[int], int, int],
    weeks: Array,
) -> Change:
    edges, earlier, later = which
    sums, counts = [], []
    for year in (earlier, later):
        mine = slice(edges[year], edges[year + 1])
        # The last week has eight or nine days: no hour is left out.
        week = np.minimum(np.arange(edges[year + 1] - edges[year]) // 168, _WEEKS - 1)
        sums.append(np.bincount(week, held[mine], _WEEKS))
        counts.append(np.bincount(week, both[mine].astype(float), _WEEKS))
    before, after = (s.sum() / n.sum() for s, n in zip(sums, counts, strict=True))
    drawn = [s[weeks].sum(axis=1) / n[weeks].sum(axis=1) for s, n in zip(sums, counts, strict=True)]
    spread = 100 * (drawn[1] / drawn[0] - 1)
    quantiles = [float(q) for q in np.quantile(spread, (0.025, 0.1, 0.9, 0.975))]
    first = [found.hours.hour[edges[y]].astype("datetime64[D]").astype(date) for y in (earlier, later)]
    return Change(
        what, first[0], first[1], float(before), float(after), float(100 * (after / before - 1)),
        (quantiles[1], quantiles[2]), (quantiles[0], quantiles[3]),
    )  # fmt: skip


def months_of(found: Normalised) -> tuple[NDArray[np.datetime64], Array, Array]:
    """Months with half of their hours at least, their observed and normalised means."""
    month = found.hours.hour.astype("datetime64[M]")
    number = (month - month[0]).astype(int)
    both = np.isfinite(found.hours.value + found.value)
    count, whole = np.bincount(number, both), np.bincount(number)
    enough = 2 * count >= np.maximum(whole, 1)
    means = [
        np.bincount(number, np.where(both, series, 0)) / np.maximum(count, 1)
        for series in (found.hours.value, found.value)
    ]
    return (month[0] + np.arange(len(count)))[enough], means[0][enough], means[1][enough]
