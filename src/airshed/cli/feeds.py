"""``airshed feeds`` and ``airshed fetch``."""

from __future__ import annotations

import inspect

import typer
from rich.console import Console
from rich.table import Table

from airshed.observations.feeds import FEEDS

__all__ = ["feeds_command"]


def feeds_command() -> None:
    """可读格式 / The forms of files that can be read."""
    table = Table("feed", "form", box=None)
    for name, feed in sorted(FEEDS.items()):
        first = (inspect.getdoc(type(feed)) or "").split("\n")[0]
        table.add_row(name, first)
    Console().print(table)
