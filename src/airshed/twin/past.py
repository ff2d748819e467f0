"""Earlier years of a made region, day by day: its made weather, and air that follows it by a formula.

The truth (``twin.truth``) is too dear for years. Here each city is one box: what is released into it mixes as high as
the made air mixes, and leaves with the wind and the rain. Boxes know nothing of one another but their weather. What
measures did is known, since the same years are run with and without them: that is what these years are for. Constants
are chosen so that a year looks like North China; nobody may cite them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.meteorology.weather import LAYER_TOPS
from airshed.observations.daily_weather import days_of_steps
from airshed.quantities import Clock
from airshed.quantities.humidity import dew_point
from airshed.twin.column import CELL, column
from airshed.twin.flow import layer_mass, low_flux, sky_at, weather_at
from airshed.twin.passages import EPOCH
from airshed.twin.points import points_at
from airshed.twin.terrain import plane
from airshed.twin.weather import MadeAir

__all__ = ["Measure", "Years", "made_years"]

Floats = NDArray[np.float64]

STEP: Final = 3  # [h] of weather and air
ZERO_CELSIUS: Final = 273.15  # [K]
LEVEL: Final = 15.0  # [m] at which the wind is asked

REACH: Final = 1.2e5  # [m] the wind must blow to carry a city's air away
LOSS: Final = 1 / 60.0  # [h-1] by deposition
WASH: Final = 0.25  # [mm-1] by rain
SHALLOW, RESIDUAL = 200.0, 0.35  # [m], [1] of the day's height that still dilutes by night
RELEASE: Final = {"pm25": 1250.0, "no2": 1800.0, "so2": 450.0}  # [ug m-2 h-1] of a city of strength one
LIFE: Final = {"pm25": 1.0, "no2": 6.0, "so2": 3.0}  # [1] how many times faster than by `LOSS` it is lost
BACKGROUND: Final = {"pm25": 8.0, "no2": 6.0, "so2": 2.0}  # [ug m-3]
FALL: Final = {"pm25": 0.05, "no2": 0.03, "so2": 0.15}  # [1] of what is released, less each year
HEATING: Final = {"pm25": 0.35, "no2": 0.1, "so2": 1.2}  # [1] of what is released, more in the heating season
HEATED: Final = (319, 74)  # day of the year from which and until which it is: 15 November, 15 March
NOISE, MEMORY = 0.18, 0.5  # log, and its correlation from day to day: what no formula has


@dataclass(frozen=True)
class Measure:
    """What is cut: ``places`` release less by ``share`` [1] on local days [start, until)."""

    places: tuple[str, ...]
    start: date
    until: date
    share: float


@dataclass(frozen=True)
class Years:
    """Made years of cities: their weather, ready to be asked for the air under any measures.

    Attributes:
        steps: (place, hour) every `STEP` hours of weather.
        weather: (place, day) of it, as `observations.daily_weather` has days.
        strength: (place,) how much is released, 1 the usual city.
        noise: (pollutant, place, day) what no formula has [1], log over `NOISE`.
    """

    steps: xr.Dataset
    weather: xr.Dataset
    strength: Floats
    noise: Floats

    def days(self, measures: Sequence[Measure] = ()) -> xr.Dataset:
        """Air and weather of the days (place, day) [catalogue units] under measures; all else is the same."""
        return _air(self, _kept(self.weather, measures)).assign(self.weather.data_vars)

    def staleness(self) -> xr.DataArray:
        """(place, day) [1] how stale the air must be by the day's wind and damp: what those who call alerts look at."""
        wind, damp = self.weather["wind_speed"], self.weather["relative_humidity"]
        city = xr.DataArray(self.strength, dims="place")
        return xr.DataArray(np.log(city) - np.log(wind + 0.5) + damp)


