"""Whether a series of years rises or falls: Spearman's rank correlation as HJ 663, annex B has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from airshed.errors import BadInput
from airshed.law import Provision

__all__ = ["Trend", "spearman", "trend"]

Verdict = Literal["rise", "fall", "no significant trend", "too few years", "no critical value"]


@dataclass(frozen=True)
class Trend:
    """``correlation`` r_s of ``years`` values, the critical value |r_s| is held against, and the verdict."""

    correlation: float | None
    years: int
    critical: float | None
    verdict: Verdict


def spearman(values: Mapping[int, float]) -> float:
    """``r_s = 1 - 6 sum d_i^2 / (N^3 - N)``, d_i = rank of the value minus its order in time.

    Ties share a mean rank.

    Parameters:
        values: by year; at least two.

    Raises:
        BadInput: fewer than two years.

    >>> spearman({2013: 90, 2014: 85, 2015: 80, 2016: 73, 2017: 58})
    -1.0
    """
    count = len(values)
    if count < 2:
        raise BadInput("at least two years", str(count), "give a longer series")
    series = pl.Series([values[year] for year in sorted(values)], dtype=pl.Float64)
    order = pl.Series(range(1, count + 1), dtype=pl.Float64)
    squares = float(((series.rank(method="average") - order) ** 2).sum())
    return 1 - 6 * squares / (count**3 - count)


def trend(values: Mapping[int, float], rule: Provision) -> Trend:
    """The verdict on a series of annual values.

    Parameters:
        values: by year, any one unit.
        rule: critical values of |r_s| by number of years (two-sided), and the least number of years.
    """
    critical = {int(k): float(v) for k, v in rule.value["critical"].items()}
    count = len(values)
    if count < int(rule.value["minimum_years"]):
        return Trend(None, count, None, "too few years")
    correlation = spearman(values)
    bound = critical.get(count)
    if bound is None:
        return Trend(correlation, count, None, "no critical value")
    if abs(correlation) <= bound:
        return Trend(correlation, count, bound, "no significant trend")
    return Trend(correlation, count, bound, "rise" if correlation > 0 else "fall")
