"""The shelf of a case: contributions and footprints in Zarr, day by day, so that a run stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl
import zarr
from numba import njit
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from airshed.emissions.profiles import RELEASES
from airshed.errors import BadInput
from airshed.transport.backward import BINS, DAY, FINE_LAGS, Memory, Past, bins_of
from airshed.transport.case import Case
from airshed.transport.lobes import Lobes, PathName, path_of, release_weights
from airshed.transport.nouns import RESTS, SPECIES
from airshed.transport.sources import OTHER

__all__ = ["KEPT_BITS", "Settled", "Shelf", "bin_place", "layout_text", "rounded"]

Array = NDArray[Any]
KEPT_BITS: Final = 9  # of the mantissa of a stored footprint: rounded to 1 part in 1,024
LEAST: Final = 1e-6  # of the largest of its bin: below, a stored footprint is 0
_PATHS: Final[tuple[PathName, ...]] = ("footprint", "positive")  # by number, as they are stored
_CODEC = BloscCodec(cname="lz4", clevel=1, shuffle="shuffle")


def bin_place(lag: int) -> slice:
    """Where the bins of a day of emission stand in a stored footprint, newest day first, oldest bin first."""
    first = sum(bins_of(n) for n in range(lag))
    return slice(first, first + bins_of(lag))


@dataclass(frozen=True)
class Settled:
    """The small figures of a receptors' day, by receptor.

    ``rests`` (receptor, rest) and ``bulk`` [ug m-3]; ``negative`` of the summed footprint and ``negative_bins`` of
    its bins by themselves (NaN where no footprint was kept), [1]; ``shares`` of cities and rests [1].
    """

    day: date
    receptors: tuple[str, ...]
    rests: Array
    bulk: Array
    negative: Array
    negative_bins: Array
    shares: Array


@dataclass(frozen=True)
class Shelf:
    """Arrays of a case, over days × receptors.

    ``given`` (day, receptor, lag, species, place, sector) [ug m-3], ``rests`` (day, receptor, rest) [ug m-3],
    ``bulk`` (day, receptor) [ug m-3], ``footprint`` (day, receptor, bin, species, release, cell)
    [ug m-3 per kg emitted in the bin's hours], ``done`` (day, receptor).

    ``path`` (day, receptor): by which path all this was reckoned, 1 the positive one. ``negative`` and
    ``negative_bins`` (day, receptor): the negative part of the footprint of the path first taken over its total, of a
    steady release by release class and bin by bin; NaN where it is not known. ``remaining``: that of what stands here.
    ``shares`` (day, receptor, city or rest): by the path first taken; ``gap``: by how much at most the shares that
    stand here differ from these, NaN where there is one path. ``awaits``: the positive path has still to speak.
    """

    case: Case

    @cached_property
    def group(self) -> Any:
        """The Zarr group, made where it is absent."""
        root = zarr.open_group(self.case.root / "shelf.zarr", mode="a")
        if "done" not in root or "gap" not in root:
            self._lay_out(root)
        return root

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Of whom ``shares`` speaks: cities ("" outside the region), what lies in none, the rests."""
        return (*dict.fromkeys((*self.case.about.cities, OTHER)), *RESTS)

    @cached_property
    def _weights(self) -> Array:
        return release_weights(self.case.study.release)

    def _lay_out(self, root: Any) -> None:
        about, days = self.case.about, len(self.case.days)
        receptors, sectors = len(about.receptors), len(self.case.study.sources.sectors)
        lags = about.memory.most + 1
        bins = bin_place(about.memory.most).stop
        places, cells = len(about.places) + 1, self.case.study.grid.cells
        given = (receptors, lags, len(SPECIES), places, sectors)
        one = (bins, len(SPECIES), len(RELEASES), cells)
        for name, shape, chunk, dtype in (
            ("given", (days, *given), (1, 1, *given[1:]), "f4"),
            ("rests", (days, receptors, len(RESTS)), (1, receptors, len(RESTS)), "f8"),
            ("bulk", (days, receptors), (1, receptors), "f8"),
            ("negative", (days, receptors), (1, receptors), "f4"),
            ("negative_bins", (days, receptors), (1, receptors), "f4"),
            ("remaining", (days, receptors), (1, receptors), "f4"),
            ("shares", (days, receptors, len(self.groups)), (1, receptors, len(self.groups)), "f4"),
            ("footprint", (days, receptors, *one), (1, 1, min(BINS, bins), *one[1:]), "f4"),
            ("path", (days, receptors), (1, receptors), "u1"),
            ("awaits", (days, receptors), (1, receptors), "u1"),
            ("gap", (days, receptors), (1, receptors), "f4"),
            ("done", (days, receptors), (1, receptors), "u1"),
        ):
            empty = np.nan if name in ("negative_bins", "remaining", "gap") else 0
            if name not in root:  # one of an earlier version lacks some
                root.create_array(
                    name, shape=shape, chunks=chunk, dtype=dtype, fill_value=empty, compressors=_CODEC
                )

    def day_number(self, day: date) -> int:
        """Where a day stands.

        Raises:
            BadInput: a day without weather.
        """
        days = self.case.days
        if not days or not days[0] <= day <= days[-1]:
            wanted = f"a day with weather, {days[0]} to {days[-1]}" if days else "a whole day of weather"
            raise BadInput(wanted, str(day), "ask for one of these, or bring weather for it")
        return (day - days[0]).days

    def missing(self, days: Sequence[date], receptors: Sequence[str]) -> list[date]:
        """Days that are not done for all of the receptors."""
        done = self.group["done"][:]
        columns = self.columns(receptors)
        return [day for day in days if not done[self.day_number(day)][columns].all()]

    def spoken(self, days: Sequence[date], receptors: Sequence[str]) -> pl.DataFrame:
        """Which path speaks for which receptor's day, and why: a row for each that is done.

        Returns:
            ``receptor``, ``day``, ``path`` (of `lobes.PATHS`), ``negative`` and ``negative_bins`` of the path first
            taken, ``gap`` between the shares of both; null where it is not known.
        """
        columns, numbers = self.columns(receptors), [self.day_number(day) for day in days]
        names = ("done", "path", "negative", "negative_bins", "gap")
        held = {name: self.group[name][:][numbers][:, columns].T.ravel() for name in names}
        figures = {n: pl.Series(held[n].astype(np.float64)).fill_nan(None) for n in names[2:]}
        table = pl.DataFrame({
            "receptor": np.repeat(np.array(receptors, dtype=object), len(days)).tolist(),
            "day": list(days) * len(receptors), "path": [_PATHS[int(n)] for n in held["path"]],
        } | figures)  # fmt: skip
        return table.filter(pl.Series(held["done"] != 0))

    def to_march(self, days: Sequence[date], receptors: Sequence[str]) -> tuple[list[date], tuple[str, ...]]:
        """The days and receptors that the case's path has still to march, as the smallest rectangle round them."""
        wanted = self._wanted()[[self.day_number(d) for d in days]][:, self.columns(receptors)]
        by_day, by_receptor = (np.flatnonzero(wanted.any(axis=axis)).tolist() for axis in (1, 0))
        return [days[n] for n in by_day], tuple(receptors[n] for n in by_receptor)

    def _wanted(self) -> Array:
        """What this path has still to reckon, (day, receptor); the one beside: what the first was not fit for."""
        awaits = np.asarray(self.group["awaits"][:], dtype=bool)
        return awaits if self.case.beside else ~awaits & (self.group["done"][:] == 0)

    def columns(self, receptors: Sequence[str]) -> list[int]:
        """Where receptors stand.

        Raises:
            BadInput: a receptor the case does not have.
        """
        names = list(self.case.about.receptors)
        if unknown := [r for r in receptors if r not in names]:
            raise BadInput(f"receptors among {', '.join(names)}", ", ".join(unknown), "name one of these")
        return [names.index(r) for r in receptors]

    def put(self, past: Sequence[Past], receptors: Sequence[str], bulk: Array) -> Settled:
        """Write the large arrays of a receptors' day, all its days of emission at once; `settle` makes it count.

        Receptors have chunks of their own: several processes may put different ones. What this path has no need to
        reckon (marched along because another day or receptor wanted it) is left as it stands.
        """
        day, columns = self.day_number(past[0].day), self.columns(receptors)
        shape = (len(columns), *self.group["given"].shape[2:])
        given, rests = np.zeros(shape, np.float32), np.zeros((len(columns), len(RESTS)))
        lobes, wanted = Lobes(self._weights, len(columns)), self._wanted()[day, columns]
        kept = np.flatnonzero(wanted).tolist()
        for one in past:
            self._given(given, one)
            for name, amount in one.rests.items():
                rests[:, RESTS.index(name)] += amount
            for part in one.footprint:
                lobes.add(part, DAY / bins_of(one.lag))
        for number in kept:
            self.group["given"][day, columns[number]] = given[number]
            self._put_footprint(day, past, columns[number], number)
        shares = self._shares(given, rests, bulk)
        names = tuple(receptors[n] for n in kept)
        summed, bins = lobes.parts()
        return Settled(past[0].day, names, rests[kept], bulk[kept], summed[kept], bins[kept], shares[kept])

    def settle(self, one: Settled) -> None:
        """Write the small arrays of a day; it is done then, or awaits the positive path. One process at a time."""
        day, columns = self.day_number(one.day), self.columns(one.receptors)
        values: dict[str, Any] = {"rests": one.rests, "bulk": one.bulk, "remaining": one.negative}
        rough = np.zeros(len(columns), dtype=bool)
        if self.case.beside:
            values["gap"] = np.abs(one.shares - self.group["shares"][day][columns]).max(axis=1, initial=0)
        else:
            values |= {"negative": one.negative, "negative_bins": one.negative_bins, "shares": one.shares}
            if self.case.about.path == "auto":
                rough = np.array([path_of(n) == "positive" for n in one.negative], dtype=bool)
        # In this order: what is stopped between two of them is done again.
        values |= {"path": _PATHS.index(self.case.path), "done": ~rough, "awaits": rough}
        for name, value in values.items():
            held = self.group[name][day]
            held[columns] = value
            self.group[name][day] = held

    def _shares(self, given: Array, rests: Array, bulk: Array) -> Array:
        """Shares of the receptors' whole by `groups`, (receptor, group)."""
        places = np.einsum("rlspe->rp", given, dtype=np.float64)
        found = np.zeros((len(given), len(self.groups)))
        for place, city in enumerate((*self.case.about.cities, OTHER)):
            found[:, self.groups.index(city)] += places[:, place]
        found[:, -len(RESTS) :] = rests
        return found / np.maximum(bulk, 1e-300)[:, None]

    def _given(self, given: Array, one: Past) -> None:
        """Fill in a day of emission: (receptor, lag, species, place, sector)."""
        shape = (*given.shape[3:], len(given))
        for number, species in enumerate(SPECIES):
            if species in one.given:
                given[:, one.lag, number] = np.moveaxis(one.given[species].reshape(shape), 2, 0)

    def _put_footprint(self, day: int, past: Sequence[Past], column: int, number: int) -> None:
        """Write one receptor's footprint, all its bins at once, rounded."""
        bins = {
            bin_place(one.lag).start + n: part[number] for one in past for n, part in enumerate(one.footprint)
        }
        if bins:
            held = np.stack([bins[n] for n in range(len(bins))])
            self.group["footprint"][day, column, : len(bins)] = rounded(held)

    def footprint(self, day: date, receptor: str) -> Array:
        """A stored footprint, (bin, species, release, y, x) [ug m-3 per kg emitted in the bin's hours].

        Raises:
            BadInput: not there yet.
        """
        number, (column,) = self.day_number(day), self.columns([receptor])
        if not self.group["done"][number, column]:
            raise BadInput(
                f"a footprint of {receptor} on {day}", "none yet", "run: airshed transport footprint"
            )
        held = self.group["footprint"][number, column]
        return np.asarray(held).reshape(*held.shape[:3], *self.case.study.grid.shape)


def rounded(values: Array) -> Array:
    """Round to `KEPT_BITS` of the mantissa, and drop what is next to nothing of its bin.

    >>> float(rounded(np.array([[1.0, 1.0004, 1e-9]], dtype=np.float32))[0, 1])
    1.0
    """
    given = np.ascontiguousarray(values, dtype=np.float32)
    kept = np.empty_like(given)
    _round(given.view(np.uint32).reshape(len(given), -1), kept.reshape(len(given), -1), 23 - KEPT_BITS)
    return kept


# bits (bin, n) of numbers in single precision, kept (bin, n) as they are stored, ``drop`` bits fewer
@njit(cache=True, nogil=True)
def _round(bits, kept, drop):  # type: ignore[no-untyped-def]
    shift, one = np.uint32(drop), np.uint32(1)
    half, mask = np.uint32((1 << (drop - 1)) - 1), np.uint32(0xFFFFFFFF ^ ((1 << drop) - 1))
    rounded_bits = kept.view(np.uint32)
    for row in range(len(bits)):
        for n in range(bits.shape[1]):
            rounded_bits[row, n] = (bits[row, n] + half + ((bits[row, n] >> shift) & one)) & mask
        largest = np.float32(0)
        for n in range(bits.shape[1]):
            largest = max(largest, abs(kept[row, n]))
        for n in range(bits.shape[1]):
            if abs(kept[row, n]) < LEAST * largest:
                kept[row, n] = 0


def layout_text(memory: Memory) -> Mapping[str, str]:
    """The stated layout, for documents and attributes."""
    return {
        "bins": f"{FINE_LAGS} days of emission in bins of 3 h, then one bin a day, to {memory.most} days before",
        "precision": f"float32 rounded to {KEPT_BITS} bits of the mantissa, below {LEAST:g} of a bin's largest 0",
    }
