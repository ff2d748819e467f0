"""Ridge on few features, for a history of weeks: what a new region begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.methods.base import Fitted, matching
from airshed.forecast.methods.conformal import calibrate
from airshed.forecast.methods.ridge import RidgeModel, fit_ridge
from airshed.forecast.samples import Samples

__all__ = ["LEAST_DAYS", "Brief", "BriefModel"]

LEAST_DAYS: Final = 30  # [d] with the target: own choice; the seasons are not in it and not asked of it
OWN: Final = ("0d_ago", "1d_ago", "mean_7d")  # of the target itself
AHEAD: Final = ("_target", "_target-1")  # weather of the target day and of the day before


@dataclass(frozen=True)
class Brief:
    """Pooled ridge on the target's own last days and the coming weather: no season, no other pollutant."""

    name: str = "brief"

    def fit(self, train: Samples) -> Fitted:
        """Learn.

        Raises:
            BadInput: below 30 days with the target.
        """
        days = len(np.unique(train.valid[np.isfinite(train.observed)]))
        if days < LEAST_DAYS:
            wanted = f"at least {LEAST_DAYS} days with {train.target} for the method {self.name}"
            raise BadInput(wanted, f"{days} days", "feed a longer history, or use persistence")
        return calibrate(fit_brief, train)


@dataclass(frozen=True)
class BriefModel:
    """A ridge on the features ``kept`` of all those in ``names``."""

    names: tuple[str, ...]
    kept: tuple[str, ...]
    ridge: RidgeModel

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) about the median [the target's unit]."""
        matching(samples, self.ridge.target, self.ridge.lead, self.ridge.places, self.names)
        return self.ridge.point(_only(samples, self.kept))


def fit_brief(train: Samples) -> BriefModel:
    """A ridge of the features that some weeks can tell something about."""
    own = tuple(f"{train.target}_{part}" for part in OWN)
    kept = tuple(n for n in train.names if n in own or n.endswith(AHEAD))
    return BriefModel(train.names, kept, fit_ridge(_only(train, kept)))


def _only(samples: Samples, kept: tuple[str, ...]) -> Samples:
    columns = [samples.names.index(n) for n in kept]
    return replace(samples, features=samples.features[:, columns], names=kept, came=None, past=None)
