"""Negative lobes of footprints: how large they are, and from when on another path must speak."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_NEGATIVE", "PATHS", "Path", "negative_part", "path_of"]

Path = Literal["footprint", "positive"]
LARGEST_NEGATIVE: Final = (
    0.02  # [1] negative part of a footprint's total above which it does not speak for cells
)
PATHS: Final[dict[Path, dict[str, str]]] = {
    "footprint": {"zh": "足迹（负值部分在 2 % 以内）", "en": "footprint (negative part within 2 %)"},
    "positive": {
        "zh": "正定路径（粒子）：足迹的负值部分超过 2 %",
        "en": "positive path (particles): the footprint's negative part exceeds 2 %",
    },
}
"""Where shares of single cells and enterprises come from, in both languages."""


def negative_part(footprint: NDArray[Any]) -> float:
    """The negative part of a footprint over its total, never clipped from any sum [1].

    Parameters:
        footprint: sensitivities of one receptor, of any dims; sum bins first to ask of a day or of the whole memory.
    """
    field = np.asarray(footprint, dtype=np.float64)
    total = float(field.sum())
    return float(-np.minimum(field, 0.0).sum()) / total if total > 0 else np.inf


def path_of(negative: float) -> Path:
    """Which path speaks for single cells of a receptor with that negative part.

    >>> path_of(0.02), path_of(0.021)
    ('footprint', 'positive')
    """
    return "footprint" if negative <= LARGEST_NEGATIVE else "positive"
