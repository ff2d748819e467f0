"""Figures and tables of quality behind ``airshed transport``: from a case's arrays to `airshed.transport.figures`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from airshed.cli.transport_words import Words
from airshed.transport import RESTS, SPECIES, Case, Shelf
from airshed.transport.backward import BINS, FINE_LAGS
from airshed.transport.figures import footprint_figure, matrix_figure, origin_figure, write_figure

__all__ = ["footprint_quality", "plot_bars", "plot_footprint", "plot_matrix"]

DAY = 24  # [h]


def plot_matrix(shares: pl.DataFrame, path: Path, words: Words, case: Case) -> None:
    """A matrix of `matrix_table`, in per cent, as a heat map."""
    columns = [c for c in shares.columns if c not in ("receptor", "whole")]
    figure = matrix_figure(
        shares.select(columns).to_numpy(), [words.place(r) for r in shares["receptor"]],
        [words.value("city", c) for c in columns], shares["whole"].to_numpy(), words.language, words.note(case),
    )  # fmt: skip
    write_figure(figure, path)


def footprint_quality(shelf: Shelf, days: Sequence[date], names: Sequence[str]) -> pl.DataFrame:
    """By receptor, over the days: mean concentration, largest older share and negative parts, days of memory, days on
    the positive path and the largest gap of shares to the footprint's."""
    first, columns = shelf.day_number(days[0]), shelf.columns(names)
    held = {n: shelf.group[n][first : first + len(days)][:, columns] for n in ("rests", "bulk")}
    spoken = shelf.spoken(days, names).group_by("receptor", maintain_order=True)
    paths = spoken.agg(
        pl.col("negative").max(), pl.col("negative_bins").max(), positive_days=(pl.col("path") == "positive").sum(),
        share_gap=pl.col("gap").max(),
    ).drop("receptor")  # fmt: skip
    older = held["rests"][:, :, RESTS.index("older")] / np.maximum(held["bulk"], 1e-300)
    given = np.stack([shelf.group["given"][first + n][columns] for n in range(len(days))])
    reached = np.abs(given).sum(axis=(3, 4, 5)) > 0  # (day, receptor, lag)
    memory = (reached * np.arange(reached.shape[2])).max(axis=(0, 2))
    return pl.DataFrame({
        "receptor": list(names), "amount": held["bulk"].mean(axis=0), "older_share": older.max(axis=0),
        "memory": memory,
    }).hstack(paths)  # fmt: skip


def plot_footprint(
    case: Case, shelf: Shelf, days: Sequence[date], receptor: str, species: str, path: Path, words: Words
) -> None:
    """The mean of the days, of a steady release at the ground."""
    number = SPECIES.index(species)
    whole = np.zeros(case.study.grid.shape)
    for one in days:
        bins = shelf.footprint(one, receptor)[:, number, 0].astype(np.float64)
        # A bin is per kg emitted in it; a steady kg an hour emits as many as it has hours.
        fine = min(len(bins), FINE_LAGS * BINS)
        width = np.where(np.arange(len(bins)) < fine, DAY / BINS, float(DAY))
        whole += np.tensordot(width, bins, 1) / len(days)
    cells = case.about.receptors[receptor][0]
    title = f"{words.place(receptor)}  {days[0]}" + (f" – {days[-1]}" if len(days) > 1 else "")
    figure = footprint_figure(
        whole, case.study.grid, cells, f"{title}  {species}", words.language, words.note(case)
    )
    write_figure(figure, path)


def plot_bars(table: pl.DataFrame, path: Path, words: Words, case: Case) -> None:
    """A bar a receptor, or a day where there is one receptor; stacked by the last column before the amount."""
    kind = [c for c in table.columns if c not in ("receptor", "day", "amount", "share")][-1]
    bar = "day" if "day" in table.columns and table["receptor"].n_unique() == 1 else "receptor"
    summed = table.group_by(bar, kind, maintain_order=True).agg(pl.col("amount").sum())
    bars = summed[bar].unique(maintain_order=True).to_list()
    if bar == "receptor" and "day" in table.columns:
        summed = summed.with_columns(pl.col("amount") / table["day"].n_unique())
    amounts = {}
    for value in summed[kind].unique(maintain_order=True):
        rows = summed.filter(pl.col(kind).eq_missing(value))
        of = dict(zip(rows[bar].to_list(), rows["amount"].to_list(), strict=True))
        label = words.value(kind, value) or words.word("rests")
        amounts[label] = np.array([of.get(b, 0.0) for b in bars])
    names = [words.value(bar, b) for b in bars]
    write_figure(origin_figure(amounts, names, words.language, words.note(case)), path)
