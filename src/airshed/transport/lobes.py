"""Negative lobes of footprints: how large they are, and from when on the positive path must speak."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import numpy as np
import xarray as xr
from numba import njit
from numpy.typing import NDArray

from airshed.emissions.profiles import RELEASES
from airshed.errors import BadInput
from airshed.transport.nouns import SPECIES

__all__ = [
    "COARSE_CELL",
    "LARGEST_NEGATIVE",
    "PATHS",
    "Lobes",
    "PathChoice",
    "PathName",
    "check_choice",
    "negative_part",
    "path_of",
    "release_weights",
]  # fmt: skip

PathName = Literal["footprint", "positive"]
PathChoice = Literal["auto", "footprint", "positive"]
LARGEST_NEGATIVE: Final = 0.02  # [1] negative part of a footprint's total above which it does not speak
COARSE_CELL: Final = (
    20_000.0  # [m] from here on cities' footprints exceed that almost always (docs/decisions/0009)
)
PATHS: Final[dict[PathName, dict[str, str]]] = {
    "footprint": {
        "zh": "足迹（双三次算子，负值部分在 2 % 以内）",
        "en": "footprint (bicubic operator, negative part within 2 %)",
    },
    "positive": {
        "zh": "正定路径（正定算子，无负值，扩散较强；足迹的负值部分超过 2 %，或算例指定）",
        "en": "positive path (positive operator: nothing negative, more diffusive; where the footprint's negative part "
        "exceeds 2 %, or the case says so)",
    },
}
"""The paths by which shares are reckoned, in both languages. Single points are particles' (`points`), on either."""


def negative_part(footprint: NDArray[Any]) -> float:
    """The negative part of a footprint over its total, never clipped from any sum [1].

    Parameters:
        footprint: sensitivities of one receptor, of any dims; sum bins first to ask of a day or of the whole memory.
    """
    field = np.asarray(footprint, dtype=np.float64)
    total = float(field.sum())
    return float(-np.minimum(field, 0.0).sum()) / total if total > 0 else np.inf


def release_weights(release: xr.Dataset) -> NDArray[np.float64]:
    """Emission of the whole grid by species and release class [kg s-1], (species, release); ones where there is none.

    Parameters:
        release: as docs/design.md has it.
    """
    whole = release["amount"].sum(("y", "x")).groupby("release").sum()
    whole = whole.reindex(release=list(RELEASES), species=list(SPECIES), fill_value=0.0)
    found = np.asarray(whole.transpose("species", "release").values, dtype=np.float64)
    return found if found.any() else np.ones_like(found)


class Lobes:
    """The negative part of receptors' footprints, gathered day of emission by day of emission.

    Each species and release class counts by how much of it is emitted. *Summed* asks of a steady release: what shares
    of days and longer rest on. *By bin* lets no lobe of one bin cancel in another.

    Parameters:
        weights: of `release_weights`, (species, release).
        receptors: how many.
    """

    def __init__(self, weights: NDArray[np.float64], receptors: int) -> None:
        self._weights, self._receptors, self._field = weights, receptors, np.zeros(0)
        self._bins = np.zeros((2, receptors))

    def add(self, footprint: NDArray[Any], hours: float) -> None:
        """One bin.

        Parameters:
            footprint: (receptor, species, release, cell), per kg emitted in the bin.
            hours: of the bin; a steady release emits as many kg in each.
        """
        if not len(self._field):
            self._field = np.zeros(footprint.shape)
        parts = np.zeros((2, footprint[..., 0].size))
        flat = (-1, footprint.shape[-1])
        _gathered(footprint.reshape(flat), hours, self._field.reshape(flat), parts)
        self._bins += hours * self._weighted(parts)

    def parts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Negative part over total [1] by receptor, summed and by bin; NaN where nothing was added."""
        if not len(self._field):
            return np.full(self._receptors, np.nan), np.full(self._receptors, np.nan)
        whole = self._field.sum(axis=-1)
        summed = np.stack([0.5 * (np.abs(self._field).sum(axis=-1) - whole), whole])
        return _over(*self._weighted(summed)), _over(*self._bins)

    def _weighted(self, parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """(negative, whole) by receptor, of those of every species and release class."""
        by_class = parts.reshape(2, self._receptors, *self._weights.shape)
        return np.asarray(np.einsum("ncsr,sr->nc", by_class, self._weights))


# footprint (n, cell) single or double, field (n, cell) gains hours times it, parts (2, n): negative part and sum
@njit(cache=True, nogil=True)
def _gathered(footprint, hours, field, parts):  # type: ignore[no-untyped-def]
    for n in range(len(footprint)):
        negative, whole = 0.0, 0.0
        for cell in range(footprint.shape[1]):
            value = np.float64(footprint[n, cell])
            whole += value
            negative -= min(value, 0.0)
            field[n, cell] += hours * value
        parts[0, n], parts[1, n] = negative, whole


def _over(negative: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(whole > 0, np.maximum(negative, 0.0) / np.where(whole > 0, whole, 1.0), np.inf)


def path_of(negative: float) -> PathName:
    """Which path speaks for a receptor's day with that negative part.

    >>> path_of(0.02), path_of(0.021)
    ('footprint', 'positive')
    """
    return "positive" if negative > LARGEST_NEGATIVE else "footprint"


def check_choice(choice: str) -> None:
    """Refuse what is no choice of path.

    Raises:
        BadInput: naming the choices.
    """
    if choice not in get_args(PathChoice):
        raise BadInput(f"a path of {', '.join(get_args(PathChoice))}", repr(choice), "take auto")
