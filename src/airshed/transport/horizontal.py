"""The horizontal operator of one layer and hour: a sparse matrix that keeps mass and a uniform mixing ratio."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.transport.correction import correct, corrected, per_source, scaled
from airshed.transport.displacement import displace, wind_nodes
from airshed.transport.stencil import WIDTH, apply, apply_transpose, outside_shares, stencil_weights

__all__ = ["LARGEST_CORRECTION", "HorizontalStep", "backward", "forward", "hour_steps", "pieces_needed"]

Floats = NDArray[np.float64]
LARGEST_CORRECTION = 0.1  # [share] by which a weight may change before the hour is divided
TOLERANCE = 1e-13  # [share] of its air that a cell may lack after the correction
_REFUSED = 1e-10  # [share] above which mass would not be closed over a week
_FREEDOM = 0.03  # [1] of an entry whose weight is zero; 0.001 needs three times the iterations
_FREEDOM_POSITIVE = 0.002  # [1] the same of the positive operator, where it spreads air
_MOST_PIECES = 16
_STILL = 1e-14  # [share of a cell in the hour] below which a flux is round-off
_LOOSE = 1e-3  # [share] to which a correction is solved when only its size is asked


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
    steps = _steps(flux_x, flux_y, before, u, v, pieces, positive, guess, tolerance, dtype)
    if (worst := max(step.closure for step in steps)) > max(_REFUSED, tolerance):
        came = f"{worst:.1e} of a cell's air missing"
        raise BadInput("horizontal mass that closes", came, "divide the hour further or balance the winds")
    return steps


def pieces_needed(
    flux_x: Floats, flux_y: Floats, before: Floats, u: Floats, v: Floats, *, positive: bool = False
) -> int:
    """How many steps (1, 2, 4 … 16) the hour needs so that no weight is corrected by more than 0.1.

    The same arguments as ``hour_steps``; solved loosely. A caller that has already built the hour in one step may
    look at ``correction`` and ask only where it exceeds ``LARGEST_CORRECTION``. All layers take the largest number.
    """
    pieces = 1
    while pieces < _MOST_PIECES:
        steps = _steps(flux_x, flux_y, before, u, v, pieces, positive, None, _LOOSE, np.float64)
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


def _steps(
    flux_x: Floats,
    flux_y: Floats,
    before: Floats,
    u: Floats,
    v: Floats,
    pieces: int,
    positive: bool,
    guess: Floats | None,
    tolerance: float,
    dtype: type[np.floating[Any]],
) -> list[HorizontalStep]:
    """``hour_steps`` without a look at what does not close."""
    _check_shapes(flux_x, flux_y, before, u, v)
    after = before - np.diff(flux_x, axis=1) - np.diff(flux_y, axis=0)
    _check_air(before, after)
    closed = _closed(flux_x, flux_y, float(before.mean()))
    thinning = _thinning(before, after)
    nodes = wind_nodes(u) * _at_faces(thinning, 2), wind_nodes(v) * _at_faces(thinning, 1)
    steps: list[HorizontalStep] = []
    for k in range(pieces):
        start, end = k / pieces, (k + 1) / pieces
        air = before + (after - before) * start, before + (after - before) * end
        moves = displace(*nodes, start, end), displace(*nodes, end, start)
        steps.append(_step(air, moves, closed, positive, guess, tolerance, dtype))
        guess = steps[-1].multiplier
    return steps


def _step(
    air: tuple[Floats, Floats],
    moves: tuple[Floats, Floats],
    closed: NDArray[np.bool_],
    positive: bool,
    guess: Floats | None,
    tolerance: float,
    dtype: type[np.floating[Any]],
) -> HorizontalStep:
    """One step from the air at its two ends and the displacements forward and backward."""
    (ny, nx), before, after = air[0].shape, air[0].ravel(), air[1].ravel()
    base, share, outside = stencil_weights(moves[1], ny, nx, closed, positive)
    inflow, outflow = outside * after, outside_shares(moves[0], ny, nx, closed) * before
    multiplier = np.zeros(ny * nx)
    if positive:
        start = _spread(share, outside) * after[:, None]
        plan, entered = start.copy(), inflow.copy()
        closure = scaled(base, plan, inflow, outflow, before, after, tolerance, (ny, nx))
        change = np.abs(plan - start).max(axis=1), np.abs(inflow - entered)
        correction = float((np.maximum(*change) / after).max())
        weight = per_source(base, plan, before, nx)
    else:
        freedom = (np.abs(share) + _FREEDOM) * after[:, None]
        lacking = before - apply_transpose(base, share, nx, after) - outflow
        found = correct(base, freedom, lacking, inflow, outflow, before, guess, tolerance, (ny, nx))
        multiplier = found.column
        weight, correction, closure = corrected(
            base, share, freedom, inflow, outflow, found.row, multiplier, before, after, nx
        )
    return HorizontalStep(
        base=base,
        weight=weight.astype(dtype, copy=False),
        inflow=inflow.astype(dtype, copy=False),
        outflow=outflow.astype(dtype, copy=False),
        before=before,
        after=after,
        displacement=_inside(moves[0], closed, ny, nx).astype(dtype, copy=False),
        correction=float(correction),
        closure=float(closure),
        multiplier=multiplier,
        columns=nx,
    )


def _inside(moved: Floats, closed: NDArray[np.bool_], ny: int, nx: int) -> Floats:
    """Displacements that end at the last centre before a closed side, so that nothing is laid down behind it."""
    row, column = np.divmod(np.arange(ny * nx), nx)
    south, north, west, east = np.where(closed, 0.0, np.inf)
    y = np.clip(moved[:, 0], -row - south, ny - 1.0 - row + north)
    x = np.clip(moved[:, 1], -column - west, nx - 1.0 - column + east)
    return np.stack([y, x], axis=1)


def _spread(share: Floats, outside: Floats) -> Floats:
    """Bilinear weights with a little air for each of the 16 cells, so that a correction can act by factors alone."""
    even = _FREEDOM_POSITIVE * (1.0 - outside)[:, None]
    return np.asarray((share + even) / (1.0 + 16 * _FREEDOM_POSITIVE))


def _check_shapes(flux_x: Floats, flux_y: Floats, before: Floats, u: Floats, v: Floats) -> None:
    """Shapes that fit a grid of at least 4 x 4 cells."""
    ny, nx = before.shape
    came = [field.shape[-2:] for field in (flux_x, u, flux_y, v)]
    wanted = [(ny, nx + 1)] * 2 + [(ny + 1, nx)] * 2
    if came != wanted or min(ny, nx) < WIDTH:
        raise BadInput(f"at least 4 x 4 cells; flux_x, u, flux_y, v {wanted}", str(came), "mend the arrays")


def _check_air(before: Floats, after: Floats) -> None:
    """Air in every cell at both ends."""
    least = np.minimum(before, after)
    if not (least > 0).all():
        row, column = np.unravel_index(int(np.argmin(least)), least.shape)
        came = f"{least[row, column]:.4g} kg at row {row}, column {column}"
        raise BadInput("air left in every cell after the horizontal fluxes", came, "balance the winds")


def _closed(flux_x: Floats, flux_y: Floats, air: float) -> NDArray[np.bool_]:
    """Which sides (south, north, west, east) nothing passes, but for the round-off of a stream function."""
    rims = (flux_y[0], flux_y[-1], flux_x[:, 0], flux_x[:, -1])
    return np.array([bool(np.abs(rim).max() <= _STILL * air) for rim in rims])


def _thinning(before: Floats, after: Floats) -> Floats:
    """The air the winds belong to over the air at the start, middle and end of this step alone, (3, ny, nx).

    Air itself hardly changes in an hour; within the split step it piles up until the column operator lifts it,
    and where it is dense the same flux is a slower wind.
    """
    return np.stack([np.ones_like(before), before / (0.5 * (before + after)), before / after])


def _at_faces(field: Floats, axis: int) -> Floats:
    """The mean of the two cells beside each face; at the rim the cell inside."""
    low = np.concatenate([field.take([0], axis), field], axis)
    high = np.concatenate([field, field.take([-1], axis)], axis)
    return np.asarray(0.5 * (low + high))
