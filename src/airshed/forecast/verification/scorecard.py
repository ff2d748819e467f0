"""A Hindcast as a table: one row a method, lead, place and season, with what chance could have made of each score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.verification.bootstrap import RESAMPLES, block_weights, totals
from airshed.forecast.verification.cases import REFERENCES, Cases, Rule, cases_of, parts_of, scores_of
from airshed.forecast.verification.drawn import Drawn, drawn, mean_of_seeds, row_of
from airshed.forecast.verification.energy import Energy, energy_draws, energy_row, mean_energy
from airshed.forecast.verification.scores import Flags, Floats
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

Scored = tuple[dict[str, Floats], dict[str, Floats]]
Key = tuple[str, str, str, str, int, str]  # as KEYS
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
    hindcasts: xr.Dataset | Iterable[xr.Dataset],
    provision: Provision,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    seasons: bool = False,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Every score of every method of a Hindcast, or its mean over Hindcasts that differ in the seed of their weather.

    Cases of all issues are pooled, per lead; a row counts the cases that the method, climatology and persistence
    all have, so that the three stand side by side on the same days. Days of several places are pooled in the rows
    ``all``. Bounds are 95 % intervals of weekly blocks of the issue day, drawn alike for everything; of several seeds
    every figure is the mean, and bounds and p-values are those of that mean.

    Parameters:
        hindcasts: dims (method, issue, lead, place): ``mean``, ``observed`` (issue, lead, place) [unit of the
            target] and where there are any ``quantiles`` (…, quantile), ``threshold_probability`` (method, lead),
            ``primary_hit``, ``members`` (method, issue, member, lead, place); attrs ``target``, ``weather``,
            ``test``. ``climatology`` and ``persistence`` are among the methods; both were made from the same
            training years as the others. Several are taken one by one, and may be made as they are asked for.
        provision: what holds on ``index``: thresholds and categories come from it.
        seed: of the draws.
        resamples: number of draws.
        seasons: rows of each season beside those of the year.
        progress: told cells done and cells in all, of each Hindcast.

    Returns:
        `KEYS`, ``n``, and for each score S: ``S``, ``S_low``, ``S_high``, ``S_climatology``, ``S_persistence``
        (the bounds of coverages are ``_lower`` and ``_upper``: ``coverage80_high`` is the coverage of days with a high
        probability of heavy pollution);
        ratios and skills; lists ``value`` (by cost/loss), ``pit``, ``bin_probability``, ``bin_frequency``,
        ``bin_count``; ``seeds``, the number of Hindcasts.

    Raises:
        BadInput: no climatology or no persistence, fewer than two weeks, no case at all, or Hindcasts of different
            rows.
    """
    found: dict[Key, list[Drawn]] = {}
    runs: dict[Key, list[Energy]] = {}
    seeds, rule = 0, None
    for one in [hindcasts] if isinstance(hindcasts, xr.Dataset) else hindcasts:
        _check(one)
        daily = _by_day(one)
        rule = Rule.of(str(daily.attrs["target"]), provision)
        card = _Card(daily, rule, block_weights(daily.sizes["issue"], seed, resamples=resamples))
        for key, held in _cells(card, seasons, progress):
            found.setdefault(key, []).append(held)
        if "members" in daily:
            for key, energy in _energies(found, card, seed):
                runs.setdefault(key, []).append(energy)
        seeds += 1
    if rule is None or not found:
        raise BadInput("days with a forecast and an observation", "none", "choose another test period")
    if odd := [key for key, held in found.items() if len(held) != seeds]:
        raise BadInput(
            "Hindcasts of the same rows", f"{odd[0]} not in all", "score one Hindcast under each seed"
        )
    rows = [
        dict(zip(KEYS, key, strict=True)) | row_of(mean_of_seeds(held), rule) | {"seeds": seeds}
        | (energy_row(mean_energy(runs[_run(key)])) if runs else {})
        for key, held in found.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _check(hindcast: xr.Dataset) -> None:
    missing = [name for name in REFERENCES if name not in hindcast["method"].values]
    if missing:
        raise BadInput(
            "persistence and climatology in the Hindcast", f"no {' and no '.join(missing)}", "add them"
        )


def _cells(card: _Card, seasons: bool, progress: Progress | None) -> Iterator[tuple[Key, Drawn]]:
    """Every cell of one Hindcast that has a case."""
    methods = [str(m) for m in card.hindcast["method"].values]
    steps = [(m, int(lead)) for m in methods for lead in card.hindcast["lead"].values]
    for done, (method, lead) in enumerate(steps):
        yield from _rows(card, method, lead, seasons)
        if progress:
            progress(done + 1, len(steps))


def _by_day(hindcast: xr.Dataset) -> xr.Dataset:
    """Issues without holes, so that a block is seven days even where some were not issued."""
    issue = hindcast["issue"].values.astype("datetime64[D]")
    every = np.arange(issue.min(), issue.max() + 1).astype("datetime64[ns]")
    return hindcast if len(every) == len(issue) else hindcast.reindex(issue=every)


def _rows(card: _Card, method: str, lead: int, seasons: bool) -> Iterator[tuple[Key, Drawn]]:
    own = cases_of(card.hindcast, method, lead, card.rule)
    beside = {name: cases_of(card.hindcast, name, lead, card.rule) for name in REFERENCES}
    held = own.held & beside["climatology"].held & beside["persistence"].held
    weather, target = str(card.hindcast.attrs.get("weather", "")), card.rule.target
    for season, inside in _seasons(card.hindcast, lead, seasons):
        for place, here in _places(card.hindcast):
            among = held & inside[:, None] & here
            if among.any():
                scores, curves = card.scored(own.among(among))
                climate, persistence = (card.reference(n, lead, c.among(among))[0] for n, c in beside.items())
                made = drawn(int(among.sum()), scores, curves, climate, persistence, card.rule)
                yield (method, weather, target, place, lead, season), made


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


def _energies(found: Iterable[Key], card: _Card, seed: int) -> Iterator[tuple[Key, Energy]]:
    """Energy scores are of runs over all leads: one a method, place and season, under the key of lead 0."""
    places = {name: np.flatnonzero(here).tolist() for name, here in _places(card.hindcast)}
    for key in dict.fromkeys(map(_run, found)):
        method, _, _, place, _, season = key
        inside = _season_of_runs(card.hindcast, season)
        yield key, energy_draws(card.hindcast, method, places[place], inside, card.weights, seed)


def _run(key: Key) -> Key:
    method, weather, target, place, _, season = key
    return method, weather, target, place, 0, season


def _season_of_runs(hindcast: xr.Dataset, season: str) -> Flags:
    months = [_month(hindcast, int(lead)) for lead in hindcast["lead"].values]
    inside = [np.isin(m, SEASONS[season]) if season != ALL else np.ones(len(m), dtype=bool) for m in months]
    return np.stack(inside, axis=1)
