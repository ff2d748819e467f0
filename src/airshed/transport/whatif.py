"""What if less were emitted: contributions under measures, where contributions predict, and a refusal where not.

A contribution of primary PM2.5 is proportional to its emission, so a cut takes its share of it, exactly. Sulfate,
nitrate, ammonium and SOA are reckoned with frozen rates: their contributions add up, yet the air answers a cut of their
precursors otherwise. Such a measure is refused, unless the user declares the answer linear and has it so labelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.emissions import TRAVELLING, Measure, Scenario, factors
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.transport.case import Case
from airshed.transport.contributions import Contributions
from airshed.transport.nouns import RESTS, SPECIES
from airshed.transport.shelf import Shelf
from airshed.transport.sources import OTHER

__all__ = ["LINEAR", "LINEARITY", "WhatIf", "foretold", "kept_by_day", "what_if"]

Array = NDArray[Any]
LINEAR: Final = frozenset({"pm25"})
"""Species whose contributions predict: what is breathed of them is proportional to what is emitted."""

LINEARITY: Final = {
    "exact": {"zh": "一次 PM2.5，线性严格成立", "en": "primary PM2.5, linear exactly"},
    "declared": {"zh": "按用户声明视为线性", "en": "declared linear"},
}
"""What a result rests on, in both languages."""

REASON: Final = (
    "a contribution adds up but does not predict: sulfate, nitrate, ammonium and SOA answer non-linearly; "
    "impacts are not built yet"
)
ADVICE: Final = "restrict the measure to species pm25, or declare the cut linear"


@dataclass(frozen=True)
class WhatIf:
    """What receptors would have breathed.

    Parameters:
        scenario: its name.
        table: ``day, receptor, before, after`` [ug m-3], day by day.
        linearity: a key of `LINEARITY`.
        share_predicted: of ``before``, over all days and receptors: what the scenario's species gave within the memory,
            the only part that can answer. The rest stands as it was.
        share_older: of ``before``: emitted before the memory, or there at the beginning; it stands as it was although
            measures that held then would have cut it too.
        untouched: places of measures that hold none of the case's places, as (measure, place): they cut nothing here.
        made: whether weather or emission of the case is made.
    """

    scenario: str
    table: pl.DataFrame
    linearity: str
    share_predicted: float
    share_older: float
    untouched: tuple[tuple[str, str], ...]
    made: bool

    @property
    def means(self) -> pl.DataFrame:
        """Mean over the days: ``receptor, before, after`` [ug m-3], ``change`` (after / before - 1)."""
        means = self.table.group_by("receptor", maintain_order=True).agg(pl.col("before", "after").mean())
        return means.with_columns(change=pl.col("after") / pl.col("before") - 1)


def what_if(
    case: Case,
    scenario: Scenario,
    start: date,
    until: date,
    gazetteer: Gazetteer,
    receptors: Sequence[str] | None = None,
    *,
    declared_linear: bool = False,
) -> WhatIf:
    """What receptors would have breathed under a scenario, from the contributions of the case.

    Parameters:
        case: whose footprints of these days are there.
        scenario: measures on places, sectors, species and days of emission. A measure without places holds
            everywhere, what lies in no named place included.
        start: first day of the receptors; ``until``: the first that no longer counts.
        gazetteer: knows what lies in the measures' places.
        receptors: all of the case where none are named.
        declared_linear: whether the user takes the answer of secondary particles for linear; the result says so.

    Raises:
        BadInput: a measure on what does not answer linearly, with the reason; days or receptors without footprints.
        UnknownPlace: a place nobody knows.
    """
    species = _species(scenario, declared_linear)
    held = Contributions.load(Shelf(case), start, until, receptors)
    lags = held.given.shape[2]
    emitted = [start + timedelta(days=n) for n in range(1 - lags, len(held.days))]
    kept = kept_by_day(scenario, held.places, held.sectors, emitted, gazetteer)
    before = _by_day(held.given).sum(axis=-1) + held.rests.sum(axis=2)
    after = foretold(held.given, kept) + held.rests.sum(axis=2)
    answering = [SPECIES.index(name) for name in species]
    whole = max(float(before.sum()), 1e-300)
    table = pl.DataFrame({
        "day": np.repeat(np.array(held.days, dtype="datetime64[D]"), len(held.receptors)),
        "receptor": list(held.receptors) * len(held.days), "before": before.ravel(), "after": after.ravel(),
    })  # fmt: skip
    older = held.rests[:, :, [RESTS.index("older"), RESTS.index("initial")]]
    return WhatIf(
        scenario.name, table, "exact" if set(species) <= LINEAR else "declared",
        float(_by_day(held.given)[..., answering].sum()) / whole, float(older.sum()) / whole,
        _untouched(scenario, held.places, gazetteer, start), case.about.made,
    )  # fmt: skip


def foretold(given: Array, kept: Array) -> Array:
    """What of contributions is left, (day, receptor) [ug m-3].

    Parameters:
        given: (day, receptor, lag, species, place, sector) [ug m-3].
        kept: what is left of each emission, (day of emission, species, place, sector); its first day is ``lag - 1``
            days before the first receptors' day.
    """
    days, receptors, lags = given.shape[:3]
    found = np.zeros((days, receptors))
    for day in range(days):
        # Lag 0 is the receptors' day itself, so emission days run back from it.
        back = kept[day : day + lags][::-1]
        found[day] = np.einsum("rlspe,lspe->r", given[day], back, dtype=np.float64)
    return found


def kept_by_day(
    scenario: Scenario,
    places: Sequence[str],
    sectors: Sequence[str],
    days: Sequence[date],
    gazetteer: Gazetteer,
) -> Array:
    """What is left of each emission on local days, (day, species, place, sector): 1 where no measure holds.

    What lies in no named place (`OTHER`) is touched by measures without places alone.
    """
    times = np.array(days, dtype="datetime64[D]")
    named = [p for p in places if p != OTHER]
    # The times are taken as local days already, so the clock is not shifted.
    left = factors(scenario, named, SPECIES, times, 0.0, gazetteer, sectors)
    everywhere = Scenario(scenario.name, tuple(m for m in scenario.measures if not m.places))
    rest = factors(everywhere, [OTHER], SPECIES, times, 0.0, gazetteer, sectors)
    kept = np.ones((len(days), len(SPECIES), len(places), len(sectors)))
    for number, place in enumerate(places):
        found = rest.sel(place=OTHER) if place == OTHER else left.sel(place=place)
        kept[:, :, number] = found.transpose("time", "species", "sector").values
    return kept


def _species(scenario: Scenario, declared_linear: bool) -> tuple[str, ...]:
    """Species that the scenario touches; refuses those that do not predict."""
    touched: set[str] = set()
    for measure in scenario.measures:
        meant = set(measure.species or TRAVELLING)
        if not meant & set(TRAVELLING):
            came = f"measure {measure.id} on {', '.join(sorted(meant))}"
            raise BadInput(f"species that travel: {', '.join(TRAVELLING)}", came, "name one of these")
        if not declared_linear and (beyond := [s for s in TRAVELLING if s in meant - LINEAR]):
            came = f"measure {measure.id} on {', '.join(beyond)}"
            raise BadInput("measures on primary PM2.5", came, f"{REASON}; {ADVICE}")
        touched |= meant
    return tuple(s for s in SPECIES if s in touched)


def _by_day(given: Array) -> Array:
    """Sums (day, receptor, species)."""
    return np.asarray(given.sum(axis=(2, 4, 5), dtype=np.float64))


def _untouched(
    scenario: Scenario, places: Sequence[str], gazetteer: Gazetteer, day: date
) -> tuple[tuple[str, str], ...]:
    """Places of measures in which none of the case's places lies."""
    named = [p for p in places if p != OTHER]
    return tuple(
        (measure.id, place)
        for measure in scenario.measures
        for place in measure.places
        if not _holds_any(measure, place, named, gazetteer, day)
    )


def _holds_any(measure: Measure, place: str, named: Sequence[str], gazetteer: Gazetteer, day: date) -> bool:
    last = measure.until - timedelta(days=1) if measure.until else day
    when = np.datetime64(measure.since or last)
    probe = replace(measure, places=(place,), sectors=(), species=(), cut=50.0)
    left = factors(Scenario("", (probe,)), named, ("pm25",), [when], 0.0, gazetteer)
    return bool((left < 1).any())
