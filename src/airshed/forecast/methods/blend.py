"""The blend: the mean of boosted trees and of a smooth surface, with one calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.methods.base import Fitted, enough
from airshed.forecast.methods.boosting import BoostingModel, fit_boosting
from airshed.forecast.methods.conformal import calibrate
from airshed.forecast.methods.kernel import KernelModel, fit_kernel
from airshed.forecast.samples import Samples

__all__ = ["Blend", "BlendModel", "fit_blend"]


@dataclass(frozen=True)
class Blend:
    """Trees and surface, half and half: the one sees edges, the other none (docs/notes/forecast.md)."""

    name: str = "blend"

    def fit(self, train: Samples) -> Fitted:
        """Raises BadInput below 180 days with the target."""
        enough(train, self.name)
        return calibrate(fit_blend, train)


@dataclass(frozen=True)
class BlendModel:
    """Its two parts."""

    boosting: BoostingModel
    kernel: KernelModel

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) the mean of both."""
        return np.asarray((self.boosting.point(samples) + self.kernel.point(samples)) / 2)


def fit_blend(train: Samples) -> BlendModel:
    """Both parts of the same samples."""
    return BlendModel(fit_boosting(train), fit_kernel(train))
