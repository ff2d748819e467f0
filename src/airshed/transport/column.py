"""The column: vertical wind, mixing, deposition and washout of one hour as one K x K matrix a column and class.

The balance of tracer mass x_k = m_k q_k in layer k (0 at the ground), with m_k(t) the air, linear in the hour, is

    dx_k/dt = F_k - F_{k+1} - (v_d / h_0 [k = 0] + s_k) x_k,
    F_k = z_k (w q_{k-1} + (1 - w) q_k) + G_k (q_{k-1} - q_k)        at the interface below layer k,

w the linear interpolation between the two mid-points and G_k the mixing, but never less than what keeps both
coefficients of F_k from changing sign (Spalding 1972, doi:10.1002/nme.1620040409: centred where the air mixes,
donor cell where it does not). Backward Euler in equal pieces of the hour then inverts an M-matrix: nothing turns
negative, and since the masses obey the same balance a uniform mixing ratio stays uniform to round-off. Order two and
unconditional positivity exclude each other (Bolley and Crouzeix 1978, doi:10.1051/m2an/1978120302371), so accuracy
is bought with ``substeps``: see ``docs/notes/column.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import DTypeLike, NDArray

from airshed.errors import BadInput

__all__ = [
    "HALVES",
    "QUARTERS",
    "SUBSTEPS",
    "ColumnInput",
    "ColumnMatrices",
    "column_matrices",
    "column_receptor",
]

Floats = NDArray[np.float64]
Array = NDArray[Any]

SECONDS: Final = 3600.0  # [s] in the hour
SUBSTEPS: Final = 12  # pieces of the hour: a morning's matrix to 0.005 (docs/notes/column.md)
HALVES: Final = 2  # of the hour, by which what is released in it is kept apart: the later and younger first
QUARTERS: Final = 4  # of the hour, in each of which a receptor's columns are kept apart
LANES: Final = 64  # columns that are worked on side by side, one in each lane of the vector unit
_TOLERANCE: Final = 1e-6  # [1] of the air of a layer: what the balance of air may miss


@dataclass(frozen=True)
class ColumnInput:
    """What one hour does to N columns of K layers.

    Parameters:
        mass_star: air after the horizontal step [kg], (K, N), positive.
        mass_after: air at the end of the hour [kg], (K, N), positive; ``mass_star + z[:-1] - z[1:]``.
        z: air that rises through the interfaces [kg h-1], (K + 1, N); 0 at the ground; at the top upward air leaves
            and downward air comes in.
        kz: at the interfaces [m2 s-1], (K + 1, N), not negative; ground and top are not read.
        thickness: of the layers [m], (K,).
        deposition: velocity [m s-1], (C, N), of C tracer classes. The loss is v_d / thickness[0] times the mean of the
            lowest layer: the aerodynamic resistance between the height at which v_d holds and the middle of that
            layer belongs into v_d.
        scavenging: share that rain takes [h-1], (C, K, N).
    """

    mass_star: Floats
    mass_after: Floats
    z: Floats
    kz: Floats
    thickness: Floats
    deposition: Floats
    scavenging: Floats

    def __post_init__(self) -> None:
        self._check_shapes()
        if not (self.mass_star.min() > 0 and self.mass_after.min() > 0):
            came = f"{min(self.mass_star.min(), self.mass_after.min()):.3g} kg"
            raise BadInput("air in every layer", came, "balance the wind before the transport")
        if self.kz.min() < 0 or self.deposition.min() < 0 or self.scavenging.min() < 0:
            raise BadInput(
                "kz, deposition and scavenging of at least 0", "a negative one", "mend the weather or rates"
            )
        missed = np.abs(self.mass_star + self.z[:-1] - self.z[1:] - self.mass_after) / self.mass_after
        if not missed.max() <= _TOLERANCE:
            came = f"{missed.max():.2g} of a layer's air missing"
            raise BadInput(
                "mass_after = mass_star + z[:-1] - z[1:]", came, "take z from airshed.meteorology.fluxes"
            )

    def _check_shapes(self) -> None:
        layers, columns = self.mass_star.shape
        classes = len(self.deposition)
        wanted = {
            "mass_after": (layers, columns),
            "z": (layers + 1, columns),
            "kz": (layers + 1, columns),
            "thickness": (layers,),
            "deposition": (classes, columns),
            "scavenging": (classes, layers, columns),
        }
        for name, shape in wanted.items():
            came = getattr(self, name).shape
            if came != shape:
                raise BadInput(f"{name} of shape {shape}", str(came), "one value a class, layer and column")

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """The arrays in the order in which the kernels take them."""
        values = (
            self.mass_star,
            self.z,
            self.kz,
            self.thickness,
            self.deposition,
            self.scavenging,
        )
        return tuple(np.ascontiguousarray(v, dtype=np.float64) for v in values)


@dataclass(frozen=True)
class ColumnMatrices:
    """The hour of N columns and C classes; mass form, row is where mass arrives, column where it was.

    ``matrix`` (C, N, K, K): of the whole hour. ``mean`` (C, N, K, K * HALVES): of mass released evenly through a half
    of it, in layer j and half a in column j * HALVES + a, the later half first.
    ``top`` (C, N, K): mass at the end of the hour that came through the top, at a mixing ratio of 1 kg/kg above.
    """

    matrix: Array
    mean: Array
    top: Array


def column_matrices(
    given: ColumnInput, substeps: int = SUBSTEPS, dtype: DTypeLike = np.float64
) -> ColumnMatrices:
    """The column operator of one hour.

    Parameters:
        given: air, fluxes, mixing and losses.
        substeps: equal pieces of the hour, backward Euler in each; a multiple of HALVES.
        dtype: of the result; the reckoning itself is in double precision.

    Raises:
        BadInput: substeps that do not fill the halves.

    Source: see the head of the module; valid for any positive air mass and any flux.
    """
    _check_substeps(substeps, HALVES)
    layers, columns = given.mass_star.shape
    classes = len(given.deposition)
    matrix = np.empty((classes, columns, layers, layers), dtype)
    mean = np.empty((classes, columns, layers, layers * HALVES), dtype)
    top = np.empty((classes, columns, layers), dtype)
    _march_columns(*given.arrays, substeps, matrix, mean, top)
    return ColumnMatrices(matrix, mean, top)


def column_receptor(given: ColumnInput, substeps: int = 60) -> Floats:
    """Where mass is, by its age: the mean of V(0, t) over each quarter of the hour, (C, N, QUARTERS, K, K).

    What was there at the hour's start is as old as the hour; what is released in it, as long as it has been in the
    air. By the trapezoid of the substeps' ends. Meant for the few columns of a receptor.

    Parameters:
        given: of the receptor's columns only.
        substeps: pieces of the hour, a multiple of QUARTERS.

    Raises:
        BadInput: substeps that do not fill the quarters.
    """
    _check_substeps(substeps, QUARTERS)
    layers, columns = given.mass_star.shape
    aged = np.zeros((len(given.deposition), columns, QUARTERS, layers, layers))
    _aged_columns(*given.arrays, substeps, aged)
    return aged


def _check_substeps(substeps: int, parts: int) -> None:
    if substeps < 1 or substeps % parts:
        raise BadInput(f"substeps in multiples of {parts}", str(substeps), "leave it at the default")


@njit(cache=True)
def _bands(star, z, kz, thickness, first, step, lower, upper, diagonal, mass):  # type: ignore[no-untyped-def]
    """Coefficients of q [kg] at the end of every substep and the air of then, each (substeps, K, LANES).

    lower[k] multiplies q_{k-1} and upper[k] q_{k+1} in row k (both >= 0, to be subtracted). Lanes past the last
    column repeat it.
    """
    layers, columns = star.shape
    for n in range(len(mass)):
        time = (n + 1) * step
        for k in range(layers):
            for i in range(LANES):
                c = min(first + i, columns - 1)
                mass[n, k, i] = star[k, c] + time * (z[k, c] - z[k + 1, c])
                diagonal[n, k, i] = mass[n, k, i]
        for k in range(1, layers):
            reach = thickness[k - 1] + thickness[k]
            below = thickness[k] / reach  # weight of the layer below at the interface
            above = thickness[k - 1] / reach
            for i in range(LANES):
                c = min(first + i, columns - 1)
                wind = z[k, c]
                density = (mass[n, k - 1, i] + mass[n, k, i]) / reach  # density times area [kg m-1]
                mixing = kz[k, c] * SECONDS * density / (0.5 * reach)
                mixing = max(mixing, wind * above, -wind * below)
                lower[n, k, i] = step * (mixing + wind * below)
                upper[n, k - 1, i] = step * (mixing - wind * above)
                diagonal[n, k - 1, i] += lower[n, k, i]
                diagonal[n, k, i] += upper[n, k - 1, i]
        for i in range(LANES):
            diagonal[n, layers - 1, i] += step * max(z[layers, min(first + i, columns - 1)], 0.0)


@njit(cache=True)
def _losses(thickness, deposition, scavenging, first, step, loss):  # type: ignore[no-untyped-def]
    """Share lost in a substep, implicit, of one class into (K, LANES); deposition (N,), scavenging (K, N).

    Washout enters as exp(s step) - 1, exact where it acts alone; deposition, which mixing feeds, as it stands.
    """
    layers, columns = scavenging.shape
    for k in range(layers):
        for i in range(LANES):
            rain = step * scavenging[k, min(first + i, columns - 1)]
            loss[k, i] = np.expm1(rain) if rain > 0.0 else 0.0
    for i in range(LANES):
        loss[0, i] += step * deposition[min(first + i, columns - 1)] * SECONDS / thickness[0]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _step(lower, upper, diagonal, mass, loss, ratio, pivot, right, count):  # type: ignore[no-untyped-def]
    """Masses before the substep to masses after it, in place: Thomas; bands (K, LANES), right (K, rhs, LANES), of which
    the first ``count`` hold something."""
    for k in range(len(mass)):
        for i in range(LANES):
            pivot[k, i] = diagonal[k, i] + mass[k, i] * loss[k, i]
        if k > 0:
            for i in range(LANES):
                ratio[k, i] = lower[k, i] * pivot[k - 1, i]
                pivot[k, i] -= ratio[k, i] * upper[k - 1, i]
        for i in range(LANES):
            pivot[k, i] = 1.0 / pivot[k, i]
    _substitute(upper, mass, ratio, pivot, right, count)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _substitute(upper, mass, ratio, pivot, right, count):  # type: ignore[no-untyped-def]
    """Forward and back through the factors; bands (K, LANES), right (K, rhs, LANES) from mass to mass."""
    layers = len(mass)
    for k in range(1, layers):
        for r in range(count):
            for i in range(LANES):
                right[k, r, i] += ratio[k, i] * right[k - 1, r, i]
    for r in range(count):  # holds q from here on
        for i in range(LANES):
            right[layers - 1, r, i] *= pivot[layers - 1, i]
    for k in range(layers - 2, -1, -1):
        for r in range(count):
            for i in range(LANES):
                right[k, r, i] = (right[k, r, i] + upper[k, i] * right[k + 1, r, i]) * pivot[k, i]
    for k in range(layers):
        for r in range(count):
            for i in range(LANES):
                right[k, r, i] *= mass[k, i]


@njit(cache=True)
def _start(right, matrices):  # type: ignore[no-untyped-def]
    """Nothing but a unit of mass in each layer, in the first K right-hand sides; right (K, rhs, LANES)."""
    right[:] = 0.0
    for k in range(matrices):
        right[k, k] = 1.0


@njit(cache=True)
def _release(right, z, first, step, half):  # type: ignore[no-untyped-def]
    """Add what a substep releases: air from above (after the first K), and a share of the half of the hour in each
    layer (K for each half, the earlier first)."""
    layers, columns = len(right), z.shape[1]
    for k in range(layers):
        right[k, layers * (1 + half) + 1 + k] += step * HALVES
    for i in range(LANES):
        right[layers - 1, layers, i] += step * max(-z[layers, min(first + i, columns - 1)], 0.0)


@njit(cache=True, parallel=True, nogil=True)
def _march_columns(star, z, kz, thickness, deposition, scavenging, substeps, matrix, mean, top):  # type: ignore[no-untyped-def]
    """Fill matrix (C, N, K, K), mean (C, N, K, K * HALVES) and top (C, N, K); star [kg] (K, N), z [kg h-1], kz
    [m2 s-1] (K + 1, N)."""
    layers, columns = star.shape
    step = 1.0 / substeps
    for block in prange((columns + LANES - 1) // LANES):
        first = block * LANES
        bands = np.zeros((4, substeps, layers, LANES))
        work = np.empty((3, layers, LANES))
        right = np.empty((layers, layers * (1 + HALVES) + 1, LANES))
        _bands(star, z, kz, thickness, first, step, bands[0], bands[1], bands[2], bands[3])
        for g in range(len(deposition)):
            _losses(thickness, deposition[g], scavenging[g], first, step, work[0])
            _start(right, layers)
            for n in range(substeps):
                half = n * HALVES // substeps
                _release(right, z, first, step, half)
                count = layers * (2 + half) + 1  # nothing of a later half has been released yet
                _step(
                    bands[0, n],
                    bands[1, n],
                    bands[2, n],
                    bands[3, n],
                    work[0],
                    work[1],
                    work[2],
                    right,
                    count,
                )
            for i in range(min(LANES, columns - first)):
                for k in range(layers):
                    for s in range(layers):
                        matrix[g, first + i, k, s] = right[k, s, i]
                        for half in range(HALVES):
                            late = HALVES - 1 - half
                            mean[g, first + i, k, s * HALVES + late] = right[
                                k, layers * (1 + half) + 1 + s, i
                            ]
                    top[g, first + i, k] = right[k, layers, i]


@njit(cache=True, parallel=True, nogil=True)
def _aged_columns(star, z, kz, thickness, deposition, scavenging, substeps, aged):  # type: ignore[no-untyped-def]
    """Add the means of V(0, t) over the quarters of the hour into aged (C, N, QUARTERS, K, K), which holds zeros."""
    layers, columns = star.shape
    each = substeps // QUARTERS
    for block in prange((columns + LANES - 1) // LANES):
        first = block * LANES
        bands = np.zeros((4, substeps, layers, LANES))
        work = np.empty((3, layers, LANES))
        right = np.empty((layers, layers, LANES))
        _bands(star, z, kz, thickness, first, 1.0 / substeps, bands[0], bands[1], bands[2], bands[3])
        for g in range(len(deposition)):
            _losses(thickness, deposition[g], scavenging[g], first, 1.0 / substeps, work[0])
            _start(right, layers)
            for n in range(substeps):
                _add(right, 0.5 / each, aged[g, first:, n // each])
                _step(
                    bands[0, n],
                    bands[1, n],
                    bands[2, n],
                    bands[3, n],
                    work[0],
                    work[1],
                    work[2],
                    right,
                    layers,
                )
                _add(right, 0.5 / each, aged[g, first:, n // each])


@njit(cache=True)
def _add(right, weight, into):  # type: ignore[no-untyped-def]
    """Add the matrices (K, K, LANES) of the first columns to into (N, K, K)."""
    for i in range(min(LANES, len(into))):
        for k in range(len(right)):
            for s in range(right.shape[1]):
                into[i, k, s] += weight * right[k, s, i]
