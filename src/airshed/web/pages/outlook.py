"""The outlook board: cities by days, the worst first; the middle member, and how likely heavy pollution is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from airshed.web.desk import Desk
from airshed.web.pages.outlook_common import (
    On,
    asked_outlook,
    categories_on,
    choice_number,
    no_outlook,
    outlook_frame,
    risk,
)
from airshed.web.readings import index_provision
from airshed.web.tables import column, table

__all__ = ["cell_view", "outlook_page", "outlook_sentence"]

_HOURS = (24, 2 * 24, 3 * 24)  # [h] whole days: an outlook is daily
_SPREAD = 0.8  # [1] of members between the two figures beside a middle


def outlook_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/outlook``: ``?issue=``, ``above=`` (an index), ``hours=``.

    Raises:
        BadInput: an issue, a bound or a time there is not.
    """
    title, on = desk.words.say("outlook.title"), asked_outlook(desk)
    if on is None:
        return no_outlook(desk, title)
    bounds = _bounds(desk, on)
    above = choice_number(desk, "above", bounds, int(on.outlook.data["heavy_above"].values[0, 0]))
    hours = choice_number(
        desk, "hours", tuple(h for h in _HOURS if h <= 24 * len(on.outlook.days)), _HOURS[1]
    )
    held = on.outlook.holding(above, hours)
    rows = _rows(desk, on, held)
    return outlook_frame(
        desk, on, title, summary=outlook_sentence(desk, on), days=_days(desk, on), rows=rows, region_row=_region(on),
        holding={"above": above, "hours": hours, "bounds": list(bounds), "times": list(_HOURS)},
        tables={"board": _table(desk, on, rows), "holding": _holding(desk, rows)},
    )  # fmt: skip


def _bounds(desk: Desk, on: On) -> tuple[int, ...]:
    """Ends of the law's categories that one can ask a duration above: from the second to the last but one."""
    provision = index_provision(desk, on.outlook.days[0])
    return tuple(int(c["to"]) for c in provision.value["categories"][1:-1]) if provision else ()


def _days(desk: Desk, on: On) -> list[dict[str, Any]]:
    words = desk.words
    return [
        {"day": d.isoformat(), "label": words.short_day(d), "weekday": words.weekday(d), "weekend": d.weekday() >= 5,
         "lead": (d - on.outlook.issue_day).days, "chosen": d == on.cursor.day}
        for d in on.outlook.days
    ]  # fmt: skip


def cell_view(on: On, place: str, day: int) -> dict[str, Any]:
    """A city's day: index and category of the middle member, the spread of most, how likely it is heavy."""
    number = on.number(place)
    index, category = on.outlook.middle
    low, high = on.outlook.levels(_SPREAD)
    known = int(index[number, day]) >= 0
    return {
        "day": on.outlook.days[day].isoformat(), "aqi": int(index[number, day]) if known else None,
        "category": int(category[number, day]) if known else None, "low": int(low[number, day]) if known else None,
        "high": int(high[number, day]) if known else None,
        "heavy": float(on.outlook.heavy[number, day]) if known else None,
        "shown": risk(float(on.outlook.heavy[number, day])),
    }  # fmt: skip


def _rows(desk: Desk, on: On, held: Mapping[str, float]) -> list[dict[str, Any]]:
    """One row a city, the most likely to be heavy first; ties by the highest middle."""
    rows = []
    for place in on.cities:
        cells = [cell_view(on, place, d) for d in range(len(on.outlook.days))]
        worst = max((c["heavy"] or 0.0 for c in cells), default=0.0)
        highest = max((c["aqi"] or 0 for c in cells), default=0)
        rows.append({"place": place, "name": desk.name(place), "cells": cells, "holds": held[place],
                     "worst": worst, "highest": highest})  # fmt: skip
    return sorted(rows, key=lambda r: (-r["worst"], -r["highest"]))


def _region(on: On) -> list[dict[str, Any]]:
    """The region's row: mean index of the middle member, and how likely any of its cities is heavy."""
    mean, heavy = on.outlook.mean_index(on.cities), on.outlook.any_heavy(on.cities)
    return [
        {"day": d.isoformat(), "aqi": round(float(m)) if np.isfinite(m) else None, "any": float(p),
         "shown": risk(float(p))}
        for d, m, p in zip(on.outlook.days, mean, heavy, strict=True)
    ]  # fmt: skip


def _table(desk: Desk, on: On, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The board as long rows, for those who reckon on."""
    say = desk.words.say
    columns = [
        column("name", say("table.city"), "place"), column("day", say("time.day"), "day"),
        column("aqi", say("outlook.middle"), "number"), column("low", say("outlook.low"), "number"),
        column("high", say("outlook.high"), "number"), column("category", say("table.category"), "category"),
        column("heavy", say("outlook.heavy"), "percent"), column("primary", say("table.primary"), "items"),
    ]  # fmt: skip
    found = [
        {"place": r["place"], "name": r["name"], **c, "primary": list(on.outlook.primary(r["place"], d))[:1]}
        for r in rows
        for d, c in enumerate(r["cells"])
    ]
    return table("board", say("outlook.title"), columns, found)


def _holding(desk: Desk, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    say = desk.words.say
    columns = [column("name", say("table.city"), "place"), column("holds", say("outlook.holds"), "percent")]
    found = [{"place": r["place"], "name": r["name"], "holds": r["holds"]} for r in rows]
    return table("holding", say("outlook.holds"), columns, found)


def outlook_sentence(desk: Desk, on: On, day: int | None = None) -> str:
    """Words before numbers: where heavy pollution is likeliest, on which day; of one day, or of all."""
    words, days = desk.words, range(len(on.outlook.days)) if day is None else [day]
    chances = [(float(on.outlook.heavy[on.number(p), d]), p, d) for p in on.cities for d in days]
    best, place, when = max(chances, key=lambda c: (c[0] if np.isfinite(c[0]) else -1.0, c[1]))
    index, category = on.outlook.middle
    top, city, at = max((int(index[on.number(p), d]), p, d) for p in on.cities for d in days)
    if top < 0:
        return words.say("now.nothing")
    kind = categories_on(desk, on.outlook.days[at])[int(category[on.number(city), at]) - 1]["name"]
    text = words.say(
        "outlook.highest", city=desk.name(city), day=words.short_day(on.outlook.days[at]), aqi=top, name=kind
    )
    if risk(best) is None:
        return text + words.say("outlook.unlikely")
    some = sum(1 for p in on.cities if any(c >= _LIKELY for c, q, _ in chances if q == p))
    return text + words.say("outlook.likeliest", city=desk.name(place), day=words.short_day(on.outlook.days[when]),
                            p=words.percent(best), n=some, total=len(on.cities))  # fmt: skip


_LIKELY = 0.3  # [1] from which a sentence counts a city: own choice
