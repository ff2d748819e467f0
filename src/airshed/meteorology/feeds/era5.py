"""ERA5 as its users have it: NetCDF of old and new form, GRIB, on latitude and longitude or remapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from airshed.errors import BadInput
from airshed.meteorology.columns import DRY_AIR
from airshed.meteorology.feeds.files import axes_of, listed, open_fields, tidy
from airshed.meteorology.feeds.pipeline import raw_state
from airshed.meteorology.feeds.report import FeedReport
from airshed.meteorology.feeds.signs import check_direction_name, check_signs
from airshed.meteorology.feeds.source import (
    FLAT_UNITS,
    LEVEL_UNITS,
    NEEDED_FLAT,
    NEEDED_LEVELS,
    Instant,
    Times,
)
from airshed.meteorology.feeds.units import GRAVITY, conversion
from airshed.meteorology.regrid import SourceGrid, east_angle, rotate
from airshed.meteorology.weather import LAYER_TOPS
from airshed.places.grid import Grid

__all__ = ["FLAT_NAMES", "LEVEL_NAMES", "read_era5"]

Floats = NDArray[np.float64]

LEVEL_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "u": ("u", "u_component_of_wind"),
    "v": ("v", "v_component_of_wind"),
    "temperature": ("t", "temperature"),
    "specific_humidity": ("q", "specific_humidity"),
    "geopotential": ("z", "geopotential", "gh"),
    "omega": ("w", "vertical_velocity"),
}
FLAT_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "surface_pressure": ("sp", "surface_pressure"),
    "surface_geopotential": ("z", "geopotential_at_surface", "geopotential", "orog"),
    "u_10m": ("u10", "10u", "10m_u_component_of_wind"),
    "v_10m": ("v10", "10v", "10m_v_component_of_wind"),
    "temperature_2m": ("t2m", "2t", "2m_temperature"),
    "dewpoint_2m": ("d2m", "2d", "2m_dewpoint_temperature"),
    "mixing_height": ("blh", "boundary_layer_height"),
    "precipitation": ("tp", "total_precipitation"),
    "radiation": ("ssrd", "surface_solar_radiation_downwards"),
    "cloud": ("tcc", "total_cloud_cover"),
    "friction_velocity": ("zust", "friction_velocity"),
    "stress_x": ("iews", "instantaneous_eastward_turbulent_surface_stress"),
    "stress_y": ("inss", "instantaneous_northward_turbulent_surface_stress"),
    "roughness": ("fsr", "forecast_surface_roughness"),
    "sensible_heat": (
        "ishf",
        "sshf",
        "instantaneous_surface_sensible_heat_flux",
        "surface_sensible_heat_flux",
    ),
}
_OF_THE_HOUR: Final = ("precipitation", "radiation")
_COMPONENTS: Final = {"u": "u", "v": "v", "u_10m": "u", "v_10m": "v"}


def read_era5(
    paths: Iterable[Path | str] | Path | str,
    grid: Grid | None = None,
    *,
    interfaces: Sequence[float] = (0.0, *LAYER_TOPS),
    gap_limit: float = 3.0,
    start: datetime | None = None,
    end: datetime | None = None,
    crs: str | None = None,
    dtype: DTypeLike = np.float64,
) -> tuple[xr.Dataset, FeedReport]:
    """ERA5 on pressure levels and at the surface, as a raw state on a grid.

    Parameters:
        paths: NetCDF or GRIB files, or a folder; pressure levels and surface fields may lie in different files.
        grid: where to; None: the source's own grid, where the files lie on a projection with square cells.
        interfaces: heights above ground of the layers' bounds [m], from 0.
        gap_limit: longest time between two instants that is bridged by a straight line [h].
        start, end: first and last instant wanted, UTC; None: all there are.
        crs: of x and y, where the files do not say it.
        dtype: of the fields kept; single precision halves the memory of a month.

    Returns:
        The raw state (``meteorology.column_state``) and the report of what was cropped, interpolated, converted,
        derived and defaulted. Vertical wind is taken in Pa s-1, or in m s-1 by the hydrostatic relation.

    Raises:
        BadInput: missing fields, levels or hours, unknown units, impossible values, a grid not covered.

    Accumulated fields (tp in m, ssrd in J m-2) belong to the hour that ends at their valid time, as in the ERA5
    reanalysis (https://confluence.ecmwf.int/display/CKB/ERA5%3A+data+documentation, "Mean rates/fluxes and
    accumulations").
    """
    files = listed(paths)
    report = FeedReport("era5", tuple(f.name for f in files))
    source = _Era5(files, crs, float(interfaces[-1]), report)
    try:
        state = raw_state(
            source,
            grid,
            report,
            interfaces=interfaces,
            gap_limit=gap_limit,
            start=start,
            end=end,
            dtype=dtype,
        )
    finally:
        source.close()
    return state, report


@dataclass(frozen=True)
class _Field:
    """One variable of one file: where its instants stand, and how it turns into our unit."""

    array: xr.DataArray
    file: str
    factor: float
    offset: float
    along: bool  # a wind along the source's axes

    def at(self, position: int | None) -> Floats:
        array = self.array if position is None else self.array.isel(time=position)
        values = array.values.astype(np.float64)
        for axis, dim in enumerate(array.dims):
            order = self.array[dim].values
            if dim == "level":
                values = np.take(values, np.argsort(-order), axis=axis)
            elif (np.diff(order) < 0).any():
                values = np.take(values, np.argsort(order), axis=axis)
        return np.asarray(values * self.factor + self.offset, dtype=np.float64)


class _Era5:
    """The files of one reading, opened."""

    name = "era5"

    def __init__(self, files: list[Path], crs: str | None, top: float, report: FeedReport) -> None:
        self._open: list[xr.Dataset] = []
        self._fields: dict[str, dict[np.datetime64 | None, tuple[_Field, int | None]]] = {}
        self._report = report
        self._levels: dict[str, Floats] = {}
        grids: list[tuple[str, SourceGrid]] = []
        for path in files:
            for dataset in open_fields(path):
                self._open.append(dataset)
                used = [part for part in tidy(dataset) if self._register(part, path.name)]
                grids += [(path.name, axes_of(part, crs, path.name)) for part in used]
        self._check_grids(grids)
        self.grid = grids[0][1]
        self.times: Times = self._common_times()
        self._check_levels()
        self._keep = self._needed_levels(top)
        self._judged = False

    def close(self) -> None:
        """Let the files go."""
        for dataset in self._open:
            dataset.close()

    def instant(self, index: int) -> Instant:
        """The fields at one time."""
        time = self.times[index]
        levels = {n: self._value(n, time)[self._keep] for n in LEVEL_NAMES if n in self._fields}
        flat = {n: self._value(n, time) for n in FLAT_NAMES if n in self._fields}
        pressure = np.sort(self._levels["u"])[::-1][self._keep]
        levels["pressure"] = np.broadcast_to(pressure[:, None, None], levels["u"].shape).copy()
        if "omega" in levels and self._rises():
            virtual = levels["temperature"] * (1 + 0.608 * levels["specific_humidity"])
            levels["omega"] = -levels["omega"] * levels["pressure"] / (DRY_AIR * virtual) * GRAVITY
        for fields, suffix in ((levels, ""), (flat, "_10m")):
            self._to_true(fields, f"u{suffix}", f"v{suffix}")
        instant = Instant(time, levels, flat)
        if not self._judged:
            check_signs(instant, self.grid)
            self._judged = True
        return instant

    def _register(self, part: xr.Dataset, file: str) -> bool:
        found = False
        for names, units, dim in ((LEVEL_NAMES, LEVEL_UNITS, True), (FLAT_NAMES, FLAT_UNITS, False)):
            for ours, theirs in names.items():
                for name in theirs:
                    if name in part.data_vars and ("level" in part[name].dims) == dim:
                        self._add(ours, part[name], units[ours], file)
                        found = True
                        break
        return found

    def _add(self, ours: str, array: xr.DataArray, wanted: str, file: str) -> None:
        unit = array.attrs.get("units")
        if ours == "omega" and unit is not None and "Pa" not in unit:
            wanted = "m s-1"
        factor, offset = conversion(unit, wanted, str(array.name), file)
        if (factor, offset) != (1.0, 0.0):
            self._say_converted(ours, str(array.name), str(unit), wanted)
        if ours == "sensible_heat":
            factor = -factor  # ECMWF counts downward fluxes positive
        along = ours in _COMPONENTS and check_direction_name(_COMPONENTS[ours], dict(array.attrs), file)
        if "level" in array.dims:
            scale, _ = conversion(
                array["level"].attrs.get("units"), "Pa", f"pressure level of {array.name}", file
            )
            pressure = array["level"].values.astype(np.float64) * scale
            array = array.assign_coords(level=pressure)
            self._levels.setdefault(ours, pressure)
        dims = [d for d in ("time", "level", "y", "x") if d in array.dims]
        field = _Field(array.transpose(*dims), file, factor, offset, along)
        known = self._fields.setdefault(ours, {})
        if "time" not in array.dims:
            known.setdefault(None, (field, None))
            return
        for position, time in enumerate(array["time"].values):
            known.setdefault(time.astype("datetime64[ns]"), (field, position))

    def _say_converted(self, ours: str, name: str, unit: str, wanted: str) -> None:
        hour = " of the hour that ends at the time" if ours in _OF_THE_HOUR else ""
        text_zh = "（截至该时次的一小时）" if hour else ""
        self._report.add(
            "converted", f"{name} from {unit} to {wanted}{hour}", f"{name}：{unit} → {wanted}{text_zh}"
        )

    def _rises(self) -> bool:
        field, _ = next(iter(self._fields["omega"].values()))
        return "Pa" not in str(field.array.attrs.get("units"))

    def _value(self, ours: str, time: np.datetime64) -> Floats:
        known = self._fields[ours]
        entry = known.get(time) or known.get(None)
        if entry is None and ours == "surface_geopotential":
            entry = next(iter(known.values()))  # the ground does not move
        if entry is None:
            self._report.add(
                "defaulted",
                f"{ours} of the hour before the first instant, not in the source and used by no hour, is 0",
                f"首个时次之前一小时的 {ours} 来源中没有，也不被使用，取 0",
            )
            return np.zeros(self.grid.shape)
        return entry[0].at(entry[1])

    def _to_true(self, fields: dict[str, Floats], u: str, v: str) -> None:
        if not next(iter(self._fields[u].values()))[0].along:
            return
        angle = east_angle(self.grid.crs, *self.grid.lonlat)
        fields[u], fields[v] = rotate(fields[u], fields[v], -angle)

    def _check_grids(self, grids: list[tuple[str, SourceGrid]]) -> None:
        if not grids:
            raise BadInput("ERA5 fields by their short names (u v t q sp …)", "none", "see docs/weather.md")
        file, first = grids[0]
        for name, other in grids[1:]:
            if other.shape != first.shape or not (
                np.allclose(other.x, first.x) and np.allclose(other.y, first.y)
            ):
                raise BadInput("files on one grid", f"{file} and {name} differ", "fetch them for one area")

    def _common_times(self) -> Times:
        needed = [n for n in (*NEEDED_LEVELS, *NEEDED_FLAT) if n not in ("pressure", "surface_geopotential")]
        if lacking := [n for n in (*needed, "surface_geopotential") if n not in self._fields]:
            names = {**FLAT_NAMES, **LEVEL_NAMES}
            came = ", ".join(f"no {n} ({names[n][0]})" for n in lacking)
            raise BadInput("ERA5 with every field that transport needs", came, "fetch it (docs/weather.md)")
        every = set.intersection(*(set(self._fields[n]) for n in needed)) - {None}
        some = set.union(*(set(self._fields[n]) for n in needed)) - {None}
        if not every:
            raise BadInput("one instant that all files share", "none", "fetch the same hours of all fields")
        times = np.sort(np.array(list(every), dtype="datetime64[ns]"))
        if len(some) > len(every):
            lone = len(some) - len(every)
            text = f"{lone} instants lack a needed field and were left out"
            self._report.add("cropped", text, f"{lone} 个时次缺少必需变量，舍去")
        self._drop_partial(times)
        return times

    def _drop_partial(self, times: Times) -> None:
        """Refuse optional fields that some hours have and others lack; the first hour of a sum may be absent."""
        optional = [n for n in self._fields if n not in (*NEEDED_LEVELS, *NEEDED_FLAT)]
        for name in optional:
            lacking = [t for t in times if t not in self._fields[name] and None not in self._fields[name]]
            if name in _OF_THE_HOUR:
                lacking = [t for t in lacking if t != times[0]]
            if lacking:
                came = f"none at {str(lacking[0])[:16]} UTC ({len(lacking)} such)"
                raise BadInput(f"{name} at every hour, or at none", came, "fetch the missing hours")

    def _check_levels(self) -> None:
        wanted = set().union(*(set(v) for v in self._levels.values()))
        for name, have in self._levels.items():
            if lacking := sorted(wanted - set(have)):
                came = f"{name} without {', '.join(f'{p / 100:g}' for p in lacking)} hPa"
                raise BadInput("the same levels of every variable", came, "fetch the missing levels")

    def _needed_levels(self, top: float) -> NDArray[np.int64]:
        """Levels, from the ground up, that can lie below the top of the layers and a little above it."""
        ground = np.nanmax(self._value("surface_geopotential", self.times[0])) / GRAVITY
        bound = 101_325.0 * np.exp(-(ground + top + 1500.0) / 7000.0)  # [Pa] lower than any pressure there
        return np.flatnonzero(np.sort(self._levels["u"])[::-1] >= bound)
