"""A city: how it stands, its series, its year, its assessment, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from airshed.errors import BadInput, LawNotFound
from airshed.quantities import variable
from airshed.quantities.clock import DAY
from airshed.web.desk import Desk
from airshed.web.drawing import calendar_grid, draw_series, series_picture
from airshed.web.drawing.series import day_ticks, hour_ticks
from airshed.web.evidence import evidence, flag_words
from airshed.web.explain import explain_index
from airshed.web.frames import EMPTY, Frames, Reading, frames_at
from airshed.web.pages.assessed import city_assessment
from airshed.web.pages.common import age_of, categories_of, cursor_of, frame, limits_by_item, provision_view, time_view
from airshed.web.readings import Span, daily, day_index, hour_index, index_provision, law_on, span
from airshed.web.state import Cursor
from airshed.web.tables import column, table

__all__ = ["city_page", "city_picture"]


def city_page(desk: Desk, place: str) -> dict[str, Any]:
    """The dict of ``/city/<place>``.

    Raises:
        UnknownPlace: no such city.
    """
    city = desk.gazetteer.jurisdiction(place)
    name = desk.words.name(city.names)
    extent = span(desk)
    cursor = cursor_of(desk, extent)
    known = {"place": place, "name": name, "names": city.names}
    if extent is None or cursor is None:
        return frame(desk, name, "now", city=known, empty="lake", tables={}, categories=[])
    provision = index_provision(desk, cursor.day, place)
    categories = categories_of(provision, desk.words)
    window = _window(desk, place, cursor, extent)
    charts = _charts(desk, window, cursor, place)
    reading = window.at(place, cursor)
    subs = _subs(desk, place, cursor, window.items)
    tables = {
        "pollutants": _pollutants(desk, place, cursor, window.items, reading, subs),
        "series": _series_table(desk, window, place),
        **city_assessment(desk, place, cursor.day.year),
    }
    return frame(
        desk,
        name,
        "now",
        city=known,
        time=time_view(desk, cursor, extent),
        categories=categories,
        now={"aqi": reading.aqi, "category": reading.category, "primary": list(reading.primary)},
        advice=categories[reading.category - 1]["advice"] if reading.category else "",
        why=explain_index(desk, place, cursor, window.items, reading, subs, provision)
        if provision and reading is not EMPTY
        else None,
        provision=provision_view(provision, desk.words) if provision else None,
        age=age_of(desk, extent.end),
        empty=None if reading is not EMPTY and any(v is not None for v in reading.values) else "time",
        calendar=_calendar(desk, place, cursor, categories),
        tables=tables,
        drawing={"charts": charts, "readings": _hover(desk, window, place)},
    )


def city_picture(desk: Desk, data: Mapping[str, Any]) -> str:
    """One chart of the page as an SVG file: ``?variable=pm25``.

    Raises:
        BadInput: the page has no such chart.
    """
    charts = {c["id"]: c for c in (data.get("drawing") or {}).get("charts", [])}
    wanted = desk.state.query.get("variable") or next(iter(charts), "")
    if wanted not in charts:
        raise BadInput(f"variable as one of {', '.join(charts)}", repr(wanted))
    return series_picture(charts[wanted], charts[wanted]["summary"])


def _window(desk: Desk, place: str, cursor: Cursor, extent: Span) -> Frames:
    """The region's window where the city is a member, else one of its own."""
    shared = frames_at(desk, cursor, extent)
    return shared if place in shared.places else frames_at(desk, cursor, extent, (place,))


def _subs(desk: Desk, place: str, cursor: Cursor, items: Sequence[str]) -> dict[str, int | None]:
    first = last = cursor.day
    if cursor.hour is None:
        rows = day_index(desk, (place,), first, last)
    else:
        rows = hour_index(desk, (place,), first, last)
        if "aqi" in rows.columns:
            start = desk.clock.day(cursor.day).start + timedelta(hours=cursor.hour)
            rows = rows.filter(pl.col("start") == start)
    if "aqi" not in rows.columns or rows.is_empty():
        return dict.fromkeys(items)
    row = rows.row(0, named=True)
    return {i: row.get(f"iaqi_{i}") for i in items}


def _pollutants(
    desk: Desk, place: str, cursor: Cursor, items: Sequence[str], reading: Reading, subs: Mapping[str, int | None]
) -> dict[str, Any]:
    """Each pollutant with unit, coverage, source and flags: figures with their provenance."""
    say, seen = desk.words.say, evidence(desk, place, cursor)
    coverage = _coverage(desk, place, cursor, items)
    rows = []
    for item, value in zip(items, reading.values, strict=True):
        under = seen.get(item)
        flags = flag_words(under.flags, desk.words.language) if under else []
        rows.append(
            {
                "item": variable(item).label,
                "value": value,
                "unit": variable(item).unit,
                "decimals": variable(item).decimals,
                "sub_index": subs.get(item),
                "coverage": coverage.get(item, ""),
                "source": ", ".join(say_source(desk, s) for s in under.sources) if under else "",
                "flags": [f"{f['meaning']} × {f['count']}" if f["count"] > 1 else f["meaning"] for f in flags],
            }
        )
    columns = [
        column("item", say("table.item")),
        column("value", say("table.value"), "number"),
        column("sub_index", say("table.sub_index"), "number"),
        column("coverage", say("table.coverage")),
        column("source", say("table.source")),
        column("flags", say("table.flags")),
    ]
    return table("pollutants", say("city.pollutants"), columns, rows)


