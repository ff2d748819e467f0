"""``airshed demo``: the console on a made region, in one command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from airshed.cli.ingest import progress_bar
from airshed.cli.serve import serve

__all__ = ["demo_command"]


def demo_command(
    folder: Annotated[
        Path, typer.Argument(help="Where the demonstration workspace stands or is made.")
    ] = Path("demo"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    open_browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    only_make: Annotated[bool, typer.Option("--only-make", help="Make the workspace and stop.")] = False,
) -> None:
    """打开演示区域 / Make a demonstration region (made data, marked so) and open the console on it."""
    from airshed.twin import prepare  # brings the compiler: only where it is needed

    with progress_bar() as tell:
        prepare(folder, tell).close()
    typer.echo(f"演示数据，非实测 / MADE DATA, nothing was measured: {folder}")
    if not only_make:
        display = sys.platform in {"darwin", "win32"} or bool(
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        )
        serve(folder, host=host, port=port, open_browser=open_browser and display)
