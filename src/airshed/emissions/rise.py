"""Plume rise, and into which layers a release goes in an hour.

Briggs' formulas as the ISC3 model uses them (EPA-454/B-95-003b, section 1.1.4; Briggs 1969, TID-25075; 1975,
Lectures on Air Pollution and Environmental Impact Analyses, pp. 59-111). With gravity g, gas velocity w, diameter d,
gas and air temperature Ts, Ta, wind u and stability s = g/Ta dtheta/dz:

    F  = g w d^2 (Ts - Ta) / (4 Ts)                 buoyancy flux [m4 s-3]
    Fm = w^2 d^2 Ta / (4 Ts)                        momentum flux [m4 s-2]
    neutral, unstable   1.6 F^(1/3) x^(2/3) / u,  x = 3.5 * 14 F^(5/8) [m] below F = 55, else 3.5 * 34 F^(2/5)
                        momentum 3 w d / u
    stable              2.6 (F / (u s))^(1/3), in calm air at most 4 F^(1/4) s^(-3/8)
                        momentum 1.5 (Fm / (u s^(1/2)))^(1/3)

The greater of buoyancy and momentum counts; a stable rise is never more than the neutral one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numba
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from airshed.emissions.profiles import RELEASES, Stack, profiles_of_the_house
from airshed.errors import BadInput

__all__ = ["layer_shares", "plume_rise"]

Floats = NDArray[np.float64]
GRAVITY = 9.80665  # [m s-2] standard gravity
DRY_LAPSE = 0.00976  # [K m-1] gravity over the heat of dry air, 1004.7 J kg-1 K-1
CALM = 1.0  # [m s-1] the least wind the formulas are given, as in ISC3
CROSSOVER = 55.0  # [m4 s-3] of buoyancy at which the distance of final rise changes its law, Briggs 1971
NEUTRAL_DISTANCE = (
    14.0,
    5.0 / 8.0,
    34.0,
    2.0 / 5.0,
)  # x* [m] = 14 F^(5/8) below the crossover, 34 F^(2/5) above
FINAL = 3.5  # [1] distances x* to the final rise, Briggs 1971
LEAST_DEPTH = 10.0  # [m] a plume is at least so deep; own choice


def plume_rise(
    diameter: ArrayLike,
    gas_temperature: ArrayLike,
    gas_velocity: ArrayLike,
    wind_speed: ArrayLike,
    temperature: ArrayLike,
    lapse: ArrayLike,
) -> Floats:
    """Final rise of a plume above the top of its stack [m]; arguments are broadcast.

    Parameters:
        diameter: of the stack, inside, at the top [m].
        gas_temperature [K], gas_velocity [m s-1]: of the gas as it leaves.
        wind_speed: at the top of the stack [m s-1]; at least 1 m/s is taken.
        temperature: of the air there [K].
        lapse: of potential temperature with height [K m-1]: above 0 stable, else neutral or unstable.

    Valid for a single plume over level ground, without downwash at the stack's tip.
    """
    arguments = (diameter, gas_temperature, gas_velocity, wind_speed, temperature, lapse)
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in arguments))
    flat = np.empty(arrays[0].size)
    _rises(*(np.ascontiguousarray(a).ravel() for a in arrays), flat)
    return flat.reshape(arrays[0].shape)


def layer_shares(
    interfaces: ArrayLike,
    mixing_height: NDArray[np.floating],
    temperature: NDArray[np.floating],
    wind_speed: NDArray[np.floating],
    stacks: Mapping[str, Stack] | None = None,
) -> xr.DataArray:
    """Shares of each release class that go into each layer in one hour, dims (release, layer, y, x); they sum to 1.

    A plume fills half to one and a half times its rise above the stack (Briggs 1975), evenly. So, where it reaches
    the mixing height, Briggs' share of it penetrates; and that share stays above: it goes to layers that lie above
    the mixing height wholly. A stack that ends above the mixing height (10-50 m at night) emits above it. What would
    rise beyond the top layer stays in it.

    Parameters:
        interfaces: heights of the layers' bounds above ground, rising from 0 [m], (K+1,).
        mixing_height: [m], (y, x).
        temperature: of the layers [K], (layer, y, x).
        wind_speed: of the layers [m s-1], (layer, y, x).
        stacks: for each of ``RELEASES``; the packaged ones (unverified) by default.

    Raises:
        BadInput: shapes that do not fit, or values that no air has; all of it is named.
    """
    bounds = np.asarray(interfaces, dtype=np.float64)
    _check(bounds, mixing_height, temperature, wind_speed)
    chosen = stacks or profiles_of_the_house().stacks
    figures = np.array(
        [
            [s.height, s.diameter, s.temperature, s.velocity, s.depth]
            for s in map(chosen.__getitem__, RELEASES)
        ]
    )
    shares = np.empty((len(RELEASES), *temperature.shape), dtype=temperature.dtype)
    _shares(bounds, figures, *map(np.ascontiguousarray, (mixing_height, temperature, wind_speed)), shares)
    dims = ("release", "layer", "y", "x")
    attrs = {"units": "1", "long_name": "share of the release that goes into the layer"}
    return xr.DataArray(shares, dims=dims, coords={"release": list(RELEASES)}, name="share", attrs=attrs)


def _check(
    bounds: Floats,
    mixing: NDArray[np.floating],
    temperature: NDArray[np.floating],
    wind: NDArray[np.floating],
) -> None:
    faults = []
    if bounds.ndim != 1 or len(bounds) < 2 or bounds[0] != 0 or not (np.diff(bounds) > 0).all():
        faults.append(f"interfaces must rise from 0, got {bounds}")
    elif temperature.shape != (len(bounds) - 1, *mixing.shape) or wind.shape != temperature.shape:
        faults.append(
            f"shapes {mixing.shape}, {temperature.shape}, {wind.shape} do not fit {len(bounds) - 1} layers"
        )
    for name, field, low, high, unit in (
        ("mixing_height", mixing, 0.0, 10_000.0, "m"),
        ("temperature", temperature, 180.0, 340.0, "K"),
        ("wind_speed", wind, 0.0, 150.0, "m/s"),
    ):
        if not (field.min() >= low and field.max() <= high):  # NaN fails too
            faults.append(f"{name} {field.min():g}..{field.max():g} {unit} is not in {low:g}..{high:g}")
    if faults:
        raise BadInput(
            "layers with mixing height, temperature and wind", "; ".join(faults), "mend the weather"
        )


# --- kernels: bare arrays, SI units ------------------------------------------------------------------------


@numba.njit(cache=True)
def _rise(d, ts, w, wind, ta, lapse):  # type: ignore[no-untyped-def]
    # one plume, m K m s-1 m s-1 K K m-1 -> m
    u = max(wind, CALM)
    if w <= 0.0 or d <= 0.0 or ts <= 0.0:
        return 0.0
    buoyancy = max(GRAVITY * w * d * d * (ts - ta) / (4.0 * ts), 0.0)
    if buoyancy < CROSSOVER:
        distance = FINAL * NEUTRAL_DISTANCE[0] * buoyancy ** NEUTRAL_DISTANCE[1]
    else:
        distance = FINAL * NEUTRAL_DISTANCE[2] * buoyancy ** NEUTRAL_DISTANCE[3]
    neutral = max(1.6 * np.cbrt(buoyancy * distance * distance) / u, 3.0 * w * d / u)
    if lapse <= 0.0:
        return neutral
    s = GRAVITY * lapse / ta
    bent = 2.6 * np.cbrt(buoyancy / (u * s))
    calm = 4.0 * buoyancy**0.25 * s ** (-0.375)
    jet = 1.5 * np.cbrt(w * w * d * d * ta / (4.0 * ts) / (u * np.sqrt(s)))
    return min(neutral, max(min(bent, calm), jet))


@numba.njit(cache=True)
def _rises(d, ts, w, wind, ta, lapse, out):  # type: ignore[no-untyped-def]
    # all (n,): m, K, m s-1, m s-1, K, K m-1 -> m
    for i in range(len(out)):
        out[i] = _rise(d[i], ts[i], w[i], wind[i], ta[i], lapse[i])


@numba.njit(cache=True)
def _air_at(height, bounds, temperature, wind, j, i):  # type: ignore[no-untyped-def]
    # wind [m s-1], temperature [K] and dtheta/dz [K m-1] at a height [m] over cell (j, i): linear between the middles
    # of the layers, beyond them the nearest; the gradient is that of the pair of layers round the height
    layers = len(bounds) - 1
    if layers == 1:
        return wind[0, j, i], temperature[0, j, i], 0.0
    k = 0
    while k < layers - 2 and 0.5 * (bounds[k + 1] + bounds[k + 2]) <= height:
        k += 1
    low, high = 0.5 * (bounds[k] + bounds[k + 1]), 0.5 * (bounds[k + 1] + bounds[k + 2])
    part = min(max((height - low) / (high - low), 0.0), 1.0)
    slope = (temperature[k + 1, j, i] - temperature[k, j, i]) / (high - low)
    speed = wind[k, j, i] + part * (wind[k + 1, j, i] - wind[k, j, i])
    return (
        speed,
        temperature[k, j, i] + part * (temperature[k + 1, j, i] - temperature[k, j, i]),
        slope + DRY_LAPSE,
    )


@numba.njit(cache=True)
def _shares(bounds, stacks, mixing, temperature, wind, out):  # type: ignore[no-untyped-def]
    # bounds (K+1,) m; stacks (release, 5) m m K m s-1 m; mixing (ny, nx) m; temperature K, wind m s-1 (K, ny, nx);
    # out (release, K, ny, nx)
    for r in range(len(stacks)):
        height, depth = stacks[r, 0], stacks[r, 4]
        for j in range(mixing.shape[0]):
            for i in range(mixing.shape[1]):
                lid = mixing[j, i]
                if depth > 0.0:  # near the ground: no plume, no lid
                    low, high, lid = height, height + depth, 0.0
                else:
                    u, ta, lapse = _air_at(height, bounds, temperature, wind, j, i)
                    rise = _rise(stacks[r, 1], stacks[r, 2], stacks[r, 3], u, ta, lapse)
                    half = 0.5 * max(rise, LEAST_DEPTH)
                    low, high = max(height + rise - half, 0.0), height + rise + half
                    if height >= lid:
                        low = max(low, lid)
                _fill(bounds, low, high, lid, out[r, :, j, i])


@numba.njit(cache=True)
def _fill(bounds, low, high, lid, out):  # type: ignore[no-untyped-def]
    # shares of low..high [m] by layer, (K,); of the layer that holds the lid [m] what is above the lid goes one up
    layers = len(bounds) - 1
    below = 0.0
    for k in range(layers - 1):
        z = bounds[k + 1]
        if bounds[k] < lid < z:
            z = lid
        up_to = min(max((z - low) / (high - low), 0.0), 1.0)
        out[k] = up_to - below
        below = up_to
    out[layers - 1] = 1.0 - below
