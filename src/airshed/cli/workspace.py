"""``airshed init`` and what a person adds to a workspace besides observations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import airshed
from airshed.cli.options import WorkspaceFolder, who
from airshed.imports import import_law, import_stations
from airshed.places import Gazetteer

__all__ = ["init_command", "law_import_command", "stations_import_command"]


def init_command(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    region: Annotated[
        str, typer.Option(help="The region pages open on: bth13, 2+26, 2+36, fenwei, yrd or your own.")
    ] = "bth13",
    database: Annotated[
        str, typer.Option(help="'sqlite', an SQLAlchemy URL, or $NAME of an environment variable.")
    ] = "sqlite",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """建立工作区 / Make a workspace: one folder with settings, database and lake."""
    settings = airshed.Settings(region=region, language=language, database=database)
    if not folder.exists():
        Gazetteer.load().region(region)  # a word nobody knows must not leave a folder behind
    workspace = airshed.init(folder, settings)
    workspace.region()
    typer.echo(f"workspace ready: {folder} (region {workspace.settings.region})")
    typer.echo(f"next: airshed ingest FILE --feed city-daily -w {folder}")


def law_import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A law text (YAML).")],
    ground: Annotated[str, typer.Option("--because", help="Why; it stands in the record.")] = "",
    by: Annotated[str | None, typer.Option(help="Who imports; default is you.")] = None,
    workspace: WorkspaceFolder = Path(),
) -> None:
    """导入法规文本 / Add a law text to the workspace's own book: an act on record."""
    target = import_law(airshed.open(workspace), file, by=who(by), ground=ground)
    typer.echo(f"in force for its places and dates from now on: {target.name}")


def stations_import_command(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A station list (CSV, XLSX or Parquet).")
    ],
    ground: Annotated[str, typer.Option("--because", help="Why; it stands in the record.")] = "",
    by: Annotated[str | None, typer.Option(help="Who imports; default is you.")] = None,
    workspace: WorkspaceFolder = Path(),
) -> None:
    """导入站点表 / Add or correct stations from a spreadsheet: an act on record."""
    count, faults = import_stations(airshed.open(workspace), file, by=who(by), ground=ground)
    for fault in faults:
        typer.echo(f"refused: {fault}", err=True)
    typer.echo(f"{count} station(s) new or changed, {len(faults)} line(s) refused")
