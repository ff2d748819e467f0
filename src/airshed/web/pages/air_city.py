"""What a city breathes, day by day: from where, from whom, made of what, how old; and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from airshed.web.air import Air
from airshed.web.desk import Desk
from airshed.web.pages.air_common import (
    ORIGINS,
    Asked,
    air_frame,
    asked,
    choice,
    day_empty,
    no_case,
    origins,
    path_of_day,
    sector_name,
)
from airshed.web.pages.air_explain import ammonia_ratio, why_share
from airshed.web.tables import column, table

__all__ = ["air_city_page"]

_MOST_DAYS = 31
_GIVERS = 8
_SHOWN = 0.0005  # of the whole: what gave less would stand there as 0.0 %


def air_city_page(desk: Desk, place: str) -> dict[str, Any]:
    """The dict of ``/air/city/<place>``: the cursor's day in full, and the days round it as bars.

    Raises:
        UnknownPlace: no such city.
    """
    name = desk.words.name(desk.gazetteer.jurisdiction(place).names)
    title, on, city = desk.words.say("air.city.title", city=name), asked(desk), {"place": place, "name": name}
    if on is None:
        return no_case(desk, title) | {"city": city}
    if place not in on.air.cities:
        return air_frame(desk, on, title, empty="place", tables={}, city=city)
    on, days = on.by_day, on.air.days_of(place)
    if on.cursor.day not in days:
        return air_frame(
            desk, on, title, empty="footprint", there=day_empty(desk, days), tables={}, city=city
        )
    tables = {
        "origins": _origins(desk, on, place), "sectors": _grouped(desk, on, place, "sector"),
        "components": _components(desk, on, place), "lags": _grouped(desk, on, place, "lag"),
        "givers": _givers(desk, on, place), "days": _by_day(desk, on.air, place, _window(days, on.cursor.day)),
    }  # fmt: skip
    return air_frame(
        desk, on, title, city=city, tables=tables, whole=_whole(on, place), bars=_bars(tables["days"]["rows"]),
        ammonia=ammonia_ratio(on, place), negative=on.air.negative(on.cursor.day, place),
        path=path_of_day(desk, on.air, on.cursor.day, place),
        why=why_share(desk, on, place, choice(desk, "origin", ORIGINS)), origin=choice(desk, "origin", ORIGINS),
    )  # fmt: skip


def _whole(on: Asked, place: str) -> float:
    bulk = on.air.given(on.cursor.day)["bulk"]
    return float(bulk.filter(pl.col("receptor") == place)["amount"][0])


def _window(days: Sequence[date], day: date) -> list[date]:
    """At most so many days, the cursor's among them."""
    at = list(days).index(day)
    first = max(0, min(at - _MOST_DAYS // 2, len(days) - _MOST_DAYS))
    return list(days[first : first + _MOST_DAYS])


def _origins(desk: Desk, on: Asked, place: str) -> dict[str, Any]:
    say, parts = desk.words.say, origins(on.air, _mine(on, place, "city"))[place]
    rows = [
        {"key": o, "what": say(f"air.origin.{o}"), "amount": parts[o][0], "share": parts[o][1],
         "why": {"amount": desk.state.here(origin=o, anchor="why")}}
        for o in ORIGINS
    ]  # fmt: skip
    return table("origins", say("air.city.origins"), _columns(desk, say("air.city.origin")), rows)


def _columns(desk: Desk, what: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    say = desk.words.say
    return [
        column("what", what),
        column("amount", say("air.amount"), "number", unit="ug/m3", decimals=1),
        column("share", say("data.share"), "percent", decimals=1),
        *more,
    ]


def _mine(on: Asked, place: str, grouping: str) -> pl.DataFrame:
    return on.air.given(on.cursor.day)[grouping].filter(pl.col("receptor") == place)


def _grouped(desk: Desk, on: Asked, place: str, by: str) -> dict[str, Any]:
    """What the inventory's sources gave, by sector or by day of emission; the rests are in the table of origins."""
    say, rows = desk.words.say, []
    for row in _mine(on, place, by).iter_rows(named=True):
        key = row[by]
        if key is None or key in ORIGINS:
            continue
        what = sector_name(desk, key) if by == "sector" else lag_name(desk, int(key))
        rows.append({"key": key, "what": what, "amount": row["amount"], "share": row["share"]})
    if by == "sector":
        rows.sort(key=lambda r: -r["amount"])
    else:
        while len(rows) > 1 and rows[-1]["amount"] == 0:  # before the memory began
            rows.pop()
    return table(f"{by}s", say(f"air.city.{by}s"), _columns(desk, say(f"air.city.{by}")), rows)


def lag_name(desk: Desk, lag: int) -> str:
    """A day of emission, counted back from the receptor's."""
    return desk.words.say("air.lag.same") if lag == 0 else desk.words.say("air.lag.before", n=lag)


def _components(desk: Desk, on: Asked, place: str) -> dict[str, Any]:
    say = desk.words.say
    rows = [
        {"key": r["component"], "what": say(f"air.component.{r['component']}"), "amount": r["amount"],
         "share": r["share"]}
        for r in _mine(on, place, "component").iter_rows(named=True)
        if r["component"] not in ORIGINS
    ]  # fmt: skip
    return table("components", say("air.city.components"), _columns(desk, say("air.city.component")), rows)


def _givers(desk: Desk, on: Asked, place: str) -> dict[str, Any]:
    """The cities that gave most, and the sector of each that did."""
    say, crossed = desk.words.say, _mine(on, place, "city_sector").drop_nulls("sector")
    largest = crossed.sort("amount", descending=True).group_by("city", maintain_order=True).first()
    top_sector = dict(zip(largest["city"], largest["sector"], strict=True))
    rows = []
    for row in _mine(on, place, "city").sort("amount", descending=True).iter_rows(named=True):
        if row["city"] in top_sector and row["city"] not in ORIGINS:
            other = row["city"] == "other"
            rows.append({
                "key": row["city"], "what": say("air.other_places") if other else desk.name(row["city"]),
                "amount": row["amount"], "share": row["share"], "sector": sector_name(desk, top_sector[row["city"]]),
            })  # fmt: skip
    more = column("sector", say("air.city.largest_sector"), "short")
    shown = [row for row in rows[:_GIVERS] if (row["share"] or 0.0) >= _SHOWN]
    return table("givers", say("air.city.givers"), _columns(desk, say("table.city"), more), shown)


def _by_day(desk: Desk, air: Air, place: str, days: Sequence[date]) -> dict[str, Any]:
    say = desk.words.say
    rows: list[dict[str, Any]] = []
    for day in days:
        held = air.given(day)["city"].filter(pl.col("receptor") == place)
        parts = {o: amount for o, (amount, _) in origins(air, held)[place].items()}
        rows.append({"day": day.isoformat(), "whole": sum(parts.values())} | parts)
    columns = [
        column("day", say("time.day"), "day"),
        *(column(o, say(f"air.origin.{o}"), "number", unit="ug/m3", decimals=1) for o in ORIGINS),
        column("whole", say("air.whole"), "number", unit="ug/m3", decimals=1),
    ]
    return table("days", say("air.city.days"), columns, rows)


def _bars(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Stacked bars: each day's parts from below, in per cent of the scale's top; a part below zero is not drawn."""
    from airshed.web.air import nice_top

    top = nice_top(max(sum(max(r[o], 0.0) for o in ORIGINS) for r in rows))
    bars = []
    for row in rows:
        parts, below = [], 0.0
        for origin in ORIGINS:
            height = 100 * max(row[origin], 0.0) / top
            parts.append({"origin": origin, "y": round(100 - below - height, 2), "height": round(height, 2)})
            below += height
        bars.append({"day": row["day"], "parts": parts, "whole": row["whole"], "height": round(below, 2)})
    return {"top": top, "bars": bars}
