"""``airshed transport``: whose air a city breathes, from weather and an inventory to contributions and what-ifs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, cast

import polars as pl
import typer

import airshed
from airshed.cli.ingest import progress_bar
from airshed.cli.options import Language, WorkspaceFolder, day, who
from airshed.cli.transport_paths import paths_asked, say_case_path, say_paths
from airshed.cli.transport_plots import footprint_quality, plot_bars, plot_footprint, plot_matrix
from airshed.cli.transport_runs import FeedName, keep_act, new_case, tracer_boundary
from airshed.cli.transport_words import Words, matrix_table, note, say, show
from airshed.emissions import load_inventory, profiles_of_the_house, read_scenario
from airshed.errors import BadInput
from airshed.transport import (
    SPECIES,
    Case,
    Contributions,
    Shelf,
    cases,
    open_case,
    origin_shares,
    run_concentrations,
    run_footprints,
    run_operators,
)
from airshed.transport.contributions import By
from airshed.transport.figures import (
    check_path,
)
from airshed.transport.lobes import PathChoice
from airshed.transport.points import COUNT, cell_point, point_shares, points_of_rows
from airshed.transport.residence import VERDICTS
from airshed.transport.whatif import LINEARITY, what_if
from airshed.workspace import Workspace

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Format = Annotated[
    Literal["table", "json", "csv"], typer.Option("--format", help="表、JSON 或 CSV / table, json or csv.")
]
CaseName = Annotated[
    str | None, typer.Option("--case", help="算例，默认最新 / The case; the newest by default.")
]
Receptors = Annotated[
    list[str] | None,
    typer.Option(
        "--receptor", help="受体城市，可重复；默认全部 / A city that breathes; repeat; all by default."
    ),
]
From = Annotated[str, typer.Option("--from", help="首日 / First local day, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="末日，含 / Last day, included.")]
Plot = Annotated[
    Path | None, typer.Option(help="另存图 / Draw it too: FILE.png, .svg or .pdf; wants airshed[plot].")
]
EachDay = Annotated[bool, typer.Option("--each-day", help="逐日 / Day by day, not the mean.")]
By_ = Annotated[str | None, typer.Option(help="何人 / Who does it; default is you.")]


@app.command("run")
def run_command(
    name: Annotated[str, typer.Option(help="算例名称 / Name of the case.")],
    weather: Annotated[
        list[Path] | None,
        typer.Option(
            help="气象文件或文件夹，可重复；不给则续算 / Files or folders; repeat; none: go on with the case."
        ),
    ] = None,
    feed: Annotated[
        FeedName,
        typer.Option(
            help="气象格式；weather 为本软件格式 / Kind of weather; weather: our own form, NetCDF or Zarr."
        ),
    ] = "era5",
    inventory: Annotated[
        list[str] | None,
        typer.Option("--inventory", "-i", help="清单，可重复 / An inventory of the workspace; repeat."),
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="区域，默认工作区的 / Region; the workspace's own by default.")
    ] = None,
    cell: Annotated[
        float, typer.Option(min=1000, help="网格距 / Width of a cell [m], where weather is regridded.")
    ] = 10_000.0,
    own_grid: Annotated[
        bool, typer.Option("--own-grid", help="用气象自身网格 / Stay on the weather's own projected grid.")
    ] = False,
    boundary: Annotated[
        list[str] | None,
        typer.Option(help="边界浓度，如 pm25=15，可重复 / Outside the grid [ug/m3 near the ground]; repeat."),
    ] = None,
    path: Annotated[
        PathChoice,
        typer.Option(
            help="足迹、正定，或按负值部分自动 / By footprints, the positive path, or by their negative part."
        ),
    ] = "auto",
    by: By_ = None,
    ground: Annotated[str, typer.Option("--because", help="理由，存证 / Why; it stands in the record.")] = "",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """算浓度 / Make a case of weather and inventory, and march concentrations through it; resumable."""
    ws = airshed.open(workspace)
    outside = tracer_boundary(boundary or ())
    if weather:
        size = None if own_grid else cell
        case, evidence = new_case(ws, name, weather, feed, inventory or [], region, size, outside, lang, path)
        keep_act(ws, "transport.run", case, who(by), ground, evidence)
    else:
        case = open_case(ws.folder, name)
    with progress_bar() as tell:
        run_operators(case, tell)
        run_concentrations(case, tell)
    _warn(case, lang)
    say_case_path(case, Words(ws.gazetteer, lang))
    days = case.days
    say(f"{name}: {days[0]} – {days[-1]}, {len(case.about.receptors)} 个受体 / receptors" if days else name)


@app.command("footprint")
def footprint_command(
    start: From,
    end: To,
    receptor: Receptors = None,
    case: CaseName = None,
    species: Annotated[
        str, typer.Option(help=f"画哪种排放 / Whose footprint is drawn: {', '.join(SPECIES)}.")
    ] = "pm25",
    workers: Annotated[int, typer.Option(min=1, help="进程数 / Processes, by Dask.")] = 1,
    plot: Plot = None,
    by: By_ = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """足迹 / Footprints of receptors' days: what is there is not made again; its older share and negative part."""
    ws, found, names, first, until = _opened(workspace, case, receptor, start, end)
    if plot is not None:
        check_path(plot)
        _known_species(species)
        if len(names) != 1:
            raise BadInput("one receptor for a map", f"{len(names)}", "name it: --receptor CITY")
    shelf = Shelf(found)
    asked = [first + timedelta(days=n) for n in range((until - first).days)]
    missing = shelf.missing(asked, names)
    with progress_bar(quiet=form != "table") as tell:
        run_footprints(found, asked, names, tell, workers=workers)
    table = footprint_quality(shelf, asked, names)
    if missing:
        worst = {k: float(table[k].max()) for k in ("older_share", "negative")}  # type: ignore[arg-type]
        worst["positive_days"] = int(table["positive_days"].sum())
        span = {
            "from": str(first),
            "to": str(asked[-1]),
            "made": [str(d) for d in missing],
            "receptors": list(names),
        }
        keep_act(ws, "transport.footprint", found, who(by), "", span | worst)
    words = Words(ws.gazetteer, lang)
    _warn(found, lang)
    paths = say_paths(found, paths_asked(found, asked, names), words)
    show(table, form, words, found, unit="ug m-3", paths=paths)
    if plot is not None:
        plot_footprint(found, shelf, asked, names[0], species, plot, words)


