"""A city's next days: a fan for each pollutant, members one by one, days with all their chances, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from airshed.errors import BadInput
from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.drawing.fan import BANDS, draw_fan, fan_picture
from airshed.web.outlook import bounds_by_day
from airshed.web.pages.outlook import cell_view
from airshed.web.pages.outlook_common import On, asked_outlook, no_outlook, outlook_frame
from airshed.web.pages.outlook_explain import why_outlook
from airshed.web.pages.outlook_hours import hours_view
from airshed.web.palette import EVEN
from airshed.web.readings import day_index
from airshed.web.tables import column, table

__all__ = ["city_outlook_page", "city_outlook_picture"]

_PAST_DAYS = 10
"""So many observed days stand before the fan."""
_LEVELS = tuple(n / 20 for n in (1, 2, 5, 10, 15, 18, 19))  # [1] of the table of quantiles: own choice


def city_outlook_page(desk: Desk, place: str) -> dict[str, Any]:
    """The dict of ``/outlook/city/<place>``: ``?variable=pm25``, ``members=on``, ``issue=``, ``t=`` a day of it.

    Raises:
        UnknownPlace: no such city.
        BadInput: a pollutant the outlook does not have.
    """
    name = desk.words.name(desk.gazetteer.jurisdiction(place).names)
    title, on, city = (
        desk.words.say("outlook.city.title", city=name),
        asked_outlook(desk),
        {"place": place, "name": name},
    )
    if on is None:
        return no_outlook(desk, title) | {"city": city}
    if place not in on.outlook.places:
        return outlook_frame(desk, on, title, empty="place", tables={}, city=city)
    item = desk.state.query.get("variable") or on.outlook.variables[0]
    if item not in on.outlook.variables:
        raise BadInput(f"variable as one of {', '.join(on.outlook.variables)}", repr(item))
    with_members = desk.state.query.get("members") == "on"
    chart = _chart(desk, on, place, item, with_members)
    cell = cell_view(on, place, on.day)
    return outlook_frame(
        desk, on, title, city=city, variable=item, variables=list(on.outlook.variables), members=with_members,
        cell=cell, why=why_outlook(desk, on, place, cell), summary=_summary(desk, on, cell),
        bars=_bars(on, place),
        tables={"days": _days(desk, on, place), "quantiles": _quantiles(desk, on, place)} | _edits(desk, on, place),
        hours=None if (hours := hours_view(desk, on, place)) is None else {k: hours[k] for k in ("label", "last")},
        drawing={"chart": chart, "readings": _hover(desk, on, place, item, chart), "hours": hours},
    )  # fmt: skip


def city_outlook_picture(desk: Desk, data: Mapping[str, Any]) -> str:
    """The fan as an SVG file.

    Raises:
        BadInput: there is no outlook of this city.
    """
    if not data.get("drawing"):
        raise BadInput("an outlook of this city", "none", "make one: airshed forecast")
    chart = data["drawing"]["chart"]
    law = {c["n"]: tuple(c["rgb"]) for c in data["categories"]}
    rgb = law if desk.state.palette == "law" else {n: EVEN[min(n, len(EVEN)) - 1] for n in law}
    colours = {n: "#{:02x}{:02x}{:02x}".format(*map(int, c)) for n, c in rgb.items()}
    say = desk.words.say
    key = {
        "observed": say("outlook.city.key_seen"), "middle": say("outlook.city.key_middle"),
        "edits": say("outlook.city.key_edits"),
    }  # fmt: skip
    return fan_picture(chart, chart["summary"], colours, key)


def _summary(desk: Desk, on: On, cell: Mapping[str, Any]) -> str:
    words = desk.words
    return words.say(
        "outlook.city.sentence", day=words.day(on.cursor.day), aqi=words.number(cell["aqi"]),
        low=words.number(cell["low"]),
        high=words.number(cell["high"]), heavy=words.percent(cell["heavy"]),
    )  # fmt: skip


def _chart(desk: Desk, on: On, place: str, item: str, with_members: bool) -> dict[str, Any]:
    from airshed.forecast.distribution import interval, quantile_at

    outlook, words, v = on.outlook, desk.words, variable(item)
    before = [outlook.days[0] - timedelta(days=n) for n in range(_PAST_DAYS, 0, -1)]
    seen = _observed(desk, place, [*before, *outlook.days], item)
    later = seen[len(before) :]
    while later and later[-1] is None:
        later.pop()
    quantiles = outlook.quantiles(place, item)
    categories = [c["name"] for c in _categories(desk, on)]
    days = [*before, *outlook.days]
    fan = draw_fan(
        seen[: len(before)], later, {s: interval(quantiles, s) for s in BANDS}, quantile_at(quantiles, 0.5),
        outlook.members(place, item) if with_members else None, bounds_by_day(desk, place, days, item), categories,
        ticks=[(i, words.short_day(d)) for i, d in enumerate(days) if i % 2 == 0],
        number=lambda value: words.number(value, v.decimals if v.decimals and value < 10 else 0),
        now=len(before) + on.day,
        edits={
            days.index(day): (edit["value"], edit["low"], edit["high"])
            for day, edit in outlook.edited(place, item).items()
            if day in days
        },
    )  # fmt: skip
    summary = words.say(
        "outlook.city.chart", item=v.label, place=desk.name(place), issue=words.date(outlook.issue.date())
    )
    return fan | {
        "id": item,
        "label": v.label,
        "unit": v.unit,
        "summary": summary,
        "days": [d.isoformat() for d in days],
    }


def _categories(desk: Desk, on: On) -> list[dict[str, Any]]:
    from airshed.web.pages.outlook_common import categories_on

    return categories_on(desk, on.outlook.days[-1])


def _observed(desk: Desk, place: str, days: Sequence[date], item: str) -> list[float | None]:
    rows = day_index(desk, (place,), days[0], days[-1])
    if item not in rows.columns:
        return [None] * len(days)
    found = dict(rows.filter(pl.col("place") == place).select("day", item).iter_rows())
    return [found.get(d) for d in days]


def _hover(desk: Desk, on: On, place: str, item: str, chart: Mapping[str, Any]) -> dict[str, Any]:
    """What is said where the pointer stands: observed before the issue, middle and 80 % after it."""
    from airshed.forecast.distribution import interval, quantile_at

    words, quantiles = desk.words, on.outlook.quantiles(place, item)
    low, high = interval(quantiles, 0.8)
    middle = quantile_at(quantiles, 0.5)
    first = len(chart["days"]) - len(on.outlook.days)
    seen = _observed(desk, place, [date.fromisoformat(d) for d in chart["days"]], item)
    edited = on.outlook.edited(place, item)
    said: list[str | None] = []
    for i, value in enumerate(seen):
        observed = (
            None
            if value is None
            else words.say("outlook.city.was", value=words.number(value, variable(item).decimals))
        )
        n, parts = i - first, [observed] if observed else []
        if n >= 0:
            parts.insert(0, words.say("outlook.city.will", middle=words.number(middle[n]), low=words.number(low[n]),
                                      high=words.number(high[n])))  # fmt: skip
        if edit := edited.get(date.fromisoformat(chart["days"][i])):
            put = words.number(edit["value"], variable(item).decimals)
            parts.append(words.say("outlook.city.edited", editor=edit["editor"], value=put))
        said.append(" · ".join(parts) or None)
    labels = [words.short_day(date.fromisoformat(d)) for d in chart["days"]]
    return {"steps": chart["days"], "labels": labels, "values": {item: said}, "flags": {}}


def _days(desk: Desk, on: On, place: str) -> dict[str, Any]:
    """One row a day: index, chances of all categories, primary pollutants by their chance."""
    words, say = desk.words, desk.words.say
    categories = _categories(desk, on)
    rows = []
    for d, day in enumerate(on.outlook.days):
        cell = cell_view(on, place, d)
        chances = on.outlook.chances[on.number(place), d]
        primary = on.outlook.primary(place, d)
        rows.append({
            "day": day.isoformat(), "label": words.short_day(day),
            **{k: cell[k] for k in ("aqi", "low", "high", "category", "heavy")},
            **{f"c{n}": float(p) for n, p in enumerate(chances, start=1)},
            "primary": [f"{variable(k).label} {words.percent(p)}" for k, p in list(primary.items())[:2]],
        })  # fmt: skip
    columns = [
        column("day", say("time.day"), "day"), column("aqi", say("outlook.middle"), "number"),
        column("low", say("outlook.low"), "number"), column("high", say("outlook.high"), "number"),
        column("category", say("table.category"), "category"),
        *(column(f"c{c['n']}", c["name"], "percent") for c in categories),
        column("primary", say("table.primary"), "short"),
    ]  # fmt: skip
    return table("days", say("outlook.city.days"), columns, rows)


def _edits(desk: Desk, on: On, place: str) -> dict[str, Any]:
    """What forecasters made of the city's days, where they did: the edits that hold."""
    say = desk.words.say
    rows = [
        {"day": day.isoformat(), "variable": variable(item).label, "unit": variable(item).unit,
         "edited": edit["value"], **{k: edit[k] for k in ("low", "high", "editor")},
         "at": f"{desk.clock.local(datetime.fromisoformat(edit['at'])):%Y-%m-%d %H:%M}"}
        for item in on.outlook.variables
        for day, edit in sorted(on.outlook.edited(place, item).items())
    ]  # fmt: skip
    columns = [
        column("day", say("time.day"), "day"), column("variable", say("table.item"), "short"),
        column("edited", say("table.value"), "number", decimals=1),
        column("low", say("outlook.low"), "number", decimals=1),
        column("high", say("outlook.high"), "number", decimals=1), column("unit", say("table.unit"), "unit"),
        column("editor", say("outlook.city.editor"), "short"), column("at", say("outlook.city.edited_at"), "short"),
    ]  # fmt: skip
    return {"edits": table("edits", say("outlook.city.edits"), columns, rows)} if rows else {}


