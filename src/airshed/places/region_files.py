"""Region files: YAML that says who acts together, from when until when; ours and the user's alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import get_args

from airshed.places.nouns import Jurisdiction, Level, Membership, Region, Status
from airshed.places.yaml_lines import Document, Key

__all__ = ["region_jurisdictions", "region_of", "spreadsheet_of"]

Where = tuple[Key, ...]
Resolve = Callable[[str], str | None]

FIELDS = {
    "id", "names", "name", "root", "utc_offset", "source", "note", "made", "law", "boundaries",
    "stations", "jurisdictions", "memberships", "attached",
}  # fmt: skip
LIST_FIELDS = {"since", "until", "status", "source", "note", "members"}
JURISDICTION_FIELDS = {"id", "names", "name", "level", "parent", "lon", "lat", "aliases"}
TEXT = "a text"


def region_jurisdictions(doc: Document) -> list[Jurisdiction]:
    """The file's own jurisdictions (``jurisdictions:``); faults are kept in the document."""
    entries = doc.get(("jurisdictions",), list, "a list of jurisdictions", [])
    made = (_jurisdiction(doc, ("jurisdictions", i)) for i in range(len(entries)))
    return [jurisdiction for jurisdiction in made if jurisdiction is not None]


def region_of(doc: Document, resolve: Resolve) -> Region | None:
    """The region a file describes, or None where it has faults (kept in the document).

    Args:
        doc: the file as read.
        resolve: from a member's id or name to its jurisdiction id.
    """
    doc.known_keys((), FIELDS)
    region_id = doc.get(("id",), str, TEXT)
    if region_id is None:
        doc.fault(("id",), "an id such as my-region", None)
    names = _names(doc, ())
    members = _memberships(doc, "memberships", resolve)
    attached = _memberships(doc, "attached", resolve)
    if not members and not doc.faults:
        doc.fault(("memberships",), "at least one list with members", None)
    root = _root(doc, resolve)
    boundaries = _path(doc, "boundaries")
    offset = doc.get(("utc_offset",), (int, float), "hours east of UTC", 8.0)
    if not -14 <= offset <= 14:
        doc.fault(("utc_offset",), "hours between -14 and 14", offset)
    made, law = (doc.get((name,), bool, "true or false", False) for name in ("made", "law"))
    if doc.faults or names is None:
        return None
    return Region(
        id=region_id, names=names, root=root, utc_offset=float(offset), members=tuple(members),
        source=doc.get(("source",), str, TEXT, ""), made=made,
        boundaries=str(boundaries) if boundaries else None, attached=tuple(attached), law=law,
        note=_both(doc, ("note",)),
    )  # fmt: skip


def spreadsheet_of(doc: Document) -> Path | None:
    """The path of the file's station spreadsheet (``stations:``), beside the region file unless absolute."""
    return _path(doc, "stations")


def _jurisdiction(doc: Document, where: Where) -> Jurisdiction | None:
    before = len(doc.faults)
    doc.known_keys(where, JURISDICTION_FIELDS)
    identity = doc.get((*where, "id"), str, "a text such as de:02")
    if identity is None:
        doc.fault((*where, "id"), "an id such as de:02", None)
    names = _names(doc, where)
    level = doc.get((*where, "level"), str, TEXT, "city")
    if level not in get_args(Level):
        doc.fault((*where, "level"), f"one of {', '.join(get_args(Level))}", level)
    lon, lat = (doc.get((*where, axis), (int, float), "degrees, WGS-84") for axis in ("lon", "lat"))
    parent = doc.get((*where, "parent"), str, TEXT)
    if parent is None and level != "nation":
        parent = doc.get(("root",), str, TEXT, "cn")
    aliases = tuple(str(a) for a in doc.get((*where, "aliases"), list, "a list of names", []))
    if len(doc.faults) > before or names is None:
        return None
    try:
        return Jurisdiction(identity, names, level, parent, lon, lat, aliases)
    except ValueError as error:
        doc.fault(where, "a jurisdiction in order", str(error))
        return None


def _names(doc: Document, where: Where) -> dict[str, str] | None:
    """``names: {zh, en}``, or ``name:`` for both."""
    names = _both(doc, (*where, "names")) or _both(doc, (*where, "name"))
    if names.get("zh") and names.get("en"):
        return names
    doc.fault((*where, "names"), "names in zh and en (or one name for both)", names or None)
    return None


def _both(doc: Document, where: Where) -> dict[str, str]:
    """A text in two languages; a single text stands for both."""
    value = doc.get(where, (str, dict), "a text, or texts under zh and en")
    if isinstance(value, str):
        return {"zh": value, "en": value}
    return {str(k): str(v) for k, v in (value or {}).items()}


def _memberships(doc: Document, name: str, resolve: Resolve) -> list[Membership]:
    lists = doc.get((name,), list, "a list of dated member lists", [])
    found: list[Membership] = []
    for i in range(len(lists)):
        found.extend(_member_list(doc, (name, i), resolve))
    for place, first, second in _overlaps(found):
        doc.fault((name,), f"{place} in one list at a time", f"{first.since} and {second.since}")
    return found


def _member_list(doc: Document, where: Where, resolve: Resolve) -> Iterator[Membership]:
    doc.known_keys(where, LIST_FIELDS)
    since, until = (_day(doc, (*where, end)) for end in ("since", "until"))
    if since and until and not since < until:
        doc.fault((*where, "until"), f"a day after since ({since})", until)
        return
    made = doc.get(("made",), bool, "true or false", False)
    status = doc.get((*where, "status"), str, TEXT, "made" if made else "unverified")
    if status not in get_args(Status):
        doc.fault((*where, "status"), f"one of {', '.join(get_args(Status))}", status)
        return
    source = doc.get((*where, "source"), str, TEXT, doc.get(("source",), str, TEXT, ""))
    note = doc.get((*where, "note"), str, TEXT, "")
    for i, text in enumerate(doc.get((*where, "members"), list, "a list of ids or names", [])):
        place = resolve(str(text))
        if place is None:
            doc.fault((*where, "members", i), "a place that the gazetteer or this file knows", text)
        else:
            yield Membership(place, since, until, status, source, note)


def _overlaps(members: list[Membership]) -> Iterator[tuple[str, Membership, Membership]]:
    """Pairs of memberships of one place whose spans share a day."""
    by_place: dict[str, list[Membership]] = {}
    for member in members:
        by_place.setdefault(member.place, []).append(member)
    for place, spans in by_place.items():
        ordered = sorted(spans, key=lambda m: m.since or date.min)
        for first, second in pairwise(ordered):
            if (second.since or date.min) < (first.until or date.max):
                yield place, first, second


def _root(doc: Document, resolve: Resolve) -> str:
    text: str = doc.get(("root",), str, TEXT, "cn")
    root = resolve(text)
    if root is None:
        advice = "a known jurisdiction (or add it under jurisdictions: with level: nation)"
        doc.fault(("root",), advice, text)
    return root or text


def _day(doc: Document, where: Where) -> date | None:
    value: date | None = doc.get(where, date, "a day as YYYY-MM-DD")
    return value


def _path(doc: Document, name: str) -> Path | None:
    text = doc.get((name,), str, "a path")
    if text is None:
        return None
    path: Path = (doc.path.parent / text).resolve()
    if not path.is_file():
        doc.fault((name,), "the path of a file, beside this one or absolute", text)
        return None
    return path
