"""Who breathes whose air: what sources gave to receptors' days, grouped as one likes. Sums, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.transport.history import COMPONENTS
from airshed.transport.nouns import RESTS, SPECIES
from airshed.transport.shelf import Shelf
from airshed.transport.sources import OTHER

__all__ = ["BY", "By", "Contributions", "origin_shares"]

Array = NDArray[Any]
By = Literal["place", "city", "sector", "component", "lag"]
BY: Final = ("place", "city", "sector", "component", "lag")
_DIMS: Final = ("day", "receptor", "lag", "component", "place", "sector")


@dataclass(frozen=True)
class Contributions:
    """What was given on some days to some receptors, as an array that can be summed any way.

    ``given`` (day, receptor, lag, component, place, sector) and ``rests`` (day, receptor, rest) [ug m-3].
    """

    days: tuple[date, ...]
    receptors: tuple[str, ...]
    places: tuple[str, ...]
    cities: tuple[str, ...]
    sectors: tuple[str, ...]
    given: Array
    rests: Array
    bulk: Array

    @classmethod
    def load(
        cls, shelf: Shelf, start: date, until: date, receptors: Sequence[str] | None = None
    ) -> Contributions:
        """Days from ``start``, up to ``until`` (the first that no longer counts).

        Raises:
            BadInput: a day or receptor that the case does not have, or whose footprint is not there yet.
        """
        about = shelf.case.about
        names = tuple(receptors or about.receptors)
        first, columns = shelf.day_number(start), shelf.columns(names)
        last = shelf.day_number(until - timedelta(days=1)) + 1
        done = shelf.group["done"][first:last][:, columns]
        days = tuple(start + timedelta(days=n) for n in range(last - first))
        if not done.all():
            raise _absent(days, names, done)
        # One read for all days, of the receptors asked for alone: their chunks are their own.
        held, whole = shelf.group["given"], columns == list(range(len(about.receptors)))
        given = held[first:last] if whole else held.oindex[first:last, columns]
        return cls(
            days, names, (*about.places, OTHER), (*about.cities, OTHER), shelf.case.study.sources.sectors,
            np.asarray(given), shelf.group["rests"][first:last][:, columns],
            shelf.group["bulk"][first:last][:, columns],
        )  # fmt: skip

    def by(self, *dims: By, each_day: bool = False) -> pl.DataFrame:
        """Mean over the days [ug m-3] by receptor and any of ``place city sector component lag``; rests are rows too.

        Returns:
            ``receptor``, the dims asked for (a rest stands in the first of them), ``amount``, ``share`` of the
            receptor's whole; with ``each_day`` a column ``day`` before them.
        """
        if unknown := [d for d in dims if d not in BY]:
            raise BadInput(f"a grouping by {', '.join(BY)}", ", ".join(unknown), "name one of these")
        keep = ["receptor", *(["day"] if each_day else []), *dims]
        table = pl.concat([self._given(keep), self._rests(keep)])
        if not each_day:
            table = table.with_columns(amount=pl.col("amount") / len(self.days))
        over = ["receptor", *(["day"] if each_day else [])]
        whole = pl.col("amount").sum().over(over)
        return table.with_columns(share=pl.col("amount") / whole)

    def _given(self, keep: Sequence[str]) -> pl.DataFrame:
        asked = [("place" if k == "city" else k) for k in keep]
        summed = self.given.astype(np.float64).sum(
            axis=tuple(n for n, d in enumerate(_DIMS) if d not in asked)
        )
        kept = [d for d in _DIMS if d in asked]
        if "city" in keep:
            summed = self._by_city(summed, kept.index("place"))
        labels = {d: self._labels("city" if d == "place" and "city" in keep else d) for d in kept}
        mesh = np.meshgrid(*(np.arange(len(labels[d])) for d in kept), indexing="ij")
        columns = {
            ("city" if d == "place" and "city" in keep else d): pl.Series(labels[d]).gather(index.ravel())
            for d, index in zip(kept, mesh, strict=True)
        }
        return pl.DataFrame(columns | {"amount": summed.ravel()}).select(*keep, "amount")

    def _by_city(self, summed: Array, axis: int) -> Array:
        names = self._labels("city")
        member = np.array([names.index(city) for city in self.cities])
        moved = np.moveaxis(summed, axis, 0)
        found = np.zeros((len(names), *moved.shape[1:]))
        np.add.at(found, member, moved)
        return np.moveaxis(found, 0, axis)

    def _rests(self, keep: Sequence[str]) -> pl.DataFrame:
        rests = self.rests if "day" in keep else self.rests.sum(axis=0, keepdims=True)
        days = self.days if "day" in keep else self.days[:1]
        rows = [
            (receptor, day, rest, float(rests[d, r, n]))
            for d, day in enumerate(days) for r, receptor in enumerate(self.receptors) for n, rest in enumerate(RESTS)
        ]  # fmt: skip
        table = pl.DataFrame(rows, schema=["receptor", "day", "rest", "amount"], orient="row")
        dims = [k for k in keep if k not in ("receptor", "day")]
        named = [pl.col("rest").alias(dims[0])] if dims else []
        others = [pl.lit(None, dtype=self._kind(d)).alias(d) for d in dims[1:]]
        if dims and dims[0] == "lag":
            named = [pl.lit(None, dtype=pl.Int64).alias("lag")]
        return table.with_columns(*named, *others).select(*keep, "amount")

    @staticmethod
    def _kind(dim: str) -> Any:
        return pl.Int64 if dim == "lag" else pl.String

    def _labels(self, dim: str) -> list[Any]:
        known: dict[str, list[Any]] = {
            "day": list(self.days), "receptor": list(self.receptors), "lag": list(range(self.given.shape[2])),
            "component": [COMPONENTS[s] for s in SPECIES], "place": list(self.places),
            "city": list(dict.fromkeys(self.cities)), "sector": list(self.sectors),
        }  # fmt: skip
        return known[dim]

    @cached_property
    def whole(self) -> Array:
        """Sum of all parts and rests, mean over the days, (receptor,) [ug m-3]; equals ``bulk`` to round-off."""
        axes = (0, 2, 3, 4, 5)
        return np.asarray(
            (self.given.astype(np.float64).sum(axis=axes) + self.rests.sum(axis=(0, 2))) / len(self.days)
        )


def origin_shares(table: pl.DataFrame, region: Sequence[str]) -> pl.DataFrame:
    """A table by city, gathered into ``local``, ``region`` (the other cities of it), ``outside`` and the rests.

    Parameters:
        table: of `Contributions.by` with ``city``; other columns are kept.
        region: ids of the region's cities.
    """
    city = pl.col("city")
    origin = (
        pl.when(city == pl.col("receptor")).then(pl.lit("local"))
        .when(city.is_in(list(region))).then(pl.lit("region"))
        .when(city.is_in(list(RESTS))).then(city)
        .otherwise(pl.lit("outside"))
    )  # fmt: skip
    keys = [c for c in table.columns if c not in ("city", "amount", "share")]
    return table.with_columns(origin=origin).group_by(*keys, "origin", maintain_order=True).agg(
        pl.col("amount").sum(), pl.col("share").sum()
    )  # fmt: skip


def _absent(days: Sequence[date], receptors: Sequence[str], done: Array) -> BadInput:
    """What to say where footprints lack, (day, receptor)."""
    came = []
    for day, row in zip(days, done.tolist(), strict=True):
        lacking = [name for name, there in zip(receptors, row, strict=True) if not there]
        if len(lacking) == len(row):
            came.append(f"none of {day}")
        elif lacking:
            came.append(f"of {day} none for {', '.join(lacking[:3])}{' and others' * (len(lacking) > 3)}")
    return BadInput(
        f"footprints of {days[0]} to {days[-1]}", "; ".join(came[:4]) + " …" * (len(came) > 4),
        "run: airshed transport footprint, or ask for receptors that are there",
    )  # fmt: skip
