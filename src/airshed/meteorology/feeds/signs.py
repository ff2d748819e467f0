"""Winds of the wrong sign: caught by their names and by physics."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.feeds.source import Instant
from airshed.meteorology.regrid import DEGREE, SourceGrid, east_angle, rotate

__all__ = ["check_direction_name", "check_signs"]

Floats = NDArray[np.float64]
OPPOSED: Final = -0.5  # uncentred correlation below which two winds that should agree run against each other
LEAST_SPEED: Final = 3.0  # [m s-1] rms below which a wind is too weak to judge
EARTH_SPIN: Final = 7.292115e-5  # [rad s-1] IERS Conventions 2010, table 1.2
LEAST_LATITUDE: Final = 15.0  # [deg] nearer the equator winds are not geostrophic

_TRUE: Final = {"u": ("eastward_wind",), "v": ("northward_wind",)}
_ALONG: Final = {"u": ("x_wind", "grid_eastward_wind"), "v": ("y_wind", "grid_northward_wind")}


def check_direction_name(component: str, attrs: dict[Any, Any], place: str) -> bool:
    """Whether a wind component runs along the source's own axes rather than true east or north.

    Parameters:
        component: ``u`` or ``v``.
        attrs: of the variable; without a ``standard_name`` it is taken as true, as ECMWF's winds are.
        place: the file, for the message.

    Raises:
        BadInput: the standard name is of another direction (westward, southward, …).
    """
    name = attrs.get("standard_name", "unknown")
    if name in (*_TRUE[component], "unknown"):
        return False
    if name in _ALONG[component]:
        return True
    wanted = f"{component} [m s-1] with standard name {_TRUE[component][0]} or {_ALONG[component][0]}"
    raise BadInput(wanted, f"{name} in {place}", "turn its sign or mend its name")


def check_signs(instant: Instant, grid: SourceGrid) -> None:
    """Refuse winds that run against physics: at 10 m against the lowest level, aloft against geostrophy.

    Aloft is the level nearest 500 hPa of those read. Only clear cases are judged: rms above 3 m/s, correlation
    below -0.5, latitudes above 15 degrees.

    Raises:
        BadInput: the component, its unit, the level and the time.
    """
    levels, when = instant.levels, f"{str(instant.time)[:16]} UTC"
    lowest = np.argmax(levels["pressure"] < instant.flat["surface_pressure"], axis=0)[None]
    for name in ("u", "v"):
        level = np.take_along_axis(levels[name], lowest, 0)[0]
        _judge(
            name,
            level,
            instant.flat[f"{name}_10m"],
            f"{name} of the lowest level above ground, at {when}",
            "10 m",
        )
    if "geopotential" not in levels:
        return
    k = int(np.argmin(np.abs(levels["pressure"].mean(axis=(1, 2)) - 50_000.0)))
    if np.ptp(levels["pressure"][k]) > 1.0 or np.abs(grid.lonlat[1]).min() < LEAST_LATITUDE:
        return
    east, north = _geostrophic(levels["geopotential"][k], grid)
    for name, balanced in (("u", east), ("v", north)):
        where = f"{name} at {levels['pressure'][k].mean() / 100:.0f} hPa, {when}"
        _judge(name, levels[name][k], balanced, where, "geostrophic")


def _judge(name: str, one: Floats, other: Floats, where: str, what: str) -> None:
    good = np.isfinite(one) & np.isfinite(other)
    one, other = one[good], other[good]
    rms = [float(np.sqrt((f**2).mean())) if f.size else 0.0 for f in (one, other)]
    if min(rms) < LEAST_SPEED:
        return
    agreement = float((one * other).mean()) / (rms[0] * rms[1])
    if agreement < OPPOSED:
        wanted = f"{where} [m s-1] that runs with the {what} wind"
        advice = f"check the sign of {name}: eastward and northward are positive"
        raise BadInput(wanted, f"one that runs against it (correlation {agreement:.2f})", advice)


def _geostrophic(geopotential: Floats, grid: SourceGrid) -> tuple[Floats, Floats]:
    """Geostrophic wind [m s-1], east and north, from geopotential [m2 s-2] on a level of constant pressure."""
    lon, lat = grid.lonlat
    dx = np.asarray(np.gradient(geopotential, grid.x, axis=1), dtype=np.float64)
    dy = np.asarray(np.gradient(geopotential, grid.y, axis=0), dtype=np.float64)
    if grid.geographic:
        dx, dy = dx / (DEGREE * np.cos(np.deg2rad(lat))), dy / DEGREE
    else:
        dx, dy = rotate(dx, dy, -east_angle(grid.crs, lon, lat))
    coriolis = 2 * EARTH_SPIN * np.sin(np.deg2rad(lat))
    return -dy / coriolis, dx / coriolis
