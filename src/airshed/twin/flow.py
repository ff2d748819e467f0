"""Winds of the made air: mass fluxes through faces, from a stream function and a sheared, turned, blocked lower part.

Defined at points of one plane and at instants, by no grid: every grid and every time step see the same air. The flux
through the whole column is that of a stream function (nothing gathers, but for the slow ascent at fronts); below 1 km
friction slows and turns the wind, slopes hold it back and send breezes, stagnation keeps it from the ground, a shallow
stream drifts in from the south before a front, and the air above takes up the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from airshed.twin.passages import DAY, STEP, YEAR, Character, Score, season
from airshed.twin.points import Eddies, Points

__all__ = [
    "FRICTION_TOP",
    "Sky",
    "layer_mass",
    "low_flux",
    "sky_at",
    "stream",
    "weather_at",
]

Floats = NDArray[np.float64]

FRICTION_TOP: Final = 1000.0  # m above ground, below which friction, slopes and breezes act
_SURFACE_MASS: Final = 1.02e5 / 9.80665  # kg m-2, all air above the sea
_SCALE_HEIGHT: Final = 8200.0  # m, of air at 280 K (287 J/kg/K * 280 K / 9.81 m/s2)
_LIFT: Final = 1.2  # m/s, convergence of the air at a front: some 1 to 2 cm/s of ascent at 3 km
_DIVIDE, _DIVIDE_WIDTH = (
    90e3,
    170e3,
)  # m, the line south of 38 N where the region's south begins, and its breadth
_HUSH: Final = (
    0.5  # share of the free wind that full stagnation keeps from the ground: cold air lies under it
)
_DRIFT_TURN: Final = (0.37, 0.93)  # direction of the drift before a front: along the foot of the Taihang
_DRIFT_REACH: Final = (
    500.0  # m, height by which the drift has faded to 1/e: a shallow stream under the inversion [M]
)
_ABOVE: Final = (
    0.5  # share of stagnation that plateaus and high valleys escape: they stand above the plain's inversion
)
_OVER: Final = 8.0  # m/s, N h of a ridge of 800 m where N is 0.01 s-1: faster wind goes over, not round
_BREEZE: Final = 1.3  # m/s, slope and sea breeze at the ground by day [M]
_BREEZE_HOUR: Final = 2 * np.pi * 15 / 24  # rad, local solar time of the strongest breeze: 15 h
_WINTER_WIND: Final = (3.2, -1.6)  # m/s, mean of the free air to east and north in January [M]
_SUMMER_WIND: Final = (1.0, 1.4)  # m/s, in July [M]
_SURGE_TURN: Final = (0.77, -0.64)  # direction of the air behind a front: from the north-west


def layer_mass(height: Floats, interfaces: Floats) -> Floats:
    """Air of each layer over ground of that height [m above the sea]: (layer, ...) [kg m-2], the same all year."""
    levels = np.asarray(interfaces, float).reshape(-1, *([1] * np.ndim(height))) + height
    above = _SURFACE_MASS * np.exp(-levels / _SCALE_HEIGHT)
    return np.asarray(above[:-1] - above[1:])


@dataclass(frozen=True)
class Sky:
    """What is the same everywhere at one instant, ready for the kernels.

    ``table`` and ``start``: the score; ``seconds`` after EPOCH; ``numbers``: uniform wind east and north [m s-1], front
    direction (x, y), speed [m s-1], winds before and behind fronts [m s-1], eddy factor, stillness, stagnation,
    declination [rad], time of day [rad, UTC], winter [0..1], spring [0..1], factor of the afternoon, shrinking;
    ``sine``, ``cosine``: of the eddies' turning (wave); ``waves`` (5, wave); ``patches``: sine and cosine of the
    stagnation's own, slower turning (2, wave).
    """

    table: Floats
    start: float
    seconds: float
    numbers: Floats
    sine: Floats
    cosine: Floats
    waves: Floats
    patches: Floats


def sky_at(score: Score, eddies: Eddies, c: Character, seconds: float) -> Sky:
    """The sky at an instant [s after EPOCH]."""
    surge, calm, far_calm = (float(_signal(score.table, score.start, seconds, i)) for i in (0, 1, 8))
    calm = 0.5 * (calm + far_calm)
    winter = 0.5 + 0.5 * float(season(seconds, 15.0))
    spring = 0.5 + 0.5 * float(season(seconds, 110.0))
    still = 1 - c.stillness * calm
    east, north = (
        still * (1 + 0.3 * spring) * (winter * w + (1 - winter) * s) + c.surge_wind * surge * turn
        for w, s, turn in zip(_WINTER_WIND, _SUMMER_WIND, _SURGE_TURN, strict=True)
    )
    heading = np.radians(c.front_heading)
    declination = np.radians(-23.44) * np.cos(2 * np.pi * (seconds / DAY % YEAR + 10) / YEAR)
    clock = 2 * np.pi * (seconds / DAY % 1.0)
    numbers = np.array([
        east, north, np.cos(heading), -np.sin(heading), c.front_speed, c.north_wind, c.south_wind,
        1 - 0.6 * calm, c.stillness, calm, declination, clock, winter, spring, c.afternoon, c.shrinking,
        c.patchiness, c.drift,
    ])  # fmt: skip
    turn, slow = eddies.omega * seconds, eddies.slow * seconds
    waves = np.stack(
        [eddies.kx, eddies.ky, eddies.amplitude, eddies.amplitude * eddies.kx, eddies.amplitude * eddies.ky]
    )
    return Sky(
        score.table,
        score.start,
        seconds,
        numbers,
        np.sin(turn),
        np.cos(turn),
        waves,
        np.stack([np.sin(slow), np.cos(slow)]),
    )


def stream(sky: Sky, p: Points) -> Floats:
    """Stream function of the free air [m2 s-1] at points: the wind is (-d/dy, d/dx) of it."""
    return np.asarray(_stream(_bare(sky), p.x, p.y, p.sine, p.cosine))


def low_flux(sky: Sky, p: Points, heights: Floats, mass: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mass fluxes below FRICTION_TOP and the fronts' convergence.

    Parameters:
        sky: the instant.
        p: the points.
        heights: middle of the layers below FRICTION_TOP [m above ground], (layer).
        mass: of these layers at sea level [kg m-2], (layer).

    Returns:
        fluxes along the plane's x and y (layer, point) [kg m-1 s-1], and the wind of convergence along x and y
        (point) [m s-1], which blows in all layers.
    """
    where, breeze = (p.lon, p.lat), (p.breeze_x, p.breeze_y)
    fx, fy, qx, qy = _low_flux(
        _bare(sky), p.x, p.y, where, _ground(p), breeze, p.sine, p.cosine, heights, mass
    )
    return fx, fy, qx, qy


