"""Particles of air in three dimensions: carried by the balanced fluxes, stirred by the Kz, thinned by loss.

Within a cell the horizontal flux is the divergence-keeping quadratic through the fluxes and slopes at its faces
(Balsara 2001, doi:10.1006/jcph.2001.6917, section 3), the vertical one is linear: the flow has at every point the
divergence that the change of air asks for, and particles spread like air stay spread like air. Turbulence is a jump
between layers with the rates of the column operator (its generator), in which up and down balance exactly: a
well-mixed column stays well mixed (Thomson 1987, doi:10.1017/S0022112087001940). Why so: ``docs/notes/particles.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numba import njit, prange
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.fluxes import hour_fluxes
from airshed.places.grid import Grid

__all__ = [
    "BORDERS",
    "STEP",
    "AirHour",
    "Cloud",
    "HourLoss",
    "LossOf",
    "air_hour",
    "march",
    "scatter",
]

Floats = NDArray[np.float64]
BORDERS: Final = ("inside", "west", "east", "south", "north", "top")
"""Where a particle left: the number is the index in this tuple."""

STEP: Final = 120.0
"""[s] Step of advection and mixing in turn; at a wind that differs by 1.5 m/s between layers it spreads particles by
less than 5 km in a day beyond what the mixing itself does."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195 (SplitMix64)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_NEARLY_EQUAL = 1e-7  # [1]: two loss rates times the wait this near are taken as one
_SHORT = 1e-4  # [1]: a loss rate times the wait below which the series to second order is exact to 1e-9


