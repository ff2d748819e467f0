"""From an opened source to the raw state: crop, check, regrid, turn the winds, integrate the columns, fill gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from airshed.errors import BadInput
from airshed.meteorology.column_state import OPTIONAL, STATE, check_state
from airshed.meteorology.columns import (
    DRY_AIR,
    at_interfaces,
    hydrostatic_heights,
    layer_means,
    virtual_temperature,
)
from airshed.meteorology.feeds.fallbacks import complete_surface
from airshed.meteorology.feeds.gaps import fill_gaps, hourly_axis, hours_of_accumulation
from airshed.meteorology.feeds.report import FeedReport
from airshed.meteorology.feeds.source import NEEDED_FLAT, NEEDED_LEVELS, Instant, Source, check_instant
from airshed.meteorology.feeds.units import GRAVITY
from airshed.meteorology.regrid import Regridder, SourceGrid, east_angle, full_rectangle, rotate
from airshed.places.grid import Grid

__all__ = ["LEAST_LEVELS", "raw_state"]

Floats = NDArray[np.float64]
Fields = dict[str, Floats]
LEAST_LEVELS: Final = 3  # source levels needed between the ground and the top, in every column
_VECTORS: Final = (("u", "v"), ("u_10m", "v_10m"))
_KEPT: Final = ("accumulated", "radiation_instant")  # made into values of the hour at the end


def raw_state(
    source: Source,
    grid: Grid | None,
    report: FeedReport,
    *,
    interfaces: Sequence[float],
    gap_limit: float,
    start: datetime | None = None,
    end: datetime | None = None,
    dtype: DTypeLike = np.float64,
) -> xr.Dataset:
    """The raw state of :mod:`airshed.meteorology.column_state` from an opened source.

    Parameters:
        source: the files, opened by a feed.
        grid: where to; None: the source's own grid, where it lies on a projection.
        interfaces: heights above ground of the layers' bounds [m], from 0.
        gap_limit: longest time between two instants of the source that is bridged by a straight line [h].
        report: what was done is added here.
        start, end: first and last instant wanted, UTC; None: all there are.
        dtype: of the fields kept; single precision halves the memory of a month.

    Raises:
        BadInput: holes inside the edges, impossible values, gaps, too few levels, or a grid not covered.
    """
    hours, present = hourly_axis(source.times, gap_limit, report, start, end)
    first = source.instant(int(present[0]))
    _check_names(first)
    rows, columns = _crop(first, source.grid, report)
    window = source.grid.window(rows, columns)
    target = grid or window.as_grid()
    work = _Work(window, target, Regridder.between(window, target), np.asarray(interfaces, float), report)
    fields: Fields = {}
    for index in present:
        instant = first if index == present[0] else source.instant(int(index))
        one = work.columns(_windowed(instant, rows, columns))
        at = int((instant.time - hours[0]) / np.timedelta64(1, "h"))
        for name, values in one.items():
            if name not in fields:
                fields[name] = np.full((len(hours), *values.shape), np.nan, dtype)
            fields[name][at] = values
    fill_gaps(fields, hours, source.times[present], report)
    hours_of_accumulation(fields, report)
    return check_state(_dataset(fields, hours, target, work.interfaces, source.name))


@dataclass(frozen=True)
class _Work:
    """What stays the same from instant to instant."""

    source: SourceGrid
    grid: Grid
    regrid: Regridder
    interfaces: Floats
    report: FeedReport

    @cached_property
    def angle(self) -> Floats:
        """From the grid's x axis to true east [rad], (y, x)."""
        return east_angle(self.grid.crs, self.grid.lon, self.grid.lat)

    def columns(self, instant: Instant) -> Fields:
        """The raw state's fields of one instant."""
        check_instant(instant, self.source)
        levels = {name: self.regrid(_filled(values)) for name, values in instant.levels.items()}
        flat = {name: self.regrid(values) for name, values in instant.flat.items()}
        for fields, (east, north) in zip((levels, flat), _VECTORS, strict=True):
            fields[east], fields[north] = rotate(fields[east], fields[north], self.angle)
        flat = complete_surface(flat, self.grid.lon, self.grid.lat, instant.time, self.report)
        out = _layers(levels, flat, self.interfaces, self.grid, instant.time, self.report)
        known = {**STATE, **OPTIONAL, **dict.fromkeys(_KEPT)}
        return out | {name: values for name, values in flat.items() if name in known}


