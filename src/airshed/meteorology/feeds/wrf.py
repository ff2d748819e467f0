"""WRF output (wrfout files): staggered winds brought to centres, turned to true east, on the model's own levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from airshed.errors import BadInput
from airshed.meteorology.columns import DRY_AIR, virtual_temperature
from airshed.meteorology.feeds.files import listed, open_fields
from airshed.meteorology.feeds.pipeline import raw_state
from airshed.meteorology.feeds.report import FeedReport
from airshed.meteorology.feeds.signs import check_signs
from airshed.meteorology.feeds.source import Instant, Times
from airshed.meteorology.feeds.units import GRAVITY, conversion
from airshed.meteorology.regrid import SourceGrid, east_angle, rotate
from airshed.meteorology.weather import LAYER_TOPS
from airshed.places.grid import GEOGRAPHIC, Grid

__all__ = ["read_wrf"]

Floats = NDArray[np.float64]
BASE_THETA: Final = (
    300.0  # [K] added to T, WRF users' guide ch. 5 "perturbation potential temperature (theta-t0)"
)
BASE_PRESSURE: Final = 100_000.0  # [Pa] p0 of potential temperature, WRF model constants
KAPPA: Final = 2.0 / 7.0  # [1] R/cp, WRF model constants
RADIUS: Final = 6_370_000.0  # [m] the sphere of WRF, WPS users' guide

_UNITS: Final = {
    "U": "m s-1", "V": "m s-1", "W": "m s-1", "T": "K", "P": "Pa", "PB": "Pa", "PH": "m2 s-2", "PHB": "m2 s-2",
    "QVAPOR": "kg kg-1", "PSFC": "Pa", "HGT": "m", "U10": "m s-1", "V10": "m s-1", "T2": "K", "Q2": "kg kg-1",
    "PBLH": "m", "UST": "m s-1", "RAINC": "kg m-2", "RAINNC": "kg m-2", "SWDOWN": "W m-2", "HFX": "W m-2",
    "CLDFRA": "1", "ZNT": "m", "SINALPHA": "1", "COSALPHA": "1",
}  # fmt: skip
_NEEDED: Final = (
    "U", "V", "T", "P", "PB", "PH", "PHB", "QVAPOR", "PSFC", "HGT", "U10", "V10", "T2", "PBLH", "XLAT", "XLONG",
)  # fmt: skip
_PLAIN: Final = {
    "surface_pressure": "PSFC", "temperature_2m": "T2", "mixing_height": "PBLH", "friction_velocity": "UST",
    "radiation_instant": "SWDOWN", "sensible_heat": "HFX", "roughness": "ZNT",
}  # fmt: skip
_PROJECTIONS: Final = {
    1: "+proj=lcc +lat_1={TRUELAT1} +lat_2={TRUELAT2} +lat_0={MOAD_CEN_LAT} +lon_0={STAND_LON}",
    2: "+proj=stere +lat_0={pole} +lat_ts={TRUELAT1} +lon_0={STAND_LON}",
    3: "+proj=merc +lat_ts={TRUELAT1} +lon_0={STAND_LON}",
}


def read_wrf(
    paths: Iterable[Path | str] | Path | str,
    grid: Grid | None = None,
    *,
    interfaces: Sequence[float] = (0.0, *LAYER_TOPS),
    gap_limit: float = 3.0,
    start: datetime | None = None,
    end: datetime | None = None,
    dtype: DTypeLike = np.float64,
) -> tuple[xr.Dataset, FeedReport]:
    """WRF output of one domain, as a raw state on a grid.

    Parameters:
        paths: wrfout files (NetCDF), or a folder.
        grid: where to; None: the model's own grid.
        interfaces: heights above ground of the layers' bounds [m], from 0.
        gap_limit: longest time between two instants that is bridged by a straight line [h].
        start, end: first and last instant wanted, UTC; None: all there are.
        dtype: of the fields kept; single precision halves the memory of a month.

    Returns:
        The raw state (``meteorology.column_state``) and the report of what was done. Total cloud is the largest
        CLDFRA of the column (maximum overlap); omega is -density x gravity x W (hydrostatic).

    Raises:
        BadInput: missing fields or hours, unknown units, impossible values, a projection other than Lambert, polar
            stereographic and Mercator, a grid not covered.

    Names and staggering follow the WRF users' guide, chapter 5 (https://www2.mmm.ucar.edu/wrf/users/).
    """
    files = listed(paths)
    report = FeedReport("wrf", tuple(f.name for f in files))
    source = _Wrf(files, float(interfaces[-1]), report)
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


class _Wrf:
    """The files of one reading, opened."""

    name = "wrf"

    def __init__(self, files: list[Path], top: float, report: FeedReport) -> None:
        self._open = [(path.name, dataset) for path in files for dataset in open_fields(path)]
        self._top, self._report = top, report
        file, first = self._open[0]
        if lacking := [n for n in _NEEDED if n not in first.variables]:
            raise BadInput(
                "WRF output with every needed field", f"no {', '.join(lacking)} in {file}", "write them"
            )
        self.grid = _grid_of(first, file)
        places: dict[np.datetime64, tuple[str, xr.Dataset, int]] = {}
        for name, dataset in self._open:
            for position, time in enumerate(_times_of(dataset, name)):
                places.setdefault(time, (name, dataset, position))
        self.times: Times = np.sort(np.array(list(places), dtype="datetime64[ns]"))
        self._places = [places[t] for t in self.times]
        self._has = {n for n in _UNITS if all(n in d.variables for _, d in self._open)}
        self._judged = False

    def close(self) -> None:
        """Let the files go."""
        for _, dataset in self._open:
            dataset.close()

    def instant(self, index: int) -> Instant:
        """The fields at one time."""
        levels, flat = self._levels(index), self._flat(index)
        for fields, suffix in ((levels, ""), (flat, "_10m")):
            u, v = f"u{suffix}", f"v{suffix}"
            fields[u], fields[v] = self._to_true(index, fields[u], fields[v])
        above = (levels["geopotential"] - flat["surface_geopotential"]) / GRAVITY
        enough = np.flatnonzero(above.min(axis=(1, 2)) > self._top)
        keep = slice(0, int(enough[0]) + 1 if len(enough) else None)
        instant = Instant(self.times[index], {n: f[keep] for n, f in levels.items()}, flat)
        if not self._judged:
            check_signs(instant, self.grid)
            self._judged = True
        return instant

    def _get(self, name: str, index: int) -> Floats:
        file, dataset, position = self._places[index]
        array = dataset[name].isel(Time=position) if "Time" in dataset[name].dims else dataset[name]
        if name == "CLDFRA" or name.endswith("ALPHA"):
            return np.asarray(array.values, dtype=np.float64)
        factor, offset = conversion(array.attrs.get("units"), _UNITS[name], name, file)
        if (factor, offset) != (1.0, 0.0):
            unit = array.attrs.get("units")
            self._report.add(
                "converted", f"{name} from {unit} to {_UNITS[name]}", f"{name}：{unit} → {_UNITS[name]}"
            )
        return np.asarray(array.values * factor + offset, dtype=np.float64)

    def _levels(self, index: int) -> dict[str, Floats]:
        pressure = self._get("P", index) + self._get("PB", index)
        theta = self._get("T", index) + BASE_THETA
        ratio = np.maximum(self._get("QVAPOR", index), 0.0)
        u, v = self._get("U", index), self._get("V", index)
        out = {
            "u": 0.5 * (u[..., :-1] + u[..., 1:]),
            "v": 0.5 * (v[..., :-1, :] + v[..., 1:, :]),
            "temperature": theta * (pressure / BASE_PRESSURE) ** KAPPA,
            "specific_humidity": ratio / (1.0 + ratio),
            "pressure": pressure,
            "geopotential": _midway(self._get("PH", index) + self._get("PHB", index)),
        }
        if "W" in self._has:
            virtual = virtual_temperature(out["temperature"], out["specific_humidity"])
            out["omega"] = -GRAVITY * pressure / (DRY_AIR * virtual) * _midway(self._get("W", index))
        return out

    def _flat(self, index: int) -> dict[str, Floats]:
        out = {ours: self._get(theirs, index) for ours, theirs in _PLAIN.items() if theirs in self._has}
        out["surface_geopotential"] = self._get("HGT", index) * GRAVITY
        out["u_10m"], out["v_10m"] = self._get("U10", index), self._get("V10", index)
        if "Q2" in self._has:
            ratio = np.maximum(self._get("Q2", index), 0.0)
            out["humidity_2m"] = ratio / (1.0 + ratio)
        if "CLDFRA" in self._has:
            out["cloud"] = self._get("CLDFRA", index).max(axis=0)
            self._report.add(
                "derived",
                "total cloud as the largest cloud fraction of the column (maximum overlap)",
                "总云量取气柱中最大的云量（最大重叠）",
            )
        if {"RAINC", "RAINNC"} <= self._has:
            out["accumulated"] = self._rain(index)
        return out

    def _rain(self, index: int) -> Floats:
        """Rain since the start [kg m-2], with the buckets that were emptied."""
        _, dataset, position = self._places[index]
        total = self._get("RAINC", index) + self._get("RAINNC", index)
        bucket = float(dataset.attrs.get("BUCKET_MM", -1.0))
        for name in ("I_RAINC", "I_RAINNC"):
            if bucket > 0 and name in dataset:
                total = total + bucket * dataset[name].isel(Time=position).values
        return total

    def _to_true(self, index: int, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        if {"SINALPHA", "COSALPHA"} <= self._has:
            angle = np.arctan2(self._get("SINALPHA", index), self._get("COSALPHA", index))
        else:
            angle = -east_angle(self.grid.crs, *self.grid.lonlat)
            self._report.add(
                "derived",
                "the angle of the model's axes from its projection; the files have no SINALPHA, COSALPHA",
                "文件无 SINALPHA、COSALPHA，网格转角由投影推算",
            )
        return rotate(u, v, angle)


def _midway(staggered: Floats) -> Floats:
    """From the interfaces of the model's levels to their middles."""
    return 0.5 * (staggered[:-1] + staggered[1:])


