"""Tables of ``airshed transport`` in words: names for ids, notes beside figures."""

from __future__ import annotations

import json
from typing import Any, Final

import polars as pl
import typer
from rich.table import Table

from airshed.cli.screen import show_whole
from airshed.emissions import profiles_of_the_house
from airshed.errors import UnknownPlace
from airshed.places import Gazetteer
from airshed.transport import OTHER, RESTS, Case

__all__ = ["Words", "matrix_table", "note", "say", "show"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "sides": ("边界流入", "through the sides"), "top": ("顶部流入", "through the top"),
    "initial": ("初始场", "there at the start"), "older": ("更早排放", "older than the memory"),
    "older_share": ("更早排放", "older"), "rests": ("其余", "rests"), OTHER: ("网格内其他", "elsewhere on the grid"),
    "local": ("本地", "local"), "region": ("区域内其他城市", "other cities of the region"),
    "outside": ("区域外（网格内）", "outside the region, on the grid"),
    "primary": ("一次", "primary"), "sulfate": ("硫酸盐", "sulfate"), "nitrate": ("硝酸盐", "nitrate"),
    "ammonium": ("铵盐", "ammonium"), "soa": ("二次有机物", "SOA"),
    "receptor": ("受体", "receptor"), "city": ("城市", "city"), "place": ("地点", "place"),
    "sector": ("行业", "sector"),
    "component": ("组分", "component"), "lag": ("滞后日", "lag"), "day": ("日", "day"), "origin": ("来源", "origin"),
    "amount": ("浓度", "amount"), "share": ("占比", "share"), "before": ("现状", "before"),
    "after": ("措施后", "after"),
    "change": ("变化", "change"), "whole": ("合计浓度", "whole"), "error": ("标准误差", "error"),
    "footprint": ("足迹法", "footprint"), "gap": ("差", "gap"), "verdict": ("结论", "verdict"),
    "source": ("源", "source"),
    "distance": ("距离(格)", "cells away"), "negative": ("足迹负部", "negative part"),
    "negative_bins": ("分时段负部", "negative, by bin"), "positive_days": ("正定路径日数", "days, positive path"),
    "share_gap": ("两路径份额之差", "gap of shares"),
    "memory": ("记忆(日)", "memory (days)"),
    "case": ("算例", "case"), "inventory": ("清单", "inventory"), "made": ("演示", "made"), "from": ("起", "from"),
    "to": ("止", "to"), "cells": ("网格", "grid"), "cell_km": ("格距 km", "cell km"),
    "receptors": ("受体数", "receptors"),
    "concentrations": ("浓度场", "concentrations"), "footprints": ("有足迹日数", "days with footprints"),
}  # fmt: skip
_NOTES: Final[dict[str, tuple[str, str]]] = {
    "made": ("演示数据，非实测", "MADE DATA, nothing was measured"),
    "geometric": (
        "未给边界浓度：“边界流入”只有几何意义，不计入浓度",
        "no boundary concentrations: outside is geometric only and adds nothing",
    ),
    "predicted": (
        "其中可预测部分占 {predicted:.1f} %；更早或初始 {older:.1f} % 保持不变",
        "{predicted:.1f} % of it can answer; {older:.1f} % is older or initial and stays as it was",
    ),
    "untouched": (
        "措施 {measure}：{place} 不在算例的地点之中，未削减",
        "measure {measure}: {place} holds no place of the case, nothing was cut there",
    ),
    "path.first": (
        "路径：{path}",
        "path: {path}",
    ),
    "path.days": (
        "正定路径（足迹负值部分超过 2 %）：{receptors}；其余受体日用足迹",
        "positive path (negative part of the footprint above 2 %): {receptors}; footprints for all other days",
    ),
    "path.whole": (
        "路径：全部受体日用足迹，负值部分至多 {negative:.2f} %",
        "path: footprints for every receptor's day, negative part at most {negative:.2f} %",
    ),
    "path.kept": (
        "路径：按算例指定全部用足迹；负值部分超过 2 %：{receptors}，单个网格的份额不可信",
        "path: footprints, as the case says; negative part above 2 %: {receptors}; do not trust shares of single cells",
    ),
    "path.auto": (
        "路径：足迹；负值部分超过 2 % 的受体日改用正定路径",
        "path: footprints; receptors' days whose negative part exceeds 2 % go by the positive path",
    ),
    "primary alone": (
        "只计一次 PM2.5；二次组分未计",
        "primary PM2.5 alone; what forms on the way is not reckoned here",
    ),
}
_SHARES: Final = ("share", "change", "older_share", "negative", "negative_bins", "share_gap")


