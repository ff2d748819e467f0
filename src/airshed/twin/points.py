"""Where the made air is asked, what the ground does to it there, and the phases of the smaller systems.

Everything is a function of a point of the plane (``terrain.PLANE``), of no grid: prepared once, used every instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.twin.passages import DAY
from airshed.twin.terrain import sea_share, slope, terrain
from airshed.twin.towns import built_up

__all__ = ["Eddies", "Points", "points_at"]

Floats = NDArray[np.float64]

_EDDIES: Final = 12
_SHORTEST, _LONGEST = 280e3, 1300e3  # m, wave lengths of the smaller systems
_PATCH_DAYS: Final = (3.0, 9.0)  # d in which a patch of stagnation comes and goes; own choice
_BLOCKED: Final = 0.6  # share of the low wind up a slope that the steepest slope takes; own choice
_SLOPE_HELD: Final = 0.010  # slope [1] at which half of that share is reached; own choice
_BREADTH: Final = 30e3  # m over which air feels the ground: it gives way before it meets the foot; own choice


@dataclass(frozen=True)
class Eddies:
    """Smaller travelling systems: plane waves of a stream function.

    ``kx``, ``ky`` [rad m-1], ``omega`` [rad s-1], ``phase`` [rad], ``amplitude`` [m2 s-1], all (wave);
    ``slow`` [rad s-1] turns the same waves where they are patches of stagnation: round in three to nine days.
    """

    kx: Floats
    ky: Floats
    omega: Floats
    phase: Floats
    amplitude: Floats
    slow: Floats

    @classmethod
    def of(cls, seed: int, wind: float) -> Eddies:
        """Waves of one seed whose winds have the root mean square ``wind`` [m s-1]."""
        rng = np.random.default_rng([seed, 1])
        length = _SHORTEST * (_LONGEST / _SHORTEST) ** ((np.arange(_EDDIES) + rng.random(_EDDIES)) / _EDDIES)
        angle = rng.uniform(0, 2 * np.pi, _EDDIES)
        k = 2 * np.pi / length
        kx, ky = k * np.cos(angle), k * np.sin(angle)
        drift_x, drift_y = rng.uniform(1, 8, _EDDIES), rng.uniform(-3, 2, _EDDIES)
        amplitude = wind * np.sqrt(2 / _EDDIES) / k
        phase = rng.uniform(0, 2 * np.pi, _EDDIES)
        slow = 2 * np.pi / (DAY * rng.uniform(*_PATCH_DAYS, _EDDIES)) * rng.choice((-1.0, 1.0), _EDDIES)
        return cls(kx, ky, kx * drift_x + ky * drift_y, phase, amplitude, slow)


@dataclass(frozen=True)
class Points:
    """Places of the plane and what never changes there; all (point), ``sine`` and ``cosine`` (wave, point).

    ``x``, ``y`` [m]; ``lon``, ``lat`` [rad]; ``wall_xx``, ``wall_xy``, ``wall_yy``: how much the ground around holds
    back the wind along each axis [0..1], the mean of n n' over directions n up its slopes; ``breeze_x``,
    ``breeze_y``: where the daytime breeze blows [0..1]; ``shelter`` [0..1]; ``sea`` [0..1]; ``town`` [0..1]: how
    much it is built up; ``height`` [m].
    """

    x: Floats
    y: Floats
    lon: Floats
    lat: Floats
    wall_xx: Floats
    wall_xy: Floats
    wall_yy: Floats
    breeze_x: Floats
    breeze_y: Floats
    shelter: Floats
    sea: Floats
    town: Floats
    height: Floats
    sine: Floats
    cosine: Floats


def points_at(x: Floats, y: Floats, lon: Floats, lat: Floats, eddies: Eddies) -> Points:
    """The places (x, y) of the plane [m], at ``lon``, ``lat`` [deg]; flat arrays."""
    far = 35e3  # m, reach of breezes
    sx, sy = sea_share(x + far, y) - sea_share(x - far, y), sea_share(x, y + far) - sea_share(x, y - far)
    wall_xx, wall_xy, wall_yy, tilt_x, tilt_y, broad = _around(x, y)
    argument = np.outer(eddies.kx, x) + np.outer(eddies.ky, y) + eddies.phase[:, None]
    return Points(
        x, y, np.radians(lon), np.radians(lat), wall_xx, wall_xy, wall_yy, tilt_x - sx, tilt_y - sy,
        np.clip(broad / 1200, 0, 1), sea_share(x, y), built_up(x, y), terrain(x, y),
        np.sin(argument), np.cos(argument),
    )  # fmt: skip


def _around(x: Floats, y: Floats) -> Floats:
    """What the ground does to the air, felt over _BREADTH: walls (xx, xy, yy), breeze (x, y), height [m]; (6, point).

    The share that slopes hold is averaged, not the slope: it has no seam at a crest, where the slope turns round.
    """
    total = np.zeros((6, *np.shape(x)))
    for weight, east, north in _NEIGHBOURS:
        at = x + east * _BREADTH, y + north * _BREADTH
        gx, gy = slope(*at)
        steep = np.hypot(gx, gy)
        wall = _BLOCKED / (steep**2 + _SLOPE_HELD**2)
        tilt = np.tanh(steep / 0.008) / np.maximum(steep, 1e-9)
        total += weight * np.stack(
            [wall * gx * gx, wall * gx * gy, wall * gy * gy, tilt * gx, tilt * gy, terrain(*at)]
        )
    return total


def _rings() -> tuple[tuple[float, float, float], ...]:
    """Weights and places of a mean over a disc: its middle and two rings of six, the outer one turned."""
    rings = ((0.5 / 6, 0.5, 0.0), (0.3 / 6, 1.0, np.pi / 6))
    around = [
        (w, r * np.cos(t + k * np.pi / 3), r * np.sin(t + k * np.pi / 3))
        for w, r, t in rings
        for k in range(6)
    ]
    return ((0.2, 0.0, 0.0), *((float(w), float(a), float(b)) for w, a, b in around))


_NEIGHBOURS: Final = _rings()
