"""``airshed law``: what the texts say, by day and place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from airshed.cli.options import Language, WorkspaceFolder, day, gazetteer_of
from airshed.errors import LawNotFound
from airshed.law import Book, Provision
from airshed.places import Gazetteer

__all__ = ["app", "book_of"]

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]

_STATUS = {
    "official": ("原文核对", "official text", "green"),
    "quoted": ("转引", "quoted", "cyan"),
    "derived": ("推算", "derived", "blue"),
    "unverified": ("⚠ 未核实", "⚠ unverified", "bold red"),
}
_WORDS = {
    "zh": ("主题", "版本", "地点", "施行", "状态", "条款", "来源", "说明", "未核实的数字", "并存，未采用"),
    "en": (
        "subject", "version", "place", "in force", "status", "clause", "source", "note", "unverified figures",
        "stands beside, not used",
    ),
}  # fmt: skip


def book_of(workspace: Path) -> Book:
    """The law book; with the texts of the workspace where the folder is one."""
    own = workspace / "law"
    return Book.load([own] if (workspace / "airshed.toml").exists() and own.is_dir() else [])


@app.command("list")
def list_command(workspace: WorkspaceFolder = Path(), as_json: AsJson = False, lang: Language = "zh") -> None:
    """全部条文 / Every provision in the book."""
    book = book_of(workspace)
    if as_json:
        _dump({"digest": book.digest, "provisions": [_plain(p, whole=False) for p in book.provisions]})
        return
    _print(_overview(book.provisions, lang), f"law {book.digest[:12]}")


@app.command("show")
def show_command(
    name: Annotated[
        str, typer.Argument(help="A subject (`index`), a version or a document (`HJ 633-2026`).")
    ],
    workspace: WorkspaceFolder = Path(),
    as_json: AsJson = False,
    lang: Language = "zh",
) -> None:
    """条文全文 / What a subject, a version or a document says."""
    book = book_of(workspace)
    found = _named(book, name)
    if not found:
        known = ", ".join((*book.subjects, *dict.fromkeys(p.version for p in book.provisions)))
        raise LawNotFound("a subject, version or document of the book", repr(name), f"one of {known}")
    if as_json:
        _dump([_plain(p, whole=True) for p in found])
        return
    _print(Group(*(_panel(p, lang) for p in found)), f"law {book.digest[:12]}")


@app.command("on")
def on_command(
    date: Annotated[str, typer.Argument(help="Local day, YYYY-MM-DD.")],
    place: Annotated[str, typer.Option(help="A city, county, province or region.")] = "cn",
    workspace: WorkspaceFolder = Path(),
    as_json: AsJson = False,
    lang: Language = "zh",
) -> None:
    """某日某地施行的条文 / What held on a day in a place."""
    book, when = book_of(workspace), day(date)
    view = book.on(when, chain_of(place, book, gazetteer_of(workspace)))
    if as_json:
        held = {subject: _plain(p, whole=True) for subject, p in view.items()}
        _dump({"day": when, "chain": view.chain, "digest": view.digest, "provisions": held})
        return
    title = f"{when} · {' > '.join(view.chain)} · law {view.digest[:12]}"
    _print(_overview(list(view.values()), lang), title)


def chain_of(place: str, book: Book, gazetteer: Gazetteer) -> Sequence[str]:
    """Where law is asked for a place as typed: a place of the book itself (``us``), a region, or a name."""
    if place in {p.place for p in book.provisions}:
        return (place,)
    regions = {key: r.id for r in gazetteer.regions() for key in (r.id, *r.names.values())}
    return gazetteer.chain(regions.get(place) or gazetteer.require(place))


def _named(book: Book, name: str) -> list[Provision]:
    wanted = _fold(name)
    exact = [
        p for p in book.provisions if wanted in (_fold(p.subject), _fold(p.version), _fold(p.instrument.id))
    ]
    return exact or [p for p in book.provisions if wanted and wanted in _fold(p.version + p.instrument.id)]


def _fold(text: str) -> str:
    return "".join(text.casefold().split())


def _plain(p: Provision, *, whole: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "subject": p.subject,
        "version": p.version,
        "place": p.place,
        "since": p.since,
        "until": p.until,
        "status": p.status,
        "unverified": p.unverified,
        "chosen": p.chosen,
        "instrument": {"id": p.instrument.id, **p.instrument.titles, "issued": p.instrument.issued},
        "document_digest": p.instrument.document_digest,
        "clause": p.clause,
        "source": p.source,
        "note": p.note,
        "chinese": p.chinese,
        "digest": p.digest,
    }
    return {**plain, "value": p.value} if whole else plain


def _dump(thing: Any) -> None:
    typer.echo(json.dumps(thing, ensure_ascii=False, indent=1, default=str))


def _print(what: Any, title: str) -> None:
    console = Console()
    console.print(what)
    console.print(title, style="dim", highlight=False)


def _status(p: Provision, lang: str) -> str:
    zh, en, style = _STATUS[p.status]
    doubt = f" ⚠{len(p.unverified)}" if p.unverified and p.status != "unverified" else ""
    beside = f" ({_WORDS[lang][9]})" if p.chosen is False else ""
    return f"[{style}]{en if lang == 'en' else zh}[/][bold red]{doubt}[/]{beside}"


def _span(p: Provision) -> str:
    return f"{p.since} – {p.until}" if p.until else f"{p.since} –"


def _overview(provisions: Sequence[Provision], lang: str) -> Table:
    lang = "en" if lang == "en" else "zh"
    words = _WORDS[lang]
    table = Table(*words[:5], box=None, header_style="bold")
    table.columns[1].overflow = "fold"
    for p in provisions:
        table.add_row(p.subject, escape(p.version), p.place, _span(p), _status(p, lang))
    return table


def _panel(p: Provision, lang: str) -> Panel:
    lang = "en" if lang == "en" else "zh"
    words, grid = _WORDS[lang], Table.grid(padding=(0, 2))
    facts = [
        (words[3], f"{_span(p)} · {p.place}"),
        (words[4], _status(p, lang)),
        (words[5], escape(p.say("clause", lang))),
        (words[6], escape(p.say("source", lang))),
        (words[7], escape(p.say("note", lang))),
    ]
    if p.unverified:
        facts.append((f"[bold red]⚠ {words[8]}[/]", escape(", ".join(p.unverified))))
    for fact in facts:
        grid.add_row(*fact)
    doubtful = set(p.unverified)
    values = Table.grid(padding=(0, 2))
    for path, value in _leaves(p.value):
        mark = " [bold red]⚠[/]" if any(path == d or path.startswith(f"{d}.") for d in doubtful) else ""
        values.add_row(escape(path), escape(value) + mark)
    title = f"{p.subject} · {escape(p.version)} · {escape(p.instrument.titles[lang])}"
    return Panel(Group(grid, "", values), title=title, title_align="left")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every figure with its dotted path; lists of plain things on one line."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, f"{path}.{number}")
    elif isinstance(value, list):
        yield path, "  ".join("–".join(map(str, v)) if isinstance(v, list) else str(v) for v in value)
    else:
        yield path, "–" if value is None else str(value)
