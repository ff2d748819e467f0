"""How well the vertical wind that the balanced winds imply agrees with the source's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.balance import GRAVITY, FaceWinds, interface_pressure, omega_flux
from airshed.meteorology.fluxes import SECONDS, hour_fluxes
from airshed.places.grid import Grid

__all__ = ["vertical_agreement"]

Floats = NDArray[np.float64]


def vertical_agreement(weather: xr.Dataset, raw: xr.Dataset) -> xr.Dataset:
    """Vertical wind by continuity beside the source's own, at the interfaces between layers, all hours.

    Two views of the same: ``omega``, d(pressure)/dt of the air, which over slopes is mostly the slope; and ``flux``,
    what passes the interface that follows the ground, in which the slope cancels: the harsher test. Near the ground
    the source's omega lies between pressure levels and is itself interpolated.

    Parameters:
        weather: made from ``raw``.
        raw: a raw state with ``omega``.

    Returns:
        by ``interface`` [m]: ``r_omega``, ``r_flux`` [1], ``error_omega``, ``spread_omega`` [Pa s-1] (root mean square
        of the difference; standard deviation of the source's); attributes ``r_omega``, ``r_flux`` of all together.

    Raises:
        BadInput: the raw state has no omega, or other instants.
    """
    if "omega" not in raw:
        raise BadInput(
            "a raw state with the source's own vertical wind", "none", "read omega from the source"
        )
    if not np.array_equal(weather["edge"].values, raw["time"].values):
        came = f"weather from {weather['edge'].values[0]}, a raw state from {raw['time'].values[0]}"
        raise BadInput("weather and the raw state it was made from", came, "hand in the same instants")
    hours = [_hour(weather, raw, t) for t in range(weather.sizes["time"])]
    ours, theirs = (np.stack([hour[i] for hour in hours], axis=1) for i in (0, 1))
    omega = np.stack([hour[2] for hour in hours], axis=1)
    implied = omega - GRAVITY * (ours - theirs)
    gap = np.sqrt(((implied - omega) ** 2).mean(axis=(1, 2, 3)))
    fields: dict[str, Any] = {
        "r_omega": ("interface", _correlations(implied, omega), {"units": "1"}),
        "r_flux": ("interface", _correlations(ours, theirs), {"units": "1"}),
        "error_omega": ("interface", gap, {"units": "Pa s-1"}),
        "spread_omega": ("interface", omega.std(axis=(1, 2, 3)), {"units": "Pa s-1"}),
    }
    attrs = {"r_omega": _correlation(implied, omega), "r_flux": _correlation(ours, theirs)}
    return xr.Dataset(fields, {"interface": weather["interface"].values[1:-1]}, attrs)


def _hour(weather: xr.Dataset, raw: xr.Dataset, t: int) -> tuple[Floats, Floats, Floats]:
    """Flux by continuity and by the source [kg m-2 s-1], and the source's omega [Pa s-1], at inner interfaces."""
    grid, count = Grid.of(weather), weather.sizes["layer"] + 1
    winds = FaceWinds(_field(weather, "u", t), _field(weather, "v", t))
    before, after = _field(weather, "air_mass", t), _field(weather, "air_mass", t + 1)
    fluxes = hour_fluxes(winds.u, winds.v, before, after, grid.area, grid.scale, grid.cell)
    surface = np.stack([_field(raw, "surface_pressure", t), _field(raw, "surface_pressure", t + 1)])
    pressure = interface_pressure(surface, np.stack([before, after]))
    omega = np.stack([_field(raw, "omega", t), _field(raw, "omega", t + 1)])[:, :count]
    interface = np.asarray(weather["interface"].values, dtype=np.float64)
    middles = 0.5 * (interface[1:] + interface[:-1])
    own = omega_flux(omega, pressure, winds, middles, interface, grid)
    ours = fluxes.z / (SECONDS * grid.area)
    return ours[1:-1], own[1:-1], np.asarray(omega.mean(axis=0)[1:-1], dtype=np.float64)


def _field(dataset: xr.Dataset, name: str, t: int) -> Floats:
    return np.asarray(dataset[name].values[t], dtype=np.float64)


def _correlations(one: Floats, other: Floats) -> list[float]:
    return [_correlation(a, b) for a, b in zip(one, other, strict=True)]


def _correlation(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
