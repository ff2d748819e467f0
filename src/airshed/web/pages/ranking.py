"""Ranking: cities by composite index, by level and by change, over a period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from airshed.assessment import Assessment
from airshed.errors import BadInput
from airshed.quantities import POLLUTANTS, variable
from airshed.web.desk import Desk
from airshed.web.pages.assessed import assessed, year_of
from airshed.web.pages.common import cursor_of, frame
from airshed.web.pages.why import why_link
from airshed.web.readings import Span, span
from airshed.web.tables import column, table
from airshed.web.words import Language

__all__ = ["ranking_page"]


def ranking_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/ranking``: ``?from=`` and ``?to=`` days, both included; the cursor's year by default.

    Raises:
        BadInput: days that cannot be read.
    """
    say = desk.words.say
    extent = span(desk)
    cursor = cursor_of(desk, extent)
    if extent is None or cursor is None:
        return frame(desk, say("ranking.title"), "assess", empty="lake", tables={}, region_path="/ranking")
    first, last = _period(desk, extent, cursor.day)
    before = _year_before(first, last)
    compare = before if before[0] >= extent.first else None
    found = assessed(desk, first, last, compare=compare)
    rows = [_row(desk, r) for r in found.rows.filter(pl.col("kind") == "city").iter_rows(named=True)]
    for row in rows:
        row["why"] = {
            "composite": why_link(desk, row["place"], "composite", first, last),
            "good_share": why_link(desk, row["place"], "good_share", first, last),
        }
    too_short = _insufficient(desk, compare) if compare else set()
    for row in rows:
        if row["place"] in too_short:
            row["composite_change"] = row["change_rank"] = None
    region = [_row(desk, r) for r in found.rows.filter(pl.col("kind") == "region").iter_rows(named=True)]
    return frame(
        desk,
        say("ranking.title"),
        "assess",
        region_path="/ranking",
        empty=None if any(r["composite"] is not None for r in rows) else "time",
        period={"first": first.isoformat(), "last": last.isoformat(), "label": _label(desk, first, last)},
        compare=None if compare is None else {"first": compare[0].isoformat(), "last": compare[1].isoformat(),
                                              "label": _label(desk, *compare)},
        not_compared=len(too_short & {r["place"] for r in rows}),
        choices=_choices(desk, extent, first),
        summary=_summary(desk, rows),
        regional=region[0] if region else None,
        notes=[n.text(desk.words.language) for n in found.notes],
        provisions=_provisions(found, desk.words.language),
        tables={"ranking": table("ranking", say("ranking.table", period=_label(desk, first, last)),
                                 _columns(desk, compare is not None), rows)},
    )  # fmt: skip


def _period(desk: Desk, extent: Span, day: date) -> tuple[date, date]:
    first, last = year_of(extent, day.year)
    try:
        first = date.fromisoformat(desk.state.query["from"]) if "from" in desk.state.query else first
        last = date.fromisoformat(desk.state.query["to"]) if "to" in desk.state.query else last
    except ValueError as error:
        raise BadInput("from and to as days (2015-01-01)", str(error)) from error
    return first, last


def _insufficient(desk: Desk, period: tuple[date, date]) -> set[str]:
    """Cities whose earlier period has an item with fewer days than the law wants of a period of its kind."""
    items = assessed(desk, *period).items
    return set(items.filter(~pl.col("sufficient").fill_null(value=True))["place"])


def _year_before(first: date, last: date) -> tuple[date, date]:
    """The same span of the year before; 29 February falls back on the 28th."""
    return _back(first), _back(last)


def _back(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)


def _label(desk: Desk, first: date, last: date) -> str:
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return desk.words.year(first)
    return f"{desk.words.short_day(first)} – {desk.words.short_day(last)} {last.year}"


def _choices(desk: Desk, extent: Span, shown: date) -> list[dict[str, Any]]:
    """Years there are data for, and the months of the year shown."""
    years = [
        {"label": str(y), "from": f"{y}-01-01", "to": year_of(extent, y)[1].isoformat(), "kind": "year"}
        for y in range(extent.first.year, extent.last.year + 1)
    ]
    months = []
    for m in range(1, 13):
        first = date(shown.year, m, 1)
        last = date.fromordinal(date(shown.year + m // 12, m % 12 + 1, 1).toordinal() - 1)
        if first <= extent.last and last >= extent.first:
            months.append({"label": desk.words.short_month(first), "from": first.isoformat(),
                           "to": min(last, extent.last).isoformat(), "kind": "month"})  # fmt: skip
    return years + months


def _row(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rank": row.get("rank"),
        "place": row["place"],
        "name": row["name_zh"] if desk.words.language == "zh" else row["name_en"],
        "composite": row["composite"],
        "composite_change": row.get("composite_change"),
        "change_rank": row.get("change_rank"),
        "principal": [i for i in str(row.get("principal") or "").split("+") if i],
        **{i: row[i] for i in POLLUTANTS},
        "attains": row.get("attains"),
        "good_share": row["good_share"],
        "heavy_days": row["heavy_days"],
        "valid_days": row.get("valid_days"),
        "attaining_cities": row.get("attaining_cities"),
    }


def _columns(desk: Desk, compared: bool) -> list[dict[str, Any]]:
    say = desk.words.say
    change = [
        column("composite_change", say("ranking.change"), "number", decimals=1, unit="%", signed=True),
        column("change_rank", say("ranking.change_rank"), "number"),
    ]
    return [
        column("rank", say("ranking.rank"), "number"),
        column("name", say("table.city"), "place"),
        column("composite", say("ranking.composite"), "number", decimals=2),
        *(change if compared else []),
        column("principal", say("ranking.principal"), "items"),
        *(
            column(i, _label_of(i), "number", decimals=variable(i).decimals, unit=variable(i).unit)
            for i in POLLUTANTS
        ),
        column("attains", say("assess.attains"), "mark"),
        column("good_share", say("ranking.good_share"), "percent", decimals=1),
        column("heavy_days", say("ranking.heavy_days"), "number"),
    ]


def _label_of(item: str) -> str:
    return variable("o3_mda8" if item == "o3" else item).label


def _summary(desk: Desk, rows: list[dict[str, Any]]) -> str:
    ranked = [r for r in rows if r["composite"] is not None]
    if not ranked:
        return ""
    return desk.words.say(
        "ranking.summary",
        n=len(ranked),
        best=ranked[0]["name"],
        worst=ranked[-1]["name"],
        low=desk.words.number(ranked[0]["composite"], 2),
        high=desk.words.number(ranked[-1]["composite"], 2),
        attaining=sum(bool(r["attains"]) for r in ranked),
    )


def _provisions(found: Assessment, language: Language) -> list[dict[str, Any]]:
    return [
        {"subject": p.subject, "version": p.version, "clause": p.say("clause", language), "status": p.status}
        for p in found.provisions
    ]
