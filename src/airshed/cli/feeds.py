"""``airshed feeds`` and ``airshed fetch``."""

from __future__ import annotations

import inspect
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from airshed.cli.options import day
from airshed.cli.screen import show_whole
from airshed.errors import BadInput
from airshed.observations.feeds import FEEDS
from airshed.observations.feeds.openaq_api import OpenAqService, fetch_location
from airshed.quantities import Clock

__all__ = ["feeds_command", "fetch_app"]

fetch_app = typer.Typer(no_args_is_help=True)


def feeds_command() -> None:
    """可读格式 / The forms of files that can be read."""
    table = Table("feed", "form", box=None)
    for name, feed in sorted(FEEDS.items()):
        first = (inspect.getdoc(type(feed)) or "").split("\n")[0]
        table.add_row(name, first)
    table.columns[1].overflow = "fold"
    show_whole(table, folding=1)


@fetch_app.callback()
def _fetch() -> None:
    """One sub-command a service."""


@fetch_app.command("openaq")
def openaq_command(
    location: Annotated[int, typer.Argument(help="OpenAQ location id.")],
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="Last day, included.")],
    folder: Annotated[Path, typer.Option(help="Where the files go; feed them with --feed openaq.")] = Path(
        "openaq"
    ),
    utc_offset: Annotated[float, typer.Option(help="Local standard time minus UTC, hours.")] = 8,
    base_url: Annotated[
        str, typer.Option(help="The service.", envvar="AIRSHED_OPENAQ_URL")
    ] = OpenAqService.base_url,
) -> None:
    """从 OpenAQ 取小时值 / Hourly means of one location; the key comes from OPENAQ_API_KEY."""
    key = os.environ.get("OPENAQ_API_KEY", "")
    if not key:
        raise BadInput(
            "a key in the environment variable OPENAQ_API_KEY", "none", "get one from OpenAQ, then set it"
        )
    clock = Clock(utc_offset)
    span = (clock.day(day(start)).start, clock.day(day(end)).start + timedelta(days=1))
    for path in fetch_location(location, *span, folder, OpenAqService(api_key=key, base_url=base_url)):
        typer.echo(str(path))
