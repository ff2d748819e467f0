"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from airshed.errors import BadInput

__all__ = ["Language", "WorkspaceFolder", "day", "instant", "who"]

WorkspaceFolder = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="AIRSHED_WORKSPACE", help="The workspace folder.")
]
Language = Annotated[str, typer.Option("--lang", envvar="AIRSHED_LANG", help="zh or en.")]


def day(text: str) -> date:
    """A day as typed.

    Raises:
        BadInput: not YYYY-MM-DD.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("a day as YYYY-MM-DD", repr(text), "write 2015-01-31") from error


def instant(text: str) -> datetime:
    """A time with zone as typed; without a zone it is Beijing time.

    Raises:
        BadInput: not ISO 8601.
    """
    from airshed.quantities import BEIJING

    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput("a time as YYYY-MM-DDTHH:MM", repr(text), "write 2015-01-31T08:00+08:00") from error
    return when if when.tzinfo else BEIJING.utc(when)


def who(given: str | None) -> str:
    """Who acts: as said, else the environment's AIRSHED_USER, else the login name."""
    return given or os.environ.get("AIRSHED_USER") or getpass.getuser()
