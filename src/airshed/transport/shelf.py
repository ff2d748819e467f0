"""The shelf of a case: contributions and footprints in Zarr, day by day, so that a run stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from airshed.emissions.profiles import RELEASES
from airshed.errors import BadInput
from airshed.transport.backward import FINE_LAGS, Memory, Past, bins_of
from airshed.transport.case import Case
from airshed.transport.nouns import RESTS, SPECIES

__all__ = ["KEPT_BITS", "Settled", "Shelf", "bin_place", "layout_text", "rounded"]

Array = NDArray[Any]
KEPT_BITS: Final = 9  # of the mantissa of a stored footprint: rounded to 1 part in 1,024
LEAST: Final = 1e-6  # of the largest of its bin: below, a stored footprint is 0
_CODEC = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")


def bin_place(lag: int) -> slice:
    """Where the bins of a day of emission stand in a stored footprint, newest day first, oldest bin first."""
    first = sum(bins_of(n) for n in range(lag))
    return slice(first, first + bins_of(lag))


@dataclass(frozen=True)
class Settled:
    """The small figures of a receptors' day: ``rests`` (receptor, rest), ``bulk`` and ``negative`` (receptor,)."""

    day: date
    receptors: tuple[str, ...]
    rests: Array
    bulk: Array
    negative: Array


@dataclass(frozen=True)
class Shelf:
    """Arrays of a case, over days × receptors.

    ``given`` (day, receptor, lag, species, place, sector) [ug m-3], ``rests`` (day, receptor, rest) [ug m-3],
    ``bulk`` (day, receptor) [ug m-3], ``footprint`` (day, receptor, bin, species, release, cell)
    [ug m-3 per kg emitted in the bin's hours], ``done`` (day, receptor), ``negative`` (day, receptor): the negative
    part of the footprints over their total.
    """

    case: Case

    @cached_property
    def group(self) -> Any:
        """The Zarr group, made where it is absent."""
        root = zarr.open_group(self.case.folder / "shelf.zarr", mode="a")
        if "done" not in root:
            self._lay_out(root)
        return root

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
            ("footprint", (days, receptors, *one), (1, 1, 1, *one[1:]), "f4"),
            ("done", (days, receptors), (1, receptors), "u1"),
        ):
            root.create_array(name, shape=shape, chunks=chunk, dtype=dtype, fill_value=0, compressors=_CODEC)

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

        Receptors have chunks of their own: several processes may put different ones.
        """
        day, columns = self.day_number(past[0].day), self.columns(receptors)
        shape = (len(columns), *self.group["given"].shape[2:])
        given, rests = np.zeros(shape, np.float32), np.zeros((len(columns), len(RESTS)))
        parts = np.zeros((2, len(columns)))
        for one in past:
            self._given(given, one)
            for name, amount in one.rests.items():
                rests[:, RESTS.index(name)] += amount
            parts += self._put_footprint(day, one, columns)
        for number, column in enumerate(columns):
            self.group["given"][day, column] = given[number]
        negative = parts[0] / np.maximum(parts[1], 1e-300)
        return Settled(past[0].day, tuple(receptors), rests, bulk, negative)

    def settle(self, one: Settled) -> None:
        """Write the small arrays of a day; it is done then. One process at a time."""
        day, columns = self.day_number(one.day), self.columns(one.receptors)
        values = {"rests": one.rests, "bulk": one.bulk, "negative": one.negative, "done": 1}
        for name, value in values.items():
            held = self.group[name][day]
            held[columns] = value
            self.group[name][day] = held

    def _given(self, given: Array, one: Past) -> None:
        """Fill in a day of emission: (receptor, lag, species, place, sector)."""
        shape = (*given.shape[3:], len(given))
        for number, species in enumerate(SPECIES):
            if species in one.given:
                given[:, one.lag, number] = np.moveaxis(one.given[species].reshape(shape), 2, 0)

    def _put_footprint(self, day: int, one: Past, columns: list[int]) -> Array:
        """Write rounded; returns (negative, whole) of what was there, by receptor."""
        if not one.footprint:
            return np.zeros((2, len(columns)))
        held = np.stack([one.footprint[s] for s in SPECIES], axis=1)  # bin, species, release, cell, receptor
        for number, column in enumerate(columns):
            self.group["footprint"][day, column, bin_place(one.lag)] = rounded(held[..., number])
        axes = (0, 1, 2, 3)
        whole = held.sum(axis=axes, dtype=np.float64)
        return np.stack([0.5 * (np.abs(held).sum(axis=axes, dtype=np.float64) - whole), whole])

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
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    drop = 23 - KEPT_BITS
    half = np.uint32((1 << (drop - 1)) - 1) + ((bits >> np.uint32(drop)) & np.uint32(1))
    kept = ((bits + half) & np.uint32(0xFFFFFFFF ^ ((1 << drop) - 1))).view(np.float32)
    largest = np.abs(kept).max(axis=tuple(range(1, kept.ndim)), keepdims=True)
    return np.where(np.abs(kept) < LEAST * largest, np.float32(0), kept)


def layout_text(memory: Memory) -> Mapping[str, str]:
    """The stated layout, for documents and attributes."""
    return {
        "bins": f"{FINE_LAGS} days of emission in bins of 3 h, then one bin a day, to {memory.most} days before",
        "precision": f"float32 rounded to {KEPT_BITS} bits of the mantissa, below {LEAST:g} of a bin's largest 0",
    }
