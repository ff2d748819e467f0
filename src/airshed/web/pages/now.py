"""Now: the region at the time of the cursor, as words, a map and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airshed.errors import Missing, UnknownPlace
from airshed.web.desk import Desk
from airshed.web.drawing import MapView, draw_map, map_picture
from airshed.web.drawing.labels import CHIP
from airshed.web.drawing.map import Projection
from airshed.web.frames import Frames, frames_at, strip
from airshed.web.pages.common import age_of, categories_of, cursor_of, frame, short_label, time_view
from airshed.web.palette import EVEN
from airshed.web.readings import Span, index_provision, members, span
from airshed.web.state import Cursor
from airshed.web.stations import station_marks
from airshed.web.tables import column, table
from airshed.web.words import Words

__all__ = ["city_rows", "now_page", "now_picture", "sentence"]


def now_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/``."""
    extent = span(desk)
    cursor = cursor_of(desk, extent)
    say = desk.words.say
    if extent is None or cursor is None:
        return frame(desk, say("now.title"), "now", empty="lake", tables={}, categories=[])
    frames = frames_at(desk, cursor, extent)
    categories = categories_of(index_provision(desk, cursor.day), desk.words)
    rows = city_rows(desk, frames, cursor)
    drawn = _map(desk, frames)
    stations = station_marks(desk, frames, cursor)
    return frame(
        desk,
        desk.words.name(desk.region.names),
        "now",
        region_path="/",
        time=time_view(desk, cursor, extent),
        modes=_modes(cursor, extent),
        categories=categories,
        summary=sentence(desk.words, rows, categories),
        places=rows,
        histogram=histogram([r["category"] for r in rows], len(categories)),
        strip=strip(frames),
        steps=len(frames.steps),
        step=frames.steps.index(cursor) if cursor in frames.steps else 0,
        window=[short_label(desk.words, s) for s in (frames.steps[0], frames.steps[-1])],
        note=members(desk, cursor.day)[1].text(desk.words.language),
        age=age_of(desk, (extent.hours_end if cursor.hour is not None else None) or extent.end),
        empty=None if any(r["aqi"] is not None for r in rows) else "time",
        tables={"cities": _table(desk, rows, frames)},
        stations=stations,
        drawing={"map": drawn, "dots": _dots(drawn, stations)},
    )


def now_picture(desk: Desk, data: Mapping[str, Any]) -> str:
    """The map as an SVG file."""
    colours = {
        c["n"]: c["rgb"] if desk.state.palette == "law" else EVEN[min(c["n"], len(EVEN)) - 1]
        for c in data["categories"]
    }
    title = f"{data['title']} · {data['time']['label']}"
    return map_picture(data["drawing"]["map"], data["places"], colours, title)


def _modes(cursor: Cursor, extent: Span) -> dict[str, Any]:
    """The same time as a day and as an hour; hours only where there are any."""
    has_hours = extent.hours_first is not None and extent.hours_last is not None
    inside = has_hours and extent.hours_first <= cursor.day <= extent.hours_last  # type: ignore[operator]
    day = cursor.day if inside or not has_hours else extent.hours_last
    hour = str(cursor) if cursor.hour is not None else (f"{day}T12" if has_hours else None)
    return {"day": str(Cursor(cursor.day)), "hour": hour, "is_hour": cursor.hour is not None}


def city_rows(desk: Desk, frames: Frames, cursor: Cursor) -> list[dict[str, Any]]:
    """One row a city at the cursor, the most polluted first, those without an index last."""
    rows = []
    names = desk.remember(
        ("names", desk.words.language, frames.places), lambda: {p: desk.name(p) for p in frames.places}
    )
    for place in frames.places:
        reading = frames.at(place, cursor)
        row = {"place": place, "name": names[place], "aqi": reading.aqi, "category": reading.category}
        rows.append(
            row | {"primary": list(reading.primary)} | dict(zip(frames.items, reading.values, strict=True))
        )
    return sorted(rows, key=lambda r: (r["aqi"] is None, -(r["aqi"] or 0)))


def sentence(words: Words, rows: Sequence[Mapping[str, Any]], categories: Sequence[Mapping[str, Any]]) -> str:
    """Words before numbers: how many cities stand where, and which is worst."""
    known = [r for r in rows if r["category"]]
    if not known:
        return words.say("now.nothing")
    counts = [(c, sum(r["category"] == c["n"] for r in known)) for c in reversed(categories)]
    parts = [words.say("now.count", name=c["name"], n=n) for c, n in counts if n]
    worst = known[0]
    highest = words.say("now.highest", city=worst["name"], aqi=worst["aqi"])
    return words.say(
        "now.sentence" if len(known) == len(rows) else "now.sentence_some",
        n=len(known),
        total=len(rows),
        parts=words.say("now.comma").join(parts),
        highest=highest,
    )


def histogram(categories: Sequence[int | None], count: int) -> dict[str, Any]:
    """How many cities stand in each category."""
    counts = [sum(c == n for c in categories) for n in range(1, count + 1)]
    return {"counts": counts, "largest": max([*counts, 1]), "without": sum(c is None for c in categories)}


def _table(desk: Desk, rows: list[dict[str, Any]], frames: Frames) -> dict[str, Any]:
    say = desk.words.say
    ozone = frames.items[-1]
    columns = [
        column("name", say("table.city"), "place"),
        column("aqi", say("table.aqi"), "number"),
        column("category", say("table.category"), "category"),
        column("primary", say("table.primary"), "items"),
        column("pm25", "PM₂.₅", "number", unit="ug/m3"),
        column(ozone, "O₃-8h" if ozone == "o3_mda8" else "O₃", "number", unit="ug/m3"),
    ]
    return table("cities", say("now.table"), columns, rows)


def _map(desk: Desk, frames: Frames) -> MapView | None:
    key = ("map", desk.words.language, desk.region.id, frames.places)
    return desk.remember(key, lambda: draw_region(desk, frames.places))


def _dots(view: MapView | None, stations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stations in units of the picture."""
    if view is None:
        return []
    spots = [view.project(s["lon"], s["lat"]) for s in stations]
    return [
        {
            "id": s["id"],
            "x": round(x, 1),
            "y": round(y, 1),
            "official": s["official"],
            "category": s["category"],
            "name": s["name"],
        }
        for s, (x, y) in zip(stations, spots, strict=True)
    ]


def draw_region(
    desk: Desk, places: Sequence[str], project: Projection | None = None, chip: tuple[float, float] = CHIP
) -> MapView | None:
    """The map of some cities; without the package of boundaries, their marks alone."""
    from airshed.places.boundaries import boundaries

    points = {p: point for p in places if (point := _point(desk, p))}
    try:
        areas = boundaries(places, desk.gazetteer, cache=desk.workspace.folder / "cache")
    except Missing:
        areas = {}
    for place, area in areas.items():
        points.setdefault(place, (area.representative_point().x, area.representative_point().y))
    names = {p: desk.name(p).removesuffix("市") for p in points}  # 北京, as maps write it
    return draw_map(areas, points, names, project=project, chip=chip) if points else None


def _point(desk: Desk, place: str) -> tuple[float, float] | None:
    try:
        found = desk.gazetteer.jurisdiction(place)
    except UnknownPlace:
        return None
    return None if found.lon is None or found.lat is None else (found.lon, found.lat)
