"""Made air whose weather and effects are known."""

from __future__ import annotations

from datetime import date

import numpy as np
import xarray as xr

PLACE = "gb2260:110000"
FIRST = date(2013, 3, 1)


def weather_of(count: int, generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Daily weather with memory and season."""
    season = 2 * np.pi * (np.arange(count) + 59) / 365.25
    shocks = generator.normal(size=(3, count))
    for day in range(1, count):
        shocks[:, day] = 0.6 * shocks[:, day - 1] + 0.8 * shocks[:, day]
    return {
        "temperature": 12 - 14 * np.cos(season) + 3 * shocks[0],
        "wind_speed": np.exp(0.6 + 0.4 * shocks[1]),
        "dew_point": 2 - 16 * np.cos(season) + 4 * shocks[2],
    }


def days_panel_of(years: float = 2.2, seed: int = 5, noise: float = 0.2) -> xr.Dataset:
    """A days panel: PM2.5 and NO2 of wind, humidity and season, with noise that remembers a little."""
    count = round(365.25 * years)
    generator = np.random.default_rng(seed)
    weather = weather_of(count, generator)
    error = generator.normal(size=(2, count)) * noise
    error[:, 1:] += 0.4 * error[:, :-1]
    calm = -0.8 * np.log(weather["wind_speed"])
    wet = 0.04 * (weather["dew_point"] - weather["temperature"])
    winter = 0.4 * np.cos(2 * np.pi * np.arange(count) / 365.25 + 1)
    fields = {
        "pm25": np.exp(4.3 + calm + wet + winter + error[0]), "no2": np.exp(3.8 + 0.7 * calm + winter + error[1]),
        **weather,
    }  # fmt: skip
    day = np.datetime64(FIRST) + np.arange(count)
    return xr.Dataset(
        {name: (("place", "day"), values[None]) for name, values in fields.items()},
        {"place": np.array([PLACE], dtype=object), "day": day.astype("datetime64[ns]")},
    )


def hours_panel_of(years: float = 2.05, seed: int = 5, fall: float = 0.0) -> xr.Dataset:
    """An hours panel whose second year emits less by a share ``fall``; its weather is calmer in the second year."""
    count = round(24 * 365.25 * years)
    generator = np.random.default_rng(seed)
    hour = np.arange(count)
    daily = weather_of(count // 24 + 1, generator)
    weather = {name: np.repeat(values, 24)[:count] for name, values in daily.items()}
    second = hour >= 24 * 365
    weather["wind_speed"] = weather["wind_speed"] * np.where(second, 0.8, 1.0)
    value = 60 * weather["wind_speed"] ** -0.8 * np.where(second, 1 - fall, 1.0)
    value = value * np.exp(0.2 * generator.normal(size=count)) * (1 + 0.2 * np.cos(2 * np.pi * hour / 24))
    start = np.datetime64("2013-02-28T16") + hour
    fields = {"pm25": value, **weather}
    return xr.Dataset(
        {name: (("place", "hour"), values[None]) for name, values in fields.items()},
        {"place": np.array([PLACE], dtype=object), "hour": start.astype("datetime64[ns]")},
    )
