"""The air over the region: concentration and wind hour by hour, and the footprint of a city's day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from airshed.errors import BadInput
from airshed.web.desk import Desk
from airshed.web.drawing import GridPlane, MapView
from airshed.web.pages.air_common import (
    Asked,
    air_frame,
    asked,
    day_empty,
    no_case,
    origins,
    path_of_days,
    rest_total,
)
from airshed.web.pages.air_layers import concentration_layer, footprint_layer, wind_path
from airshed.web.pages.common import short_label
from airshed.web.pages.now import draw_region
from airshed.web.state import Cursor
from airshed.web.tables import column, table

__all__ = ["air_page", "air_picture", "air_sentence", "city_shares", "city_values"]


def air_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/air``: ``?t=``, ``part=``; with ``receptor=`` the footprint of that city's day.

    Raises:
        BadInput: a part, species, release, lag or city that the case does not have.
    """
    title, on = desk.words.say("air.title"), asked(desk)
    if on is None:
        return no_case(desk, title)
    city = _receptor(desk, on)
    on = on.by_day if city else on
    if not on.inside:
        return air_frame(desk, on, title, hours=True, empty="day", there=day_empty(desk, on.air.case.days),
                         tables={}, receptor=city)  # fmt: skip
    if city and on.cursor.day not in on.air.days_of(city):
        return air_frame(desk, on, title, hours=True, empty="footprint", tables={}, receptor=city,
                         there=day_empty(desk, on.air.days_of(city)))  # fmt: skip
    values, layer = city_values(on), _layer(desk, on, city)
    drawn = _drawing(desk, on) | {"layer": layer.pop("drawing")}
    return air_frame(
        desk, on, title, hours=not city, receptor=city, layer=layer,
        receptors=[{"id": c, "name": desk.name(c)} for c in on.air.cities], parts=["all", *on.air.parts],
        summary=air_sentence(desk, values), tables={"cities": _table(desk, on, values)}, player=_player(desk, on),
        drawing=drawn, path=path_of_days(desk, on.air, [on.cursor.day]) if layer["kind"] == "concentration" else None,
    )  # fmt: skip


def _receptor(desk: Desk, on: Asked) -> str | None:
    city = desk.state.query.get("receptor") or None
    if city is not None and city not in on.air.cities:
        raise BadInput(f"receptor as one of {', '.join(on.air.cities)}", repr(city))
    return city


def _layer(desk: Desk, on: Asked, city: str | None) -> dict[str, Any]:
    if city is None:
        return concentration_layer(desk, on)
    from airshed.emissions.profiles import RELEASES
    from airshed.transport import SPECIES

    shown = footprint_layer(desk, on, city)
    lags = ["all", *range(on.air.lags_of(on.cursor.day, city))]
    return shown | {
        "name": desk.name(city), "lags": lags, "all_species": list(SPECIES), "releases": list(RELEASES),
    }  # fmt: skip


def city_values(on: Asked) -> dict[str, float]:
    """PM2.5 of each city, mean of the cursor's hour or day [ug m-3], the highest first."""
    held = on.air.hourly[on.air.hours(on.cursor.day)]
    now = held.mean(axis=0) if on.cursor.hour is None else held[on.cursor.hour]
    pairs = zip(on.air.cities, map(float, now), strict=True)
    return dict(sorted(pairs, key=lambda p: -p[1]))


def air_sentence(desk: Desk, values: Mapping[str, float]) -> str:
    """Words before numbers: the mean of the cities and the highest of them."""
    words, (worst, most) = desk.words, next(iter(values.items()))
    mean = words.number(sum(values.values()) / len(values))
    return words.say("air.sentence", n=len(values), mean=mean, city=desk.name(worst), most=words.number(most))


def city_shares(on: Asked) -> dict[str, dict[str, float | None]]:
    """Whose air each city breathed on the cursor's day, as shares; None where it has no footprint."""
    known = {}
    if on.air.done[on.air.case.days.index(on.cursor.day)].any():
        known = origins(on.air, on.air.given(on.cursor.day)["city"])
    found: dict[str, dict[str, float | None]] = {}
    for city in on.air.cities:
        parts = known.get(city)
        shares = {o: parts[o][1] if parts else None for o in ("local", "region", "outside")}
        found[city] = shares | {"rests": rest_total(parts, 1) if parts else None}
    return found


