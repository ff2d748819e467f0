"""What a feed's reader hands to the regridding: one instant at a time, on the source's own points and levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.regrid import SourceGrid

__all__ = ["FASTEST", "FLAT_UNITS", "LEVEL_UNITS", "Instant", "Source", "check_instant"]

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
FASTEST: Final = 120.0  # [m s-1] faster than any wind below the stratosphere

LEVEL_UNITS: Final = {
    "u": "m s-1", "v": "m s-1", "temperature": "K", "specific_humidity": "kg kg-1", "pressure": "Pa",
    "geopotential": "m2 s-2", "omega": "Pa s-1",
}  # fmt: skip
FLAT_UNITS: Final = {
    "surface_pressure": "Pa", "surface_geopotential": "m2 s-2", "u_10m": "m s-1", "v_10m": "m s-1",
    "temperature_2m": "K", "dewpoint_2m": "K", "humidity_2m": "kg kg-1", "mixing_height": "m",
    "precipitation": "kg m-2", "accumulated": "kg m-2", "radiation": "W m-2", "radiation_instant": "W m-2",
    "cloud": "1", "friction_velocity": "m s-1", "stress_x": "N m-2", "stress_y": "N m-2", "roughness": "m",
    "sensible_heat": "W m-2",
}  # fmt: skip
NEEDED_LEVELS: Final = ("u", "v", "temperature", "specific_humidity", "pressure")
NEEDED_FLAT: Final = (
    "surface_pressure", "surface_geopotential", "u_10m", "v_10m", "temperature_2m", "mixing_height",
)  # fmt: skip


@dataclass(frozen=True)
class Instant:
    """One instant: ``levels`` (level, y, x) from the ground up, ``flat`` (y, x); winds true east and north.

    Names and units are those of ``LEVEL_UNITS`` and ``FLAT_UNITS``. ``precipitation`` and ``radiation`` belong to
    the hour that ends at ``time``; a source may give ``accumulated`` (precipitation since its start) and
    ``radiation_instant`` in their place.
    """

    time: np.datetime64
    levels: dict[str, Floats]
    flat: dict[str, Floats]


class Source(Protocol):
    """Files opened: where and when they have weather, and what they say at one instant."""

    name: str
    grid: SourceGrid
    times: Times

    def instant(self, index: int) -> Instant:
        """The fields at ``times[index]``."""
        ...

    def close(self) -> None:
        """Let the files go."""
        ...


def check_instant(instant: Instant, grid: SourceGrid) -> None:
    """Refuse holes and impossible winds, naming variable, unit, level, time and place.

    Raises:
        BadInput: a value is missing, or a wind is above 120 m/s.
    """
    under = instant.levels["pressure"] >= instant.flat["surface_pressure"]
    for name, values in instant.levels.items():
        _refuse(np.isnan(values) & ~under, values, name, LEVEL_UNITS[name], instant, grid, "no value")
    for name, values in instant.flat.items():
        _refuse(np.isnan(values), values, name, FLAT_UNITS[name], instant, grid, "no value")
    winds: list[tuple[str, Any]] = [(n, instant.levels[n]) for n in ("u", "v")]
    winds += [(n, instant.flat[n]) for n in ("u_10m", "v_10m")]
    for name, values in winds:
        _refuse(np.abs(values) > FASTEST, values, name, "m s-1", instant, grid, f"above {FASTEST:g} m s-1")


def _refuse(
    wrong: NDArray[np.bool_],
    values: Floats,
    name: str,
    unit: str,
    instant: Instant,
    grid: SourceGrid,
    what: str,
) -> None:
    if not wrong.any():
        return
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    lon, lat = (float(c[first[-2:]]) for c in grid.lonlat)
    level = f" at {instant.levels['pressure'][first] / 100:.0f} hPa" if len(first) == 3 else ""
    came = f"{values[first]:.4g}{level}, {str(instant.time)[:16]} UTC, {lon:.2f} E {lat:.2f} N ({wrong.sum()} such)"
    raise BadInput(
        f"{name} [{unit}] at every point inside the source's edges", f"{what}: {came}", "mend the file"
    )
