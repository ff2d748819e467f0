"""``airshed lake``: versions and files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import airshed
from airshed.cli.options import WorkspaceFolder
from airshed.cli.screen import show_whole
from airshed.store import from_micros

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("log")
def log_command(workspace: WorkspaceFolder = Path()) -> None:
    """版本 / Every version: when, and by which act."""
    ws = airshed.open(workspace)
    table = Table("version", "at (UTC)", "act", box=None)
    with ws.database.read() as connection:
        for c in ws.lake.commits(connection):
            table.add_row(str(c.version), c.at.isoformat(timespec="seconds")[:19], f"#{c.act}")
    Console().print(table)


@app.command("files")
def files_command(
    workspace: WorkspaceFolder = Path(),
    version: Annotated[int | None, typer.Option(help="A version; the newest by default.")] = None,
) -> None:
    """文件 / The Parquet files of a version: any engine can read them."""
    snapshot = airshed.open(workspace).snapshot(version)
    table = Table("file", "source", "minutes", "rows", "from (UTC)", "to (UTC)", box=None)
    for f in snapshot.all_files:
        span = (from_micros(f.min_start).isoformat()[:16], from_micros(f.max_end).isoformat()[:16])
        table.add_row(f.path, f.source, str(f.period), f"{f.rows:,}", *span)
    show_whole(table)


@app.command("sweep")
def sweep_command(workspace: WorkspaceFolder = Path()) -> None:
    """清扫 / Delete files that no commit names, left by a writer that died over a day ago."""
    ws = airshed.open(workspace)
    with ws.transaction() as connection:
        gone = ws.lake.sweep(connection)
    typer.echo(f"{len(gone)} file(s) deleted")