@dataclass(frozen=True)
class AirHour:
    """One hour of air as the kernels want it.

    ``x`` (layer, y, x_face), ``y`` (layer, y_face, x), ``z`` (interface, y, x) [kg h-1]; ``slope_x`` the change of x
    from row to row, ``slope_y`` of y from column to column; ``before``, ``after`` (layer, y, x) [kg]; ``kz``
    (interface, y, x) [m2 s-1]; ``heights`` of the interfaces (interface,) [m].
    """

    x: Floats
    slope_x: Floats
    y: Floats
    slope_y: Floats
    z: Floats
    before: Floats
    after: Floats
    kz: Floats
    heights: Floats

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """All of them, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class HourLoss:
    """First-order loss in one hour of two kinds of weight that a particle carries.

    Parameters:
        first, second: what either loses, conversion included [h-1], (layer, y, x).
        transfer: what the second gains of the first [h-1], (layer, y, x). Forward the first is the parent (SO2), the
            second its child (sulfate); backward the first is what is breathed, the second its parent. Either way the
            transfer is conversion times mass yield.
    """

    first: Floats
    second: Floats
    transfer: Floats


LossOf = Callable[[int], HourLoss]
"""The loss of an hour, by the number of the hour in the weather."""


@dataclass
class Cloud:
    """Particles, changed in place by ``march``.

    ``x`` and ``y`` [cells from the grid's west and south edge], ``z`` [m above ground], ``clock`` [h within the
    present hour], ``weight`` (kind, particle), ``border`` (index into BORDERS), ``age`` [h], ``state`` of each
    particle's own stream of random numbers; all (particle,). Particles of one batch lie together.
    """

    x: Floats
    y: Floats
    z: Floats
    clock: Floats
    weight: Floats
    border: NDArray[np.int8]
    age: Floats
    state: NDArray[np.uint64]

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All of them, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def scatter(x: Floats, y: Floats, z: Floats, clock: Floats, generator: np.random.Generator) -> Cloud:
    """Particles of weight one (of the first kind), each with a stream of random numbers of its own."""
    count = x.size
    weight = np.stack([np.ones(count), np.zeros(count)])
    state = generator.integers(0, 2**64, count, dtype=np.uint64)
    border = np.zeros(count, np.int8)
    x, y, z, clock = (np.array(a, dtype=np.float64) for a in (x, y, z, clock))
    return Cloud(x, y, z, clock, weight, border, np.zeros(count), state)


def air_hour(weather: xr.Dataset, hour: int) -> AirHour:
    """Fluxes, air and mixing of one hour of weather (checked by ``check_weather`` where it entered)."""
    grid = Grid.of(weather)
    mass = [np.asarray(weather["air_mass"].isel(edge=hour + n).values, np.float64) for n in (0, 1)]
    u, v, kz = (np.asarray(weather[n].isel(time=hour).values, np.float64) for n in ("u", "v", "kz"))
    flux = hour_fluxes(u, v, mass[0], mass[1], grid.area, grid.scale, grid.cell)
    heights = np.asarray(weather["interface"].values, np.float64)
    slopes = _slopes(flux.x, 1), _slopes(flux.y, 2)
    return AirHour(flux.x, slopes[0], flux.y, slopes[1], flux.z, flux.before, flux.after, kz, heights)


def _slopes(flux: Floats, axis: int) -> Floats:
    """Half the difference of the two neighbours along an axis; 0 at the rim."""
    slopes = np.zeros_like(flux)
    inner = [slice(None)] * 3
    inner[axis] = slice(1, -1)
    slopes[tuple(inner)] = 0.5 * (
        flux.take(range(2, flux.shape[axis]), axis) - flux.take(range(flux.shape[axis] - 2), axis)
    )
    return slopes


def march(
    air: AirHour,
    cloud: Cloud,
    *,
    backward: bool,
    batches: int = 16,
    loss: HourLoss | None = None,
    mixing: bool = True,
    step: float = STEP,
) -> Floats:
    """Carry particles from their clocks to the end of the hour, backward to its start.

    Parameters:
        air: of the hour.
        cloud: particles, changed in place; each batch is a run of equal length.
        backward: against time.
        batches: the particles' number is a multiple of it.
        loss: None: nothing is lost.
        mixing: False follows the mean wind alone.
        step: largest step [s].

    Returns:
        Residence [h]: weight times time in each cell, summed over a batch's particles, (batch, kind, layer, y, x).
        The same for any number of threads.

    Raises:
        BadInput: batches do not divide the particles; a step that is not positive.
    """
    if batches < 1 or cloud.x.size % batches or not step > 0:
        came = f"{cloud.x.size} particles, {batches} batches, step {step:g} s"
        raise BadInput(
            "particles in equal batches and a positive step", came, "take a multiple of the batches"
        )
    residence = np.zeros((batches, 2, *air.before.shape))
    none = np.zeros((1, 1, 1))
    rates = (none, none, none) if loss is None else (loss.first, loss.second, loss.transfer)
    sign = -1.0 if backward else 1.0
    _hour(air.arrays, rates, loss is not None, cloud.arrays, residence, sign, step / 3600.0, mixing)
    return residence


@njit(cache=True, nogil=True, inline="always")
def _uniform(state: Any, p: int) -> float:
    # the next number of particle p's SplitMix64 stream, in (0, 1)
    state[p] += _GOLDEN
    bits = state[p]
    bits = (bits ^ (bits >> _S30)) * _MIX_1
    bits = (bits ^ (bits >> _S27)) * _MIX_2
    bits ^= bits >> _S31
    return (np.float64(bits >> _S11) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _layer(heights: Any, z: float) -> int:
    k = 0
    while k < heights.size - 2 and z >= heights[k + 1]:
        k += 1
    return k


@njit(cache=True, nogil=True, error_model="numpy")
def _velocity(air: Any, x: float, y: float, z: float, clock: float) -> tuple[float, float, float]:
    # x, y [cells], z [m], clock [h] -> [cells h-1, cells h-1, m h-1]; beyond the rim the outermost cell goes on
    fx, sx, fy, sy, fz, before, after, _, heights = air
    k = _layer(heights, z)
    i = min(max(int(x), 0), before.shape[2] - 1)
    j = min(max(int(y), 0), before.shape[1] - 1)
    a, b = x - i - 0.5, y - j - 0.5
    west, east, south, north = fx[k, j, i], fx[k, j, i + 1], fy[k, j, i], fy[k, j + 1, i]
    turn_x, turn_y = sx[k, j, i + 1] - sx[k, j, i], sy[k, j + 1, i] - sy[k, j, i]
    u = 0.5 * (west + east) + (east - west) * a + 0.5 * (sx[k, j, i + 1] + sx[k, j, i]) * b
    u += turn_x * a * b - 0.5 * turn_y * (a * a - 0.25)
    v = 0.5 * (south + north) + (north - south) * b + 0.5 * (sy[k, j + 1, i] + sy[k, j, i]) * a
    v += turn_y * a * b - 0.5 * turn_x * (b * b - 0.25)
    thickness = heights[k + 1] - heights[k]
    w = fz[k, j, i] + (fz[k + 1, j, i] - fz[k, j, i]) * (z - heights[k]) / thickness
    mass = before[k, j, i] + (after[k, j, i] - before[k, j, i]) * clock
    return u / mass, v / mass, w * thickness / mass


@njit(cache=True, nogil=True, error_model="numpy")
def _displacement(
    air: Any, x: float, y: float, z: float, clock: float, h: float
) -> tuple[float, float, float]:
    # classical Runge-Kutta over h [h], below zero backward; z beyond ground and top is where their layer goes on
    u1, v1, w1 = _velocity(air, x, y, z, clock)
    u2, v2, w2 = _velocity(air, x + 0.5 * h * u1, y + 0.5 * h * v1, z + 0.5 * h * w1, clock + 0.5 * h)
    u3, v3, w3 = _velocity(air, x + 0.5 * h * u2, y + 0.5 * h * v2, z + 0.5 * h * w2, clock + 0.5 * h)
    u4, v4, w4 = _velocity(air, x + h * u3, y + h * v3, z + h * w3, clock + h)
    sixth = h / 6
    return (
        sixth * (u1 + 2 * (u2 + u3) + u4),
        sixth * (v1 + 2 * (v2 + v3) + v4),
        sixth * (w1 + 2 * (w2 + w3) + w4),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _stay(
    weight: Any, p: int, rates: Any, lossy: bool, k: int, j: int, i: int, wait: float, residence: Any
) -> None:
    # weights (kind, particle) after a wait [h] in a cell; their time integral goes into residence (kind, layer, y, x)
    first, second = weight[0, p], weight[1, p]
    if not lossy:
        residence[0, k, j, i] += first * wait
        if second != 0.0:
            residence[1, k, j, i] += second * wait
        return
    a, b, gain = rates[0][k, j, i], rates[1][k, j, i], rates[2][k, j, i]
    fall, other = np.exp(-a * wait), np.exp(-b * wait)
    fed = wait * fall if abs(b - a) * wait < _NEARLY_EQUAL else (fall - other) / (b - a)
    weight[0, p] = first * fall
    weight[1, p] = second * other + gain * first * fed
    mean = wait if a * wait < _NEARLY_EQUAL else -np.expm1(-a * wait) / a
    residence[0, k, j, i] += first * mean
    if b * wait >= _NEARLY_EQUAL:
        residence[1, k, j, i] += (second - weight[1, p] + gain * first * mean) / b
        return
    short = a * wait < _SHORT  # the second is hardly lost: what it holds, and what it is fed, as time passes
    fed = 0.5 * wait * wait * (1 - a * wait / 3) if short else (wait - mean) / a
    residence[1, k, j, i] += second * wait + gain * first * fed


@njit(cache=True, nogil=True, error_model="numpy")
def _jump_rates(air: Any, k: int, j: int, i: int, clock: float) -> tuple[float, float]:
    # chances of a jump down and up [h-1]: kz times density at the interface over the distance of mid-points and the
    # air of the layer left, so that air times chance is the same both ways
    before, after, kz, heights = air[5], air[6], air[7], air[8]
    here = before[k, j, i] + (after[k, j, i] - before[k, j, i]) * clock
    down, up = 0.0, 0.0
    if k > 0:
        reach = heights[k + 1] - heights[k - 1]
        there = before[k - 1, j, i] + (after[k - 1, j, i] - before[k - 1, j, i]) * clock
        down = kz[k, j, i] * 3600.0 * (here + there) / (0.5 * reach * reach * here)
    if k < before.shape[0] - 1:
        reach = heights[k + 2] - heights[k]
        there = before[k + 1, j, i] + (after[k + 1, j, i] - before[k + 1, j, i]) * clock
        up = kz[k + 1, j, i] * 3600.0 * (here + there) / (0.5 * reach * reach * here)
    return down, up


@njit(cache=True, nogil=True, error_model="numpy")
def _stir(
    air: Any,
    rates: Any,
    lossy: bool,
    cloud: Any,
    p: int,
    clock: float,
    span: float,
    mixing: bool,
    residence: Any,
) -> None:
    # jumps between layers for a span [h], each after its exponential wait; whoever jumped stands anywhere in the layer
    heights, z = air[8], cloud[2]
    k, i, j = _layer(heights, z[p]), int(cloud[0][p]), int(cloud[1][p])
    i, j = min(max(i, 0), air[5].shape[2] - 1), min(max(j, 0), air[5].shape[1] - 1)
    left, jumped = span, False
    while left > 0.0:
        down, up = _jump_rates(air, k, j, i, clock) if mixing else (0.0, 0.0)
        wait = -np.log(_uniform(cloud[7], p)) / (down + up) if down + up > 0.0 else left
        _stay(cloud[4], p, rates, lossy, k, j, i, min(wait, left), residence)
        left -= wait
        if left > 0.0:
            k += -1 if _uniform(cloud[7], p) * (down + up) < down else 1
            jumped = True
    if jumped:
        z[p] = heights[k] + _uniform(cloud[7], p) * (heights[k + 1] - heights[k])


@njit(cache=True, nogil=True, error_model="numpy")
def _exit(
    x: float, y: float, z: float, dx: float, dy: float, dz: float, nx: float, ny: float, top: float
) -> tuple[int, float]:
    # the border that a straight way crosses first (index into BORDERS) and at what share of it; (0, 1) if none
    border, part = 0, 1.0
    for side, start, way, limit in ((1, x, dx, nx), (3, y, dy, ny), (4, z, dz, top)):
        if start + way < 0 and side < 4 and -start / way <= part:
            border, part = side, -start / way
        if start + way > limit and (limit - start) / way <= part:
            border, part = side + 1, (limit - start) / way
    return border, part


@njit(cache=True, nogil=True, error_model="numpy")
def _travel(
    air: Any,
    rates: Any,
    lossy: bool,
    cloud: Any,
    p: int,
    sign: float,
    step: float,
    mixing: bool,
    residence: Any,
) -> None:
    # one particle from its clock to the end of the hour (sign 1) or to its start (sign -1); step [h]
    x, y, z, clock, border, age = cloud[0], cloud[1], cloud[2], cloud[3], cloud[5], cloud[6]
    layers, ny, nx = air[5].shape
    end = 0.5 + 0.5 * sign
    count = int(np.ceil(abs(end - clock[p]) / step - 1e-9))
    h = (end - clock[p]) / max(count, 1)
    for _ in range(count):
        dx, dy, dz = _displacement(air, x[p], y[p], z[p], clock[p], h)
        out, part = _exit(x[p], y[p], z[p], dx, dy, dz, float(nx), float(ny), air[8][layers])
        x[p], y[p], z[p] = x[p] + part * dx, y[p] + part * dy, abs(z[p] + part * dz)
        _stir(air, rates, lossy, cloud, p, clock[p] + 0.5 * h, part * abs(h), mixing and out == 0, residence)
        age[p] += part * abs(h)
        clock[p] += part * h
        if out != 0:
            border[p] = out
            return


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _hour(
    air: Any, rates: Any, lossy: bool, cloud: Any, residence: Any, sign: float, step: float, mixing: bool
) -> None:
    # cloud: arrays (particle,) in place; residence (batch, kind, layer, y, x) [h]
    batches = residence.shape[0]
    length = cloud[0].size // batches
    for batch in prange(batches):
        for p in range(batch * length, (batch + 1) * length):
            if cloud[5][p] == 0:
                _travel(air, rates, lossy, cloud, p, sign, step, mixing, residence[batch])
