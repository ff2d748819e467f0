"""What if less were emitted: what the cities would have breathed; refused where contributions do not predict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airshed.errors import BadInput
from airshed.web.desk import Desk
from airshed.web.pages.air_common import Asked, air_frame, asked, day_empty, no_case, sector_name
from airshed.web.pages.air_matrix import period_of
from airshed.web.tables import column, table

__all__ = ["whatif_page"]


def whatif_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/air/whatif``: ``?places=``, ``sectors=``, ``species=`` (with commas), ``cut=`` [%], days.

    Without ``cut`` it is the form alone. A cut of what does not answer linearly is refused, with the reason.

    Raises:
        BadInput: a place, sector, species or figure that cannot be read.
    """
    title, on = desk.words.say("air.whatif.title"), asked(desk)
    if on is None:
        return no_case(desk, title)
    days, lacking = period_of(desk, on.air)
    form = _form(desk, on, days)
    if lacking:
        return air_frame(desk, on, title, empty="footprint", there=day_empty(desk, on.air.days_done), tables={},
                         form=form, result=None, refused=None)  # fmt: skip
    result, refused = None, None
    tables: dict[str, Any] = {}
    if desk.state.query.get("cut"):
        result, refused, tables = _answer(desk, on, form, days)
    return air_frame(desk, on, title, form=form, result=result, refused=refused, tables=tables)


def _form(desk: Desk, on: Asked, days: list[date]) -> dict[str, Any]:
    from airshed.transport import SPECIES

    sectors = on.air.case.study.sources.sectors
    return {
        "places": _options(desk, "places", {c: desk.name(c) for c in on.air.cities}),
        "sectors": _options(desk, "sectors", {s: sector_name(desk, s) for s in sectors}),
        "species": _options(desk, "species", {s: desk.words.say(f"air.species.{s}") for s in SPECIES}, "pm25"),
        "cut": desk.state.query.get("cut", ""), "from": days[0].isoformat(), "to": days[-1].isoformat(),
    }  # fmt: skip


def _options(desk: Desk, key: str, known: Mapping[str, str], default: str = "") -> list[dict[str, Any]]:
    """Boxes of a form, ticked as the URL says.

    Raises:
        BadInput: the URL names something else.
    """
    text = desk.state.query.get(key) or (default if "cut" not in desk.state.query else "")
    chosen = [c for c in text.split(",") if c]
    if unknown := [c for c in chosen if c not in known]:
        raise BadInput(f"{key} among {', '.join(known)}", ", ".join(unknown))
    return [{"id": k, "name": name, "chosen": k in chosen} for k, name in known.items()]


def _cut(text: str) -> float:
    """The cut asked for [%]; `Measure` refuses what is no cut."""
    try:
        return float(text)
    except ValueError as error:
        raise BadInput("cut as a number [%]", repr(text)) from error


def _chosen(form: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(o["id"] for o in form[key] if o["chosen"])


def _answer(
    desk: Desk, on: Asked, form: Mapping[str, Any], days: list[date]
) -> tuple[Any, Any, dict[str, Any]]:
    """The outcome, or the refusal with its reason, and the tables."""
    from airshed.emissions import Measure, Scenario
    from airshed.transport.whatif import LINEAR, what_if

    species, name = _chosen(form, "species"), desk.words.say("air.whatif.title")
    if not species:
        return None, {"species": [], "reason": desk.words.say("air.whatif.name_species"), "detail": ""}, {}
    measure = Measure("asked", {"zh": name, "en": name}, _cut(form["cut"]), _chosen(form, "places"),
                      _chosen(form, "sectors"), species)  # fmt: skip
    scenario = Scenario(name, (measure,))
    try:
        found = what_if(on.air.case, scenario, days[0], days[-1] + timedelta(days=1), desk.gazetteer)
    except BadInput as error:
        other = [s for s in species if s not in LINEAR]
        if not other:
            raise
        names = [desk.words.say(f"air.species.{s}") for s in other]
        return (
            None,
            {"species": names, "reason": desk.words.say("air.whatif.reason"), "detail": str(error)},
            {},
        )
    rows = [
        {"place": r["receptor"], "name": desk.name(r["receptor"]), "before": r["before"], "after": r["after"],
         "change": r["after"] - r["before"], "relative": r["change"]}
        for r in found.means.iter_rows(named=True)
    ]  # fmt: skip
    result = {
        "linearity": found.linearity, "share_predicted": found.share_predicted, "share_older": found.share_older,
        "days": len(days), "made": found.made, "summary": _summary(desk, rows, measure.cut),
    }  # fmt: skip
    return result, None, {"whatif": _table(desk, rows)}


def _table(desk: Desk, rows: list[dict[str, Any]]) -> dict[str, Any]:
    say = desk.words.say
    columns = [
        column("name", say("table.city"), "place"),
        column("before", say("air.whatif.before"), "number", unit="ug/m3", decimals=1),
        column("after", say("air.whatif.after"), "number", unit="ug/m3", decimals=1),
        column("change", say("air.whatif.change"), "number", unit="ug/m3", decimals=1, signed=True),
        column("relative", say("air.whatif.relative"), "percent", decimals=1),
    ]
    return table("whatif", say("air.whatif.table"), columns, sorted(rows, key=lambda r: r["change"]))


def _summary(desk: Desk, rows: list[dict[str, Any]], cut: float) -> str:
    words, most = desk.words, min(rows, key=lambda r: r["change"])
    mean = sum(r["change"] for r in rows) / len(rows)
    return words.say("air.whatif.summary", cut=words.exact(cut), mean=words.signed(mean, 1), city=most["name"],
                     most=words.signed(most["change"], 1))  # fmt: skip
