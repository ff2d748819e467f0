"""Data: what came from where, how complete it is, what was flagged, who brought it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airshed.observations.flags import Flag, describe, severity
from airshed.record import Entry
from airshed.web.desk import Desk
from airshed.web.holdings import Holding, holdings
from airshed.web.pages.common import age_of, frame
from airshed.web.readings import span
from airshed.web.tables import column, table

__all__ = ["data_page"]

_MEGA = 1e6


def data_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/data``."""
    say = desk.words.say
    extent = span(desk)
    if extent is None:
        return frame(desk, say("data.title"), "data", empty="lake", tables={}, region_path="/data")
    held = holdings(desk)
    acts = desk.workspace.acts(desk.view)
    return frame(
        desk,
        say("data.title"),
        "data",
        empty=None,
        age=age_of(desk, extent.end),
        summary=_summary(desk, held),
        strips=[_strip(desk, h, axis) for axis in (_axis(held),) for h in held],
        tables={
            "sources": _sources(desk, held),
            "flags": _flags(desk, held),
            "acts": _acts(desk, acts),
            "completeness": _completeness(desk, held),
        },
    )


def _summary(desk: Desk, held: Sequence[Holding]) -> str:
    rows = sum(h.rows for h in held)
    return desk.words.say(
        "data.summary",
        rows=desk.words.number(rows),
        sources=len({h.source for h in held}),
        first=desk.words.date(min(h.first for h in held)),
        last=desk.words.date(max(h.last for h in held)),
        megabytes=desk.words.number(sum(h.bytes for h in held) / _MEGA, 1),
    )


def _name(desk: Desk, source: str) -> str:
    return desk.words.say_or(f"source.{source}", source)


def _period(desk: Desk, minutes: int) -> str:
    return desk.words.say_or(f"period.{minutes}", desk.words.say("period.other", minutes=minutes))


def _sources(desk: Desk, held: Sequence[Holding]) -> dict[str, Any]:
    say = desk.words.say
    columns = [
        column("source", say("table.source")),
        column("period", say("data.period")),
        column("places", say("data.places"), "number"),
        column("first", say("data.first"), "day"),
        column("last", say("data.last"), "day"),
        column("rows", say("data.rows"), "number"),
        column("flagged", say("data.flagged"), "number"),
    ]
    rows = [
        {
            "source": _name(desk, h.source),
            "period": _period(desk, h.period),
            "places": h.places,
            "first": h.first.isoformat(),
            "last": h.last.isoformat(),
            "rows": h.rows,
            "flagged": sum(h.flags.values()),
        }
        for h in held
    ]
    return table("sources", say("data.sources"), columns, rows)


def _flags(desk: Desk, held: Sequence[Holding]) -> dict[str, Any]:
    say, language = desk.words.say, desk.words.language
    columns = [
        column("source", say("table.source")),
        column("flag", say("data.flag")),
        column("meaning", say("data.meaning")),
        column("severity", say("data.severity")),
        column("count", say("data.count"), "number"),
        column("share", say("data.share"), "percent", decimals=2),
    ]
    rows = []
    for h in held:
        for name, count in h.flags.items():
            flag = Flag[name.upper()]
            rows.append(
                {"source": _name(desk, h.source), "flag": name, "meaning": describe(flag, language),
                 "severity": say("severity." + severity(flag)), "count": count, "share": count / h.rows}
            )  # fmt: skip
    return table("flags", say("data.flags"), columns, rows)


def _acts(desk: Desk, acts: Sequence[Entry]) -> dict[str, Any]:
    say = desk.words.say
    columns = [
        column("seq", say("data.seq"), "number"),
        column("at", say("data.at"), "short"),
        column("by", say("data.by"), "short"),
        column("kind", say("data.kind")),
        column("ground", say("data.ground")),
        column("files", say("data.files")),
        column("accepted", say("data.accepted"), "number"),
        column("refused", say("data.refused"), "number"),
        column("digest", say("data.digest")),
    ]
    return table("acts", say("data.acts"), columns, [_act(desk, e) for e in reversed(acts)])


def _act(desk: Desk, entry: Entry) -> dict[str, Any]:
    act = entry.act
    files = act.evidence.get("files", [])
    return {
        "seq": entry.seq,
        "at": desk.clock.local(act.at).strftime("%Y-%m-%d %H:%M"),
        "by": act.by,
        "kind": desk.words.say_or(f"act.{act.kind}", act.kind),
        "ground": act.ground,
        "files": [f"{f['file']} · sha256 {f['sha256'][:12]}…" for f in files],
        "accepted": sum(f.get("accepted", 0) for f in files) if files else None,
        "refused": sum(f.get("refused", 0) for f in files) if files else None,
        "digest": entry.digest[:16],
    }


def _completeness(desk: Desk, held: Sequence[Holding]) -> dict[str, Any]:
    say = desk.words.say
    columns = [column("source", say("table.source")), column("period", say("data.period")),
               column("month", say("data.month")), column("share", say("data.complete"), "percent")]  # fmt: skip
    rows = [
        {
            "source": _name(desk, h.source),
            "period": _period(desk, h.period),
            "month": m,
            "share": round(share, 4),
        }
        for h in held
        for m, share in h.months
    ]
    return table("completeness", say("data.completeness"), columns, rows)


def _axis(held: Sequence[Holding]) -> list[str]:
    """Every month from the first to the last of any source, so that all strips share one axis of time."""
    months = [m for h in held for m, _ in h.months]
    if not months:
        return []
    first, last = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (min(months), max(months)))
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]


def _strip(desk: Desk, held: Holding, axis: Sequence[str]) -> dict[str, Any]:
    """One source's months as cells; years are labelled at their first month."""
    words, shares = desk.words, dict(held.months)
    cells = [
        {
            "month": m,
            "share": share,
            "strength": None if share is None else round(100 * share),
            "text": f"{m}: {words.percent(share, 1)}",
            "year": m[:4] if m.endswith("-01") or (i == 0 and m[5:] < "11") else "",
        }
        for i, m in enumerate(axis)
        for share in (shares.get(m),)
    ]
    known = [share for _, share in held.months]
    text = words.say(
        "data.strip", source=_name(desk, held.source), mean=words.percent(sum(known) / max(1, len(known)), 1),
        least=words.percent(min(known, default=0), 1), month=min(held.months, key=lambda m: m[1], default=("", 0))[0],
    )  # fmt: skip
    return {
        "source": _name(desk, held.source),
        "period": _period(desk, held.period),
        "cells": cells,
        "text": text,
    }
