"""MEIC's grids: a file for each month, sector and species, named ``2017_01__power__SO2.nc`` or ``….asc``, Mg a cell.

NetCDF as GMT 3 wrote it: ``x_range``, ``y_range``, ``spacing``, ``dimension`` and the flat field ``z`` from north to
south; or with latitudes and longitudes. ASCII as Esri's grid. The year's amount is the sum of its twelve months;
a file of month 00 holds the whole year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.emissions.feeds.gridded import Cells, edges_of, rows_of
from airshed.emissions.feeds.reading import FeedContext, Reading, open_netcdf
from airshed.emissions.inventory import check_inventory, combine
from airshed.emissions.profiles import sector_named, species_named
from airshed.errors import BadInput

__all__ = ["MEIC_GRID", "MeicGridFeed"]

Floats = NDArray[np.float64]
_NAME: Final = re.compile(r"^(\d{4})_(\d{2})_+([A-Za-z]+)_+([A-Za-z0-9.]+)$")
_SUFFIXES: Final = (".nc", ".asc", ".txt")
_BELOW: Final = -9000.0  # values below are MEIC's mark for none, -9999


@dataclass(frozen=True)
class _Named:
    path: Path
    year: int
    month: int
    sector: str
    species: str


@dataclass(frozen=True)
class MeicGridFeed:
    """A file, or a folder with all of them."""

    name: str = "meic-grid"
    names: Mapping[str, str] = field(default_factory=lambda: {"zh": "MEIC 网格", "en": "MEIC grid"})

    def read(self, path: Path, context: FeedContext) -> Reading:
        """See :class:`airshed.emissions.feeds.reading.Feed`."""
        files, notes = _files(path, context.year)
        groups: dict[tuple[str, str], list[_Named]] = {}
        for found in files:
            groups.setdefault((found.sector, found.species), []).append(found)
        _check_months(groups)
        tables, beyond, blanks, read = [], dict[str, float](), 0, 0
        for (sector, species), members in groups.items():
            cells = _year(members, sector, species)
            table, outside, blank = rows_of(cells, context.bounds)
            tables.append(table)
            beyond[species] = beyond.get(species, 0.0) + outside
            blanks, read = blanks + blank, read + cells.amount.size - blank
        checked = check_inventory(combine(*tables), path.name)
        return Reading(checked, read, blanks, beyond, notes, tuple(f.path for f in files))


def _files(path: Path, year: int | None) -> tuple[list[_Named], tuple[str, ...]]:
    """The files, by what their names say; what is left aside is noted."""
    every = sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES) if path.is_dir() else [path]
    files, strange = [], list[str]()
    for file in every:
        found = _NAME.match(file.stem)
        sector = sector_named(found[3], "meic") if found else None
        species = species_named(found[4]) if found else None
        if found is None or sector is None or species is None:
            strange.append(file.name)
        elif year is None or int(found[1]) == year:
            files.append(_Named(file, int(found[1]), int(found[2]), sector, species))
    if len({f.year for f in files}) > 1:
        raise BadInput(
            f"{path.name}: one year", f"{sorted({f.year for f in files})}", "say which with --year"
        )
    if not files:
        came = ", ".join(strange[:3]) or "none"
        wanted = f"{path.name}: files named YEAR_MONTH__sector__SPECIES.nc or .asc, of sectors and species known here"
        raise BadInput(wanted, came, "rename them as MEIC does")
    notes = (f"left aside {len(strange)} file(s): {', '.join(strange[:5])}",) if strange else ()
    return files, notes


def _check_months(groups: Mapping[tuple[str, str], list[_Named]]) -> None:
    faults = []
    for (sector, species), members in groups.items():
        months = sorted(m.month for m in members)
        if months != [0] and months != list(range(1, 13)):
            faults.append(f"{sector} {species}: months {months}")
    if faults:
        advice = "put all months into one folder and import the folder"
        raise BadInput("the twelve months of each sector and species, or month 00", "; ".join(faults), advice)


def _year(members: Iterable[_Named], sector: str, species: str) -> Cells:
    """The sum of the months; a cell is blank where all of them are."""
    fields = [_open(m.path) for m in members]
    _, lat, lon = fields[0]
    if any(not (np.array_equal(a, lat) and np.array_equal(o, lon)) for _, a, o in fields):
        raise BadInput("one grid for all months", f"several for {sector} {species}", "regrid the files")
    stack = np.stack([f for f, _, _ in fields])
    amount = np.where(np.isnan(stack).all(axis=0), np.nan, np.nansum(stack, axis=0))
    return Cells(amount, lat, lon, sector, species, "meic-grid")


def _open(path: Path) -> tuple[Floats, Floats, Floats]:
    """Amount (lat, lon) from south to north, and edges."""
    values, lat, lon = _open_netcdf(path) if path.suffix == ".nc" else _open_ascii(path)
    return np.where(values < _BELOW, np.nan, values), lat, lon


def _open_netcdf(path: Path) -> tuple[Floats, Floats, Floats]:
    try:
        with open_netcdf(path) as data:
            if {"x_range", "y_range", "dimension", "z"} <= set(data.variables):
                nx, ny = (int(n) for n in data["dimension"].values)
                values = np.asarray(data["z"].values, dtype=np.float64).reshape(ny, nx)[::-1]
                return values, _even(data["y_range"].values, ny), _even(data["x_range"].values, nx)
            names = {n: next(c for c in data.coords if str(c).lower().startswith(n)) for n in ("lat", "lon")}
            name = next(n for n in data.data_vars if data[n].ndim == 2)
            field = data[name].transpose(names["lat"], names["lon"]).sortby([names["lat"], names["lon"]])
            lat, lon = (edges_of(np.asarray(field[names[n]].values, float)) for n in ("lat", "lon"))
            return np.asarray(field.values, dtype=np.float64), lat, lon
    except (ValueError, StopIteration, KeyError) as error:
        wanted = f"{path.name}: a NetCDF grid with x_range, y_range, dimension, z, or lat and lon"
        raise BadInput(wanted, repr(error), "see docs/emissions.md") from error


def _even(ends: NDArray[Any], cells: int) -> Floats:
    """Edges of so many cells between two ends [deg]."""
    low, high = (float(end) for end in ends)
    return np.round(np.linspace(low, high, cells + 1), 6)


def _open_ascii(path: Path) -> tuple[Floats, Floats, Floats]:
    """Esri's ASCII grid: six lines of header, then rows from north to south."""
    lines = path.read_text(encoding="ascii").split("\n")
    try:
        header = {key.lower(): float(text) for key, text in (line.split() for line in lines[:6])}
        nx, ny, step = int(header["ncols"]), int(header["nrows"]), header["cellsize"]
        values = np.array(" ".join(lines[6:]).split(), dtype=np.float64).reshape(ny, nx)[::-1]
        west, south = header["xllcorner"], header["yllcorner"]
    except (ValueError, KeyError) as error:
        raise BadInput(
            f"{path.name}: an ASCII grid with its six lines of header", repr(error), "export it anew"
        ) from error
    values = np.where(values == header.get("nodata_value", np.nan), np.nan, values)
    return values, np.round(south + step * np.arange(ny + 1), 6), np.round(west + step * np.arange(nx + 1), 6)


MEIC_GRID = MeicGridFeed()
