"""``airshed effect``: trends without weather, what events' days would have been, many alerts pooled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
import typer
import xarray as xr

import airshed
from airshed.assessment.effect import (
    Alert,
    EventEffect,
    between,
    days_of,
    event_effect,
    hours_of,
    months_of,
    normalised,
    pooled_effect,
    slope,
    years_of,
)
from airshed.assessment.effect.cards import card_of, keep_effect, known_event, told_card
from airshed.assessment.effect.engine import EngineEffect, engine_effect
from airshed.assessment.effect.plain import event_dict, pooled_dict, trend_dict
from airshed.assessment.effect.series import weather_names
from airshed.assessment.effect.slope import annual_trend
from airshed.cli.effect_words import (
    engine_dict,
    engine_lines,
    event_table,
    pooled_table,
    trend_table,
    word,
)
from airshed.cli.law import book_of
from airshed.cli.options import Language, WorkspaceFolder, clock_of, day, gazetteer_of
from airshed.cli.screen import show_whole
from airshed.emissions import read_scenario
from airshed.errors import BadInput
from airshed.observations.flags import usable
from airshed.observations.panel import days_panel, hours_panel, read_rows
from airshed.observations.small_table import small_table
from airshed.places import Gazetteer
from airshed.quantities import Clock
from airshed.transport import open_case

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Files = Annotated[
    list[Path] | None, typer.Argument(help="文件；不给则读工作区 / Files; none: the workspace's lake.")
]
Feed = Annotated[str, typer.Option(help="文件格式 / Feed that reads the files.")]
WeatherFiles = Annotated[
    list[Path] | None,
    typer.Option("--weather", help="另给气象文件，可重复 / Weather in files of its own; repeat."),
]
WeatherFeed = Annotated[str, typer.Option("--weather-feed", help="气象文件格式 / Feed of those files.")]
Variables = Annotated[str, typer.Option("--variable", help="污染物，逗号分隔 / Pollutants, with commas.")]
Place = Annotated[str | None, typer.Option(help="城市 / A city, where there are several.")]
PlaceboRule = Annotated[
    Literal["any", "peaks"],
    typer.Option(
        help="安慰剂窗口：同季节，或同样的预报峰值（预警用） / Placebos: same season, or forecast peaks alike (alerts)."
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(help="以此名存入工作区，供页面显示 / Keep in the workspace under this name, for the pages."),
]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="表或 JSON / table or json.")]
From = Annotated[str, typer.Option("--from", help="首日 / First local day.")]
Until = Annotated[str, typer.Option("--until", help="止，不含当日 / First local day that no longer counts.")]


@app.command("trend")
def trend_command(
    files: Files = None,
    feed: Feed = "prsa",
    start: Annotated[str | None, typer.Option("--from", help="首日 / First local day.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="止，不含 / First day that does not count.")
    ] = None,
    variables: Variables = "pm25",
    place: Place = None,
    resamples: Annotated[int, typer.Option(min=1, help="重抽样次数 / Weathers drawn for each hour.")] = 300,
    seed: Annotated[int, typer.Option(help="随机种子 / Seed.")] = 1,
    keep: Keep = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """去气象趋势 / Trend of a series without its weather, with the skill of the regression."""
    gazetteer, clock = gazetteer_of(workspace), clock_of(workspace)
    panel = hours_panel(_rows(files, feed, None, "", workspace, gazetteer), gazetteer)
    panel = _cropped(panel, start, until, clock)
    where = _place(place, gazetteer)
    rows = [_trend(panel, name, where, clock, resamples, seed, workspace) for name in _names(variables)]
    if keep is not None:
        _keep(workspace, keep, "trend", {row["variable"]: row for row in rows})
    if form == "json":
        _dump(rows)
    else:
        show_whole(trend_table(rows, lang))


def _trend(
    panel: xr.Dataset, name: str, place: str | None, clock: Clock, resamples: int, seed: int, workspace: Path
) -> dict[str, Any]:
    found = normalised(hours_of(panel, name, place, clock), resamples, seed)
    draws = np.random.default_rng(seed)
    last = len(years_of(found)) - 2
    pairs = [(n, n + 1) for n in range(last)] + ([(0, last)] if last > 1 else [])
    month, observed, without = months_of(found)
    slopes = {"observed": slope(month, observed, draws), "normalised": slope(month, without, draws)}
    year = found.hours.hour.astype("datetime64[Y]").astype(int) + 1970
    whole = [int(y) for y in np.unique(year) if (year == y).sum() >= 8760]
    annual = {y: float(np.nanmean(found.hours.value[year == y])) for y in whole}
    rule = book_of(workspace).nearest("trend", date(max([*whole, 2013]), 12, 31), ("cn",))
    table = [
        {"month": str(m), "observed": float(o), "normalised": float(n)}
        for m, o, n in zip(month, observed, without, strict=True)
    ]
    changes = [between(found, a, b, np.random.default_rng(seed)) for a, b in pairs]
    return trend_dict(found, changes, slopes, annual_trend(annual, rule), table)


@app.command("event")
def event_command(
    start: From,
    until: Until,
    files: Files = None,
    feed: Feed = "prsa",
    weather: WeatherFiles = None,
    weather_feed: WeatherFeed = "city-weather",
    variables: Variables = "pm25",
    place: Place = None,
    placebo: PlaceboRule = "any",
    case: Annotated[
        str | None, typer.Option(help="传输算例，并列引擎结果 / Case of the engine, beside.")
    ] = None,
    scenario: Annotated[Path | None, typer.Option(help="措施文件 / Measures for the engine.")] = None,
    keep: Keep = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """事件效果 / What an event did, against what its weather would have brought, among placebo windows."""
    gazetteer, clock = gazetteer_of(workspace), clock_of(workspace)
    rows = _rows(files, feed, weather, weather_feed, workspace, gazetteer)
    panel = days_panel(rows, gazetteer, book_of(workspace), clock)
    where, first, end = _place(place, gazetteer), day(start), day(until)
    found = [
        event_effect(days_of(panel, name, where, clock), first, end, placebo) for name in _names(variables)
    ]
    engine = _engine(case, scenario, first, end, gazetteer, workspace)
    if keep is not None:
        _keep_events(workspace, keep, found, case, engine)
    if form == "json":
        beside = {"engine": engine_dict(engine)} if engine else {}
        told = [event_dict(one) | {"verdict_zh": word(one.verdict, "zh")} for one in found]
        _dump([one | (beside if one["variable"] == "pm25" else {}) for one in told])
        return
    name = partial(_named, gazetteer, lang)
    show_whole(event_table(found, lang, name(found[0].place)))
    for line in engine_lines(engine, lang, name) if engine else ():
        typer.echo(line)


def _named(gazetteer: Gazetteer, lang: str, place: str) -> str:
    """A city's name."""
    return gazetteer.jurisdiction(place).names["zh" if lang == "zh" else "en"]


