"""Ridge regression of the logarithm on all features, places told apart by their own mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.methods.base import Fitted, enough, matching, number_of
from airshed.forecast.methods.conformal import calibrate
from airshed.forecast.methods.dressing import FLOOR, LEAST
from airshed.forecast.methods.standard import Standard
from airshed.forecast.samples import Samples

__all__ = ["Ridge", "RidgeModel", "fit_ridge"]

PENALTY: Final = (
    30.0  # of standardised features, in days: chosen by cross-validation (docs/notes/forecast.md)
)
BENT: Final = ("temperature", "dryness", "wind_u", "wind_v", "wind_speed")
SQUARED: Final = frozenset(
    f"{v}_{w}" for v in BENT for w in ("target", "target-1")
)  # their squares count too


@dataclass(frozen=True)
class Ridge:
    """Linear in standardised features; a missing one counts as its mean of the training years."""

    name: str = "ridge"

    def fit(self, train: Samples) -> Fitted:
        """Raises BadInput below 180 days with the target."""
        enough(train, self.name)
        return calibrate(fit_ridge, train)


@dataclass(frozen=True)
class RidgeModel:
    """``weights`` of the standardised features about the ``mean`` of each place [log of the target's unit]."""

    target: str
    lead: int
    places: tuple[str, ...]
    names: tuple[str, ...]
    standard: Standard
    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    limit: float

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) the back-transformed logarithm: about the median."""
        matching(samples, self.target, self.lead, self.places, self.names)
        place = number_of(samples, self.places)
        x = _bent(self.standard.of_rows(samples.features), _squared(self.names))
        log = self.mean[place] + x @ self.weights
        return np.asarray(np.maximum(np.exp(np.minimum(log, self.limit)) - FLOOR, LEAST))


def fit_ridge(train: Samples) -> RidgeModel:
    """Ridge regression by the normal equations: deterministic, no choice of a solver's start."""
    log = np.log(train.observed + FLOOR)
    standard = Standard.of(train.features)
    x = _bent(standard.of_rows(train.features), _squared(train.names))
    count = np.bincount(train.place, minlength=len(train.places))
    overall = log.mean()
    total = np.bincount(train.place, log - overall, len(train.places))
    penalty = PENALTY * train.rows_a_day
    mean = overall + total / (count + penalty / len(train.places))
    weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (log - mean[train.place]))
    return RidgeModel(
        train.target, train.lead, train.places, train.names, standard, weights, mean,
        float(log.max() + np.log(2)),
    )  # fmt: skip


def _bent(x: NDArray[np.float64], squared: tuple[int, ...]) -> NDArray[np.float64]:
    """With the squares of some columns: warm or cold, south or north, air is neither cleanest nor dirtiest half way."""
    return np.column_stack([x, x[:, list(squared)] ** 2 - 1])


def _squared(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(n for n, name in enumerate(names) if name in SQUARED)
