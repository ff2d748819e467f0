"""Scorecards as tables: bounds beside what they are of, p-values under their score."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from rich.markup import escape
from rich.table import Table

from airshed.places import Gazetteer
from airshed.web.words import Words

__all__ = ["markdown", "table"]

_WORDS = {
    "method": ("方法", "method"), "weather": ("气象", "weather"), "place": ("地点", "place"),
    "season": ("季节", "season"), "lead": ("提前/天", "lead [d]"), "n": ("例数", "n"), "rmse": ("均方根误差", "RMSE"),
    "rmse_ratio": ("÷气候", "÷ climatology"), "r": ("相关", "r"), "nmb": ("偏差", "NMB"), "crpss": ("CRPSS", "CRPSS"),
    "coverage80": ("80%区间覆盖", "cover 80 %"), "coverage80_high": ("其中高风险日", "of high-risk days"),
    "brier_skill": ("Brier技巧", "Brier skill"), "level_hit": ("级别命中", "level hit"),
    "range_hit": ("±25%命中", "±25 % hit"), "primary_hit": ("首要污染物", "primary hit"),
    "energy_score": ("能量评分", "energy score"), "energy_score_shuffled": ("打乱后", "shuffled"),
}  # fmt: skip
_PERSISTENCE = ("持续性", "persistence")
_CONSTANT = ("place", "season", "weather")
"""Columns that go into the title where they are the same in all rows."""
_WORDED = {"method": "outlook.method", "weather": "outlook.weather", "season": "score.season", "place": ""}
"""Columns of names, and where the pages' catalogue has words for them."""


def table(card: pl.DataFrame, language: str, gazetteer: Gazetteer) -> Table:
    """A scorecard for the screen, in the words of the pages."""
    said = 1 if language == "en" else 0
    fixed = [name for name in _CONSTANT if name in card.columns and card[name].n_unique() == 1]
    title = " · ".join(
        _word(name, card[name][0], language, gazetteer) for name in fixed if card[name][0] != "all"
    )
    made = Table(title=escape(title))
    names = [name for name in _columns(card) if name not in fixed]
    for name in names:
        made.add_column(_heading(name, said), justify="left" if card.schema[name] == pl.String else "right")
    last = None
    for row in card.iter_rows(named=True):
        if last not in (None, row["method"]):
            made.add_section()
        last = row["method"]
        cells = (
            _word(name, row[name], language, gazetteer) if name in _WORDED else _cell(row, name)
            for name in names
        )
        made.add_row(*map(escape, cells))
    return made


def _word(column: str, value: str, language: str, gazetteer: Gazetteer) -> str:
    """A method, kind of weather, place or season as pages call it; itself where they have no word for it."""
    words = Words("en" if language == "en" else "zh")
    if column != "place":
        return words.say_or(f"{_WORDED[column]}.{value}", value)
    if value == "all":
        return words.say("score.all_places")
    if gazetteer.has_station(value):
        return words.name(gazetteer.station(value).names)
    return words.name(gazetteer.jurisdiction(value).names)


def markdown(card: pl.DataFrame) -> str:
    """A scorecard for a page of documentation, in English."""
    names = [name for name in _columns(card) if name != "season" or card[name].n_unique() > 1]
    lines = [[_heading(name, 1) for name in names], ["---"] * len(names)]
    lines += [[_cell(row, name) for name in names] for row in card.iter_rows(named=True)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _columns(card: pl.DataFrame) -> list[str]:
    beside = ("_low", "_high", "_persistence", "_p")
    owners = set(card.columns)
    return [
        name
        for name in card.columns
        if name == "coverage80_high"
        or not any(name.endswith(b) and name.removesuffix(b) in owners for b in beside)
    ]


def _heading(name: str, said: int) -> str:
    if name in _WORDS:
        return _WORDS[name][said]
    kind = name.rstrip("0123456789.")
    words = f"{kind.upper()}>{name.removeprefix(kind)}"
    return f"{words} ({_PERSISTENCE[said]}, p)" if kind == "csi" else words


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if isinstance(value, str | int):
        return str(value)
    text = _number(name, value)
    if f"{name}_low" in row and f"{name}_high" in row:
        text += f" [{_number(name, row[f'{name}_low'])}, {_number(name, row[f'{name}_high'])}]"
    if name == "energy_score_shuffled":
        text += f" (p {_chance(row['energy_score_p'])})"
    if f"{name}_persistence" in row and f"{name}_p" in row and row["method"] != "persistence":
        text += f" ({_number(name, row[f'{name}_persistence'])}, p {_chance(row[f'{name}_p'])})"
    return text


def _number(name: str, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.1f}" if name == "rmse" else f"{value:.2f}"


def _chance(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"
