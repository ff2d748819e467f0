"""Where the air of a receptor has been, and what it would have met there: the positive path beside the footprints.

Particles released evenly over a receptor's cells and hour run backward; weight times time in a cell is its residence.
Air of mixing ratio r takes up emission E [kg h-1] in a cell with air M [kg] at the rate E / M, so

    concentration at the receptor [ug m-3] = 1e9 density_receptor [kg m-3] sum of E residence [h] / M,

with the weight of a particle its cell's density at release over density_receptor, their mean (Seibert & Frank 2004,
doi:10.5194/acp-4-51-2004, equations 4 to 8; ``docs/notes/particles.md``). Nothing is negative; the error is sampling,
estimated from independent batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from airshed.errors import BadInput
from airshed.places.grid import Grid
from airshed.transport.particles import BORDERS, STEP, AirHour, Cloud, LossOf, air_hour, march, scatter

__all__ = [
    "BATCHES",
    "VERDICTS",
    "PointShare",
    "PointSource",
    "Verdict",
    "release_backward",
    "release_forward",
    "share_of_point",
    "shares_of_points",
    "verdict_of",
]

Floats = NDArray[np.float64]
BATCHES: Final = 16
"""Independent batches; the standard error from them is itself known to 1 / sqrt(2 x 15) = 18 %."""

NEAR_FIELD: Final = (
    2  # [cells] between source and receptor within which a cell mean says nothing of the plume
)
ERROR_FACTOR: Final = 2.0  # [1] standard errors in the numerical error of a share: 95 % of normal samples
MICROGRAMS: Final = 1e9  # [ug kg-1]

Verdict = Literal["resolved", "not resolved", "near field, unresolved"]
VERDICTS: Final[dict[Verdict, dict[str, str]]] = {
    "resolved": {"zh": "可分辨", "en": "resolved"},
    "not resolved": {"zh": "不可分辨", "en": "not resolved"},
    "near field, unresolved": {"zh": "近场，未分辨", "en": "near field, unresolved"},
}
"""What a share may be called, in both languages."""


@dataclass(frozen=True)
class PointSource:
    """An enterprise or a single cell.

    Parameters:
        id: of the source.
        cell: flat number on the grid.
        emission: hour means [kg h-1] by lag and layer, (lag, layer); lag 0 is the receptor's hour. One row stands for
            all lags.
        parent: True if it emits the parent (SO2) of what is breathed (sulfate); needs ``loss``.
    """

    id: str
    cell: int
    emission: Floats
    parent: bool = False


@dataclass(frozen=True)
class PointShare:
    """What one source adds to a receptor.

    ``contribution`` and its ``standard_error`` [ug m-3]; ``distance`` to the nearest cell of the receptor [cells, the
    larger of rows and columns]; ``verdict``, whose words are in VERDICTS.
    """

    id: str
    contribution: float
    standard_error: float
    distance: int
    verdict: Verdict


def verdict_of(share: float, error: float, distance: float) -> Verdict:
    """What may be said of a share.

    Parameters:
        share: contribution, any unit.
        error: its numerical error, same unit.
        distance: between source and receptor [cells].
    """
    if distance <= NEAR_FIELD:
        return "near field, unresolved"
    return "resolved" if abs(share) > error else "not resolved"


def release_backward(
    weather: xr.Dataset,
    cells: ArrayLike,
    hour: int,
    lags: int,
    count: int,
    seed: int,
    *,
    weights: ArrayLike | None = None,
    loss: LossOf | None = None,
    step: float = STEP,
) -> xr.Dataset:
    """Residence of a receptor's hour-mean air in every cell and hour before.

    Parameters:
        weather: checked weather.
        cells: flat numbers of the receptor's cells, (n,).
        hour: number of the receptor's hour in the weather.
        lags: hours of weather, the receptor's own (lag 0) included.
        count: particles; rounded up to a multiple of BATCHES.
        seed: of the random numbers.
        weights: of the cells, (n,), adding up to one; None: equal.
        loss: first-order loss; see ``HourLoss``.
        step: of the particles [s].

    Returns:
        Dataset over (lag, layer, y, x): ``residence`` [h] with ``residence_error`` (standard error), and
        ``sensitivity`` [ug m-3 per kg h-1] of the receptor's mean to emission spread evenly over a cell, a layer and
        an hour; the same three with ``parent_`` before the name if there is a loss. ``left`` (lag, border): share of
        the air that left backward (weight with loss); ``older``: what is still inside. Attributes: ``density``
        [kg m-3] of the receptor, ``count``, ``seed``.

    Raises:
        BadInput: hours without weather, cells outside, weights that do not fit.
    """
    run = _Backward(weather, cells, hour, lags, count, seed, weights, loss, step)
    kinds = 1 if loss is None else 2
    shape = (kinds, lags, *run.shape)
    residence, error, sensitivity = (np.zeros(shape) for _ in range(3))
    left, gone = np.zeros((lags, len(BORDERS))), np.zeros(run.cloud.x.size, bool)
    for lag, air, batches in run.hours():
        for kind in range(kinds):
            residence[kind, lag], error[kind, lag] = _mean_and_error(batches[:, kind])
            mass = 0.5 * (air.before + air.after)
            sensitivity[kind, lag] = MICROGRAMS * run.density * residence[kind, lag] / mass
        new = (run.cloud.border > 0) & ~gone
        left[lag] = np.bincount(run.cloud.border[new], run.cloud.weight[0, new], len(BORDERS)) / gone.size
        gone |= new
    dims = ("lag", "layer", "y", "x")
    data: dict[str, object] = {}
    for kind, name in zip(range(kinds), ("", "parent_"), strict=False):
        data[f"{name}residence"] = (dims, residence[kind], {"units": "h"})
        data[f"{name}residence_error"] = (dims, error[kind], {"units": "h"})
        data[f"{name}sensitivity"] = (dims, sensitivity[kind], {"units": "ug m-3 (kg h-1)-1"})
    data["left"] = (("lag", "border"), left[:, 1:], {"units": "1"})
    data["older"] = ((), float(run.cloud.weight[0, ~gone].sum() / gone.size), {"units": "1"})
    attrs = Grid.of(weather).attrs() | {
        "density": run.density,
        "count": gone.size,
        "seed": seed,
        "hour": hour,
    }
    return xr.Dataset(data, {"lag": np.arange(lags), "border": list(BORDERS[1:])}, attrs)


def release_forward(
    weather: xr.Dataset,
    cell: int,
    layer: int,
    hour: int,
    hours: int,
    count: int,
    seed: int,
    *,
    rate: float = 1.0,
    lasting: int = 1,
    loss: LossOf | None = None,
    step: float = STEP,
) -> xr.Dataset:
    """The plume of one cell and layer.

    Parameters:
        weather: checked weather.
        cell, layer: where; the release is even over both.
        hour: number of the first hour.
        hours: how many are followed.
        count: particles of each hour of release; rounded up to a multiple of BATCHES.
        seed: of the random numbers.
        rate: emission [kg h-1].
        lasting: hours of release.
        loss: first-order loss; ``first`` is what is emitted.
        step: of the particles [s].

    Returns:
        Dataset (time, layer, y, x): hour-mean ``concentration`` [ug m-3] and ``concentration_error`` (standard error);
        with a loss ``child_concentration`` and its error too.

    Raises:
        BadInput: hours without weather, a cell or layer outside.
    """
    numbers = _hours_inside(weather, [hour + n for n in range(hours)])
    grid, heights = Grid.of(weather), weather["interface"].values
    _check_cells(np.array([cell]), grid)
    if not 0 <= layer < len(heights) - 1:
        raise BadInput(f"a layer from 0 to {len(heights) - 2}", str(layer), "count from the ground")
    count = -(-count // BATCHES) * BATCHES
    volume = grid.area * np.diff(heights)[:, None, None]
    generator, clouds, fields = np.random.default_rng(seed), [], []
    for n, number in enumerate(numbers):
        if n < lasting:
            spot = np.full(count, cell)
            clouds.append(_spread(spot, grid, heights[layer : layer + 2], generator))
        air, given = air_hour(weather, number), None if loss is None else loss(number)
        batches = np.zeros((BATCHES, 2, *air.before.shape))
        for age, cloud in enumerate(clouds):
            if age < n:
                cloud.clock[:] = 0.0
            batches += march(air, cloud, backward=False, batches=BATCHES, loss=given, step=step)
        batches *= rate * MICROGRAMS * BATCHES / count / volume  # each particle stands for rate / count [kg]
        fields.append([np.stack(_mean_and_error(batches[:, kind])) for kind in range(2)])
    stacked = np.asarray(fields)  # (time, kind, mean or error, layer, y, x)
    dims, data = ("time", "layer", "y", "x"), {}
    for kind, name in zip(range(1 if loss is None else 2), ("", "child_"), strict=False):
        data[f"{name}concentration"] = (dims, stacked[:, kind, 0], {"units": "ug m-3"})
        data[f"{name}concentration_error"] = (dims, stacked[:, kind, 1], {"units": "ug m-3"})
    return xr.Dataset(data, {"time": weather["time"].values[numbers]}, grid.attrs() | {"seed": seed})


def shares_of_points(
    weather: xr.Dataset,
    cells: ArrayLike,
    hour: int,
    lags: int,
    points: Sequence[PointSource],
    count: int,
    seed: int,
    *,
    weights: ArrayLike | None = None,
    loss: LossOf | None = None,
    step: float = STEP,
) -> list[PointShare]:
    """What each of many point sources adds to a receptor's hour, from one run of particles.

    Parameters are those of ``release_backward``; ``points`` are the sources.

    Raises:
        BadInput: as ``release_backward``; emission that does not fit or is negative; a parent without loss.
    """
    run = _Backward(weather, cells, hour, lags, count, seed, weights, loss, step)
    for point in points:
        _check_point(point, run, lags, loss)
    found = np.zeros((len(points), BATCHES))
    for lag, air, batches in run.hours():
        mass = 0.5 * (air.before + air.after)
        for n, point in enumerate(points):
            row, column = divmod(point.cell, run.grid.nx)
            emission = point.emission[min(lag, len(point.emission) - 1)]
            met = batches[:, int(point.parent), :, row, column] / mass[:, row, column]
            found[n] += MICROGRAMS * run.density * (met @ emission)
    return [_share(point, values, run) for point, values in zip(points, found, strict=True)]


def share_of_point(
    weather: xr.Dataset,
    cells: ArrayLike,
    hour: int,
    lags: int,
    point: PointSource,
    count: int,
    seed: int,
    *,
    weights: ArrayLike | None = None,
    loss: LossOf | None = None,
    step: float = STEP,
) -> PointShare:
    """What one point source adds to a receptor's hour; see ``shares_of_points``."""
    return shares_of_points(
        weather, cells, hour, lags, [point], count, seed, weights=weights, loss=loss, step=step
    )[0]


