"""Paths of air in hourly winds on a regular longitude-latitude grid, or in our weather, forward and backward in time.

The classical Runge-Kutta method of fourth order; winds linear in time and bilinear in space. Three things make it
fast, none changes the result: winds are brought to each half step's instant once for all particles, they are
counted in cells a step, and the secant of latitude is a cubic for each row (relative error below 1e-9 at 0.25 deg).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyproj
import xarray as xr
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray

from airshed.errors import BadInput
from airshed.places.grid import GEOGRAPHIC, Grid
from airshed.transport.particles import BORDERS, STEP, Cloud, air_hour, march, scatter

__all__ = ["EARTH_RADIUS", "SIDES", "Path", "Winds", "advect", "follow"]

EARTH_RADIUS: Final = 6_371_000.0  # [m], mean radius, IUGG
SIDES: Final = ("inside", "west", "east", "south", "north")
"""Where a particle is at the end: the number is the index in this tuple."""

Floats = NDArray[np.float64]
_MAX_LATITUDE = 85.0  # [deg]; nearer the pole one degree of longitude is too short for a cell
_BLOCK = 4  # steps whose winds are held at once: nine fields of 89 x 69 stay in a core's second-level cache
_MIN_NODES = 2


@dataclass(frozen=True)
class Winds:
    """Winds at the nodes of a regular grid, at equal steps of time.

    Parameters:
        lon, lat: of the nodes [deg], evenly spaced, rising or falling; (x,) and (y,).
        u, v: to the east and to the north [m s-1], (time, y, x), float32 or float64.
        step: between two instants [s].

    Raises:
        BadInput: shapes do not fit, spacing is uneven, a value is not finite, latitude beyond 85 deg.
    """

    lon: Floats
    lat: Floats
    u: NDArray[Any]
    v: NDArray[Any]
    step: float = 3600.0

    def __post_init__(self) -> None:
        wanted = (len(self.lat), len(self.lon))
        if self.u.shape != self.v.shape or self.u.ndim != 3 or self.u.shape[1:] != wanted:
            came = f"u {self.u.shape}, v {self.v.shape}"
            raise BadInput(f"u and v with dims (time, {wanted[0]}, {wanted[1]})", came, "transpose the winds")
        if min(wanted) < _MIN_NODES or len(self.u) < _MIN_NODES or self.step <= 0:
            raise BadInput("two nodes each way, two instants, a positive step", f"{self.u.shape}", "widen it")
        for name, axis in (("lon", self.lon), ("lat", self.lat)):
            spacing = np.diff(axis)
            if not np.allclose(spacing, spacing[0], rtol=5e-4, atol=1e-6) or spacing[0] == 0:
                raise BadInput(f"evenly spaced {name} [deg]", f"steps {spacing.min()} to {spacing.max()}")
        if np.abs(self.lat).max() > _MAX_LATITUDE:
            raise BadInput("latitudes within 85 deg", f"{np.abs(self.lat).max():.2f}", "crop the grid")
        for name, wind in (("u", self.u), ("v", self.v)):
            if not np.isfinite(wind).all():
                at = tuple(int(i) for i in np.argwhere(~np.isfinite(wind))[0])
                raise BadInput(f"finite {name} [m s-1]", f"{wind[at]} at (time, y, x) {at}", "crop the edges")


@dataclass(frozen=True)
class Path:
    """Where particles came to: lon, lat [deg]; side (index into SIDES); left_at [s after the start; nan inside]."""

    lon: Floats
    lat: Floats
    side: NDArray[np.int8]
    left_at: Floats


def advect(
    winds: Winds,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    start: float,
    duration: float,
    dt: float = 900.0,
    radius: float = EARTH_RADIUS,
) -> Path:
    """Carry particles with the wind.

    Parameters:
        winds: hourly winds.
        lon, lat: where the particles start [deg], (particle,).
        start: when [s after the first instant of the winds].
        duration: how long [s]; below zero the particles go backward in time.
        dt: largest step [s]; all steps are equally long.
        radius: of the Earth [m].

    Returns:
        Where they end; one that left stands at the point of the rim that it crossed (linear within the step).

    Raises:
        BadInput: the winds do not cover the time, or a particle starts outside the grid.

    Source: classical Runge-Kutta, e.g. Hairer, Norsett & Wanner (1993), Solving ODEs I, table 1.2, "the" method.
    Validity: measured order 4 in solid-body rotation; at kinks of bilinear winds the local order is 2.
    """
    last = (len(winds.u) - 1) * winds.step
    if not (0 <= start <= last and 0 <= start + duration <= last and dt > 0 and duration != 0):
        came = f"from {start:g} s for {duration:g} s in steps of {dt:g} s"
        raise BadInput(
            f"a time within the winds, 0 to {last:g} s, and a positive step", came, "read more hours"
        )
    x, y = _to_cells(winds.lon, lon), _to_cells(winds.lat, lat)
    outside = ~((x >= 0) & (x <= len(winds.lon) - 1) & (y >= 0) & (y <= len(winds.lat) - 1))
    if outside.any():
        raise BadInput("particles that start on the grid", f"{int(outside.sum())} outside", "widen the grid")
    steps = int(np.ceil(abs(duration) / dt - 1e-9))
    h = duration / steps
    side, left_at = np.zeros(x.size, np.int8), np.full(x.size, np.nan)
    secants = _secants(winds.lat)
    for first in range(0, steps, _BLOCK):
        count = min(_BLOCK, steps - first)
        fields = _fields_at(winds, start + first * h, h, count, radius)
        _block(fields, secants, x, y, side, left_at, first * h, h)
    sides = np.asarray(_named(winds), np.int8)[side]
    return Path(_to_degrees(winds.lon, x), _to_degrees(winds.lat, y), sides, left_at)


def follow(
    weather: xr.Dataset,
    lon: ArrayLike,
    lat: ArrayLike,
    height: ArrayLike,
    *,
    hour: int,
    hours: int,
    backward: bool = False,
    step: float = STEP,
) -> xr.Dataset:
    """Paths in the mean wind of the weather, without turbulence: Runge-Kutta 4 in three dimensions.

    Winds are the hour means that the balance of air holds for, so they are constant within the hour; the air in a
    cell is linear in time.

    Parameters:
        weather: checked weather.
        lon, lat: starts [deg], (particle,).
        height: of the starts [m above ground], (particle,).
        hour: number of the first hour; backward the paths start at its end.
        hours: how many.
        backward: against time.
        step: largest step [s].

    Returns:
        Dataset with ``lon``, ``lat`` [deg], ``height`` [m] (instant, particle), and ``border`` (particle; index into
        BORDERS) and ``age`` [h] (particle; when it left, else the whole span).

    Raises:
        BadInput: hours without weather, or a start outside.
    """
    grid, last = Grid.of(weather), weather.sizes["time"]
    numbers = [hour - n if backward else hour + n for n in range(hours)]
    if hours < 1 or min(numbers) < 0 or max(numbers) >= last:
        raise BadInput(
            f"hours of the weather, 0 to {last - 1}", f"{numbers[:1]} and {hours} hours", "read more"
        )
    row, column = (np.atleast_1d(p) for p in grid.position(lon, lat))
    top = float(weather["interface"].values[-1])
    z = np.broadcast_to(np.asarray(height, np.float64), row.shape)
    inside = (np.abs(row + 0.5 - grid.ny / 2) <= grid.ny / 2) & (
        np.abs(column + 0.5 - grid.nx / 2) <= grid.nx / 2
    )
    if not (inside & (z >= 0) & (z <= top)).all():
        raise BadInput(f"starts on the grid, 0 to {top:g} m high", "one outside", "leave it out")
    cloud = scatter(column + 0.5, row + 0.5, z, np.zeros(row.size), np.random.default_rng(0))
    back = pyproj.Transformer.from_crs(grid.crs, GEOGRAPHIC, always_xy=True)
    places = [_place(grid, back, cloud)]
    for number in numbers:
        cloud.clock[:] = 1.0 if backward else 0.0
        march(air_hour(weather, number), cloud, backward=backward, batches=1, mixing=False, step=step)
        places.append(_place(grid, back, cloud))
    paths = np.stack(places)
    data: dict[str, Any] = {
        name: (("instant", "particle"), paths[:, n], {"units": unit})
        for n, (name, unit) in enumerate((("lon", "degrees_east"), ("lat", "degrees_north"), ("height", "m")))
    }
    data["border"] = ("particle", cloud.border, {"long_name": "index into " + " ".join(BORDERS)})
    data["age"] = ("particle", cloud.age, {"units": "h"})
    return xr.Dataset(data)


def _place(grid: Grid, back: pyproj.Transformer, cloud: Cloud) -> Floats:
    lon, lat = back.transform(grid.x0 + cloud.x * grid.cell, grid.y0 + cloud.y * grid.cell)
    return np.stack([lon, lat, cloud.z])


def _named(winds: Winds) -> tuple[int, ...]:
    """Index in SIDES of what the kernel calls inside, low x, high x, low y, high y."""
    x = (1, 2) if winds.lon[1] > winds.lon[0] else (2, 1)
    y = (3, 4) if winds.lat[1] > winds.lat[0] else (4, 3)
    return (0, *x, *y)


def _to_cells(axis: Floats, degrees: ArrayLike) -> Floats:
    spacing = (axis[-1] - axis[0]) / (len(axis) - 1)
    return np.ascontiguousarray((np.atleast_1d(np.asarray(degrees, np.float64)) - axis[0]) / spacing)


def _to_degrees(axis: Floats, cells: Floats) -> Floats:
    return np.asarray(axis[0] + cells * ((axis[-1] - axis[0]) / (len(axis) - 1)), np.float64)


def _secants(lat: Floats) -> Floats:
    """Taylor coefficients (row, 4) of 1 / cos(latitude) about the middle of each row of cells, in rows."""
    width = np.deg2rad((lat[-1] - lat[0]) / (len(lat) - 1))
    middle = np.deg2rad(lat[0]) + width * (np.arange(len(lat) - 1) + 0.5)
    sec, tan = 1 / np.cos(middle), np.tan(middle)
    slope, bend, third = sec * tan, sec * (2 * tan**2 + 1), sec * tan * (6 * sec**2 - 1)
    return np.stack([sec, slope * width, bend * width**2 / 2, third * width**3 / 6], axis=1)


def _fields_at(winds: Winds, start: float, h: float, steps: int, radius: float) -> NDArray[Any]:
    """Winds at every half step from start, in cells a step (x not yet divided by cos): (2 steps + 1, y, x, 2)."""
    out = np.empty((2 * steps + 1, *winds.u.shape[1:], 2), winds.u.dtype)
    metres = radius * np.deg2rad(1.0)  # [m] in a degree of latitude
    per_x = h / (metres * (winds.lon[-1] - winds.lon[0]) / (len(winds.lon) - 1))
    per_y = h / (metres * (winds.lat[-1] - winds.lat[0]) / (len(winds.lat) - 1))
    for slot in range(len(out)):
        at = (start + 0.5 * h * slot) / winds.step
        hour = min(max(int(at), 0), len(winds.u) - 2)
        _at_instant(winds.u[hour : hour + 2], winds.v[hour : hour + 2], at - hour, per_x, per_y, out[slot])
    return out


@njit(cache=True, nogil=True)
def _at_instant(u: Any, v: Any, share: float, per_x: float, per_y: float, out: Any) -> None:
    # u, v (2, y, x) [m s-1]; share of the later instant; out (y, x, 2) [cells a step]
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[j, i, 0] = ((1 - share) * u[0, j, i] + share * u[1, j, i]) * per_x
            out[j, i, 1] = ((1 - share) * v[0, j, i] + share * v[1, j, i]) * per_y


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _wind(field: Any, secants: Any, x: float, y: float) -> tuple[float, float]:
    # field (y, x, 2) [cells a step], secants (y - 1, 4); beyond the rim the outermost cell is continued
    i = min(max(int(x), 0), field.shape[1] - 2)
    j = min(max(int(y), 0), field.shape[0] - 2)
    right, up = x - i, y - j
    u0 = field[j, i, 0] + right * (field[j, i + 1, 0] - field[j, i, 0])
    v0 = field[j, i, 1] + right * (field[j, i + 1, 1] - field[j, i, 1])
    u1 = field[j + 1, i, 0] + right * (field[j + 1, i + 1, 0] - field[j + 1, i, 0])
    v1 = field[j + 1, i, 1] + right * (field[j + 1, i + 1, 1] - field[j + 1, i, 1])
    d = up - 0.5
    secant = secants[j, 0] + d * (secants[j, 1] + d * (secants[j, 2] + d * secants[j, 3]))
    return (u0 + up * (u1 - u0)) * secant, v0 + up * (v1 - v0)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _block(
    fields: Any, secants: Any, x: Any, y: Any, side: Any, left_at: Any, elapsed: float, h: float
) -> None:
    # fields (2 steps + 1, y, x, 2); x, y [cells], side, left_at [s] (particle,) are changed in place
    high_x, high_y = fields.shape[2] - 1.0, fields.shape[1] - 1.0
    for p in prange(x.size):
        if side[p] != 0:
            continue
        a, b = x[p], y[p]
        for step in range(fields.shape[0] // 2):
            start, half, end = fields[2 * step], fields[2 * step + 1], fields[2 * step + 2]
            u1, v1 = _wind(start, secants, a, b)
            u2, v2 = _wind(half, secants, a + 0.5 * u1, b + 0.5 * v1)
            u3, v3 = _wind(half, secants, a + 0.5 * u2, b + 0.5 * v2)
            u4, v4 = _wind(end, secants, a + u3, b + v3)
            du, dv = (u1 + 2 * (u2 + u3) + u4) / 6, (v1 + 2 * (v2 + v3) + v4) / 6
            if 0 <= a + du <= high_x and 0 <= b + dv <= high_y:
                a, b = a + du, b + dv
                continue
            side[p], part = _crossed(a, b, du, dv, high_x, high_y)
            a, b = a + part * du, b + part * dv
            left_at[p] = abs(elapsed + (step + part) * h)
            break
        x[p], y[p] = a, b


@njit(cache=True, nogil=True, error_model="numpy")
def _crossed(a: float, b: float, du: float, dv: float, high_x: float, high_y: float) -> tuple[int, float]:
    # which rim a straight step crosses first (1 low x, 2 high x, 3 low y, 4 high y) and at what share of the step
    side, part = 0, 2.0
    if a + du < 0:
        side, part = 1, -a / du
    elif a + du > high_x:
        side, part = 2, (high_x - a) / du
    if b + dv < 0 and -b / dv < part:
        side, part = 3, -b / dv
    elif b + dv > high_y and (high_y - b) / dv < part:
        side, part = 4, (high_y - b) / dv
    return side, part
