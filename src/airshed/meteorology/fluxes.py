"""Mass fluxes through the faces of cells, from the winds at faces and the mass of air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SECONDS", "HourFluxes", "hour_fluxes"]

Floats = NDArray[np.float64]
SECONDS = 3600.0  # [s] in the hour


@dataclass(frozen=True)
class HourFluxes:
    """Air that moves in one hour [kg]; positive to the east, the north, and up.

    ``x`` (layer, ny, nx+1), ``y`` (layer, ny+1, nx), ``z`` (layer+1, ny, nx), zero at the ground; ``before`` and
    ``after`` (layer, ny, nx) are the mass of air in the cells [kg] at the two ends of the hour.
    """

    x: Floats
    y: Floats
    z: Floats
    before: Floats
    after: Floats


def hour_fluxes(
    u: Floats, v: Floats, mass_before: Floats, mass_after: Floats, area: Floats, scale: Floats, cell: float
) -> HourFluxes:
    """Fluxes of one hour; the vertical one follows from continuity, upward from the ground.

    Parameters:
        u: hour mean through x faces [m s-1], (layer, ny, nx+1).
        v: hour mean through y faces [m s-1], (layer, ny+1, nx).
        mass_before, mass_after: air a square metre [kg m-2], (layer, ny, nx).
        area: of the cells [m2], (ny, nx).
        scale: map scale factor, (ny, nx).
        cell: width on the map [m].
    """
    column = 0.5 * (mass_before + mass_after)
    length = cell / scale
    x = u * _at_faces(column * length, 2) * SECONDS
    y = v * _at_faces(column * length, 1) * SECONDS
    before, after = mass_before * area, mass_after * area
    gained = (x[:, :, :-1] - x[:, :, 1:]) + (y[:, :-1] - y[:, 1:])
    z = np.zeros((len(before) + 1, *before.shape[1:]))
    z[1:] = np.cumsum(gained - (after - before), axis=0)
    return HourFluxes(x, y, z, before, after)


def _at_faces(field: Floats, axis: int) -> Floats:
    """The mean of the two cells beside each face; at the rim the cell inside."""
    low = np.concatenate([field.take([0], axis), field], axis)
    high = np.concatenate([field, field.take([-1], axis)], axis)
    return np.asarray(0.5 * (low + high), dtype=np.float64)