def _layers(
    levels: Fields, flat: Fields, interfaces: Floats, grid: Grid, time: np.datetime64, report: FeedReport
) -> Fields:
    """The fields on layers, and terrain, from levels on the grid's columns."""
    shape = flat["surface_pressure"].shape
    lev = {name: np.ascontiguousarray(v.reshape(len(v), -1)) for name, v in levels.items()}
    sfc = {name: np.ascontiguousarray(v.ravel()) for name, v in flat.items()}
    lev["specific_humidity"] = np.maximum(lev["specific_humidity"], 0.0)
    humidity = _humidity_2m(sfc, lev, report)
    height = _heights(lev, sfc, humidity, report)
    _check_reach(height, interfaces[-1], lev["pressure"], grid, time)
    smooth = np.zeros_like(sfc["roughness"])
    wall = np.clip(sfc["roughness"], 1e-4, 2.0)  # [m] below 10 m by a factor that keeps the logarithm sound
    means = {
        "u": layer_means(height, lev["u"], sfc["u_10m"], 10.0, interfaces, wall),
        "v": layer_means(height, lev["v"], sfc["v_10m"], 10.0, interfaces, wall),
        "temperature": layer_means(
            height, lev["temperature"], sfc["temperature_2m"], 2.0, interfaces, smooth
        ),
        "specific_humidity": layer_means(height, lev["specific_humidity"], humidity, 2.0, interfaces, smooth),
    }
    logs = at_interfaces(height, np.log(lev["pressure"]), np.log(sfc["surface_pressure"]), True, interfaces)
    pressure = np.exp(logs)
    pressure[0] = sfc["surface_pressure"]
    means["air_mass"] = (pressure[:-1] - pressure[1:]) / GRAVITY
    if "omega" in lev:
        means["omega"] = at_interfaces(height, lev["omega"], sfc["surface_pressure"], False, interfaces)
    out = {name: values.reshape(-1, *shape) for name, values in means.items()}
    out["terrain"] = flat["surface_geopotential"] / GRAVITY
    return out


def _heights(lev: Fields, sfc: Fields, humidity: Floats, report: FeedReport) -> Floats:
    if "geopotential" in lev:
        height = (lev["geopotential"] - sfc["surface_geopotential"]) / GRAVITY
        return np.where(lev["pressure"] >= sfc["surface_pressure"], -1.0, height)
    report.add(
        "derived",
        "heights of the levels from temperature, humidity and surface pressure (hydrostatic); the source has none",
        "来源无位势，层高由气温、湿度和地面气压按静力方程推算",
    )
    virtual = virtual_temperature(lev["temperature"], lev["specific_humidity"])
    near = virtual_temperature(sfc["temperature_2m"], humidity)
    height = hydrostatic_heights(lev["pressure"], virtual, sfc["surface_pressure"], near, DRY_AIR / GRAVITY)
    return np.asarray(height, dtype=np.float64)


def _humidity_2m(sfc: Fields, lev: Fields, report: FeedReport) -> Floats:
    """Specific humidity at 2 m [kg kg-1]; vapour pressure over water by Bolton 1980, eq. 10.

    doi:10.1175/1520-0493(1980)108<1046:TCOEPT>2.0.CO;2
    """
    if "humidity_2m" in sfc:
        return np.maximum(sfc["humidity_2m"], 0.0)
    if "dewpoint_2m" in sfc:
        celsius = sfc["dewpoint_2m"] - 273.15
        vapour = 611.2 * np.exp(17.67 * celsius / (celsius + 243.5))  # [Pa]
        return np.asarray(0.622 * vapour / (sfc["surface_pressure"] - 0.378 * vapour), dtype=np.float64)
    report.add(
        "defaulted",
        "humidity at 2 m, not in the source, is that of the lowest level above ground",
        "来源无 2 m 湿度，取地面以上最低一层的值",
    )
    above = lev["pressure"] < sfc["surface_pressure"]
    lowest = np.argmax(above, axis=0)
    return np.asarray(np.take_along_axis(lev["specific_humidity"], lowest[None], 0)[0], dtype=np.float64)


