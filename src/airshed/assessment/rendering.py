"""Assessments as tables for a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from airshed.assessment.daily import ITEMS
from airshed.quantities import variable

if TYPE_CHECKING:
    from airshed.assessment.report import Assessment

__all__ = ["published_table", "render", "word"]

Row = Mapping[str, Any]
_PERCENT = 1e-2  # one per cent
_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
_NAME_WIDTH = 18  # columns of a name
_DIGEST = 12  # characters of a digest that tell it from another by eye


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(
        files("airshed.assessment").joinpath("words.yml").read_text(encoding="utf-8")
    )
    return words


def word(key: str, language: str, **values: object) -> str:
    """A word of the tables in ``zh`` or ``en``."""
    return _words()[key][language if language in ("zh", "en") else "en"].format(**values)


def render(assessment: Assessment, language: str = "zh") -> RenderableType:
    """The rows asked for, days, a comparison where there is one, the notes, and what it all stands on."""
    rows, by = assessment.rows, assessment.parameters["by"]
    several = rows.filter(pl.col("kind") == "region").height > 0
    parts: list[RenderableType] = [_title(assessment, language)]
    if by == "month" and several:
        rows = rows.filter(pl.col("kind") == "region")
        parts.append(Text(word("months", language), style="dim"))
    parts += [_levels_table(rows, by, language), *_items_tables(assessment, rows, by, language)]
    parts += _days_tables(rows, by, language)
    if "composite_change" in rows.columns:
        parts.append(_change_table(rows, by, language))
    parts += _lists(assessment, language)
    parts.append(Text(word("units", language), style="dim"))
    parts += [Text(f"· {n.text(language)}", style=_style(n.code)) for n in assessment.notes]
    stands = {
        "lake": assessment.lake_version,
        "law": assessment.law_digest[:_DIGEST],
        "code": assessment.code_version,
    }
    parts.append(Text(word("stands", language, **stands), style="dim"))
    return Group(*parts)


def _style(code: str) -> str:
    loud = {
        "particles_unrestated", "dust_not_computable", "no_data", "insufficient", "not_compared", "made_region",
    }  # fmt: skip
    return "yellow" if code in loud else ""


def _title(assessment: Assessment, language: str) -> Text:
    p, rows = assessment.parameters, assessment.rows
    region = rows.filter(pl.col("kind") == "region")
    name = (region if region.height else rows)[f"name_{language}"][0]
    series = word(f"series_{p['series']}", language)
    text = word("title", language, region=name, start=p["start"], end=p["end"])
    return Text(f"{text} · {series}", style="bold")


def _table(language: str, by: str, *heads: str) -> Table:
    """An empty table; the first columns say which row it is."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=False)
    if by == "month":
        table.add_column(word("period", language), no_wrap=True)
    table.add_column(word("place", language), max_width=_NAME_WIDTH, overflow="fold")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _fill(
    table: Table, rows: pl.DataFrame, by: str, language: str, cells: Callable[[Row], list[str]]
) -> Table:
    for row in rows.iter_rows(named=True):
        first = [row["period"]] if by == "month" else []
        name = str(row[f"name_{language}"])
        table.add_row(*first, name, *cells(row), style="bold" if row["kind"] == "region" else "")
    return table


def _levels_table(rows: pl.DataFrame, by: str, language: str) -> Table:
    heads = [variable(i).label for i in ITEMS]
    more = [word(k, language) for k in ("composite", "rank", "principal", "attains", "good_share")]

    def cells(row: Row) -> list[str]:
        figures = [_number(row[i], 2 if i == "co" else 1) for i in ITEMS]
        share = _number(None if row["good_share"] is None else row["good_share"] / _PERCENT, 1)
        index, rank, principal = _number(row["composite"], 2), _number(row["rank"]), _labels(row["principal"])
        return [*figures, index, rank, principal, _verdict(row, language), share]

    return _fill(_table(language, by, *heads, *more), rows, by, language, cells)


def _verdict(row: Row, language: str) -> str:
    if row["kind"] == "region":
        return f"{row['attaining_cities']}/{row['cities_counted']}"
    return "–" if row["attains"] is None else word("yes" if row["attains"] else "no", language)


