"""Which provisions an assessment stands on: those of the period by default, or the ones named, said aloud."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from airshed.assessment.core import Standard
from airshed.assessment.days import IndexSpan
from airshed.assessment.notes import Note, note
from airshed.assessment.period import Period
from airshed.errors import LawNotFound
from airshed.law import Book, Provision
from airshed.law.book import WORLD

__all__ = ["named_provisions", "standard_notes", "standard_of"]

_SUBJECTS = ("limits", "validity", "evaluation", "composite")
_DAY = timedelta(days=1)


def named_provisions(
    book: Book, names: Sequence[str], period: Period, chain: Sequence[str]
) -> dict[str, Provision]:
    """The provisions that names on a command line mean, by subject.

    A name is a version (``GB 3095-2026/final``), a document (``HJ 633-2026``: every subject it speaks of, in
    the version in force at the end of the period, else its first) or a day (``2026-03-01``: the whole law of
    that day).

    Raises:
        LawNotFound: a name that means nothing.
    """
    found: dict[str, Provision] = {}
    for name in names:
        day = _as_day(name)
        part = dict(book.on(day, chain)) if day else _by_name(book, name, period)
        if not part:
            known = "; ".join(dict.fromkeys(p.version for p in book.provisions))
            raise LawNotFound("the name of a version, a document or a day", repr(name), f"known: {known}")
        found |= part
    return found


def _as_day(name: str) -> date | None:
    try:
        return date.fromisoformat(name.strip())
    except ValueError:
        return None


def _by_name(book: Book, name: str, period: Period) -> dict[str, Provision]:
    versions = {p.subject: p for p in book.provisions if _plain(p.version) == _plain(name)}
    document = [p for p in book.provisions if _plain(p.instrument.id) == _plain(name)]
    in_force = {p.subject: p for p in document if p.holds_on(period.last)}
    first = {p.subject: p for p in reversed(document)}
    return first | in_force | versions


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def standard_of(
    book: Book,
    period: Period,
    chain: Sequence[str],
    named: Mapping[str, Provision] | None = None,
    *,
    one_index: bool = False,
) -> Standard:
    """The standard of a period in a place.

    Limits, validity, evaluation and composite index are those in force on the period's last day; the index of
    each day is that of its day.

    Parameters:
        named: provisions that stand in for the law of the period, by subject.
        one_index: reckon every day by the index in force on the last day.
    """
    given = named or {}
    four = {s: given.get(s) or book.nearest(s, period.last, chain) for s in _SUBJECTS}
    if "index" in given:
        spans: tuple[IndexSpan, ...] = (IndexSpan(period, given["index"]),)
    elif one_index:
        spans = (IndexSpan(period, book.nearest("index", period.last, chain)),)
    else:
        spans = _index_spans(book, period, chain)
    return Standard(four["limits"], four["validity"], four["evaluation"], four["composite"], spans)


def _index_spans(book: Book, period: Period, chain: Sequence[str]) -> tuple[IndexSpan, ...]:
    """The period cut where an index begins or ends."""
    edges = {edge for p in book.provisions if p.subject == "index" for edge in (p.since, p.until) if edge}
    starts = sorted({period.first, *(e for e in edges if period.first < e <= period.last)})
    cuts = [Period(a, b - _DAY) for a, b in pairwise([*starts, period.last + _DAY])]
    spans: list[IndexSpan] = []
    for cut in cuts:
        provision = book.nearest("index", cut.first, chain)
        same = bool(spans) and spans[-1].provision is provision
        first = spans.pop().period.first if same else cut.first
        spans.append(IndexSpan(Period(first, cut.last), provision))
    return tuple(spans)


def standard_notes(standard: Standard, period: Period, named: Mapping[str, Provision]) -> list[Note]:
    """Sentences that say which standard was taken and why, and what in it nobody has verified."""
    spans = "; ".join(f"{s.provision.version} ({s.period.first}..{s.period.last})" for s in standard.index)
    rules = [standard.validity, standard.evaluation, standard.composite]
    notes = [
        note("standard", limits=standard.limits.version, rules=_versions(rules), why=_why(period, named)),
        note("index_law", spans=spans),
    ]
    if outside := _outside(standard, period, named):
        notes.append(note("standard_nearest", period=period.label, names=_versions(outside)))
    if borrowed := [p for p in standard.provisions() if p.place == WORLD and p not in named.values()]:
        notes.append(note("stand_in", names="; ".join(f"{p.version}: {p.subject}" for p in borrowed)))
    if doubtful := [p for p in standard.provisions() if p.status == "unverified" or p.unverified]:
        names = "; ".join(f"{p.version}: {p.subject}" for p in doubtful)
        notes.append(note("unverified", names=names))
    return notes


def _versions(provisions: Iterable[Provision]) -> str:
    return "; ".join(dict.fromkeys(p.version for p in provisions))


def _outside(standard: Standard, period: Period, named: Mapping[str, Provision]) -> list[Provision]:
    """Provisions taken though they did not hold and nobody named them."""
    by_day = [
        (p, period.last)
        for p in (standard.limits, standard.validity, standard.evaluation, standard.composite)
    ]
    by_day += [(span.provision, span.period.first) for span in standard.index]
    return [p for p, day in by_day if not p.holds_on(day) and p not in named.values()]


def _why(period: Period, named: Mapping[str, Provision]) -> dict[str, str]:
    if named:
        names = _versions(named.values())
        return {"zh": f"按指定：{names}", "en": f"as named: {names}"}
    return {"zh": f"按 {period.last} 有效的规定", "en": f"in force on {period.last}"}