def say_source(desk: Desk, source: str) -> str:
    """A source by its name in the page's language."""
    return desk.words.say_or(f"source.{source}", source)


def _coverage(desk: Desk, place: str, cursor: Cursor, items: Sequence[str]) -> dict[str, str]:
    """How many of a day's hours stand behind a value; or that the source reported the day itself."""
    say = desk.words.say
    if cursor.hour is not None:
        seen = evidence(desk, place, cursor)
        return {i: say("city.stations", n=seen[i].places) for i in items if i in seen}
    found = {}
    for row in daily(desk, (place,), cursor.day, cursor.day).iter_rows(named=True):
        text = say("city.reported") if row["basis"] == "reported" else say("city.hours", n=row["hours"])
        found[row["variable"]] = text if row["valid"] else f"{text} · {say('city.not_valid')}"
    return found


def _limits(desk: Desk, place: str, cursor: Cursor) -> dict[str, float]:
    try:
        law = law_on(desk, cursor.day, place)
        grade = law["limits"].value[law["evaluation"].value["grade"]]
    except LawNotFound:
        return {}
    return limits_by_item(grade, "day" if cursor.hour is None else "hour")


def _charts(desk: Desk, window: Frames, cursor: Cursor, place: str) -> list[dict[str, Any]]:
    words, limits = desk.words, _limits(desk, place, cursor)
    if cursor.hour is None:
        ticks = day_ticks([s.day for s in window.steps], lambda d: words.short_month(d))
    else:
        ticks = hour_ticks([s.start for s in window.steps], words.short_day)
    at = window.steps.index(cursor) if cursor in window.steps else None
    charts = []
    for k, item in enumerate(window.items):
        values = [window.at(place, s).values[k] for s in window.steps]
        v = variable(item)
        known = [x for x in values if x is not None]
        drawn = draw_series(
            values,
            flagged=[False] * len(values),
            limit=limits.get(item),
            now=at,
            ticks=ticks,
            number=lambda x: words.number(x, 0 if x == int(x) else 1),
        )
        summary = words.say(
            "city.chart", item=v.label, place=desk.name(place), first=words.short_day(window.steps[0].day),
            last=words.day(window.steps[-1].day), n=len(known), top=words.number(max(known, default=None), v.decimals),
        )  # fmt: skip
        charts.append({"id": item, "label": v.label, "unit": v.unit, "summary": summary, **drawn})
    return charts


def _hover(desk: Desk, window: Frames, place: str) -> dict[str, Any]:
    """What the island reads for the shared hover: labels of the steps and values by variable."""
    words = desk.words
    hours = window.steps[0].hour is not None
    return {
        "steps": [str(s) for s in window.steps],
        "labels": [
            words.short_day(s.day) + (f" {words.hours(s.start)}" if hours else f" {s.day.year}") for s in window.steps
        ],
        "values": {
            item: [_short(window.at(place, s).values[k], item) for s in window.steps]
            for k, item in enumerate(window.items)
        },
    }


def _short(value: float | None, item: str) -> float | None:
    return None if value is None else round(value, variable(item).decimals + 1)


def _series_table(desk: Desk, window: Frames, place: str) -> dict[str, Any]:
    say = desk.words.say
    rows = []
    for step in window.steps:
        reading = window.at(place, step)
        if reading is EMPTY:
            continue
        rows.append(
            {"start": _iso(desk, step.start), "end": _iso(desk, step.step(1).start), "aqi": reading.aqi,
             "category": reading.category, "primary": list(reading.primary)}
            | dict(zip(window.items, reading.values, strict=True))
        )  # fmt: skip
    columns = [
        column("start", say("table.start")), column("end", say("table.end")),
        column("aqi", say("table.aqi"), "number"), column("category", say("table.category"), "category"),
        column("primary", say("table.primary"), "items"),
        *(column(i, variable(i).label, "number", unit=variable(i).unit, decimals=variable(i).decimals)
          for i in window.items),
    ]  # fmt: skip
    return table("series", say("city.series"), columns, rows)


def _iso(desk: Desk, local: datetime) -> str:
    return local.replace(tzinfo=desk.clock.zone).isoformat(timespec="minutes")


def _calendar(desk: Desk, place: str, cursor: Cursor, categories: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    year = cursor.day.year
    index = day_index(desk, (place,), date(year, 1, 1), date(year + 1, 1, 1) - DAY)
    days: dict[date, dict[str, Any]] = {}
    if "aqi" in index.columns:
        for day, aqi, level in index.select("day", "aqi", "level").iter_rows():
            days[day] = {"aqi": aqi, "category": level if aqi is not None else None}
    names = {c["n"]: f"{c['name']} {c['roman']}" for c in categories}
    return calendar_grid(year, days, names, desk.words, cursor.day)
