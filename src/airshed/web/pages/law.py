"""Law: what is in force on the day of the cursor, its tables, its sureness, and what changed between versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from airshed.law import LawView, Provision
from airshed.quantities import variable
from airshed.quantities.catalogue import variables
from airshed.web.desk import Desk
from airshed.web.pages.common import categories_of, cursor_of, frame, provision_view, time_view
from airshed.web.readings import law_on, span
from airshed.web.state import Cursor
from airshed.web.tables import column, table

__all__ = ["law_page"]

_PROSE = {"advice", "sensitive", "note"}
_PERIODS = ("year", "quarter", "day", "mda8", "hour")


def law_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/law``.

    Raises:
        LawNotFound: a version asked for that the book does not have.
    """
    extent = span(desk)
    cursor = cursor_of(desk, extent) or Cursor(desk.clock.day_of(desk.now))
    law = law_on(desk, cursor.day)
    say, changes = desk.words.say, _changes(desk, law)
    return frame(
        desk,
        say("law.title"),
        "law",
        region_path="/law",
        time=time_view(desk, Cursor(cursor.day), None) | {"hours": []},
        day=cursor.day.isoformat(),
        chain=[{"place": p, "name": desk.name(p)} for p in law.chain],
        digest=law.digest,
        provisions=[provision_view(p, desk.words) for p in law.values()],
        categories=categories_of(law.get("index"), desk.words),
        changes=changes,
        tables={
            "in_force": _in_force(desk, law),
            **_limits(desk, law),
            **_breakpoints(desk, law),
            "versions": _versions(desk, law),
            **{c["table"]["name"]: c["table"] for c in changes},
        },
    )


def _in_force(desk: Desk, law: LawView) -> dict[str, Any]:
    say = desk.words.say
    columns = [
        column("subject", say("law.subject")),
        column("version", say("law.version")),
        column("title", say("law.text")),
        column("clause", say("law.clause")),
        column("since", say("law.since"), "day"),
        column("until", say("law.until"), "day"),
        column("status", say("law.sureness")),
        column("place", say("law.place")),
    ]
    rows = [
        {
            "subject": say_subject(desk, p.subject),
            "version": p.version,
            "title": desk.words.name(p.instrument.titles),
            "clause": p.say("clause", desk.words.language),
            "since": p.since.isoformat(),
            "until": p.until.isoformat() if p.until else None,
            "status": _status(desk, p),
            "place": desk.name(p.place),
        }
        for p in law.values()
    ]
    return table("in_force", say("law.in_force"), columns, rows)


def say_subject(desk: Desk, subject: str) -> str:
    """A subject of the law in words."""
    return desk.words.say_or(f"law.subjects.{subject}", subject)


def _status(desk: Desk, p: Provision) -> str:
    text = desk.words.say("law.status." + p.status)
    return text + (
        f" · {desk.words.say('law.parts_unverified', n=len(p.unverified))}" if p.unverified else ""
    )


def _limits(desk: Desk, law: LawView) -> dict[str, dict[str, Any]]:
    """Limits by item and averaging time, a table a grade."""
    provision = law.get("limits")
    found = {}
    for grade in sorted(k for k in (provision.value if provision else {}) if k.startswith("grade_")):
        rows = []
        bounds = provision.value[grade] if provision else {}
        for item, limits in bounds.items():
            unit = (
                provision.value["units"].get(item, provision.value["units"]["default"]) if provision else ""
            )
            rows.append({"item": _item(desk, item), "unit": unit} | {p: limits.get(p) for p in _PERIODS})
        used = [p for p in _PERIODS if any(r[p] is not None for r in rows)]
        columns = [
            column("item", desk.words.say("table.item")),
            column("unit", desk.words.say("table.unit"), "unit"),
            *(column(p, desk.words.say("law.periods." + p), "quantity") for p in used),
        ]
        caption = desk.words.say("law.limits", grade=desk.words.say_or("law." + grade, grade))
        found[grade] = table(grade, caption, columns, rows)
    return found


def _item(desk: Desk, item: str) -> str:
    return variable(item).label if item in variables() else desk.words.say_or(f"law.items.{item}", item)


