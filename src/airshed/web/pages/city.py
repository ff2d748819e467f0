"""A city: how it stands, its series, its year, its assessment, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from airshed.errors import BadInput, LawNotFound
from airshed.quantities import variable
from airshed.web.air import air_stamp
from airshed.web.desk import Desk
from airshed.web.drawing import calendar_grid, draw_series, series_picture
from airshed.web.drawing.series import day_ticks, hour_ticks
from airshed.web.evidence import Evidence, evidence, flag_words, flagged
from airshed.web.explain import explain_index
from airshed.web.frames import EMPTY, Frames, Reading, frames_at
from airshed.web.pages.assessed import city_assessment
from airshed.web.pages.common import (
    age_of,
    categories_of,
    cursor_of,
    frame,
    limits_by_item,
    provision_view,
    time_view,
)
from airshed.web.readings import Span, daily, hourly, index_provision, law_on, span
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
    subs = dict(zip(window.items, reading.subs, strict=True))
    stands = _standing(desk, window, place, cursor)
    seen = evidence(desk, place, cursor, {v: s["source"] for v, s in stands.items()})
    tables = {
        "pollutants": _pollutants(desk, window.items, reading, subs, stands, seen),
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
        why=explain_index(desk, _averaging(cursor), window.items, reading, subs, seen, provision)
        if provision and reading is not EMPTY
        else None,
        provision=provision_view(provision, desk.words) if provision else None,
        age=age_of(desk, extent.end),
        empty=None if reading is not EMPTY and any(v is not None for v in reading.values) else "time",
        calendar=_calendar(desk, _window(desk, place, Cursor(cursor.day), extent), place, cursor, categories),
        tables=tables,
        air=air_stamp(desk.workspace.folder) != "none",
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


def _averaging(cursor: Cursor) -> str:
    return "day" if cursor.hour is None else "hour"


def _pollutants(
    desk: Desk,
    items: Sequence[str],
    reading: Reading,
    subs: Mapping[str, int | None],
    stands: Mapping[str, Mapping[str, str]],
    seen: Mapping[str, Evidence],
) -> dict[str, Any]:
    """Each pollutant with unit, coverage, source and flags: figures with their provenance."""
    say = desk.words.say
    rows = []
    for item, value in zip(items, reading.values, strict=True):
        under, stand = seen.get(item), stands.get(item, {})
        flags = flag_words(under.flags, desk.words.language) if under else []
        source = stand.get("source", "")
        rows.append(
            {
                "item": variable(item).label,
                "value": value,
                "unit": variable(item).unit,
                "decimals": variable(item).decimals,
                "sub_index": subs.get(item),
                "coverage": stand.get("coverage", ""),
                "source": desk.words.say_or(f"source.{source}", source),
                "flags": [
                    f"{f['meaning']} × {f['count']}" if f["count"] > 1 else f["meaning"] for f in flags
                ],
            }
        )
    columns = [
        column("item", say("table.item")),
        column("value", say("table.value"), "number"),
        column("sub_index", say("table.sub_index"), "number"),
        column("coverage", say("table.coverage"), "short"),
        column("source", say("table.source"), "short"),
        column("flags", say("table.flags"), "short"),
    ]
    return table("pollutants", say("city.pollutants"), columns, rows)


def _standing(desk: Desk, window: Frames, place: str, cursor: Cursor) -> dict[str, dict[str, str]]:
    """From which source each figure was taken, and how many hours or stations stand behind it."""
    say, mine = desk.words.say, pl.col("place") == place
    if cursor.hour is not None:
        start = desk.clock.day(cursor.day).start + timedelta(hours=cursor.hour)
        rows = hourly(desk, window.places, *window.days).filter(mine & (pl.col("start") == start))
        return {
            r["variable"]: {"source": r["source"], "coverage": say("city.stations", n=r["stations"])}
            for r in rows.iter_rows(named=True)
        }
    rows = daily(desk, window.places, *window.days).filter(mine & (pl.col("day") == cursor.day))
    return {
        r["variable"]: {"source": r["source"], "coverage": _coverage(desk, r)}
        for r in rows.iter_rows(named=True)
    }


def _coverage(desk: Desk, row: Mapping[str, Any]) -> str:
    """How many of a day's hours stand behind a value; or that the source reported the day itself."""
    say = desk.words.say
    if row["basis"] == "reported":
        text = say("city.reported")
    else:
        text = say("city.windows" if row["variable"] == "o3_mda8" else "city.hours", n=row["hours"])
    return text if row["valid"] else f"{text} · {say('city.not_valid')}"


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
        ticks = day_ticks([s.day for s in window.steps], words.short_month)
    else:
        ticks = hour_ticks([s.start for s in window.steps], words.short_day)
    at = window.steps.index(cursor) if cursor in window.steps else None
    odd = _odd(desk, window, place)
    charts = []
    for k, item in enumerate(window.items):
        values = [window.at(place, s).values[k] for s in window.steps]
        v = variable(item)
        known = [x for x in values if x is not None]
        drawn = draw_series(
            values,
            flagged=odd.get(item, {}),
            limit=limits.get(item),
            now=at,
            ticks=ticks,
            number=lambda x: words.number(x, 0 if x == int(x) else 1),
        )
        summary = words.say(
            "city.chart", item=v.label, place=desk.name(place), first=words.short_day(window.steps[0].day),
            last=words.day(window.steps[-1].day), n=len(known), top=words.number(max(known, default=None), v.decimals),
        )  # fmt: skip
        if odd.get(item):
            summary += words.say("city.chart_flagged", n=len(odd[item]))
        charts.append({"id": item, "label": v.label, "unit": v.unit, "summary": summary, **drawn})
    return charts


