"""The raw state: what every feed of gridded weather hands over, at instants, on the grid's own layers.

It lies between a source (ERA5, WRF) and :mod:`airshed.meteorology.weather`: already on the target grid's cell
centres and terrain-following layers, but winds still at centres, hours still instants, and mass not yet balanced.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from airshed.errors import BadInput
from airshed.places.grid import Grid

__all__ = ["OPTIONAL", "STATE", "check_state"]

_CELL = ("y", "x")
_FLAT = ("time", *_CELL)
_LAYERS = ("time", "layer", *_CELL)
Rule = tuple[tuple[str, ...], str, float, float]

STATE: Final[dict[str, Rule]] = {
    # name: dims, unit, least and greatest value that air on Earth has
    "u": (_LAYERS, "m s-1", -120.0, 120.0),  # along the grid's x axis, mean over the layer
    "v": (_LAYERS, "m s-1", -120.0, 120.0),  # along the grid's y axis, mean over the layer
    "temperature": (_LAYERS, "K", 180.0, 340.0),  # mean over the layer
    "specific_humidity": (_LAYERS, "kg kg-1", 0.0, 0.05),  # mean over the layer
    "air_mass": (
        _LAYERS,
        "kg m-2",
        1.0,
        5000.0,
    ),  # hydrostatic, sums to (surface pressure - top pressure) / g
    "surface_pressure": (_FLAT, "Pa", 30_000.0, 110_000.0),
    "mixing_height": (_FLAT, "m", 1.0, 8000.0),
    "precipitation": (_FLAT, "kg m-2", 0.0, 300.0),  # in the hour that ENDS at `time`
    "radiation": (_FLAT, "W m-2", 0.0, 1500.0),  # mean of the hour that ENDS at `time`, downward short-wave
    "cloud": (_FLAT, "1", 0.0, 1.0),
    "friction_velocity": (_FLAT, "m s-1", 0.0, 5.0),
    "temperature_2m": (_FLAT, "K", 180.0, 340.0),
    "u_10m": (_FLAT, "m s-1", -120.0, 120.0),  # along the grid's x axis
    "v_10m": (_FLAT, "m s-1", -120.0, 120.0),  # along the grid's y axis
    "terrain": (_CELL, "m", -500.0, 9000.0),
}

OPTIONAL: Final[dict[str, Rule]] = {
    # the source's own vertical wind at the heights of the interfaces: d(pressure)/dt of a parcel, positive downward
    "omega": (("time", "interface", *_CELL), "Pa s-1", -100.0, 100.0),
    "sensible_heat": (_FLAT, "W m-2", -1000.0, 1500.0),  # from the ground into the air, instant
}


def check_state(state: xr.Dataset) -> xr.Dataset:
    """The Dataset itself, if it is a raw state.

    Coordinates: ``time`` hourly instants (UTC), ``interface`` heights above ground [m] rising from 0,
    ``layer`` 0 … K-1, ``y`` and ``x`` [m] of the grid; attributes: the grid's, ``source``.

    Raises:
        BadInput: a message that names every fault at once: variables, dims, units, values, place and time.
    """
    known = STATE | {name: rule for name, rule in OPTIONAL.items() if name in state}
    faults = [fault for name, rule in known.items() for fault in _faults_of(state, name, rule)]
    if not faults:
        faults = _faults_of_axes(state)
    if faults:
        raise BadInput("a raw state as meteorology.column_state has it", "; ".join(faults), "mend the feed")
    return state


def _faults_of(state: xr.Dataset, name: str, rule: Rule) -> list[str]:
    dims, unit, low, high = rule
    if name not in state:
        return [f"{name} [{unit}] is missing"]
    field = state[name]
    if field.dims != dims:
        return [f"{name} has dims {field.dims}, wanted {dims}"]
    if field.attrs.get("units") != unit:
        return [f"{name} has unit {field.attrs.get('units')!r}, wanted {unit!r}"]
    values = field.values
    wrong = ~((values >= low) & (values <= high))
    if not wrong.any():
        return []
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = ", ".join(_label(state, dim, i) for dim, i in zip(dims, first, strict=True))
    return [f"{name} {values[first]:.6g} {unit} at {where} is not in {low:g}..{high:g} ({wrong.sum()} such)"]


def _label(state: xr.Dataset, dim: str, index: int) -> str:
    return f"{dim} {str(state['time'].values[index])[:16] if dim == 'time' else index}"


def _faults_of_axes(state: xr.Dataset) -> list[str]:
    grid = Grid.of(state)
    time, interface = state["time"].values, state["interface"].values
    faults = []
    if wrong := np.flatnonzero(np.diff(time) != np.timedelta64(1, "h")).tolist():
        faults.append(f"time is not hourly after {time[wrong[0]]}")
    if not (interface[0] == 0 and (np.diff(interface) > 0).all()):
        faults.append("interface must rise from 0")
    sizes = {"y": grid.ny, "x": grid.nx, "interface": state.sizes["layer"] + 1}
    faults += [
        f"{dim} has {state.sizes[dim]}, wanted {n}" for dim, n in sizes.items() if state.sizes[dim] != n
    ]
    if "source" not in state.attrs:
        faults.append("attribute source is missing")
    return faults