def _breakpoints(desk: Desk, law: LawView) -> dict[str, dict[str, Any]]:
    """The index tables: a row an index value, a column a pollutant; for tables of shared knots (HJ 633)."""
    provision = law.get("index")
    if provision is None or "index" not in provision.value:
        return {}
    found = {}
    for averaging, scales in provision.value["breakpoints"].items():
        if not scales:
            continue
        units = provision.value["units"]
        columns = [
            column("index", desk.words.say("law.sub_index"), "quantity"),
            *(column(i, _item(desk, i), "quantity", unit=units.get(i, "")) for i in scales),
        ]
        rows = [
            {"index": index} | {i: (scale[k] if k < len(scale) else None) for i, scale in scales.items()}
            for k, index in enumerate(provision.value["index"])
        ]
        caption = desk.words.say("law.breakpoints_" + averaging, version=provision.version)
        found[f"breakpoints_{averaging}"] = table(f"breakpoints_{averaging}", caption, columns, rows)
    return found


def _versions(desk: Desk, law: LawView) -> dict[str, Any]:
    """Every version the book has for these places, oldest first."""
    say = desk.words.say
    columns = [
        column("subject", say("law.subject")),
        column("version", say("law.version")),
        column("place", say("law.place")),
        column("since", say("law.since"), "day"),
        column("until", say("law.until"), "day"),
        column("status", say("law.sureness")),
        column("clause", say("law.clause")),
        column("source", say("table.source")),
    ]
    book = [p for p in desk.workspace.law.provisions if p.place in law.chain]
    rows = [
        {
            "subject": say_subject(desk, p.subject),
            "version": p.version,
            "place": desk.name(p.place),
            "since": p.since.isoformat(),
            "until": p.until.isoformat() if p.until else None,
            "status": _status(desk, p),
            "clause": p.say("clause", desk.words.language),
            "source": p.say("source", desk.words.language),
        }
        for p in sorted(book, key=lambda p: (p.subject, p.since, p.version))
    ]
    return table("versions", say("law.versions"), columns, rows)


def _changes(desk: Desk, law: LawView) -> list[dict[str, Any]]:
    """For each subject with a neighbour in time: what the next version changes, else what this one changed."""
    found = []
    for subject, here in law.items():
        line = [p for p in desk.workspace.law.provisions if (p.subject, p.place) == (subject, here.place)
                and p.chosen is not False]  # fmt: skip
        line.sort(key=lambda p: p.since)
        at = next((i for i, p in enumerate(line) if p.digest == here.digest), None)
        if at is None or len(line) < 2:
            continue
        old, new = (line[at], line[at + 1]) if at + 1 < len(line) else (line[at - 1], line[at])
        change = _change(desk, subject, old, new)
        if change["count"]:
            found.append(change)
    return found


def _change(desk: Desk, subject: str, old: Provision, new: Provision) -> dict[str, Any]:
    before, after = dict(_leaves(old.value)), dict(_leaves(new.value))
    index = new.value.get("index", [])
    rows = [
        {"what": _path(desk, path, index), "before": _text(before.get(path)), "after": _text(after.get(path))}
        for path in dict.fromkeys([*before, *after])
        if before.get(path) != after.get(path)
    ]
    columns = [
        column("what", desk.words.say("law.what")),
        column("before", old.version),
        column("after", new.version),
    ]
    name = f"change_{subject}"
    caption = desk.words.say(
        "law.change",
        subject=say_subject(desk, subject),
        old=old.version,
        new=new.version,
        since=new.since.isoformat(),
    )
    return {"subject": subject, "since": new.since.isoformat(), "count": len(rows),
            "table": table(name, caption, columns, rows)}  # fmt: skip


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every single value with the way to it; prose is left out, numbers of a list are told apart by place."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key not in _PROSE:
                yield from _leaves(value, (*path, key))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for i, value in enumerate(node):
            yield from _leaves(value, (*path, i))
    else:
        yield path, node


def _path(desk: Desk, path: Sequence[Any], index: Sequence[Any]) -> str:
    parts = []
    for part in path:
        if isinstance(part, int):
            knots = path[0] == "breakpoints" and part < len(index)
            parts.append(f"IAQI {index[part]}" if knots else str(part + 1))
        else:
            parts.append(
                _item(desk, part)
                if part in variables()
                else desk.words.say_or(f"law.words.{part}", str(part))
            )
    return " · ".join(parts)


def _text(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)
