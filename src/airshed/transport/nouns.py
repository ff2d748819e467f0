"""The nouns of transport: who breathes (receptor), where it came from (source, rest), and one step's operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = ["PARTICLES", "RESTS", "SPECIES", "Horizontal", "Operator", "Receptor"]

Array = NDArray[Any]

SPECIES: Final = ("pm25", "so2", "nox", "nh3", "voc")
"""Emitted species that travel."""

PARTICLES: Final = ("fine", "nitrate")
"""Classes that make up PM2.5; of nitrate, the part that is particle."""

RESTS: Final = ("sides", "top", "initial", "older")
"""What a receptor breathes that no source inside the memory gave: in through the sides or the top, there at the
beginning, or emitted longer ago than the memory reaches."""


@dataclass(frozen=True)
class Receptor:
    """The mean of some cells of the lowest layer, such as those of a city's stations.

    Parameters:
        id: of the place.
        cells: flat numbers on the grid, (n,).
        weights: of the cells, (n,); they add up to one.
    """

    id: str
    cells: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len(self.cells) == 0 or len(self.cells) != len(self.weights):
            raise BadInput(
                f"cells and as many weights for {self.id}", f"{len(self.cells)} cells", "name its cells"
            )
        if (self.cells < 0).any():
            raise BadInput(f"cells of {self.id} on the grid", "a cell outside", "take a grid that covers it")
        if abs(float(self.weights.sum()) - 1) > 1e-9 or (self.weights < 0).any():
            raise BadInput(
                f"weights of {self.id} that add up to 1", str(self.weights.sum()), "divide by their sum"
            )


@dataclass(frozen=True)
class Horizontal:
    """The horizontal step of all layers in mass form: sixteen entries a destination.

    ``base`` (layer, cell) is the south-west corner of the stencil, ``weight`` (layer, cell, 16), ``inflow``
    (layer, cell) the air [kg] that arrives from outside, ``displacement`` (layer, ny, nx, 2) the way of a cell's
    centre [cells; row, column]. ``correction`` is the largest change of a weight.
    """

    base: NDArray[np.int32]
    weight: Array
    inflow: Array
    displacement: Array
    correction: float = 0.0


@dataclass(frozen=True)
class Operator:
    """One step of the air, an hour or a part of it: column (horizontal (conversion (mass))) + release + what came in.

    Parameters:
        span: length of the step [h].
        horizontal: the second factor, after conversion.
        matrix: columns over the step, (class, cell, layer, layer).
        mean: the same for what is released evenly in each half of the step, (class, cell, layer, row): the rows of a
            layer stand together, the later half first (`column.HALVES`).
        top: what came through the top at a mixing ratio of 1 kg/kg above [kg], (class, cell, layer).
        conversion: share that turns into its child in the step, (class, layer, cell).
        seen: the receptors' cells of the lowest layer, flat, (n,).
        seen_aged: those columns over the step, by the age of what they move: the mean of each quarter of it,
            (class + 1, n, quarter, layer, layer); the last class is air, which nothing removes.
        particle: share of total nitrate that is particle, (cell,).
        air: mass of air [kg] at the start, (layer, cell).
        density: mean density of air in the lowest layer [kg m-3], (cell,).
    """

    span: float
    horizontal: Horizontal
    matrix: Array
    mean: Array
    top: Array
    conversion: Array
    seen: NDArray[np.int64]
    seen_aged: Array
    particle: Array
    air: Array
    density: Array