def _bars(on: On, place: str) -> list[list[dict[str, float]]]:
    """The chances of the categories of each day as parts of one bar [%]."""
    chances = on.outlook.chances[on.number(place)]
    return [
        [
            {"n": n, "share": round(100 * float(p), 2)}
            for n, p in enumerate(day, start=1)
            if np.isfinite(p) and p > 0
        ]
        for day in chances
    ]


def _quantiles(desk: Desk, on: On, place: str) -> dict[str, Any]:
    """Quantiles of every pollutant and day, for those who reckon on."""
    from airshed.forecast.distribution import quantile_at

    say, rows = desk.words.say, []
    for item in on.outlook.variables:
        held = on.outlook.quantiles(place, item)
        at = np.stack([quantile_at(held, level) for level in _LEVELS])
        for d, day in enumerate(on.outlook.days):
            values = {f"q{100 * level:02.0f}": round(float(at[i, d]), 2) for i, level in enumerate(_LEVELS)}
            rows.append({"variable": item, "day": day.isoformat(), "unit": variable(item).unit} | values)
    columns = [
        column("variable", say("table.item"), "short"), column("day", say("time.day"), "day"),
        column("unit", say("table.unit"), "unit"),
        *(column(f"q{100 * level:02.0f}", f"{100 * level:.0f} %", "number", decimals=1) for level in _LEVELS),
    ]  # fmt: skip
    return table("quantiles", say("outlook.city.quantiles"), columns, rows)
