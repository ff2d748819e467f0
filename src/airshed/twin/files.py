"""Writes a made region as files a user could have: hourly tables, a mapping, a region, stations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.places import Gazetteer, Station
from airshed.twin.air import POLLUTANTS, Site, made_air
from airshed.twin.faults import Fault, plant

__all__ = ["REGION", "SEED", "SOURCE", "Made", "make"]

REGION = "demo"
SOURCE = "twin"
SEED = 20260201
LIKE = "bth13"
"""The region whose cities lend their names and places. Nothing measured there goes into the made air."""

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


def make(folder: Path, first_day: date, days: int = 45, seed: int = SEED) -> Made:
    """Write a made region under a folder: the same arguments give the same bytes.

    Parameters:
        folder: gets ``made/`` (one CSV a month, and the mapping) and ``places/`` (region and stations).
        first_day: first local day (UTC+8).
        days: length [d]; at least ten, so that every episode and fault has room.
        seed: of all chance.

    Raises:
        ValueError: fewer than ten days.
    """
    if days < 10:
        raise ValueError(f"a made region wants at least 10 days, got {days}")
    stations = _stations()
    rng = np.random.default_rng(seed)
    cities = list(dict.fromkeys(s.place for s in stations))
    sites = [Site(cities.index(s.place), float(s.lat or 0), s.role == "control") for s in stations]
    air, faults = plant(made_air(sites, days, rng), rng)
    for name in ("made", "places"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    data = _write_hours(folder / "made", stations, air, first_day)
    mapping = _write(folder / "made" / "mapping.toml", _mapping())
    places = _write_places(folder / "places", stations, cities)
    return Made(tuple(data), mapping, tuple(places), tuple(stations), tuple(faults))


def _stations() -> list[Station]:
    """Four stations round the seat of each city."""
    gazetteer = Gazetteer.load()
    found = []
    for place in gazetteer.region(LIKE).members_on(date.max):
        city = gazetteer.jurisdiction(place)
        for number, (east, north) in enumerate(OFFSETS, start=1):
            lon, lat = float(city.lon or 0) + east, float(city.lat or 0) + north
            found.append(_station(place, city.names, number, lon, lat))
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


def _write_hours(
    folder: Path, stations: Sequence[Station], air: dict[str, NDArray[np.float64]], first_day: date
) -> list[Path]:
    """One CSV a month, one row a station and hour, hours outermost as they would arrive."""
    hours = air["pm25"].shape[1]
    midnight = datetime(first_day.year, first_day.month, first_day.day)  # noqa: DTZ001 -- local, as such files are
    times = [midnight + timedelta(hours=h) for h in range(hours)]
    table = pl.DataFrame(
        {
            "时间": pl.Series(times).gather(np.repeat(np.arange(hours), len(stations))),
            "站点": [s.id for s in stations] * hours,
            **{_HEADS[v]: _column(v, air[v].T.ravel()) for v in POLLUTANTS},
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


def _write_places(folder: Path, stations: Sequence[Station], cities: Sequence[str]) -> list[Path]:
    members = "".join(f'      - "{city}"\n' for city in cities)
    region = _write(
        folder / f"{REGION}.yaml",
        "# 虚构数据 · made data. The cities lend their names and places; nothing here was measured.\n"
        f"id: {REGION}\nnames: {{zh: 演示区域(虚构数据), en: Demo region (made data)}}\n"
        "root: cn\nutc_offset: 8\nmade: true\nsource: airshed.twin\n"
        "note:\n  zh: 全部数据为程序虚构, 不是监测结果。\n"
        "  en: Every value is made by a program; nothing here was measured.\n"
        f"stations: {REGION}_stations.csv\nmemberships:\n  - members:\n{members}",
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
    path = folder / f"{REGION}_stations.csv"
    table.write_csv(path)
    return [region, path]


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
