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


def split_sources(release: xr.Dataset, shares: pl.DataFrame, places: Sequence[str]) -> Sources:
    """Split a Release among places; what lies in none of them becomes `OTHER`, so that nothing is lost.

    Parameters:
        release: ``amount (group, species, y, x)`` [kg s-1], coords ``sector(group)`` and ``release(group)``.
        shares: place, cell, share of the cell's area, as ``places.cells.cell_shares`` gives.
        places: the order of places.

    Raises:
        BadInput: a species that does not travel, or shares of a cell that exceed the cell.
    """
    cells = release.sizes["y"] * release.sizes["x"]
    if unknown := set(map(str, release["species"].values)) - set(SPECIES):
        raise BadInput(
            f"species among {', '.join(SPECIES)}", ", ".join(sorted(unknown)), "leave the others out"
        )
    sectors = tuple(dict.fromkeys(map(str, release["sector"].values)))
    split = _with_other(shares, places, cells)
    of = {
        str(name): _yield(release["amount"].sel(species=name), sectors, split, cells)
        for name in release["species"].values
    }
    return Sources((*places, OTHER), sectors, of)


def _with_other(shares: pl.DataFrame, places: Sequence[str], cells: int) -> pl.DataFrame:
    """place (number), cell, share; the rest of each cell goes to the place after the last."""
    number = {place: i for i, place in enumerate(places)}
    named = shares.filter(pl.col("place").is_in(list(places))).select(
        pl.col("place").replace_strict(number, return_dtype=pl.Int64), pl.col("cell").cast(pl.Int64), "share"
    )
    covered = np.bincount(named["cell"].to_numpy(), named["share"].to_numpy(), cells)
    if (covered > 1 + 1e-6).any():
        came = f"{covered.max():.6f} of cell {int(covered.argmax())}"
        raise BadInput("shares of a cell that add up to at most 1", came, "name places that do not overlap")
    rest = np.clip(1 - covered, 0.0, 1.0)
    rest[rest < 1e-12] = 0.0
    # Round-off above one is taken back, so that the shares of a cell add up to exactly one.
    scale = np.maximum(covered, 1.0)
    named = named.with_columns(share=named["share"].to_numpy() / scale[named["cell"].to_numpy()])
    where = np.flatnonzero(rest)
    other = pl.DataFrame({"place": np.full(len(where), len(places)), "cell": where, "share": rest[where]})
    return pl.concat([named, other.cast(dict(named.schema))])  # type: ignore[arg-type]


def _yield(amount: xr.DataArray, sectors: Sequence[str], split: pl.DataFrame, cells: int) -> Yield:
    place, cell, share = (split[c].to_numpy() for c in ("place", "cell", "share"))
    keys, rows, rates = [], [], []
    for group in range(amount.sizes["group"]):
        one = amount.isel(group=group)
        rate = one.values.reshape(-1)[cell] * share * SECONDS_PER_HOUR
        emits = rate > 0
        keys.append(RELEASES.index(str(one["release"].item())) * cells + cell[emits])
        rows.append(place[emits] * len(sectors) + sectors.index(str(one["sector"].item())))
        rates.append(rate[emits])
    key, row = np.concatenate(keys), np.concatenate(rows)
    order = np.lexsort((row, key))
    start = np.searchsorted(key[order], np.arange(len(RELEASES) * cells + 1))
    return Yield(start.astype(np.int64), row[order].astype(np.int32), np.concatenate(rates)[order])