def made_years(
    seats: dict[str, tuple[float, float]], span: tuple[date, date], seed: int, clock: Clock
) -> Years:
    """Made years of cities.

    Parameters:
        seats: place to (lon, lat).
        span: first local day, and the first that no longer counts.
        seed: of all chance; the weather is that of `made_weather` of the same seed.
        clock: makes local days.
    """
    steps = _weather(seats, clock.day(span[0]).start, (span[1] - span[0]).days * 24, seed)
    weather = days_of_steps(steps, clock, steps=24 // STEP)
    rng = np.random.default_rng([seed, 2])
    strength = np.exp(0.25 * rng.standard_normal(len(seats)))
    noise = rng.standard_normal((len(RELEASE), len(seats), weather.sizes["day"]))
    return Years(steps, weather, strength, _remembered(noise))


def _weather(seats: dict[str, tuple[float, float]], start: datetime, hours: int, seed: int) -> xr.Dataset:
    """Steps of the made weather at the seats, as `forecast.case_weather.seat_hours` has hours."""
    air = MadeAir(seed, start, hours)
    lon, lat = np.array(list(seats.values())).T
    at = points_at(*plane(lon, lat), lon, lat, air.eddies)
    levels = np.array([0.0, *LAYER_TOPS])
    mass = layer_mass(np.zeros(()), np.array([0.0, 2 * LEVEL])).reshape(1)
    first, steps = (start - EPOCH).total_seconds(), range(0, hours, STEP)
    rows = []
    for hour in steps:
        sky = sky_at(air.score, air.eddies, air.character, first + 3600 * (hour + STEP / 2))
        cell, _, kelvin, humidity = column(
            weather_at(sky, at), sky.numbers, at.lat, at.height, at.town, levels
        )
        east, north, *_ = low_flux(sky, at, np.array([LEVEL]), mass)
        u, v = east[0] / mass[0], north[0] / mass[0]
        celsius = kelvin[0] - ZERO_CELSIUS
        rain = STEP * cell[CELL.index("precipitation")]
        rows.append([celsius, dew_point(celsius, humidity[0]), rain, u, v, np.hypot(u, v),
                     cell[CELL.index("mixing_height")], cell[CELL.index("radiation")]])  # fmt: skip
    names = ("temperature", "dew_point", "precipitation", "wind_u", "wind_v", "wind_speed", "mixing_height",
             "radiation")  # fmt: skip
    table = np.array(rows).transpose(1, 2, 0)
    stamp = np.datetime64(start.replace(tzinfo=None), "ns") + np.array(steps) * np.timedelta64(1, "h")
    return xr.Dataset(
        {name: (("place", "hour"), field) for name, field in zip(names, table, strict=True)},
        {"place": np.array(list(seats), dtype=object), "hour": stamp},
    )


def _remembered(noise: Floats) -> Floats:
    for day in range(1, noise.shape[-1]):
        noise[..., day] = MEMORY * noise[..., day - 1] + np.sqrt(1 - MEMORY**2) * noise[..., day]
    return noise


def _kept(weather: xr.Dataset, measures: Sequence[Measure]) -> Floats:
    """Share of what is released that measures leave, (place, day)."""
    places, day = weather["place"].values.tolist(), weather["day"].values.astype("datetime64[D]")
    kept = np.ones((len(places), len(day)))
    for one in measures:
        held = (day >= np.datetime64(one.start)) & (day < np.datetime64(one.until))
        kept[np.ix_(np.isin(places, one.places), held)] *= 1 - one.share
    return kept


def _air(years: Years, kept: Floats) -> xr.Dataset:
    """Daily means of the six pollutants, (place, day)."""
    weather, a_day = years.weather, 24 // STEP
    number = np.arange(years.steps.sizes["hour"]) // a_day
    of_year = weather["day"].dt.dayofyear.values[number]
    heated = (of_year >= HEATED[0]) | (of_year < HEATED[1])
    air = {}
    for row, name in enumerate(RELEASE):
        release = RELEASE[name] * (1 + HEATING[name] * heated) * (1 - FALL[name]) ** (number / 365.25)
        box = _box(years.steps, years.strength[:, None] * release * kept[:, number], LIFE[name])
        daily = box.reshape(len(kept), -1, a_day).mean(axis=2)
        air[name] = BACKGROUND[name] + daily * np.exp(NOISE * years.noise[row])
    wind, warm = weather["wind_speed"].values, weather["temperature_max"].values
    sun = years.steps["radiation"].values.reshape(len(kept), -1, a_day).mean(axis=2)
    air["pm10"] = 1.25 * air["pm25"] + 18 + 1.5 * wind**2
    air["co"] = 0.3 + 0.011 * air["pm25"]
    air["o3_mda8"] = np.maximum(45 + 0.2 * sun + 1.6 * np.maximum(warm, 0) - 0.25 * air["no2"], 5.0)
    return xr.Dataset(
        {name: (("place", "day"), np.round(value, 2 if name == "co" else 1)) for name, value in air.items()},
        weather.coords,
    )


def _box(hours: xr.Dataset, release: Floats, life: float) -> Floats:
    """Concentration in boxes of one city each, (place, step) [ug m-3]."""
    wind, rain, height = (hours[n].values for n in ("wind_speed", "precipitation", "mixing_height"))
    day = 24 // STEP
    past = np.stack([np.roll(height, back, axis=1) for back in range(day)]).max(axis=0)
    deep = np.maximum(np.maximum(height, RESIDUAL * past), SHALLOW)
    rate = STEP * (3600 * wind / REACH + life * LOSS) + WASH * rain
    left, burden = np.exp(-rate), np.zeros(len(release))
    found = np.empty_like(release)
    for step in range(release.shape[1]):
        burden = burden * left[:, step] + STEP * release[:, step] * (1 - left[:, step]) / rate[:, step]
        found[:, step] = burden / deep[:, step]
    return found
