"""Features on one scale: what linear laws and distances are taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Standard"]

Floats = NDArray[np.float64]

FARTHEST: Final = 4.0  # standard deviations from the mean: as far as a law learnt from a few years is trusted


@dataclass(frozen=True)
class Standard:
    """``centre`` and ``scale``, (F,) each: mean and standard deviation of the training rows; 1 where one is flat."""

    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, features: Floats) -> Standard:
        """That of rows (n, F); NaN is unknown."""
        scale = np.nanstd(features, axis=0)
        return cls(np.nan_to_num(np.nanmean(features, axis=0)), np.where(scale > 0, scale, 1.0))

    def of_rows(self, features: Floats) -> Floats:
        """(n, F) standardised, no farther than four; a missing feature counts as its mean."""
        return np.asarray(np.clip(np.nan_to_num((features - self.centre) / self.scale), -FARTHEST, FARTHEST))
