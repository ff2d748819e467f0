"""``airshed verify``: how good forecasts would have been, beside persistence and climatology."""

from __future__ import annotations

import json
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

import airshed
from airshed.cli.options import Language, WorkspaceFolder, clock_of, day, gazetteer_of
from airshed.errors import BadInput

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from airshed.places import Gazetteer

__all__ = ["verify_command"]

OF_HINDCASTS: Final = (
    "files", "train", "test", "feed", "leads", "weather", "weather_from", "weather_feed", "region", "without",
    "methods", "by", "seeds", "members", "edits",
)  # fmt: skip
"""Arguments that say what is made anew and scored, and nothing of outlooks that are kept."""


class Weather(StrEnum):
    """What the models are told of the days ahead."""

    perfect = "perfect"
    degraded = "degraded"
    none = "none"


class By(StrEnum):
    """What a place is."""

    city = "city"
    station = "station"


class Format(StrEnum):
    """How the result is written."""

    table = "table"
    markdown = "markdown"
    json = "json"
    csv = "csv"


def verify_command(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="文件或文件夹 / Files or folders of observations.")
    ] = None,
    train: Annotated[
        str | None,
        typer.Option(help="训练期（目标日）首/末 / Target days trained on, FIRST/LAST, both included."),
    ] = None,
    test: Annotated[
        str | None, typer.Option(help="检验期（目标日）首/末 / Target days tested, FIRST/LAST.")
    ] = None,
    stored: Annotated[
        bool,
        typer.Option(
            "--outlooks",
            help="检验工作区已发布的展望及其订正 / Score the workspace's own outlooks and their edits instead.",
        ),
    ] = False,
    feed: Annotated[
        str, typer.Option(help="文件格式，见 airshed feeds / Form of the files; `airshed feeds` lists them.")
    ] = "prsa",
    target: Annotated[
        str, typer.Option(help="pm25 pm10 o3_mda8 no2 so2 co，或 aqi（六项合成）/ or aqi, made of all six.")
    ] = "pm25",
    leads: Annotated[str, typer.Option(help="提前天数 / Days ahead, by commas.")] = "1,2,3,5,7,10",
    weather: Annotated[
        list[Weather] | None,
        typer.Option(
            help="未来气象：实况、退化、无；可重复 / Weather ahead: as it came, degraded, none; repeat."
        ),
    ] = None,
    weather_from: Annotated[
        list[Path] | None,
        typer.Option(
            help="另给气象文件，可重复；只检验有气象的城市 / "
            "Weather in files of its own; repeat. Only places it tells of are verified."
        ),
    ] = None,
    weather_feed: Annotated[str, typer.Option(help="气象文件格式 / Feed of those files.")] = "city-weather",
    region: Annotated[
        str | None, typer.Option(help="只检验该区域的城市 / Only the places of this region.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="不检验的城市，可重复 / A city to leave out; repeat.")
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            help="方法，默认全部 / Methods by commas; all by default. The two references always run."
        ),
    ] = None,
    by: Annotated[
        By, typer.Option(help="城市均值或逐站 / Mean of a city's stations, or each station.")
    ] = By.city,
    seeds: Annotated[
        int, typer.Option(min=1, help="退化气象的随机次数 / Seeds of degraded weather, averaged.")
    ] = 10,
    seasons: Annotated[bool, typer.Option("--seasons", help="另列四季 / Rows of each season too.")] = False,
    members: Annotated[
        int, typer.Option(min=0, help="成员数，评估连贯性 / Members, to score runs of days; 0: none.")
    ] = 0,
    edits: Annotated[
        list[Path] | None,
        typer.Option(
            help="人工订正表，可重复 / A CSV of forecasters' edits "
            "(issue, place, day, variable, value[, low, high, editor]), scored like a model; repeat."
        ),
    ] = None,
    standard: Annotated[
        str | None,
        typer.Option(
            help="指数标准，默认检验期末所施行 / Edition of the index; that in force at the test's end."
        ),
    ] = None,
    resamples: Annotated[int, typer.Option(min=100, help="自助法次数 / Draws of weekly blocks.")] = 1000,
    keep: Annotated[
        str | None,
        typer.Option(
            help="以此名存入工作区，供网页显示 / Keep the scorecard in the workspace by this name, for its pages."
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="表、Markdown、JSON 或 CSV / table, markdown, json or csv.")
    ] = Format.table,
    workspace: WorkspaceFolder = Path(),
    lang: Language = "zh",
) -> None:
    """检验 / Verify: scores of forecasts by lead, beside persistence and climatology, with weekly block intervals.

    Models are trained on the target days of --train and asked for those of --test; climatology comes from the same
    training years. Cases are pooled over all issues, per lead. Bounds are 95 % intervals of blocks of seven issue days.
    With --outlooks what was issued and kept is scored as it stands, each method and kind of weather by itself.
    """
    from airshed.cli.ingest import progress_bar
    from airshed.cli.law import book_of
    from airshed.cli.verify_runs import Plan, verify
    from airshed.cli.verify_stored import verify_outlooks

    if keep is not None:
        airshed.open(workspace).close()  # say before the work, not after it, that there is none
    book = book_of(workspace)
    if stored:
        _check_alone(context)
        with progress_bar() as tell:
            found = verify_outlooks(
                workspace, target, book, standard=standard, seasons=seasons, resamples=resamples, tell=tell
            )
    else:
        if not (files and train and test):
            raise BadInput(
                "files, --train and --test", "not all three", "or say --outlooks, to score kept outlooks"
            )
        plan = Plan(
            feed=feed, files=tuple(files), train=_span("--train", train), test=_span("--test", test), target=target,
            leads=_leads(leads), weather=tuple(w.value for w in weather or [Weather.perfect]),
            methods=_names(methods), by=by.value, seeds=seeds, seasons=seasons, members=members,
            edits=tuple(edits or ()), standard=standard, resamples=resamples,
            weather_files=tuple(weather_from or ()), weather_feed=weather_feed, region=region,
            without=tuple(without or ()),
        )  # fmt: skip
        with progress_bar() as tell:
            found = verify(plan, gazetteer_of(workspace), book, clock_of(workspace), tell)
    if keep is not None:
        from airshed.forecast.cards import keep_card

        with closing(airshed.open(workspace)) as home:
            made = {"made": "yes"} if home.region().made else {}
        keep_card(workspace, keep, found.card, found.about | made)
    _write(found.card, form, lang, gazetteer_of(workspace))


