"""Scores of probabilities, intervals and whole distributions, again as what each case adds and what sums make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from airshed.forecast.distribution import crps, interval, quantile_at
from airshed.forecast.verification.scores import Flags, Floats, ratio

__all__ = [
    "BINS", "COST_LOSS", "COVERAGES", "DECILES", "brier_scores", "distribution_parts", "distribution_scores",
    "economic_value", "probability_parts", "reliability",
]  # fmt: skip

BINS: Final = 10
"""Classes of probability of a reliability diagram, equally wide: the usual number [1]."""

COST_LOSS: Final = tuple(n / 20 for n in range(1, 20))
"""Cost of acting over the loss it prevents, .05 to .95 [1]."""

COVERAGES: Final = (5, 8, 9)
"""Tenths of the probability that the intervals hold which are scored: 50, 80 and 90 %."""

DECILES: Final = 10
"""Classes of the histogram of the probability integral transform [1]."""


def probability_parts(probability: Floats, happened: Flags, held: Flags) -> dict[str, Floats]:
    """What each case adds to the Brier score, the reliability diagram and the economic value.

    Parameters:
        probability: of the event [1]; NaN where not ``held``.
        happened: whether the event came.
        held: cases that count.
    """
    p = np.where(held, probability, 0.0)
    event = (held & happened).astype(np.float64)
    number = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    inside = (number[..., None] == np.arange(BINS)) & held[..., None]
    acts = held[..., None] & (p[..., None] > np.array(COST_LOSS))
    return {
        "cases": held.astype(np.float64),
        "event": event,
        "brier": np.where(held, (p - event) ** 2, 0.0),
        "bin_n": inside.astype(np.float64),
        "bin_p": inside * p[..., None],
        "bin_event": inside * event[..., None],
        "act": acts.astype(np.float64),
        "act_event": acts * event[..., None],
    }


def brier_scores(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """The Brier score and its parts from sums of `probability_parts`.

    Returns:
        ``brier`` = ``brier_reliability`` - ``brier_resolution`` + ``brier_uncertainty`` + ``brier_within``. The
        first three are Murphy's (1973, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2) over `BINS`
        classes; the last is what probabilities that differ inside a class leave over (Stephenson 2008,
        doi:10.1175/2007WAF2006116.1).
    """
    n = sums["cases"]
    brier, base = ratio(sums["brier"], n), ratio(sums["event"], n)
    told, came = ratio(sums["bin_p"], sums["bin_n"]), ratio(sums["bin_event"], sums["bin_n"])
    share = ratio(sums["bin_n"], n[..., None])
    reliability_part = np.nansum(share * (told - came) ** 2, axis=-1)
    resolution = np.nansum(share * (came - base[..., None]) ** 2, axis=-1)
    uncertainty = base * (1 - base)
    known = np.isfinite(brier)
    return {
        "brier": brier,
        "brier_reliability": np.where(known, reliability_part, np.nan),
        "brier_resolution": np.where(known, resolution, np.nan),
        "brier_uncertainty": uncertainty,
        "brier_within": brier - (reliability_part - resolution + uncertainty),
        "base_rate": base,
    }


def reliability(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Points of the reliability diagram: mean probability told, share that came, and cases, a class each."""
    return {
        "probability": ratio(sums["bin_p"], sums["bin_n"]),
        "frequency": ratio(sums["bin_event"], sums["bin_n"]),
        "count": sums["bin_n"],
    }


def economic_value(sums: Mapping[str, Floats], prefix: str = "act") -> Floats:
    """Relative economic value at each of `COST_LOSS`, of who acts when the probability is above cost/loss.

    Returns:
        (..., 19): 1 for a forecast that knows, 0 for always doing what the base rate of the cases themselves
        advises (which is more than was known beforehand: a strict bar), below 0 for worse than that. Richardson
        2000, doi:10.1002/qj.49712656313. NaN where nothing or everything is an event.
    """
    cost = np.array(COST_LOSS)
    base = ratio(sums["event"], sums["cases"])[..., None]
    acts = ratio(sums[prefix], sums["cases"][..., None])
    missed = base - ratio(sums[f"{prefix}_event"], sums["cases"][..., None])
    by_base_rate, knowing, ours = np.minimum(cost, base), cost * base, cost * acts + missed
    return ratio(by_base_rate - ours, by_base_rate - knowing)


def distribution_parts(
    quantiles: Floats, observed: Floats, probability: Floats, held: Flags, often: float
) -> dict[str, Floats]:
    """What each case adds to CRPS, coverage and the histogram of the probability integral transform.

    Parameters:
        quantiles: (..., 21) ascending [unit of the variable]; NaN where not ``held``.
        observed: (...) [same unit].
        probability: of the event for which coverage is shown apart [1].
        held: cases that count.
        often: probability above which it is [1].
    """
    parts = {"spread_n": held.astype(np.float64), "crps": np.where(held, crps(quantiles, observed), 0.0)}
    high = held & (probability > often)
    parts["high_n"] = high.astype(np.float64)
    for tenths in COVERAGES:
        low_end, high_end = interval(quantiles, tenths / 10)
        inside = held & (observed >= low_end) & (observed <= high_end)
        parts[f"inside{tenths}"] = inside.astype(np.float64)
        parts[f"high_inside{tenths}"] = (inside & high).astype(np.float64)
    low_end, high_end = interval(quantiles, 0.8)
    parts["width80"] = np.where(held, high_end - low_end, 0.0)
    tenth = sum((observed > quantile_at(quantiles, d / DECILES)).astype(np.int64) for d in range(1, DECILES))
    parts["pit"] = ((np.asarray(tenth)[..., None] == np.arange(DECILES)) & held[..., None]).astype(np.float64)
    return parts


def distribution_scores(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Scores of a distribution from sums of `distribution_parts`.

    Returns:
        ``crps`` and ``width80`` [unit of the variable], ``coverage50``, ``coverage80``, ``coverage90`` [1], and
        ``coverage80_high`` over the cases with a probability of the event above ``often``.
    """
    n = sums["spread_n"]
    found = {"crps": ratio(sums["crps"], n), "width80": ratio(sums["width80"], n)}
    found |= {f"coverage{t}0": ratio(sums[f"inside{t}"], n) for t in COVERAGES}
    return {**found, "coverage80_high": ratio(sums["high_inside8"], sums["high_n"])}
