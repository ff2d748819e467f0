"""What the air pages share: the case in words, the day of the cursor, origins, what to say where something lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from airshed.errors import BadInput
from airshed.web.air import Air, air_of, runs_of
from airshed.web.desk import Desk
from airshed.web.pages.common import frame, time_view
from airshed.web.readings import Span
from airshed.web.state import Cursor

__all__ = [
    "ORIGINS", "Asked", "air_frame", "asked", "case_view", "choice", "day_empty", "no_case", "origins", "path_of_day",
    "path_of_days", "rest_total", "sector_name", "stretches",
]  # fmt: skip

ORIGINS = ("local", "region", "outside", "sides", "top", "initial", "older")
"""Where what a city breathes came from: itself, the region's others, the rest of the grid; then the rests."""


@dataclass(frozen=True)
class Asked:
    """The case and the day or hour a page is about."""

    air: Air
    cursor: Cursor

    @property
    def by_day(self) -> Asked:
        """The whole day of the cursor: footprints know no hours."""
        return Asked(self.air, Cursor(self.cursor.day))

    @property
    def inside(self) -> bool:
        """Whether the case has that day."""
        days = self.air.case.days
        return bool(days) and days[0] <= self.cursor.day <= days[-1]


def asked(desk: Desk) -> Asked | None:
    """The case on the desk with the cursor's day, by default the last with footprints; None where no case has run."""
    air = air_of(desk)
    if air is None or not air.has_fields or not air.case.days:
        return None
    return Asked(air, desk.state.cursor or Cursor((air.days_done or air.case.days)[-1]))


def no_case(desk: Desk, title: str) -> dict[str, Any]:
    """The page where the workspace has no case that was run."""
    return frame(desk, title, "air", empty="case", tables={}, air=None)


def air_frame(desk: Desk, on: Asked, title: str, *, hours: bool = False, **more: Any) -> dict[str, Any]:
    """The frame of an air page: time within the case, what is made, where the other air pages are."""
    days, on = on.air.case.days, on if hours else on.by_day
    extent = Span(days[0], days[-1], None, None, desk.now, None)
    time = time_view(desk, on.cursor, extent)
    made = {"made": True, "made_note": desk.words.say("air.made")} if on.air.case.about.made else {}
    shown = time if hours else time | {"hours": []}
    return frame(
        desk, title, "air", time=shown, air=case_view(desk, on.air), **({"empty": None} | made | more)
    )


def case_view(desk: Desk, air: Air) -> dict[str, Any]:
    """A case in words: what it stands on."""
    about, weather = air.case.about, air.case.study.weather
    return {
        "name": about.name, "names": list(air.names), "made": about.made, "inventory": about.inventory,
        "weather": str(weather.attrs.get("source", "—")), "cell_km": round(air.case.study.grid.cell / 1000, 2),
        "geometric": air.case.study.geometric, "basis": about.basis, "memory_days": about.memory.most,
        "first": air.case.days[0].isoformat(), "last": air.case.days[-1].isoformat(),
        "days": stretches(desk, air.case.days), "days_done": stretches(desk, air.days_done),
        "region": about.region, "path": about.path,
        "precision": str(getattr(air.case.study.dtype, "__name__", air.case.study.dtype)),
    }  # fmt: skip


def path_of_day(desk: Desk, air: Air, day: date, city: str) -> dict[str, Any]:
    """By which path a city's day was reckoned: ``path``, ``negative``, ``gap``, and ``label`` and ``line`` in words."""
    found = air.spoken_of(day, city)
    say, words = desk.words.say, desk.words
    if found["path"] == "footprint":
        part = words.percent(found["negative"], 1) if found["negative"] is not None else "—"
        line = say("air.path.footprint_line", negative=part)
    elif found["gap"] is None:
        line = say("air.path.always_line")
    else:
        points = words.number(100 * found["gap"], 1)
        line = say("air.path.positive_line", negative=words.percent(found["negative"], 1), gap=points)
    return {"path": found["path"], "negative": found["negative"], "gap": found["gap"],
            "label": say(f"air.path.{found['path']}"), "line": line}  # fmt: skip


def path_of_days(desk: Desk, air: Air, days: Sequence[date]) -> dict[str, Any]:
    """The same of all cities' days of a period: how many by the positive path, and one line that says so."""
    rows = air.spoken.filter(pl.col("day").is_in(list(days)))
    positive, say = rows.filter(pl.col("path") == "positive"), desk.words.say
    counted = {"positive": len(positive), "of": len(rows)}
    if len(positive) == 0:
        line = say("air.path.none_line")
    elif len(gaps := positive["gap"].drop_nulls()) == 0:
        line = say("air.path.always_line")
    else:
        most = desk.words.number(100 * max(gaps.to_list()), 1)
        line = say("air.path.days_line", n=counted["positive"], of=counted["of"], gap=most)
    return counted | {"line": line}


def day_empty(desk: Desk, days: Iterable[date]) -> dict[str, Any]:
    """What there is instead of the day asked for: its days in words and the last of them."""
    known = sorted(days)
    return {
        "days": stretches(desk, known) if known else desk.words.say("air.none"),
        "last": known[-1].isoformat() if known else None,
    }


def stretches(desk: Desk, days: Sequence[date]) -> str:
    """Days as stretches, in words."""
    words = desk.words
    parts = [words.date(a) if a == b else f"{words.date(a)}–{words.short_day(b)}" for a, b in runs_of(days)]
    return words.say("now.comma").join(parts)


def choice(desk: Desk, key: str, known: Sequence[str]) -> str:
    """A part of the URL that names one of some things; the first where it is not there.

    Raises:
        BadInput: it names something else.
    """
    text = desk.state.query.get(key) or known[0]
    if text not in known:
        raise BadInput(f"{key} as one of {', '.join(known)}", repr(text))
    return text


def origins(air: Air, table: pl.DataFrame) -> dict[str, dict[str, tuple[float, float]]]:
    """For each receptor of a table by city: origin to amount [ug m-3] and share."""
    from airshed.transport import origin_shares

    found: dict[str, dict[str, tuple[float, float]]] = {}
    for row in origin_shares(table, air.cities).iter_rows(named=True):
        found.setdefault(row["receptor"], {})[row["origin"]] = (row["amount"], row["share"])
    return {r: {o: found[r].get(o, (0.0, 0.0)) for o in ORIGINS} for r in found}


def rest_total(parts: Mapping[str, tuple[float, float]], which: int) -> float:
    """The rests together: amount (0) or share (1)."""
    return sum(parts[o][which] for o in ORIGINS[3:])


def sector_name(desk: Desk, sector: str) -> str:
    """A sector in the page's language."""
    from airshed.emissions import profiles_of_the_house

    names = profiles_of_the_house().names.get(sector)
    return desk.words.name(names) if names else sector