def _check_alone(context: typer.Context) -> None:
    """Refuse beside --outlooks what only a hindcast asks for: it would change nothing."""
    sources = {name: context.get_parameter_source(name) for name in OF_HINDCASTS}
    given = [name for name, source in sources.items() if source is not None and source.name != "DEFAULT"]
    if given:
        came = ", ".join("files" if name == "files" else f"--{name.replace('_', '-')}" for name in given)
        fix = "leave these out, or leave out --outlooks: kept outlooks are scored as they stand"
        raise BadInput("--outlooks without files, periods and models", came, fix)


def _span(option: str, text: str) -> tuple[date, date]:
    first, mark, last = text.partition("/")
    if not mark:
        raise BadInput(f"{option} as FIRST/LAST", repr(text), "write 2013-03-01/2015-02-28")
    span = day(first), day(last)
    if span[1] < span[0]:
        raise BadInput(f"{option} whose last day is not before its first", repr(text), "turn them round")
    return span


def _leads(text: str) -> tuple[int, ...]:
    try:
        leads = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError as error:
        raise BadInput("--leads as days by commas", repr(text), "write 1,2,3,5,7,10") from error
    if leads[0] < 1:
        raise BadInput("leads of one day or more", str(leads[0]), "write 1,2,3,5,7,10")
    return leads


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def _write(card: pl.DataFrame, form: Format, language: str, gazetteer: Gazetteer) -> None:
    from airshed.cli.verify_table import markdown, table
    from airshed.forecast.verification import flat, objects, shown

    if form is Format.json:
        typer.echo(json.dumps(objects(card), ensure_ascii=False, indent=1))
    elif form is Format.csv:
        typer.echo(flat(card).write_csv().rstrip("\n"))
    elif form is Format.markdown:
        typer.echo(markdown(shown(card)))
    else:
        from airshed.cli.screen import show_whole

        show_whole(table(shown(card), language, gazetteer), folding=None)
