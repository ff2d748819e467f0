"""Making two periods comparable: one version of the law for both, one reference state for their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from airshed.assessment.core import Standard
from airshed.assessment.days import IndexSpan
from airshed.assessment.notes import Note, note
from airshed.assessment.period import Period
from airshed.assessment.restate import restate
from airshed.assessment.standards import standard_of
from airshed.law import Book, Provision

__all__ = ["Common", "common_standard", "mixed_states", "one_reference_state"]

Weather = Callable[[Sequence[str], Period], pl.DataFrame]


@dataclass(frozen=True)
class Common:
    """One standard for two periods; the standards differ only in the days their index covers."""

    now: Standard
    before: Standard
    notes: tuple[Note, ...]


def common_standard(
    book: Book, now: Period, before: Period, chain: Sequence[str], named: Mapping[str, Provision]
) -> Common:
    """The standard of the later period for both, so that what changed is the air and not the law.

    A day with 70 ug/m3 of PM2.5 was a good one until 2026-02-28 and is none since: counted each by its own
    law, two years would differ without any change of the air.
    """
    later = max(now, before, key=lambda p: p.last)
    standard = standard_of(book, later, chain, named, one_index=True)
    each = [standard_of(book, p, chain, named) for p in (now, before)]
    differ = len({p.version for s in each for p in (s.limits, *(span.provision for span in s.index))}) > len(
        {standard.limits.version, standard.index[0].provision.version}
    )
    notes: tuple[Note, ...] = ()
    if differ:
        versions = f"{standard.limits.version}, {standard.index[0].provision.version}"
        notes = (note("one_version", versions=versions),)
    index = standard.index[0].provision
    return Common(
        replace(standard, index=(IndexSpan(now, index),)),
        replace(standard, index=(IndexSpan(before, index),)),
        notes,
    )


def one_reference_state(
    tables: Sequence[pl.DataFrame],
    periods: Sequence[Period],
    book: Book,
    chain: Sequence[str],
    weather: Weather,
) -> tuple[list[pl.DataFrame], list[tuple[str, str]], list[Note]]:
    """Bring the days before a change of the reference state to the state of the later days.

    Parameters:
        tables: ``DAILY`` of each period.
        weather: gives temperature and pressure of places over a period.

    Returns:
        The tables, the (place, item) left unrestated, and what is to be said.
    """
    rule = _restatement(book, periods, chain)
    if rule is None:
        return list(tables), [], []
    across = rule.value["across"]
    done, left = [], set()
    for table, period in zip(tables, periods, strict=True):
        early = table.filter(pl.col("day") < across)
        places = early["place"].unique().to_list()
        result = restate(early, rule, weather(places, period) if places else None)
        done.append(pl.concat([result.daily, table.filter(pl.col("day") >= across)]))
        left |= set(result.unrestated)
    return done, sorted(left), _restated_notes(rule, left)


def _restatement(book: Book, periods: Sequence[Period], chain: Sequence[str]) -> Provision | None:
    """The restatement the periods call for: some days lie before the change, some on or after it."""
    view = book.on(max(p.last for p in periods), chain)
    if "restatement" not in view:
        return None
    across = view["restatement"].value["across"]
    return view["restatement"] if min(p.first for p in periods) < across else None


def _restated_notes(rule: Provision, left: set[tuple[str, str]]) -> list[Note]:
    across = rule.value["across"]
    gases = note("gases_restated", across=across, factor=f"{rule.value['gas_factor']:.5f}")
    if not left:
        return [gases, note("particles_restated", across=across)]
    return [gases, note("particles_unrestated", across=across, cities=len({place for place, _ in left}))]


def mixed_states(period: Period, book: Book, chain: Sequence[str]) -> list[Note]:
    """A warning where one period mixes two reference states, though nothing is compared."""
    first, last = (book.nearest("limits", day, chain) for day in (period.first, period.last))
    if first.value["reference_state"] == last.value["reference_state"]:
        return []
    return [note("mixed_states", period=period.label)]
