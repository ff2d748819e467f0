"""The blend: the mean of ridge on the logarithm and of boosted trees, with one calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.methods.base import Fitted, enough
from airshed.forecast.methods.boosting import BoostingModel, fit_boosting
from airshed.forecast.methods.conformal import calibrate
from airshed.forecast.methods.ridge import RidgeModel, fit_ridge
from airshed.forecast.samples import Samples

__all__ = ["Blend", "BlendModel", "fit_blend"]

RIDGE_SHARE: Final = (
    0.5  # chosen by cross-validation (docs/notes/forecast.md); boosting is two kinds of trees itself
)


@dataclass(frozen=True)
class Blend:
    """Ridge and boosting, half and half."""

    name: str = "blend"

    def fit(self, train: Samples) -> Fitted:
        """Raises BadInput below 180 days with the target."""
        enough(train, self.name)
        return calibrate(fit_blend, train)


@dataclass(frozen=True)
class BlendModel:
    """Its two parts."""

    ridge: RidgeModel
    boosting: BoostingModel

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) weighted mean."""
        return np.asarray(
            RIDGE_SHARE * self.ridge.point(samples) + (1 - RIDGE_SHARE) * self.boosting.point(samples)
        )


def fit_blend(train: Samples) -> BlendModel:
    """Both parts of the same samples."""
    return BlendModel(fit_ridge(train), fit_boosting(train))
