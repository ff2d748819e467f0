"""Raw states made for tests: hydrostatic air over a hill, winds with noise that no mass budget would allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from airshed.meteorology.balance import GRAVITY
from airshed.meteorology.column_state import OPTIONAL, STATE, check_state
from airshed.meteorology.weather import LAYER_TOPS
from airshed.places.grid import Grid

GRID = Grid.over([115.5, 117.5], [39.0, 41.0], cell=20_000.0, margin=60_000.0)
SCALE_HEIGHT = 8000.0  # [m]


def raw_state(
    seed: int = 0, hours: int = 2, tops: tuple[float, ...] = LAYER_TOPS, noise: float = 1.0
) -> xr.Dataset:
    """Instants 0 … hours of a wind that turns, over a hill, with noise [m s-1] in every cell."""
    rng = np.random.default_rng(seed)
    interface = np.array([0.0, *tops])
    middles = 0.5 * (interface[1:] + interface[:-1])
    shape = (hours + 1, len(tops), *GRID.shape)
    hill = 600.0 * np.exp(-(((np.arange(GRID.nx) - 6) / 3.0) ** 2)) * np.ones((GRID.ny, 1))
    surface = 1.013e5 * np.exp(-hill / SCALE_HEIGHT) + rng.normal(0, 20, (hours + 1, *GRID.shape))
    levels = np.exp(-interface / SCALE_HEIGHT).reshape(-1, 1, 1)
    pressure = surface[:, None] * levels
    turn = 0.3 * np.arange(hours + 1).reshape(-1, 1, 1, 1)
    speed = 3.0 + middles.reshape(1, -1, 1, 1) / 400.0
    temperature = 288.0 - 0.0065 * (middles.reshape(1, -1, 1, 1) + hill) + np.zeros(shape)
    flat = np.zeros((hours + 1, *GRID.shape))
    fields: dict[str, Any] = {
        "u": speed * np.cos(turn) + rng.normal(0, noise, shape),
        "v": speed * np.sin(turn) + rng.normal(0, noise, shape),
        "temperature": temperature,
        "specific_humidity": np.full(shape, 0.004),
        "air_mass": (pressure[:, :-1] - pressure[:, 1:]) / GRAVITY,
        "surface_pressure": surface,
        "mixing_height": flat + 500.0,
        "precipitation": flat + np.arange(hours + 1.0).reshape(-1, 1, 1),
        "radiation": flat + 10.0 * np.arange(hours + 1.0).reshape(-1, 1, 1),
        "cloud": flat + 0.5,
        "friction_velocity": flat + 0.3,
        "temperature_2m": flat + 288.0,
        "u_10m": flat + 2.0,
        "v_10m": flat,
        "terrain": hill,
        "omega": rng.normal(0, 0.05, pressure.shape),
        "sensible_heat": flat + 50.0,
    }
    rules = STATE | OPTIONAL
    coords = {
        "time": np.datetime64("2015-01-01T00", "ns") + np.arange(hours + 1) * np.timedelta64(1, "h"),
        "interface": interface, "layer": np.arange(len(tops)), "y": GRID.y, "x": GRID.x,
    }  # fmt: skip
    made = {n: xr.Variable(rules[n][0], f, {"units": rules[n][1]}) for n, f in fields.items()}
    return check_state(xr.Dataset(made, coords, {**GRID.attrs(), "source": "made for a test"}))
