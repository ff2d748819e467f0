"""Effects: an event's days beside what they would have been, among placebos; and what others published.

Trends without weather and pooled alerts stand on the same page: `effect_trend`, `effect_pooled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from math import exp
from typing import Any

from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.drawing.strip import draw_days, draw_strip
from airshed.web.outlook import effects_of
from airshed.web.pages.common import frame
from airshed.web.pages.effect_pooled import alerts_table, pooled_card
from airshed.web.pages.effect_published import published_of
from airshed.web.pages.effect_trend import changes_table, trend_card
from airshed.web.pages.outlook_common import SECTION
from airshed.web.tables import column, table

__all__ = ["effects_page"]

_FALL, _RISE = "fall", "rise"


def effects_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/effects``: one card an event and pollutant; ``?show=`` a name keeps that one alone."""
    title, held = desk.words.say("effect.title"), effects_of(desk)
    if not held:
        return frame(desk, title, SECTION, empty="effects", tables={}, cards=[], pooled=[], trends=[])
    wanted = desk.state.query.get("show") or ""
    shown = {wanted: held[wanted]} if wanted in held else held
    cards, pooled, trends = (
        sorted((make(desk, n, c) for n, c in shown.items() if c["kind"] == kind), key=_order)
        for kind, make in (("event", _card), ("pooled", pooled_card), ("trend", trend_card))
    )
    tables = {
        "effects": _table(desk, cards) if cards else None,
        "alerts": alerts_table(desk, shown) if pooled else None,
        "changes": changes_table(desk, trends) if trends else None,
    }
    made = any(c["made"] for c in shown.values())
    note = {"made": True, "made_note": desk.words.say("effect.made")} if made else {}
    return frame(
        desk, title, SECTION, empty=None, summary=_summary(desk, cards) if cards else "",
        tables={k: t for k, t in tables.items() if t},
        cards=_plain(cards), pooled=_plain(pooled), trends=_plain(trends),
        drawing={"cards": cards, "pooled": pooled, "trends": trends}, alone=wanted in held, **note,
    )  # fmt: skip


def _order(card: Mapping[str, Any]) -> tuple[str, str]:
    return card["start"], card["name"]


def _plain(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cards without what only a drawing needs."""
    return [{k: v for k, v in c.items() if k not in ("chart", "strip", "tree")} for c in cards]


def _card(desk: Desk, name: str, held: Mapping[str, Any]) -> dict[str, Any]:
    words, v = desk.words, variable(held["variable"])
    first, last = date.fromisoformat(held["start"]), date.fromisoformat(held["until"]) - timedelta(days=1)
    low, high = held["interval"]
    # what the model's own bias does on days without an event is taken off
    expected = held["counterfactual"] * exp(held["shift"])
    figures = {
        "percent": words.signed(held["percent"]), "interval": f"{words.signed(low)} … {words.signed(high)}",
        "band": f"{words.signed(held['band'][0])} … {words.signed(held['band'][1])}",
        "observed": words.number(held["observed"], v.decimals), "counterfactual": words.number(expected, v.decimals),
        "raw": words.number(held["counterfactual"], v.decimals),
        "shift": words.signed(100 * (exp(held["shift"]) - 1), 1),
        "p": words.chance(held["p"]), "skill": words.number(held["skill"], 2),
    }  # fmt: skip
    published, ranges = published_of(desk, held)
    return {
        "name": name, "event": words.name(held["names"]), "place": held["place"],
        "place_name": desk.name(held["place"]),
        "variable": held["variable"], "item": v.label, "unit": v.unit, "start": held["start"], "last": last.isoformat(),
        "period": words.say("effect.period", first=words.date(first), last=words.short_day(last),
                            n=(last - first).days + 1),
        "percent": held["percent"], "low": low, "high": high, "band_low": held["band"][0], "band_high": held["band"][1],
        "p": held["p"], "rank": held["rank"], "placebos": len(held["placebos"]), "verdict": held["verdict"],
        "detected": held["verdict"] in (_FALL, _RISE), "word": words.say(f"effect.verdict.{_key(held['verdict'])}"),
        "observed": held["observed"], "counterfactual": expected, "skill": held["skill"],
        "rule": words.say(f"effect.rule.{held['rule']}"), "figures": figures, "published": published,
        "engine": held["engine"], "made": held["made"], "chart": _chart(desk, held, first, last),
        "strip": draw_strip(held["percent"], (low, high), tuple(held["band"]), held["placebos"], words.signed, ranges),
        "tree": _why(desk, held, figures),
    }  # fmt: skip


def _key(verdict: str) -> str:
    return verdict.replace(" ", "_")


def _chart(desk: Desk, held: Mapping[str, Any], first: date, last: date) -> dict[str, Any]:
    """Days of the event; the band is what chance does to the mean of such days, not to each of them."""
    bias = exp(held["shift"])
    expected = [None if v is None else bias * v for v in held["by_day"]]
    low, high = (1 + b / 100 for b in held["band"])
    drawn = draw_days(held["values"], expected, desk.words.exact, (low, high))
    every = max(1, -(-len(held["days"]) // 6))
    ticks = [
        {"at": round(100 * i / len(held["days"]), 2), "label": desk.words.short_day(date.fromisoformat(d))}
        for i, d in enumerate(held["days"])
        if i % every == 0
    ]
    return drawn | {"x_ticks": ticks, "summary": desk.words.say("effect.chart", first=first, last=last)}


def _why(desk: Desk, held: Mapping[str, Any], figures: Mapping[str, str]) -> dict[str, Any]:
    """From the effect down: the two means, the placebos, the model and its skill."""
    say, v = desk.words.say, variable(held["variable"])
    mean = {"value": figures["observed"], "unit": v.unit, "label": say("effect.why.observed"), "from": []}
    other = {"value": figures["counterfactual"], "unit": v.unit, "label": say("effect.why.counterfactual"),
             "note": say("effect.why.model", skill=figures["skill"], raw=figures["raw"],
                         shift=figures["shift"]), "from": []}  # fmt: skip
    chance = {"value": f"{figures['band']} %", "label": say("effect.why.band", n=len(held["placebos"])), "from": [],
              "note": say("effect.why.rank", rank=held["rank"], p=figures["p"],
                          rule=say(f"effect.rule.{held['rule']}"))}  # fmt: skip
    return {"value": f"{figures['percent']} %", "label": say("effect.why.label", item=v.label),
            "note": say("effect.why.rule"),
            "from": [mean, other, chance]}  # fmt: skip


def _summary(desk: Desk, cards: list[dict[str, Any]]) -> str:
    return desk.words.say("effect.summary", n=len(cards), detected=sum(c["detected"] for c in cards))


def _table(desk: Desk, cards: list[dict[str, Any]]) -> dict[str, Any]:
    say = desk.words.say
    columns = [
        column("event", say("effect.event"), "short"),
        column("percent", say("effect.percent"), "number", signed=True, decimals=0, unit="%"),
        column("low", say("effect.low"), "number", signed=True),
        column("high", say("effect.high"), "number", signed=True), column("p", "p", "number", decimals=3),
        column("word", say("effect.verdict_column"), "short"),
        column("place_name", say("table.city"), "short"), column("item", say("table.item"), "short"),
        column("start", say("table.start"), "day"), column("last", say("effect.last"), "day"),
        column("band_low", say("effect.band_low"), "number", signed=True),
        column("band_high", say("effect.band_high"), "number", signed=True),
    ]  # fmt: skip
    keys = [c["key"] for c in columns]
    return table("effects", say("effect.table"), columns, [{k: c[k] for k in keys} for c in cards])
