"""A Hindcast as a table: one row a method, lead, place and season, with what chance could have made of each score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.verification.bootstrap import RESAMPLES, block_weights, bounds, chance, totals
from airshed.forecast.verification.cases import REFERENCES, Cases, Rule, cases_of, parts_of, scores_of
from airshed.forecast.verification.energy import energy_scores
from airshed.forecast.verification.scores import Flags, Floats, ratio
from airshed.law import Provision

__all__ = ["ALL", "KEYS", "SEASONS", "scorecard"]

ALL: Final = "all"
"""Every place, or every season, pooled."""

KEYS: Final = ("method", "weather", "target", "place", "lead", "season")
"""What a row of a scorecard is of."""

SEASONS: Final = {
    "winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11),
}  # fmt: skip
"""Season to the months of the target day."""

_BOUNDS: Final = {False: ("low", "high"), True: ("lower", "upper")}  # coverage80_high is a score, not a bound

Scored = tuple[dict[str, Floats], dict[str, Floats]]
Progress = Callable[[int, int], None]


@dataclass
class _Card:
    """A Hindcast being scored: the draws all rows share, and the references scored so far."""

    hindcast: xr.Dataset
    rule: Rule
    weights: Floats
    references: dict[tuple[str, int, bytes], Scored] = field(default_factory=dict)

    def scored(self, cases: Cases) -> Scored:
        return scores_of(totals(self.weights, parts_of(cases, self.rule)), self.rule)

    def reference(self, name: str, lead: int, cases: Cases) -> Scored:
        key = (name, lead, cases.held.tobytes())
        if key not in self.references:
            self.references[key] = self.scored(cases)
        return self.references[key]


def scorecard(
    hindcast: xr.Dataset,
    provision: Provision,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    seasons: bool = False,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Every score of every method of a Hindcast.

    Cases of all issues are pooled, per lead; a row counts the cases that the method, climatology and persistence
    all have, so that the three stand side by side on the same days. Days of several places are pooled in the rows
    ``all``. Bounds are 95 % intervals of weekly blocks of the issue day, drawn alike for everything.

    Parameters:
        hindcast: dims (method, issue, lead, place): ``mean``, ``observed`` (issue, lead, place) [unit of the
            target] and where there are any ``quantiles`` (…, quantile), ``threshold_probability`` (method, lead),
            ``primary_hit``, ``members`` (method, issue, member, lead, place); attrs ``target``, ``weather``,
            ``test``. ``climatology`` and ``persistence`` are among the methods; both were made from the same
            training years as the others.
        provision: what holds on ``index``: thresholds and categories come from it.
        seed: of the draws.
        resamples: number of draws.
        seasons: rows of each season beside those of the year.
        progress: told rows done and rows in all.

    Returns:
        `KEYS`, ``n``, and for each score S: ``S``, ``S_low``, ``S_high``, ``S_climatology``, ``S_persistence``
        (the bounds of coverages are ``_lower`` and ``_upper``: ``coverage80_high`` is the coverage of days with a high
        probability of heavy pollution);
        ratios and skills; lists ``value`` (by cost/loss), ``pit``, ``bin_probability``, ``bin_frequency``,
        ``bin_count``.

    Raises:
        BadInput: no climatology or no persistence, fewer than two weeks, or no case at all.
    """
    methods = [str(m) for m in hindcast["method"].values]
    missing = [name for name in REFERENCES if name not in methods]
    if missing:
        raise BadInput(
            "persistence and climatology in the Hindcast", f"no {' and no '.join(missing)}", "add them"
        )
    daily = _by_day(hindcast)
    rule = Rule.of(str(hindcast.attrs["target"]), provision)
    card = _Card(daily, rule, block_weights(daily.sizes["issue"], seed, resamples=resamples))
    steps = [(m, int(lead)) for m in methods for lead in daily["lead"].values]
    rows: list[dict[str, Any]] = []
    for done, (method, lead) in enumerate(steps):
        rows += _rows(card, method, lead, seasons)
        if progress:
            progress(done + 1, len(steps))
    if not rows:
        raise BadInput("days with a forecast and an observation", "none", "choose another test period")
    if "members" in daily:
        _add_energy(rows, card, seed, resamples)
    return pl.DataFrame(rows, infer_schema_length=None)


def _by_day(hindcast: xr.Dataset) -> xr.Dataset:
    """Issues without holes, so that a block is seven days even where some were not issued."""
    issue = hindcast["issue"].values.astype("datetime64[D]")
    every = np.arange(issue.min(), issue.max() + 1).astype("datetime64[ns]")
    return hindcast if len(every) == len(issue) else hindcast.reindex(issue=every)


def _rows(card: _Card, method: str, lead: int, seasons: bool) -> Iterator[dict[str, Any]]:
    own = cases_of(card.hindcast, method, lead, card.rule)
    beside = {name: cases_of(card.hindcast, name, lead, card.rule) for name in REFERENCES}
    held = own.held & beside["climatology"].held & beside["persistence"].held
    for season, inside in _seasons(card.hindcast, lead, seasons):
        for place, here in _places(card.hindcast):
            among = held & inside[:, None] & here
            if among.any():
                head = _head(card.hindcast, method, place, lead, season) | {"n": int(among.sum())}
                references = {n: card.reference(n, lead, c.among(among)) for n, c in beside.items()}
                yield head | _row(card.scored(own.among(among)), references, card.rule)


