"""EDGAR's grids: NetCDF by species and sector, ``fluxes`` [kg m-2 s-1] or ``emissions`` [t a cell and year].

Sector and species are read off the file's name (``v8.1_FT2022_AP_SO2_2022_ENE_flx.nc``), where nobody says them;
files of totals hold all sectors in one and are refused unless a sector is named. Nitrogen oxides are NO2 there.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.emissions.feeds.gridded import Cells, areas, edges_of, rows_of
from airshed.emissions.feeds.reading import FeedContext, Reading, open_netcdf
from airshed.emissions.inventory import check_inventory, combine
from airshed.emissions.profiles import sector_named, species_named
from airshed.emissions.units import SECONDS_A_DAY
from airshed.errors import BadInput

__all__ = ["EDGAR_GRID", "EdgarGridFeed"]

Floats = NDArray[np.float64]
_FLUX: Final = re.compile(r"kg\s*(/\s*)?m(2|-2|\^-2|\*\*-2)\s*[ /]?\s*s(-1|\^-1|\*\*-1)?")
_A_TONNE: Final = 1e-3  # [t] a kilogram


@dataclass(frozen=True)
class EdgarGridFeed:
    """A file, or a folder with one for each sector and species."""

    name: str = "edgar-grid"
    names: Mapping[str, str] = field(default_factory=lambda: {"zh": "EDGAR 网格", "en": "EDGAR grid"})

    def read(self, path: Path, context: FeedContext) -> Reading:
        """See :class:`airshed.emissions.feeds.reading.Feed`."""
        files = sorted(path.glob("*.nc")) if path.is_dir() else [path]
        if not files:
            raise BadInput(f"{path.name}: NetCDF files", "none", "name the folder of EDGAR's grids")
        tables, beyond, blanks, read = [], dict[str, float](), 0, 0
        for file in files:
            cells = _cells(file, context)
            table, outside, blank = rows_of(cells, context.bounds)
            tables.append(table)
            beyond[cells.species] = beyond.get(cells.species, 0.0) + outside
            blanks, read = blanks + blank, read + cells.amount.size - blank
        return Reading(check_inventory(combine(*tables), path.name), read, blanks, beyond, (), tuple(files))


def _cells(path: Path, context: FeedContext) -> Cells:
    tokens = re.split(r"[_\s]", path.stem)
    sector = _first((sector_named(t, "edgar") for t in _spans(tokens)), context.sector)
    species = _first(map(species_named, tokens), context.species)
    if sector is None or species is None:
        lacking = "sector" if sector is None else "species"
        advice = f"name it with --{lacking}, or keep EDGAR's name of the file"
        raise BadInput(f"{path.name}: a {lacking} in the name of the file", repr(path.stem), advice)
    with open_netcdf(path) as data:
        return _amounts(_field(data, path.name), path.name, sector, species, _year(tokens, context))


def _spans(tokens: list[str]) -> list[str]:
    """Tokens one by one and in pairs (``TRO_noRES``)."""
    return [*("_".join(pair) for pair in itertools.pairwise(tokens)), *tokens]


def _first(found: object, given: str | None) -> str | None:
    return next((f for f in found if f), None) or given  # type: ignore[attr-defined]


def _year(tokens: list[str], context: FeedContext) -> int:
    """The year in the name (not that of the release, ``FT2022``)."""
    years = [int(t) for t in tokens if re.fullmatch(r"(19|20)\d\d", t)]
    return context.year or (years[0] if years else 2001)  # only the length of a year hangs on it


def _field(data: xr.Dataset, file: str) -> xr.DataArray:
    """The one field over lat and lon, from south to north, longitudes -180..180."""
    names = [n for n in data.data_vars if {"lat", "lon"} <= set(data[n].dims)]
    if len(names) != 1:
        came = ", ".join(map(str, data.data_vars)) or "none"
        raise BadInput(f"{file}: one field over lat and lon", came, "leave one field in the file")
    field = data[names[0]]
    lon = np.asarray(field["lon"].values, dtype=np.float64)
    field = field.assign_coords(lon=np.round((lon + 180.0) % 360.0 - 180.0, 6))
    return field.sortby(["lat", "lon"]).transpose(..., "lat", "lon")


def _amounts(field: xr.DataArray, file: str, sector: str, species: str, year: int) -> Cells:
    """Amounts [t/a] from fluxes or from tonnes; twelve months are summed by their lengths."""
    lat, lon = (edges_of(np.asarray(field[n].values, dtype=np.float64)) for n in ("lat", "lon"))
    units, values = str(field.attrs.get("units", "")).strip(), np.asarray(field.values, dtype=np.float64)
    months = values.reshape(-1, *values.shape[-2:])
    days = (
        [calendar.monthrange(year, m)[1] for m in range(1, 13)]
        if len(months) == 12
        else [365 + calendar.isleap(year)]
    )
    if len(months) != len(days):
        raise BadInput(f"{file}: one year or twelve months", f"{len(months)} times", "cut the file")
    if _FLUX.fullmatch(units.lower()):
        seconds = np.array(days)[:, None, None] * SECONDS_A_DAY
        amount = (months * seconds).sum(axis=0) * areas(lat, lon) * _A_TONNE
    elif units.lower().startswith(("tonne", "ton", "t/", "mg")) or units == "t":
        amount = months.sum(axis=0)
    else:
        raise BadInput(f"{file}: kg m-2 s-1, or tonnes a cell", repr(units), "write the unit into the field")
    return Cells(amount, lat, lon, sector, species, f"edgar-grid {file}")


EDGAR_GRID = EdgarGridFeed()
