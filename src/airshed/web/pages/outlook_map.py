"""The map of the outlook, which plays its days: the middle member, a ring for the chance of heavy pollution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshed.web.desk import Desk
from airshed.web.drawing import MapView, map_picture
from airshed.web.pages.common import label_of, short_label
from airshed.web.pages.now import draw_region, histogram
from airshed.web.pages.outlook import cell_view, outlook_sentence
from airshed.web.pages.outlook_common import On, asked_outlook, no_outlook, outlook_frame
from airshed.web.palette import EVEN
from airshed.web.state import Cursor
from airshed.web.tables import column, table

__all__ = ["outlook_frames_page", "outlook_map_page", "outlook_map_picture"]


_RINGED = (78.0, 60.0)
"""A mark with its ring, in units of a picture 1000 wide."""


def outlook_map_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/outlook/map``."""
    title, on = desk.words.say("outlook.map.title"), asked_outlook(desk)
    if on is None:
        return no_outlook(desk, title)
    rows, days = _rows(desk, on, on.day), on.outlook.days
    found = outlook_frame(desk, on, title)
    return found | {
        "summary": outlook_sentence(desk, on, on.day), "places": rows, "steps": len(days), "step": on.day,
        "histogram": histogram([r["category"] for r in rows], len(found["categories"])),
        "window": [short_label(desk.words, Cursor(d)) for d in (days[0], days[-1])], "strip": _strip(on),
        "tables": {"cities": _table(desk, rows)}, "drawing": {"map": _map(desk, on)},
    }  # fmt: skip


def outlook_map_picture(desk: Desk, data: Mapping[str, Any]) -> str:
    """The map as an SVG file."""
    law = desk.state.palette == "law"
    colours = {c["n"]: c["rgb"] if law else EVEN[min(c["n"], len(EVEN)) - 1] for c in data["categories"]}
    return map_picture(
        data["drawing"]["map"], data["places"], colours, f"{data['title']} · {data['time']['label']}"
    )


def outlook_frames_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/outlook/frames.json``: every day for the island, in the form of ``/frames.json``."""
    on = asked_outlook(desk)
    if on is None:
        return {"steps": [], "labels": [], "sentences": [], "items": [], "places": {}, "stations": {}}
    steps = [Cursor(d) for d in on.outlook.days]
    return {
        "steps": [str(s) for s in steps], "labels": [label_of(desk.words, s) for s in steps], "items": [],
        "sentences": [outlook_sentence(desk, on, d) for d in range(len(steps))],
        "places": {p: _column(desk, on, p) for p in on.cities}, "stations": {},
    }  # fmt: skip


def _column(desk: Desk, on: On, place: str) -> dict[str, list[Any]]:
    cells = [cell_view(on, place, d) for d in range(len(on.outlook.days))]
    return {
        "aqi": [c["aqi"] for c in cells], "category": [c["category"] for c in cells],
        "primary": ["+".join(_primary(on, place, d)) for d in range(len(cells))],
        "ring": [round(100 * (c["heavy"] or 0.0)) for c in cells],
        "heavy": [desk.words.percent(c["heavy"]) for c in cells], "spread": [_spread(c) for c in cells],
    }  # fmt: skip


def _primary(on: On, place: str, day: int) -> list[str]:
    """The likeliest primary pollutant, where any member has one."""
    return list(on.outlook.primary(place, day))[:1]


def _spread(cell: Mapping[str, Any]) -> str:
    return "—" if cell["aqi"] is None else f"{cell['low']}–{cell['high']}"


def _rows(desk: Desk, on: On, day: int) -> list[dict[str, Any]]:
    rows = []
    for place in on.cities:
        cell = cell_view(on, place, day)
        rows.append({
            "place": place, "name": desk.name(place), "aqi": cell["aqi"], "category": cell["category"],
            "primary": _primary(on, place, day), "spread": _spread(cell), "heavy": cell["heavy"],
            "ring": round(100 * (cell["heavy"] or 0.0)),
            "why": {"heavy": desk.state.link(f"/outlook/city/{place}", t=on.outlook.days[day], anchor="why")},
        })  # fmt: skip
    return sorted(rows, key=lambda r: (r["aqi"] is None, -(r["aqi"] or 0)))


def _strip(on: On) -> list[dict[str, Any]]:
    """The worst category of any city, day by day."""
    category = on.outlook.middle[1][[on.number(p) for p in on.cities]]
    return [
        {"from": d, "steps": 1, "category": int(c) if c > 0 else None}
        for d, c in enumerate(category.max(axis=0))
    ]


def _table(desk: Desk, rows: list[dict[str, Any]]) -> dict[str, Any]:
    say = desk.words.say
    columns = [
        column("name", say("table.city"), "place"), column("aqi", say("outlook.middle"), "number"),
        column("spread", say("outlook.spread"), "short"), column("category", say("table.category"), "category"),
        column("primary", say("table.primary"), "items"), column("heavy", say("outlook.heavy"), "percent"),
    ]  # fmt: skip
    return table("cities", say("outlook.map.table"), columns, rows)


def _map(desk: Desk, on: On) -> MapView | None:
    key = ("ringed-map", desk.words.language, desk.region.id, on.cities)
    return desk.remember(key, lambda: draw_region(desk, on.cities, chip=_RINGED))
