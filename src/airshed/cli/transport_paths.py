"""Which path speaks for which receptor's day, as ``airshed transport`` says it: footprints, or the positive path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from airshed.cli.transport_words import Words, say
from airshed.transport import Case, Shelf
from airshed.transport.lobes import LARGEST_NEGATIVE, PATHS

__all__ = ["paths_asked", "say_case_path", "say_paths"]

_POSITIVE = pl.col("path") == "positive"


def paths_asked(case: Case, days: Sequence[date], receptors: Sequence[str]) -> pl.DataFrame:
    """Of `Shelf.spoken`, for what a command shows."""
    return Shelf(case).spoken(days, receptors)


def say_case_path(case: Case, words: Words) -> None:
    """What the case does about negative parts, before any footprint is there."""
    if case.about.path == "auto":
        say(words.of("path.auto"))
    else:
        say(words.of("path.first", path=PATHS[case.path][words.language]))


def say_paths(case: Case, spoken: pl.DataFrame, words: Words) -> list[dict[str, Any]]:
    """One line: by which path the figures were reckoned; returns the rows behind it, for JSON."""
    positive = spoken.filter(_POSITIVE)
    if case.about.path == "positive":
        say_case_path(case, words)
    elif len(positive):
        say(words.of("path.days", receptors=", ".join(_days(spoken, words))))
    elif len(rough := spoken.filter(pl.col("negative") > LARGEST_NEGATIVE)):
        most = rough.group_by("receptor", maintain_order=True).agg(pl.col("negative").max())
        cities = (f"{words.place(r)} {100 * share:.1f} %" for r, share in most.iter_rows())
        say(words.of("path.kept", receptors=", ".join(cities)))
    elif len(spoken):
        say(words.of("path.whole", negative=100 * _largest(spoken, "negative")))
    return spoken.to_dicts()


def _days(spoken: pl.DataFrame, words: Words) -> list[str]:
    """``Beijing 2/3 (5.1 %, gap 1.3)``: its days on the positive path, why, and what it changes."""
    by = spoken.group_by("receptor", maintain_order=True).agg(
        n=_POSITIVE.sum(), of=pl.len(), worst=pl.col("negative").filter(_POSITIVE).max(), gap=pl.col("gap").max()
    )  # fmt: skip
    points = {"zh": "份额最多差 {:.1f} 个百分点", "en": "shares differ by {:.1f} points at most"}[
        words.language
    ]
    found = []
    for row in by.filter(pl.col("n") > 0).iter_rows(named=True):
        gap = f", {points.format(100 * row['gap'])}" if row["gap"] is not None else ""
        found.append(
            f"{words.place(row['receptor'])} {row['n']}/{row['of']} ({100 * row['worst']:.1f} %{gap})"
        )
    return found


def _largest(spoken: pl.DataFrame, column: str) -> float:
    found = spoken[column].max()
    return float(found) if isinstance(found, float) else 0.0
