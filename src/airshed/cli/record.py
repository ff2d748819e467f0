"""``airshed record``: read and check the chain of acts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

import airshed
from airshed import record
from airshed.cli.options import WorkspaceFolder
from airshed.cli.screen import show_whole
from airshed.store import View

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("verify")
def verify_command(
    workspace: WorkspaceFolder = Path(),
    expect: Annotated[
        str | None, typer.Option(help="A digest noted earlier that the chain must hold.")
    ] = None,
    files: Annotated[
        bool, typer.Option("--files/--no-files", help="Also check the bytes of every lake file.")
    ] = True,
) -> None:
    """校验存证链 / Walk the whole chain, and the lake's files against their digests."""
    ws = airshed.open(workspace)
    with ws.database.read() as connection:
        count = record.verify(connection, expect)
    typer.echo(f"存证链完整 / record whole: {count} act(s)")
    if files:
        snapshot = ws.snapshot()
        damage = ws.lake.damage(snapshot)
        for line in damage:
            typer.echo(f"损坏 / damaged: {line}", err=True)
        if damage:
            raise typer.Exit(2)
        typer.echo(f"数据湖完整 / lake whole: {len(snapshot.all_files)} file(s), version {snapshot.version}")


@app.command("head")
def head_command(workspace: WorkspaceFolder = Path()) -> None:
    """链首摘要 / Print the newest digest, to be noted elsewhere."""
    with airshed.open(workspace).database.read() as connection:
        seq, digest = record.head(connection)
    typer.echo(f"{seq} {digest}")


@app.command("list")
def list_command(
    workspace: WorkspaceFolder = Path(),
    kind: Annotated[str | None, typer.Option(help="Only acts of this kind.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """行为清单 / The acts, oldest first."""
    entries = airshed.open(workspace).acts(View.everything(), kind)
    if as_json:
        for e in entries:
            typer.echo(json.dumps({"seq": e.seq, "digest": e.digest, **e.act.plain()}, ensure_ascii=False))
        return
    table = Table("#", "at (UTC)", "by", "kind", "ground", "digest", box=None)
    for e in entries:
        plain = e.act.plain()
        table.add_row(str(e.seq), plain["at"][:19], e.act.by, e.act.kind, e.act.ground, e.digest[:12])
    show_whole(table, folding=4)
