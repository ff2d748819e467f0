"""Bringing figures of another reference state to today's, so that two periods can be compared at all.

Until 2018-08-31 every concentration was stated at 273.15 K and 101.325 kPa; since then gases are stated at
298.15 K and 1013.25 hPa, and particles at the temperature and pressure of the measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from airshed.assessment.daily import items
from airshed.law import Provision

__all__ = ["Restated", "restate"]

_KELVIN = 273.15  # K at 0 degC, definition of the Celsius scale (ITS-90)


@dataclass(frozen=True)
class Restated:
    """A daily table at the later reference state; ``unrestated`` names (place, item) left as first published,
    because temperature or pressure are not known on every day with a value."""

    daily: pl.DataFrame
    unrestated: tuple[tuple[str, str], ...]
    gas_factor: float


def restate(daily: pl.DataFrame, rule: Provision, weather: pl.DataFrame | None = None) -> Restated:
    """Bring values stated by the earlier rule to the later reference state.

    Gases are multiplied by one factor. A particle mean is multiplied by ``(T0 / T) (p / p0)`` of its day;
    where that is not known for all days of a place, the place's particles stay as they were and are named: a
    mean of restated and unrestated days would be neither.

    Parameters:
        daily: ``DAILY``, days before the change of the reference state.
        rule: restatement provision: ``gas_factor``, ``gases``, ``particles``, and the state particles were
            stated at (``from_temperature_K``, ``from_pressure_hPa``).
        weather: ``place day temperature [degC] pressure [hPa]``; None where nothing is known.
    """
    law: Mapping[str, Any] = rule.value
    rows, factor = items(daily), float(law["gas_factor"])
    gas, particle = pl.col("item").is_in(list(law["gases"])), pl.col("item").is_in(list(law["particles"]))
    known = _with_particle_factor(rows, law, weather)
    holes = known.filter(particle & pl.col("_factor").is_null() & pl.col("value").is_not_null())
    unrestated = holes.select("place", "item").unique().sort("place", "item")
    left = known.join(unrestated.with_columns(_left=pl.lit(value=True)), on=["place", "item"], how="left")
    done = left.with_columns(
        value=pl.when(gas)
        .then(pl.col("value") * factor)
        .when(particle & pl.col("_left").is_null())
        .then(pl.col("value") * pl.col("_factor"))
        .otherwise(pl.col("value"))
    )
    names = tuple((str(p), str(i)) for p, i in unrestated.iter_rows())
    return Restated(done.drop("_factor", "_left", "item"), names, factor)


def _with_particle_factor(
    rows: pl.DataFrame, law: Mapping[str, Any], weather: pl.DataFrame | None
) -> pl.DataFrame:
    """Column ``_factor``: (T0 / T)(p / p0) of the day, null where temperature or pressure is not known."""
    if weather is None:
        return rows.with_columns(_factor=pl.lit(None, pl.Float64))
    kelvin = pl.col("temperature") + _KELVIN
    factor = (float(law["from_temperature_K"]) / kelvin) * (
        pl.col("pressure") / float(law["from_pressure_hPa"])
    )
    known = weather.select("place", "day", _factor=factor)
    return rows.join(known, on=["place", "day"], how="left", maintain_order="left")