class _Backward:
    """One backward run: the release, then hour by hour what the batches met."""

    def __init__(
        self,
        weather: xr.Dataset,
        cells: ArrayLike,
        hour: int,
        lags: int,
        count: int,
        seed: int,
        weights: ArrayLike | None,
        loss: LossOf | None,
        step: float,
    ) -> None:
        self.weather, self.loss, self.step = weather, loss, step
        self.numbers = _hours_inside(weather, [hour - n for n in range(lags)])
        self.grid, heights = Grid.of(weather), np.asarray(weather["interface"].values, np.float64)
        self.cells = np.unique(_check_cells(np.atleast_1d(np.asarray(cells, np.int64)), self.grid))
        if self.cells.size != np.size(cells):
            raise BadInput("cells that differ", "one named twice", "give it a weight instead")
        self.shape = (len(heights) - 1, *self.grid.shape)
        generator = np.random.default_rng(seed)
        count = -(-count // BATCHES) * BATCHES
        spots = _drawn(np.atleast_1d(np.asarray(cells, np.int64)), weights, count, generator)
        self.cloud = _spread(spots, self.grid, heights[:2], generator)
        air = weather["air_mass"].isel(edge=slice(hour, hour + 2), layer=0).values.reshape(2, -1)
        density = (air[0, spots] + (air[1, spots] - air[0, spots]) * self.cloud.clock) / heights[1]
        self.density = float(density.mean())
        self.cloud.weight[0] = density / self.density

    def hours(self) -> Iterator[tuple[int, AirHour, Floats]]:
        """(lag, air, residence a particle of each batch (batch, kind, layer, y, x) [h])."""
        for lag, number in enumerate(self.numbers):
            if lag:
                self.cloud.clock[:] = 1.0
            air, loss = air_hour(self.weather, number), None if self.loss is None else self.loss(number)
            found = march(air, self.cloud, backward=True, batches=BATCHES, loss=loss, step=self.step)
            yield lag, air, found * (BATCHES / self.cloud.x.size)


def _hours_inside(weather: xr.Dataset, numbers: list[int]) -> list[int]:
    last = weather.sizes["time"] - 1
    if not numbers or min(numbers) < 0 or max(numbers) > last:
        came = f"{min(numbers)} to {max(numbers)}" if numbers else "none"
        raise BadInput(f"hours of the weather, 0 to {last}", came, "read more weather or ask for fewer hours")
    return numbers


def _check_cells(cells: NDArray[np.int64], grid: Grid) -> NDArray[np.int64]:
    if cells.size == 0 or cells.min() < 0 or cells.max() >= grid.cells:
        raise BadInput(
            f"cells from 0 to {grid.cells - 1}", f"{cells.tolist()[:5]}", "take cells of this grid"
        )
    return cells


def _check_point(point: PointSource, run: _Backward, lags: int, loss: LossOf | None) -> None:
    _check_cells(np.array([point.cell]), run.grid)
    rows, layers = point.emission.shape
    if rows not in (1, lags) or layers != run.shape[0] or not (point.emission >= 0).all():
        wanted = f"emission of {point.id} [kg h-1] of at least 0, (1 or {lags}, {run.shape[0]})"
        raise BadInput(wanted, f"{point.emission.shape}, least {point.emission.min():g}", "mend the source")
    if point.parent and loss is None:
        raise BadInput(f"a loss with conversion for the parent that {point.id} emits", "none", "hand in loss")


def _drawn(
    cells: NDArray[np.int64], weights: ArrayLike | None, count: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """A cell for each particle: evenly by weight within each batch, in random order."""
    shares = np.full(cells.size, 1 / cells.size) if weights is None else np.asarray(weights, np.float64)
    if shares.shape != cells.shape or (shares < 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise BadInput("a weight of at least 0 for each cell, adding up to 1", f"sum {shares.sum():g}")
    length = count // BATCHES
    at = (np.arange(length) + generator.random((BATCHES, 1))) / length
    return cells[
        np.searchsorted(np.cumsum(shares)[:-1], generator.permuted(at, axis=1).ravel(), side="right")
    ]


def _spread(
    spots: NDArray[np.int64],
    grid: Grid,
    layer: NDArray[np.float64],
    generator: np.random.Generator,
) -> Cloud:
    """Particles evenly over their cells, a layer (bottom, top) [m] and an hour; each batch is even in time."""
    row, column = np.divmod(spots, grid.nx)
    x, y, z = generator.random((3, spots.size))
    length = spots.size // BATCHES
    clock = ((np.arange(length) + generator.random((BATCHES, length))) / length).ravel()
    return scatter(column + x, row + y, layer[0] + z * (layer[1] - layer[0]), clock, generator)


def _mean_and_error(batches: Floats) -> tuple[Floats, Floats]:
    mean = batches.mean(axis=0)
    return mean, batches.std(axis=0, ddof=1) / np.sqrt(len(batches))


def _share(point: PointSource, values: Floats, run: _Backward) -> PointShare:
    mean, error = (float(v) for v in _mean_and_error(values))
    row, column = np.divmod(run.cells, run.grid.nx)
    here = divmod(point.cell, run.grid.nx)
    distance = int(np.maximum(np.abs(row - here[0]), np.abs(column - here[1])).min())
    return PointShare(point.id, mean, error, distance, verdict_of(mean, ERROR_FACTOR * error, distance))
