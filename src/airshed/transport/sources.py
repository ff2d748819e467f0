"""Who emits: the release on the grid, split by place and sector into entries the kernels can walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.emissions.profiles import RELEASES
from airshed.errors import BadInput
from airshed.transport.nouns import SPECIES

__all__ = ["OTHER", "Sources", "Yield", "split_sources"]

Array = NDArray[Any]
OTHER: Final = "other"
"""The place of what is emitted on the grid, yet in none of the named places."""
SECONDS_PER_HOUR = 3600.0  # [s]
ROUND_OFF = 1e-12  # [1] of a release: less than that is no difference


@dataclass(frozen=True)
class Yield:
    """What one species adds, sorted by (release, cell).

    ``start`` (release * cell + 1,) bounds the entries of each; ``row`` (entry,) says to which source an entry adds and
    ``rate`` (entry,) [kg h-1] how much is emitted there, before the hour's factor of the source.
    """

    start: NDArray[np.int64]
    row: NDArray[np.int32]
    rate: NDArray[np.float64]


@dataclass(frozen=True)
class Sources:
    """Sources are (place, sector), numbered ``place * len(sectors) + sector``; the last place may be `OTHER`."""

    places: tuple[str, ...]
    sectors: tuple[str, ...]
    of: dict[str, Yield]

    @property
    def rows(self) -> int:
        """Number of sources."""
        return len(self.places) * len(self.sectors)

    def rates(self, species: str) -> Array:
        """Emission of each source [kg h-1, annual mean], (place, sector)."""
        found = np.bincount(self.of[species].row, self.of[species].rate, self.rows)
        return np.asarray(found.reshape(len(self.places), len(self.sectors)))


def split_sources(release: xr.Dataset, owners: pl.DataFrame, places: Sequence[str]) -> Sources:
    """Split a Release among places; what none of them answers for becomes `OTHER`, so that nothing is lost.

    Parameters:
        release: ``amount (group, species, y, x)`` [kg s-1], coords ``sector(group)`` and ``release(group)``.
        owners: who answers for how much of it, as ``emissions.owners`` has it [kg s-1].
        places: the order of places; what others of the table have is `OTHER` as well.

    Raises:
        BadInput: a species that does not travel, or more in the table than is released.
    """
    if unknown := set(map(str, release["species"].values)) - set(SPECIES):
        raise BadInput(
            f"species among {', '.join(SPECIES)}", ", ".join(sorted(unknown)), "leave the others out"
        )
    sectors = tuple(dict.fromkeys(map(str, release["sector"].values)))
    number = {place: i for i, place in enumerate(places)}
    mine = owners.filter(pl.col("place").is_in(list(places))).with_columns(
        pl.col("place").replace_strict(number, return_dtype=pl.Int64),
        pl.col("sector").replace_strict({s: i for i, s in enumerate(sectors)}, return_dtype=pl.Int64),
        pl.col("release").replace_strict({r: i for i, r in enumerate(RELEASES)}, return_dtype=pl.Int64),
    )
    of = {
        str(name): _yield(
            _released(release["amount"].sel(species=name), sectors),
            mine.filter(pl.col("species") == str(name)),
            len(places),
        )
        for name in release["species"].values
    }
    return Sources((*places, OTHER), sectors, of)


def _released(amount: xr.DataArray, sectors: Sequence[str]) -> Array:
    """What one species releases, (release class, cell, sector) [kg s-1]."""
    found = np.zeros((len(RELEASES), amount.sizes["y"] * amount.sizes["x"], len(sectors)))
    for group in range(amount.sizes["group"]):
        one = amount.isel(group=group)
        at = RELEASES.index(str(one["release"].item())), slice(None), sectors.index(str(one["sector"].item()))
        found[at] += one.values.reshape(-1)
    return found


def _yield(whole: Array, mine: pl.DataFrame, other: int) -> Yield:
    """Entries of the places, and of `OTHER` (its number) for what is left."""
    place, sector, release, cell = (mine[c].to_numpy() for c in ("place", "sector", "release", "cell"))
    rate = mine["amount"].to_numpy()
    rest = whole.copy()
    np.subtract.at(rest, (release, cell, sector), rate)
    if (rest < -ROUND_OFF * whole.max(initial=0.0)).any():
        worst = int(rest.min(axis=(0, 2)).argmin())
        raise BadInput(
            "owners of at most what is released", f"more, in cell {worst}", "make both from one inventory"
        )
    left = np.nonzero(rest > ROUND_OFF * whole)  # (release, cell, sector)
    key = np.concatenate([release * whole.shape[1] + cell, left[0] * whole.shape[1] + left[1]])
    row = np.concatenate([place * whole.shape[2] + sector, other * whole.shape[2] + left[2]])
    rates = np.concatenate([rate, rest[left]]) * SECONDS_PER_HOUR
    order = np.lexsort((row, key))
    start = np.searchsorted(key[order], np.arange(whole.shape[0] * whole.shape[1] + 1))
    return Yield(start.astype(np.int64), row[order].astype(np.int32), rates[order])
