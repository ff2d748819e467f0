"""``airshed twin``: a made region in which everything is known, for demonstration, tests and experiments."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from airshed.cli.ingest import progress_bar
from airshed.cli.options import day

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _twin() -> None:
    """虚构区域 / A made region in which everything is known."""


@app.command("make")
def make_command(
    folder: Annotated[Path, typer.Argument(help="工作区文件夹 / The workspace folder, empty or absent.")],
    region: Annotated[
        str, typer.Option(help="借用哪个区域的城市 / The region whose cities lend names and places.")
    ] = "bth13",
    first: Annotated[
        str, typer.Option("--from", help="第一天 / The first local day, YYYY-MM-DD.")
    ] = "2026-01-10",
    days: Annotated[int, typer.Option(min=2, help="天数 / How many days.")] = 14,
    cell: Annotated[float, typer.Option(help="模型网格 / Cells of the engine's case [m].")] = 10_000.0,
    truth_cell: Annotated[float, typer.Option(help="真值网格 / Cells of the truth [m].")] = 5_000.0,
    seed: Annotated[
        int | None, typer.Option(help="随机种子 / Seed of all chance; the same gives the same.")
    ] = None,
    footprints: Annotated[
        int | None, typer.Option(min=0, help="最后几天算足迹 / The last days that get footprints; 0: none.")
    ] = None,
    tags: Annotated[
        bool, typer.Option("--tags", help="真值按城市标记 / Also run the truth with a tag for each city.")
    ] = False,
) -> None:
    """制作虚构区域 / Make a region: weather, inventory, truth, monitors with faults, the engine's case."""
    from airshed.twin import SEED, Plan, make_region  # brings the compiler: only where it is needed

    plan = Plan(
        f"twin-{region}", region, day(first), days, cell, truth_cell, SEED if seed is None else seed,
        footprint_days=min(days, 7) if footprints is None else footprints, tags=tags,
    )  # fmt: skip
    with progress_bar() as tell:
        make_region(folder, plan, tell).close()
    last = plan.until - timedelta(days=1)
    typer.echo(f"虚构数据，非实测 / MADE DATA, nothing was measured: {folder}")
    typer.echo(f"{plan.id}, {plan.first_day} … {last}; airshed serve -w {folder}")