@app.command("contribution")
def contribution_command(
    start: From,
    end: To,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="按城市、地点、行业、组分、滞后日，可重复 / Rows by city, place, sector, component, lag; repeat."
        ),
    ] = None,
    origin: Annotated[
        bool,
        typer.Option("--origin", help="本地、区域内、区域外 / Gather cities: local, in the region, outside."),
    ] = False,
    each_day: EachDay = False,
    receptor: Receptors = None,
    case: CaseName = None,
    plot: Plot = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """贡献 / What was given to receptors by whom [ug/m3]: parts and rests add up to the whole."""
    ws, found, names, first, until = _opened(workspace, case, receptor, start, end)
    if plot is not None:
        check_path(plot)
    dims = list(by or (["city"] if origin else ["sector"]))
    if origin and "city" not in dims:
        dims.insert(0, "city")
    held = Contributions.load(Shelf(found), first, until, names)
    table = held.by(*cast("list[By]", dims), each_day=each_day)
    if origin:
        table = origin_shares(table, [c for c in dict.fromkeys(found.about.cities) if c])
    words = Words(ws.gazetteer, lang)
    _warn(found, lang)
    paths = say_paths(found, paths_asked(found, held.days, names), words)
    show(table, form, words, found, unit="ug m-3", paths=paths)
    if plot is not None:
        plot_bars(table, plot, words, found)


@app.command("matrix")
def matrix_command(
    start: From,
    end: To,
    amount: Annotated[
        bool, typer.Option("--amount", help="浓度而非百分比 / Concentrations [ug/m3], not per cent.")
    ] = False,
    receptor: Receptors = None,
    case: CaseName = None,
    plot: Plot = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """传输矩阵 / Who breathes whose air: a row for each receptor, a column for each source city and rest."""
    ws, found, names, first, until = _opened(workspace, case, receptor, start, end)
    if plot is not None:
        check_path(plot)
    held = Contributions.load(Shelf(found), first, until, names)
    wide = matrix_table(held.by("city"), amount=amount)
    words = Words(ws.gazetteer, lang)
    _warn(found, lang)
    paths = say_paths(found, paths_asked(found, held.days, names), words)
    show(wide, form, words, found, unit="ug m-3" if amount else "%", paths=paths)
    if plot is not None:
        plot_matrix(matrix_table(held.by("city"), amount=False), plot, words, found)


@app.command("whatif")
def whatif_command(
    scenario: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="情景文件 / A scenario, .toml or .yaml.")
    ],
    start: From,
    end: To,
    declared_linear: Annotated[
        bool,
        typer.Option(
            "--declare-linear",
            help="声明二次组分线性，结果会注明 / Take secondary PM for linear; it is said.",
        ),
    ] = False,
    each_day: EachDay = False,
    receptor: Receptors = None,
    case: CaseName = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """假如 / What if less were emitted: exact for primary PM2.5, refused with the reason for the others."""
    ws, found, names, first, until = _opened(workspace, case, receptor, start, end)
    measures = read_scenario(scenario, ws.gazetteer)
    result = what_if(found, measures, first, until, ws.gazetteer, names, declared_linear=declared_linear)
    words = Words(ws.gazetteer, lang)
    _warn(found, lang)
    say(f"{result.scenario}: {LINEARITY[result.linearity][lang]}")
    say(words.of("predicted", predicted=100 * result.share_predicted, older=100 * result.share_older))
    for measure, place in result.untouched:
        say(words.of("untouched", measure=measure, place=words.place(place)))
    extra = {"linearity": result.linearity, "share_predicted": result.share_predicted}
    asked = [first + timedelta(days=n) for n in range((until - first).days)]
    paths = say_paths(found, paths_asked(found, asked, names), words)
    show(result.table if each_day else result.means, form, words, found, unit="ug m-3", paths=paths, **extra)


