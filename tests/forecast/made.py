"""A made panel whose law is known: dirty when the wind rests, clean when it blows, two years and a half long."""

from __future__ import annotations

from datetime import date

import numpy as np
import xarray as xr

TRAIN = (date(2013, 3, 1), date(2014, 10, 31))
TEST = (date(2014, 11, 1), date(2015, 4, 30))


def made_panel(places: int = 1, days: int = 792, seed: int = 1) -> xr.Dataset:
    """Days (place, day): wind and warmth with a memory of days; PM2.5 follows both and itself."""
    generator = np.random.default_rng(seed)
    when = np.arange("2013-03-01", np.datetime64("2013-03-01") + days, dtype="datetime64[D]")
    year = np.cos(2 * np.pi * (when - np.datetime64("2013-01-15")).astype(float) / 365.2425)
    wind, warm = (_memory(generator, places, days, keep) for keep in (0.4, 0.7))
    log = np.zeros((places, days))
    for day in range(days):
        before = log[:, day - 1] if day else 4.2
        fresh = generator.normal(0, 0.2, places)
        log[:, day] = 0.35 * before + 2.7 + 0.3 * year[day] - 0.5 * wind[:, day] + 0.2 * warm[:, day] + fresh
    fields = {
        "pm25": np.exp(log),
        "temperature": 12 - 14 * year + 4 * warm,
        "dew_point": 2 - 16 * year + 3 * warm,
        "wind_speed": 2 * np.exp(0.5 * wind),
        "pressure": 1012 + 8 * year - 3 * warm,
    }
    return xr.Dataset(
        {n: (("place", "day"), np.broadcast_to(v, (places, days)).copy()) for n, v in fields.items()},
        {
            "place": [f"gb2260:{110000 + 100 * n}" for n in range(places)],
            "day": when.astype("datetime64[ns]"),
        },
        {"utc_offset": 8},
    )


def days_of(panel: xr.Dataset) -> np.ndarray:
    """The panel's local days."""
    return panel["day"].values.astype("datetime64[D]")


def _memory(generator: np.random.Generator, places: int, days: int, keep: float) -> np.ndarray:
    found = np.zeros((places, days))
    for day in range(1, days):
        found[:, day] = keep * found[:, day - 1] + np.sqrt(1 - keep**2) * generator.normal(size=places)
    return found
