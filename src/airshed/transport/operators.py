"""From weather to operators: an hour in one step, or in more where the horizontal correction would be large."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CLASSES, Rates, rates
from airshed.meteorology import HourFluxes, hour_fluxes
from airshed.places.grid import Grid
from airshed.transport.column import ColumnInput, column_matrices, column_receptor
from airshed.transport.horizontal import LARGEST_CORRECTION, HorizontalStep, hour_steps
from airshed.transport.nouns import Horizontal, Operator

__all__ = ["HorizontalArchive", "air_of", "build_horizontals", "horizontals", "hour_rates", "operators"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
MOST_STEPS = 16
LEAST_AIR = 0.2  # share of its air that a cell keeps through a horizontal step; below, the hour is divided
_THREADS = max(1, os.cpu_count() or 1)


@dataclass(frozen=True)
class HourAir:
    """The air of one hour on the grid: fluxes [kg h-1] and winds at faces [cells h-1]."""

    fluxes: HourFluxes
    u: Floats
    v: Floats

    def part(self, number: int, parts: int) -> HourAir:
        """One of equal parts of the hour, as if it were the whole: all that moves is divided."""
        gained = self.fluxes.after - self.fluxes.before
        before = self.fluxes.before + gained * (number / parts)
        after = self.fluxes.before + gained * ((number + 1) / parts)
        moved = (self.fluxes.x / parts, self.fluxes.y / parts, self.fluxes.z / parts)
        return HourAir(HourFluxes(*moved, before, after), self.u / parts, self.v / parts)

    def star(self) -> Floats:
        """Air in the cells after the horizontal step alone [kg]."""
        f = self.fluxes
        return np.asarray(f.before + (f.x[:, :, :-1] - f.x[:, :, 1:]) + (f.y[:, :-1] - f.y[:, 1:]))


def air_of(weather: xr.Dataset, hour: int) -> HourAir:
    """The air of an hour of weather."""
    grid = Grid.of(weather)
    u, v = (weather[name][hour].values.astype(np.float64) for name in ("u", "v"))
    mass = weather["air_mass"][hour : hour + 2].values.astype(np.float64)
    fluxes = hour_fluxes(u, v, mass[0], mass[1], grid.area, grid.scale, grid.cell)
    per_hour = 3600.0 * grid.scale / grid.cell
    wide = np.concatenate(
        [per_hour[:, :1], 0.5 * (per_hour[:, 1:] + per_hour[:, :-1]), per_hour[:, -1:]], axis=1
    )
    tall = np.concatenate([per_hour[:1], 0.5 * (per_hour[1:] + per_hour[:-1]), per_hour[-1:]], axis=0)
    return HourAir(fluxes, u * wide, v * tall)


def horizontals(
    air: HourAir, dtype: Any, guess: list[Floats | None], positive: bool = False
) -> list[Horizontal]:
    """The horizontal steps of one hour; ``guess`` (one a layer) is where the corrections start, and is renewed.

    Raises:
        BadInput: air that moves so fast that sixteen steps an hour do not hold it.
    """
    parts = 1
    while (1.0 - air.star() / air.fluxes.before).max() / parts > 1.0 - LEAST_AIR and parts < MOST_STEPS:
        parts *= 2
    while True:
        steps = [_horizontal(air.part(n, parts), dtype, guess, positive) for n in range(parts)]
        if parts >= MOST_STEPS or max(step.correction for step in steps) <= LARGEST_CORRECTION:
            return steps
        parts *= 2


def _horizontal(air: HourAir, dtype: Any, guess: list[Floats | None], positive: bool) -> Horizontal:
    def layer(k: int) -> HorizontalStep:
        f = air.fluxes
        return hour_steps(
            f.x[k], f.y[k], f.before[k], air.u[k], air.v[k], positive=positive, guess=guess[k], dtype=dtype
        )[0]

    layers, ny, nx = air.fluxes.before.shape
    with ThreadPoolExecutor(_THREADS) as pool:
        steps = list(pool.map(layer, range(layers)))
    guess[:] = [step.multiplier for step in steps]
    moved = np.stack([step.displacement for step in steps]).reshape(layers, ny, nx, 2)
    base, weight, inflow = (np.stack([getattr(s, n) for s in steps]) for n in ("base", "weight", "inflow"))
    return Horizontal(base, weight, inflow, moved, max(step.correction for step in steps))


class HorizontalArchive:
    """Horizontal steps on disk, one file an hour: written once, found again, resumed where it stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, hour: int) -> Path:
        """Where the hour lies."""
        return self.folder / f"{hour:06d}.npz"

    def has(self, hour: int) -> bool:
        """Whether the hour is there."""
        return self.path(hour).is_file()

    def write(self, hour: int, steps: list[Horizontal]) -> None:
        """Keep an hour; the file appears whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        held: dict[str, Array] = {"steps": np.array(len(steps))}
        for number, step in enumerate(steps):
            names = ("base", "weight", "inflow", "displacement")
            held |= {f"{name}{number}": getattr(step, name) for name in names}
            held[f"correction{number}"] = np.array(step.correction)
        partial = self.path(hour).with_suffix(f".{os.getpid()}.part")
        with partial.open("wb") as file:
            np.savez(file, **held)  # type: ignore[arg-type]
        partial.replace(self.path(hour))

    def read(self, hour: int) -> list[Horizontal]:
        """An hour's steps."""
        with np.load(self.path(hour)) as held:
            return [_held(held, n) for n in range(int(held["steps"]))]


