"""Writes a made region as files a user could have: hourly tables, a mapping, a region, stations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.places import Gazetteer, Station
from airshed.twin.faults import Fault

__all__ = [
    "DEMONSTRATION",
    "MAPPING",
    "SOURCE",
    "Made",
    "made_stations",
    "tables_in",
    "write_made",
    "write_places",
]

SOURCE = "twin"
MAPPING = "mapping.toml"
DEMONSTRATION = "demo"

# Offsets of a city's stations from its seat [deg]: three in town, the fourth, a control site, out of it.
OFFSETS = ((0.0, 0.0), (0.07, 0.02), (-0.05, -0.06), (-0.22, 0.20))

_HEADS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}
_GAP = "—"


@dataclass(frozen=True)
class Made:
    """What was written (hourly tables, mapping, files for ``places/``) and the faults planted in it."""

    data: tuple[Path, ...]
    mapping: Path
    places: tuple[Path, ...]
    stations: tuple[Station, ...]
    faults: tuple[Fault, ...]


def made_stations(gazetteer: Gazetteer, cities: Sequence[str]) -> list[Station]:
    """Four made stations round the seat of each city; a city without a seat has none.

    Raises:
        BadInput: none of the cities has a seat.
    """
    found = []
    for place in cities:
        city = gazetteer.jurisdiction(place)
        if city.lon is None or city.lat is None:
            continue
        for number, (east, north) in enumerate(OFFSETS, start=1):
            found.append(_station(place, city.names, number, city.lon + east, city.lat + north))
    if not found:
        raise BadInput("cities with a seat", f"{list(cities)} without", "name another region")
    return found


def _station(place: str, city: dict[str, str], number: int, lon: float, lat: float) -> Station:
    control = number == len(OFFSETS)
    return Station(
        id=f"{SOURCE}:{place.removeprefix('gb2260:')}-{number}",
        names={
            "zh": f"{city['zh']}演示{'对照' if control else ''}点{number}",
            "en": f"{city['en']} made {'control ' if control else ''}site {number}",
        },
        place=place,
        lon=round(lon, 4),
        lat=round(lat, 4),
        role="control" if control else "evaluation",
        source=SOURCE,
    )


def write_made(
    folder: Path, stations: Sequence[Station], air: Mapping[str, NDArray[np.float64]], first_day: date
) -> tuple[list[Path], Path]:
    """Write hourly tables, one CSV a month, and the mapping that reads them: the same air gives the same bytes.

    Parameters:
        folder: gets ``made_YYYYMM.csv`` and the mapping.
        air: pollutant to (station, hour), nan for a gap; in the catalogue's units and printed decimals.
        first_day: local day (UTC+8) of the first hour.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _write_hours(folder, stations, air, first_day), _write(folder / MAPPING, _mapping())


def tables_in(folder: Path) -> list[Path]:
    """The hourly tables in a folder, by month."""
    return sorted(folder.glob("made_*.csv"))


def _write_hours(
    folder: Path, stations: Sequence[Station], air: Mapping[str, NDArray[np.float64]], first_day: date
) -> list[Path]:
    """One CSV a month, one row a station and hour, hours outermost as they would arrive."""
    hours = air["pm25"].shape[1]
    midnight = datetime(first_day.year, first_day.month, first_day.day)  # noqa: DTZ001 -- local, as such files are
    times = [midnight + timedelta(hours=h) for h in range(hours)]
    table = pl.DataFrame(
        {
            "时间": pl.Series(times).gather(np.repeat(np.arange(hours), len(stations))),
            "站点": [s.id for s in stations] * hours,
            **{_HEADS[v]: _column(v, air[v].T.ravel()) for v in _HEADS},
        }
    )
    written = []
    for (name,), month in table.group_by(pl.col("时间").dt.strftime("%Y%m"), maintain_order=True):
        path = folder / f"made_{name}.csv"
        month.write_csv(path, null_value=_GAP, datetime_format="%Y-%m-%d %H:%M", float_precision=1)
        written.append(path)
    return written


def _column(variable: str, values: NDArray[np.float64]) -> pl.Series:
    column = pl.Series(values).fill_nan(None)
    return column if variable == "co" else column.cast(pl.Int64)


def _mapping() -> str:
    columns = "".join(
        f'[columns."{head}"]\nvariable = "{v}"\nunit = "{"mg/m3" if v == "co" else "ug/m3"}"\n'
        for v, head in _HEADS.items()
    )
    return (
        "# 虚构数据 · made data: the mapping that reads the hourly tables beside it.\n"
        f'source = "{SOURCE}"\nzero_is_missing = true\n'
        '[place]\ncolumn = "站点"\nkind = "station"\n'
        '[time]\ncolumn = "时间"\nlabel = "start"\naveraging = "1h"\nutc_offset = 8\n' + columns
    )


def write_places(
    folder: Path, region: str, names: Mapping[str, str], stations: Sequence[Station]
) -> tuple[Path, Path]:
    """Write a region and its stations as files for ``places/``; both say that they are made.

    Parameters:
        region: its id; ``names`` in both languages, which must say that it is made.
        stations: their cities, in their order, are the members.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = region.replace("+", "plus")
    members = "".join(f'      - "{city}"\n' for city in dict.fromkeys(s.place for s in stations))
    both = ", ".join(f"{lang}: {json.dumps(names[lang], ensure_ascii=False)}" for lang in ("zh", "en"))
    written = _write(
        folder / f"{stem}.yaml",
        "# 虚构数据 · made data. The cities lend their names and places; nothing here was measured.\n"
        f"id: {json.dumps(region)}\nnames: {{{both}}}\n"
        "root: cn\nutc_offset: 8\nmade: true\nsource: airshed.twin\n"
        "note:\n  zh: 全部数据为程序虚构, 不是监测结果。\n"
        "  en: Every value is made by a program; nothing here was measured.\n"
        f"stations: {stem}_stations.csv\nmemberships:\n  - members:\n{members}",
    )
    table = pl.DataFrame(
        {
            "id": [s.id for s in stations],
            "name_zh": [s.names["zh"] for s in stations],
            "name_en": [s.names["en"] for s in stations],
            "place": [s.place for s in stations],
            "lon": [s.lon for s in stations],
            "lat": [s.lat for s in stations],
            "role": [s.role for s in stations],
        }
    )
    path = folder / f"{stem}_stations.csv"
    table.write_csv(path)
    return written, path


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
