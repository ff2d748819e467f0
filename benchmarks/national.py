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
    start = first
    for _ in range(months):
        end = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
        _month(workspace, [m.id for m in monitors], start, end, generator)
        start = end
    return workspace


def _month(workspace: Workspace, ids: list[str], start: datetime, end: datetime, generator: np.random.Generator) -> None:
    hours = pl.datetime_range(start, end, "1h", closed="left", eager=True, time_unit="us", time_zone="UTC")
    n = len(hours)
    variables = sorted(POLLUTANTS)
    rows = len(ids) * len(variables) * n
    value = np.concatenate(
        [np.tile(_values(v, n, generator), 1) for _ in ids for v in variables]
    )
    frame = pl.DataFrame(
        {
            "place": pl.Series(ids).repeat_by(len(variables) * n).explode(),
            "variable": pl.concat([pl.Series(variables).repeat_by(n).explode()] * len(ids)),
            "start": pl.concat([hours] * (len(ids) * len(variables))),
            "value": value,
        }
    ).with_columns(
        end=pl.col("start") + timedelta(hours=1),
        unit=pl.when(pl.col("variable") == "co").then(pl.lit("mg/m3")).otherwise(pl.lit("ug/m3")),
        flag=pl.lit(0, pl.UInt16),
        stage=pl.lit(0, pl.UInt8),
        source=pl.lit("made"),
        issued_at=pl.lit(None, pl.Datetime("us", "UTC")),
        received_at=pl.lit(end).cast(pl.Datetime("us", "UTC")),
        replaced_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    present = generator.random(rows) > 0.03  # a network misses about three hours in a hundred
    table = frame.filter(pl.Series(present)).select(OBSERVATIONS.names).to_arrow().cast(OBSERVATIONS)
    lake = workspace.lake
    written = lake.write(table, month=start.strftime("%Y-%m"), current=True, source="made", period=60)
    with workspace.transaction() as transaction:
        head = lake.head(transaction)
        entry = record.append(transaction, record.Act(end, "benchmark", "ingest", "made network"))
        lake.commit(
            transaction, base=head.version if head else 0, at=end, act=entry.seq, add=[written], remove=[]
        )


def _values(variable: str, n: int, generator: np.random.Generator) -> np.ndarray:
    mean, steps = SPREAD[variable]
    return np.ceil(generator.exponential(mean, n) * steps) / steps
