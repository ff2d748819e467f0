"""Assessments as pages show them: by item for a city, ranked for the region."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from airshed.assessment import Assessment, assess
from airshed.errors import LawNotFound
from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.pages.why import why_link
from airshed.web.readings import Span, members, span
from airshed.web.tables import column, table

__all__ = ["assessed", "city_assessment", "year_of"]

_DAY = timedelta(days=1)


def year_of(extent: Span, year: int) -> tuple[date, date]:
    """A calendar year from its first day; where the lake ends within it, the part up to then."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return first, max(first, min(last, extent.last))


def assessed(
    desk: Desk, first: date, last: date, *, city: str | None = None, compare: tuple[date, date] | None = None
) -> Assessment:
    """The assessment of the region, or of one city outside it, remembered."""
    region = desk.region.id
    outside = city is not None and city not in members(desk, last)[0]
    cities = [city] if outside and city else None
    key = ("assess", region, tuple(cities or ()), first, last, compare)
    return desk.remember(
        key,
        lambda: assess(
            desk.workspace,
            None if cities else region,
            cities=cities,
            start=first,
            end=last,
            compare=compare,
            view=desk.view,
        ),
    )


def city_assessment(desk: Desk, place: str, year: int) -> dict[str, dict[str, Any]]:
    """The table of one city's year, by item; none where no law or no data are."""
    extent = span(desk)
    if extent is None or not extent.first.year <= year <= extent.last.year:
        return {}
    first, last = year_of(extent, year)
    try:
        found = assessed(desk, first, last, city=place)
    except LawNotFound:
        return {}
    items = found.items.filter(pl.col("place") == place)
    rows = [
        _item_row(row) | {"why": _why(desk, place, first, last, row)} for row in items.iter_rows(named=True)
    ]
    period = str(year) if last == date(year, 12, 31) else f"{first} – {last}"
    return {
        "assessment": table(
            "assessment", desk.words.say("city.assessment", period=period), _columns(desk), rows
        )
    }


def _why(desk: Desk, place: str, first: date, last: date, row: Mapping[str, Any]) -> dict[str, str]:
    """By column the page of the tree behind its figure."""
    return {
        "mean": why_link(desk, place, "mean", first, last, row["item"]),
        "percentile": why_link(desk, place, "percentile", first, last, row["item"]),
        "sub_index": why_link(desk, place, "composite", first, last),
    }


def _columns(desk: Desk) -> list[dict[str, Any]]:
    say = desk.words.say
    return [
        column("item", say("table.item")),
        column("mean", say("assess.mean"), "quantity"),
        column("mean_limit", say("assess.limit"), "quantity"),
        column("percentile", say("assess.percentile"), "quantity"),
        column("percent", say("assess.percent"), "quantity"),
        column("percentile_limit", say("assess.limit"), "quantity"),
        column("attains", say("assess.attains"), "mark"),
        column("valid_days", say("assess.valid_days"), "number"),
        column("exceedance_days", say("assess.exceedance_days"), "number"),
        column("sub_index", say("assess.sub_index"), "number", decimals=2),
    ]


def _item_row(row: Mapping[str, Any]) -> dict[str, Any]:
    verdicts = [v for v in (row.get("mean_attains"), row.get("percentile_attains")) if v is not None]
    limited = [k for k in ("mean", "percentile") if row.get(f"{k}_limit") is not None]
    return {
        "item": variable("o3_mda8" if row["item"] == "o3" else row["item"]).label,
        "mean": row.get("mean_rounded") if row.get("mean_limit") is not None else None,
        "mean_limit": row.get("mean_limit"),
        "percentile": row.get("percentile_rounded") if row.get("percentile_limit") is not None else None,
        "percent": row.get("percent"),
        "percentile_limit": row.get("percentile_limit"),
        "attains": False
        if False in verdicts
        else (True if len(verdicts) == len(limited) and verdicts else None),
        "valid_days": row.get("n"),
        "exceedance_days": row.get("exceedance_days"),
        "sub_index": row.get("sub_index"),
    }
