"""``airshed assess`` and ``airshed explain``."""

from __future__ import annotations

import json
import os
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import polars as pl
import typer
from rich.console import Console
from rich.tree import Tree as Branches

import airshed
from airshed.assessment import Assessment, against_published, assess, explain_value
from airshed.assessment.explain import Quantity
from airshed.assessment.rendering import published_table
from airshed.cli.options import Language, WorkspaceFolder, day, instant
from airshed.errors import BadInput

__all__ = ["assess_command", "explain_command"]

_PAGE = 100  # columns of a page the tables are made for


class By(StrEnum):
    """What a row is."""

    city = "city"
    region = "region"
    month = "month"


class Series(StrEnum):
    """Which series is assessed."""

    as_measured = "as_measured"
    dust_excluded = "dust_excluded"


class Format(StrEnum):
    """How the result is written."""

    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


class Against(StrEnum):
    """What ours is held against."""

    published = "published"


def assess_command(
    region: Annotated[str | None, typer.Option(help="Region id; the workspace's own by default.")] = None,
    city: Annotated[
        list[str] | None, typer.Option(help="A city by name or code, instead of a region; repeat.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day, included.")] = None,
    by: Annotated[By, typer.Option(help="A row a city, the region alone, or each month.")] = By.city,
    standard: Annotated[
        list[str] | None,
        typer.Option(
            help="Version, document or day whose law is used, e.g. 'HJ 633-2026' or 2026-03-01; repeat."
        ),
    ] = None,
    members_on: Annotated[str | None, typer.Option(help="Day whose list of members is used.")] = None,
    compare: Annotated[str | None, typer.Option(help="Another period, FROM:TO.")] = None,
    series: Annotated[
        Series, typer.Option(help="As measured, or without sand and dust.")
    ] = Series.as_measured,
    against: Annotated[
        Against | None, typer.Option(help="'published': ours beside published figures.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Read the lake as it was known at this instant.")] = None,
    form: Annotated[Format, typer.Option("--format", help="table, json, csv or xlsx.")] = Format.table,
    out: Annotated[Path | None, typer.Option(help="Write to this file; xlsx wants one.")] = None,
    workspace: WorkspaceFolder = Path(),
    lang: Language = "zh",
) -> None:
    """评价 / Assess: means, percentiles, attainment, index, ranks and days, under the law that held."""
    if form is Format.xlsx or out is not None:
        _writable(_file(out))
    opened = airshed.open(workspace)
    if against:
        _write_published(against_published(opened), form, out, lang)
        return
    first, last = _period(start, end)
    result = assess(
        opened, region, cities=city or None, start=first, end=last, by=by.value, standard=standard or None,
        members_on=day(members_on) if members_on else None, series=series.value,
        compare=_span(compare) if compare else None, as_of=instant(as_of) if as_of else None,
    )  # fmt: skip
    _write(result, form, out, lang)


def _period(start: str | None, end: str | None) -> tuple[date, date]:
    if start is None or end is None:
        came = " ".join(f"{k} {v}" for k, v in (("--from", start), ("--to", end)) if v) or "neither"
        raise BadInput("--from and --to", came, "write --from 2015-01-01 --to 2015-12-31")
    return day(start), day(end)


def _span(text: str) -> tuple[date, date]:
    first, mark, last = text.partition(":")
    if not mark:
        raise BadInput("a period FROM:TO", repr(text), "write 2014-01-01:2014-12-31")
    return day(first), day(last)


def _write(result: Assessment, form: Format, out: Path | None, language: str) -> None:
    if form is Format.xlsx:
        typer.echo(str(result.to_xlsx(_file(out))), err=True)
    elif form is Format.table:
        _print(result.to_table(language), out)
    else:
        _text(result.to_json() if form is Format.json else result.to_csv(), form, out)


