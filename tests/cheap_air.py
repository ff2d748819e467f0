"""Made air: hourly concentrations that look like a winter of the North China Plain and are no measurement.

A pure function of the cities, the hours and a random generator handed in. A regional weather factor (AR(1)),
a stagnation that ends with a front, a day of dust from the north, daily courses, cities and stations of
different strength; the six pollutants keep the relations they have outside: PM2.5 is a part of PM10, CO goes
with PM2.5, O3 rises with the sun and is eaten by NO. Shapes, no transport: it costs a moment, and tests of
what shows observations need no more. The twin itself is ``airshed.twin``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from airshed.observations.feeds.mapping import read_mapping
from airshed.observations.ingest import ingest
from airshed.places import Gazetteer
from airshed.twin import FIRST_DAY, SEED, Made, plant
from airshed.twin.demonstration import LIKE
from airshed.twin.files import DEMONSTRATION, made_stations, write_made, write_places
from airshed.workspace import Settings, Workspace, init

__all__ = ["Site", "made_air", "make", "prepare"]

Floats = NDArray[np.float64]

# Levels of an ordinary day [ug/m3; CO mg/m3] and other shapes: chosen so that every category has its hours.
PM25_LEVEL, COARSE_LEVEL, SO2_LEVEL, NO2_LEVEL = 36.0, 38.0, 9.0, 30.0
CO_BACKGROUND, CO_PER_PM25 = 0.3, 0.009
O3_NIGHT, O3_SUN, O3_PER_NO2 = 62.0, 62.0, 0.75
DUST_PEAK, DUST_FINE = 1100.0, 0.12
STAGNATION = np.log(4.5)


@dataclass(frozen=True)
class Site:
    """Where a made station stands: its city by number, latitude [deg], and whether it is a control site."""

    city: int
    lat: float
    control: bool


def prepare(
    folder: str | Path,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    first_day: date = FIRST_DAY,
    days: int = 45,
    seed: int = SEED,
) -> Workspace:
    """As ``airshed.twin.prepare``, of this air, without transport."""
    workspace = init(folder, Settings(region=DEMONSTRATION))
    made = make(workspace.folder, first_day, days, seed)
    mapping = read_mapping(made.mapping)
    ingest(workspace, made.data, feed="long", by="airshed.twin", mapping=mapping, progress=progress)
    return workspace


def make(folder: Path, first_day: date, days: int, seed: int = SEED) -> Made:
    """The files of a made region with this air; at least ten days, so that every episode has room."""
    gazetteer = Gazetteer.load()
    stations = made_stations(gazetteer, gazetteer.region(LIKE).members_on(date.max))
    rng = np.random.default_rng(seed)
    cities = list(dict.fromkeys(s.place for s in stations))
    sites = [Site(cities.index(s.place), float(s.lat or 0), s.role == "control") for s in stations]
    air, faults = plant(made_air(sites, days, rng), rng)
    names = {"zh": "演示区域(虚构数据)", "en": "Demo region (made data)"}
    places = write_places(folder / "places", DEMONSTRATION, names, stations)
    data, mapping = write_made(folder / "made", stations, air, first_day)
    return Made(tuple(data), mapping, places, tuple(stations), tuple(faults))


def made_air(sites: Sequence[Site], days: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Concentrations of each pollutant, shape (station, hour of local time from midnight on).

    Parameters:
        sites: the stations.
        days: length [d]; the stagnation fills its second quarter, the dust comes after two thirds.
        rng: the only source of chance.

    Returns:
        In the catalogue's units and printed decimals, without gaps or faults.
    """
    hours = days * 24
    clock = np.arange(hours) % 24
    city = np.array([s.city for s in sites])
    control = np.array([s.control for s in sites])[:, None]
    stale = _stagnation(hours)
    weather = 0.45 * (1 - 0.7 * stale) * _red_noise((1, hours), 36, rng) + STAGNATION * stale
    own = 0.22 * _red_noise((int(city.max()) + 1, hours), 12, rng)[city]
    held = np.exp(weather + own + _strength(city, 0.22, rng))
    jitter = np.exp(0.10 * _red_noise((len(sites), hours), 3, rng))
    pm25 = PM25_LEVEL * held * _course(clock, 0.18, 22) * jitter * np.where(control, 0.65, 1.0)
    coarse = COARSE_LEVEL * np.exp(0.35 * _red_noise((len(sites), hours), 8, rng) + 0.3 * (weather + own))
    dust = _dust(sites, hours, rng)
    no2 = NO2_LEVEL * held**0.5 * _rush(clock) * jitter * np.where(control, 0.4, 1.0)
    so2 = SO2_LEVEL * held**0.6 * _course(clock, 0.3, 10) * np.where(control, 0.6, 1.0)
    co = (CO_BACKGROUND + CO_PER_PM25 * pm25) * np.exp(0.15 * _red_noise((len(sites), hours), 3, rng))
    sun = np.clip(np.cos((clock - 15) / 12 * np.pi), 0, None) * _sunny(days, rng)
    o3 = O3_NIGHT + O3_SUN * sun - O3_PER_NO2 * no2 + 6 * _red_noise((len(sites), hours), 5, rng)
    return {
        "pm25": _printed(pm25 + DUST_FINE * dust, 2, 0),
        "pm10": _printed(pm25 + coarse + (1 + DUST_FINE) * dust, 4, 0),
        "so2": _printed(so2 * jitter, 1, 0),
        "no2": _printed(no2, 2, 0),
        "co": _printed(co, 0.1, 1),
        "o3": _printed(o3, 1, 0),
    }


