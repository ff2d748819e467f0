"""What the pages of the outlook share: which one, for which cities, what it says of itself, what to run instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from airshed.errors import BadInput
from airshed.web.desk import Desk
from airshed.web.outlook import Outlook, outlook_of
from airshed.web.pages.common import categories_of, frame, time_view
from airshed.web.readings import Span, index_provision
from airshed.web.state import Cursor

__all__ = [
    "FAINT",
    "On",
    "asked_outlook",
    "categories_on",
    "choice_number",
    "known_at",
    "method_name",
    "no_outlook",
    "outlook_frame",
    "risk",
    "trained_on",
]

FAINT = 1 / 20  # [1] probability of heavy pollution below which nothing is drawn: own choice
SECTION = "outlook"


@dataclass(frozen=True)
class On:
    """An outlook, the day of the cursor among its days, and the cities of the region it has."""

    outlook: Outlook
    cursor: Cursor
    cities: tuple[str, ...]

    @property
    def day(self) -> int:
        """Number of the cursor's day."""
        return self.outlook.days.index(self.cursor.day)

    def number(self, place: str) -> int:
        """Where a place stands in the outlook's arrays."""
        return self.outlook.places.index(place)


def asked_outlook(desk: Desk) -> On | None:
    """The outlook on the desk; a cursor outside its days stands on the nearest of them."""
    outlook = outlook_of(desk)
    if outlook is None:
        return None
    first, last = outlook.days[0], outlook.days[-1]
    day = desk.state.cursor.day if desk.state.cursor else first
    mine = [p for p in desk.region.members_on(first) if p in outlook.places]
    return On(outlook, Cursor(min(max(day, first), last)), tuple(mine) or outlook.places)


def no_outlook(desk: Desk, title: str) -> dict[str, Any]:
    """The page where the workspace keeps no outlook."""
    return frame(desk, title, SECTION, empty="outlook", tables={}, outlook=None, categories=[])


def outlook_frame(desk: Desk, on: On, title: str, **more: Any) -> dict[str, Any]:
    """The frame of a page: time within the outlook, what is made, what the outlook says of itself."""
    days = on.outlook.days
    extent = Span(days[0], days[-1], None, None, desk.now, None)
    note = {"made": True, "made_note": desk.words.say("outlook.made")} if on.outlook.made else {}
    return frame(
        desk, title, SECTION, time=time_view(desk, on.cursor, extent) | {"hours": []},
        categories=categories_on(desk, on.cursor.day), outlook=_view(desk, on.outlook),
        **({"empty": None} | note | more),
    )  # fmt: skip


def categories_on(desk: Desk, day: date) -> list[dict[str, Any]]:
    """The law's categories of a day."""
    return categories_of(index_provision(desk, day), desk.words)


def _view(desk: Desk, outlook: Outlook) -> dict[str, Any]:
    """An outlook in words: when, how, by which weather."""
    words, said = desk.words, outlook.data.attrs
    moment = outlook.issue
    runs = int(said["weather_members"])
    return {
        "name": outlook.name, "issue": said["issue"], "method": said["method"], "weather": said["weather"],
        "issue_label": f"{words.date(moment.date())} {words.clock_time(moment)}",
        "method_label": method_name(desk, said["method"]),
        "weather_label": words.say(f"outlook.weather.{said['weather']}"),
        "weather_source": said["weather_source"], "weather_members": runs, "members": outlook.size,
        "made": outlook.made, "data_digest": said["data_digest"], "model_digest": said["model_digest"],
        "trained": trained_on(desk, said), "knowledge": known_at(desk, said),
        "left_out": [desk.name(p) for p in str(said.get("left_out", "")).replace(",", " ").split()],
        "others": [{"name": n, "label": _label(desk, n)} for n in outlook.names],
    }  # fmt: skip


def trained_on(desk: Desk, said: Mapping[str, Any]) -> str:
    """The days a model was trained on, and under which weather, in words."""
    span, _, weather = str(said["trained"]).partition(", weather ")
    if not weather:
        return span
    kind = desk.words.say_or(f"outlook.weather.{weather}", weather)
    return desk.words.say("outlook.trained", span=span, weather=kind)


def known_at(desk: Desk, said: Mapping[str, Any]) -> str:
    """What counted as known at the issue, in words."""
    return desk.words.say_or(f"outlook.knowledge.{said['knowledge']}", str(said["knowledge"]))


def _label(desk: Desk, name: str) -> str:
    """A stored outlook's name as people read it: its issue, its method, its weather."""
    stamp, _, rest = name.partition("-")
    method, _, weather = rest.rpartition("-")
    try:
        day = date.fromisoformat(stamp[:8])
    except ValueError:
        return name
    say = desk.words.say_or(f"outlook.weather.{weather}", weather)
    return f"{desk.words.date(day)} {stamp[9:11]}:{stamp[11:13]} · {method_name(desk, method)} · {say}"


def method_name(desk: Desk, method: str) -> str:
    """A method in the page's language; its own name where nobody translated it."""
    return desk.words.say_or(f"outlook.method.{method}", method)


def risk(probability: float) -> float | None:
    """A probability as pages show it: nothing below `FAINT`."""
    return float(probability) if probability == probability and probability >= FAINT else None  # noqa: PLR0124


def choice_number(desk: Desk, key: str, known: tuple[int, ...], default: int) -> int:
    """A part of the URL that is one of some numbers.

    Raises:
        BadInput: it is another.
    """
    text = desk.state.query.get(key) or str(default)
    if text not in {str(n) for n in known}:
        raise BadInput(f"{key} as one of {', '.join(map(str, known))}", repr(text))
    return int(text)
