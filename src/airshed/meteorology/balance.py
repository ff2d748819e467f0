"""Winds that keep mass: hour means at the faces of cells, adjusted as little as a closed air budget asks.

Derivation and figures: ``docs/notes/balance.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from airshed.errors import BadInput
from airshed.meteorology.fluxes import SECONDS, hour_fluxes
from airshed.places.grid import Grid

__all__ = ["GRAVITY", "Adjuster", "FaceWinds", "face_winds", "interface_pressure", "omega_flux", "smoothed"]

Floats = NDArray[np.float64]
GRAVITY = 9.80665  # [m s-2] standard gravity, 3rd CGPM 1901


@dataclass(frozen=True)
class FaceWinds:
    """Hour means at faces [m s-1]: ``u`` (layer, ny, nx+1), positive along x; ``v`` (layer, ny+1, nx)."""

    u: Floats
    v: Floats


def face_winds(u: Floats, v: Floats, mass: Floats) -> FaceWinds:
    """Hour means at faces from winds at centres at both ends of the hour.

    At a face the wind is the mean of the two cells beside it (at the rim the cell inside) and of the two ends, each
    weighted by its air: momentum is averaged, not speed.

    Parameters:
        u, v: along the grid's axes [m s-1], (2, layer, ny, nx): the two ends.
        mass: air a square metre [kg m-2], (2, layer, ny, nx).
    """
    return FaceWinds(_hour_at_faces(u, mass, 2), _hour_at_faces(v, mass, 1))


def interface_pressure(surface_pressure: Floats, mass: Floats) -> Floats:
    """Pressure at the interfaces [Pa], (…, layer+1, ny, nx), hydrostatic, from the ground upward.

    Parameters:
        surface_pressure: [Pa], (…, ny, nx).
        mass: air a square metre in the layers [kg m-2], (…, layer, ny, nx).
    """
    below = np.cumsum(mass, axis=-3)
    ground = surface_pressure[..., None, :, :]
    return np.concatenate([ground, ground - GRAVITY * below], axis=-3)


def omega_flux(
    omega: Floats, pressure: Floats, winds: FaceWinds, middles: Floats, interface: Floats, grid: Grid
) -> Floats:
    """Upward mass flux through the interfaces [kg m-2 s-1], (layer+1, ny, nx), that a source's own omega implies.

    Interfaces follow the ground, so the flux is -(omega - dp/dt - wind · grad p) / g with both derivatives taken along
    the interface; zero at the ground.

    Parameters:
        omega: d(pressure)/dt of the air [Pa s-1] at the interfaces, (2, layer+1, ny, nx): both ends of the hour.
        pressure: at the interfaces [Pa], same dims.
        winds: hour means at faces; they may hold layers above the last interface, which then has them on both sides.
        middles: of the layers of the winds, heights above ground [m].
        interface: heights above ground [m], (layer+1,).
        grid: the grid.
    """
    mean = pressure.mean(axis=0)
    along = [
        _along(_at_interfaces(field, middles, interface), mean, axis)
        for field, axis in ((winds.u, 2), (winds.v, 1))
    ]
    slope = (along[0] + along[1]) * grid.scale / grid.cell
    tendency = (pressure[1] - pressure[0]) / SECONDS
    flux = -(omega.mean(axis=0) - tendency - slope) / GRAVITY
    flux[0] = 0.0
    return np.asarray(flux, dtype=np.float64)


@dataclass(frozen=True)
class Adjuster:
    """The smallest change of the winds of a column that gives its air budget a wanted flux through the top.

    The change is the same at all heights of a face (barotropic): among all changes that close the budget it has the
    least sum of squares weighted by the air that it moves. It is the gradient of a potential that solves a Poisson
    equation; outside the grid the potential is zero, so that the sides are free to let air in and out.

    Parameters:
        grid: the grid.
        column: air in the column [kg m-2], (ny, nx), of a typical hour: the weight.
    """

    grid: Grid
    column: Floats

    def __call__(
        self, winds: FaceWinds, before: Floats, after: Floats, top_flux: Floats
    ) -> tuple[FaceWinds, FaceWinds]:
        """The adjusted winds and the change (one layer, the same for all) of one hour.

        Parameters:
            winds: hour means at faces.
            before, after: air at both ends of the hour [kg m-2], (layer, ny, nx).
            top_flux: wanted, upward through the top [kg m-2 s-1], (ny, nx).

        Raises:
            BadInput: the weight is not positive.
        """
        area, scale, cell = self.grid.area, self.grid.scale, self.grid.cell
        fluxes = hour_fluxes(winds.u, winds.v, before, after, area, scale, cell)
        surplus = fluxes.z[-1] / SECONDS - top_flux * area
        flow = self._weight * (self._divergence.T @ self._solve(surplus.ravel()))
        moved = 0.5 * (before + after).sum(axis=0) * (cell / scale)
        change = flow / np.concatenate([_face_mean(moved, 1).ravel(), _face_mean(moved, 0).ravel()])
        x_faces = self.grid.ny * (self.grid.nx + 1)
        du = change[:x_faces].reshape(1, self.grid.ny, self.grid.nx + 1)
        dv = change[x_faces:].reshape(1, self.grid.ny + 1, self.grid.nx)
        return FaceWinds(winds.u + du, winds.v + dv), FaceWinds(du, dv)

    @cached_property
    def _divergence(self) -> sp.csr_array:
        """What leaves each cell, from the flows through the faces: all x faces, then all y faces."""
        ny, nx = self.grid.shape
        cells = np.arange(ny * nx)
        x = np.arange(ny * (nx + 1)).reshape(ny, nx + 1)
        y = x.size + np.arange((ny + 1) * nx).reshape(ny + 1, nx)
        faces = np.concatenate([side.ravel() for side in (x[:, 1:], x[:, :-1], y[1:], y[:-1])])
        signs = np.repeat([1.0, -1.0, 1.0, -1.0], cells.size)
        shape = (cells.size, x.size + y.size)
        return sp.csr_array((signs, (np.tile(cells, 4), faces)), shape=shape)

    @cached_property
    def _weight(self) -> Floats:
        if not (np.isfinite(self.column) & (self.column > 0)).all():
            raise BadInput("air in every column", f"{np.nanmin(self.column):g} kg m-2", "mend air_mass")
        moved = self.column * (self.grid.cell / self.grid.scale)
        return np.concatenate([_face_mean(moved, 1).ravel(), _face_mean(moved, 0).ravel()])

    @cached_property
    def _solve(self) -> Callable[[Floats], Floats]:
        poisson = self._divergence @ sp.diags_array(self._weight) @ self._divergence.T
        solve: Callable[[Floats], Floats] = splu(sp.csc_matrix(poisson)).solve
        return solve


def smoothed(field: Floats, passes: int = 4) -> Floats:
    """A field (ny, nx) after some passes of the filter 1-2-1 in both directions, its rim held by its own values."""
    for _ in range(passes):
        for axis in (0, 1):
            low = np.concatenate([field.take([0], axis), field], axis)
            high = np.concatenate([field, field.take([-1], axis)], axis)
            half = 0.5 * (low + high)
            ends = (np.arange(half.shape[axis] - 1), np.arange(1, half.shape[axis]))
            field = 0.5 * (half.take(ends[0], axis) + half.take(ends[1], axis))
    return field


def _hour_at_faces(field: Floats, mass: Floats, axis: int) -> Floats:
    """Mean over both ends and both cells, weighted by mass, (layer, …) with one more along the axis."""
    moving, weight = (field * mass).sum(axis=0), mass.sum(axis=0)
    return np.asarray(_face_mean(moving, axis) / _face_mean(weight, axis), dtype=np.float64)


def _face_mean(field: Floats, axis: int) -> Floats:
    """The mean of the two cells beside each face; at the rim the cell inside."""
    low = np.concatenate([field.take([0], axis), field], axis)
    high = np.concatenate([field, field.take([-1], axis)], axis)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def _at_interfaces(field: Floats, middles: Floats, interface: Floats) -> Floats:
    """A field of the layers' middles at the interfaces: straight between, held above and below."""
    if len(middles) == 1:
        return np.repeat(field, len(interface), axis=0)
    low = np.clip(np.searchsorted(middles, interface) - 1, 0, len(middles) - 2)
    share = np.clip((interface - middles[low]) / (middles[low + 1] - middles[low]), 0.0, 1.0)
    weight = share.reshape(-1, 1, 1)
    return np.asarray(field[low] * (1.0 - weight) + field[low + 1] * weight, dtype=np.float64)


def _along(wind: Floats, pressure: Floats, axis: int) -> Floats:
    """Wind times the step of pressure at faces, as the mean of a cell's two faces; rim faces have the next step."""
    step = np.diff(pressure, axis=axis)
    padded = np.concatenate([step.take([0], axis), step, step.take([-1], axis)], axis)
    product = wind * padded
    count = product.shape[axis]
    low, high = product.take(range(count - 1), axis), product.take(range(1, count), axis)
    return np.asarray(0.5 * (low + high), dtype=np.float64)
