"""Weather files opened: NetCDF or GRIB, whatever their axes are called, as fields by name and time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.regrid import SourceGrid
from airshed.places.grid import GEOGRAPHIC

__all__ = ["axes_of", "listed", "open_fields", "tidy"]

Floats = NDArray[np.float64]
_AXES: Final = {
    "time": ("valid_time", "time", "Time"),
    "level": ("pressure_level", "isobaricInhPa", "isobaricInPa", "level", "plev", "lev"),
    "y": ("latitude", "lat", "y"),
    "x": ("longitude", "lon", "x"),
}
_MAGIC: Final = {b"GRIB": "grib", b"\x89HDF": "netcdf", b"CDF\x01": "netcdf", b"CDF\x02": "netcdf"}


def listed(paths: Iterable[Path | str] | Path | str) -> list[Path]:
    """Paths as a sorted list; a folder stands for the files in it.

    Raises:
        BadInput: none, or one that does not exist.
    """
    given = [Path(paths)] if isinstance(paths, Path | str) else [Path(p) for p in paths]
    files = [f for p in given for f in (sorted(c for c in p.iterdir() if c.is_file()) if p.is_dir() else [p])]
    files = [f for f in files if f.suffix not in (".idx", ".json", ".txt", ".md")]
    if lacking := [str(f) for f in files if not f.exists()]:
        raise BadInput("weather files that exist", ", ".join(lacking), "check the paths")
    if not files:
        raise BadInput("at least one weather file", "none", "name files or a folder")
    return files


def open_fields(path: Path) -> list[xr.Dataset]:
    """The Datasets of a file, lazily: one of a NetCDF file, several of a GRIB file (one a kind of level).

    Raises:
        BadInput: the file begins like neither.
    """
    with path.open("rb") as stream:
        begins = stream.read(4)
    if (kind := _MAGIC.get(begins)) is None:
        raise BadInput("a NetCDF or GRIB file", f"{path.name}, which begins {begins!r}", "convert it first")
    if kind == "grib":
        return _open_grib(path)
    return [xr.open_dataset(path)]


def _open_grib(path: Path) -> list[xr.Dataset]:
    import cfgrib

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", FutureWarning
        )  # cfgrib relies on a default that xarray means to change
        # no index files beside the user's data
        return list(cfgrib.open_datasets(str(path), backend_kwargs={"indexpath": ""}))


def tidy(dataset: xr.Dataset) -> Iterator[xr.Dataset]:
    """Datasets with axes named ``time, level, y, x`` (those there are); a forecast's steps laid out in time."""
    for name in ("number", "surface", "heightAboveGround", "meanSea"):
        if name in dataset.dims and dataset.sizes[name] == 1:
            dataset = dataset.squeeze(name, drop=True)
    if "expver" in dataset.dims:  # ERA5 with its first release ERA5T: each hour stands in one of the two
        parts = [dataset.isel(expver=i, drop=True) for i in range(dataset.sizes["expver"])]
        dataset = parts[0]
        for part in parts[1:]:
            dataset = dataset.combine_first(part)
    if "step" in dataset.dims and "time" in dataset.dims:
        yield from _steps(dataset)
        return
    if "valid_time" in dataset.coords and "valid_time" not in dataset.dims:
        dataset = _valid(dataset)
    yield _renamed(dataset)


def _valid(dataset: xr.Dataset) -> xr.Dataset:
    """Let the valid time be the time, whichever of base time and step runs."""
    runs = [d for d in ("time", "step") if d in dataset.dims]
    times = dataset["valid_time"].values.ravel()
    dataset = dataset.drop_vars([n for n in ("time", "step", "valid_time") if n in dataset.coords])
    dataset = dataset.rename({runs[0]: "valid_time"}) if runs else dataset.expand_dims("valid_time")
    return dataset.assign_coords(valid_time=times)


def _steps(dataset: xr.Dataset) -> Iterator[xr.Dataset]:
    """Accumulated fields of ERA5 GRIB: base times 06 and 18 UTC and steps of an hour."""
    for step in range(dataset.sizes["step"]):
        part = _valid(dataset.isel(step=step))
        fields = [v for v in part.data_vars if "valid_time" in part[v].dims]
        yield _renamed(part[fields].dropna("valid_time", how="all"))


def _renamed(dataset: xr.Dataset) -> xr.Dataset:
    names = {}
    for ours, theirs in _AXES.items():
        found = [n for n in theirs if n in dataset.dims]
        if not found and ours in ("time", "level"):
            found = [n for n in theirs if n in dataset.coords and dataset[n].ndim == 0]
            if found:
                dataset = dataset.expand_dims(found[0])
        if found and found[0] != ours:
            names[found[0]] = ours
    clash = [n for n in names.values() if n in dataset.variables and n not in names]
    return dataset.drop_vars(clash).rename(names)


def axes_of(dataset: xr.Dataset, crs: str | None, place: str) -> SourceGrid:
    """The horizontal axes of a tidy Dataset, rising.

    Parameters:
        crs: of the axes, where the file does not say it.
        place: the file, for messages.

    Raises:
        BadInput: axes of two dimensions, or a projection that is not named.
    """
    if not {"x", "y"} <= set(dataset.dims) or dataset["x"].ndim != 1 or "x" not in dataset.coords:
        came = f"{place} with dims {dict(dataset.sizes)}"
        raise BadInput("regular latitude and longitude, or x and y of a projection", came, "remap it first")
    x, y = (np.sort(dataset[c].values.astype(np.float64)) for c in ("x", "y"))
    if crs is None:
        units = str(dataset["x"].attrs.get("units", ""))
        degrees = units.startswith("deg") or (not units and float(np.abs(x).max()) <= 360)
        crs = GEOGRAPHIC if degrees else _mapping(dataset, place)
    if pyproj.CRS.from_user_input(crs).is_projected and dataset["x"].attrs.get("units") == "km":
        x, y = x * 1000, y * 1000
    return SourceGrid(crs, x, y)


def _mapping(dataset: xr.Dataset, place: str) -> str:
    """The projection by the CF grid mapping."""
    names = {str(f.attrs["grid_mapping"]) for f in dataset.data_vars.values() if "grid_mapping" in f.attrs}
    names |= {
        str(f.encoding["grid_mapping"]) for f in dataset.data_vars.values() if "grid_mapping" in f.encoding
    }
    for name in sorted(names & set(dataset.variables)):
        attrs: dict[str, Any] = dict(dataset[name].attrs)
        for key in ("crs_wkt", "spatial_ref", "proj_params", "proj4_params", "proj4"):
            if key in attrs:
                return str(attrs[key])
        return str(pyproj.CRS.from_cf(attrs).to_wkt())
    raise BadInput("x and y with a grid mapping", f"none in {place}", "pass crs=…, for instance EPSG:32650")
