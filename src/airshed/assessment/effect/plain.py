"""Effects as plain data: what ``--format json`` prints, and what a kept card holds of a trend or of pooled alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any

import numpy as np

from airshed.assessment.effect.changes import Change
from airshed.assessment.effect.counterfactual import EventEffect
from airshed.assessment.effect.normal import Normalised
from airshed.assessment.effect.pooled import Pooled
from airshed.assessment.effect.slope import Slope
from airshed.assessment.trend import Trend

__all__ = ["as_json", "event_dict", "pooled_dict", "trend_dict"]


def as_json(value: Any) -> Any:
    """The same with Python's own numbers, ISO days, and nothing where a number is none."""
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, np.generic):
        return as_json(value.item())
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not isfinite(value) else value


def event_dict(found: EventEffect) -> dict[str, Any]:
    """An event: the days, the placebos, the verdict."""
    return {
        "place": found.place, "variable": found.variable, "from": str(found.start), "until": str(found.until),
        "observed": found.observed, "counterfactual": found.counterfactual, "effect_percent": found.percent,
        "raw_percent": 100 * float(np.expm1(found.ratio)), "interval80_percent": list(found.interval),
        "placebo_band_percent": list(found.band), "placebo": found.rule, "placebos": len(found.placebos),
        "placebo_ratios": [float(r) for r in found.placebos],
        "placebo_days": [str(d) for d in found.placebo_days], "placebo_farthest": found.farthest,
        "rank": found.ranked.rank, "p": found.ranked.p, "blocked_r2": found.skill, "verdict": found.verdict,
        "days": [
            {"day": str(d), "observed": as_json(o), "counterfactual": as_json(c)}
            for d, o, c in zip(found.days, found.values, found.by_day, strict=True)
        ],
    }  # fmt: skip


def trend_dict(
    found: Normalised, changes: Sequence[Sequence[Change]], slopes: Mapping[str, Slope], law: Trend,
    months: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """A trend: changes between years, slopes with and without weather, the law's own test, the months.

    Parameters:
        changes: the kinds of change of each pair of years.
        slopes: ``observed`` and ``normalised``.
        months: ``month, observed, normalised`` of each.
    """
    return {
        "place": found.hours.place, "variable": found.hours.variable,
        "from": str(found.hours.hour[0]), "until": str(found.hours.hour[-1] + 1),
        "resamples": found.resamples, "pool": list(found.pool),
        "blocked_r2": found.skill and found.skill.blocked, "random_r2": found.skill and found.skill.random,
        "changes": [{c.what: as_json(vars(c)) for c in together} for together in changes],
        "slope": {key: vars(one) for key, one in slopes.items()},
        "spearman": vars(law), "months": list(months),
    }  # fmt: skip


def pooled_dict(found: Pooled) -> dict[str, Any]:
    """A pooled estimate: what went in, what it says, how many it would take, what was refused."""
    return {
        "variable": found.variable, "alerts": len(found.effects), "episodes": found.episodes,
        "effect_percent": found.percent, "interval80_percent": found.eighty and list(found.eighty),
        "interval95_percent": found.ninety_five and list(found.ninety_five), "p": found.p,
        "detectable": found.detectable, "few_episodes": found.too_few, "spread_log": found.spread,
        "power": [vars(p) for p in found.power],
        "events": [event_dict(e) | {"episode": int(g)} for e, g in zip(found.effects, found.episode, strict=True)],
        "refused": [
            {"place": a.place, "from": str(a.start), "until": str(a.until), "reason": why} for a, why in found.refused
        ],
    }  # fmt: skip
