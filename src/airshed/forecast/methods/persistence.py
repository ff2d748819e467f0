"""Persistence: the issue day again. The floor under every score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.methods.base import Fitted, Prediction
from airshed.forecast.samples import Samples

__all__ = ["Persistence"]


@dataclass(frozen=True)
class Persistence:
    """Every quantile is the value of the issue day: its CRPS is its absolute error, a warning is yes or no."""

    name: str = "persistence"

    def fit(self, train: Samples) -> Fitted:
        """Nothing is learnt."""
        del train
        return self

    def predict(self, samples: Samples) -> Prediction:
        """The value of the issue day; NaN where there is none."""
        return Prediction(samples.recent, np.repeat(samples.recent[:, None], len(QUANTILES), axis=1))
