"""Stations that a file describes: their code, name, city and point."""

from __future__ import annotations

import polars as pl

from airshed.observations.feeds.reading import Sheet
from airshed.observations.schema import Refusal
from airshed.places import Gazetteer, Station
from airshed.places.nouns import Role

__all__ = ["described_stations"]

_HEADS = {
    "code": ("stationcode", "ID", "监测点编码", "站点编码", "code"),
    "name": ("positionname", "stations_name", "监测点名称", "站点名称", "name"),
    "name_en": ("stations_en_name", "name_en"),
    "area": ("area", "城市", "city"),
    "lon": ("longitude", "lon", "经度"),
    "lat": ("latitude", "lat", "纬度"),
    "control": ("对照点",),
}
_WANTED = ("code", "name", "area")
_CONTROL_MARKS = ("对照", "清洁")


def described_stations(sheet: Sheet, gazetteer: Gazetteer) -> tuple[Station, ...]:
    """The stations of a release or a station list (id ``cnemc:CODE``); one in an unknown city is refused."""
    heads = {field: head for field, all_ in _HEADS.items() for head in all_ if head in sheet.frame.columns}
    if not set(_WANTED) <= set(heads):
        return ()
    rows = sheet.frame.select(pl.col(head).cast(pl.String).alias(field) for field, head in heads.items())
    rows = rows.with_row_index("row").unique("code", keep="first", maintain_order=True)
    found = (_station(sheet, heads, row, gazetteer) for row in rows.iter_rows(named=True))
    return tuple(station for station in found if station is not None)


def _station(
    sheet: Sheet, heads: dict[str, str], row: dict[str, str | None], gazetteer: Gazetteer
) -> Station | None:
    code, name, area = ((row[k] or "").strip() for k in _WANTED)
    place = gazetteer.resolve_city(area) if area else None
    if not code or not name:
        return None
    if place is None:
        line, advice = sheet.line(int(row["row"] or 0)), f"station {code} was left out"
        sheet.complaints.add(
            Refusal(sheet.name, line, heads["area"], "a city of the gazetteer", repr(area), advice)
        )
        return None
    lon, lat = _degrees(row.get("lon"), 180), _degrees(row.get("lat"), 90)
    if lon is None or lat is None:
        lon = lat = None
    control = any(mark in name for mark in _CONTROL_MARKS) or (row.get("control") or "").strip() in {
        "1",
        "Y",
        "是",
    }
    names = {"zh": name, "en": (row.get("name_en") or "").strip() or name}
    role: Role = "control" if control else "evaluation"
    return Station(f"cnemc:{code}", names, place, lon, lat, role, source=sheet.name)


def _degrees(text: str | None, most: float) -> float | None:
    try:
        degrees = float(text or "")
    except ValueError:
        return None
    return degrees if 0 < abs(degrees) <= most else None
