"""What is scored in one cell of a scorecard: the cases of one method, and what each adds to every score."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.distribution import exceedance
from airshed.forecast.verification.events import (
    contingency,
    contingency_scores,
    heavy_threshold,
    index_of,
    index_parts,
    index_scores,
    thresholds,
)
from airshed.forecast.verification.probability import (
    brier_scores,
    distribution_parts,
    distribution_scores,
    economic_value,
    probability_parts,
)
from airshed.forecast.verification.scores import Flags, Floats, continuous, moments, ratio
from airshed.law import Provision

__all__ = ["OFTEN", "REFERENCES", "Cases", "Rule", "cases_of", "parts_of", "scores_of"]

REFERENCES = ("climatology", "persistence")
"""What stands beside every score: the means and quantiles of the same training years, and the issue day's value."""

OFTEN = 0.3
"""Probability of heavy pollution [1] above which coverage is shown apart: the days on which one looks."""


@dataclass(frozen=True)
class Rule:
    """What events are: of which target, above which values, by which edition of the index."""

    target: str
    provision: Provision
    thresholds: tuple[float, ...]
    heavy: float

    @classmethod
    def of(cls, target: str, provision: Provision) -> Rule:
        """The rule of a target under a provision on ``index``."""
        return cls(target, provision, thresholds(target, provision), heavy_threshold(target, provision))


@dataclass(frozen=True)
class Cases:
    """One method at one lead: arrays (issue, place), quantiles and primary pollutants where it has them."""

    forecast: Floats
    observed: Floats
    held: Flags
    quantiles: Floats | None = None
    warned: Flags | None = None
    primary_hit: Floats | None = None

    def among(self, held: Flags) -> Cases:
        """The same with fewer cases."""
        return replace(self, held=self.held & held)


def cases_of(hindcast: xr.Dataset, method: str, lead: int, rule: Rule) -> Cases:
    """The cases of a method at a lead; a target day outside the test years does not count.

    Raises:
        BadInput: the Hindcast holds no such method.
    """
    if method not in hindcast["method"].values:
        has = ", ".join(map(str, hindcast["method"].values))
        raise BadInput(f"the method {method} in the Hindcast", f"only {has}", "score one of them")
    cut = hindcast.sel({"method": method, "lead": lead})  # a dim named as an argument of sel
    forecast = cut["mean"].transpose("issue", "place").values.astype(np.float64)
    observed = cut["observed"].transpose("issue", "place").values.astype(np.float64)
    held = np.isfinite(forecast) & np.isfinite(observed) & _tested(hindcast, lead)[:, None]
    quantiles = warned = primary = None
    if "quantiles" in cut:
        quantiles = cut["quantiles"].transpose("issue", "place", "quantile").values.astype(np.float64)
        warned = _warned(cut, quantiles, rule)
    if "primary_hit" in cut:
        primary = cut["primary_hit"].transpose("issue", "place").values.astype(np.float64)
    return Cases(forecast, observed, held, quantiles, warned, primary)


def _tested(hindcast: xr.Dataset, lead: int) -> Flags:
    target_day = hindcast["issue"].values.astype("datetime64[D]") + lead
    first, last = (np.datetime64(day, "D") for day in _span(hindcast.attrs.get("test", "")))
    return np.asarray((np.isnat(first) | (target_day >= first)) & (np.isnat(last) | (target_day <= last)))


def _span(text: object) -> tuple[str, str]:
    """First and last day of an attribute that may be ``first/last`` or a pair; not a time where there is none."""
    pair = str(text).split("/") if isinstance(text, str) else [str(part) for part in np.atleast_1d(text)]  # type: ignore[call-overload]
    return (pair[0][:10], pair[1][:10]) if len(pair) == 2 else ("NaT", "NaT")


def _warned(cut: xr.Dataset, quantiles: Floats, rule: Rule) -> Flags | None:
    """Where the probability of heavy pollution reaches the bound that was chosen on the training years."""
    if "threshold_probability" not in cut:
        return None
    bound = cut["threshold_probability"]
    for dim in ("issue", "place"):
        bound = bound if dim in bound.dims else bound.expand_dims({dim: cut.sizes[dim]})
    bounds = bound.transpose("issue", "place").values
    probability = exceedance(quantiles, rule.heavy)
    return np.asarray(probability > bounds) if np.isfinite(bounds).any() else None