def _write_published(table: pl.DataFrame, form: Format, out: Path | None, language: str) -> None:
    if form is Format.xlsx:
        table.write_excel(_file(out), "published", autofit=True)
    elif form is Format.table:
        _print(published_table(table, language), out)
    else:
        as_json = json.dumps(table.to_dicts(), ensure_ascii=False, indent=1)
        _text(as_json if form is Format.json else table.write_csv(), form, out)


def _file(out: Path | None) -> Path:
    if out is None:
        raise BadInput("a file for xlsx", "none", "add --out FILE.xlsx")
    return out


def _writable(out: Path) -> None:
    """Say before the work, not after it, that the result cannot be written there."""
    if out.is_dir() or not out.parent.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
        raise BadInput(
            "a file that can be written", repr(str(out)), "make its folder, or choose another --out"
        )


def _print(what: Any, out: Path | None) -> None:
    if out is None:
        _console().print(what)
        return
    with out.open("w", encoding="utf-8") as file:
        Console(file=file, width=_PAGE).print(what)


def _console() -> Console:
    """The terminal, or a pipe, as wide as the tables want at least: a figure is never cut."""
    console = Console()
    return Console(width=max(console.width, _PAGE) if console.is_terminal else _PAGE)


def _text(text: str, form: Format, out: Path | None) -> None:
    """To the pipe as it is; a CSV file with a byte order mark, without which Excel misreads Chinese."""
    if out is None:
        typer.echo(text.rstrip("\n"))
    else:
        encoding = "utf-8-sig" if form is Format.csv else "utf-8"
        out.write_text(text.rstrip("\n") + "\n", encoding=encoding)


def explain_command(
    quantity: Annotated[
        str, typer.Argument(help="aqi, composite, good_share, or pm25.mean, o3.percentile …")
    ],
    place: Annotated[str, typer.Option(help="A city by name or code.")],
    start: Annotated[str, typer.Option("--from", "--day", help="The day, or the first of a period.")],
    end: Annotated[str | None, typer.Option("--to", help="The last day of a period, included.")] = None,
    standard: Annotated[list[str] | None, typer.Option(help="As in assess.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Read the lake as it was known at this instant.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The tree as JSON.")] = False,
    workspace: WorkspaceFolder = Path(),
    lang: Language = "zh",
) -> None:
    """说明来历 / Explain a figure: value, function, inputs, provision, down to the files it came from."""
    item, dot, statistic = quantity.partition(".")
    what = cast("Quantity", statistic if dot else quantity)  # explain_value refuses what it does not know
    tree = explain_value(
        airshed.open(workspace), place, what, start=day(start), end=day(end) if end else None,
        item=item if dot else None, standard=standard or None, as_of=instant(as_of) if as_of else None,
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(tree, ensure_ascii=False, indent=1, default=str))
    else:
        _console().print(_branches(tree, lang))


def _branches(tree: dict[str, Any], language: str) -> Branches:
    value = "" if tree["value"] is None else f" = [bold]{_short(tree['value'])}[/] {tree['unit'] or ''}"
    branch = Branches(f"{tree['label'][language]}{value}", highlight=False)
    branch.add(f"[dim]{tree['function']}" + (f"  {_plain(tree['formula'])}" if tree["formula"] else ""))
    for key, given in tree["inputs"].items():
        for line in _lines(key, given):
            branch.add(f"[dim]{line}")
    if law := tree["provision"]:
        doubts = f" · ⚠ unverified: {', '.join(law['unverified'])}" if law["unverified"] else ""
        branch.add(
            f"[cyan]{law['version']}[/] {law['clause']} · {law['status']}{doubts} · {law['digest'][:12]}"
        )
    for child in tree["children"]:
        branch.add(_branches(child, language))
    return branch


def _lines(key: str, given: Any) -> list[str]:
    if key == "files":
        return [f"{f['path']}  sha256 {f['sha256'][:12]}" for f in given]
    return [f"{key}: {_plain(_short(given))}"]


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
