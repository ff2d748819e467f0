"""The second series: particles without sand and dust, for assessment and ranking only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from airshed.assessment.daily import items
from airshed.law import Provision

__all__ = ["DustSeries", "Series", "dust_excluded"]

Series = Literal["as_measured", "dust_excluded"]


@dataclass(frozen=True)
class DustSeries:
    """A daily table without dust, and what was done to it.

    ``removed``: ``place day item`` of every valid value touched. ``not_computable``: places whose particles
    are known by the day only (``basis`` reported): dust hours cannot be told apart in a day's mean, so their
    particles are left out whole rather than shown under a title they do not deserve. ``applies_since``: the
    first day the rule was applied to.
    """

    daily: pl.DataFrame
    removed: pl.DataFrame
    not_computable: tuple[str, ...]
    applies_since: date


def dust_excluded(
    daily: pl.DataFrame, rule: Provision, without: pl.DataFrame | None = None, since: date | None = None
) -> DustSeries:
    """Take sand and dust out of a daily table: only items the rule strips, only from its first day on.

    The index the public saw on the day is not touched by this: it belongs to the other series.

    Parameters:
        daily: ``DAILY`` as measured; ``dust`` marks days with hours of sand or dust.
        rule: dust provision (``strips``).
        without: the same table reckoned without dust hours; a dusty day is replaced by it, where enough hours
            are left for a valid mean. None: the whole day is left out.
        since: first day the rule is applied to, where that is not its own: the assessment of its first year
            strips the year before as well, so that the two can be compared.
    """
    first = since or rule.since
    rows = items(daily)
    stripped = pl.col("item").is_in(list(rule.value["strips"])) & (pl.col("day") >= first)
    daily_only = rows.filter(stripped & (pl.col("basis") == "reported"))
    places = daily_only["place"].unique().sort().to_list()
    unknown = stripped & pl.col("place").is_in(places)
    dusty = stripped & pl.col("dust").fill_null(value=False) & ~unknown
    touched = rows.filter(dusty)
    kept = rows.filter(~dusty & ~unknown)
    if without is not None:
        kept = pl.concat([kept, items(without).join(touched, on=["place", "item", "day"], how="semi")])
    removed = touched.filter(pl.col("valid")).select("place", "day", "item")
    return DustSeries(kept.drop("item").sort("place", "variable", "day"), removed, tuple(places), first)
