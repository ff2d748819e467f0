"""The tree behind an index: value ← function ← inputs ← provision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airshed.law import Provision
from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.evidence import Evidence, acts_at
from airshed.web.frames import Reading
from airshed.web.words import Words

__all__ = ["explain_index", "formula"]

Node = dict[str, Any]


def explain_index(
    desk: Desk,
    averaging: str,
    items: Sequence[str],
    reading: Reading,
    subs: Mapping[str, int | None],
    seen: Mapping[str, Evidence],
    provision: Provision,
) -> Node:
    """The tree behind the index of a city at a time.

    Parameters:
        averaging: ``day`` or ``hour``.
        items: the items of the index, in order; ``reading.values`` follows it.
        subs: sub-index of each item.
        seen: the rows behind each item.
    """
    say = desk.words.say
    order = sorted(range(len(items)), key=lambda i: -(subs.get(items[i]) or 0))
    parts = [
        _item(desk, items[i], reading.values[i], subs.get(items[i]), seen.get(items[i]), provision, averaging)
        for i in order
    ]
    return {
        "value": reading.aqi if reading.aqi is not None else "NA",
        "label": say("why.aqi"),
        "note": say("why.aqi_rule"),
        "from": [*parts, _law(provision, desk.words)],
    }


def _item(
    desk: Desk,
    item: str,
    value: float | None,
    sub: int | None,
    seen: Evidence | None,
    provision: Provision,
    averaging: str,
) -> Node:
    words, v = desk.words, variable(item)
    label = words.say("why.sub_index", item=v.label)
    if value is None:
        return {"value": "—", "label": label, "note": words.say("why.missing"), "from": []}
    concentration = {
        "value": words.number(value, v.decimals),
        "unit": v.unit,
        "label": words.say(f"why.mean_{averaging}" if item != "o3_mda8" else "why.mda8", item=v.label),
        "from": _inputs(desk, seen),
    }
    note = formula(item, averaging, value, provision, words)
    return {"value": sub if sub is not None else "—", "label": label, "note": note, "from": [concentration]}


def _inputs(desk: Desk, seen: Evidence | None) -> list[Node]:
    if seen is None:
        return []
    say = desk.words.say
    source = desk.words.say_or(f"source.{seen.source}", seen.source)
    node: Node = {"label": say("why.rows", n=seen.rows, places=seen.places, sources=source), "from": []}
    for act in acts_at(desk, seen.received):
        files = ", ".join(f"{f['file']} (sha256 {f['sha256'][:12]}…)" for f in act["files"])
        node["from"].append(
            {"label": say("why.act", seq=act["seq"], by=act["by"], at=act["at"]), "note": files}
        )
    return [node]


def _law(provision: Provision, words: Words) -> Node:
    title = words.name(provision.instrument.titles)
    return {
        "label": f"{provision.version} {title}, {provision.say('clause', words.language)}",
        "note": f"sha256 {provision.digest[:12]}…{_doubts(provision, words)}",
        "status": provision.status,
        "from": [],
    }


def _doubts(provision: Provision, words: Words) -> str:
    if not provision.unverified:
        return ""
    return " · " + words.say("law.parts_unverified", n=len(provision.unverified))


def formula(item: str, averaging: str, value: float, provision: Provision, words: Words) -> str:
    """The straight piece of the law's table a concentration falls on, written out; empty beyond the table.

    Only tables of shared knots (HJ 633) are written out; the US table has pieces of its own.
    """
    row = provision.value["breakpoints"].get(averaging, {}).get(item, [])
    index = provision.value.get("index", [])
    if not row or isinstance(row[0], Sequence):
        return ""
    for low, high, index_low, index_high in zip(row, row[1:], index, index[1:], strict=False):
        if low <= value <= high:
            shown = words.number(value, variable(item).decimals)
            return f"({index_high} − {index_low}) / ({high} − {low}) × ({shown} − {low}) + {index_low}"
    return ""