def _items_tables(assessment: Assessment, rows: pl.DataFrame, by: str, language: str) -> list[Table]:
    """Percentiles of daily values with the least count of valid days, and exceedance factors, of each city."""
    cities = rows.filter(pl.col("kind") == "city")
    items = {(r["period"], r["place"], r["item"]): r for r in assessment.items.iter_rows(named=True)}
    if not cities.height or not items:
        return []
    percents = {
        i: next((_number(r["percent"]) for (_, _, item), r in items.items() if item == i), "") for i in ITEMS
    }
    levels = _table(
        language, by, *(f"{variable(i).label} P{percents[i]}" for i in ITEMS), word("least_days", language)
    )
    levels.title = word("percentiles", language)
    factors = _table(language, by, *(variable(i).label for i in ITEMS))
    factors.title = word("factors", language)

    def of(row: Row) -> list[Row]:
        return [items[row["period"], row["place"], i] for i in ITEMS]

    def percentiles(row: Row) -> list[str]:
        figures = [_marked(r, 2 if r["item"] == "co" else 1) for r in of(row)]
        return [*figures, f"{min(r['n'] for r in of(row))}/{row['days']}"]

    def exceedances(row: Row) -> list[str]:
        found = [
            [r[f"{m}_exceedance"] for m in ("mean", "percentile") if r[f"{m}_exceedance"]] for r in of(row)
        ]
        return [_number(max(f) if f else None, 2) for f in found]

    return [
        _fill(levels, cities, by, language, percentiles),
        _fill(factors, cities, by, language, exceedances),
    ]


def _marked(row: Row, decimals: int) -> str:
    """A percentile; ``*`` where there are too few days for it to count."""
    return _number(row["percentile"], decimals) + ("*" if row["sufficient"] is False else "")


def _lists(assessment: Assessment, language: str) -> list[Text]:
    """Best and worst cities in a sentence each."""
    found = []
    for key, table in assessment.lists.items():
        names = table[f"name_{language}"].to_list()
        if names:
            found.append(Text(f"{word(key, language)}: {', '.join(names)}"))
    return found


def _days_tables(rows: pl.DataFrame, by: str, language: str) -> list[Table]:
    """Days by level, and days by primary pollutant."""
    levels = [c for c in rows.columns if c.startswith("level_")]
    heads = [word(k, language) for k in ("valid_days", "good_days", "heavy_days", "lost")]
    by_level = _table(language, by, *heads, *_ROMANS[: len(levels)])
    by_level.title = word("level_days", language)
    keys = ["valid_days", "good_days", "heavy_days", "good_days_lost_to_o3", *levels]
    by_primary = _table(language, by, *(variable(i).label for i in ITEMS))
    by_primary.title = word("primary", language)
    primaries = [f"primary_{i}" for i in ITEMS]
    return [
        _fill(by_level, rows, by, language, lambda row: [_number(row[k]) for k in keys]),
        _fill(by_primary, rows, by, language, lambda row: [_number(row[k]) for k in primaries]),
    ]


def _change_table(rows: pl.DataFrame, by: str, language: str) -> Table:
    change, before = word("change", language), word("before", language)
    heads = [
        word("composite", language),
        before,
        f"{change}%",
        word("change_rank", language),
        "PM₂.₅",
        before,
        f"{change}%",
        "O₃",
        f"{change}%",
        f"{word('good_share', language)}±",
    ]
    left = bool(rows["unrestated"].fill_null("").str.len_chars().sum())
    table = _table(language, by, *heads, *([word("unrestated", language)] if left else []))
    table.title = word("comparison", language)

    def cells(row: Row) -> list[str]:
        gain = row["good_share_change"]
        figures = [
            _number(row["composite"], 2),
            _number(row["composite_before"], 2),
            _signed(row["composite_change"]),
            _number(row["change_rank"]),
            _number(row["pm25"], 1),
            _number(row["pm25_before"], 1),
            _signed(row["pm25_change"]),
            _number(row["o3"], 1),
            _signed(row["o3_change"]),
            _signed(None if gain is None else gain / _PERCENT),
        ]
        return [*figures, _labels(row["unrestated"])] if left else figures

    return _fill(table, rows, by, language, cells)


def _number(value: float | None, decimals: int = 0) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1f}"


def _labels(text: str | None) -> str:
    """``pm25+o3`` as people write it."""
    return " ".join(variable(i).label for i in (text or "").split("+") if i)


def published_table(table: pl.DataFrame, language: str = "zh") -> RenderableType:
    """Ours beside the published figures."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for key in ("quantity", "area", "period", "published", "ours", "difference", "state"):
        right = key in ("published", "ours", "difference")
        shown.add_column(
            word(key, language), justify="right" if right else "left", no_wrap=right, overflow="fold"
        )
    for row in table.iter_rows(named=True):
        state = word("state_" + row["state"].replace(" ", "_"), language)
        figures = [f"{row['published']:g} {row['unit']}", _number(row["ours"], 1), _signed(row["difference"])]
        style = "" if row["state"] == "computed" else "dim"
        shown.add_row(row[language], row[f"area_{language}"], row["period"], *figures, state, style=style)
    sources = "; ".join(table[f"source_{language}"].unique(maintain_order=True))
    return Group(shown, Text(f"{word('source', language)}: {sources}", style="dim"))
