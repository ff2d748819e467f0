"""The console: pages, their twins, their assets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from threading import Event
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

import airshed
from airshed.errors import AirshedError, BadInput
from airshed.store import View
from airshed.web import render
from airshed.web.air import air_stamp
from airshed.web.assets import assets
from airshed.web.desk import Desk, Memory
from airshed.web.frames import frames_at
from airshed.web.outlook import forecast_stamp
from airshed.web.pages import PAGES, Page
from airshed.web.problems import MEDIA_TYPE, problem, status_of, wants_json
from airshed.web.readings import span
from airshed.web.state import Cursor, State, read_state
from airshed.web.words import Words
from airshed.workspace import Workspace

__all__ = ["create_app"]

_TASTES = ("lang", "theme", "palette")
_LISTS = frozenset({"places", "sectors", "species"})
"""Parts of the URL that boxes of a form give several times."""
_AHEAD = ("/outlook", "/scorecards", "/effects")
_YEAR = 365 * 24 * 3600
_YEARS_AHEAD = 3
"""So many years of the region, the newest first, are reckoned before anyone asks for them."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'self'; base-uri 'self'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
Handler = Callable[[Request], Awaitable[Response]]


class Console:
    """What all requests share: the workspace, the memory, the clock on the wall."""

    def __init__(self, workspace: Workspace, now: Callable[[], datetime]) -> None:
        self.workspace = workspace
        self.now = now
        self.memory = Memory()
        self._leaving = Event()

    @asynccontextmanager
    async def warm(self, _: FastAPI) -> AsyncIterator[None]:
        """While the server starts to listen, make what the first page needs (boundaries take seconds once)."""
        work = asyncio.get_running_loop().run_in_executor(None, self._prepare)
        yield
        self._leaving.set()
        work.cancel()

    def _prepare(self) -> None:
        state = State(language=self.workspace.settings.language)  # type: ignore[arg-type]
        for page in PAGES:
            if page.template and "{" not in page.path:
                self._try(page.build, replace(state, path=page.path))
        self._try(self._prepare_years, state)

    def _try(self, work: Callable[[Desk], object], state: State) -> None:
        if not self._leaving.is_set():
            with suppress(AirshedError):
                work(self.desk(state))

    def _prepare_years(self, desk: Desk) -> None:
        """The years a person looks at next: each takes a second once, and none afterwards."""
        extent = span(desk)
        if extent is None:
            return
        for year in range(
            extent.last.year, max(extent.first.year, extent.last.year - _YEARS_AHEAD + 1) - 1, -1
        ):
            if not self._leaving.is_set():
                frames_at(desk, Cursor(min(date(year, 12, 31), extent.last)), extent)

    def state(self, request: Request) -> State:
        """The state a request asks for."""
        path = re.sub(r"\.(json|csv|svg)$", "", request.url.path)
        asked = {k: v for k, v in request.query_params.items() if v}
        for key in _LISTS & asked.keys():
            asked[key] = ",".join(v for v in request.query_params.getlist(key) if v)
        hour = asked.pop("h", None)
        if hour is not None and "t" in asked:
            asked["t"] = asked["t"][:10] + (f"T{hour.zfill(2)}" if hour.isdigit() else "")
        default = {"airshed_lang": self.workspace.settings.language}
        return read_state("/" if path == "/now" else path, asked, default | dict(request.cookies))

    def desk(self, state: State) -> Desk:
        """The working place of a request."""
        snapshot = self.workspace.snapshot()
        stamp = (str(snapshot.version), self.workspace.law.digest, assets().digest, airshed.__version__)
        view = View.everything()
        return Desk(self.workspace, state, Words(state.language), self.now(), self.memory, view, stamp)

    def answer(self, request: Request, page: Page) -> Response:
        """One page in the form its path asks for, or 304 where the browser has it already."""
        desk = self.desk(self.state(request))
        form = request.url.path.rpartition(".")[2]
        tag = _tag(desk, request.url.path)
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        data = page.build(desk, **request.path_params)
        if form == "json":
            response = render.as_json(data)
        elif form == "csv":
            response = render.as_csv(desk.state, data)
        elif form == "svg" and page.picture:
            response = Response(page.picture(desk, data), media_type="image/svg+xml")
        else:
            response = render.as_html(desk, page.template, data)
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Cookie"
        _remember_taste(response, desk.state)
        return response


def _tag(desk: Desk, path: str) -> str:
    """All that decides what a page says: lake, law, air, outlooks, program, place, time, tastes, hour (for ages)."""
    state = desk.state
    air = air_stamp(desk.workspace.folder) if path.startswith("/air") else ""
    ahead = forecast_stamp(desk.workspace.folder) if path.startswith(_AHEAD) else ""
    parts = [
        *desk.stamp,
        air,
        ahead,
        path,
        repr(sorted(state.query.items())),
        state.language,
        state.theme,
        state.palette,
    ]
    digest = sha256("\n".join([*parts, f"{desk.now:%Y-%m-%dT%H}"]).encode()).hexdigest()
    return f'W/"{digest[:24]}"'


def _remember_taste(response: Response, state: State) -> None:
    for key in _TASTES:
        if value := state.query.get(key):
            response.set_cookie(f"airshed_{key}", value, max_age=_YEAR, samesite="lax", httponly=True)


def create_app(workspace: Workspace, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The console of a workspace as an ASGI application.

    Parameters:
        workspace: what it shows.
        now: the clock on the wall; only the age of data is read from it.
    """
    console = Console(workspace, now)
    app = FastAPI(
        title="Airshed",
        lifespan=console.warm,
        version=airshed.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.console = console
    for page in PAGES:
        _add_page(app, console, page)
    if assets().built:
        app.mount("/assets", _Immutable(directory=assets().folder), name="assets")
    _add_errors(app, console)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.middleware("http")(_guard)
    return app


def _add_page(app: FastAPI, console: Console, page: Page) -> None:
    async def handler(request: Request) -> Response:
        return await run_in_threadpool(console.answer, request, page)

    for ending in page.endings:
        path = page.twin_path + "." + ending
        app.add_api_route(path, handler, methods=["GET", "HEAD"], name=f"{page.name}.{ending}")
    if page.template:
        app.add_api_route(page.path, handler, methods=["GET", "HEAD"], name=page.name)


class _Immutable(StaticFiles):
    """Files whose names carry their digest: they may be kept for a year."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response


async def _guard(request: Request, call_next: Handler) -> Response:
    response = await call_next(request)
    for key, value in _HEADERS.items():
        response.headers.setdefault(key, value)
    return response


def _add_errors(app: FastAPI, console: Console) -> None:
    async def ours(request: Request, error: Exception) -> Response:
        status = status_of(error) if isinstance(error, AirshedError) else 500
        parts = {k: getattr(error, k, "") for k in ("wanted", "came", "advice")}
        return _problem(
            console, request, status, str(error) if status < 500 or parts["wanted"] else "", parts
        )

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _problem(console, request, error.status_code, "", {})

    app.add_exception_handler(AirshedError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, ours)


def _problem(console: Console, request: Request, status: int, detail: str, parts: dict[str, str]) -> Response:
    state = State(path=request.url.path)
    with suppress(BadInput):
        state = console.state(request)
    words = Words(state.language)
    title = words.say(f"problem.{status}") if status in (400, 404, 405, 503) else words.say("problem.500")
    body = problem(status, title, detail, str(request.url.path), **parts)
    if wants_json(request.url.path, request.headers.get("accept", "")):
        return JSONResponse(body, status, media_type=MEDIA_TYPE)
    return render.html("problem", state, words, status, problem=body, data={"title": title, "twins": False})
