"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

import airshed
from airshed.errors import BadInput, NotAWorkspace
from airshed.places import Gazetteer
from airshed.quantities import BEIJING, Clock

__all__ = ["Language", "WorkspaceFolder", "clock_of", "day", "gazetteer_of", "instant", "who"]

WorkspaceFolder = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="AIRSHED_WORKSPACE", help="The workspace folder.")
]
Language = Annotated[str, typer.Option("--lang", envvar="AIRSHED_LANG", help="zh or en.")]


def gazetteer_of(folder: Path) -> Gazetteer:
    """The workspace's places, or the packaged ones where there is no workspace."""
    try:
        return airshed.open(folder).gazetteer
    except NotAWorkspace:
        return Gazetteer.load()


def clock_of(folder: Path) -> Clock:
    """The clock of the workspace's region, or Beijing's where there is no workspace."""
    try:
        return airshed.open(folder).clock()
    except NotAWorkspace:
        return BEIJING


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
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput("a time as YYYY-MM-DDTHH:MM", repr(text), "write 2015-01-31T08:00+08:00") from error
    return when if when.tzinfo else BEIJING.utc(when)


def who(given: str | None) -> str:
    """Who acts: as said, else the environment's AIRSHED_USER, else the login name."""
    return given or os.environ.get("AIRSHED_USER") or getpass.getuser()