def _head(hindcast: xr.Dataset, method: str, place: str, lead: int, season: str) -> dict[str, Any]:
    weather, target = str(hindcast.attrs.get("weather", "")), str(hindcast.attrs["target"])
    return dict(zip(KEYS, (method, weather, target, place, lead, season), strict=True))


def _seasons(hindcast: xr.Dataset, lead: int, each: bool) -> Iterator[tuple[str, Flags]]:
    month = _month(hindcast, lead)
    yield ALL, np.ones(len(month), dtype=bool)
    for name, months in SEASONS.items() if each else ():
        yield name, np.isin(month, months)


def _month(hindcast: xr.Dataset, lead: int) -> Floats:
    day = hindcast["issue"].values.astype("datetime64[D]") + lead
    return np.asarray(day.astype("datetime64[M]").astype(np.int64) % 12 + 1, dtype=np.float64)


def _places(hindcast: xr.Dataset) -> Iterator[tuple[str, Flags]]:
    names = [str(p) for p in hindcast["place"].values]
    for number, name in enumerate(names):
        yield name, np.arange(len(names)) == number
    if len(names) > 1:
        yield ALL, np.ones(len(names), dtype=bool)


def _row(own: Scored, beside: Mapping[str, Scored], rule: Rule) -> dict[str, Any]:
    scores, curves = own
    climate, persistence = (beside[name][0] for name in REFERENCES)
    skills = _skills(scores, climate, persistence)
    by_value = {f"{s}{rule.heavy:g}": f"{s}{rule.heavy:g}_mean" for s in ("csi", "pod", "far", "bias")}
    row: dict[str, Any] = {}
    for name, draws in (scores | skills).items():
        row[name] = float(draws[0])
        low, high = _BOUNDS[name.startswith("coverage")]
        row[f"{name}_{low}"], row[f"{name}_{high}"] = bounds(draws)
        if name in climate:
            row[f"{name}_climatology"] = float(climate[name][0])
        if name in persistence:
            row[f"{name}_persistence"] = float(persistence[by_value.get(name, name)][0])
    row |= _chances(scores, climate, persistence, rule)
    return row | {name: curve[0].tolist() for name, curve in curves.items()}


def _skills(
    scores: Mapping[str, Floats], climate: Mapping[str, Floats], persistence: Mapping[str, Floats]
) -> dict[str, Floats]:
    found = {
        "rmse_ratio": ratio(scores["rmse"], climate["rmse"]),
        "rmse_ratio_persistence": ratio(scores["rmse"], persistence["rmse"]),
    }
    if "brier" in scores and "brier" in climate:
        found["brier_skill"] = 1 - ratio(scores["brier"], climate["brier"])
        found["crpss"] = 1 - ratio(scores["crps"], climate["crps"])
    return found


def _chances(
    scores: Mapping[str, Floats], climate: Mapping[str, Floats], persistence: Mapping[str, Floats], rule: Rule
) -> dict[str, float]:
    """Paired one-sided p-values of "no better": of the error beside both references, of the warning beside persistence.

    Persistence by its value is the rule everybody has for nothing; called by a probability of its own, tuned on the
    training years, it may be the harder rival: both stand in the row.
    """
    name = f"csi{rule.heavy:g}"
    return {
        "rmse_p_climatology": chance(climate["rmse"] - scores["rmse"]),
        "rmse_p_persistence": chance(persistence["rmse"] - scores["rmse"]),
        f"{name}_p": chance(scores[name] - persistence[f"{name}_mean"]),
        f"{name}_persistence_tuned": float(persistence[name][0]),
        f"{name}_p_tuned": chance(scores[name] - persistence[name]),
    }


def _add_energy(rows: Sequence[dict[str, Any]], card: _Card, seed: int, resamples: int) -> None:
    """Energy scores are of runs over all leads: every row of the same method, place and season carries them."""
    found: dict[tuple[str, str, str], dict[str, float]] = {}
    places = {name: np.flatnonzero(here).tolist() for name, here in _places(card.hindcast)}
    for row in rows:
        key = (row["method"], row["place"], row["season"])
        if key not in found:
            season = _season_of_runs(card.hindcast, row["season"])
            found[key] = energy_scores(
                card.hindcast, row["method"], places[row["place"]], season, seed=seed, resamples=resamples
            )
        row.update(found[key])


def _season_of_runs(hindcast: xr.Dataset, season: str) -> Flags:
    months = [_month(hindcast, int(lead)) for lead in hindcast["lead"].values]
    inside = [np.isin(m, SEASONS[season]) if season != ALL else np.ones(len(m), dtype=bool) for m in months]
    return np.stack(inside, axis=1)