def _keep_events(
    workspace: Path, name: str, found: list[EventEffect], case: str | None, engine: EngineEffect | None
) -> None:
    """Effects as the pages show them, beside what others published of the same days and what the engine says."""
    home = airshed.open(workspace)
    for one in found:
        known = known_event(one) or {"names": {"zh": name, "en": name}, "published": []}
        card = card_of(
            one, known["names"], made=home.region().made, published=known["published"],
            engine=_of_place(engine, one, case) if engine and case else None,
        )  # fmt: skip
        keep_effect(home.folder, f"{name}-{one.variable}", card)


def _of_place(engine: EngineEffect, effect: EventEffect, case: str) -> dict[str, Any] | None:
    """What the engine says of the event's place: it answers for PM2.5 alone."""
    if engine.table is None or effect.variable != "pm25":
        return None
    mine = engine.table.filter(receptor=effect.place)
    return None if mine.is_empty() else {"percent": float(mine["change"][0]), "case": case}


def _keep(
    workspace: Path, name: str, kind: Literal["trend", "pooled"], told: Mapping[str, Mapping[str, Any]]
) -> None:
    """Trends or pooled alerts, by pollutant, as the pages show them."""
    home = airshed.open(workspace)
    for variable, one in told.items():
        keep_effect(
            home.folder,
            f"{name}-{variable}",
            told_card(kind, one, {"zh": name, "en": name}, made=home.region().made),
        )


def _engine(
    case: str | None, scenario: Path | None, start: date, until: date, gazetteer: Gazetteer, workspace: Path
) -> EngineEffect | None:
    """The engine's answer, where case and measures are named."""
    if case is None and scenario is None:
        return None
    if case is None or scenario is None:
        raise BadInput("--case and --scenario together", "one of them", "name both, or neither")
    opened = open_case(airshed.open(workspace).folder, case)
    return engine_effect(
        opened, read_scenario(scenario, gazetteer), start, until, gazetteer, declared_linear=True
    )