def _red_noise(shape: tuple[int, int], memory: float, rng: np.random.Generator) -> Floats:
    """AR(1) along the hours: variance one, correlation falling by e in ``memory`` hours."""
    keep = float(np.exp(-1 / memory))
    noise = rng.standard_normal(shape)
    noise[:, 1:] *= np.sqrt(1 - keep**2)
    for hour in range(1, shape[1]):
        noise[:, hour] += keep * noise[:, hour - 1]
    return noise


def _stagnation(hours: int) -> Floats:
    """0 to 1: builds up through the second quarter of the time and is blown away in six hours."""
    last = hours // 2
    rise = np.clip((np.arange(hours) - hours / 4) / (hours / 8), 0, 1)
    return np.asarray(rise * np.clip((last - np.arange(hours)) / 6, 0, 1), dtype=np.float64)


def _dust(sites: Sequence[Site], hours: int, rng: np.random.Generator) -> Floats:
    """A plume [ug/m3] that comes from the north at 40 km/h and settles by e in seven hours."""
    lat = np.array([s.lat for s in sites])
    arrival = hours * 2 // 3 // 24 * 24 + 10 + np.rint((lat.max() - lat) * 111 / 40)
    since = np.arange(hours)[None, :] - arrival[:, None]
    shape = np.where(since < 0, 0.0, np.minimum((since + 1) / 2, 1) * np.exp(-np.clip(since, 0, None) / 7))
    strength = DUST_PEAK * np.exp(0.25 * rng.standard_normal((len(sites), 1)))
    return np.where(shape > 0.01, shape, 0.0) * strength


def _strength(city: NDArray[np.int64], spread: float, rng: np.random.Generator) -> Floats:
    """How much dirtier a city is than its neighbours, and a station than its city (log)."""
    cities = spread * rng.standard_normal(int(city.max()) + 1)
    return (cities[city] + 0.08 * rng.standard_normal(len(city)))[:, None]


def _course(clock: NDArray[np.int64], amplitude: float, peak: int) -> Floats:
    return np.asarray(1 + amplitude * np.cos((clock - peak) / 12 * np.pi))


def _rush(clock: NDArray[np.int64]) -> Floats:
    """Traffic in the morning and the evening under a low mixing height."""
    morning, evening = np.exp(-(((clock - 8) / 2.0) ** 2)), np.exp(-(((clock - 20) / 3.0) ** 2))
    return np.asarray(0.75 + 0.45 * morning + 0.6 * evening)


def _sunny(days: int, rng: np.random.Generator) -> Floats:
    """A share of sunshine for each day, the same in the whole region."""
    return np.asarray(np.repeat(rng.uniform(0.35, 1.1, days), 24), dtype=np.float64)


def _printed(values: Floats, lowest: float, decimals: int) -> Floats:
    return np.asarray(np.round(np.maximum(values, lowest), decimals), dtype=np.float64)
