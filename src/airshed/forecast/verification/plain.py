"""Scorecards for people and programs: means over seeds, objects, columns without lists, the few a page holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from airshed.errors import BadInput
from airshed.forecast.verification.probability import COST_LOSS
from airshed.forecast.verification.scorecard import KEYS

__all__ = ["CURVES", "flat", "mean_of_seeds", "objects", "shown"]

CURVES: Final = ("value", "value_mean")
"""Lists that run over cost/loss; the others run over classes of probability."""

_SHOWN: Final = (
    "method", "weather", "place", "season", "lead", "n", "rmse", "rmse_low", "rmse_high", "rmse_ratio", "r", "nmb",
    "crpss", "coverage80", "coverage80_high",
)  # fmt: skip


def mean_of_seeds(cards: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One scorecard of several that differ in the seed of their weather only.

    Every figure is the mean over the seeds, its bounds and p-values too: bounds are those of one year under one
    weather forecast, averaged; they are not narrowed by the number of seeds, for the year is the same in all.

    Parameters:
        cards: of the same Hindcast under each seed.

    Returns:
        As one card, with ``seeds``, their number.

    Raises:
        BadInput: no card, or cards of different rows.
    """
    if not cards:
        raise BadInput("a scorecard for each seed", "none", "ask for one seed at least")
    if any(not card.select(KEYS).equals(cards[0].select(KEYS)) for card in cards):
        raise BadInput(
            "scorecards of the same rows", "different ones", "score the same Hindcast under each seed"
        )
    columns = [_mean([card[name] for card in cards if name in card.columns]) for name in cards[0].columns]
    return pl.DataFrame(columns).with_columns(seeds=pl.lit(len(cards)))


def _mean(columns: Sequence[pl.Series]) -> pl.Series:
    first = columns[0]
    if first.dtype == pl.String or first.name in KEYS:
        return first
    if first.dtype.is_nested():
        return _mean_of_lists(columns)
    values = np.array([_numbers(column.to_list()) for column in columns], dtype=np.float64)
    return pl.Series(first.name, _over_seeds(values)).cast(first.dtype)


def _mean_of_lists(columns: Sequence[pl.Series]) -> pl.Series:
    """Row by row; a row that has no curve in any seed (a method without probabilities) keeps none."""
    means: list[list[float] | None] = []
    for seeds in zip(*(column.to_list() for column in columns), strict=True):
        known = np.array([_numbers(values) for values in seeds if values is not None])
        means.append(_over_seeds(known).tolist() if known.size else None)
    return pl.Series(columns[0].name, means, dtype=pl.List(pl.Float64))


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if v is None else float(v) for v in values]


def _over_seeds(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean over the seeds that have the figure; NaN where none has."""
    count = np.isfinite(values).sum(axis=0)
    total = np.nansum(values, axis=0)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def objects(card: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain objects: NaN as None, curves of cost/loss as objects by ratio."""
    return [{name: _plain(name, value) for name, value in row.items()} for row in card.iter_rows(named=True)]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, list):
        numbers = [_plain("", v) for v in value]
        return dict(zip((f"{c:.2f}" for c in COST_LOSS), numbers, strict=True)) if name in CURVES else numbers
    return None if isinstance(value, float) and not math.isfinite(value) else value


def flat(card: pl.DataFrame) -> pl.DataFrame:
    """The card without lists, for a file of columns: curves as ``value_0.05`` …, classes as ``pit_1`` …"""
    found: dict[str, pl.Series] = {}
    for column in card.iter_columns():
        if not column.dtype.is_nested():
            found[column.name] = column.fill_nan(None) if column.dtype.is_float() else column
            continue
        length = max((len(v) for v in column.to_list() if v is not None), default=0)
        names = (
            [f"{c:.2f}" for c in COST_LOSS] if column.name in CURVES else [str(n + 1) for n in range(length)]
        )
        for number, name in enumerate(names):
            found[f"{column.name}_{name}"] = column.list.get(number, null_on_oob=True).fill_nan(None)
    return pl.DataFrame(found)


def shown(card: pl.DataFrame) -> pl.DataFrame:
    """The few columns a page holds: the error beside climatology, the distribution, and the warning of heavy days."""
    heavy = next((c.removesuffix("_p") for c in card.columns if c.startswith("csi") and c.endswith("_p")), "")
    number = heavy.removeprefix("csi")
    warning = ["brier_skill", heavy, f"{heavy}_low", f"{heavy}_high", f"{heavy}_persistence", f"{heavy}_p"]
    hits = [f"pod{number}", f"far{number}", "level_hit", "range_hit", "primary_hit", "energy_score"]
    wanted = [*_SHOWN, *warning, *hits, "energy_score_shuffled", "energy_score_p"]
    return card.select([name for name in wanted if name in card.columns])
