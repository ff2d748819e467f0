"""``airshed init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from airshed import Settings, init

__all__ = ["init_command"]


def init_command(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    region: Annotated[str, typer.Option(help="The region pages open on: bth13, 2+26, 2+36, fenwei, yrd or your own.")] = "bth13",
    database: Annotated[str, typer.Option(help="'sqlite', an SQLAlchemy URL, or $NAME of an environment variable.")] = "sqlite",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """建立工作区 / Make a workspace: one folder with settings, database and lake."""
    workspace = init(folder, Settings(region=region, language=language, database=database))
    workspace.region()
    typer.echo(f"workspace ready: {folder} (region {workspace.settings.region})")
    typer.echo(f"next: airshed ingest FILE --feed city-daily -w {folder}")