def weather_at(sky: Sky, p: Points) -> Floats:
    """What :func:`airshed.twin.column.column` needs at points: (12, point).

    Rows: wind at 15 m [m s-1], cosine of the zenith angle, share of the day that is over, how well the sun stirs
    the air, then surge, calm, south, cold, moist and wet of the score, ripple (a field of mean 0 and variance 1
    that drifts with the eddies), share of sea.
    """
    return np.asarray(_weather(_bare(sky), p.x, p.y, (p.lon, p.lat), _ground(p), p.sine, p.cosine))


def _bare(sky: Sky) -> tuple[Any, ...]:
    return sky.table, sky.start, sky.seconds, sky.numbers, sky.sine, sky.cosine, sky.waves, sky.patches


def _ground(p: Points) -> tuple[Floats, ...]:
    return p.wall_xx, p.wall_xy, p.wall_yy, p.shelter, p.sea


@njit(cache=True)  # table (row, signal), time [s] -> one signal there
def _signal(table: Any, start: float, time: float, column: int) -> Any:
    row = (time - start) / STEP
    low = min(max(int(np.floor(row)), 0), table.shape[0] - 2)
    share = row - low
    return (1 - share) * table[low, column] + share * table[low + 1, column]


@njit(cache=True)  # x, y of the plane [m] -> how much a place belongs to the region's south and east, 0..1
def _far(x: float, y: float) -> Any:
    return 0.5 * (1 - np.tanh((y - 0.5 * x + _DIVIDE) / _DIVIDE_WIDTH))


