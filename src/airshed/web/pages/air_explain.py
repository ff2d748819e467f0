"""Why this share: the value, what was summed, the footprints behind it, the weather and the inventory they stand on."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from airshed.web.desk import Desk
from airshed.web.pages.air_common import ORIGINS, Asked, case_view, origins, path_of_day, sector_name

__all__ = ["ammonia_ratio", "why_share"]

Node = dict[str, Any]
_SECTORS_SHOWN = 4


def ammonia_ratio(on: Asked, place: str) -> float | None:
    """The gas ratio of the cursor's day at a city; None without nitrate.

    Totals of ammonia, nitrate and sulfate as the receptor had them, mole by mole. Ammonium and sulfate travel within
    ``fine``; what became of SO2 and NH3 is the part of PM2.5 that was emitted as these.
    """
    from airshed.chemistry import ammonia_limitation
    from airshed.chemistry.constants import table

    mass, hours = table("molar_mass"), on.air.hours(on.cursor.day)
    seen = on.air.receptors.sel(receptor=place)
    gas = {k: float(seen["mean"].sel(tracer=k)[hours].mean()) for k in ("nh3", "nitrate")}
    part = {k: float(seen["pm25"].sel(part=k)[hours].mean()) for k in ("nh3", "so2")}
    ammonia = gas["nh3"] / mass["nh3"] + part["nh3"] / mass["ammonium"]
    ratio = ammonia_limitation(*(np.array(x) for x in (
        ammonia, gas["nitrate"] / mass["nitrate"], part["so2"] / mass["sulfate"])))  # fmt: skip
    return float(ratio) if np.isfinite(ratio) else None


def why_share(desk: Desk, on: Asked, place: str, origin: str) -> Node:
    """The tree behind one origin's share of a city's day."""
    say, words = desk.words.say, desk.words
    held = on.air.given(on.cursor.day)
    mine = {k: t.filter(pl.col("receptor") == place) for k, t in held.items()}
    amount, share = origins(on.air, mine["city"])[place][origin]
    whole, summed = float(mine["bulk"]["amount"][0]), float(mine["city"]["amount"].sum())
    total = {
        "value": words.number(whole, 2), "unit": "ug/m3", "label": say("air.why.whole"),
        "note": say("air.why.closure", difference=words.signed(summed - whole, 4)), "from": [],
    }  # fmt: skip
    gift = {
        "value": words.number(amount, 2), "unit": "ug/m3",
        "label": say("air.why.amount", origin=say(f"air.origin.{origin}")), "note": say(f"air.why.of_{_kind(origin)}"),
        "from": [*_members(desk, on, mine["city_sector"], place, origin), _footprints(desk, on, place)],
    }  # fmt: skip
    label = say(
        "air.why.share",
        origin=say(f"air.origin.{origin}"),
        city=desk.name(place),
        day=words.date(on.cursor.day),
    )
    return {
        "value": words.percent(share, 1),
        "label": label,
        "note": say("air.why.rule"),
        "from": [gift, total],
    }


def _kind(origin: str) -> str:
    return "source" if origin in ORIGINS[:3] else "rest"


def _members(desk: Desk, on: Asked, crossed: pl.DataFrame, place: str, origin: str) -> list[Node]:
    """The largest sectors of an origin; a rest has none."""
    if _kind(origin) == "rest":
        return []
    city, inside = pl.col("city"), list(on.air.cities)
    of = {
        "local": city == place,
        "region": city.is_in(inside) & (city != place),
        "outside": ~city.is_in(inside),
    }
    rows = crossed.drop_nulls("sector").filter(of[origin]).group_by("sector").agg(pl.col("amount").sum())
    return [
        {
            "value": desk.words.number(amount, 2),
            "unit": "ug/m3",
            "label": sector_name(desk, sector),
            "from": [],
        }
        for sector, amount in rows.sort("amount", descending=True).head(_SECTORS_SHOWN).iter_rows()
    ]


def _footprints(desk: Desk, on: Asked, place: str) -> Node:
    """The run behind the figure: footprints, then weather and inventory."""
    from airshed.transport.shelf import KEPT_BITS

    say, words = desk.words.say, desk.words
    case = case_view(desk, on.air)
    remaining = on.air.negative(on.cursor.day, place)
    negative = "—" if remaining is None else words.percent(remaining, 2)
    precision = say(
        "air.why.precision", kind=case["precision"], parts=2 ** (KEPT_BITS + 1), negative=negative
    )
    spoken = path_of_day(desk, on.air, on.cursor.day, place)
    made = f" · {say('air.made_short')}" if case["made"] else ""
    outside = say("air.geometric" if case["geometric"] else "air.boundary")
    return {
        "label": say("air.why.footprint", case=case["name"], n=case["memory_days"]), "note": precision,
        "from": [
            {"label": spoken["label"], "note": spoken["line"]},
            {"label": say("air.why.weather", source=case["weather"], cell=words.exact(case["cell_km"])),
             "note": f"{case['days']}{made}"},
            {"label": say("air.why.inventory", name=case["inventory"]),
             "note": say("air.why.places", basis=case["basis"])},
            {"label": say("air.why.outside"), "note": outside},
        ],
    }  # fmt: skip
