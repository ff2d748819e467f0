"""Who breathes whose air: city by city, mean over a period, with the rests beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from airshed.errors import BadInput
from airshed.web.air import Air
from airshed.web.desk import Desk
from airshed.web.pages.air_common import Asked, air_frame, asked, choice, day_empty, no_case, path_of_days
from airshed.web.tables import column, table

__all__ = ["matrix_page", "period_of"]

_DEFAULT_DAYS = 10
"""Where no period is asked for: so many of the last days with footprints."""
_RESTS = ("sides", "top", "initial", "older")


def matrix_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/air/matrix``: ``?from=``, ``to=`` (both count), ``show=amount`` or ``share``.

    Raises:
        BadInput: days that cannot be read.
    """
    title, on = desk.words.say("air.matrix.title"), asked(desk)
    if on is None:
        return no_case(desk, title)
    show = choice(desk, "show", ("amount", "share"))
    days, lacking = period_of(desk, on.air)
    if lacking:
        return air_frame(desk, on, title, empty="footprint", there=day_empty(desk, on.air.days_done), tables={},
                         period=_period(desk, days, lacking), show=show)  # fmt: skip
    rows, most = _rows(desk, on, days, show)
    return air_frame(
        desk, on, title, period=_period(desk, days, []), show=show, most=most, summary=_summary(desk, rows, show),
        tables={"matrix": table("matrix", desk.words.say("air.matrix.table"), _columns(desk, on.air, show), rows)},
        foot=_foot(on.air, rows), cities=list(on.air.cities), path=path_of_days(desk, on.air, days),
    )  # fmt: skip


def period_of(desk: Desk, air: Air) -> tuple[list[date], list[date]]:
    """The days asked for, and those of them that have no footprints of all cities.

    Raises:
        BadInput: days that cannot be read, or none.
    """
    query, done = desk.state.query, air.days_done
    try:
        last = date.fromisoformat(query["to"]) if query.get("to") else (done or air.case.days)[-1]
        first = date.fromisoformat(query["from"]) if query.get("from") else _start(done, last)
    except ValueError as error:
        raise BadInput("from and to as days (2026-01-10)", str(error)) from error
    if not 0 <= (last - first).days < 1000:
        raise BadInput("from before to, a thousand days apart at most", f"{first} to {last}")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return days, [d for d in days if d not in set(done)]


def _start(done: Sequence[date], last: date) -> date:
    """The first day of the unbroken stretch that ends there, at most so many days back."""
    first, known = last, set(done)
    while (last - first).days + 1 < _DEFAULT_DAYS and first - timedelta(days=1) in known:
        first -= timedelta(days=1)
    return first


def _period(desk: Desk, days: Sequence[date], lacking: Sequence[date]) -> dict[str, Any]:
    words = desk.words
    return {
        "first": days[0].isoformat(), "last": days[-1].isoformat(), "days": len(days), "lacking": len(lacking),
        "label": words.say("air.period", first=words.date(days[0]), last=words.date(days[-1]), n=len(days)),
    }  # fmt: skip


def _rows(desk: Desk, on: Asked, days: Sequence[date], show: str) -> tuple[list[dict[str, Any]], float]:
    """One row a receptor; the largest value between two different cities sets the scale of the colours."""
    air = on.air
    held: dict[str, dict[str, float]] = {}
    for row in air.mean(days, "city", air.cities).iter_rows(named=True):
        held.setdefault(row["receptor"], {})[row["city"]] = row[show]
    rows = [_row(desk, air, city, held[city]) for city in air.cities]
    most = max((r[c] for r in rows for c in air.cities if c != r["place"]), default=0.0)
    return rows, max(most, 1e-9)


def _row(desk: Desk, air: Air, city: str, given: Mapping[str, float]) -> dict[str, Any]:
    sources = {c: given.get(c, 0.0) for c in air.cities}
    region = sum(v for c, v in sources.items() if c != city)
    others = {"other": given.get("other", 0.0)} | {r: given.get(r, 0.0) for r in _RESTS}
    whole = sum(given.values())
    row = {"place": city, "name": desk.name(city)} | sources | others
    return row | {"local": sources[city], "region": region, "whole": whole,
                  "why": {"local": desk.state.link(f"/air/city/{city}")}}  # fmt: skip


def _columns(desk: Desk, air: Air, show: str) -> list[dict[str, Any]]:
    say = desk.words.say
    kind: Any = "percent" if show == "share" else "number"
    more: dict[str, Any] = {} if show == "share" else {"decimals": 1}
    return [
        column("name", say("air.matrix.receptor"), "place"),
        *(column(c, desk.name(c).removesuffix("市"), kind, group="city", **more) for c in air.cities),
        column("other", say("air.origin.outside"), kind, group="rest", **more),
        *(column(r, say(f"air.origin.{r}"), kind, group="rest", **more) for r in _RESTS),
        column("local", say("air.origin.local"), kind, group="margin", **more),
        column("region", say("air.origin.region"), kind, group="margin", **more),
        column("whole", say("air.whole"), kind, group="margin", **more),
    ]


def _foot(air: Air, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Margins below: the mean of each column, and what each city gave to the others on the mean."""
    keys = (*air.cities, "other", *_RESTS, "local", "region", "whole")
    mean = {k: sum(r[k] for r in rows) / len(rows) for k in keys}
    others = max(len(rows) - 1, 1)
    gave = {c: sum(r[c] for r in rows if r["place"] != c) / others for c in air.cities}
    return {"mean": mean, "gave": gave}


def _summary(desk: Desk, rows: Sequence[Mapping[str, Any]], show: str) -> str:
    """Who stands most on itself, and the largest gift of one city to another."""
    words = desk.words
    local, place = max((r["local"] / r["whole"] if r["whole"] else 0.0, r["place"]) for r in rows)
    pairs = [(r[s["place"]], s["place"], r["place"]) for r in rows for s in rows if s is not r]
    if not pairs:
        return ""
    most, giver, taker = max(pairs)
    amount = words.percent(most) if show == "share" else f"{words.number(most, 1)} µg/m³"
    return words.say("air.matrix.summary", place=desk.name(place), local=words.percent(local),
                     giver=desk.name(giver), taker=desk.name(taker), amount=amount)  # fmt: skip
