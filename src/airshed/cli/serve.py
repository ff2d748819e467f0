"""``airshed serve``: the console of a workspace, on this machine."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

import airshed
from airshed.cli.options import WorkspaceFolder

__all__ = ["serve", "serve_command"]

_BROWSER_WAITS = 1.0  # s; a browser that comes before the server shows an error page


def serve_command(
    workspace: WorkspaceFolder = Path(),
    host: Annotated[
        str, typer.Option(help="Address to listen on; 127.0.0.1 is this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    open_browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = False,
) -> None:
    """打开控制台 / Serve the console of a workspace until Ctrl-C."""
    serve(workspace, host=host, port=port, open_browser=open_browser)


def serve(folder: Path, *, host: str, port: int, open_browser: bool) -> None:
    """Serve a workspace folder; blocks."""
    import uvicorn

    from airshed.web.app import create_app

    app = create_app(airshed.open(folder))
    address = f"http://{host}:{port}/"
    typer.echo(f"控制台 / console: {address}  (Ctrl-C 停止 / stops)")
    if open_browser:
        threading.Timer(_BROWSER_WAITS, webbrowser.open, [address]).start()
    uvicorn.run(app, host=host, port=port, log_level="warning")
