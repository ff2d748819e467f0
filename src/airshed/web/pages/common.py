"""What every page's dict has: title, section, region, time, basis."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from airshed.law import Provision
from airshed.web.desk import Desk
from airshed.web.palette import category_view
from airshed.web.readings import Span
from airshed.web.state import Cursor
from airshed.web.words import Words

__all__ = [
    "basis",
    "categories_of",
    "cursor_of",
    "frame",
    "provision_view",
    "region_view",
    "short_label",
    "time_view",
]


def frame(desk: Desk, title: str, section: str, **more: Any) -> dict[str, Any]:
    """The part of a page's dict that the frame around it reads."""
    return {
        "title": title,
        "section": section,
        "region": region_view(desk),
        "regions": [{"id": r.id, "name": desk.words.name(r.names)} for r in desk.workspace.regions()],
        "made": desk.region.made,
        "basis": basis(desk),
        **more,
    }


def basis(desk: Desk) -> dict[str, Any]:
    """What the figures stand on."""
    version, law, _, program = desk.stamp
    return {"lake_version": int(version), "law_digest": law, "program": program}


def region_view(desk: Desk) -> dict[str, Any]:
    """The region as pages name it."""
    region = desk.region
    return {"id": region.id, "name": desk.words.name(region.names), "utc_offset": region.utc_offset}


def cursor_of(desk: Desk, span: Span | None) -> Cursor | None:
    """The time cursor: the URL's, else the last day there is."""
    return desk.state.cursor or (Cursor(span.last) if span else None)


def time_view(desk: Desk, cursor: Cursor, span: Span | None) -> dict[str, Any]:
    """The time cursor for the bar: where it stands, its neighbours, its label with start and end."""
    words = desk.words
    first, last = (span.first, span.last) if span else (None, None)
    before, after = cursor.step(-1), cursor.step(1)
    return {
        "t": str(cursor),
        "day": cursor.day.isoformat(),
        "hour": cursor.hour,
        "label": label_of(words, cursor),
        "previous": str(before) if first and before.day >= first else None,
        "next": str(after) if last and after.day <= last else None,
        "first": first.isoformat() if first else None,
        "last": last.isoformat() if last else None,
        "hours": [{"value": h, "label": words.hours(Cursor(cursor.day, h).start)} for h in range(24)],
    }


def label_of(words: Words, cursor: Cursor) -> str:
    """A day in full, and for an hour its start and end."""
    day = words.day(cursor.day)
    return day if cursor.hour is None else f"{day} {words.hours(cursor.start)}"


def short_label(words: Words, cursor: Cursor) -> str:
    """A day without its weekday, or an hour of a day of the year: for the ends of the slider."""
    if cursor.hour is None:
        return words.date(cursor.day)
    return f"{words.short_day(cursor.day)} {words.hours(cursor.start)}"


def categories_of(provision: Provision | None, words: Words) -> list[dict[str, Any]]:
    """The categories of an index provision, in the page's language."""
    return [] if provision is None else category_view(provision.value["categories"], words.language)


def provision_view(p: Provision, words: Words) -> dict[str, Any]:
    """A provision as pages cite it."""
    return {
        "subject": p.subject,
        "version": p.version,
        "instrument": p.instrument.id,
        "title": words.name(p.instrument.titles),
        "place": p.place,
        "clause": p.say("clause", words.language),
        "since": p.since.isoformat(),
        "until": p.until.isoformat() if p.until else None,
        "status": p.status,
        "unverified": list(p.unverified),
        "note": p.say("note", words.language),
        "source": p.say("source", words.language),
        "digest": p.digest,
    }


def age_of(desk: Desk, end: datetime) -> dict[str, Any]:
    """How old the newest value is, in words and hours."""
    hours = (desk.now - end).total_seconds() / 3600
    return {"end": end.isoformat(), "text": desk.words.age(end, desk.now), "hours": round(hours)}


def limits_by_item(grade: Mapping[str, Any], period: str) -> dict[str, float]:
    """Limits of single days or hours by variable, as hairlines of charts."""
    found = {}
    for item, bounds in grade.items():
        key = "mda8" if period == "day" and "mda8" in bounds else period
        if key in bounds:
            found["o3_mda8" if key == "mda8" else item] = float(bounds[key])
    return found


def as_day(text: str) -> date:
    """A day out of the URL."""
    return date.fromisoformat(text)
