"""Pooled alerts: one estimate of many, each alert a hair beside it, and how many it would take to show less."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.drawing.strip import draw_strip
from airshed.web.pages.effect_published import published_of
from airshed.web.tables import column, table

__all__ = ["alerts_table", "pooled_card"]


def pooled_card(desk: Desk, name: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """A pooled estimate as the page shows it."""
    words, told = desk.words, held["told"]
    v, percent = variable(told["variable"]), told["effect_percent"]
    low, high = told["interval80_percent"] or (percent, percent)
    wide = told["interval95_percent"]
    starts = [date.fromisoformat(e["from"]) for e in told["events"]]
    ends = [date.fromisoformat(e["until"]) - timedelta(days=1) for e in told["events"]]
    known = told["interval80_percent"] is not None
    published, ranges = published_of(desk, held)
    figures = {
        "percent": words.signed(percent), "p": words.chance(told["p"]),
        "interval": f"{words.signed(low)} … {words.signed(high)}" if known else "—",
        "wide": f"{words.signed(wide[0])} … {words.signed(wide[1])}" if wide else "—",
        "spread": words.number(100 * told["spread_log"]),
    }  # fmt: skip
    return {
        "name": name, "event": words.name(held["names"]), "variable": told["variable"], "item": v.label, "unit": v.unit,
        "start": min(starts).isoformat(), "percent": percent, "low": low, "high": high, "p": told["p"],
        "period": words.say("effect.span", first=words.date(min(starts)), last=words.date(max(ends))),
        "alerts": told["alerts"], "episodes": told["episodes"], "refused": len(told["refused"]),
        "few": told["few_episodes"], "detected": told["detectable"],
        "word": words.say(f"effect.verdict.{_verdict(told)}"), "figures": figures, "made": held["made"],
        "needed": [
            words.say("effect.needed", percent=words.signed(p["percent"]), n=words.number(p["alerts"]))
            for p in told["power"]
        ],
        "published": published,
        "strip": draw_strip(
            percent, (low, high), None, [e["effect_percent"] for e in told["events"]], words.signed, ranges
        ),
    }  # fmt: skip


def _verdict(told: Mapping[str, Any]) -> str:
    if not told["detectable"]:
        return "not_detectable"
    return "fall" if told["effect_percent"] < 0 else "rise"


def alerts_table(desk: Desk, shown: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Every alert of every pooled estimate, with its own effect; and those that were refused, with the reason."""
    say = desk.words.say
    signed: dict[str, Any] = {"signed": True, "decimals": 0, "unit": "%"}
    columns = [
        column("place_name", say("table.city"), "short"), column("percent", say("effect.percent"), "number", **signed),
        column("low", say("effect.low"), "number", **signed), column("high", say("effect.high"), "number", **signed),
        column("start", say("table.start"), "day"), column("last", say("effect.last"), "day"),
        column("episode", say("effect.episode"), "number"), column("item", say("table.item"), "short"),
        column("event", say("effect.pooled"), "short"), column("reason", say("effect.refused"), "short"),
    ]  # fmt: skip
    rows = []
    for held in shown.values():
        if held["kind"] == "pooled":
            told, name = held["told"], desk.words.name(held["names"])
            head = {"event": name, "item": variable(told["variable"]).label}
            rows += [head | _alert(desk, e) for e in [*told["events"], *told["refused"]]]
    if not any(row["reason"] for row in rows):
        columns.pop()
    return table(
        "alerts", say("effect.alerts"), columns, sorted(rows, key=lambda r: (r["event"], r["start"]))
    )


def _alert(desk: Desk, told: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an alert that went in, or of one that was refused and has a reason instead of an effect."""
    last = date.fromisoformat(told["until"]) - timedelta(days=1)
    low, high = told.get("interval80_percent", (None, None))
    episode = told.get("episode")
    return {
        "place_name": desk.name(told["place"]), "start": told["from"], "last": last.isoformat(),
        "episode": None if episode is None else episode + 1, "percent": told.get("effect_percent"),
        "low": low, "high": high, "reason": told.get("reason", ""),
    }  # fmt: skip
