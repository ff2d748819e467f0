"""Weather of the made region, on any grid and for any hours: the same air on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.weather import LAYER_TOPS, VARIABLES
from airshed.places.grid import Grid
from airshed.twin.column import column
from airshed.twin.flow import (
    FRICTION_TOP,
    Sky,
    layer_mass,
    low_flux,
    sky_at,
    stream,
    weather_at,
)
from airshed.twin.passages import EPOCH, Character, Score, write_score
from airshed.twin.points import Eddies, Points, points_at
from airshed.twin.terrain import plane

__all__ = ["SOURCE", "MadeAir", "Stage", "made_weather"]

Floats = NDArray[np.float64]

SOURCE = "airshed.twin"
"""What made weather names as its source."""
_GAUSS = (0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5)
"""Instants of an hour whose mean is the hour's to fourth order (Gauss and Legendre)."""
_HOUR = 3600.0  # s
_SETTLED = ("mixing_height", "friction_velocity", "precipitation", "cloud", "radiation")


@dataclass(frozen=True)
class Stage:
    """A grid, its layers, and the places where the made air is asked: prepared once, used for every instant.

    ``mass``: air of the layers [kg m-2], (layer, y, x), the same at all times; ``x_mass``, ``y_mass``: that of
    a metre of wind through the faces [kg m-1]; ``terrain`` [m], (y, x).
    """

    grid: Grid
    interfaces: Floats
    corners: Points
    x_faces: Points
    y_faces: Points
    centres: Points
    mass: Floats
    x_mass: Floats
    y_mass: Floats
    steps: tuple[Floats, Floats, Floats, Floats]

    @property
    def terrain(self) -> Floats:
        """Height of the ground [m], (y, x)."""
        return self.centres.height.reshape(self.grid.shape)


@dataclass(frozen=True)
class MadeAir:
    """The made air of one seed over some hours, free of any grid.

    ``start``: first instant (with time zone); ``hours``: length; two objects of one seed agree where they overlap.
    """

    seed: int
    start: datetime
    hours: int
    character: Character = field(default_factory=Character)
    score: Score = field(init=False, repr=False)
    eddies: Eddies = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.hours < 1:
            came = f"start {self.start}, {self.hours} h"
            raise BadInput("a start with its time zone and at least one hour", came, "say tzinfo=UTC")
        object.__setattr__(self, "score", write_score(self.seed, self.start, self.hours, self.character))
        object.__setattr__(self, "eddies", Eddies.of(self.seed, self.character.eddy_wind))

    def stage(self, grid: Grid, interfaces: Sequence[float] = (0.0, *LAYER_TOPS)) -> Stage:
        """Prepare a grid with layers between ``interfaces`` [m above ground], the first of them 0."""
        levels = np.asarray(interfaces, dtype=np.float64)
        if not (levels[0] == 0 and (np.diff(levels) > 0).all() and _middle(levels)[-1] > FRICTION_TOP):
            advice = f"the top layer's middle must lie above {FRICTION_TOP:g} m"
            raise BadInput("interfaces rising from 0", f"{levels.tolist()}", advice)
        x_edge = grid.x0 + grid.cell * np.arange(grid.nx + 1)
        y_edge = grid.y0 + grid.cell * np.arange(grid.ny + 1)
        at = [self._points(grid, *np.meshgrid(x, y)) for x, y in
              ((x_edge, y_edge), (x_edge, grid.y), (grid.x, y_edge), (grid.x, grid.y))]  # fmt: skip
        mass = layer_mass(at[3].height.reshape(grid.shape), levels)
        corners, x_faces, y_faces, centres = at
        walls = mass * (grid.cell / grid.scale)
        at_faces = _at_faces(walls, 2), _at_faces(walls, 1)
        return Stage(grid, levels, corners, x_faces, y_faces, centres, mass, *at_faces, _steps(grid, corners))

    def faces(self, stage: Stage, seconds: float) -> tuple[Floats, Floats]:
        """Winds through the faces at an instant [s after EPOCH]: u (layer, y, x_face), v (layer, y_face, x) [m s-1]."""
        sky = sky_at(self.score, self.eddies, self.character, seconds)
        psi = stream(sky, stage.corners).reshape(stage.grid.ny + 1, stage.grid.nx + 1)
        dx_x, dy_x, dx_y, dy_y = stage.steps
        eastward = _fluxes(sky, stage, stage.x_faces, -np.diff(psi, axis=0), dy_x, -dx_x)
        northward = _fluxes(sky, stage, stage.y_faces, np.diff(psi, axis=1), -dy_y, dx_y)
        return eastward / stage.x_mass, northward / stage.y_mass

    def column(self, stage: Stage, seconds: float) -> dict[str, Floats]:
        """All but the winds at an instant, by the names of ``meteorology.weather``; rain as a rate [kg m-2 h-1]."""
        sky = sky_at(self.score, self.eddies, self.character, seconds)
        at, shape = stage.centres, stage.grid.shape
        cell, kz, temperature, humidity = column(
            weather_at(sky, at), sky.numbers, at.lat, at.height, at.town, stage.interfaces
        )
        found = {name: cell[i].reshape(shape) for i, name in enumerate(_SETTLED)}
        stacked = {"kz": kz, "temperature": temperature, "relative_humidity": humidity}
        return found | {name: value.reshape(-1, *shape) for name, value in stacked.items()}

    def _points(self, grid: Grid, x: Floats, y: Floats) -> Points:
        lon, lat = grid._transformer.transform(x.ravel(), y.ravel(), direction="INVERSE")
        return points_at(*plane(lon, lat), np.asarray(lon), np.asarray(lat), self.eddies)