def parts_of(cases: Cases, rule: Rule) -> dict[str, Floats]:
    """What each issue day adds to every score, summed over places: (issue, …)."""
    forecast, observed, held = cases.forecast, cases.observed, cases.held
    parts = moments(forecast, observed, held)
    for threshold in rule.thresholds:
        table = contingency(forecast > threshold, observed > threshold, held)
        parts |= {f"{name}{threshold:g}": part for name, part in table.items()}
    happened = observed > rule.heavy
    if cases.warned is not None:
        table = contingency(cases.warned, happened, held)
        parts |= {f"{name}_warned": part for name, part in table.items()}
    seen = index_of(np.where(held, observed, np.nan), rule.target, rule.provision)
    told = index_of(np.where(held, forecast, np.nan), rule.target, rule.provision)
    parts |= index_parts(told, seen, held, rule.provision)
    parts |= {**_by_value(forecast > rule.heavy, happened, held), **_distribution(cases, happened, rule)}
    if cases.primary_hit is not None:
        counted = held & np.isfinite(cases.primary_hit)
        parts |= {
            "primaries": counted.astype(np.float64),
            "primary": np.where(counted, cases.primary_hit, 0.0),
        }
    return {name: part.sum(axis=1) for name, part in parts.items()}


def _by_value(warned: Flags, happened: Flags, held: Flags) -> dict[str, Floats]:
    """What each case adds to the economic value of who acts when the value itself is above the threshold."""
    certain = probability_parts(warned.astype(np.float64), happened, held)
    return {f"value_{name}": certain[name] for name in ("cases", "event", "act", "act_event")}


def _distribution(cases: Cases, happened: Flags, rule: Rule) -> dict[str, Floats]:
    if cases.quantiles is None:
        return {}
    known = cases.held & np.isfinite(cases.quantiles).all(axis=-1)
    if not known.any():
        return {}
    probability = exceedance(cases.quantiles, rule.heavy)
    spread = distribution_parts(cases.quantiles, cases.observed, probability, known, OFTEN)
    return probability_parts(probability, happened, known) | spread


def scores_of(sums: dict[str, Floats], rule: Rule) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Scores (draw,) and curves (draw, …) from sums of `parts_of`.

    ``csi<heavy>`` and its like are of the warning by probability where there is one, else of the value;
    ``csi<heavy>_mean`` are of the value always.
    """
    scores = continuous(sums)
    for threshold in rule.thresholds:
        scores |= _of_event(sums, f"{threshold:g}", f"{threshold:g}")
    heavy = f"{rule.heavy:g}"
    scores |= _of_event(sums, heavy, f"{heavy}_mean")
    if "hit_warned" in sums:
        scores |= _of_event(sums, "_warned", heavy)
    scores |= index_scores(sums)
    if "primaries" in sums:
        scores["primary_hit"] = ratio(sums["primary"], sums["primaries"])
    acted = {name.removeprefix("value_"): s for name, s in sums.items() if name.startswith("value_")}
    curves = {"value_mean": economic_value(acted)}
    if "cases" in sums:
        scores |= {**brier_scores(sums), **distribution_scores(sums)}
        curves |= {
            "value": economic_value(sums),
            "pit": ratio(sums["pit"], sums["spread_n"][..., None]),
            "bin_probability": ratio(sums["bin_p"], sums["bin_n"]),
            "bin_frequency": ratio(sums["bin_event"], sums["bin_n"]),
            "bin_count": sums["bin_n"],
        }
    return scores, curves


def _of_event(sums: dict[str, Floats], source: str, name: str) -> dict[str, Floats]:
    table = {part: sums[f"{part}{source}"] for part in ("hit", "miss", "false")}
    return {f"{score}{name}": values for score, values in contingency_scores(table).items()}
