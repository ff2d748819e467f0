"""Ways of forecasting, one file each, behind one small interface."""

from __future__ import annotations

from typing import Final

from airshed.forecast.methods.base import Fitted, Method, Prediction
from airshed.forecast.methods.blend import Blend
from airshed.forecast.methods.boosting import Boosting
from airshed.forecast.methods.climatology import Climatology
from airshed.forecast.methods.persistence import Persistence
from airshed.forecast.methods.ridge import Ridge

METHODS: Final[dict[str, Method]] = {
    m.name: m for m in (Persistence(), Climatology(), Ridge(), Boosting(), Blend())
}

__all__ = [
    "METHODS",
    "Blend",
    "Boosting",
    "Climatology",
    "Fitted",
    "Method",
    "Persistence",
    "Prediction",
    "Ridge",
]