def _times_of(dataset: xr.Dataset, file: str) -> list[np.datetime64]:
    if "Times" in dataset.variables:
        texts = [t if isinstance(t, bytes) else b"".join(t) for t in dataset["Times"].values]
        return [np.datetime64(t.decode().strip().replace("_", "T"), "ns") for t in texts]
    if "XTIME" in dataset.variables and dataset["XTIME"].dtype.kind == "M":
        return list(np.atleast_1d(dataset["XTIME"].values).astype("datetime64[ns]"))
    raise BadInput("WRF output with Times or a dated XTIME", f"neither in {file}", "keep them in the output")


def _grid_of(dataset: xr.Dataset, file: str) -> SourceGrid:
    """The model's points on its projection, from the global attributes and the corner's place."""
    attrs: dict[str, Any] = {"MOAD_CEN_LAT": dataset.attrs.get("CEN_LAT"), **dataset.attrs}
    kind = int(attrs.get("MAP_PROJ", -1))
    if kind not in _PROJECTIONS:
        known = "MAP_PROJ 1 (Lambert), 2 (polar stereographic) or 3 (Mercator)"
        raise BadInput(f"WRF output on {known}", f"{kind} in {file}", "remap it first")
    pole = 90 if float(attrs["TRUELAT1"]) > 0 else -90
    crs = _PROJECTIONS[kind].format(pole=pole, **attrs) + f" +R={RADIUS:.0f} +units=m +no_defs"
    lat, lon = (_corners(dataset[n]) for n in ("XLAT", "XLONG"))
    x, y = pyproj.Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True).transform(lon, lat)
    ny, nx = dataset["XLAT"].shape[-2:]
    dx, dy = float(attrs["DX"]), float(attrs["DY"])
    missed = max(abs(x[1] - x[0] - dx * (nx - 1)), abs(y[1] - y[0] - dy * (ny - 1)))
    if missed > 0.1 * dx:
        came = f"attributes that miss the far corner of XLAT, XLONG by {missed / 1000:.1f} km in {file}"
        raise BadInput("projection attributes that fit XLAT and XLONG", came, "mend the attributes")
    return SourceGrid(crs, x[0] + dx * np.arange(nx), y[0] + dy * np.arange(ny))


def _corners(array: xr.DataArray) -> Floats:
    values = np.asarray(array.values, dtype=np.float64)
    values = values[0] if values.ndim == 3 else values
    return np.array([values[0, 0], values[-1, -1]])
