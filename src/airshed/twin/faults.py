"""Faults planted into made air, so that every flag has something to show. Each says where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fault", "plant"]

Floats = NDArray[np.float64]
STATIONS, HOURS = 6, 240  # [1], [h] the least that has room for every fault
Kind = Literal["gap", "zero", "stuck", "spike", "pm25_above_pm10", "out_of_range"]


@dataclass(frozen=True)
class Fault:
    """``hours`` [first, last) of one station and variable that are not what the made air was."""

    kind: Kind
    station: int
    variable: str
    hours: tuple[int, int]


def plant(air: dict[str, Floats], rng: np.random.Generator) -> tuple[dict[str, Floats], list[Fault]]:
    """A copy of the air with faults, and the list of them.

    Gaps (nan) anywhere; one station each with zeros that mean missing, a stuck NO2, spikes, an upside-down
    pair of PM monitors, and an O3 that no air holds. Fewer than six stations or ten days have room for lost
    hours only.
    """
    faulty = {variable: values.copy() for variable, values in air.items()}
    stations, hours = faulty["pm25"].shape
    found: list[Fault] = []
    if stations < STATIONS or hours < HOURS:
        _lose_hours(faulty, rng)
        return faulty, found
    _plant_gaps(faulty, rng, found)
    chosen = rng.permutation(stations)[:5].tolist()
    early = hours // 6
    _put(faulty, found, Fault("zero", chosen[0], "so2", (early, early + 8)), 0.0)
    _put(faulty, found, Fault("stuck", chosen[1], "no2", (early + 24, early + 60)), 47.0)
    _put(faulty, found, Fault("out_of_range", chosen[2], "o3", (early + 5, early + 6)), 1999.0)
    for hour in (early + 10, early + 70, early + 93):
        level = float(air["pm25"][chosen[3], hour - 1 : hour + 2].max())
        _calm(faulty, chosen[3], hour, level)
        _put(faulty, found, Fault("spike", chosen[3], "pm25", (hour, hour + 1)), round(5 * level + 150))
    swap = Fault("pm25_above_pm10", chosen[4], "pm25", (early + 30, early + 36))
    _put(faulty, found, swap, faulty["pm10"][chosen[4], slice(*swap.hours)] + 9)
    return faulty, found


def _plant_gaps(air: dict[str, Floats], rng: np.random.Generator, found: list[Fault]) -> None:
    """One hour in eighty, a few blocks, and one station that falls silent for four days."""
    stations, hours = air["pm25"].shape
    _lose_hours(air, rng)
    for station in range(stations):
        first = int(rng.integers(hours // 2, hours - 24))
        _silence(air, found, station, (first, first + int(rng.integers(3, 13))))
    _silence(air, found, int(rng.integers(stations)), (hours * 3 // 4, hours * 3 // 4 + 96))


def _lose_hours(air: dict[str, Floats], rng: np.random.Generator) -> None:
    for values in air.values():
        values[rng.random(values.shape) < 1 / 80] = np.nan


def _silence(air: dict[str, Floats], found: list[Fault], station: int, hours: tuple[int, int]) -> None:
    for variable in air:
        _put(air, found, Fault("gap", station, variable, hours), np.nan)


def _calm(air: dict[str, Floats], station: int, hour: int, level: float) -> None:
    """Level air around a spike, with PM10 above it, so that nothing but the spike is odd there."""
    around = slice(hour - 1, hour + 2)
    air["pm25"][station, around] = level
    air["pm10"][station, around] = np.fmax(air["pm10"][station, around], level + 20)
    air["pm10"][station, hour] = 5 * level + 190


def _put(air: dict[str, Floats], found: list[Fault], fault: Fault, value: float | Floats) -> None:
    air[fault.variable][fault.station, slice(*fault.hours)] = value
    found.append(fault)