@njit(cache=True)  # sky, x, y (point) [m] -> stream function (point) [m2 s-1]
def _stream(sky: Any, x: Any, y: Any, sine: Any, cosine: Any) -> Any:
    table, start, seconds, n, st, ct, waves, _ = sky
    out = np.empty_like(x)
    for i in range(len(x)):
        retarded = seconds - (x[i] * n[2] + y[i] * n[3]) / n[4]
        total = -n[0] * y[i] + n[1] * x[i] + _signal(table, start, retarded, 3)
        for m in range(len(st)):
            total += n[7] * waves[2, m] * (cosine[m, i] * ct[m] + sine[m, i] * st[m])
        out[i] = total
    return out


@njit(cache=True)  # one point -> free wind east, north [m s-1], ripple [1]
def _free(sky: Any, across: float, sine: Any, cosine: Any, i: int) -> Any:
    n, st, ct, waves = sky[3], sky[4], sky[5], sky[6]
    east, north, ripple = n[0] + across * n[3], n[1] - across * n[2], 0.0
    for m in range(len(st)):
        s = sine[m, i] * ct[m] - cosine[m, i] * st[m]
        east += n[7] * waves[4, m] * s
        north -= n[7] * waves[3, m] * s
        ripple += s
    return east, north, ripple / np.sqrt(len(st) / 2)


@njit(
    cache=True
)  # one point -> patch of stagnation: mean 0, variance 1, changes within days, another on a plateau
def _patch(sky: Any, shelter: float, sine: Any, cosine: Any, i: int) -> Any:
    st, ct = sky[7]
    apart = 0.5 * np.pi * shelter
    own, other = np.cos(apart), np.sin(apart)
    total = 0.0
    for m in range(len(st)):
        total += own * (sine[m, i] * ct[m] - cosine[m, i] * st[m])
        total += other * (cosine[m, i] * ct[m] + sine[m, i] * st[m])
    return total / np.sqrt(len(st) / 2)


@njit(
    cache=True
)  # one point -> free wind [m s-1], ripple, surge, calm, south [1], retarded time [s], share of the far
def _state(sky: Any, x: float, y: float, shelter: float, sine: Any, cosine: Any, i: int) -> Any:
    table, start, seconds, n = sky[0], sky[1], sky[2], sky[3]
    retarded, far = seconds - (x * n[2] + y * n[3]) / n[4], _far(x, y)
    surge, south = _signal(table, start, retarded, 0), _signal(table, start, retarded, 2)
    east, north, ripple = _free(sky, n[5] * surge - n[6] * south, sine, cosine, i)
    calm = (1 - far) * _signal(table, start, retarded, 1) + far * _signal(table, start, retarded, 8)
    surge = (1 - far) * surge + far * _signal(table, start, retarded, 7)
    south = (1 - far) * south + far * _signal(table, start, retarded, 10)
    patch = n[16] * _patch(sky, shelter, sine, cosine, i) * (1 - min(1.5 * surge, 1.0))
    calm = min(max(calm * (1 - _ABOVE * shelter) + patch, 0.0), 1.0)
    return (east, north), ripple, surge, calm, south, retarded, far


@njit(
    cache=True
)  # declination, clock, lon, lat [rad] -> cosine of the zenith angle, hour angle, half day [rad]
def _sun(declination: float, clock: float, lon: float, lat: float) -> Any:
    angle = (clock + lon) % (2 * np.pi) - np.pi
    half = np.arccos(min(max(-np.tan(lat) * np.tan(declination), -1.0), 1.0))
    up = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(angle)
    return up, angle, half


@njit(cache=True)  # one point -> how well the sun mixes the lower air: 0 at night, 1 by day
def _stirred(n: Any, lon: float, lat: float, sea: float, calm: float) -> Any:
    up, _, _ = _sun(n[10], n[11] - 0.35, lon, lat)  # the ground answers the sun 80 minutes late
    share = min(max(up / 0.4, 0.0), 1.0)
    return (share * share * (3 - 2 * share) * (1 - 0.35 * calm)) * (1 - sea) + 0.5 * sea


@njit(
    cache=True
)  # height [m] -> it, and how far friction's turning, shelter, slopes, breezes, drift and the ground's drag on it reach
def _reach(z: float) -> Any:
    return (
        z,
        np.exp(-z / 350),
        np.exp(-((z / 400) ** 2)),
        np.exp(-((z / 650) ** 2)),
        np.exp(-((z / 320) ** 2)),
        np.exp(-((z / _DRIFT_REACH) ** 2)),
        np.exp(-z / 60),
    )


