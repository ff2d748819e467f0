"""Humidity of air: relative humidity and dew point, one from the other.

Magnus form over water with the constants of Alduchov and Eskridge 1996,
doi:10.1175/1520-0450(1996)035<0601:IMFAOS>2.0.CO;2, eq. 21: -40 to 50 degC, within 0.4 %.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["GROWTH", "LEAST", "ZERO", "dew_point", "relative_humidity"]

Floats = NDArray[np.float64]

GROWTH: Final = 17.625  # [1]
ZERO: Final = 243.04  # [degC]
LEAST: Final = 0.01  # [1] relative humidity below which a dew point means nothing


def relative_humidity(temperature: ArrayLike, dew_point: ArrayLike) -> Floats:
    """Relative humidity [1] of air at a temperature [degC] with a dew point [degC]; broadcast.

    >>> float(np.round(relative_humidity(20.0, 9.3), 2))
    0.5
    """
    return np.asarray(np.exp(_growth(dew_point) - _growth(temperature)))


def dew_point(temperature: ArrayLike, humidity: ArrayLike) -> Floats:
    """Dew point [degC] of air at a temperature [degC] with a relative humidity [1]; broadcast.

    >>> float(np.round(dew_point(20.0, 0.5), 1))
    9.3
    """
    wet = np.log(np.clip(humidity, LEAST, 1.0)) + _growth(temperature)
    return np.asarray(ZERO * wet / (GROWTH - wet))


def _growth(temperature: ArrayLike) -> Floats:
    """Logarithm of the saturation vapour pressure, but for a constant."""
    degrees = np.asarray(temperature, dtype=np.float64)
    return GROWTH * degrees / (ZERO + degrees)
