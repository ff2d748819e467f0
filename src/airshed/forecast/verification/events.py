"""Scores of yes and no, and of the levels of the index; thresholds come from the law book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import LawNotFound
from airshed.forecast.verification.scores import Flags, Floats, ratio
from airshed.law import Provision
from airshed.observations.index import NO_INDEX, category_of, sub_index

__all__ = [
    "HEAVY", "INDEX", "contingency", "contingency_scores", "heavy_threshold", "index_of", "index_parts",
    "index_scores", "thresholds",
]  # fmt: skip

INDEX: Final = "aqi"
"""Name of the target that is the index itself."""

HEAVY: Final = 5
"""Category at which pollution is called heavy (重度污染)."""

RANGE: Final = 1 / 4
"""Half width of a range forecast, share of the forecast: HJ 1130-2020 section 6 as MingNet's AirNet6 works it
[V of the working implementation; the guideline's own text was not read]."""


def thresholds(target: str, provision: Provision) -> tuple[float, ...]:
    """Upper ends of the categories from the second on (index 100, 150, 200, 300) in the target's own unit.

    Parameters:
        target: a daily item of the index, or ``aqi``.
        provision: what holds on ``index``.

    Raises:
        LawNotFound: the index has no such item.

    >>> from airshed.law import Book
    >>> thresholds("pm25", Book.load().version("HJ 633-2012", "index"))
    (75.0, 115.0, 150.0, 250.0)
    """
    law = provision.value
    tops = [float(c["to"]) for c in law["categories"][1:-1]]
    if target == INDEX:
        return tuple(tops)
    row = law["breakpoints"]["day"].get(target)
    if row is None:
        raise LawNotFound(
            f"breakpoints of {target} in {provision.version}",
            "none",
            f"it has {', '.join(law['breakpoints']['day'])}",
        )
    if isinstance(row[0], list | tuple):
        ends = {float(piece[3]): float(piece[1]) for piece in row}
    else:
        ends = {float(i): float(c) for i, c in zip(law["index"], row, strict=False)}
    return tuple(ends[top] for top in tops if top in ends)


def heavy_threshold(target: str, provision: Provision) -> float:
    """Value above which a day is heavily polluted: the upper end of the category below `HEAVY`.

    >>> from airshed.law import Book
    >>> heavy_threshold("pm25", Book.load().version("HJ 633-2012", "index"))
    150.0
    """
    return thresholds(target, provision)[HEAVY - 3]


def contingency(warned: Flags, happened: Flags, held: Flags) -> dict[str, Floats]:
    """What each case adds to hits, misses and false alarms."""
    return {
        "hit": (held & warned & happened).astype(np.float64),
        "miss": (held & ~warned & happened).astype(np.float64),
        "false": (held & warned & ~happened).astype(np.float64),
    }


def contingency_scores(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Scores of yes and no from sums of `contingency`.

    Returns:
        ``csi`` = hits / (hits + misses + false alarms) (also threat score, TS), ``pod`` = hits / events,
        ``far`` = false alarms / warnings (false alarm ratio), ``bias`` = warnings / events. Wilks 2011, chapter 8.
        NaN where nothing stands below the line.
    """
    hit, miss, false = sums["hit"], sums["miss"], sums["false"]
    return {
        "csi": ratio(hit, hit + miss + false),
        "pod": ratio(hit, hit + miss),
        "far": ratio(false, hit + false),
        "bias": ratio(hit + false, hit + miss),
    }


def index_of(values: Floats, target: str, provision: Provision) -> NDArray[np.int64]:
    """Index of values of one target, of any shape: its sub-index of the day, or the rounded index itself."""
    if target == INDEX:
        return np.where(np.isfinite(values), np.rint(np.nan_to_num(values)), NO_INDEX).astype(np.int64)
    clipped = np.where(values < 0, 0.0, values)
    return sub_index(clipped.ravel(), target, "day", provision).reshape(values.shape)


def index_parts(
    forecast: NDArray[np.int64], observed: NDArray[np.int64], held: Flags, provision: Provision
) -> dict[str, Floats]:
    """What each case adds to the hits of levels and ranges.

    Parameters:
        forecast, observed: indices, ``NO_INDEX`` where there is none (such a case adds nothing).
    """
    both = held & (forecast != NO_INDEX) & (observed != NO_INDEX)
    level = category_of(forecast, provision) - category_of(observed, provision)
    within = (observed >= (1 - RANGE) * forecast) & (observed <= (1 + RANGE) * forecast)
    return {
        "levels": both.astype(np.float64),
        "level": (both & (level == 0)).astype(np.float64),
        "near_level": (both & (np.abs(level) <= 1)).astype(np.float64),
        "range": (both & within).astype(np.float64),
    }


def index_scores(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Shares from sums of `index_parts`.

    Returns:
        ``level_hit``: same category; ``level_near``: same or the next one; ``range_hit``: observed index within
        a quarter of the forecast one (HJ 1130 style, see `RANGE`).
    """
    n = sums["levels"]
    return {
        "level_hit": ratio(sums["level"], n),
        "level_near": ratio(sums["near_level"], n),
        "range_hit": ratio(sums["range"], n),
    }
