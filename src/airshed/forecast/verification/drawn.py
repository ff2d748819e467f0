"""What a row of a scorecard rests on: its scores in the record and in every draw, and their mean over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from airshed.forecast.verification.bootstrap import bounds, chance
from airshed.forecast.verification.cases import Rule
from airshed.forecast.verification.scores import Floats, ratio

__all__ = ["Drawn", "drawn", "mean_of_seeds", "row_of"]

Scores = Mapping[str, Floats]

_BOUNDS: Final = {False: ("low", "high"), True: ("lower", "upper")}  # coverage80_high is a score, not a bound


@dataclass(frozen=True)
class Drawn:
    """Scores of one method in one cell, each (draw,), the record itself first.

    Attributes:
        n: cases.
        own: scores of the method, and skills against the references.
        climatology, persistence: the references on the same days.
        better: by the name of a p-value, how much better the method is, paired draw by draw.
        curves: (draw, …) each.
    """

    n: float
    own: Scores
    climatology: Scores
    persistence: Scores
    better: Scores
    curves: Scores


def drawn(
    n: int, scores: Scores, curves: Scores, climatology: Scores, persistence: Scores, rule: Rule
) -> Drawn:
    """The draws of a row.

    Persistence by its value is the rule everybody has for nothing; called by a probability of its own, tuned on the
    training years, it may be the harder rival: both stand in the row.
    """
    name = f"csi{rule.heavy:g}"
    better = {
        "rmse_p_climatology": climatology["rmse"] - scores["rmse"],
        "rmse_p_persistence": persistence["rmse"] - scores["rmse"],
        f"{name}_p": scores[name] - persistence[f"{name}_mean"],
        f"{name}_p_tuned": scores[name] - persistence[name],
    }
    skills = _skills(scores, climatology, persistence)
    return Drawn(float(n), {**scores, **skills}, climatology, persistence, better, curves)


def _skills(scores: Scores, climatology: Scores, persistence: Scores) -> dict[str, Floats]:
    found = {
        "rmse_ratio": ratio(scores["rmse"], climatology["rmse"]),
        "rmse_ratio_persistence": ratio(scores["rmse"], persistence["rmse"]),
    }
    if "brier" in scores and "brier" in climatology:
        found["brier_skill"] = 1 - ratio(scores["brier"], climatology["brier"])
        found["crpss"] = 1 - ratio(scores["crps"], climatology["crps"])
    return found


def mean_of_seeds(seeds: Sequence[Drawn]) -> Drawn:
    """The mean over runs of weather, draw by draw: every seed is given the same weeks.

    So bounds and p-values are those of the mean that is shown. They are hardly narrowed by the number of seeds: the
    chance of the year is in all of them, that of a single weather is averaged as the score is.
    """
    if len(seeds) == 1:
        return seeds[0]
    parts = ("own", "climatology", "persistence", "better", "curves")
    means = {part: _mean([getattr(one, part) for one in seeds]) for part in parts}
    return Drawn(float(np.mean([one.n for one in seeds])), **means)


def _mean(seeds: Sequence[Scores]) -> dict[str, Floats]:
    """By name, over the seeds that have the figure; NaN where none has."""
    found = {}
    for name in dict.fromkeys(name for one in seeds for name in one):
        values = np.array([one[name] for one in seeds if name in one])
        count = np.isfinite(values).sum(axis=0)
        total = np.nansum(values, axis=0)
        found[name] = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found


def row_of(held: Drawn, rule: Rule) -> dict[str, Any]:
    """The row: every score with its bounds and the references beside it, p-values, curves."""
    by_value = {f"{s}{rule.heavy:g}": f"{s}{rule.heavy:g}_mean" for s in ("csi", "pod", "far", "bias")}
    row: dict[str, Any] = {"n": round(held.n)}
    for name, draws in held.own.items():
        row[name] = float(draws[0])
        low, high = _BOUNDS[name.startswith("coverage")]
        row[f"{name}_{low}"], row[f"{name}_{high}"] = bounds(draws)
        if name in held.climatology:
            row[f"{name}_climatology"] = float(held.climatology[name][0])
        if name in held.persistence:
            row[f"{name}_persistence"] = float(held.persistence[by_value.get(name, name)][0])
    heavy = f"csi{rule.heavy:g}"
    row[f"{heavy}_persistence_tuned"] = float(held.persistence[heavy][0])
    row |= {name: chance(differences) for name, differences in held.better.items()}
    return row | {name: curve[0].tolist() for name, curve in held.curves.items()}
