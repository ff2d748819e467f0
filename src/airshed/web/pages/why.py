"""Why: the tree behind a mean, a percentile, a composite index or a share of good days of a city."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, get_args

from airshed.assessment.explain import Quantity, explain_value
from airshed.errors import BadInput
from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.pages.common import frame

__all__ = ["why_link", "why_page"]

_QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


def why_link(
    desk: Desk, place: str, quantity: Quantity, first: date, last: date, item: str | None = None
) -> str:
    """Where the tree behind a figure stands."""
    days = {"from": first.isoformat(), "to": last.isoformat()}
    return desk.state.link(f"/why/{place}", quantity=quantity, item=item, **days)


def why_page(desk: Desk, place: str) -> dict[str, Any]:
    """The dict of ``/why/<place>``: ``?quantity=``, ``from``, ``to`` and for a mean or percentile the ``item``.

    Raises:
        BadInput: days that cannot be read, or a quantity or item nobody knows.
        UnknownPlace: no such city.
    """
    query = desk.state.query
    try:
        first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
    except (KeyError, ValueError) as error:
        raise BadInput("from and to as days (2015-01-01)", str(error)) from error
    quantity = next((q for q in _QUANTITIES if q == query.get("quantity")), None)
    if quantity is None:
        raise BadInput(f"quantity as one of {', '.join(_QUANTITIES)}", repr(query.get("quantity")))
    name = desk.words.name(desk.gazetteer.jurisdiction(place).names)
    key = ("why", place, quantity, first, last, query.get("item"))
    tree = desk.remember(
        key,
        lambda: explain_value(
            desk.workspace, place, quantity, start=first, end=last, item=query.get("item"), view=desk.view
        ),
    )
    return frame(desk, desk.words.say("why.title", place=name), "assess", region_path="/ranking",
                 city={"place": place, "name": name}, tree=tree, drawing={"tree": _node(desk, tree)})  # fmt: skip


def _node(desk: Desk, tree: Mapping[str, Any]) -> dict[str, Any]:
    """A node of the explanation as the page prints it."""
    words = desk.words
    children = [_node(desk, child) for child in tree["children"]]
    if law := tree["provision"]:
        title = f"{law['version']} {words.name(law['titles'])}"
        children.append({"label": title, "note": _clause(desk, law), "status": law["status"], "from": []})
    parts = [tree["formula"] or "", *(_input(desk, k, v) for k, v in tree["inputs"].items() if v is not None)]
    return {
        "value": _value(desk, tree["value"]),
        "unit": tree["unit"] if tree["value"] is not None else "",
        "label": words.name(tree["label"]),
        "note": " · ".join(p for p in parts if p),
        "from": children,
    }


def _clause(desk: Desk, law: Mapping[str, Any]) -> str:
    book = desk.workspace.law.provisions
    found = next(
        (p.say("clause", desk.words.language) for p in book if p.digest == law["digest"]), law["clause"]
    )
    return f"{found} · sha256 {law['digest'][:12]}…"


def _value(desk: Desk, value: Any) -> str | None:
    return (
        None if value is None else desk.words.exact(value) if isinstance(value, int | float) else str(value)
    )


def _input(desk: Desk, key: str, value: Any) -> str:
    """One input in words; the files of the lake by their number alone."""
    label = desk.words.say_or(f"why.inputs.{key}", key)
    if key == "files":
        return desk.words.say("why.files", n=len(value))
    if key == "committed_at":
        return f"{label} {desk.clock.local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return f"{label} {desk.words.say('why.true' if value else 'why.false')}"
    members = value if isinstance(value, list | tuple) else [value]
    return f"{label} {', '.join(_member(desk, key, v) for v in members)}"


def _member(desk: Desk, key: str, value: Any) -> str:
    if key in ("source", "sources"):
        return desk.words.say_or(f"source.{value}", str(value))
    if key in ("basis", "bases"):
        return desk.words.say_or(f"why.basis.{value}", str(value))
    if key == "principal":
        return variable("o3_mda8" if value == "o3" else value).label
    return _value(desk, value) or "—"
