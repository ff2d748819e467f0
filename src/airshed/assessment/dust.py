"""The second series: particles without the days of sand and dust, for assessment only."""

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

    ``removed``: ``place day item`` of every value taken out. ``not_computable``: places whose particles are known
    by the day only (``basis`` reported): dust hours cannot be told apart in a day's mean, so their particles
    are taken out whole rather than shown under a title they do not deserve. ``applies_since``: first day of the rule.
    """

    daily: pl.DataFrame
    removed: pl.DataFrame
    not_computable: tuple[str, ...]
    applies_since: date


def dust_excluded(daily: pl.DataFrame, rule: Provision, since: date | None = None) -> DustSeries:
    """Take the particles of dust days out of a daily table.

    Only items the rule names, only on days flagged ``dust``, only from the rule's first day on. The index the
    public saw on the day is not touched by this: it is another series.

    Parameters:
        daily: ``DAILY``.
        rule: dust provision; ``strips`` are the items it takes out.
        since: first day it is applied to, where that is not the provision's own ``since``: the assessment of its
            first year strips the year before as well, so that the two can be compared.
    """
    first = since or rule.since
    rows = items(daily)
    spoken_of = pl.col("item").is_in(list(rule.value["strips"])) & (pl.col("day") >= first)
    daily_only = rows.filter(spoken_of & (pl.col("basis") == "reported"))
    places = daily_only["place"].unique().sort().to_list()
    unknown = spoken_of & pl.col("place").is_in(places)
    dusty = spoken_of & pl.col("dust").fill_null(value=False) & ~unknown
    removed = rows.filter(dusty & pl.col("valid")).select("place", "day", "item")
    return DustSeries(rows.filter(~dusty & ~unknown).drop("item"), removed, tuple(places), first)
