"""From a workspace to an assessment: gather cities, law and days, reckon, and say what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

import airshed
from airshed.assessment.comparison import common_standard, mixed_states, one_reference_state
from airshed.assessment.core import PeriodTables, Standard, assess_period
from airshed.assessment.daily import valid_items
from airshed.assessment.days import index_days
from airshed.assessment.dust import Series, dust_excluded
from airshed.assessment.gathering import Cities, Source, choose_cities
from airshed.assessment.notes import Note, note
from airshed.assessment.period import Period
from airshed.assessment.remarks import remarks_on_change, remarks_on_data
from airshed.assessment.report import Assessment
from airshed.assessment.standards import named_provisions, standard_notes, standard_of
from airshed.assessment.tables import (
    city_rows,
    compared,
    insufficient_items,
    lists_of,
    region_row,
    with_change,
    without_change,
)
from airshed.errors import BadInput
from airshed.law import Provision
from airshed.store import View
from airshed.workspace import Workspace

__all__ = ["By", "assess"]

By = Literal["city", "region", "month"]


def assess(
    workspace: Workspace,
    region: str | None = None,
    *,
    cities: Sequence[str] | None = None,
    start: date,
    end: date,
    by: By = "city",
    standard: str | Sequence[str] | None = None,
    members_on: date | None = None,
    series: Series = "as_measured",
    compare: tuple[date, date] | None = None,
    as_of: datetime | None = None,
    view: View | None = None,
) -> Assessment:
    """Assess a region, or a list of cities, over the local days ``start`` to ``end``, both included.

    Parameters:
        region: id of a region; the workspace's own where neither it nor ``cities`` is given.
        cities: names or codes, instead of a region.
        by: a row a ``city`` (and the region), the ``region`` alone, or each ``month``.
        standard: versions, documents or days whose law is used instead of that of the period.
        members_on: the day whose list of members is used; the last day by default, else the nearest list.
        series: ``as_measured``, or ``dust_excluded`` for particles without hours of sand and dust.
        compare: first and last day of another period; both are then reckoned by one version of the law.
        as_of: read the lake as it was known at that instant.

    Raises:
        BadInput: a period, place or choice that cannot be understood.
        LawNotFound: a standard nobody knows.
    """
    period = Period(start, end)
    chosen = choose_cities(workspace, region, cities, members_on or end)
    names = (standard,) if isinstance(standard, str) else tuple(standard or ())
    source = Source(workspace, view or View.everything(), chosen.clock, as_of)
    work = _Work(workspace, chosen, source, period, Period(*compare) if compare else None, names, series)
    work.prepare()
    rows, items, index, lists = _tables(work, by)
    years = period.kind == "year" and by != "month"
    return Assessment(
        rows=rows, items=items, index=index, lists=lists,
        notes=(
            *chosen.notes, *work.notes, *remarks_on_change(work.not_compared, chosen.names),
            *remarks_on_data(items, index, chosen.names, years=years),
        ),
        parameters=_parameters(work, by, members_on or end, as_of),
        provisions=tuple({p.digest: p for s in work.standards.values() for p in s.provisions()}.values()),
        lake_version=workspace.snapshot(as_of=as_of).version,
        law_digest=workspace.law.digest, code_version=airshed.__version__, names=chosen.names,
    )  # fmt: skip


@dataclass
class _Work:
    """One assessment being made: its choices, then its days and standards."""

    workspace: Workspace
    cities: Cities
    source: Source
    period: Period
    before: Period | None
    named: tuple[str, ...]
    series: Series
    notes: list[Note] = field(default_factory=list)
    unrestated: list[tuple[str, str]] = field(default_factory=list)
    not_computable: tuple[str, ...] = ()
    not_compared: list[str] = field(default_factory=list)
    named_dust: list[Provision] = field(default_factory=list)
    standards: dict[tuple[str, Period], Standard] = field(default_factory=dict)
    daily: dict[Period, pl.DataFrame] = field(default_factory=dict)

    @property
    def periods(self) -> list[Period]:
        """The period and, in a comparison, the other one."""
        return [self.period, *([self.before] if self.before else [])]

    def prepare(self) -> None:
        """Choose the law of each city and read the days."""
        self._choose_standards()
        self.daily = {p: self._days(p) for p in self.periods}
        chain = self._chain(self.cities.places[0])
        if self.before is None:
            self._say(mixed_states(self.period, self.workspace.law, chain))
            return
        tables, self.unrestated, notes = one_reference_state(
            [self.daily[p] for p in self.periods],
            self.periods,
            self.workspace.law,
            chain,
            self.source.weather,
        )
        self.daily = dict(zip(self.periods, tables, strict=True))
        self._say(notes)

    def _chain(self, place: str) -> tuple[str, ...]:
        return self.workspace.gazetteer.chain(place, self.period.last)

    def _choose_standards(self) -> None:
        """The law of each city; cities whose places say the same are asked about once."""
        speaking = {p.place for p in self.workspace.law.provisions}
        asked: dict[tuple[str, ...], str] = {}
        for place in self.cities.places:
            first = asked.setdefault(tuple(p for p in self._chain(place) if p in speaking), place)
            if first == place:
                self._choose_standard(place)
            else:
                for period in self.periods:
                    self.standards[place, period] = self.standards[first, period]

    def _choose_standard(self, place: str) -> None:
        book, chain = self.workspace.law, self._chain(place)
        named = named_provisions(book, self.named, self.period, chain)
        self.named_dust = [named["dust"]] if "dust" in named else []
        if self.before is None:
            self.standards[place, self.period] = standard_of(book, self.period, chain, named)
        else:
            common = common_standard(book, self.period, self.before, chain, named)
            self.standards[place, self.period] = common.now
            self.standards[place, self.before] = common.before
            self._say(common.notes)
        self._say(standard_notes(self.standards[place, self.period], self.period, named))

    def _say(self, notes: Sequence[Note]) -> None:
        self.notes += [n for n in notes if n not in self.notes]

    def _days(self, period: Period) -> pl.DataFrame:
        daily = self.source.daily(self.cities.places, period)
        if self.series == "as_measured":
            return daily
        rule = self._dust_rule(period)
        without = self.source.daily(self.cities.places, period, without_dust=True)
        result = dust_excluded(daily, rule, without, self._dust_since(rule))
        self.not_computable = tuple(sorted({*self.not_computable, *result.not_computable}))
        self._say(_dust_notes(rule, result.applies_since, period, result.removed, result.not_computable))
        return result.daily

    def _dust_rule(self, period: Period) -> Provision:
        chain = self._chain(self.cities.places[0])
        return next(iter(self.named_dust), None) or self.workspace.law.nearest("dust", period.last, chain)

    def _dust_since(self, rule: Provision) -> date:
        """The rule's first day; where its first year is compared with the one before, that of the earlier.

        A rule that was named on purpose is applied to every day.
        """
        if rule in self.named_dust:
            return min(p.first for p in self.periods)
        years = {p.first.year for p in self.periods}
        both = self.before is not None and years == {rule.since.year, rule.since.year - 1}
        return min(p.first for p in self.periods) if both else rule.since

    def groups(self, period: Period) -> list[tuple[Standard, list[str]]]:
        """Cities that stand under the same provisions, assessed together."""
        found: dict[tuple[str, ...], tuple[Standard, list[str]]] = {}
        for place in self.cities.places:
            standard = self.standards[place, period]
            key = tuple(p.digest for p in standard.provisions())
            found.setdefault(key, (standard, []))[1].append(place)
        return list(found.values())


def _dust_notes(
    rule: Provision, since: date, period: Period, removed: pl.DataFrame, unknown: Sequence[str]
) -> list[Note]:
    said = {"period": period.label, "rule": rule.version}
    if period.last < since:
        return [note("dust_not_applicable", since=since, **said)]
    days = removed.select("place", "day").unique().height
    unknown_too = [note("dust_not_computable", count=len(unknown), **said)] if unknown else []
    return [note("dust_excluded", days=days, **said), *unknown_too]


Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, Mapping[str, pl.DataFrame]]


def _tables(work: _Work, by: By) -> Tables:
    pairs = _pairs(work, by)
    index = {p: _index(work, p) for p in work.periods}
    parts, items = [], []
    for now, before in pairs:
        tables = _reckon(work, work.period, now, index)
        other = _reckon(work, work.before, before, index) if before and work.before else None
        parts.append(_rows(work, now, tables, before, other))
        items.append(
            tables.items.with_columns(period=pl.lit(now.label)).select("period", pl.exclude("period"))
        )
    rows = pl.concat(parts, how="diagonal")
    lists = lists_of(parts[0].filter(pl.col("kind") == "city")) if by == "city" else {}
    if by == "region":
        rows = rows.filter(pl.col("kind") == "region")
    return rows, pl.concat(items), index[work.period], lists


def _pairs(work: _Work, by: By) -> list[tuple[Period, Period | None]]:
    if by != "month":
        return [(work.period, work.before)]
    months = work.period.months()
    if work.before is None:
        return [(m, None) for m in months]
    others = work.before.months()
    if len(others) != len(months):
        raise BadInput(
            "two periods of as many months",
            f"{len(months)} and {len(others)}",
            "compare equal spans, or by city",
        )
    return list(zip(months, others, strict=True))


def _index(work: _Work, period: Period) -> pl.DataFrame:
    """The index of every day; none where dust cannot be told apart."""
    daily = work.daily[period]
    if work.series == "dust_excluded":
        daily = daily.filter(~pl.col("place").is_in(work.not_computable))
    parts = [
        index_days(
            valid_items(daily, s.validity, s.grade).filter(pl.col("place").is_in(places)), places, s.index
        )
        for s, places in work.groups(period)
    ]
    return pl.concat(parts, how="diagonal")


def _reckon(work: _Work, whole: Period, part: Period, index: Mapping[Period, pl.DataFrame]) -> PeriodTables:
    """Tables of one period or one of its months, the cities in the order of their list."""
    found = [
        assess_period(
            work.daily[whole], places, part, standard, index[whole].filter(pl.col("place").is_in(places))
        )
        for standard, places in work.groups(whole)
    ]
    return PeriodTables(
        pl.concat([t.cities for t in found], how="diagonal"),
        pl.concat([t.items for t in found], how="diagonal"),
        pl.concat([t.index for t in found], how="diagonal"),
    )


def _rows(
    work: _Work, now: Period, tables: PeriodTables, before: Period | None, other: PeriodTables | None
) -> pl.DataFrame:
    """City rows by rank, then the region's row."""
    cities = work.cities
    rows = city_rows(tables, now, cities.names)
    region = region_row(rows, cities.region, cities.region_names, len(cities.places))
    if before is not None and other is not None:
        earlier = city_rows(other, before, cities.names)
        thin = _thin(work, tables, other)
        whole = compared(region, region_row(earlier, cities.region, cities.region_names, len(cities.places)))
        of_any = thin.explode("items").with_columns(place=pl.lit(cities.region))
        region = without_change(whole, of_any.group_by("place").agg("items"))
        rows = with_change(rows, earlier, thin).with_columns(unrestated=_unrestated(work))
    rows = rows.sort("rank", nulls_last=True, maintain_order=True)
    return pl.concat([rows, region], how="diagonal") if len(cities.places) > 1 else rows


