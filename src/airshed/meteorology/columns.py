"""The vertical of the regridding: source levels to means over layers that follow the ground.

Kernels work on flat columns: ``height (level, n)`` [m above ground], from the ground up, with levels that lie
under the ground marked by a negative height; they are skipped column by column.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["DRY_AIR", "FLOOR", "at_interfaces", "hydrostatic_heights", "layer_means", "virtual_temperature"]

Floats = NDArray[np.float64]
DRY_AIR: Final = 287.0597  # [J kg-1 K-1] gas constant of dry air, IFS documentation part IV, 12.5
VAPOUR: Final = 461.5250  # [J kg-1 K-1] gas constant of water vapour, IFS documentation part IV, 12.5
FLOOR: Final = 15.0  # [m] levels nearer to the ground give way to the 2 m and 10 m values


def virtual_temperature(temperature: Floats, humidity: Floats) -> Floats:
    """Virtual temperature [K] from temperature [K] and specific humidity [kg kg-1]."""
    return np.asarray(temperature * (1.0 + (VAPOUR / DRY_AIR - 1.0) * humidity), dtype=np.float64)


@njit(cache=True)
def hydrostatic_heights(
    pressure: Floats, virtual: Floats, surface_pressure: Floats, surface_virtual: Floats, factor: float
) -> Floats:
    """Heights above ground [m] of the levels by the hypsometric equation, -1 where under the ground.

    Parameters:
        pressure, virtual: [Pa] and virtual temperature [K], (level, n), from the ground up.
        surface_pressure, surface_virtual: [Pa] and virtual temperature at 2 m [K], (n,).
        factor: gas constant of dry air over gravity [m K-1].

    Between neighbours the virtual temperature is the mean of the two (Wallace and Hobbs 2006, eq. 3.29).
    """
    levels, columns = pressure.shape
    height = np.full((levels, columns), -1.0)
    for n in range(columns):
        z, p, t = 0.0, surface_pressure[n], surface_virtual[n]
        for k in range(levels):
            if pressure[k, n] >= p:
                continue
            z += factor * 0.5 * (t + virtual[k, n]) * np.log(p / pressure[k, n])
            p, t = pressure[k, n], virtual[k, n]
            height[k, n] = z
    return height


@njit(cache=True)
def layer_means(
    height: Floats, value: Floats, near: Floats, near_height: float, interface: Floats, roughness: Floats
) -> Floats:
    """Means over the layers, (layer, n), of a profile that is linear in height between source levels.

    Parameters:
        height, value: of the levels, (level, n); heights below ``FLOOR`` are skipped.
        near: value at ``near_height`` [m], (n,).
        interface: heights above ground [m], (layer + 1,), from 0.
        roughness: roughness length [m], (n,). Where positive the profile follows the logarithm of height up to the
            first level (the neutral law of the wall for each component of wind); where 0 it is constant below
            ``near_height`` and linear above.

    The integral is exact for that profile: no sampling.
    """
    levels, columns = height.shape
    layers = len(interface) - 1
    out = np.empty((layers, columns))
    z, f = np.empty(levels + 1), np.empty(levels + 1)
    for n in range(columns):
        z[0], f[0], count = near_height, near[n], 1
        for k in range(levels):
            if height[k, n] > max(FLOOR, z[count - 1]):
                z[count], f[count] = height[k, n], value[k, n]
                count += 1
        below = _integral(interface[0], z, f, count, roughness[n])
        for k in range(layers):
            above = _integral(interface[k + 1], z, f, count, roughness[n])
            out[k, n] = (above - below) / (interface[k + 1] - interface[k])
            below = above
    return out


@njit(cache=True)
def _integral(top: float, z: Floats, f: Floats, count: int, roughness: float) -> float:
    """The integral of the profile from the ground to ``top``."""
    total: float = _lowest(min(top, z[0]), z[0], f[0], roughness)
    for i in range(1, count):
        if top <= z[i - 1]:
            return total
        upper = min(top, z[i])
        if i == 1 and roughness > 0.0:
            slope = (f[1] - f[0]) / np.log(z[1] / z[0])
            total += f[0] * (upper - z[0]) + slope * (upper * np.log(upper / z[0]) - upper + z[0])
        else:
            end = f[i - 1] + (f[i] - f[i - 1]) * (upper - z[i - 1]) / (z[i] - z[i - 1])
            total += 0.5 * (f[i - 1] + end) * (upper - z[i - 1])
    total += f[count - 1] * max(top - z[count - 1], 0.0)
    return total


@njit(cache=True)
def _lowest(top: float, near_height: float, near: float, roughness: float) -> float:
    """The integral from the ground up to at most the near-surface height."""
    if roughness <= 0.0:
        return near * top
    if top <= roughness:
        return 0.0
    total: float = near / np.log(near_height / roughness) * (top * np.log(top / roughness) - top + roughness)
    return total


@njit(cache=True)
def at_interfaces(height: Floats, value: Floats, ground: Floats, anchored: bool, interface: Floats) -> Floats:
    """Values at the interfaces, (layer + 1, n), linear in height between levels; held beyond the highest.

    Parameters:
        height, value: of the levels, (level, n); negative heights are skipped.
        ground: value at the ground, (n,); used where ``anchored``, else the lowest level's value is held down.
        interface: heights above ground [m].
    """
    levels, columns = height.shape
    out = np.empty((len(interface), columns))
    for n in range(columns):
        z, f, known, j = 0.0, ground[n], anchored, 0
        for k in range(levels):
            if height[k, n] <= z:
                continue
            if not known:
                f, known = value[k, n], True
            while j < len(interface) and interface[j] <= height[k, n]:
                out[j, n] = f + (value[k, n] - f) * (interface[j] - z) / (height[k, n] - z)
                j += 1
            z, f = height[k, n], value[k, n]
        out[j:, n] = f
    return out
