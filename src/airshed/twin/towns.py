"""Where the made region is built up: towns keep the air stirred at night by their heat and their roughness."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.places.gazetteer import Gazetteer
from airshed.twin.inventory import seats
from airshed.twin.terrain import plane

__all__ = ["built_up"]

Floats = NDArray[np.float64]
REACH: Final = 25e3  # m, from a seat to where a town with its suburbs has thinned to 1/e [M]


def built_up(x: Floats, y: Floats) -> Floats:
    """How much a point of the plane [m] belongs to a town, 1 at a seat, 0 far from all; (point)."""
    town_x, town_y = _towns()
    nearest = np.full(np.shape(x), np.inf)
    for at_x, at_y in zip(town_x, town_y, strict=True):
        nearest = np.minimum(nearest, (x - at_x) ** 2 + (y - at_y) ** 2)
    return np.asarray(np.exp(-nearest / REACH**2))


@cache
def _towns() -> tuple[Floats, Floats]:
    found = np.array(list(seats(Gazetteer.load()).values()))
    return plane(found[:, 0], found[:, 1])
