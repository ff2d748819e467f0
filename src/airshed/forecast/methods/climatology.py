"""Climatology: what the training years had at this time of the year. The other floor under every score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.methods.base import Fitted, Prediction, enough, matching, number_of
from airshed.forecast.samples import Samples

__all__ = ["Climatology"]

HALF_WINDOW: Final = (
    15  # [d] either side: a month that slides with the day, so that months have no edges; own choice
)
DAYS: Final = 366  # [d] of a leap year; 29 February is the 60th


@dataclass(frozen=True)
class Climatology:
    """Mean and quantiles of the training days within 15 days of the day of the year, place by place."""

    name: str = "climatology"

    def fit(self, train: Samples) -> Fitted:
        """Raises BadInput below 60 days with the target."""
        enough(train, self.name)
        mean = np.full((len(train.places), DAYS), np.nan)
        quantiles = np.full((len(train.places), DAYS, len(QUANTILES)), np.nan)
        day = day_of_year(train.valid)
        for place in range(len(train.places)):
            mine = (train.place == place) & np.isfinite(train.observed)
            for at in range(DAYS):
                near = train.observed[mine][_apart(day[mine], at) <= HALF_WINDOW]
                if len(near):
                    mean[place, at] = near.mean()
                    quantiles[place, at] = np.quantile(near, QUANTILES)
        return FittedClimatology(train.target, train.places, mean, quantiles)


@dataclass(frozen=True)
class FittedClimatology:
    """``mean`` (place, 366) and ``quantiles`` (place, 366, 21)."""

    target: str
    places: tuple[str, ...]
    mean: NDArray[np.float64]
    quantiles: NDArray[np.float64]

    def predict(self, samples: Samples) -> Prediction:
        """The time of the year's; NaN where the training years had no such days."""
        matching(samples, self.target, samples.lead, self.places, samples.names)
        place = number_of(samples, self.places)
        day = day_of_year(samples.valid)
        return Prediction(self.mean[place, day], self.quantiles[place, day])


def day_of_year(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """0 .. 365, as in a leap year, so that 1 March is always the same.

    >>> day_of_year(np.array(["2015-03-01", "2016-03-01"], "datetime64[D]"))
    array([60, 60])
    """
    months = days.astype("datetime64[M]")
    in_month = (days - months.astype("datetime64[D]")).astype(np.int64)
    first = (np.datetime64("2000-01", "M") + months.astype(np.int64) % 12).astype("datetime64[D]")
    return np.asarray((first - np.datetime64("2000-01-01")).astype(np.int64) + in_month)


def _apart(days: NDArray[np.int64], at: int) -> NDArray[np.int64]:
    """Days between two days of the year, the short way round."""
    apart = np.abs(days - at)
    return np.asarray(np.minimum(apart, DAYS - apart))
