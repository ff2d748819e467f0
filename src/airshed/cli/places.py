"""``airshed places``: jurisdictions, stations and regions, and who belongs to which on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from airshed.cli.options import WorkspaceFolder, day, gazetteer_of
from airshed.places import Gazetteer, Jurisdiction, Membership, Region, Station

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

OnDay = Annotated[str | None, typer.Option("--on", help="日期 / A day, YYYY-MM-DD; today if left out.")]
UNVERIFIED = "未核实 / unverified"


@app.command("search")
def search_command(
    text: Annotated[str, typer.Argument(help="名称、拼音或代码的一部分 / Part of a name, pinyin or code.")],
    workspace: WorkspaceFolder = Path(),
    limit: Annotated[int, typer.Option(help="最多几条 / At most so many.")] = 24,
) -> None:
    """查找 / Find places, stations and regions by any part of a name or code."""
    gazetteer = gazetteer_of(workspace)
    found = gazetteer.search(text, limit)
    if not found:
        typer.echo(f"无结果 / nothing found: {text}", err=True)
        raise typer.Exit(1)
    table = Table("id", "中文", "English", "类 / kind", "上级 / in", box=None)
    for place in found:
        table.add_row(place.id, place.names["zh"], place.names["en"], *_kind(place, gazetteer))
    _print(table)


@app.command("show")
def show_command(
    id: Annotated[str, typer.Argument(help="代码或名称 / An id, code or name.")],  # noqa: A002
    workspace: WorkspaceFolder = Path(),
) -> None:
    """详情 / One place, station or region, with where its law is looked for."""
    gazetteer = gazetteer_of(workspace)
    known = {region.id for region in gazetteer.regions()}
    if id in known:
        place: Jurisdiction | Station | Region = gazetteer.region(id)
    elif gazetteer.has_station(id):
        place = gazetteer.station(id)
    else:
        place = gazetteer.jurisdiction(gazetteer.require(id))
    table = Table("", "", box=None, show_header=False)
    for name, value in _facts(place, gazetteer):
        table.add_row(name, value)
    _print(table)


@app.command("regions")
def regions_command(on: OnDay = None, workspace: WorkspaceFolder = Path()) -> None:
    """区域 / All regions, with the number of cities on a day."""
    when = day(on) if on else _today()
    table = Table(
        "id", "中文", "English", f"城市数 / cities {when}", "名单 / lists", "来源 / source", box=None
    )
    for region in gazetteer_of(workspace).regions():
        count = len(region.members_on(when))
        lists = "; ".join(_span(since, until) for since, until in region.spans())
        table.add_row(region.id, region.names["zh"], region.names["en"], str(count), lists, region.source)
    _print(table)


@app.command("members")
def members_command(
    region: Annotated[str, typer.Argument(help="区域代码 / The id of a region, e.g. 2+26.")],
    on: OnDay = None,
    workspace: WorkspaceFolder = Path(),
) -> None:
    """成员 / The members of a region on a day, and what is not verified about them."""
    when = day(on) if on else _today()
    gazetteer = gazetteer_of(workspace)
    found = gazetteer.region(region)
    members = [m for m in found.members if m.holds_on(when)]
    if not members:
        spans = "; ".join(_span(since, until) for since, until in found.spans())
        typer.echo(f"{when}: 无名单在效 / no list in force; 名单 / lists: {spans}", err=True)
        raise typer.Exit(1)
    table = Table("id", "中文", "English", "期间 / span", "核实 / status", box=None)
    for member in members:
        table.add_row(*_member(member, gazetteer, ""))
    for member in found.attached:
        if member.holds_on(when):
            table.add_row(*_member(member, gazetteer, "附 / attached: "))
    _print(table)
    for note in dict.fromkeys(m.note for m in members if m.note):
        typer.echo(note)
    typer.echo(f"{len(members)} 个城市 / cities, {when}")


def _print(table: Table) -> None:
    """Long names are wrapped, never cut."""
    for column in table.columns:
        column.overflow = "fold"
    Console().print(table)


def _today() -> date:
    from airshed.quantities import BEIJING

    return BEIJING.day_of(datetime.now(UTC))


def _kind(place: Jurisdiction | Station | Region, gazetteer: Gazetteer) -> tuple[str, str]:
    if isinstance(place, Region):
        return "区域 / region", place.root
    above = place.place if isinstance(place, Station) else place.parent
    kind = "站点 / station" if isinstance(place, Station) else place.level
    return kind, gazetteer.jurisdiction(above).names["zh"] if above else ""


def _facts(place: Jurisdiction | Station | Region, gazetteer: Gazetteer) -> list[tuple[str, str]]:
    facts = [("id", place.id), ("中文", place.names["zh"]), ("English", place.names["en"])]
    kind, above = _kind(place, gazetteer)
    facts += [("类 / kind", kind), ("上级 / in", above)]
    if isinstance(place, Region):
        facts += [("名单 / list", _span(since, until)) for since, until in place.spans()]
        facts += [("说明 / note", text) for text in dict.fromkeys(place.note.values())]
    else:
        point = "" if place.lon is None else f"{place.lon:.4f}, {place.lat:.4f} (WGS-84)"
        facts.append(("经纬度 / lon, lat", point))
    if isinstance(place, Station):
        facts += [("角色 / role", place.role), ("同一站 / same as", place.same_as or "")]
    if isinstance(place, Jurisdiction):
        member_of = [r.id for r in gazetteer.regions() if any(m.place == place.id for m in r.members)]
        facts.append(("区域 / regions", ", ".join(member_of)))
    facts.append(("法规链 / law chain", " → ".join(gazetteer.chain(place.id))))
    return facts + ([] if isinstance(place, Jurisdiction) else [("来源 / source", place.source)])


def _member(member: Membership, gazetteer: Gazetteer, before: str) -> tuple[str, str, str, str, str]:
    names = gazetteer.jurisdiction(member.place).names
    status = UNVERIFIED if member.status == "unverified" else member.status
    return member.place, before + names["zh"], names["en"], _span(member.since, member.until), status


def _span(since: date | None, until: date | None) -> str:
    return f"{since or '…'} → {until or '…'}"
