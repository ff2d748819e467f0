"""What the data themselves make it necessary to say: gaps, thin years, days without an index."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from airshed.assessment.notes import Note

__all__ = ["remarks_on_data"]

_NAMED = 8  # so many cities are named in a sentence, further ones counted


def remarks_on_data(
    items: pl.DataFrame, index: pl.DataFrame, names: Mapping[str, Mapping[str, str]]
) -> list[Note]:
    """Notes on cities without data, figures without enough days, periods the law has no count for."""
    notes = []
    empty = (
        items.group_by("place", maintain_order=True)
        .agg(pl.col("n").sum())
        .filter(pl.col("n") == 0)["place"]
        .to_list()
    )
    if empty:
        notes.append(
            Note(
                "no_data",
                f"没有数据：{_listed(empty, names, 'zh')}",
                f"no data: {_listed(empty, names, 'en')}",
            )
        )
    thin = (
        items.filter((~pl.col("sufficient")) & (pl.col("n") > 0))["place"]
        .unique(maintain_order=True)
        .to_list()
    )
    if thin:
        notes.append(Note(
            "insufficient", f"有效天数不满足数据统计有效性要求，不判定达标：{_listed(thin, names, 'zh')}",
            f"too few valid days for a verdict on some item: {_listed(thin, names, 'en')}"))  # fmt: skip
    if items["sufficient"].null_count():
        least, most, days = items["n"].min(), items["n"].max(), items["days"].max()
        notes.append(Note(
            "no_count", f"时段不是完整自然年或自然月，标准没有有效天数规定：有效 {least}–{most} 天，共 {days} 天",
            f"not a whole calendar year or month: the law names no count; {least} to {most} of {days} days are valid"))  # fmt: skip
    if (gaps := index["aqi"].null_count()) and index.height:
        notes.append(
            Note(
                "no_index",
                f"{gaps} 个城市日没有 AQI，不计入有效天数",
                f"{gaps} city-days have no AQI and are not counted",
            )
        )
    return notes


def _listed(places: list[str], names: Mapping[str, Mapping[str, str]], language: str) -> str:
    known = [names[p][language] for p in places[:_NAMED]]
    mark, more = (
        ("、", f"等 {len(places)} 个") if language == "zh" else (", ", f" and {len(places) - _NAMED} more")
    )
    return mark.join(known) + (more if len(places) > _NAMED else "")