@app.command("point")
def point_command(
    on: Annotated[str, typer.Option("--day", help="哪一天 / The receptor's day, YYYY-MM-DD.")],
    receptor: Annotated[str, typer.Option("--receptor", help="受体城市 / The city that breathes.")],
    at: Annotated[
        list[str] | None, typer.Option(help="经度,纬度所在网格，可重复 / The cell round LON,LAT; repeat.")
    ] = None,
    inventory: Annotated[
        str | None, typer.Option("--inventory", "-i", help="点源清单 / An inventory with points.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="清单中的源，可重复；默认全部 / A source of it; repeat; all by default."),
    ] = None,
    particles: Annotated[int, typer.Option(min=16, help="每小时粒子数 / Particles of each hour.")] = COUNT,
    hours: Annotated[int, typer.Option(help="抽取的小时数 / Hours of the day that are sampled.")] = 24,
    seed: Annotated[int, typer.Option(help="随机数种子 / Of the random numbers.")] = 1,
    case: CaseName = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """点源 / Shares of enterprises or cells by particles, beside the footprint's figure: primary PM2.5 alone."""
    ws = airshed.open(workspace)
    found = open_case(ws.folder, case)
    who_breathes = ws.gazetteer.require(receptor, prefer="city")
    points = [cell_point(found, *_place(text)) for text in at or ()]
    if inventory is not None:
        rows = load_inventory(ws, inventory)
        rows = rows.filter(pl.col("source").is_in(source)) if source else rows
        points += points_of_rows(rows, found.study.grid, profiles_of_the_house())
    if not points:
        raise BadInput(
            "a source of primary PM2.5 with a point", "none", "name --at LON,LAT or --inventory NAME"
        )
    shares = point_shares(found, who_breathes, day(on), points, particles, seed, hours=hours)
    words = Words(ws.gazetteer, lang)
    _warn(found, lang)
    say(words.of("primary alone"))
    rows = pl.DataFrame([
        {"source": s.id, "amount": s.contribution, "error": s.standard_error, "footprint": s.footprint, "gap": s.gap,
         "distance": s.distance, "verdict": VERDICTS[s.verdict][lang] if form == "table" else s.verdict}
        for s in sorted(shares, key=lambda s: -s.contribution)
    ])  # fmt: skip
    show(rows, form, words, found, unit="ug m-3")


@app.command("cases")
def cases_command(form: Format = "table", lang: Language = "zh", workspace: WorkspaceFolder = Path()) -> None:
    """算例一览 / The cases of the workspace, newest first."""
    ws = airshed.open(workspace)
    rows = []
    for name in cases(ws.folder):
        found = open_case(ws.folder, name)
        grid, days, about = found.study.grid, found.days, found.about
        rows.append({
            "case": name, "region": about.region, "inventory": about.inventory, "made": about.made,
            "from": str(days[0]) if days else "", "to": str(days[-1]) if days else "", "cells": f"{grid.nx}×{grid.ny}",
            "cell_km": grid.cell / 1e3, "receptors": len(about.receptors),
            "concentrations": (found.folder / "concentration.zarr").is_dir(), "footprints": _days_done(found),
        })  # fmt: skip
    if not rows:
        say("尚无算例 / none yet: airshed transport run --weather FILES --inventory NAME --name NAME")
        return
    show(pl.DataFrame(rows), form, Words(ws.gazetteer, lang), None, unit="")


# --- inside ------------------------------------------------------------------------------------------------


def _opened(
    folder: Path, case: str | None, receptor: list[str] | None, start: str, end: str
) -> tuple[Workspace, Case, tuple[str, ...], date, date]:
    """Workspace, case, receptors' ids, first day, and the day after the last."""
    ws = airshed.open(folder)
    found = open_case(ws.folder, case)
    names = tuple(ws.gazetteer.require(text, prefer="city") for text in receptor or ())
    first, last = day(start), day(end)
    if last < first:
        raise BadInput("--from before --to", f"{start} and {end}", "exchange them")
    return ws, found, names or tuple(found.about.receptors), first, last + timedelta(days=1)


def _warn(case: Case, language: str) -> None:
    """What must be said wherever a case shows."""
    if case.about.made:
        say(note("made", language))
    if case.study.geometric:
        say(note("geometric", language))


def _place(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput("a place as LON,LAT in degrees", repr(text), "write --at 116.4,39.9") from error
    return lon, lat


def _known_species(species: str) -> None:
    if species not in SPECIES:
        raise BadInput(f"a species that travels: {', '.join(SPECIES)}", repr(species), "name one of these")


def _days_done(case: Case) -> int:
    if not (case.folder / "shelf.zarr").is_dir():
        return 0
    return int(Shelf(case).group["done"][:].all(axis=1).sum())