@njit(cache=True)  # free wind, state and ground of one point, _reach of a height -> wind [m s-1] there
def _near_ground(free: Any, reach: Any, state: Any, ground: Any, i: int) -> Any:
    (east, north), (stirred, surge, calm, drift) = free, state
    shelter, sea = ground[3][i], ground[4][i]
    least = 0.19 + 0.19 * stirred + 0.2 * sea + 0.08 * min(surge, 1.0) * (1 - sea)
    ratio = least + (1 - least) * (1 - np.exp(-reach[0] / (230 + 120 * stirred)))
    ratio *= (1 - 0.4 * shelter * reach[2]) * (1 - _HUSH * calm)
    angle = (0.6 - 0.3 * stirred) * reach[1]
    drift *= (
        reach[5] * (1 - shelter) * (1 - (0.9 - 0.5 * stirred) * reach[6])
    )  # by night little reaches the ground
    u = ratio * (east * np.cos(angle) - north * np.sin(angle)) + drift * _DRIFT_TURN[0]
    v = ratio * (east * np.sin(angle) + north * np.cos(angle)) + drift * _DRIFT_TURN[1]
    held = (0.75 - 0.3 * stirred) * reach[3] / (1 + (u * u + v * v) / _OVER**2)
    against_x, against_y = ground[0][i] * u + ground[1][i] * v, ground[1][i] * u + ground[2][i] * v
    return u - held * against_x, v - held * against_y


@njit(cache=True)  # points -> fluxes (layer, point) [kg m-1 s-1] and convergent wind (point) [m s-1]
def _low_flux(
    sky: Any,
    x: Any,
    y: Any,
    where: Any,
    ground: Any,
    breeze: Any,
    sine: Any,
    cosine: Any,
    heights: Any,
    mass: Any,
) -> Any:
    n = sky[3]
    fx, fy = np.empty((len(heights), len(x))), np.empty((len(heights), len(x)))
    qx, qy = np.empty(len(x)), np.empty(len(x))
    reaches = [_reach(z) for z in heights]
    for i in range(len(x)):
        free, _, surge, calm, south, _, _ = _state(sky, x[i], y[i], ground[3][i], sine, cosine, i)
        lon, lat = where[0][i], where[1][i]
        state = (_stirred(n, lon, lat, ground[4][i], calm), surge, calm, n[17] * south)
        hour = np.cos(n[11] + lon - _BREEZE_HOUR)
        blow = _BREEZE * (hour if hour > 0 else 0.6 * hour) * (1 - 0.4 * n[12])
        qx[i], qy[i] = _LIFT * surge * n[2], _LIFT * surge * n[3]
        for k in range(len(heights)):
            u, v = _near_ground(free, reaches[k], state, ground, i)
            fx[k, i] = mass[k] * (u + blow * reaches[k][4] * breeze[0][i])
            fy[k, i] = mass[k] * (v + blow * reaches[k][4] * breeze[1][i])
    return fx, fy, qx, qy


@njit(cache=True)  # points -> the rows of weather_at
def _weather(sky: Any, x: Any, y: Any, where: Any, ground: Any, sine: Any, cosine: Any) -> Any:
    table, start, n = sky[0], sky[1], sky[3]
    out, low = np.empty((12, len(x))), _reach(15.0)
    for i in range(len(x)):
        free, ripple, surge, calm, south, retarded, far = _state(
            sky, x[i], y[i], ground[3][i], sine, cosine, i
        )
        stirred = _stirred(n, where[0][i], where[1][i], ground[4][i], calm)
        u, v = _near_ground(free, low, (stirred, surge, calm, n[17] * south), ground, i)
        up, angle, half = _sun(n[10], n[11], where[0][i], where[1][i])
        out[0, i], out[1, i], out[2, i], out[3, i] = np.hypot(u, v), up, (angle + half) / (2 * half), stirred
        out[4, i], out[5, i] = surge, calm
        out[6, i] = south
        out[7, i] = _signal(table, start, retarded, 4)
        out[8, i] = (1 - far) * _signal(table, start, retarded, 5) + far * _signal(table, start, retarded, 9)
        out[9, i] = _signal(table, start, retarded, 6)
        out[10, i], out[11, i] = ripple, ground[4][i]
    return out
