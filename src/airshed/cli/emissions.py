"""``airshed emissions``: inventories, what is in them, and what measures would leave of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import typer
from rich.table import Table

import airshed
from airshed.cli.options import Language, WorkspaceFolder, day, gazetteer_of, who
from airshed.cli.screen import show_whole
from airshed.emissions import (
    FEEDS,
    SECTORS,
    SPECIES,
    FeedContext,
    city_of_rows,
    feed_named,
    holdings,
    import_inventory,
    load_inventory,
    profiles_of_the_house,
    read_scenario,
    reduced,
    totals,
)
from airshed.emissions.feeds import Reading
from airshed.errors import BadInput
from airshed.places import Gazetteer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Format = Annotated[
    Literal["table", "json", "csv"], typer.Option("--format", help="表、JSON 或 CSV / table, json or csv.")
]
FeedName = Annotated[str, typer.Option("--feed", help=f"格式 / The kind of file: {', '.join(FEEDS)}.")]
Source = Annotated[Path, typer.Argument(exists=True, help="清单文件或文件夹 / A file, or a folder of grids.")]
Year = Annotated[int | None, typer.Option(help="年份 / The year, of files with several.")]
Sector = Annotated[
    str | None, typer.Option(help="行业，文件未写明时 / The sector, where the file does not say.")
]
Species = Annotated[
    str | None, typer.Option(help="污染物，文件未写明时 / The species, where the file does not say.")
]
Unit = Annotated[
    str | None, typer.Option(help="单位，文件未写明时，如 t/a、万吨 / The unit, where the file does not say.")
]
Mapped = Annotated[
    list[str] | None,
    typer.Option("--map", help="列对应，如 amount=排放量(t) / A column, ours=theirs; may be repeated."),
]
Bounds = Annotated[
    str | None, typer.Option(help="网格范围 / Of a grid, what is taken: west,south,east,north in degrees.")
]
Country = Annotated[str, typer.Option(help="国家 / Of a table of nations, whose rows, ISO 3166 alpha-3.")]
Place = Annotated[
    str | None, typer.Option(help="地点，文件未写明时 / The place, where the file does not say.")
]


@app.command("import")
def import_command(
    file: Source,
    feed: FeedName = "table",
    name: Annotated[str | None, typer.Option(help="清单名称 / Its name here; the file's by default.")] = None,
    year: Year = None,
    sector: Sector = None,
    species: Species = None,
    unit: Unit = None,
    mapped: Mapped = None,
    bounds: Bounds = None,
    country: Country = "chn",
    place: Place = None,
    ground: Annotated[str, typer.Option("--because", help="理由，存证 / Why; it stands in the record.")] = "",
    by: Annotated[str | None, typer.Option(help="何人 / Who imports; default is you.")] = None,
    workspace: WorkspaceFolder = Path(),
) -> None:
    """导入清单 / Keep an inventory in the workspace: an act on record."""
    ws = airshed.open(workspace)
    context = _context(ws.gazetteer, year, sector, species, unit, mapped, bounds, country, place)
    reading = feed_named(feed).read(file, context)
    kept = import_inventory(
        ws, name or file.stem, reading.table, feed=feed, files=reading.files, by=who(by), ground=ground
    )
    _tell(reading)
    typer.echo(
        f"已导入 / imported: {kept.name}, {kept.rows:,} 行 / rows, sha256 {kept.sha256[:12]}…, #{kept.act}"
    )


@app.command("check")
def check_command(
    file: Source,
    feed: FeedName = "table",
    year: Year = None,
    sector: Sector = None,
    species: Species = None,
    unit: Unit = None,
    mapped: Mapped = None,
    bounds: Bounds = None,
    country: Country = "chn",
    place: Place = None,
    form: Format = "table",
    language: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """检查 / Read a file without keeping it, and show its totals; faults with their rows."""
    context = _context(gazetteer_of(workspace), year, sector, species, unit, mapped, bounds, country, place)
    reading = feed_named(feed).read(file, context)
    _tell(reading, quiet=form != "table")
    _show(_wide(reading.table, "sector"), "sector", form, language)


@app.command("list")
def list_command(form: Format = "table", workspace: WorkspaceFolder = Path()) -> None:
    """清单一览 / The inventories of the workspace, by whom and when, with digests."""
    rows: list[dict[str, Any]] = [
        {"name": h.name, "rows": h.rows, "feed": h.feed, "at": h.at.isoformat(timespec="seconds")[:19], "by": h.by,
         "act": h.act, "sha256": h.sha256, "files": list(h.files)}
        for h in holdings(airshed.open(workspace))
    ]  # fmt: skip
    if form == "json":
        typer.echo(json.dumps(rows, ensure_ascii=False))
    elif form == "csv":
        typer.echo(pl.DataFrame([{**r, "files": " ".join(r["files"])} for r in rows]).write_csv(), nl=False)
    elif not rows:
        typer.echo("尚无清单 / none yet: airshed emissions import FILE --feed table")
    else:
        table = Table(
            "名称 / name", "行 / rows", "格式 / feed", "时间 / at (UTC)", "何人 / by", "#", "sha256", box=None
        )
        for r in rows:
            table.add_row(
                r["name"], f"{r['rows']:,}", r["feed"], r["at"], r["by"], str(r["act"]), r["sha256"][:12]
            )
        show_whole(table)


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="清单名称 / The inventory's name.")],
    by: Annotated[
        Literal["sector", "city", "place", "source"],
        typer.Option(help="按行业、城市、地点或源 / Rows by sector, city, place or source."),
    ] = "sector",
    form: Format = "table",
    language: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """合计 / Totals [t/a] by sector, city, place or source, and species."""
    ws = airshed.open(workspace)
    inventory = load_inventory(ws, name)
    if by == "city":
        inventory = city_of_rows(inventory, ws.gazetteer)
    _show(_wide(inventory, by), by, form, language, ws.gazetteer)


@app.command("scenario")
def scenario_command(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="情景文件 / A scenario, .toml or .yaml.")
    ],
    inventory: Annotated[
        str | None, typer.Option("--inventory", "-i", help="用于哪份清单 / The inventory it is applied to.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="哪一天 / The day, for measures with dates.")] = None,
    save: Annotated[
        str | None, typer.Option(help="存为新清单 / Keep what is left as an inventory of this name.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="何人 / Who does it; default is you.")] = None,
    form: Format = "table",
    language: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """情景 / Check a scenario, and show what it leaves of an inventory, by sector and species."""
    scenario = read_scenario(file, gazetteer_of(workspace))
    if inventory is None:
        typer.echo(f"{scenario.name}: {len(scenario.measures)} 项措施，无误 / measure(s), in order")
        return
    ws = airshed.open(workspace)
    before = load_inventory(ws, inventory)
    after = reduced(before, scenario, ws.gazetteer, day(on) if on else None)
    if save:
        feed = f"scenario {scenario.name} on {inventory}"
        import_inventory(ws, save, after, feed=feed, files=[file], by=who(by))
    _show(_cut(before, after), "sector", form, language)


# --- inside ------------------------------------------------------------------------------------------------


def _context(
    gazetteer: Gazetteer,
    year: int | None,
    sector: str | None,
    species: str | None,
    unit: str | None,
    mapped: Sequence[str] | None,
    bounds: str | None,
    country: str,
    place: str | None,
) -> FeedContext:
    mapping = dict(_pair(text) for text in mapped or ())
    here = gazetteer.require(place, prefer="city") if place else None
    return FeedContext(gazetteer, year, sector, species, unit, mapping, _corners(bounds), country, here)


def _pair(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise BadInput("a column as ours=theirs", repr(text), "write --map amount=排放量")
    return ours.strip(), theirs.strip()


def _corners(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError as error:
        raise BadInput("bounds as west,south,east,north", repr(text), "write 110,34,120,43") from error
    if not (west < east and south < north):
        raise BadInput("bounds with west < east and south < north", repr(text), "mend the order")
    return west, south, east, north


def _tell(reading: Reading, *, quiet: bool = False) -> None:
    """What was read, and what was left aside; on standard error where the output is for a machine."""
    typer.echo(f"读 {reading.read:,} 个值，空 {reading.blanks:,} / read, blank", err=quiet)
    for species, amount in reading.beyond.items():
        if amount > 0:
            typer.echo(f"范围外 / outside the bounds: {species} {amount:,.1f} t/a", err=quiet)
    for note in reading.notes:
        typer.echo(note, err=True)


def _wide(inventory: pl.DataFrame, by: str) -> pl.DataFrame:
    """Rows by one column, a column for each species that occurs [t/a]."""
    found = [s for s in SPECIES if (inventory["species"] == s).any()]
    summed = totals(inventory, by, "species")
    rows = summed.select(by).unique(maintain_order=True)
    for species in found:
        column = summed.filter(pl.col("species") == species).select(by, pl.col("amount").alias(species))
        rows = rows.join(column, on=by, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.fill_null(0.0)
    if by == "sector":
        return rows.sort(
            pl.col(by).replace_strict({s: n for n, s in enumerate(SECTORS)}, return_dtype=pl.Int64)
        )
    return rows


def _cut(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """What is left [t/a] by sector and species, and the cut of each [%]."""
    old, new = _wide(before, "sector"), _wide(after, "sector")
    kinds = [c for c in old.columns if c != "sector"]
    pairs = new.join(old, on="sector", suffix=" before")
    share = [
        pl.when(pl.col(f"{k} before") > 0)
        .then(100 * (1 - pl.col(k) / pl.col(f"{k} before")))
        .otherwise(0.0)
        .alias(f"-{k} %")
        for k in kinds
    ]
    columns = [name for k in kinds for name in (k, f"-{k} %")]
    return pairs.with_columns(share).select("sector", *columns)


def _show(table: pl.DataFrame, by: str, form: str, language: str, gazetteer: Gazetteer | None = None) -> None:
    if form == "json":
        typer.echo(json.dumps({"unit": "t/a", "rows": table.to_dicts()}, ensure_ascii=False))
        return
    if form == "csv":
        typer.echo(table.write_csv(), nl=False)
        return
    shown = Table(*(c if c != by else f"{by} [t/a]" for c in table.columns), box=None)
    for column in shown.columns[1:]:
        column.justify = "right"
    for first, *figures in table.iter_rows():
        shown.add_row(_label(first, by, language, gazetteer), *(f"{v:,.1f}" for v in figures))
    sums: list[Any] = [table[c].sum() if not c.endswith("%") else None for c in table.columns[1:]]
    shown.add_row(
        "合计" if language == "zh" else "total",
        *("" if v is None else f"{v:,.1f}" for v in sums),
        style="bold",
    )
    show_whole(shown, folding=0)


def _label(key: str | None, by: str, language: str, gazetteer: Gazetteer | None) -> str:
    if key is None:
        return "未归属" if language == "zh" else "nowhere named"
    if by == "sector":
        return profiles_of_the_house().names[key][language]
    if by in ("city", "place") and gazetteer is not None and not key.startswith("box:"):
        return gazetteer.jurisdiction(key).names[language]
    return key
