"""Whether a series of months rises or falls, and how fast: Theil-Sen, Mann-Kendall with autocorrelation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pymannkendall  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import stats

from airshed.assessment.trend import Trend, trend
from airshed.errors import BadInput
from airshed.law import Provision

__all__ = ["LEAST_MONTHS", "Slope", "annual_trend", "slope", "without_season"]

Array = NDArray[Any]
LEAST_MONTHS: Final = 24
DRAWS: Final = 300
BLOCK: Final = 3  # [month]: of the bootstrap: what is left of a normalised series remembers for some weeks


@dataclass(frozen=True)
class Slope:
    """How fast a series changes.

    Parameters:
        per_year: Theil-Sen slope [unit per year]; ``percent``: of the series' mean [% per year].
        low, high: 95 % interval of Theil and Sen [unit per year], which takes months for independent.
        block_low, block_high: 95 % interval of a bootstrap of blocks [unit per year], which does not.
        p: Mann-Kendall, variance corrected for autocorrelation after Hamed & Rao; ``p_plain``: uncorrected;
            ``p_prewhitened``: trend-free pre-whitening.
        verdict: at 5 % by ``p``.
        months: how many.
    """

    per_year: float
    percent: float
    low: float
    high: float
    block_low: float
    block_high: float
    p: float
    p_plain: float
    p_prewhitened: float
    verdict: Literal["rise", "fall", "no significant trend"]
    months: int


def slope(month: NDArray[np.datetime64], values: Array, generator: np.random.Generator) -> Slope:
    """Trend of monthly values whose season is taken off first.

    Sources: Sen (1968), doi:10.1080/01621459.1968.10480934; Hamed & Rao (1998), doi:10.1016/S0022-1694(97)00125-X;
    Yue et al. (2002), doi:10.1002/hyp.1095 (pre-whitening).

    Parameters:
        month: (n,) datetime64[M], ascending.
        values: (n,) finite.
        generator: of the bootstrap.

    Raises:
        BadInput: fewer than 24 months.
    """
    if len(values) < LEAST_MONTHS:
        raise BadInput(f"{LEAST_MONTHS} months", str(len(values)), "give a longer series")
    years = (month - month[0]).astype(float) / 12
    level = without_season(years, values)
    fitted = stats.theilslopes(level, years, alpha=0.95)
    plain = float(pymannkendall.original_test(level).p)
    white = float(pymannkendall.trend_free_pre_whitening_modification_test(level).p)
    with np.errstate(invalid="ignore"):
        corrected = float(pymannkendall.hamed_rao_modification_test(level).p)
    # Alternating residues can make the corrected variance negative; then the more cautious of the others holds.
    corrected = corrected if np.isfinite(corrected) else max(plain, white)
    rate = float(fitted.slope)
    low, high = _blocks(years, level, rate, generator)
    return Slope(
        rate, 100 * rate / float(np.mean(values)), float(fitted.low_slope), float(fitted.high_slope), low, high,
        corrected, plain, white, _verdict(corrected, rate), len(values),
    )  # fmt: skip


def _verdict(p: float, rate: float) -> Literal["rise", "fall", "no significant trend"]:
    if p > 0.05:
        return "no significant trend"
    return "rise" if rate > 0 else "fall"


def without_season(years: Array, values: Array) -> Array:
    """The series less its yearly and half-yearly waves, which are fitted together with a straight line.

    Months' own means would take part of the trend with them; waves beside a line do not.
    """
    turn = 2 * np.pi * years
    waves = np.column_stack([np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)])
    design = np.column_stack([np.ones_like(years), years, waves])
    found = np.linalg.lstsq(design, values, rcond=None)[0]
    return np.asarray(values - waves @ found[2:])


def _blocks(years: Array, level: Array, rate: float, generator: np.random.Generator) -> tuple[float, float]:
    """95 % of slopes when what the line leaves is put together anew from runs of three months."""
    left = level - rate * years
    count = -(-len(left) // BLOCK)
    starts = generator.integers(0, len(left) - BLOCK + 1, (DRAWS, count))
    drawn = left[(starts[:, :, None] + np.arange(BLOCK)).reshape(DRAWS, -1)[:, : len(left)]]
    early, late = np.triu_indices(len(left), 1)
    steps = (drawn[:, late] - drawn[:, early]) / (years[late] - years[early])
    slopes = rate + np.median(steps, axis=1)
    low, high = np.quantile(slopes, (0.025, 0.975))
    return float(low), float(high)


def annual_trend(values: Mapping[int, float], rule: Provision) -> Trend:
    """The law's own test of annual means, Spearman's rank correlation: "too few years" says when it holds none.

    Parameters:
        values: annual means by year.
        rule: the law's ``trend``.
    """
    return trend(values, rule)
