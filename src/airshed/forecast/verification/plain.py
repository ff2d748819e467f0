"""Scorecards for people and programs: objects, columns without lists, the few a page holds."""

from __future__ import annotations

import math
from typing import Any, Final

import polars as pl

from airshed.forecast.verification.probability import COST_LOSS

__all__ = ["CURVES", "flat", "objects", "shown"]

CURVES: Final = ("value", "value_mean")
"""Lists that run over cost/loss; the others run over classes of probability."""

_SHOWN: Final = (
    "method", "weather", "place", "season", "lead", "n", "rmse", "rmse_low", "rmse_high", "rmse_ratio", "r", "nmb",
    "crpss", "coverage80", "coverage80_high",
)  # fmt: skip


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
