"""Short steps of the air between the hours of a Weather: what moves through each face, and how often to subdivide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.meteorology.fluxes import SECONDS, HourFluxes, hour_fluxes
from airshed.places.grid import Grid

__all__ = ["COURANT", "Flow", "Step", "share_of_hours"]

Floats = NDArray[np.float64]

COURANT: Final = 0.9  # [1] of a cell's air at most leaves it in one part of a step
EMPTIED: Final = (
    0.5  # [1] of a cell's air at most is what the wind takes away sideways before the vertical refills it
)
STIRRING_WIND: Final = (
    15.0  # [m s-1] crosses a cell in the longest step: splits wind from mixing finely enough
)
LONGEST: Final = 1200.0  # [s] no step is longer


@dataclass(frozen=True)
class Step:
    """One step: air through x and y faces [kg], before and after it [kg], air exchanged by mixing [kg], parts."""

    fx: Floats
    fy: Floats
    before: Floats
    after: Floats
    mixing: Floats
    parts: NDArray[np.int64]
    seconds: float


def share_of_hours(end: float) -> Floats:
    """How much of the hour before, this and the next (1 = a whole hour's flux) moves until ``end`` [h] of this hour.

    The wind runs straight from the mean of two hours at their common edge to the middle of the hour and on to the
    next edge; the value in the middle is such that the hour keeps its mean. Flux and tendency of air take the same
    weights, and so the vertical wind does too.

    >>> share_of_hours(1.0).tolist()
    [0.0, 1.0, 0.0]
    """
    first, last = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    middle = np.array([-0.25, 1.5, -0.25])
    if end <= 0.5:
        return np.asarray(first * (end - end**2) + middle * end**2)
    late = end - 0.5
    return np.asarray(0.25 * first + 0.25 * middle + middle * (late - late**2) + last * late**2)


class Flow:
    """The air of a Weather in short steps.

    Parameters:
        weather: as ``meteorology.check_weather`` wants it.
        longest: no step is longer [s]; none: the time a wind of 15 m s-1 takes across a cell, at most 1200 s.
    """

    def __init__(self, weather: xr.Dataset, longest: float | None = None) -> None:
        self.weather, self.grid = weather, Grid.of(weather)
        self.hours = int(weather.sizes["time"])
        self.thickness = np.diff(np.asarray(weather["interface"].values, dtype=np.float64))
        self._longest = min(LONGEST, self.grid.cell / STIRRING_WIND) if longest is None else longest
        self._kept: dict[int, HourFluxes] = {}

    def field(self, name: str, hour: int) -> Floats:
        """One hour (or edge) of a variable, read when asked for."""
        return np.asarray(self.weather[name].variable[hour].values, dtype=np.float64)

    def fluxes(self, hour: int) -> HourFluxes:
        """Air through the faces in an hour [kg]; the first and the last hour stand for what lies beyond them."""
        hour = min(max(hour, 0), self.hours - 1)
        if hour not in self._kept:
            self._kept = {h: f for h, f in self._kept.items() if h >= hour - 2}
            mass = self.field("air_mass", hour), self.field("air_mass", hour + 1)
            wind = self.field("u", hour), self.field("v", hour)
            self._kept[hour] = hour_fluxes(*wind, *mass, self.grid.area, self.grid.scale, self.grid.cell)
        return self._kept[hour]

    def steps(self, hour: int) -> Iterator[Step]:
        """The steps of an hour, in order."""
        near = tuple(self.fluxes(h) for h in (hour - 1, hour, hour + 1))
        number = self._steps_wanted(near)
        exchange = self._exchange(hour, near[1].before, SECONDS / number)
        before, until = near[1].before, np.zeros(3)
        for step in range(number):
            reached = share_of_hours((step + 1) / number)
            share, until = reached - until, reached
            fx, fy = _weighted([f.x for f in near], share), _weighted([f.y for f in near], share)
            after = near[1].before + _weighted([f.after - f.before for f in near], reached)
            yield Step(fx, fy, before, after, exchange, _parts(fx, fy, before), SECONDS / number)
            before = after

    def _steps_wanted(self, near: tuple[HourFluxes, ...]) -> int:
        emptied = max(float((np.abs(_gain(f.x, f.y)) / f.before).max()) for f in near)
        # 1.5: the middle of an hour may exceed its mean by half (``share_of_hours``).
        return max(int(np.ceil(SECONDS / self._longest)), int(np.ceil(1.5 * emptied / EMPTIED)))

    def _exchange(self, hour: int, air: Floats, seconds: float) -> Floats:
        """Air that mixing exchanges through each interface in a step [kg], (layer+1, y, x); none at the ends."""
        thick = self.thickness[:, None, None]
        density = air / thick  # [kg m-1]: a cell's area is in it
        exchange = np.zeros((len(thick) + 1, *air.shape[1:]))
        apart = 0.5 * (thick[1:] + thick[:-1])
        exchange[1:-1] = self.field("kz", hour)[1:-1] * 0.5 * (density[1:] + density[:-1]) / apart * seconds
        return exchange


def _weighted(fields: list[Floats], weights: Floats) -> Floats:
    total = weights[0] * fields[0]
    for field, weight in zip(fields[1:], weights[1:], strict=True):
        total += weight * field
    return np.asarray(total, dtype=np.float64)


def _gain(fx: Floats, fy: Floats) -> Floats:
    return np.asarray(fx[:, :, :-1] - fx[:, :, 1:] + fy[:, :-1] - fy[:, 1:], dtype=np.float64)


def _parts(fx: Floats, fy: Floats, before: Floats) -> NDArray[np.int64]:
    """Parts a layer needs so that no sweep takes more than ``COURANT`` of a cell's air, whichever goes first."""
    gained_x, gained_y = fx[:, :, :-1] - fx[:, :, 1:], fy[:, :-1] - fy[:, 1:]
    out_x = np.maximum(fx[:, :, 1:], 0) + np.maximum(-fx[:, :, :-1], 0)
    out_y = np.maximum(fy[:, 1:], 0) + np.maximum(-fy[:, :-1], 0)
    least = before + np.minimum(gained_x + gained_y, 0)
    taken = np.maximum(out_x + COURANT * np.maximum(-gained_y, 0), out_y + COURANT * np.maximum(-gained_x, 0))
    worst = (taken / least).reshape(len(before), -1).max(axis=1)
    return np.asarray(np.maximum(np.ceil(worst / COURANT), 1), dtype=np.int64)
