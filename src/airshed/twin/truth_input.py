"""What a run of the truth is given, looked at before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CHILDREN, CLASSES
from airshed.errors import BadInput
from airshed.places.grid import Grid

__all__ = [
    "OTHER",
    "RESTS",
    "Outside",
    "carried",
    "one_tag",
    "receptor_weights",
    "released",
    "rests",
    "tag_shares",
]

Floats = NDArray[np.float64]
RESTS = ("sides", "top", "initial")
OTHER = "other"
ROUND_OFF = 1e-9  # [1] by which shares may miss one


@dataclass(frozen=True)
class Outside:
    """Mixing ratios [kg/kg], (class,), of the air that comes in by the sides and the top and of the first hour."""

    sides: Floats = field(default_factory=lambda: np.zeros(len(CLASSES)))
    top: Floats = field(default_factory=lambda: np.zeros(len(CLASSES)))
    initial: Floats = field(default_factory=lambda: np.zeros(len(CLASSES)))

    def __post_init__(self) -> None:
        for name in RESTS:
            given = np.asarray(getattr(self, name))
            if given.shape != (len(CLASSES),) or not (given >= 0).all():
                wanted = f"a mixing ratio of at least 0 for each of {CLASSES} in {name}"
                raise BadInput(wanted, str(given), "give one number a class [kg/kg]")

    def of(self, name: str, chosen: list[int]) -> Floats:
        """Those of the classes carried."""
        return np.asarray(getattr(self, name), dtype=np.float64)[chosen]


def one_tag(outside: Outside, chosen: list[int]) -> tuple[Floats, Floats, Floats]:
    """Sides, top and start (1, class) of a bulk that holds everything."""
    sides, top, initial = (outside.of(name, chosen)[None] for name in RESTS)
    return sides, top, initial


def rests(outside: Outside, chosen: list[int], tags: int) -> tuple[Floats, Floats, Floats]:
    """Sides, top and start (tag, class) where the last three of ``tags`` are the rests and the others start empty."""
    sides, top, initial = (np.zeros((tags, len(chosen))) for _ in RESTS)
    for number, (name, into) in enumerate(zip(RESTS, (sides, top, initial), strict=True)):
        into[tags - len(RESTS) + number] = outside.of(name, chosen)
    return sides, top, initial


def carried(classes: Sequence[str]) -> list[int]:
    """Numbers of the classes to carry.

    Raises:
        BadInput: an unknown class, or one whose child is not carried.
    """
    if unknown := [c for c in classes if c not in CLASSES]:
        raise BadInput(f"classes among {CLASSES}", str(unknown), "mend the names")
    if orphans := [c for c in classes if c in CHILDREN and CHILDREN[c][0] not in classes]:
        wanted = f"what {orphans} turn into among the classes"
        raise BadInput(wanted, str(list(classes)), f"add {[CHILDREN[c][0] for c in orphans]}")
    return [CLASSES.index(c) for c in classes]


def released(emission: Floats, hour: int, shape: tuple[int, int, int], chosen: list[int]) -> Floats:
    """The release of an hour [kg], (class carried, layer, y, x).

    Raises:
        BadInput: another shape, or a value that is negative or not finite.
    """
    wanted = (len(CLASSES), *shape)
    if emission.shape != wanted:
        raise BadInput(f"emission {wanted} in hour {hour}", f"{emission.shape}", "mend the emission")
    if not (np.isfinite(emission) & (emission >= 0)).all():
        worst = float(np.nanmin(emission))
        raise BadInput(f"emission of at least 0 kg in hour {hour}", f"{worst:.3g} kg", "mend the inventory")
    return np.ascontiguousarray(emission[chosen], dtype=np.float64)


def tag_shares(tags: xr.DataArray, grid: Grid) -> Floats:
    """Shares of the tags, of ``other`` and of the three rests, (tag, y, x).

    Raises:
        BadInput: not on the grid, not within 0..1, or more than one together.
    """
    given = _on_grid(tags, grid, "tags")
    total = given.sum(axis=0)
    if not ((given >= 0).all() and (total <= 1 + ROUND_OFF).all()):
        came = f"least {given.min():.3g}, sum up to {total.max():.3g}"
        raise BadInput("shares of at least 0 that sum to at most 1", came, "mend the tags")
    other = np.maximum(1.0 - total, 0.0)
    return np.concatenate([given, other[None], np.zeros((len(RESTS), *grid.shape))])


def receptor_weights(receptors: xr.DataArray, grid: Grid) -> Floats:
    """Weights of the receptors, (receptor, y, x).

    Raises:
        BadInput: not on the grid, or weights that do not sum to one.
    """
    given = _on_grid(receptors, grid, "receptors")
    total = given.sum(axis=(1, 2))
    if wrong := [str(n) for n in receptors[receptors.dims[0]].values[np.abs(total - 1) > ROUND_OFF]]:
        raise BadInput("weights that sum to one", f"{wrong} do not", "divide by their sum")
    return given


def _on_grid(field: xr.DataArray, grid: Grid, name: str) -> Floats:
    if field.ndim != 3 or field.shape[1:] != grid.shape or field.dims[0] not in field.coords:
        wanted = f"{name} (named, y, x) on {grid.shape} with a coordinate"
        raise BadInput(wanted, f"{field.dims} {field.shape}", "put them on the weather's grid")
    return np.asarray(field.values, dtype=np.float64)
