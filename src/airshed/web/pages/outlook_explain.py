"""Why this probability: the members that count, the method, the weather it was told, the data, the law of that day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshed.web.desk import Desk
from airshed.web.pages.common import provision_view
from airshed.web.pages.outlook_common import On, known_at, method_name, trained_on
from airshed.web.readings import index_provision

__all__ = ["why_outlook"]

Node = dict[str, Any]


def why_outlook(desk: Desk, on: On, place: str, cell: Mapping[str, Any]) -> Node:
    """The tree behind the probability of heavy pollution of the cursor's day at a city."""
    say, words, said = desk.words.say, desk.words, on.outlook.data.attrs
    bound = int(on.outlook.data["heavy_above"].values[on.number(place), on.day])
    index = on.outlook.data["index"].values[:, on.number(place), on.day]
    above, known = int((index > bound).sum()), int((index >= 0).sum())
    members = {
        "value": f"{above} / {known}", "label": say("outlook.why.members", bound=bound),
        "note": say("outlook.why.joined"),
        "from": [_model(desk, said), _weather(desk, said), _data(desk, said)],
    }  # fmt: skip
    return {
        "value": words.percent(cell["heavy"]), "note": say("outlook.why.rule", bound=bound),
        "label": say("outlook.why.label", city=desk.name(place), day=words.date(on.cursor.day)),
        "from": [members, *_law(desk, on, place)],
    }  # fmt: skip


def _model(desk: Desk, said: Mapping[str, Any]) -> Node:
    say = desk.words.say
    note = say("outlook.why.trained", span=trained_on(desk, said), digest=str(said["model_digest"])[:12])
    return {
        "label": say("outlook.why.method", method=method_name(desk, said["method"])),
        "note": note,
        "from": [],
    }


def _weather(desk: Desk, said: Mapping[str, Any]) -> Node:
    say = desk.words.say
    label = say("outlook.why.weather", kind=say(f"outlook.weather.{said['weather']}"))
    note = say("outlook.why.runs", source=said["weather_source"], n=int(said["weather_members"]))
    return {"label": label, "note": note, "from": []}


def _data(desk: Desk, said: Mapping[str, Any]) -> Node:
    say = desk.words.say
    return {"label": say("outlook.why.data", known=known_at(desk, said)), "from": [],
            "note": f"sha256 {str(said['data_digest'])[:12]}…"}  # fmt: skip


def _law(desk: Desk, on: On, place: str) -> list[Node]:
    provision = index_provision(desk, on.cursor.day, place)
    if provision is None:
        return []
    view = provision_view(provision, desk.words)
    return [{"label": f"{view['version']} {view['title']}, {view['clause']}", "status": view["status"], "from": [],
             "note": f"sha256 {view['digest'][:12]}…"}]  # fmt: skip