def _thin(work: _Work, *both: PeriodTables) -> pl.DataFrame:
    """Cities and items of which no change is shown, for want of days; said aloud."""
    lists = pl.concat([insufficient_items(t.items) for t in both])
    thin = lists.explode("items").unique().group_by("place").agg(pl.col("items").sort())
    places = [p for p in work.cities.places if p in set(thin["place"])]
    if places:
        work.not_compared = list(dict.fromkeys([*work.not_compared, *places]))
    return thin


def _unrestated(work: _Work) -> pl.Expr:
    """Items of each city that could not be restated, joined by ``+``."""
    named: dict[str, str] = {}
    for place, item in work.unrestated:
        named[place] = f"{named[place]}+{item}" if place in named else item
    return pl.col("place").replace_strict(named, default="", return_dtype=pl.String)


def _parameters(work: _Work, by: By, members_on: date, as_of: datetime | None) -> dict[str, Any]:
    other = work.before
    return {
        "region": work.cities.region,
        "cities": list(work.cities.places),
        "start": work.period.first.isoformat(),
        "end": work.period.last.isoformat(),
        "by": by,
        "series": work.series,
        "standard": list(work.named),
        "members_on": members_on.isoformat(),
        "compare": [other.first.isoformat(), other.last.isoformat()] if other else None,
        "as_of": as_of.isoformat() if as_of else None,
    }
