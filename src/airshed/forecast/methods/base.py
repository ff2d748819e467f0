"""The small interface every method keeps: learn from samples, then give a mean and quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.samples import Samples

__all__ = ["MINIMUM_DAYS", "Fitted", "Method", "Point", "Prediction", "enough", "matching", "number_of"]

MINIMUM_DAYS: Final = {"persistence": 1, "climatology": 60, "ridge": 180, "boosting": 180, "blend": 180}
# [d] with the target: own choice; below, a season is missing that the model would have to guess


@dataclass(frozen=True)
class Prediction:
    """``mean`` (n,) and ``quantiles`` (n, 21) at ``forecast.QUANTILES``, ascending, at least 0 [the target's unit]."""

    mean: NDArray[np.float64]
    quantiles: NDArray[np.float64]


class Fitted(Protocol):
    """A method that has learnt."""

    def predict(self, samples: Samples) -> Prediction:
        """The forecast of each row; NaN where the method knows nothing."""


class Point(Protocol):
    """A model that gives one value a row."""

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) forecast [the target's unit], positive."""


class Method(Protocol):
    """A way of forecasting."""

    @property
    def name(self) -> str:
        """Key in ``METHODS``."""

    def fit(self, train: Samples) -> Fitted:
        """Learn; raises BadInput where the history is too short."""


def enough(train: Samples, name: str) -> None:
    """Refuse a history that is too short for a method."""
    days = len(np.unique(train.valid[np.isfinite(train.observed)]))
    if days < MINIMUM_DAYS[name]:
        raise BadInput(
            f"at least {MINIMUM_DAYS[name]} days with {train.target} for the method {name}",
            f"{days} days",
            "feed a longer history, or use persistence",
        )


def matching(given: Samples, target: str, lead: int, places: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Refuse samples a model was not made for.

    Raises:
        BadInput: another target or lead, a city never seen, or other features.
    """
    if (given.target, given.lead) != (target, lead):
        came = f"{given.target} at {given.lead} d"
        raise BadInput(f"samples of {target} at lead {lead} d", came, "use the model made for it")
    strange = sorted(set(given.places) - set(places))
    if strange:
        raise BadInput(
            "a city the model was trained on", ", ".join(strange[:5]), "train again with its history"
        )
    if given.names != names:
        odd = sorted(set(given.names) ^ set(names))
        raise BadInput("the features the model was trained on", f"differing: {odd[:5]}", "train on such data")


def number_of(given: Samples, places: tuple[str, ...]) -> NDArray[np.int64]:
    """(n,) number of each row's place among the ``places`` a model was trained on."""
    known = {place: number for number, place in enumerate(places)}
    return np.array([known[place] for place in given.places], dtype=np.int64)[given.place]
