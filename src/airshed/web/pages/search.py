"""Search: places by name, pinyin or code."""

from __future__ import annotations

from typing import Any

from airshed.places import Jurisdiction, Region, Station
from airshed.web.desk import Desk
from airshed.web.pages.common import frame

__all__ = ["search_page"]

_MOST = 30


def search_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/search``: ``?q=`` names, pinyin or codes."""
    text = desk.state.query.get("q", "").strip()
    found = desk.gazetteer.search(text, _MOST) if text else []
    results = [r for f in found if (r := _result(desk, f))]
    return frame(desk, desk.words.say("search.title"), "", q=text, results=results, more=len(found) == _MOST)


def _result(desk: Desk, found: Jurisdiction | Station | Region) -> dict[str, Any] | None:
    words, link = desk.words, desk.state.link
    base = {"id": found.id, "name": words.name(found.names)}
    if isinstance(found, Region):
        return base | {"kind": "region", "where": "", "href": link("/", region=found.id)}
    city = desk.gazetteer.city_of(found.id)
    if isinstance(found, Station):
        where = desk.name(city) if city else ""
        return base | {"kind": "station", "where": where, "href": link(f"/city/{city}") if city else None}
    parent = desk.name(found.parent) if found.parent else ""
    href = link(f"/city/{city}") if city else None
    return base | {"kind": found.level, "where": parent, "href": href}
