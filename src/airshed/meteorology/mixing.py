"""Vertical mixing: the height of the mixing layer, the profile of Kz in it, and a little above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_HEIGHT",
    "LEAST_KZ",
    "Ground",
    "diffusivity",
    "mixing_height_of",
    "obukhov_inverse",
    "potential_temperature",
]

Floats = NDArray[np.float64]
KARMAN: Final = 0.4  # [1] von Karman constant
GRAVITY: Final = 9.80665  # [m s-2] standard gravity, 3rd CGPM 1901
DRY_AIR: Final = 287.05  # [J kg-1 K-1] gas constant of dry air
HEAT: Final = 1004.7  # [J kg-1 K-1] heat capacity of dry air at constant pressure, 3.5 x 287.05
KAPPA: Final = DRY_AIR / HEAT  # [1]
REFERENCE_PRESSURE: Final = 1.0e5  # [Pa] of potential temperature
CRITICAL: Final = 0.25  # [1] Richardson number, Vogelezang and Holtslag 1996; ERA5 uses it too
SHEAR_OF_GROUND: Final = 100.0  # [1] b in b u*2, Vogelezang and Holtslag 1996
STABLE: Final = 5.0  # [1] phi = 1 + 5 z/L, Dyer 1974
MOST_STABLE: Final = 1.0  # [1] z/L beyond which phi rises no more: turbulence comes in bursts; own choice
CONVECTIVE: Final = 0.6  # [1] w_s3 = u*3 + 0.6 w*3 z/h (at h; 0.6 at a tenth of it in the source), unverified
FREE_LENGTH: Final = (
    30.0  # [m] mixing length far above the ground, as in many first-order closures, unverified
)
LEAST_KZ: Final = 0.1  # [m2 s-1] between layers at any hour; models use 0.01-1, own choice within
LEAST_HEIGHT: Final = 10.0  # [m] of the mixing layer; the shallowest ERA5 gives
SMALL: Final = 1e-3  # [m s-1] wind or friction velocity taken instead of less


@dataclass(frozen=True)
class Ground:
    """What the surface layer is driven by, at one instant, each (y, x).

    ``friction_velocity`` [m s-1], ``mixing_height`` [m], ``temperature`` at 2 m [K], ``sensible_heat`` [W m-2] upward,
    or None where the source gives none (stability then follows from the lowest layer).
    """

    friction_velocity: Floats
    mixing_height: Floats
    temperature: Floats
    sensible_heat: Floats | None = None


def potential_temperature(temperature: Floats, pressure: Floats) -> Floats:
    """Temperature of air brought dry to 1000 hPa [K], from temperature [K] and pressure [Pa].

    >>> round(float(potential_temperature(np.asarray(280.0), np.asarray(85_000.0))), 1)
    293.3
    """
    return np.asarray(temperature * (REFERENCE_PRESSURE / pressure) ** KAPPA, dtype=np.float64)


def obukhov_inverse(ground: Ground, pressure: Floats) -> Floats:
    """1 / L [m-1], positive when stable, from the heat flux at the ground, (y, x).

    Parameters:
        ground: with its sensible heat.
        pressure: at the ground [Pa], (y, x).

    Source: Obukhov 1946; L = - rho cp T u*3 / (k g H).
    """
    heat = np.zeros_like(pressure) if ground.sensible_heat is None else ground.sensible_heat
    friction = np.maximum(ground.friction_velocity, SMALL)
    density = pressure / (DRY_AIR * ground.temperature)
    flux = heat / (density * HEAT)  # [K m s-1]
    return np.asarray(-KARMAN * GRAVITY * flux / (ground.temperature * friction**3), dtype=np.float64)


def diffusivity(
    ground: Ground, wind_u: Floats, wind_v: Floats, theta: Floats, pressure: Floats, interface: Floats
) -> Floats:
    """Kz at the interfaces at one instant [m2 s-1], (layer+1, y, x); 0 at the ground and the top.

    In the mixing layer k w_s z (1 - z/h)2, with w_s from friction and, by day, buoyancy; above it the Richardson
    number of the layers beside the interface decides; nowhere between layers less than ``LEAST_KZ``. A mixing
    height below the first interface (10-50 m on clear nights) leaves every interface to the other two.

    Parameters:
        ground: the surface layer and the mixing height.
        wind_u, wind_v: layer means at centres [m s-1], (layer, y, x).
        theta: potential temperature [K], (layer, y, x).
        pressure: at the ground [Pa], (y, x).
        interface: heights above ground [m], (layer+1,).

    Source: Troen and Mahrt 1986, doi:10.1007/BF00122760 (shape); Holtslag and Boville 1993,
    doi:10.1175/1520-0442(1993)006<1825:LVNBLD>2.0.CO;2 (w_s); Dyer 1974 (stable). The turbulent Prandtl number is 1.
    """
    stability = _stability(ground, wind_u, wind_v, theta, pressure, interface)
    inner = interface[1:-1]
    mixed = _mixed_layer(ground, stability, inner)
    free = _free_air(wind_u, wind_v, theta, interface)
    kz = np.zeros((len(interface), *pressure.shape))
    kz[1:-1] = np.maximum(np.maximum(mixed, free), LEAST_KZ)
    return kz


def mixing_height_of(
    wind_u: Floats, wind_v: Floats, theta: Floats, friction_velocity: Floats, interface: Floats
) -> Floats:
    """Mixing height by the bulk Richardson number [m], (y, x), for sources that give none.

    The height at which (g / theta_1)(theta - theta_1)(z - z_1) over the squared wind difference plus 100 u*2 passes
    0.25, straight between layers; at least ``LEAST_HEIGHT``, at most the middle of the highest layer.

    Parameters:
        wind_u, wind_v, theta: [m s-1] and [K], (layer, y, x); the lowest layer stands for the surface.
        friction_velocity: [m s-1], (y, x).
        interface: heights above ground [m], (layer+1,).

    Source: Vogelezang and Holtslag 1996, doi:10.1007/BF02430331. No finer than the layers: a night's 30 m is beyond it.
    """
    middles = 0.5 * (interface[1:] + interface[:-1])
    height = (middles - middles[0]).reshape(-1, 1, 1)
    shear = (wind_u - wind_u[0]) ** 2 + (wind_v - wind_v[0]) ** 2
    shear = shear + SHEAR_OF_GROUND * np.maximum(friction_velocity, SMALL) ** 2
    richardson = GRAVITY / theta[0] * (theta - theta[0]) * height / shear
    return np.maximum(_first_passing(richardson, middles), LEAST_HEIGHT)


def _stability(
    ground: Ground, wind_u: Floats, wind_v: Floats, theta: Floats, pressure: Floats, interface: Floats
) -> Floats:
    """1 / L [m-1]: by the heat flux, else by the Richardson number between 2 m and the lowest layer."""
    if ground.sensible_heat is not None:
        return obukhov_inverse(ground, pressure)
    height = 0.5 * interface[1]
    surface = potential_temperature(ground.temperature, pressure)
    wind2 = np.maximum(wind_u[0] ** 2 + wind_v[0] ** 2, SMALL)
    richardson = GRAVITY / surface * (theta[0] - surface) * height / wind2
    stable = richardson / (1.0 - STABLE * np.clip(richardson, 0.0, 0.19))
    return np.asarray(np.clip(np.where(richardson > 0, stable, richardson), -10.0, 10.0) / height)


def _mixed_layer(ground: Ground, stability: Floats, heights: Floats) -> Floats:
    """k w_s z (1 - z/h)2 at the heights [m], 0 above h."""
    top = np.maximum(ground.mixing_height, LEAST_HEIGHT)
    z = heights.reshape(-1, 1, 1)
    friction = np.maximum(ground.friction_velocity, SMALL)
    # w*3 = g H h / (rho cp T) = -u*3 (h / L) / k, so that both come from one stability
    buoyant3 = friction**3 * np.maximum(-stability, 0.0) * top / KARMAN
    rising = np.cbrt(friction**3 + CONVECTIVE * buoyant3 * np.minimum(z / top, 1.0))
    calming = 1.0 + STABLE * np.clip(z * stability, 0.0, MOST_STABLE)
    shape = np.maximum(1.0 - z / top, 0.0) ** 2
    return np.asarray(KARMAN * rising / calming * z * shape, dtype=np.float64)


def _free_air(wind_u: Floats, wind_v: Floats, theta: Floats, interface: Floats) -> Floats:
    """l2 S (1 - Ri / 0.25)2 between layers, 0 where the Richardson number passes 0.25."""
    step = np.diff(0.5 * (interface[1:] + interface[:-1])).reshape(-1, 1, 1)
    shear = np.hypot(np.diff(wind_u, axis=0), np.diff(wind_v, axis=0)) / step
    buoyancy = GRAVITY / (0.5 * (theta[1:] + theta[:-1])) * np.diff(theta, axis=0) / step
    richardson = buoyancy / np.maximum(shear, SMALL) ** 2
    z = interface[1:-1].reshape(-1, 1, 1)
    length = KARMAN * z / (1.0 + KARMAN * z / FREE_LENGTH)
    damping = np.clip(1.0 - richardson / CRITICAL, 0.0, 1.0) ** 2
    return np.asarray(length**2 * shear * damping, dtype=np.float64)


def _first_passing(richardson: Floats, middles: Floats) -> Floats:
    """Height at which the number first passes the critical one, straight between middles; else the highest middle."""
    above = richardson > CRITICAL
    above[-1] = True
    level = np.maximum(np.argmax(above, axis=0), 1)
    upper = np.take_along_axis(richardson, level[None], axis=0)[0]
    lower = np.take_along_axis(richardson, level[None] - 1, axis=0)[0]
    gap = upper - lower
    share = np.clip((CRITICAL - lower) / np.where(gap > 0, gap, 1.0), 0.0, 1.0)
    share = np.where(upper > CRITICAL, share, 1.0)
    return np.asarray(middles[level - 1] + share * (middles[level] - middles[level - 1]), dtype=np.float64)