def made_weather(
    grid: Grid,
    start: datetime,
    hours: int,
    seed: int,
    interfaces: Sequence[float] = (0.0, *LAYER_TOPS),
    character: Character | None = None,
) -> xr.Dataset:
    """Weather of the made region, hour by hour, as :func:`airshed.meteorology.check_weather` wants it.

    Parameters:
        grid: any grid of the region, of any cell width; the air is the same on each.
        start: first hour, on the hour, with its time zone.
        hours: number of hours.
        seed: of all chance; overlapping periods of one seed agree.
        interfaces: of the layers [m above ground], from 0 on.
        character: the kind of weather; without it the tuned one.

    Raises:
        BadInput: no time zone, not on the hour, no hours, or interfaces that do not rise from 0 past 1 km.
    """
    if start.minute or start.second or start.microsecond:
        raise BadInput("a start on the hour", f"{start}", "begin at a full hour")
    air = MadeAir(seed, start, hours, character or Character())
    stage = air.stage(grid, interfaces)
    first = (start - EPOCH).total_seconds()
    fields = _room(stage, hours)
    for hour in range(hours):
        begin = first + hour * _HOUR
        winds = [air.faces(stage, begin + share * _HOUR) for share in _GAUSS]
        fields["u"][hour], fields["v"][hour] = (0.5 * (a + b) for a, b in zip(*winds, strict=True))
        for name, value in air.column(stage, begin + 0.5 * _HOUR).items():
            fields[name][hour] = value
    return _dataset(stage, start, hours, seed, fields)


def _fluxes(sky: Sky, stage: Stage, at: Points, column_stream: Floats, east: Floats, north: Floats) -> Floats:
    """Mass through faces [kg s-1] (layer, y, x); ``east``, ``north`` [m] weigh a flux vector of the plane."""
    middle, sea_level = _middle(stage.interfaces), layer_mass(np.zeros(()), stage.interfaces)
    low = middle < FRICTION_TOP
    fx, fy, qx, qy = low_flux(sky, at, middle[low], sea_level[low])
    shape = (-1, *column_stream.shape)
    below = fx.reshape(shape) * east + fy.reshape(shape) * north
    rest = sea_level.sum() * column_stream - below.sum(axis=0)
    share = sea_level[~low] / sea_level[~low].sum()
    lift = qx.reshape(column_stream.shape) * east + qy.reshape(column_stream.shape) * north
    return np.asarray(np.concatenate([below, share[:, None, None] * rest]) + sea_level[:, None, None] * lift)


def _steps(grid: Grid, corners: Points) -> tuple[Floats, Floats, Floats, Floats]:
    """Ends of the faces on the plane, one less the other [m]: x and y along x faces, x and y along y faces."""
    x, y = (c.reshape(grid.ny + 1, grid.nx + 1) for c in (corners.x, corners.y))
    return np.diff(x, axis=0), np.diff(y, axis=0), np.diff(x, axis=1), np.diff(y, axis=1)


def _middle(levels: Floats) -> Floats:
    return np.asarray(0.5 * (levels[:-1] + levels[1:]))


def _at_faces(field_: Floats, axis: int) -> Floats:
    """The mean of the two cells beside each face, at the rim the cell inside: as ``meteorology.fluxes`` has it."""
    low = np.concatenate([field_.take([0], axis), field_], axis)
    high = np.concatenate([field_, field_.take([-1], axis)], axis)
    return np.asarray(0.5 * (low + high))


def _room(stage: Stage, hours: int) -> dict[str, NDArray[np.float32]]:
    layers, (ny, nx) = len(stage.interfaces) - 1, stage.grid.shape
    size = {"time": hours, "edge": hours + 1, "layer": layers, "interface": layers + 1}
    size |= {"y": ny, "x": nx, "y_face": ny + 1, "x_face": nx + 1}
    timed = [name for name, (dims, *_) in VARIABLES.items() if dims[0] == "time"]
    return {name: np.empty([size[d] for d in VARIABLES[name][0]], dtype=np.float32) for name in timed}


def _dataset(
    stage: Stage, start: datetime, hours: int, seed: int, fields: dict[str, NDArray[np.float32]]
) -> xr.Dataset:
    first = np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "ns")
    edge = first + np.arange(hours + 1) * np.timedelta64(1, "h")
    mass = stage.mass.astype(np.float32)
    every = {
        **fields,
        "air_mass": np.broadcast_to(mass, (hours + 1, *mass.shape)),
        "terrain": stage.terrain.astype(np.float32),
    }
    variables = {
        name: (VARIABLES[name][0], value, {"units": VARIABLES[name][1]}) for name, value in every.items()
    }
    middle = _middle(stage.interfaces)
    coords = {
        "time": edge[:-1],
        "edge": edge,
        "interface": stage.interfaces,
        "layer": middle,
        "y": stage.grid.y,
        "x": stage.grid.x,
    }
    attrs = stage.grid.attrs() | {
        "source": SOURCE, "made": 1, "seed": seed, "balance_rms": 0.0, "balance_max": 0.0,
        "Conventions": "CF-1.11", "history": f"made, not measured: {SOURCE}, seed {seed}",
    }  # fmt: skip
    return xr.Dataset(variables, coords, attrs)