def _table(desk: Desk, on: Asked, values: Mapping[str, float]) -> dict[str, Any]:
    """Cities with what they breathe; where the day has footprints, whose it is."""
    say, shares, rows = desk.words.say, city_shares(on), []
    for city, value in values.items():
        row = {"place": city, "name": desk.name(city), "pm25": value} | shares[city]
        rows.append(row | {"why": {"local": desk.state.link(f"/air/city/{city}")}})
    columns = [
        column("name", say("table.city"), "place"),
        column("pm25", "PM₂.₅", "number", unit="ug/m3"),
        *(column(o, say(f"air.origin.{o}"), "percent") for o in ("local", "region", "outside")),
        column("rests", say("air.rests"), "percent"),
    ]
    return table("cities", say("air.table"), columns, rows)


def _player(desk: Desk, on: Asked) -> dict[str, Any]:
    """The slider: all hours of the case."""
    days = on.air.case.days
    at = (on.cursor.day - days[0]).days * 24 + (on.cursor.hour or 0)
    return {
        "days": [d.isoformat() for d in days], "step": at, "steps": 24 * len(days),
        "window": [short_label(desk.words, c) for c in (Cursor(days[0], 0), Cursor(days[-1], 23))],
    }  # fmt: skip


def air_map(desk: Desk, on: Asked) -> MapView | None:
    """The region's cities on the case's own grid."""
    about, plane = on.air.case.about, GridPlane(on.air.case.study.grid)
    key = ("air-map", on.air.stamp, about.name, desk.words.language)
    return desk.memory.get(key, lambda: draw_region(desk, on.air.cities, plane))


def _drawing(desk: Desk, on: Asked) -> dict[str, Any]:
    key = ("air-wind", on.air.stamp, on.air.case.about.name, on.cursor)
    return {"map": air_map(desk, on), "wind": desk.memory.get(key, lambda: wind_path(on))}


def air_picture(desk: Desk, data: Mapping[str, Any]) -> str:
    """The map as an SVG file that stands alone, on white.

    Raises:
        BadInput: there is nothing to draw.
    """
    layer, view = data.get("layer"), (data.get("drawing") or {}).get("map")
    if not layer or view is None:
        raise BadInput("a day with a field", "none", "choose a day of the case")
    title = f"{data['title']} · {data['time']['label']}"
    if layer["kind"] == "footprint":
        title += f" · {desk.words.say('air.footprint_of', city=layer['name'])}"
    image = data["drawing"]["layer"]["images"]["light"]
    size = f'width="{view.width:g}" height="{view.height:g}"'
    font = "Noto Sans SC, Noto Sans CJK SC, sans-serif"
    shapes = "".join(f'<path d="{s["path"]}" fill="none" stroke="#445"/>' for s in view.shapes)
    ring = (
        f'<path d="{layer["ring"]}" fill="none" stroke="#000" stroke-dasharray="6 4"/>'
        if "ring" in layer
        else ""
    )
    note = (data.get("made_note") or desk.words.say("frame.made")) if data["made"] else ""
    made = f'<text x="16" y="{view.height - 12:g}" font-size="16">{escape(note)}</text>'
    names = "".join(f'<text x="{m["x"]}" y="{m["y"]}" font-size="16" text-anchor="middle">{escape(m["name"])}</text>'
                    for m in view.marks)  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -56 {view.width:g} {view.height + 56:g}" '
        f'width="{view.width:g}" height="{view.height + 56:g}" font-family="{font}" role="img">'
        f'<rect y="-56" width="100%" height="100%" fill="#fff"/>'
        f'<text x="16" y="-20" font-size="22">{escape(title)}</text>'
        f'<image href="{image}" {size} preserveAspectRatio="none" style="image-rendering:pixelated"/>{shapes}'
        f'<path d="{data["drawing"]["wind"]}" fill="none" stroke="#556" stroke-opacity=".6"/>{ring}{names}{made}</svg>'
    )