class Words:
    """Names in a language."""

    def __init__(self, gazetteer: Gazetteer, language: str) -> None:
        self.gazetteer, self.language = gazetteer, language
        self._number = 0 if language == "zh" else 1
        self._sectors = profiles_of_the_house().names

    def of(self, key: str, **values: Any) -> str:
        """A note."""
        return _NOTES[key][self._number].format(**values)

    def word(self, key: str) -> str:
        """A heading or a label; itself where none is known."""
        return _WORDS[key][self._number] if key in _WORDS else key

    def place(self, key: str) -> str:
        """A place's name."""
        try:
            return self.gazetteer.jurisdiction(key).names[self.language]
        except UnknownPlace:
            return self.word(key)

    def value(self, column: str, value: Any) -> str:
        """A cell of a table as a person reads it."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "✓" if value else ""
        if isinstance(value, float):
            # Zero is added so that what rounds to nothing has no sign.
            return (
                f"{round(100 * value, 1) + 0.0:.1f} %"
                if column in _SHARES
                else f"{round(value, 2) + 0.0:.2f}"
            )
        if column == "sector" and value in self._sectors:
            return self._sectors[value][self.language]
        if column in ("receptor", "city", "place"):
            return self.place(str(value)) if value else self.word(OTHER)
        return self.word(str(value))

    def note(self, case: Case) -> str:
        """What stands under a figure of a case."""
        return f"{case.about.name}" + (f" · {self.of('made')}" if case.about.made else "")


def note(key: str, language: str) -> str:
    """A note that names nothing."""
    return _NOTES[key][0 if language == "zh" else 1]


def say(text: str) -> None:
    """To standard error, so that a table in a pipe stays a table."""
    typer.echo(text, err=True)


def matrix_table(table: pl.DataFrame, *, amount: bool) -> pl.DataFrame:
    """Contributions by city as a matrix: ``receptor``, a column for each source and rest, ``whole`` [ug m-3].

    Parameters:
        table: of `Contributions.by("city")`.
        amount: concentrations [ug m-3]; else per cent of the receptor's whole.
    """
    named = table.with_columns(
        pl.when(pl.col("city") == "").then(pl.lit(OTHER)).otherwise("city").alias("city")
    )
    whole = named.group_by("receptor", maintain_order=True).agg(whole=pl.col("amount").sum())
    values = "amount" if amount else "share"
    wide = named.pivot("city", index="receptor", values=values, aggregate_function="sum", maintain_order=True)
    if not amount:
        wide = wide.with_columns(pl.exclude("receptor") * 100)
    order = [c for c in wide.columns if c not in (OTHER, *RESTS)]
    rests = [c for c in (OTHER, *RESTS) if c in wide.columns]
    return wide.select(*order, *rests).join(whole, on="receptor", maintain_order="left")


def show(table: pl.DataFrame, form: str, words: Words, case: Case | None, unit: str, **extra: Any) -> None:
    """A table to the screen in words, or as JSON or CSV in ids."""
    if form == "csv":
        typer.echo(table.write_csv(), nl=False)
        return
    if form == "json":
        about: dict[str, Any] = {"unit": unit} | extra
        if case is not None:
            about |= {"case": case.about.name, "made": case.about.made, "geometric": case.study.geometric}
        typer.echo(json.dumps(about | {"rows": table.to_dicts()}, ensure_ascii=False, default=str))
        return
    heads = [words.place(c) if ":" in c else words.word(c) for c in table.columns]
    shown = Table(
        *heads, box=None, caption=f"[{unit}]".replace("[", r"\[") if unit else None, caption_justify="left"
    )
    for column, kind in zip(shown.columns, table.dtypes, strict=True):
        column.justify = "right" if kind.is_numeric() else "left"
    for row in table.iter_rows():
        shown.add_row(*(words.value(c, v) for c, v in zip(table.columns, row, strict=True)))
    show_whole(shown, folding=0)
