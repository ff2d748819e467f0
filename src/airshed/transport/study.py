"""A study: the weather, release, sources and receptors that belong together, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.emissions.profiles import Profiles, hour_factors, profiles_of_the_house
from airshed.emissions.rise import layer_shares
from airshed.errors import BadInput
from airshed.places.grid import Grid
from airshed.transport.nouns import Operator, Receptor
from airshed.transport.operators import HorizontalArchive, air_of, horizontals, operators
from airshed.transport.release import Emission
from airshed.transport.sources import Sources

__all__ = ["AIR_DENSITY", "Study"]

Array = NDArray[Any]
HOURS_READ = 12  # of weather that are read together
AIR_DENSITY = 1.2  # [kg m-3] near the ground, by which concentrations outside become mixing ratios


@dataclass
class Study:
    """What one run of transport stands on.

    Parameters:
        weather: as `airshed.meteorology.check_weather` has it; hours are counted from its first.
        release: emission on the grid, as docs/design.md has it.
        sources: the release split by place and sector.
        receptors: who breathes.
        boundary: concentrations outside the grid by class [ug m-3 near the ground]; none: "outside" is geometric.
        utc_offset: of the local day and of the emissions' profiles [h].
        profiles: of the sectors through the year, week and day, and the stacks of the release classes.
        dtype: of operators and tracers; ``float32`` ships, ``float64`` holds the laws to 1e-10.
        archive: where horizontal steps are kept; none: built each time they are asked for.
        positive: whether the horizontal step is the positive one: nothing in a footprint is negative then, and what
            travels spreads more. Mass, a uniform mixing ratio and forward = adjoint are kept as exactly.
    """

    weather: xr.Dataset
    release: xr.Dataset
    sources: Sources
    receptors: Sequence[Receptor]
    boundary: Mapping[str, float] = field(default_factory=dict)
    utc_offset: float = 8.0
    profiles: Profiles = field(default_factory=profiles_of_the_house)
    dtype: Any = np.float32
    archive: HorizontalArchive | None = None
    positive: bool = False
    _held: tuple[int, xr.Dataset] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if unknown := set(self.boundary) - set(CLASSES):
            came = ", ".join(sorted(unknown))
            raise BadInput(
                f"boundary concentrations of {', '.join(CLASSES)}", came, "name the tracer's class"
            )
        if len({r.id for r in self.receptors}) != len(self.receptors):
            raise BadInput("receptors with names of their own", "a name twice", "rename one")
        if self.grid != Grid.of(self.release):
            raise BadInput(
                "weather and release on one grid", "two grids", "grid the inventory on the weather's"
            )

    @cached_property
    def grid(self) -> Grid:
        """The grid of weather and release."""
        return Grid.of(self.weather)

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(self.weather.sizes["layer"])

    @property
    def hours(self) -> int:
        """Hours of weather."""
        return int(self.weather.sizes["time"])

    @property
    def geometric(self) -> bool:
        """Whether nothing is known of the air outside, so that "outside" is only where air came from."""
        return not any(self.boundary.values())

    @cached_property
    def seen(self) -> NDArray[np.int64]:
        """All cells of all receptors, each once, in order."""
        return np.unique(np.concatenate([r.cells for r in self.receptors])).astype(np.int64)

    @cached_property
    def outside(self) -> Array:
        """Mixing ratio at the sides [kg kg-1], (class, layer)."""
        ratio = np.array([self.boundary.get(name, 0.0) * 1e-9 / AIR_DENSITY for name in CLASSES])
        return np.asarray(np.repeat(ratio[:, None], self.layers, axis=1))

    @cached_property
    def above(self) -> Array:
        """Mixing ratio above the top [kg kg-1], (class,)."""
        return np.asarray(self.outside[:, -1])

    def time(self, hour: int) -> datetime:
        """Start of an hour, UTC."""
        return self.start + timedelta(hours=hour)

    @cached_property
    def start(self) -> datetime:
        """Start of the weather, UTC."""
        seconds = self.weather["time"].values[0].astype("datetime64[s]").astype(int)
        return datetime.fromtimestamp(int(seconds), UTC)

    def hour_of(self, when: datetime) -> int:
        """Number of the hour that begins then; it may lie outside the weather."""
        return round((when - self.start).total_seconds() / 3600)

    def first_hour(self, day: date) -> int:
        """Number of the hour at which a local day begins; it may lie outside the weather."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return self.hour_of(midnight - timedelta(hours=self.utc_offset))

    def require(self, first: int, hours: int) -> None:
        """Refuse hours without weather.

        Raises:
            BadInput: naming what there is and what was asked for.
        """
        if first < 0 or first + hours > self.hours or hours < 1:
            wanted = f"hours of the weather, {self.start:%Y-%m-%d %H:%M} to {self.time(self.hours):%Y-%m-%d %H:%M} UTC"
            came = f"{self.time(first):%Y-%m-%d %H:%M} to {self.time(first + hours):%Y-%m-%d %H:%M}"
            raise BadInput(wanted, came, "ask for days inside, or bring weather for them")

    def operators(self, hour: int) -> list[Operator]:
        """The steps of an hour."""
        weather, number = self._read(hour)
        return list(operators(weather, number, self._horizontals(hour), self.seen, self.dtype))

    def _horizontals(self, hour: int) -> list[Any]:
        if self.archive is not None and self.archive.has(hour):
            return self.archive.read(hour)
        steps = horizontals(air_of(*self._read(hour)), self.dtype, [None] * self.layers, self.positive)
        if self.archive is not None:
            self.archive.write(hour, steps)
        return steps

    def layer_shares(self, hour: int) -> Array:
        """Share of each release class in each layer, (release, layer, cell)."""
        weather, number = self._read(hour)
        speed = _speed(weather, number)
        names = ("mixing_height", "temperature")
        mixing_height, temperature = (weather[n][number].values.astype(np.float64) for n in names)
        interface = weather["interface"].values.astype(np.float64)
        shares = layer_shares(interface, mixing_height, temperature, speed, self.profiles.stacks)
        flat = shares.values.reshape(*shares.shape[:2], -1)
        return np.ascontiguousarray(flat, dtype=self.dtype)

    @cached_property
    def factors(self) -> Array:
        """The hour's factor of each source, (hour, place * sector)."""
        by_sector = hour_factors(
            self.profiles, self.sources.sectors, self.weather["time"].values, self.utc_offset
        )
        return np.ascontiguousarray(np.tile(by_sector.values.T, (1, len(self.sources.places))))

    def _read(self, hour: int) -> tuple[xr.Dataset, int]:
        """Weather in memory that holds an hour, and the hour's number in it: read some hours at a time, since hour by
        hour the asking takes longer than the reading."""
        first, held = hour // HOURS_READ * HOURS_READ, self._held  # another thread may put others in place
        if held is None or held[0] != first:
            end = min(first + HOURS_READ, self.hours)
            part = self.weather.isel(time=slice(first, end), edge=slice(first, end + 1))
            held = self._held = first, part.load()
        return held[1], hour - first

    def emission(self) -> Emission:
        """All sources, each its own tag."""
        return Emission(self.sources.rows, self.sources.of, self.factors)


def _speed(weather: xr.Dataset, hour: int) -> Array:
    """Wind speed at the centres [m s-1], (layer, y, x)."""
    u, v = weather["u"][hour].values, weather["v"][hour].values
    centre = 0.5 * (u[:, :, 1:] + u[:, :, :-1]), 0.5 * (v[:, 1:] + v[:, :-1])
    return np.asarray(np.hypot(*centre), dtype=np.float64)
