"""The one shape of weather: a plain CF Dataset on layers that follow the ground, checked where it enters."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from airshed.errors import BadInput
from airshed.places.grid import Grid

__all__ = ["LAYER_TOPS", "VARIABLES", "check_weather"]

LAYER_TOPS: Final = (40.0, 100.0, 200.0, 350.0, 600.0, 1000.0, 1800.0, 3000.0)
"""Tops of the layers [m above ground]: the lowest holds the monitors, five lie below 500 m of mixing or so."""

_CELL = ("y", "x")
VARIABLES: Final[dict[str, tuple[tuple[str, ...], str, float, float]]] = {
    # name: dims, unit, least and greatest value that air on Earth has
    "air_mass": (("edge", "layer", *_CELL), "kg m-2", 1.0, 5000.0),
    "u": (("time", "layer", "y", "x_face"), "m s-1", -120.0, 120.0),
    "v": (("time", "layer", "y_face", "x"), "m s-1", -120.0, 120.0),
    "kz": (("time", "interface", *_CELL), "m2 s-1", 0.0, 5000.0),
    "mixing_height": (("time", *_CELL), "m", 1.0, 8000.0),
    "temperature": (("time", "layer", *_CELL), "K", 180.0, 340.0),
    "relative_humidity": (("time", "layer", *_CELL), "1", 0.0, 1.2),
    "precipitation": (("time", *_CELL), "kg m-2", 0.0, 300.0),
    "cloud": (("time", *_CELL), "1", 0.0, 1.0),
    "radiation": (("time", *_CELL), "W m-2", 0.0, 1500.0),
    "friction_velocity": (("time", *_CELL), "m s-1", 0.0, 5.0),
    "terrain": (_CELL, "m", -500.0, 9000.0),
}


def check_weather(weather: xr.Dataset) -> xr.Dataset:
    """The Dataset itself, if it is weather.

    Raises:
        BadInput: a message that names every fault at once: variables, dims, units, values, place and hour.
    """
    faults = [fault for name in VARIABLES for fault in _faults_of(weather, name)]
    if not faults:
        faults = _faults_of_axes(weather)
    if faults:
        raise BadInput("weather as docs/design.md has it", "; ".join(faults), "mend the source or its feed")
    return weather


def _faults_of(weather: xr.Dataset, name: str) -> list[str]:
    dims, unit, low, high = VARIABLES[name]
    if name not in weather:
        return [f"{name} [{unit}] is missing"]
    field = weather[name]
    if field.dims != dims:
        return [f"{name} has dims {field.dims}, wanted {dims}"]
    if field.attrs.get("units") != unit:
        return [f"{name} has unit {field.attrs.get('units')!r}, wanted {unit!r}"]
    values = np.asarray(field.values)
    wrong = ~((values >= low) & (values <= high))
    if not wrong.any():
        return []
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = ", ".join(f"{dim} {_label(weather, dim, i)}" for dim, i in zip(dims, first, strict=True))
    return [
        f"{name} {values[first]:.6g} {unit} at {where} is not in {low:g}..{high:g} ({int(wrong.sum())} such)"
    ]


def _label(weather: xr.Dataset, dim: str, index: int) -> str:
    return str(weather[dim].values[index]) if dim in ("time", "edge") else str(index)


def _faults_of_axes(weather: xr.Dataset) -> list[str]:
    faults, grid = [], Grid.of(weather)
    hour = np.timedelta64(1, "h")
    time, edge = weather["time"].values, weather["edge"].values
    if len(time) and (np.diff(time) != hour).any():
        gap = time[:-1][np.diff(time) != hour][0]
        faults.append(f"time has a gap after {gap}")
    if len(edge) != len(time) + 1 or (edge[:-1] != time).any():
        faults.append("edge is not the hours' starts and the last hour's end")
    sizes = {"y": grid.ny, "x": grid.nx, "y_face": grid.ny + 1, "x_face": grid.nx + 1}
    sizes |= {"interface": weather.sizes["layer"] + 1}
    faults += [f"{d} has {weather.sizes[d]}, wanted {n}" for d, n in sizes.items() if weather.sizes[d] != n]
    tops = weather["interface"].values
    if not (tops[0] == 0 and (np.diff(tops) > 0).all() and tops[1] <= 50):
        faults.append("interface must rise from 0, its first step at most 50 m")
    if (tops[1:] <= 500).sum() < 4:
        faults.append("fewer than four layers end at or below 500 m")
    return faults
