"""From a page's plain dict to what the browser gets: HTML, ``.json`` or ``.csv``."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from airshed.errors import BadInput
from airshed.quantities.catalogue import Variable, variable
from airshed.web.assets import assets
from airshed.web.desk import Desk
from airshed.web.palette import colour_rules
from airshed.web.state import PALETTES, State
from airshed.web.tables import arrange, csv_text
from airshed.web.words import LANGUAGES, Words

__all__ = ["as_csv", "as_html", "as_json", "environment", "html", "unit_text"]

_UNITS = {"ug/m3": "µg/m³", "mg/m3": "mg/m³", "degC": "°C", "deg": "°"}
_NAVIGATION = (
    ("now", "/"),
    ("outlook", "/outlook"),
    ("air", "/air"),
    ("assess", "/ranking"),
    ("data", "/data"),
    ("law", "/law"),
)


def unit_text(unit: str) -> str:
    """A unit as print shows it."""
    return _UNITS.get(unit, unit)


@cache
def environment() -> Environment:
    """The templates. An unknown name in a template is an error, never an empty string."""
    env = Environment(
        loader=PackageLoader("airshed.web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["unit"] = unit_text
    env.globals.update(
        assets=assets, arrange=arrange, colour_rules=colour_rules, variable=_variable, date=_date
    )
    return env


def _variable(key: str) -> Variable:
    return variable(key)


def _date(text: str | date) -> date:
    return text if isinstance(text, date) else datetime.fromisoformat(text).date()


def html(template: str, state: State, words: Words, status: int = 200, **more: Any) -> HTMLResponse:
    """A template as a response."""
    text = (
        environment()
        .get_template(f"{template}.html")
        .render(
            state=state,
            words=words,
            say=words.say,
            navigation=_NAVIGATION,
            languages=LANGUAGES,
            palettes=PALETTES,
            desk=more.pop("desk", None),
            **more,
        )
    )
    return HTMLResponse(text, status)


def as_html(desk: Desk, template: str, data: dict[str, Any]) -> Response:
    """The page itself."""
    return html(template, desk.state, desk.words, desk=desk, data=data)


def as_json(data: dict[str, Any]) -> Response:
    """The page's ``.json`` twin: what the template is given, without what is only for drawing."""
    return JSONResponse(jsonable_encoder({k: v for k, v in data.items() if k != "drawing"}))


def as_csv(state: State, data: dict[str, Any]) -> Response:
    """One table of the page: ``?table=<name>``, the first by default.

    Raises:
        BadInput: the page has no such table.
    """
    tables = data.get("tables") or {}
    name = state.query.get("table") or next(iter(tables), "")
    if name not in tables:
        raise BadInput(f"table as one of {', '.join(tables) or '(this page has none)'}", repr(name))
    headers = {"Content-Disposition": f'inline; filename="airshed-{name}.csv"'}
    return Response(csv_text(tables[name]), media_type="text/csv; charset=utf-8", headers=headers)