def _odd(desk: Desk, window: Frames, place: str) -> dict[str, dict[int, str]]:
    """By item the steps whose value was found odd, and what was found."""
    key = ("flagged", place, window.places, window.days, window.steps[0].hour is None, desk.words.language)
    return desk.remember(key, lambda: _find_odd(desk, window, place))


def _find_odd(desk: Desk, window: Frames, place: str) -> dict[str, dict[int, str]]:
    mine, by_day = pl.col("place") == place, window.steps[0].hour is None
    if by_day:
        rows = daily(desk, window.places, *window.days)
        when = pl.col("day").cast(pl.Datetime("us"))
    else:
        rows = hourly(desk, window.places, *window.days)
        when = (pl.col("start") + timedelta(hours=desk.clock.utc_offset)).dt.replace_time_zone(None)
    chosen = rows.filter(mine).select("variable", "source", when=when)
    at = {step.start: i for i, step in enumerate(window.steps)}
    found: dict[str, dict[int, str]] = {}
    for (item, moment), text in flagged(desk, place, chosen, by_day=by_day).items():
        found.setdefault(item, {})[at[moment]] = text
    return found


def _hover(desk: Desk, window: Frames, place: str) -> dict[str, Any]:
    """What the island reads for the shared hover: labels of the steps and values by variable."""
    words = desk.words
    hours = window.steps[0].hour is not None
    return {
        "steps": [str(s) for s in window.steps],
        "labels": [
            words.short_day(s.day) + (f" {words.hours(s.start)}" if hours else f" {s.day.year}")
            for s in window.steps
        ],
        "values": {
            item: [_short(window.at(place, s).values[k], item) for s in window.steps]
            for k, item in enumerate(window.items)
        },
        "flags": _odd(desk, window, place),
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


def _calendar(
    desk: Desk, year: Frames, place: str, cursor: Cursor, categories: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    readings = {step.day: year.at(place, step) for step in year.steps}
    days = {day: {"aqi": r.aqi, "category": r.category} for day, r in readings.items()}
    names = {c["n"]: f"{c['name']} {c['roman']}" for c in categories}
    return calendar_grid(cursor.day.year, days, names, desk.words, cursor.day)