def _check_reach(height: Floats, top: float, pressure: Floats, grid: Grid, time: np.datetime64) -> None:
    """Refuse columns whose levels end below the top, or are too few beneath it."""
    highest, below = height.max(axis=0), ((height > 0) & (height < top)).sum(axis=0)
    for wrong, wanted in (
        (highest < top, f"levels of u, v, temperature up to {top:g} m above ground"),
        (below < LEAST_LEVELS, f"at least {LEAST_LEVELS} levels between the ground and {top:g} m"),
    ):
        if wrong.any():
            n = int(np.argmax(wrong))
            place = f"{grid.lon.flat[n]:.2f} E {grid.lat.flat[n]:.2f} N, {str(time)[:16]} UTC"
            came = f"the highest at {highest[n]:.0f} m ({pressure[-1, n] / 100:.0f} hPa), {below[n]} below, at {place}"
            raise BadInput(wanted, came, "fetch the missing pressure levels, or take lower layers")


def _check_names(first: Instant) -> None:
    lacking = [n for n in NEEDED_LEVELS if n not in first.levels]
    lacking += [n for n in NEEDED_FLAT if n not in first.flat]
    if lacking:
        came = f"none of {', '.join(lacking)} at {str(first.time)[:16]} UTC"
        raise BadInput("fields no weather can do without", came, "fetch them (docs/weather.md lists them)")


def _crop(first: Instant, grid: SourceGrid, report: FeedReport) -> tuple[slice, slice]:
    """The largest rectangle without holes at the first instant, and the report of what it cost."""
    under = first.levels["pressure"] >= first.flat["surface_pressure"]
    empty = np.zeros(grid.shape, dtype=bool)
    for values in first.flat.values():
        empty |= np.isnan(values)
    for values in first.levels.values():
        empty |= (np.isnan(values) & ~under).any(axis=0)
    if not empty.any():
        return slice(0, grid.shape[0]), slice(0, grid.shape[1])
    rows, columns = full_rectangle(~empty)
    kept = (rows.stop - rows.start, columns.stop - columns.start)
    if min(kept) < 2:
        came = f"{int(empty.sum())} of {empty.size} columns empty at {str(first.time)[:16]} UTC"
        raise BadInput("a rectangle of columns without holes", came, "mend the file")
    lost = empty.size - int(empty.sum()) - kept[0] * kept[1]
    report.add(
        "cropped",
        f"{int(empty.sum())} of {empty.size} columns are empty (NaN); kept the largest full rectangle of {kept[0]} x "
        f"{kept[1]} (y, x), rows {rows.start}-{rows.stop - 1}, columns {columns.start}-{columns.stop - 1}; "
        f"{lost} full columns fell away",
        f"{empty.size} 个气柱中 {int(empty.sum())} 个为空（NaN）；保留最大的完整矩形 {kept[0]} × {kept[1]}（y, x），"
        f"舍去 {lost} 个完整气柱",
    )
    return rows, columns


def _windowed(instant: Instant, rows: slice, columns: slice) -> Instant:
    levels = {name: values[:, rows, columns] for name, values in instant.levels.items()}
    return Instant(instant.time, levels, {n: values[rows, columns] for n, values in instant.flat.items()})


def _filled(values: Floats) -> Floats:
    """Holes under the ground take the value above them, so that neighbours on higher ground can use it."""
    if not np.isnan(values).any():
        return values
    out = values.copy()
    for level in range(len(out) - 2, -1, -1):
        out[level] = np.where(np.isnan(out[level]), out[level + 1], out[level])
    return out


def _dataset(
    fields: Fields, hours: NDArray[np.datetime64], grid: Grid, interfaces: Floats, source: str
) -> xr.Dataset:
    data = {}
    for name, (dims, unit, *_) in {**STATE, **OPTIONAL}.items():
        if name in fields:
            values = fields[name] if "time" in dims else fields[name][0]
            data[name] = (dims, values, {"units": unit})
    coords = {
        "time": ("time", hours, {"long_name": "instant, UTC"}),
        "layer": np.arange(len(interfaces) - 1),
        "interface": ("interface", interfaces, {"units": "m", "long_name": "height above ground"}),
        "y": ("y", grid.y, {"units": "m"}),
        "x": ("x", grid.x, {"units": "m"}),
    }
    return xr.Dataset(data, coords, {**grid.attrs(), "source": source, "Conventions": "CF-1.11"})
