"""``airshed forecast``: the outlook of a region's cities, as it could be issued at an instant."""

from __future__ import annotations

import csv
import io
import json
from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import airshed
from airshed.cli.options import Language, WorkspaceFolder, day, instant, who
from airshed.errors import BadInput

if TYPE_CHECKING:
    from datetime import date

    import xarray as xr

    from airshed.workspace import Workspace

__all__ = ["forecast_command"]


class Format(StrEnum):
    """How the outlook is written."""

    table = "table"
    json = "json"
    csv = "csv"


class Knowledge(StrEnum):
    """What counts as known at the issue."""

    received = "received"
    ended = "ended"


def forecast_command(
    issue: Annotated[
        str | None,
        typer.Option(
            "--issue",
            help="起报时刻，如 2016-02-20T20:00（无时区按北京时间） / Instant of the issue; no zone means Beijing.",
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="预报天数 1–10 / Days ahead.")] = 10,
    region: Annotated[
        str | None, typer.Option(help="区域，默认工作区的 / Region id; the workspace's own.")
    ] = None,
    city: Annotated[
        list[str] | None,
        typer.Option(help="城市名或代码，可重复 / A city by name or code, instead of a region; repeat."),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="方法 / persistence, climatology, ridge, boosting, blend; brief for a history of weeks."
        ),
    ] = "blend",
    weather: Annotated[
        str,
        typer.Option(
            help="未来气象：预报文件（CSV/Parquet）、archive（湖中实况，即完美预报）、case:算例名、none "
            "/ Weather ahead: a feed's file, archive (the lake's own: perfect prognosis), case:NAME, or none."
        ),
    ] = "none",
    members: Annotated[int, typer.Option(help="成员数 / Members.")] = 50,
    train: Annotated[
        str | None,
        typer.Option(
            help="训练期 首/末；默认用已存的模型，或全部历史 / Days trained on, FIRST/LAST; a kept model by default."
        ),
    ] = None,
    targets: Annotated[
        str, typer.Option(help="污染物，逗号分隔 / Pollutants, by commas.")
    ] = "pm25,pm10,o3_mda8,no2,so2,co",
    seed: Annotated[int, typer.Option(help="随机种子 / Seed of all chance.")] = 0,
    known: Annotated[
        Knowledge | None,
        typer.Option(
            help="已知的含义：received 起报前收到的，ended 起报前结束的 "
            "/ What counts as known: what was received, or what had ended, by the issue."
        ),
    ] = None,
    edit: Annotated[
        Path | None,
        typer.Option(
            help="人工订正 CSV（place,day,variable,value），随预报存放 "
            "/ A forecaster's edits, kept beside the outlook of that --issue and --method."
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="列出已存的预报 / List the outlooks that are kept.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="订正者 / Who edits; default is you.")] = None,
    form: Annotated[Format, typer.Option("--format", help="table, json, csv.")] = Format.table,
    workspace: WorkspaceFolder = Path(),
    lang: Language = "zh",
) -> None:
    """预报 / Issue an outlook: the next days of every city as probabilities, kept in the workspace."""
    from airshed.forecast import shelf

    opened = airshed.open(workspace)
    if listed:
        for name in shelf.outlooks(opened.folder):
            typer.echo(name)
        return
    if issue is None:
        raise BadInput("--issue", "none", "write --issue 2016-02-20T20:00")
    when = instant(issue)
    if edit is not None:
        _edit(opened, when, method, edit, who(by))
        return
    outlook = _issue(
        opened, when, quiet=form is not Format.table, days=days, region=region, method=method, weather=weather,
        places=_places(opened, city), members=members, train=_span(train), seed=seed,
        targets=tuple(t.strip() for t in targets.split(",")), knowledge=known.value if known else None,
    )  # fmt: skip
    kept = shelf.save_outlook(opened.folder, outlook)
    _write(opened, outlook, kept, form, lang)


def _issue(workspace: Workspace, when: datetime, *, quiet: bool, **wishes: Any) -> xr.Dataset:
    from airshed.cli.ingest import progress_bar
    from airshed.forecast.issue import Ask, issue
    from airshed.store import View

    with nullcontext() if quiet else progress_bar() as tell:
        return issue(workspace, View.everything(), when, Ask(**wishes), tell)


def _places(workspace: Workspace, cities: list[str] | None) -> tuple[str, ...] | None:
    if not cities:
        return None
    return tuple(c if ":" in c else workspace.gazetteer.require(c, prefer="city") for c in cities)


def _span(text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    first, mark, last = text.partition("/")
    if not mark or day(last) < day(first):
        raise BadInput("days of training FIRST/LAST", repr(text), "write 2013-03-01/2016-02-19")
    return day(first), day(last)


def _edit(workspace: Workspace, when: datetime, method: str, file: Path, by: str) -> None:
    from airshed.forecast import shelf

    stem = f"{workspace.clock().local(when):%Y%m%dT%H%M}-{method}-"
    found = [n for n in shelf.outlooks(workspace.folder) if n.startswith(stem)]
    if not found:
        raise BadInput(
            "an outlook that is kept", stem.rstrip("-"), "issue it first; `airshed forecast --list` shows all"
        )
    count = shelf.add_edits(workspace.folder, found[0], file, by, datetime.now(UTC))
    typer.echo(f"{found[0]}: {count} 处订正 / cell(s) edited by {by}")


def _write(workspace: Workspace, outlook: xr.Dataset, kept: str, form: Format, language: str) -> None:
    from airshed.forecast.rows import outlook_rows, place_rows

    names = {str(p): workspace.gazetteer.jurisdiction(str(p)).names for p in outlook["place"].values}
    rows, places = outlook_rows(outlook, workspace.law, names), place_rows(outlook, names)
    if form is Format.json:
        attrs = {k: v.item() if hasattr(v, "item") else v for k, v in outlook.attrs.items()}
        said = {**attrs, "outlook": kept, "rows": rows, "holding": places}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=1))
    elif form is Format.csv:
        typer.echo(_csv(rows).rstrip("\n"))
    else:
        from airshed.cli.forecast_table import show

        show(outlook, rows, places, kept, language)


def _csv(rows: list[dict[str, Any]]) -> str:
    flat = [_flat(row) for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    figures = {
        f"{name}_{what}": value
        for name, held in row["concentrations"].items()
        for what, value in held.items()
    }
    chances = {f"p_category_{n}": p for n, p in enumerate(row["category_probability"], start=1)}
    head = ("place", "day", "lead", "law", "aqi", "aqi_low", "aqi_high", "category", "heavy_probability")
    primary = next(iter(row["primary"]), "") if any(row["primary"].values()) else ""
    return {k: row[k] for k in head} | {"primary": primary} | chances | figures
