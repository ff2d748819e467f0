"""Gradient boosting pooled over places: a mean of trees on the logarithm and trees on the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from airshed.forecast.methods.base import Fitted, enough, matching, number_of
from airshed.forecast.methods.conformal import calibrate
from airshed.forecast.methods.dressing import FLOOR, LEAST
from airshed.forecast.samples import Samples

__all__ = ["Boosting", "BoostingModel", "fit_boosting"]

LEAF: Final = 20  # least rows of a leaf
ALIKE: Final = (
    2.0  # rows of one day, of other cities or runs of weather, that count as one (docs/notes/forecast.md)
)
MANY: Final = 8000  # rows from which a second thread pays: measured
ROUNDS: Final = 200  # trees; this and the following chosen by cross-validation (docs/notes/forecast.md)
SETTINGS: Final[dict[str, Any]] = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "extra_trees": True,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "objective": "l2",
    "deterministic": True,
    "force_row_wise": True,
    "seed": 20160229,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Boosting:
    """LightGBM (Ke et al. 2017) on all features and the means of the place; deterministic."""

    name: str = "boosting"

    def fit(self, train: Samples) -> Fitted:
        """Raises BadInput below 180 days with the target."""
        enough(train, self.name)
        return calibrate(fit_boosting, train)


@dataclass(frozen=True)
class BoostingModel:
    """Trees as LightGBM's own text (``logged``, ``plain``), so that a model is kept as it is read."""

    target: str
    lead: int
    places: tuple[str, ...]
    names: tuple[str, ...]
    unchanging: NDArray[np.float64]
    logged: str
    plain: str

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) mean of the trees on the logarithm, back-transformed, and of those on the value."""
        matching(samples, self.target, self.lead, self.places, self.names)
        place = number_of(samples, self.places)
        x = np.column_stack([samples.features, self.unchanging[place]])
        log, plain = (_run(model, x) for model in (self.logged, self.plain))
        return np.maximum((np.exp(log) - FLOOR + np.maximum(plain, 0.0)) / 2, LEAST)


def fit_boosting(train: Samples) -> BoostingModel:
    """Two sets of trees of the same samples."""
    unchanging = _statics(train)
    x = np.column_stack([train.features, unchanging[train.place]])
    leaf = round(LEAF * max(train.rows_a_day / ALIKE, 1.0))
    logged, plain = (_trees(x, y, leaf) for y in (np.log(train.observed + FLOOR), train.observed))
    return BoostingModel(train.target, train.lead, train.places, train.names, unchanging, logged, plain)


def _trees(x: NDArray[np.float64], y: NDArray[np.float64], leaf: int) -> str:
    settings = {**SETTINGS, "min_data_in_leaf": leaf, "num_threads": _threads(len(y))}
    return lightgbm.train(settings, lightgbm.Dataset(x, y), ROUNDS).model_to_string()


def _run(model: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    made = lightgbm.Booster(model_str=model).predict(x, num_threads=_threads(len(x)))
    return np.asarray(made, dtype=np.float64)


def _threads(rows: int) -> int:
    """Two threads spend more on waiting than they gain on few rows; the trees are the same either way."""
    return 1 if rows < MANY else 2


def _statics(train: Samples) -> NDArray[np.float64]:
    """(place, 2): mean and standard deviation of the logarithm in the training period."""
    log = np.log(train.observed + FLOOR)
    count = np.maximum(np.bincount(train.place, minlength=len(train.places)), 1)
    mean = np.bincount(train.place, log, len(train.places)) / count
    square = np.bincount(train.place, log**2, len(train.places)) / count
    return np.column_stack([mean, np.sqrt(np.maximum(square - mean**2, 0.0))])
