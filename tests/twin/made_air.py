"""Weather for tests of the truth: small, balanced or still, and rates that do nothing."""

from __future__ import annotations

import numpy as np
import xarray as xr

from airshed.chemistry import CLASSES, Rates
from airshed.meteorology.weather import LAYER_TOPS
from airshed.places.grid import Grid

CRS = "+proj=lcc +lat_0=38 +lon_0=116 +lat_1=36 +lat_2=40 +datum=WGS84 +units=m +no_defs"


def grid_of(nx: int = 24, ny: int = 20, cell: float = 20_000.0) -> Grid:
    return Grid(CRS, -cell * nx / 2, -cell * ny / 2, cell, nx, ny)


def weather_of(grid, u, v, kz, hours=6, tops=LAYER_TOPS, air=None, **fields) -> xr.Dataset:
    """A Weather from arrays that are broadcast to their dims; air [kg m-2] (layer) by 1.2 kg m-3 unless given."""
    interface = np.array([0.0, *tops])
    layers, (ny, nx) = len(tops), grid.shape
    if air is None:
        air = 1.2 * np.diff(interface)[:, None, None] * np.ones((layers, ny, nx))
    flat, full = (hours, ny, nx), (hours, layers, ny, nx)
    time = np.datetime64("2026-01-05T00", "ns") + np.arange(hours + 1) * np.timedelta64(1, "h")
    mixing = np.broadcast_to(kz, (hours, layers + 1, ny, nx)).copy()
    mixing[:, 0] = mixing[:, -1] = 0
    values = {
        "air_mass": (
            ("edge", "layer", "y", "x"),
            np.broadcast_to(air, (hours + 1, layers, ny, nx)),
            "kg m-2",
        ),
        "u": (("time", "layer", "y", "x_face"), np.broadcast_to(u, (hours, layers, ny, nx + 1)), "m s-1"),
        "v": (("time", "layer", "y_face", "x"), np.broadcast_to(v, (hours, layers, ny + 1, nx)), "m s-1"),
        "kz": (("time", "interface", "y", "x"), mixing, "m2 s-1"),
        "mixing_height": (("time", "y", "x"), np.full(flat, 600.0), "m"),
        "temperature": (("time", "layer", "y", "x"), np.full(full, 275.0), "K"),
        "relative_humidity": (("time", "layer", "y", "x"), np.full(full, 0.5), "1"),
        "precipitation": (("time", "y", "x"), np.full(flat, fields.get("rain", 0.0)), "kg m-2"),
        "cloud": (("time", "y", "x"), np.full(flat, fields.get("cloud", 0.3)), "1"),
        "radiation": (("time", "y", "x"), np.full(flat, 150.0), "W m-2"),
        "friction_velocity": (("time", "y", "x"), np.full(flat, 0.3), "m s-1"),
        "terrain": (("y", "x"), np.zeros((ny, nx)), "m"),
    }
    data = {name: (dims, field, {"units": unit}) for name, (dims, field, unit) in values.items()}
    coords = {"time": time[:-1], "edge": time, "interface": interface}
    return xr.Dataset(data, coords, {**grid.attrs(), "source": "test", "made": 1})


def overturning(
    grid: Grid, hours: int = 6, speed: float = 6.0, seed: int = 1, closed: bool = True
) -> xr.Dataset:
    """Air that turns round and over in a box, another way each hour; the faces' mass fluxes sum to zero in a column."""
    rng = np.random.default_rng(seed)
    layers, (ny, nx) = len(LAYER_TOPS), grid.shape
    x, y = np.linspace(0, np.pi, nx + 1), np.linspace(0, np.pi, ny + 1)
    air = 1.2 * np.diff([0.0, *LAYER_TOPS])[:, None, None] * (1 + 0.1 * rng.random((ny, nx)))
    u, v = np.zeros((hours, layers, ny, nx + 1)), np.zeros((hours, layers, ny + 1, nx))
    over = np.cos(np.linspace(0, np.pi, layers))[:, None, None] * np.sin(x) * np.sin(y[1:, None]) ** 2
    for hour in range(hours):
        turn, tip = rng.uniform(-1, 1, 2)
        stream = np.sin(x)[None] ** 2 * np.sin(y)[:, None] ** 2 * speed * turn * ny / np.pi
        weight = air.mean(axis=(1, 2))[:, None, None] * grid.cell
        u[hour] = (np.diff(stream, axis=0) * weight + tip * speed * 10 * grid.cell * over) / _face(
            air, grid, 2
        )
        v[hour] = -np.diff(stream, axis=1) * weight / _face(air, grid, 1)
    kz = 20.0 * rng.random((hours, layers + 1, ny, nx))
    return weather_of(grid, u if closed else u + 4.0, v, kz, hours, air=air)


def _face(air, grid: Grid, axis: int):
    """Air a metre of face times the face's length on the ground [kg m-1], as ``hour_fluxes`` has it."""
    field = air * grid.cell / grid.scale
    ends = [(0, 0)] * 3
    ends[axis] = (1, 1)
    padded = np.pad(field, ends, mode="edge")
    low, high = [slice(None)] * 3, [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    return 0.5 * (padded[tuple(low)] + padded[tuple(high)])


def no_rates(grid: Grid, layers: int = len(LAYER_TOPS), **given) -> Rates:
    """Nothing converts, settles or is washed out, but what is given."""
    n, shape = len(CLASSES), grid.shape
    values = {
        "conversion": np.zeros((n, layers, *shape)),
        "child": np.full(n, -1),
        "mass_yield": np.zeros(n),
        "deposition": np.zeros((n, *shape)),
        "scavenging": np.zeros((n, layers, *shape)),
        "nitrate_particle": np.full(shape, 0.5),
        "ammonia_limitation": np.ones(shape),
    }
    return Rates(**(values | given))


def one_cell(grid: Grid, row: int, column: int, kilograms: float = 1000.0, layer: int = 0, layers: int = 8):
    """All classes from one cell, the same each hour."""
    field = np.zeros((len(CLASSES), layers, *grid.shape))
    field[:, layer, row, column] = kilograms
    return lambda hour: field


def grid_for_stations() -> Grid:
    """Round 116 E, 38 N, where the tests' stations stand."""
    return grid_of(16, 12, 20_000.0)
