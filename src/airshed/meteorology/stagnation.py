"""Air that stands still: ventilation, recirculation, stagnant days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.fluxes import SECONDS

__all__ = ["Stillness", "recirculation", "stagnation", "ventilation"]

Floats = NDArray[np.float64]
HOURS: Final = 24  # [h] in a day


@dataclass(frozen=True)
class Stillness:
    """When a day counts as stagnant, recirculating or ventilated.

    ``wind_run`` [m]: a day is stagnant at most up to it (Allwine and Whiteman 1994: 130 km in 24 h).
    ``recirculating`` [1]: at or above it air comes back (theirs: 0.6). ``ventilated_run`` [m], ``straight`` [1]: at
    least so far and at most so bent is well ventilated (theirs: 250 km, 0.2). ``ventilation`` [m2 s-1]: largest hourly
    coefficient of a stagnant day (6000, the usual "poor" of smoke management). ``wet`` [kg m-2]: from so much rain on a
    day is not stagnant. All from memory, unverified.
    """

    wind_run: float = 130e3
    recirculating: float = 0.6
    ventilated_run: float = 250e3
    straight: float = 0.2
    ventilation: float = 6000.0
    wet: float = 1.0


def recirculation(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """How far hourly winds carried [m] and how much of that they took back [1], over the first axis.

    Parameters:
        u, v: hour means [m s-1], (hour, …).

    Returns:
        S = sum of |V| Δt, the wind run, and R = 1 - L / S with L the length of the vector sum: 0 for a straight wind,
        1 for air that ends where it began; without any wind 1.

    Source: Allwine and Whiteman 1994, Atmos. Environ. 28, 713, doi:10.1016/1352-2310(94)90048-5, eqs. 1-4.

    >>> run, turned = recirculation(np.array([3.0, -3.0]), np.array([0.0, 0.0]))
    >>> float(run), float(turned)
    (21600.0, 1.0)
    """
    run = np.hypot(u, v).sum(axis=0) * SECONDS
    carried = np.hypot(u.sum(axis=0), v.sum(axis=0)) * SECONDS
    turned = 1.0 - carried / np.where(run > 0, run, 1.0)
    return np.asarray(run), np.clip(np.where(run > 0, turned, 1.0), 0.0, 1.0)


def ventilation(weather: xr.Dataset) -> xr.Dataset:
    """Mixing and ventilation by hour, (time, y, x).

    ``mixing_height`` [m]; ``wind_mixed`` [m s-1], speed of the mean wind of the layers within the mixing height (each
    by how far it lies in it); ``ventilation`` [m2 s-1], their product; ``mixing_time`` [h], the squared height over the
    mean Kz of the interfaces within it (of the lowest where none is): how long a release takes to fill the layer.

    Parameters:
        weather: as ``check_weather`` has it.
    """
    height = np.asarray(weather["mixing_height"].values, dtype=np.float64)
    interface = np.asarray(weather["interface"].values, dtype=np.float64)
    u, v = _centres(weather)
    bottom, top = (bound.reshape(-1, 1, 1) for bound in (interface[:-1], interface[1:]))
    inside = np.clip(np.minimum(height[:, None], top) - bottom, 0.0, None)
    weight = inside / inside.sum(axis=1, keepdims=True)
    speed = np.hypot((u * weight).sum(axis=1), (v * weight).sum(axis=1))
    mean_kz = _mean_kz(np.asarray(weather["kz"].values, dtype=np.float64), interface, height)
    fields = {
        "mixing_height": (height, "m"),
        "wind_mixed": (speed, "m s-1"),
        "ventilation": (height * speed, "m2 s-1"),
        "mixing_time": (height**2 / mean_kz / SECONDS, "h"),
    }
    return _dataset(weather, "time", weather["time"].values, fields)


def stagnation(
    weather: xr.Dataset, utc_offset: float = 8.0, stillness: Stillness | None = None
) -> xr.Dataset:
    """Stagnation by local day, (day, y, x); days of which an hour is missing are left out.

    ``wind_run`` [m] and ``recirculation`` [1] of the lowest layer; ``ventilation_mean``, ``ventilation_max`` [m2 s-1];
    ``mixing_height_min``, ``mixing_height_max`` [m]; ``precipitation`` [kg m-2]; ``stagnant``, ``recirculating``,
    ``ventilated`` (true or false). A day is stagnant where the air ran at most ``wind_run``, no hour was ventilated
    above ``ventilation``, and it stayed dry.

    Parameters:
        weather: as ``check_weather`` has it.
        utc_offset: of the local clock [h].
        stillness: the bounds; none: those of ``Stillness`` (unverified).

    Raises:
        BadInput: there is no whole local day in the weather.
    """
    bounds = stillness or Stillness()
    groups = _days(weather["time"].values, utc_offset)
    if not groups:
        came = f"{weather.sizes['time']} hours from {weather['time'].values[0]}"
        raise BadInput("at least one whole local day of weather", came, "hand in more hours")
    hourly = ventilation(weather)
    u, v = (field[:, 0] for field in _centres(weather))
    rain = np.asarray(weather["precipitation"].values, dtype=np.float64)
    rows = [_day(u[h], v[h], rain[h], hourly.isel(time=h), bounds) for h in groups.values()]
    fields = {name: (np.stack([row[name][0] for row in rows]), rows[0][name][1]) for name in rows[0]}
    return _dataset(weather, "day", np.array(list(groups), dtype="datetime64[ns]"), fields)


def _day(
    u: Floats, v: Floats, rain: Floats, hourly: xr.Dataset, bounds: Stillness
) -> dict[str, tuple[NDArray[Any], str]]:
    run, turned = recirculation(u, v)
    coefficient, height = hourly["ventilation"].values, hourly["mixing_height"].values
    fallen = rain.sum(axis=0)
    still = (run <= bounds.wind_run) & (coefficient.max(axis=0) <= bounds.ventilation) & (fallen < bounds.wet)
    fresh = (run >= bounds.ventilated_run) & (turned <= bounds.straight)
    return {
        "wind_run": (run, "m"),
        "recirculation": (turned, "1"),
        "ventilation_mean": (coefficient.mean(axis=0), "m2 s-1"),
        "ventilation_max": (coefficient.max(axis=0), "m2 s-1"),
        "mixing_height_min": (height.min(axis=0), "m"),
        "mixing_height_max": (height.max(axis=0), "m"),
        "precipitation": (fallen, "kg m-2"),
        "stagnant": (still, "1"),
        "recirculating": (turned >= bounds.recirculating, "1"),
        "ventilated": (fresh, "1"),
    }


def _days(time: NDArray[np.datetime64], utc_offset: float) -> dict[np.datetime64, NDArray[np.int64]]:
    """Local day to the places of its 24 hours."""
    local = (time + np.timedelta64(round(utc_offset * 60), "m")).astype("datetime64[D]")
    days, first, count = np.unique(local, return_index=True, return_counts=True)
    whole = count == HOURS
    return {day: np.arange(at, at + HOURS) for day, at in zip(days[whole], first[whole], strict=True)}


def _centres(weather: xr.Dataset) -> tuple[Floats, Floats]:
    """Winds at the centres of cells, (time, layer, y, x)."""
    u, v = (np.asarray(weather[n].values, dtype=np.float64) for n in ("u", "v"))
    return 0.5 * (u[..., 1:] + u[..., :-1]), 0.5 * (v[..., 1:, :] + v[..., :-1, :])


def _mean_kz(kz: Floats, interface: Floats, height: Floats) -> Floats:
    """Mean Kz of the inner interfaces within the mixing height, of the lowest where there is none, (time, y, x)."""
    within = interface[1:-1].reshape(-1, 1, 1) < height[:, None]
    within[:, 0] = True
    return np.asarray((kz[:, 1:-1] * within).sum(axis=1) / within.sum(axis=1), dtype=np.float64)


def _dataset(
    weather: xr.Dataset, dim: str, axis: NDArray[Any], fields: dict[str, tuple[NDArray[Any], str]]
) -> xr.Dataset:
    made = {
        name: xr.Variable((dim, "y", "x"), values, {"units": unit}) for name, (values, unit) in fields.items()
    }
    attrs = {name: value for name, value in weather.attrs.items() if name.startswith("grid_")}
    attrs["made"] = weather.attrs.get("made", 0)
    return xr.Dataset(made, {dim: axis, "y": weather["y"].values, "x": weather["x"].values}, attrs)
