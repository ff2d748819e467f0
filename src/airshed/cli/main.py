"""One command, its rooms as sub-commands; errors as one plain sentence."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from airshed import __version__
from airshed.cli import (
    assess,
    demo,
    feeds,
    forecast,
    index,
    ingest,
    lake,
    law,
    places,
    record,
    serve,
    twin,
    verify,
    workspace,
)
from airshed.cli.later import Root
from airshed.errors import AirshedError

__all__ = ["app", "main"]

app = typer.Typer(
    name="airshed",
    cls=Root,
    help="联防联控 · 区域大气 — from the monitor to the bill, every number with its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("demo")(demo.demo_command)
app.command("init")(workspace.init_command)
app.command("ingest")(ingest.ingest_command)
app.command("override")(ingest.override_command)
app.command("assess")(assess.assess_command)
app.command("index")(index.index_command)
app.command("explain")(assess.explain_command)
app.command("serve")(serve.serve_command)
app.command("forecast")(forecast.forecast_command)
app.command("verify")(verify.verify_command)
app.command("feeds")(feeds.feeds_command)
law.app.command("import")(workspace.law_import_command)
places.app.command("import")(workspace.stations_import_command)
app.add_typer(feeds.fetch_app, name="fetch", help="向公开服务取数据 / Fetch from public services.")
app.add_typer(law.app, name="law", help="法规文本 / What the texts say, by day and place.")
app.add_typer(places.app, name="places", help="地点与区域 / Places, stations and regions.")
app.add_typer(record.app, name="record", help="存证链 / The record: acts in a hash chain.")
app.add_typer(twin.app, name="twin", help="虚构区域 / A made region in which everything is known.")
app.add_typer(lake.app, name="lake", help="数据湖 / Versions and files of the lake.")


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        typer.echo(f"airshed {__version__}")
        raise typer.Exit


def main() -> None:
    """Run; an error of ours is one sentence and exit code 2, a crash stays a crash."""
    try:
        app()
    except AirshedError as error:
        Console(stderr=True).print(
            f"[bold red]airshed:[/] {error}", highlight=False, markup=True, soft_wrap=True
        )
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:  # a path or a port of the user's, not a fault of ours
        if not error.filename:
            raise
        Console(stderr=True).print(
            f"airshed: {error.filename}: {error.strerror}", markup=False, highlight=False, soft_wrap=True
        )
        sys.exit(2)
