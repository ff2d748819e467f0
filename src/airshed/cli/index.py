"""``airshed index``: the index of any file of observations, row by row."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.table import Table

from airshed.cli.law import book_of
from airshed.cli.options import Language, WorkspaceFolder, clock_of, gazetteer_of
from airshed.cli.screen import show_whole
from airshed.errors import BadInput, UnknownPlace
from airshed.law import Book, Provision
from airshed.observations.feeds import feed as feed_named
from airshed.observations.feeds.mapping import read_mapping
from airshed.observations.index import items_of
from airshed.observations.index_table import Averaging, averaging_of, index_table
from airshed.observations.schema import Batch, FeedContext
from airshed.places import Gazetteer
from airshed.quantities import Clock, variables

__all__ = ["index_command"]

_SHOWN_REFUSALS = 10
_FORMATS = ("table", "csv", "json")
_MISSING = "NA"


def index_command(
    file: Annotated[Path, typer.Argument(help="A file of observations.")],
    feed: Annotated[str, typer.Option(help="The form of the file; `airshed feeds` lists them.")] = "cnemc",
    standard: Annotated[str | None, typer.Option(help="Use this version: `HJ 633-2026`.")] = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="Of days: daily means by the rule of validity.")
    ] = False,
    hourly: Annotated[bool, typer.Option("--hourly", help="Of hours (real time).")] = False,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file of the feed `long`.")] = None,
    workspace: WorkspaceFolder = Path(),
    lang: Language = "zh",
) -> None:
    """计算文件中每行的 AQI / Sub-indices, AQI, category and primary pollutants of a file, row by row."""
    if form not in _FORMATS:
        raise BadInput("a format", repr(form), f"one of {', '.join(_FORMATS)}")
    if file.is_dir():
        raise BadInput("a file of observations", f"the folder {file}", "name one file of it")
    if daily and hourly:
        raise BadInput("--daily or --hourly", "both", "give one of them, or none to let the file decide")
    book = book_of(workspace)
    chosen = book.version(standard, "index") if standard else None
    gazetteer, clock = gazetteer_of(workspace), clock_of(workspace)
    context = FeedContext(
        gazetteer, now=datetime.now(UTC), mapping=read_mapping(mapping) if mapping else None
    )
    batches = list(feed_named(feed).read(file, context))
    rows = pl.concat([b.rows for b in batches]) if batches else pl.DataFrame()
    _tell_refusals(batches)
    if not rows.height:
        raise BadInput("observations", f"none in {file}", "see the refusals above, or name another --feed")
    averaging: Averaging = "day" if daily else "hour" if hourly else averaging_of(rows)
    found = index_table(rows, book, _chains(gazetteer, batches), clock, averaging, chosen)
    _tell_standard(found, chosen, averaging)
    if not found.height:
        raise BadInput(f"1-{averaging} means", f"none in {file}", "try --daily or --hourly")
    _print(_plain(found, book, averaging, clock), form, lang)


def _chains(gazetteer: Gazetteer, batches: list[Batch]) -> Callable[[str], tuple[str, ...]]:
    """Where law is asked for a place; one that nobody knows stands under the nation."""
    known = gazetteer.with_stations([s for b in batches for s in b.stations])

    def chain_of(place: str) -> tuple[str, ...]:
        try:
            return known.chain(place)
        except UnknownPlace:
            return ("cn",)

    return chain_of


def _tell_refusals(batches: list[Batch]) -> None:
    refusals = [r for b in batches for r in b.refusals]
    for refusal in refusals[:_SHOWN_REFUSALS]:
        typer.echo(f"拒收 refused: {refusal}", err=True)
    if len(refusals) > _SHOWN_REFUSALS:
        typer.echo(f"… {len(refusals) - _SHOWN_REFUSALS} more", err=True)


def _tell_standard(found: pl.DataFrame, chosen: Provision | None, averaging: Averaging) -> None:
    kind = "日报 daily" if averaging == "day" else "实时 hourly"
    if chosen is not None:
        span = f"{chosen.since} – {chosen.until or '…'}"
        typer.echo(
            f"{kind}: 按 --standard 采用 / by --standard {chosen.version} (施行 in force {span})", err=True
        )
        return
    for version, count in (
        found.group_by("standard").len().sort("standard").iter_rows() if found.height else ()
    ):
        typer.echo(
            f"{kind}: 按当日施行的标准 / by the text in force that day: {version} ({count} rows)", err=True
        )


def _plain(found: pl.DataFrame, book: Book, averaging: Averaging, clock: Clock) -> pl.DataFrame:
    """The columns people and programs read: local times, codes of stations, names of categories."""
    versions = found["standard"].unique()
    rows = {(v, n): c for v in versions for n, c in enumerate(_categories(book, v), 1)}
    names = pl.DataFrame(
        [(v, n, c["zh"], c["en"]) for (v, n), c in rows.items()],
        schema={
            "standard": pl.String,
            "category": pl.Int8,
            "category_zh": pl.String,
            "category_en": pl.String,
        },
        orient="row",
    )
    items = list(dict.fromkeys(i for v in versions for i in items_of(book.version(v, "index"), averaging)))
    local = (pl.col("start").dt.replace_time_zone(None) + clock.shift).dt.strftime(
        f"%Y-%m-%dT%H:%M:%S{_zone(clock)}"
    )
    return found.join(names, on=["standard", "category"], how="left", maintain_order="left").select(
        pl.col("place").str.split(":").list.last().alias("station"),
        local.alias("start"),
        "aqi",
        "category",
        "primary",
        *(f"iaqi_{item}" for item in items),
        *items,
        *("category_zh", "category_en", "missing", "standard", "place"),
    )


def _zone(clock: Clock) -> str:
    """``+08:00``, as it stands behind a local time."""
    return str(clock.zone).removeprefix("UTC") or "+00:00"


def _categories(book: Book, version: str) -> list[dict[str, Any]]:
    categories: list[dict[str, Any]] = book.version(version, "index").value["categories"]
    return categories


def _print(table: pl.DataFrame, form: str, lang: str) -> None:
    if form == "csv":
        reckoned = [c for c in table.columns if c in ("aqi", "category") or c.startswith("iaqi_")]
        table = table.with_columns(
            pl.col(reckoned).cast(pl.String).fill_null(_MISSING),
            pl.col("primary", "missing").replace("", None),
        )
        sys.stdout.write(table.write_csv())
    elif form == "json":
        typer.echo(json.dumps(table.to_dicts(), ensure_ascii=False))
    else:
        _print_table(table, lang)


def _print_table(table: pl.DataFrame, lang: str) -> None:
    lang = "en" if lang == "en" else "zh"
    items = [c.removeprefix("iaqi_") for c in table.columns if c.startswith("iaqi_")]
    shown = Table(*_HEADS[lang], *map(_label, items), box=None)
    for row in table.iter_rows(named=True):
        primary = " ".join(_label(item) for item in row["primary"].split("+") if item)
        cells = (row["station"], row["start"][:16], row["aqi"], row[f"category_{lang}"], primary or "–")
        shown.add_row(*map(_text, cells), *(_text(row[f"iaqi_{item}"]) for item in items))
    show_whole(shown)


_HEADS = {
    "zh": ("站点", "起始", "AQI", "级别", "首要"),
    "en": ("station", "start", "AQI", "category", "primary"),
}


def _label(item: str) -> str:
    return variables()[item].label if item in variables() else item


def _text(cell: Any) -> str:
    return _MISSING if cell is None else str(cell)