@app.command("pooled")
def pooled_command(
    alerts: Annotated[
        Path,
        typer.Option(help="预警表 CSV：place, from, until / Alerts: a CSV of place, from, until (days)."),
    ],
    files: Files = None,
    feed: Feed = "city-daily",
    weather: WeatherFiles = None,
    weather_feed: WeatherFeed = "city-weather",
    variables: Variables = "pm25",
    placebo: PlaceboRule = "peaks",
    keep: Keep = None,
    form: Format = "table",
    lang: Language = "zh",
    workspace: WorkspaceFolder = Path(),
) -> None:
    """多城多次合并 / Many alerts of many cities as one estimate, by episode; and how many it would take."""
    gazetteer, clock = gazetteer_of(workspace), clock_of(workspace)
    asked = read_alerts(alerts, gazetteer)
    rows = _rows(files, feed, weather, weather_feed, workspace, gazetteer)
    panel = days_panel(rows, gazetteer, book_of(workspace), clock)
    weather_names(panel)
    held = [p for p in sorted({a.place for a in asked}) if p in panel["place"].values]
    found = []
    for name in _names(variables):
        series = {}
        for where in held:
            try:
                series[where] = days_of(panel, name, where, clock)
            except BadInput as error:
                typer.echo(f"{where}: {error}", err=True)
        found.append(pooled_effect(series, asked, placebo))
    if keep is not None:
        _keep(workspace, keep, "pooled", {one.variable: pooled_dict(one) for one in found})
    if form == "json":
        _dump([pooled_dict(one) for one in found])
    else:
        show_whole(pooled_table(found, lang))
        for alert, why in found[0].refused:
            typer.echo(f"{alert.place} {alert.start}: {why}", err=True)


def read_alerts(path: Path, gazetteer: Gazetteer) -> list[Alert]:
    """Alerts of a CSV with ``place, from, until``: local days, ``until`` the first that no longer counts.

    Raises:
        BadInput: no such file, other columns, or no alert.
        UnknownPlace: a place nobody knows.
    """
    table = small_table(path, "alerts", ("place", "from", "until"), as_text=True)
    found = [
        Alert(gazetteer.require(r["place"], prefer="city"), day(r["from"]), day(r["until"]))
        for r in table.iter_rows(named=True)
    ]
    if not found:
        raise BadInput("alerts", f"none in {path.name}", "name another file")
    return found


def _rows(
    files: list[Path] | None, feed: str, weather: list[Path] | None, weather_feed: str, workspace: Path,
    gazetteer: Gazetteer,
) -> pl.DataFrame:  # fmt: skip
    """Usable rows of files, or of the workspace's lake."""
    if files:
        parts = [read_rows(feed, files, gazetteer)]
    else:
        held = airshed.open(workspace).observations()
        parts = [
            held.filter(usable(pl.col("flag").cast(pl.Int32))).select(
                "place", "variable", "start", "end", "value"
            )
        ]
    if weather:
        parts.append(read_rows(weather_feed, weather, gazetteer))
    return pl.concat([p.select(parts[0].columns) for p in parts], how="vertical_relaxed")


def _cropped(panel: xr.Dataset, start: str | None, until: str | None, clock: Clock) -> xr.Dataset:
    """Hours of local days [start, until)."""
    edges = [
        clock.utc(datetime.combine(day(d), time())).replace(tzinfo=None) if d else None
        for d in (start, until)
    ]
    hour = panel["hour"].values
    keep = np.ones(len(hour), dtype=bool)
    if edges[0] is not None:
        keep &= hour >= np.datetime64(edges[0])
    if edges[1] is not None:
        keep &= hour < np.datetime64(edges[1])
    if not keep.any():
        raise BadInput(
            f"days within {hour[0]} to {hour[-1]} UTC", f"{start} to {until}", "give the files of these days"
        )
    return panel.isel(hour=np.flatnonzero(keep))


def _place(name: str | None, gazetteer: Gazetteer) -> str | None:
    return None if name is None else gazetteer.require(name, prefer="city")


def _names(text: str) -> list[str]:
    names = [n.strip() for n in text.split(",") if n.strip()]
    if not names:
        raise BadInput("a pollutant", "none", "write --variable pm25,no2")
    return names


def _dump(rows: Any) -> None:
    typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
