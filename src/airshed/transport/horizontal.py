"""The horizontal operator of one layer and hour: a sparse matrix that keeps mass and a uniform mixing ratio."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.transport.correction import correct, corrected
from airshed.transport.displacement import displace, wind_nodes
from airshed.transport.stencil import WIDTH, apply, apply_transpose, outside_shares, stencil_weights

__all__ = ["LARGEST_CORRECTION", "HorizontalStep", "backward", "forward", "hour_steps", "pieces_needed"]

Floats = NDArray[np.float64]
LARGEST_CORRECTION = 0.1  # [share] of a cell by which a weight may change before the hour is divided; the issue's
TOLERANCE = 1e-13  # [share] of its air that a cell may lack after the correction
_REFUSED = 1e-10  # [share] above which mass would not be closed over a week
_FREEDOM = 0.03  # [1] freedom of an entry whose weight is zero; with it 30 iterations close, with 0.001 about 100
_FREEDOM_POSITIVE = 0.002  # [1] the same of the positive operator, where it spreads air
_MOST_PIECES = 16
_STILL = 1e-14  # [share of a cell in the hour] below which a flux is round-off
_LEAST_AIR = 0.2  # [share] of its air that a cell must keep within one step


class HorizontalStep(NamedTuple):
    """What the horizontal wind does to one layer in one step; cells are flat, N = ny * nx.

    Parameters:
        base: south-west corner of the 4 x 4 cells that destination d reads, (N,) int32, always inside.
        weight: share of the mass of cell ``base[d] + a * nx + b`` that arrives in d, at ``[d, 4 a + b]``, (N, 16).
        inflow: outside air that arrives in d [kg], (N,); times the mixing ratio outside.
        outflow: air of cell s that leaves through the sides [kg], (N,).
        before, after: air in the cells at the two ends of the step [kg], (N,).
        displacement: of each cell centre over the step [cells: row, column], (N, 2).
        correction: largest change of a weight (share of the destination's air).
        closure: largest share of its air that a cell still lacks.
        multiplier: the correction's column multipliers, (N,); the next hour's solve starts from them.
        columns: nx, to walk the rows of a stencil.
    """

    base: NDArray[np.int32]
    weight: NDArray[Any]
    inflow: NDArray[Any]
    outflow: NDArray[Any]
    before: Floats
    after: Floats
    displacement: NDArray[Any]
    correction: float
    closure: float
    multiplier: Floats
    columns: int


def hour_steps(
    flux_x: Floats,
    flux_y: Floats,
    before: Floats,
    u: Floats,
    v: Floats,
    *,
    pieces: int = 1,
    positive: bool = False,
    guess: Floats | None = None,
    tolerance: float = TOLERANCE,
    dtype: type[np.floating[Any]] = np.float64,
) -> list[HorizontalStep]:
    """The hour as ``pieces`` steps, in order; the air changes linearly between them.

    Parameters:
        flux_x: air through x faces in the hour [kg], to the east, (ny, nx+1).
        flux_y: air through y faces in the hour [kg], to the north, (ny+1, nx).
        before: air in the cells at the start [kg], (ny, nx).
        u: winds at x faces [cells h-1], (ny, nx+1), or of the hours before, this and after, (3, ny, nx+1).
        v: winds at y faces [cells h-1], (ny+1, nx) or (3, ny+1, nx).
        pieces: number of steps, see ``pieces_needed``.
        positive: bilinear weights, kept positive: more diffusive, for shares of single cells.
        guess: ``multiplier`` of the hour before, to start from.
        tolerance: largest share of its air that a cell may lack.
        dtype: of weight, inflow, outflow and displacement.

    A side through which no air flows at all is closed: nothing enters or leaves there.

    Raises:
        BadInput: shapes that do not fit, a cell emptied by the fluxes, or a step whose mass does not close.
    """
    _check(flux_x, flux_y, before, u, v)
    after = before - np.diff(flux_x, axis=1) - np.diff(flux_y, axis=0)
    if not (after > 0).all() or not (before > 0).all():
        where = np.unravel_index(int(np.argmin(after)), after.shape)
        came = f"{after[where]:.4g} kg at row {where[0]}, column {where[1]}"
        raise BadInput("air left in every cell after the horizontal fluxes", came, "balance the winds")
    closed = _closed(flux_x, flux_y, float(before.mean()))
    nodes = wind_nodes(u), wind_nodes(v)
    steps: list[HorizontalStep] = []
    for k in range(pieces):
        air = [before + (after - before) * ((k + end) / pieces) for end in (0, 1)]
        span = (k / pieces, (k + 1) / pieces)
        guess = steps[-1].multiplier if steps else guess
        steps.append(_step(air, nodes, span, closed, positive, guess, tolerance, dtype))
    if (worst := max(step.closure for step in steps)) > max(_REFUSED, tolerance):
        raise BadInput("horizontal mass that closes", f"{worst:.1e} of a cell's air", "divide the hour further")
    return steps


def pieces_needed(
    flux_x: Floats, flux_y: Floats, before: Floats, u: Floats, v: Floats, *, positive: bool = False
) -> int:
    """How many steps (1, 2, 4 … 16) the hour needs so that no weight is corrected by more than 0.1.

    The same arguments as ``hour_steps``; solved loosely. A caller that has already built the hour in one step may
    look at ``correction`` and ask only where it exceeds ``LARGEST_CORRECTION``. All layers take the largest number.
    """
    after = before - np.diff(flux_x, axis=1) - np.diff(flux_y, axis=0)
    pieces = 1
    while pieces < _MOST_PIECES:
        if (1.0 - after / before).max() / pieces <= 1.0 - _LEAST_AIR:
            options = {"pieces": pieces, "positive": positive, "tolerance": 1e-3}
            steps = hour_steps(flux_x, flux_y, before, u, v, **options)
            if max(step.correction for step in steps) <= LARGEST_CORRECTION:
                break
        pieces *= 2
    return pieces


def forward(step: HorizontalStep, mass: NDArray[Any]) -> NDArray[Any]:
    """Tracer mass (N,) at the end of the step from that at its start; what flows in is not added."""
    return np.asarray(apply(step.base, step.weight, step.columns, mass))


def backward(step: HorizontalStep, sensitivity: NDArray[Any]) -> NDArray[Any]:
    """The exact transpose of ``forward``: sensitivity (N,) to the mass at the start from that at the end."""
    return np.asarray(apply_transpose(step.base, step.weight, step.columns, sensitivity))


def _step(
    air: list[Floats],
    nodes: tuple[Floats, Floats],
    span: tuple[float, float],
    closed: NDArray[np.bool_],
    positive: bool,
    guess: Floats | None,
    tolerance: float,
    dtype: type[np.floating[Any]],
) -> HorizontalStep:
    """One step: stencils from the paths, then the correction."""
    ny, nx = air[0].shape
    before, after = air[0].ravel(), air[1].ravel()
    moved = displace(*nodes, *span)
    base, share, outside = stencil_weights(displace(*nodes, span[1], span[0]), ny, nx, closed, positive)
    if positive:
        share = _spread(share, outside)
        freedom = share * after[:, None]
    else:
        freedom = (np.abs(share) + _FREEDOM) * after[:, None]
    plan, inflow = share * after[:, None], outside * after
    outflow = outside_shares(moved, ny, nx, closed) * before
    lacking = before - apply_transpose(base, share, nx, after) - outflow
    found = correct(base, freedom, lacking, inflow, outflow, before, guess, tolerance, (ny, nx))
    weight, correction, closure = corrected(
        base, plan, freedom, inflow, outflow, found.row, found.column, before, after, nx
    )
    parts = [part.astype(dtype, copy=False) for part in (weight, inflow, outflow, moved)]
    return HorizontalStep(base, *parts[:3], before, after, parts[3], correction, closure, found.column, nx)


def _spread(share: Floats, outside: Floats) -> Floats:
    """Bilinear weights with a little air for each of the 16 cells, so that a correction can act by factors alone."""
    even = _FREEDOM_POSITIVE * (1.0 - outside)[:, None]
    return np.asarray((share + even) / (1.0 + 16 * _FREEDOM_POSITIVE))


def _check(flux_x: Floats, flux_y: Floats, before: Floats, u: Floats, v: Floats) -> None:
    """Shapes that fit a grid of at least 4 x 4 cells."""
    ny, nx = before.shape
    came = [field.shape[-2:] for field in (flux_x, u, flux_y, v)]
    wanted = [(ny, nx + 1)] * 2 + [(ny + 1, nx)] * 2
    if came != wanted or min(ny, nx) < WIDTH:
        raise BadInput(f"at least 4 x 4 cells; flux_x, u, flux_y, v {wanted}", str(came), "mend the arrays")


def _closed(flux_x: Floats, flux_y: Floats, air: float) -> NDArray[np.bool_]:
    """Which sides (south, north, west, east) nothing passes, but for the round-off of a stream function."""
    rims = (flux_y[0], flux_y[-1], flux_x[:, 0], flux_x[:, -1])
    return np.array([bool(np.abs(rim).max() <= _STILL * air) for rim in rims])