def _held(held: Any, number: int) -> Horizontal:
    base, weight, inflow, moved = (held[f"{n}{number}"] for n in ("base", "weight", "inflow", "displacement"))
    return Horizontal(base, weight, inflow, moved, float(held[f"correction{number}"]))


def build_horizontals(
    weather: xr.Dataset,
    archive: HorizontalArchive,
    dtype: Any = np.float32,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    positive: bool = False,
) -> None:
    """Build what the archive lacks of a weather's hours; ``positive``: the operator without negative weights."""
    guess: list[Floats | None] = [None] * weather.sizes["layer"]
    hours = weather.sizes["time"]
    for hour in range(hours):
        if not archive.has(hour):
            archive.write(hour, horizontals(air_of(weather, hour), dtype, guess, positive))
        if progress is not None:
            progress(hour + 1, hours, "operators")


def operators(
    weather: xr.Dataset, hour: int, steps: list[Horizontal], seen: NDArray[np.int64], dtype: Any = np.float32
) -> Iterator[Operator]:
    """The steps of an hour, whole: horizontal as given, columns and conversion from the weather.

    Parameters:
        seen: the receptors' cells, whose hour means are wanted.
    """
    air, parts = air_of(weather, hour), len(steps)
    frozen = hour_rates(weather, hour)
    for number, step in enumerate(steps):
        yield _operator(weather, hour, air.part(number, parts), parts, step, frozen, seen, dtype)


def hour_rates(weather: xr.Dataset, hour: int) -> Rates:
    """The frozen rates of an hour of weather."""
    names = ("temperature", "relative_humidity", "precipitation", "cloud", "radiation")
    fields = [weather[name][hour].values.astype(np.float64) for name in names]
    temperature, humidity, rain, cloud, radiation = fields
    interface = weather["interface"].values.astype(np.float64)
    return rates(temperature, humidity, rain, cloud, radiation, interface)


def _operator(
    weather: xr.Dataset, hour: int, air: HourAir, parts: int, step: Horizontal, frozen: Rates,
    seen: NDArray[np.int64], dtype: Any,
) -> Operator:  # fmt: skip
    given = _columns(weather, hour, air, parts, frozen)
    built = column_matrices(given, dtype=dtype)
    aged = column_receptor(_with_air(given, seen))
    layers = len(given.thickness)
    conversion = 1.0 - (1.0 - frozen.conversion.reshape(len(CLASSES), layers, -1)) ** (1.0 / parts)
    before = air.fluxes.before.reshape(layers, -1)
    volume = Grid.of(weather).area.ravel() * given.thickness[0]
    density = 0.5 * (given.mass_after[0] + before[0]) / volume
    particle = frozen.nitrate_particle.ravel()
    return Operator(
        1.0 / parts, step, built.matrix, built.mean, built.top, conversion.astype(dtype), seen, aged,
        particle, before, density,
    )  # fmt: skip


def _columns(weather: xr.Dataset, hour: int, air: HourAir, parts: int, frozen: Rates) -> ColumnInput:
    """What a part of the hour does to columns; rates are shortened as the part is."""
    layers = len(air.fluxes.before)
    flat = (layers, -1)
    interface = weather["interface"].values.astype(np.float64)
    kz = weather["kz"][hour].values.astype(np.float64).reshape(layers + 1, -1)
    classes = len(CLASSES)
    return ColumnInput(
        air.star().reshape(flat),
        air.fluxes.after.reshape(flat),
        air.fluxes.z.reshape(layers + 1, -1),
        kz / parts,
        np.diff(interface),
        frozen.deposition.reshape(classes, -1) / parts,
        frozen.scavenging.reshape(classes, layers, -1) / parts,
    )


def _with_air(given: ColumnInput, seen: NDArray[np.int64]) -> ColumnInput:
    """The columns of some cells, with air as one more class, which nothing removes."""
    still = np.zeros((1, len(seen)))
    lasting = np.zeros((1, len(given.thickness), len(seen)))
    return ColumnInput(
        given.mass_star[:, seen], given.mass_after[:, seen], given.z[:, seen], given.kz[:, seen], given.thickness,
        np.concatenate([given.deposition[:, seen], still]), np.concatenate([given.scavenging[:, :, seen], lasting]),
    )  # fmt: skip
