"""One period of a set of cities under one standard, from daily values to tables. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from airshed.assessment.attainment import attainment, attainment_overall, exceedance_days
from airshed.assessment.composite import composite_index, sub_indices
from airshed.assessment.daily import ITEMS, Grade, valid_items
from airshed.assessment.days import IndexSpan, day_counts, index_days
from airshed.assessment.period import Period
from airshed.assessment.statistics import city_statistics
from airshed.law import Provision

__all__ = ["PeriodTables", "Standard", "assess_period"]


@dataclass(frozen=True)
class Standard:
    """The provisions one assessment stands on; ``index`` has one span for each version in force."""

    limits: Provision
    validity: Provision
    evaluation: Provision
    composite: Provision
    index: tuple[IndexSpan, ...]

    @property
    def grade(self) -> Grade:
        """The limits cities are evaluated by: those of the grade the evaluation rule names."""
        limits: Grade = self.limits.value[self.evaluation.value["grade"]]
        return limits

    def provisions(self) -> tuple[Provision, ...]:
        """All of them, each once."""
        spans = (span.provision for span in self.index)
        found = {p.digest or f"{p.subject}:{p.version}": p for p in (
            self.limits, self.validity, self.evaluation, self.composite, *spans)}  # fmt: skip
        return tuple(found.values())


@dataclass(frozen=True)
class PeriodTables:
    """``cities``: a row a place. ``items``: a row a place and item. ``index``: a row a place and day."""

    cities: pl.DataFrame
    items: pl.DataFrame
    index: pl.DataFrame


def assess_period(
    daily: pl.DataFrame,
    places: Sequence[str],
    period: Period,
    standard: Standard,
    index: pl.DataFrame | None = None,
) -> PeriodTables:
    """Everything the texts ask of one period.

    Parameters:
        daily: ``DAILY``, of these places and days or more.
        places: ids, in the order of the tables.
        index: the index by day, where it has been reckoned before for a longer period that holds this one.
    """
    rows = valid_items(daily, standard.validity, standard.grade).filter(pl.col("place").is_in(list(places)))
    statistics = city_statistics(rows, places, period, standard.evaluation, standard.validity)
    judged = attainment(statistics, standard.evaluation, standard.grade)
    terms = sub_indices(statistics, standard.composite, standard.limits)
    if index is None:
        index = index_days(
            rows, places, [_cut(span, period) for span in standard.index if _meets(span, period)]
        )
    index = index.filter(pl.col("day").is_between(period.first, period.last))
    items = _items_table(statistics, judged, terms, exceedance_days(rows, period, standard.grade))
    cities = (
        _headline(items, standard.composite)
        .join(attainment_overall(judged), on="place", maintain_order="left")
        .join(composite_index(terms), on="place", maintain_order="left")
        .join(day_counts(index, standard.evaluation, _levels(standard)), on="place", maintain_order="left")
    )
    return PeriodTables(cities, items, index)


def _meets(span: IndexSpan, period: Period) -> bool:
    return span.period.first <= period.last and period.first <= span.period.last


def _cut(span: IndexSpan, period: Period) -> IndexSpan:
    return IndexSpan(
        Period(max(span.period.first, period.first), min(span.period.last, period.last)), span.provision
    )


def _levels(standard: Standard) -> int:
    return max(len(span.provision.value["categories"]) for span in standard.index)


def _items_table(
    statistics: pl.DataFrame, judged: pl.DataFrame, terms: pl.DataFrame, exceeding: pl.DataFrame
) -> pl.DataFrame:
    """Statistics with, beside each measure, its limit, factor and verdict."""
    table = statistics
    for measure in ("mean", "percentile"):
        part = judged.filter(pl.col("measure") == measure).select(
            "place", "item",
            pl.col("limit").alias(f"{measure}_limit"),
            pl.col("exceedance").alias(f"{measure}_exceedance"),
            pl.col("attains").alias(f"{measure}_attains"),
        )  # fmt: skip
        table = table.join(part, on=["place", "item"], how="left", maintain_order="left")
    table = table.join(terms.select("place", "item", "weight", "sub_index"), on=["place", "item"], how="left",
                       maintain_order="left")  # fmt: skip
    return table.join(exceeding, on=["place", "item"], how="left", maintain_order="left")


def _headline(items: pl.DataFrame, composite: Provision) -> pl.DataFrame:
    """One figure an item, unrounded: the one the composite index takes (CO and O3 their percentile)."""
    statistic = {item: term["statistic"] for item, term in composite.value["terms"].items()}
    return items.group_by("place", maintain_order=True).agg(
        pl.col(statistic.get(item, "mean")).filter(pl.col("item") == item).first().alias(item)
        for item in ITEMS
    )
