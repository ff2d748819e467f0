"""A made national network for measuring: hourly values of six pollutants at so many stations for so many years.

The rows go through the lake's own writer, so what is read is laid out as an ingest lays it out. Values are integers of
a plausible spread, seeded; they mean nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

import airshed
from airshed import record
from airshed.places import Station
from airshed.quantities import POLLUTANTS
from airshed.store import OBSERVATIONS
from airshed.workspace import Workspace

SPREAD = {"pm25": (55, 1), "pm10": (95, 1), "so2": (20, 1), "no2": (38, 1), "co": (1.1, 10), "o3": (60, 1)}
"""Mean of an exponential distribution and printed steps per unit."""


def cities_of_china(workspace: Workspace, count: int) -> list[str]:
    """The first so many prefecture-level cities by code."""
    return [j.id for j in workspace.gazetteer.jurisdictions("city")][:count]


def make(folder: Path, stations: int, cities: int, first: datetime, months: int, seed: int = 7) -> Workspace:
    """A workspace with that network; one that is there already is opened."""
    workspace = airshed.init(folder)
    if workspace.snapshot().version:
        return workspace
    places = cities_of_china(workspace, cities)
    monitors = [
        Station(f"made:{i:04d}A", {"zh": f"站{i}", "en": f"S{i}"}, places[i % len(places)], source="made")
        for i in range(stations)
    ]
    with workspace.transaction() as transaction:
        workspace.remember_stations(transaction, monitors, replace=False)
    generator = np.random.default_rng(seed)
    start, frame = first, _month_of_31_days([m.id for m in monitors], generator)
    for _ in range(months):
        end = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
        _commit_month(workspace, frame, start, end)
        start = end
    return workspace


def _month_of_31_days(ids: list[str], generator: np.random.Generator) -> pl.DataFrame:
    """Rows of one long month in the order of the lake, gaps and all; every month is this one, moved and cut."""
    n, variables = 31 * 24, sorted(POLLUTANTS)
    blocks = len(ids) * len(variables)
    values = np.stack([np.stack([_values(v, n, generator) for v in variables]) for _ in ids])
    frame = pl.DataFrame(
        {
            "place": pl.Series(np.repeat(np.arange(len(ids)), len(variables) * n)),
            "variable": pl.Series(np.tile(np.repeat(np.arange(len(variables)), n), len(ids))),
            "hour": pl.Series(np.tile(np.arange(n), blocks)),
            "value": pl.Series(values.reshape(-1)),
        }
    ).filter(pl.Series(generator.random(blocks * n) > _MISSING))
    return frame.with_columns(
        place=pl.Series(ids).gather(frame["place"]),
        variable=pl.Series(variables).gather(frame["variable"]),
    )


def _commit_month(workspace: Workspace, frame: pl.DataFrame, start: datetime, end: datetime) -> None:
    hours = int((end - start) / timedelta(hours=1))
    rows = frame.filter(pl.col("hour") < hours).select(
        "place",
        "variable",
        start=pl.lit(start).cast(pl.Datetime("us", "UTC")) + pl.duration(hours=pl.col("hour")),
        value="value",
    )
    rows = rows.with_columns(
        end=pl.col("start") + timedelta(hours=1),
        unit=pl.when(pl.col("variable") == "co").then(pl.lit("mg/m3")).otherwise(pl.lit("ug/m3")),
        flag=pl.lit(0, pl.UInt16),
        stage=pl.lit(0, pl.UInt8),
        source=pl.lit("made"),
        issued_at=pl.lit(None, pl.Datetime("us", "UTC")),
        received_at=pl.lit(end).cast(pl.Datetime("us", "UTC")),
        replaced_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    lake, table = workspace.lake, rows.select(OBSERVATIONS.names).to_arrow().cast(OBSERVATIONS)
    written = lake.write(table, month=start.strftime("%Y-%m"), current=True, source="made", period=60)
    with workspace.transaction() as transaction:
        head = lake.head(transaction)
        entry = record.append(transaction, record.Act(end, "benchmark", "ingest", "made network"))
        lake.commit(
            transaction, base=head.version if head else 0, at=end, act=entry.seq, add=[written], remove=[]
        )


_MISSING = 0.03  # a network misses about three hours in a hundred


def _values(variable: str, n: int, generator: np.random.Generator) -> np.ndarray:
    mean, steps = SPREAD[variable]
    return np.ceil(generator.exponential(mean, n) * steps) / steps
