"""Small made weather for the tests of particles: 20 x 16 cells of 10 km, five layers, an equal-area map."""

from __future__ import annotations

import numpy as np
import xarray as xr

from airshed.meteorology.weather import VARIABLES, check_weather
from airshed.places.grid import Grid

GRID = Grid("+proj=laea +lat_0=39 +lon_0=116 +datum=WGS84 +units=m", -100_000.0, -80_000.0, 10_000.0, 20, 16)
HEIGHTS = np.array([0.0, 40.0, 100.0, 250.0, 480.0, 1200.0])
LAYERS = len(HEIGHTS) - 1
DENSITY = 1.25 * np.exp(-0.5 * (HEIGHTS[1:] + HEIGHTS[:-1]) / 8000)  # [kg m-3]
MASS = DENSITY * np.diff(HEIGHTS)  # [kg m-2]
NIGHT = np.array([0.0, 0.3, 0.02, 0.005, 0.5, 0.0])  # [m2 s-1]: nearly shut between 100 and 250 m
NOON = np.array([0.0, 40.0, 300.0, 90.0, 0.05, 0.0])  # steep on both sides of its maximum
FILL = {"temperature": 280.0, "mixing_height": 300.0, "terrain": 50.0}


def made_weather(
    hours: int = 2, u: object = 0.0, v: object = 0.0, kz: object = 0.0, air: object = None
) -> xr.Dataset:
    """Weather of the given fields (anything that broadcasts to their dims), everything else dull."""
    sizes = {"time": hours, "edge": hours + 1, "layer": LAYERS, "interface": LAYERS + 1}
    sizes |= {"y": GRID.ny, "x": GRID.nx, "y_face": GRID.ny + 1, "x_face": GRID.nx + 1}
    given = {"u": u, "v": v, "air_mass": MASS[:, None, None] if air is None else air}
    given["kz"] = np.asarray(kz, float)[:, None, None] if np.ndim(kz) == 1 else kz
    data = {}
    for name, (dims, unit, *_) in VARIABLES.items():
        shape = tuple(sizes[d] for d in dims)
        values = np.broadcast_to(np.asarray(given.get(name, FILL.get(name, 0.0)), float), shape)
        data[name] = (dims, values.copy(), {"units": unit})
    edge = np.datetime64("2025-01-01T00", "ns") + np.arange(hours + 1) * np.timedelta64(1, "h")
    coords = {"time": edge[:-1], "edge": edge, "interface": HEIGHTS}
    return check_weather(xr.Dataset(data, coords, GRID.attrs()))


def closed_winds(speed: float = 4.0, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Winds (layer, y, x_face), (layer, y_face, x) of a gyre and an overturning that no border is crossed by.

    The fluxes are differences of stream functions that vanish at the borders, so air is balanced to round-off.
    """
    y, x = np.linspace(0, 1, GRID.ny + 1)[:, None], np.linspace(0, 1, GRID.nx + 1)[None, :]
    gyre = np.sin(np.pi * x) ** 2 * np.sin(np.pi * y) ** 2 * np.linspace(1, 2, LAYERS)[:, None, None]
    gyre = gyre + 0.3 * np.sin(3 * np.pi * x) * np.sin(2 * np.pi * y)
    gyre *= MASS[:, None, None]
    level = np.sin(np.pi * HEIGHTS / HEIGHTS[-1])[:, None, None]
    over = level * np.sin(np.pi * x)[None] * (1 + np.sin(2 * np.pi * 0.5 * (y[1:] + y[:-1])))[None]
    parts = [(np.diff(gyre, axis=1), -np.diff(gyre, axis=2)), (np.diff(over, axis=0), np.zeros((1, 1, 1)))]
    u, v = 0.0, 0.0
    for fx, fy in parts:
        east, north = fx / MASS[:, None, None], fy / MASS[:, None, None]
        most = max(np.abs(east).max(), np.abs(north).max())
        u, v = u + east * speed / most, v + north * speed / most
    return u, v
