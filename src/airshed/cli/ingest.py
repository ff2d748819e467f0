"""``airshed ingest`` and ``airshed override``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import airshed
from airshed.cli.options import Language, WorkspaceFolder, clock_of, instant, who
from airshed.cli.screen import show_whole
from airshed.errors import BadInput
from airshed.observations import IngestReport, describe, ingest, override
from airshed.observations.feeds.guess import guess
from airshed.observations.feeds.mapping import read_mapping
from airshed.observations.flags import Flag, severity
from airshed.quantities import Clock
from airshed.quantities import variable as variable_named

__all__ = ["ingest_command", "override_command", "progress_bar"]

_SHOWN_REFUSALS = 20
_FILE_WIDTH = 14  # columns of a file's name at least; it folds


def ingest_command(
    files: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    feed: Annotated[str, typer.Option(help="The form of the files; `airshed feeds` lists them.")] = "long",
    workspace: WorkspaceFolder = Path(),
    mapping: Annotated[Path | None, typer.Option(help="Mapping file of the feed `long`.")] = None,
    guess_only: Annotated[
        bool, typer.Option("--guess", help="Write FILE.toml, the mapping it believes in, and stop.")
    ] = False,
    stage: Annotated[str, typer.Option(help="raw, provisional or audited.")] = "raw",
    issued: Annotated[
        str | None, typer.Option(help="When the source issued the files, where they do not say.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who feeds; default is you.")] = None,
    refusals: Annotated[Path | None, typer.Option(help="Write all refusals to this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The account as JSON.")] = False,
    lang: Language = "zh",
) -> None:
    """摄取监测数据 / Take monitoring data in: flagged, never deleted; what cannot be read is listed."""
    if guess_only:
        for file in files:
            _guess(file, clock_of(workspace))
        return
    with progress_bar(quiet=as_json) as tell:
        report = ingest(
            airshed.open(workspace),
            files,
            feed=feed,
            by=who(by),
            mapping=read_mapping(mapping) if mapping else None,
            stage=stage,
            issued_at=instant(issued) if issued else None,
            progress=tell,
        )
    if not report.files:
        raise BadInput(
            "files to read", f"none in {', '.join(map(str, files))}", "name files, or their folder"
        )
    if refusals:
        _write_refusals(report, refusals)
    if as_json:
        typer.echo(json.dumps(_plain(report), ensure_ascii=False))
    else:
        _print(report, lang)
    if report.refused and not report.total("accepted") + report.total("repeated"):
        raise typer.Exit(1)  # a script that feeds must notice that nothing went in


def _guess(file: Path, clock: Clock) -> None:
    target = file.with_name(file.name + ".toml")
    text = guess(file, clock).text()
    typer.echo(text)
    if target.exists():
        raise BadInput(
            f"a free name for the mapping of {file.name}", f"{target.name} is there", "move it, then retry"
        )
    target.write_text(text, encoding="utf-8")
    typer.echo(f"# {target}: check it, then: airshed ingest {file} --feed long --mapping {target}", err=True)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on stderr while files go in; yields what to call with files done, files in all, what is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    disable = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=disable) as bar:
        task = bar.add_task("…", total=None)
        yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name or "✓")


def _plain(report: IngestReport) -> dict[str, Any]:
    return {
        "feed": report.feed,
        "files": [{**f.plain(), "version": f.version} for f in report.files],
        "flagged": report.flagged,
        "reflagged": report.reflagged,
        "versions": report.versions,
        "refusals": [str(r) for r in report.refused],
    }


_WORDS = {
    "zh": ("读取", "空缺", "接收", "已有更新值", "重复", "拒收", "版本", "标记", "文件"),
    "en": (
        "read",
        "blank",
        "accepted",
        "of these\nsuperseded",
        "repeated",
        "refused",
        "version",
        "flagged",
        "file",
    ),
}


def _print(report: IngestReport, lang: str) -> None:
    console = Console()
    words = _WORDS["en" if lang == "en" else "zh"]
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column(words[8])
    for word in words[:7]:
        table.add_column(word, justify="right")
    shown = report.files if len(report.files) <= 12 else []
    for f in shown:
        counts = (f.read, f.blanks, f.accepted, f.superseded, f.repeated, f.refusals)
        table.add_row(f.file, *(f"{n:,}" for n in counts), str(f.version or "–"))
    if len(report.files) != 1:
        totals = [
            report.total(n) for n in ("read", "blanks", "accepted", "superseded", "repeated", "refusals")
        ]
        version = str(report.versions[-1]) if report.versions else "–"
        table.add_row(f"Σ {len(report.files)}", *(f"{n:,}" for n in totals), version, style="bold")
    show_whole(table, folding=0, least=_FILE_WIDTH)
    for name, n in report.flagged.items():
        flag = Flag[name.upper()]
        line = f"  {words[7]} {name}: {n:,}  {describe(flag, lang)} [{severity(flag)}]"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    _print_refusals(console, report, words[5])


def _print_refusals(console: Console, report: IngestReport, word: str) -> None:
    for refusal in report.refused[:_SHOWN_REFUSALS]:
        console.print(f"  {word} {refusal}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    if len(report.refused) > _SHOWN_REFUSALS:
        more = len(report.refused) - _SHOWN_REFUSALS
        console.print(f"  … {more:,} more; --refusals FILE writes them all", style="yellow")


def _write_refusals(report: IngestReport, path: Path) -> None:
    import csv

    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file", "line", "column", "wanted", "came", "advice", "count"])
        for r in report.refused:
            writer.writerow([r.file, r.line, r.column, r.wanted, r.came, r.advice, r.count])


def override_command(
    place: Annotated[str, typer.Argument(help="Station id, or a place by name or code.")],
    variable: Annotated[str, typer.Argument(help="pm25, pm10, so2, no2, co, o3, o3_mda8.")],
    start: Annotated[
        str, typer.Option("--from", help="First interval start; Beijing time unless a zone is given.")
    ],
    end: Annotated[str, typer.Option("--to", help="Intervals that start before this.")],
    ground: Annotated[str, typer.Option("--because", help="Why; it stands in the record.")],
    valid: Annotated[bool, typer.Option("--valid/--invalid", help="What you say of the values.")],
    source: Annotated[str | None, typer.Option(help="Only values of this source.")] = None,
    by: Annotated[str | None, typer.Option(help="Who says so; default is you.")] = None,
    workspace: WorkspaceFolder = Path(),
) -> None:
    """人工复核标记 / Say that flagged values are valid, or others not: an act on record."""
    ws = airshed.open(workspace)
    known = ws.gazetteer.resolve(place)
    target = known or place
    if known is None:
        ws.gazetteer.station(place)
    outcome = override(
        ws,
        place=target,
        variable=variable_named(variable).id,
        start=instant(start),
        end=instant(end),
        valid=valid,
        by=who(by),
        ground=ground,
        source=source,
    )
    typer.echo(f"{outcome.reflagged} value(s) reflagged; the word stands for values that come later too")
