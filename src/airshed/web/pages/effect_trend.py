"""Trends without weather: months as they were and under any year's weather, and year against year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.drawing.strip import draw_days
from airshed.web.tables import column, table

__all__ = ["changes_table", "trend_card"]

_TICKS = 6  # labels under a chart of months, at most


def trend_card(desk: Desk, name: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """A trend as the page shows it; the headline is the last pair of years, the longest stretch there is."""
    words, told = desk.words, held["told"]
    v, rate = variable(told["variable"]), told["slope"]["normalised"]
    first, last = (_month(told["months"][i]["month"]) for i in (0, -1))
    changes = [_change(desk, pair) for pair in told["changes"]]
    figures = {
        "blocked": words.number(told["blocked_r2"], 2), "random": words.number(told["random_r2"], 2),
        "rate": words.signed(rate["percent"], 1), "p": words.chance(rate["p"]),
    }  # fmt: skip
    return {
        "name": name, "title": words.name(held["names"]),
        "place": told["place"], "place_name": desk.name(told["place"]),
        "variable": told["variable"], "item": v.label, "unit": v.unit, "start": first.isoformat(),
        "period": words.say("effect.span", first=words.month(first), last=words.month(last)),
        "changes": changes, "last_change": changes[-1] if changes else None,
        "verdict": rate["verdict"], "detected": rate["verdict"] != "no significant trend",
        "word": words.say(f"effect.slope.{rate['verdict'].replace(' ', '_')}"), "figures": figures,
        "law": words.say_or(f"effect.slope.{told['spearman']['verdict'].replace(' ', '_')}", ""),
        "resamples": told["resamples"], "made": held["made"], "chart": _chart(desk, told["months"], first, last),
    }  # fmt: skip


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _change(desk: Desk, pair: Mapping[str, Any]) -> dict[str, Any]:
    """One pair of years; what is believed is the corrected change, where there is one."""
    words, believed = desk.words, pair.get("corrected", pair["normalised"])
    low, high = believed["ninety_five"]
    earlier, later = (date.fromisoformat(believed[k]) for k in ("earlier", "later"))
    return {
        "earlier": earlier.isoformat(), "later": later.isoformat(),
        "years": words.say("effect.years", earlier=words.month(earlier), later=words.month(later)),
        "observed": pair["observed"]["percent"], "normalised": pair["normalised"]["percent"],
        "percent": believed["percent"], "low": low, "high": high,
        "said": {
            "percent": words.signed(believed["percent"], 1), "observed": words.signed(pair["observed"]["percent"], 1),
            "interval": f"{words.signed(low)} … {words.signed(high)}",
        },
    }  # fmt: skip


def _chart(desk: Desk, months: Sequence[Mapping[str, Any]], first: date, last: date) -> dict[str, Any]:
    """All months from first to last; one that was not held leaves a gap."""
    words, held = desk.words, {m["month"]: m for m in months}
    count = 12 * (last.year - first.year) + last.month - first.month + 1
    stamps = [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    ]
    seen, without = (
        [held[key][kind] if (key := f"{s:%Y-%m}") in held else None for s in stamps]
        for kind in ("observed", "normalised")
    )
    every = max(1, -(-count // _TICKS))
    ticks = [
        {"at": round(100 * n / count, 2), "label": f"{s:%Y-%m}"}
        for n, s in enumerate(stamps)
        if n % every == 0
    ]
    summary = words.say("effect.months", first=words.month(first), last=words.month(last))
    return draw_days(seen, without, words.exact) | {"x_ticks": ticks, "summary": summary}


def changes_table(desk: Desk, trends: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Every pair of years of every trend."""
    say = desk.words.say
    signed: dict[str, Any] = {"signed": True, "decimals": 1, "unit": "%"}
    columns = [
        column("place_name", say("table.city"), "short"), column("item", say("table.item"), "short"),
        column("percent", say("effect.corrected"), "number", **signed),
        column("low", say("effect.low95"), "number", **signed),
        column("high", say("effect.high95"), "number", **signed),
        column("years", say("effect.pair"), "short"), column("observed", say("effect.observed"), "number", **signed),
        column("normalised", say("effect.normalised"), "number", **signed),
        column("blocked", say("effect.skill"), "short"),
    ]  # fmt: skip
    rows = [
        {"place_name": t["place_name"], "item": t["item"], "blocked": t["figures"]["blocked"],
         **{k: c[k] for k in ("years", "observed", "normalised", "percent", "low", "high")}}
        for t in trends
        for c in t["changes"]
    ]  # fmt: skip
    return table("changes", say("effect.changes"), columns, rows)
