"""Ridge regression of the logarithm on all features, places told apart by their own mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.methods.base import Fitted, enough, matching
from airshed.forecast.methods.conformal import FLOOR, LEAST, calibrate
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
    """``weights`` of ``(features - centre) / scale`` about the ``mean`` of each place [log of the target's unit]."""

    target: str
    lead: int
    places: tuple[str, ...]
    names: tuple[str, ...]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    limit: float

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) the back-transformed logarithm: about the median."""
        matching(samples, self.target, self.lead, self.places, self.names)
        known = {p: n for n, p in enumerate(self.places)}
        place = np.array([known[p] for p in samples.places])[samples.place]
        x = _bent(_standard(samples.features, self.centre, self.scale), _squared(self.names))
        log = self.mean[place] + x @ self.weights
        return np.asarray(np.maximum(np.exp(np.minimum(log, self.limit)) - FLOOR, LEAST))


def fit_ridge(train: Samples) -> RidgeModel:
    """Ridge regression by the normal equations: deterministic, no choice of a solver's start."""
    log = np.log(train.observed + FLOOR)
    centre = np.nan_to_num(np.nanmean(train.features, axis=0))
    scale = np.nanstd(train.features, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x = _bent(_standard(train.features, centre, scale), _squared(train.names))
    count = np.bincount(train.place, minlength=len(train.places))
    overall = log.mean()
    total = np.bincount(train.place, log - overall, len(train.places))
    penalty = PENALTY * train.rows_a_day
    mean = overall + total / (count + penalty / len(train.places))
    weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (log - mean[train.place]))
    return RidgeModel(
        train.target, train.lead, train.places, train.names, centre, scale, weights, mean,
        float(log.max() + np.log(2)),
    )  # fmt: skip


def _standard(
    features: NDArray[np.float64], centre: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Standardised; four standard deviations are as far as a linear law is trusted."""
    return np.asarray(np.clip(np.nan_to_num((features - centre) / scale), -4, 4))


def _bent(x: NDArray[np.float64], squared: tuple[int, ...]) -> NDArray[np.float64]:
    """With the squares of some columns: warm or cold, south or north, air is neither cleanest nor dirtiest half way."""
    return np.column_stack([x, x[:, list(squared)] ** 2 - 1])


def _squared(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(n for n, name in enumerate(names) if name in SQUARED)
