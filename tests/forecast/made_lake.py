"""A small made lake: three cities, hours of six pollutants and of the weather that drives them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from scipy.signal import lfilter

import airshed
from airshed.observations.ingest import ingest
from airshed.workspace import Settings, Workspace

CITIES = ("gb2260:110000", "gb2260:120000", "gb2260:130100")
FIRST = date(2015, 1, 1)
DAYS = 230
UNITS = {
    "pm25": "ug/m3", "pm10": "ug/m3", "so2": "ug/m3", "no2": "ug/m3", "co": "mg/m3", "o3": "ug/m3",
    "temperature": "degC", "dew_point": "degC", "pressure": "hPa", "precipitation": "mm", "wind_speed": "m/s",
    "wind_direction": "deg",
}  # fmt: skip
MAPPING = {
    "source": "made",
    "place": {"column": "place", "kind": "city"},
    "time": {"column": "start", "label": "start", "averaging": "1h", "utc_offset": 8},
    "columns": {name: {"variable": name, "unit": unit} for name, unit in UNITS.items()},
}


def hours(days: int = DAYS, seed: int = 3) -> pl.DataFrame:
    """Wide hourly rows; calm days are dirty days, and days hang together."""
    rng = np.random.default_rng(seed)
    count = days * 24
    hour = np.arange(count)
    weather = lfilter([0.02], [1, -0.98], rng.standard_normal(count + 500))[500:] * 9
    parts = []
    for number, city in enumerate(CITIES):
        own = weather + 0.3 * lfilter([0.05], [1, -0.95], rng.standard_normal(count)) * 3
        wind = np.maximum(2.5 + 1.4 * own, 0.3)
        pm25 = np.exp(
            4.4
            - 0.9 * own
            + 0.1 * number
            + 0.15 * np.cos(2 * np.pi * (hour - 8) / 24)
            + 0.12 * rng.standard_normal(count)
        )
        sun = np.maximum(np.sin(2 * np.pi * (hour - 6) / 24), 0)
        values = {
            "pm25": pm25, "pm10": 1.4 * pm25 + 20, "so2": 0.2 * pm25 + 5, "no2": 0.4 * pm25 + 15,
            "co": 0.01 * pm25 + 0.3, "o3": 30 + 70 * sun + 5 * rng.standard_normal(count) ** 2,
            "temperature": 10 + 6 * sun - own,
            "dew_point": 2 - own, "pressure": 1015 + 3 * own, "precipitation": np.zeros(count),
            "wind_speed": wind, "wind_direction": np.where(own > 0, 340.0, 190.0),
        }  # fmt: skip
        start = [datetime(FIRST.year, FIRST.month, FIRST.day) + timedelta(hours=int(h)) for h in hour]  # noqa: DTZ001
        rounded = {k: np.round(v, 2 if k == "co" else 1) for k, v in values.items()}
        parts.append(pl.DataFrame({"start": start, "place": [city] * count, **rounded}))
    return pl.concat(parts)


def lake(folder: Path, rows: pl.DataFrame, received: datetime | None = None) -> Workspace:
    """A workspace that holds these rows."""
    workspace = airshed.init(folder, Settings(region="bth13"))
    add(workspace, rows, "made.csv", received)
    return workspace


def add(workspace: Workspace, rows: pl.DataFrame, name: str, received: datetime | None = None) -> None:
    """More rows, received at an instant."""
    path = workspace.folder / name
    rows.write_csv(path, datetime_format="%Y-%m-%d %H:%M")
    at = received or datetime(2020, 1, 1, tzinfo=UTC)
    report = ingest(workspace, [path], feed="long", by="test", mapping=MAPPING, now=lambda: at)
    assert report.total("accepted") > 0, report.refused[:3]
