"""The air on the desk: one case of transport, opened once, and what pages read of it day by day.

The transport package takes seconds to import (compiled kernels), so it is asked for only when an air page is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.quantities.clock import DAY
from airshed.web.desk import Desk

if TYPE_CHECKING:
    from airshed.transport import Case, Shelf

__all__ = ["GROUPINGS", "Air", "air_of", "air_stamp", "nice_top", "runs_of"]

Array = NDArray[Any]
HOURS = 24
GROUPINGS = ("city", "sector", "component", "lag")
"""How pages group what was given; each a table of a day."""
_FOLDER = "air"
_SPOKEN = {
    "receptor": pl.String,
    "day": pl.Date,
    "path": pl.String,
    "negative": pl.Float64,
    "gap": pl.Float64,
}


def air_stamp(folder: Path) -> str:
    """All that decides what the cases of a workspace say, as far as the file system tells: names and times.

    A day's footprints are written one chunk a day, so a run that goes on while the console stands changes it.
    """
    parts = []
    for about in sorted((folder / _FOLDER).glob("*/case.json")):
        home = about.parent
        seen = [about, home / "concentration.zarr", home / "receptors.zarr"]
        done = home / "shelf.zarr" / "done" / "c"
        chunks = sorted(done.iterdir()) if done.is_dir() else []
        parts += [f"{p}:{p.stat().st_mtime_ns}" for p in (*seen, *chunks) if p.exists()]
    return sha256("\n".join(parts).encode()).hexdigest()[:16] if parts else "none"


def air_of(desk: Desk) -> Air | None:
    """The case the URL names (``case=``), else the newest of the region, else the newest; None where there is none.

    Raises:
        BadInput: no case of that name.
    """
    folder = desk.workspace.folder
    stamp = air_stamp(folder)
    if stamp == "none":
        return None
    name = desk.state.query.get("case") or None
    key = ("air", stamp, name, desk.region.id)
    return desk.memory.get(key, lambda: _open(folder, name, desk.region.id, stamp))


def _open(folder: Path, name: str | None, region: str, stamp: str) -> Air:
    from airshed.transport import cases, open_case

    if name is not None:
        return Air(open_case(folder, name), stamp, tuple(cases(folder)))
    every = [open_case(folder, n) for n in cases(folder)]
    mine = [c for c in every if c.about.region == region]
    return Air((mine or every)[0], stamp, tuple(c.about.name for c in every))


@dataclass(frozen=True)
class Air:
    """A case as pages read it. Everything in it belongs to ``stamp``; a run that goes on makes another.

    ``names``: of all cases of the workspace, newest first.
    """

    case: Case
    stamp: str
    names: tuple[str, ...]
    _days: dict[date, dict[str, pl.DataFrame]] = field(default_factory=dict)

    @property
    def cities(self) -> tuple[str, ...]:
        """Those who breathe: the receptors."""
        return tuple(self.case.about.receptors)

    @cached_property
    def shelf(self) -> Shelf | None:
        """Contributions and footprints; None where no footprint was ever run (a page makes no file)."""
        from airshed.transport import Shelf

        return Shelf(self.case) if (self.case.folder / "shelf.zarr").is_dir() else None

    @cached_property
    def done(self) -> NDArray[np.bool_]:
        """Which receptors' days have footprints, (day, receptor)."""
        if self.shelf is None:
            return np.zeros((len(self.case.days), len(self.cities)), dtype=bool)
        return np.asarray(self.shelf.group["done"][:], dtype=bool)

    @cached_property
    def days_done(self) -> tuple[date, ...]:
        """Days with the footprints of all receptors."""
        whole = np.asarray(self.done.all(axis=1))
        return tuple(d for d, there in zip(self.case.days, whole, strict=True) if there)

    def days_of(self, city: str) -> tuple[date, ...]:
        """Days with the footprints of one receptor."""
        column = self.done[:, self.cities.index(city)]
        return tuple(d for d, there in zip(self.case.days, column, strict=True) if there)

    @cached_property
    def has_fields(self) -> bool:
        """Whether the forward run is there."""
        return (self.case.folder / "concentration.zarr").is_dir()

    @cached_property
    def _fields(self) -> Any:
        import xarray as xr

        return xr.open_zarr(self.case.folder / "concentration.zarr", consolidated=False, chunks=None)

    @cached_property
    def receptors(self) -> Any:
        """Hourly means at receptors, as the forward run wrote them."""
        import xarray as xr

        return xr.open_zarr(self.case.folder / "receptors.zarr", consolidated=False, chunks=None).load()

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """What the field can be split into: emitted species, then the rests."""
        return tuple(map(str, self._fields["part"].values))

    @cached_property
    def hourly(self) -> Array:
        """PM2.5 at receptors [ug m-3], (hour, receptor)."""
        return np.asarray(self.receptors["pm25"].sum("part").values, dtype=np.float64)

    def hours(self, day: date) -> slice:
        """Where the hours of a local day stand.

        Raises:
            BadInput: a day that the case does not have.
        """
        days = self.case.days
        if not days or not days[0] <= day <= days[-1]:
            raise BadInput(f"a day of case {self.case.about.name}, {days[0]} to {days[-1]}", str(day))
        first = self.case.study.first_hour(day)
        return slice(first, first + HOURS)

    def top(self, part: str = "all") -> float:
        """The end of the colour scale [ug m-3]: the highest hour of any receptor, rounded up; one for all hours."""
        if part == "all":
            return nice_top(float(self.hourly.max()))
        names = [str(p) for p in self.receptors["part"].values]
        chosen = [n for n in names if n == part or (part == "rests" and n not in self.parts)]
        return nice_top(float(self.receptors["pm25"].sel(part=chosen).sum("part").max()))

    def field(self, day: date, part: str = "all") -> Array:
        """PM2.5 of the lowest layer at the end of each hour of a local day [ug m-3], (24, y, x).

        Raises:
            BadInput: a day or part that the case does not have.
        """
        if part != "all" and part not in self.parts:
            raise BadInput(f"part as all or one of {', '.join(self.parts)}", repr(part))
        held = self._fields["pm25"][self.hours(day)]
        return np.asarray(held.sum("part").values if part == "all" else held.sel(part=part).values)

    def wind(self, day: date) -> tuple[Array, Array]:
        """Wind at the centres of the lowest layer's cells along the grid's x and y [m s-1], hour means, (24, y, x)."""
        weather, hours = self.case.study.weather, self.hours(day)
        u, v = (np.asarray(weather[k][hours, 0].values, dtype=np.float32) for k in ("u", "v"))
        return 0.5 * (u[:, :, 1:] + u[:, :, :-1]), 0.5 * (v[:, 1:] + v[:, :-1])

    def given(self, day: date) -> dict[str, pl.DataFrame]:
        """What was given on a day, by `GROUPINGS`: receptor, what, amount, share; only receptors that are done.

        Raises:
            BadInput: no receptor of that day is done.
        """
        if day not in self._days:
            self._days[day] = self._gather(day)
        return self._days[day]

    def _gather(self, day: date) -> dict[str, pl.DataFrame]:
        from airshed.transport import Contributions

        there = [c for c in self.cities if day in self.days_of(c)]
        if self.shelf is None or not there:
            raise BadInput(f"footprints of {day}", "none", "run: airshed transport footprint")
        loaded = Contributions.load(self.shelf, day, day + DAY, there)
        tables = {k: loaded.by(k) for k in GROUPINGS}  # type: ignore[arg-type]
        crossed = loaded.by("city", "sector")
        bulk = pl.DataFrame({"receptor": there, "amount": loaded.bulk[0]})
        return tables | {"city_sector": crossed, "bulk": bulk}

    def mean(self, days: Sequence[date], grouping: str, receptors: Sequence[str]) -> pl.DataFrame:
        """Mean over days: receptor, what, amount [ug m-3], share of the receptor's whole."""
        rows = pl.concat([self.given(d)[grouping] for d in days]).filter(pl.col("receptor").is_in(receptors))
        keys = [c for c in rows.columns if c not in ("amount", "share")]
        table = rows.group_by(keys, maintain_order=True).agg(pl.col("amount").sum() / len(days))
        return table.with_columns(share=pl.col("amount") / pl.col("amount").sum().over("receptor"))

    @cached_property
    def spoken(self) -> pl.DataFrame:
        """Of every receptor's day that is done: its path, its footprint's negative part, the gap of shares."""
        if self.shelf is None:
            return pl.DataFrame(schema=_SPOKEN)
        return self.shelf.spoken(self.case.days, self.cities)

    def spoken_of(self, day: date, city: str) -> dict[str, Any]:
        """``path``, ``negative`` (of the path first taken) and ``gap`` of a receptor's day.

        Raises:
            BadInput: a day that is not done.
        """
        rows = self.spoken.filter(pl.col("receptor") == city, pl.col("day") == day).to_dicts()
        if not rows:
            raise BadInput(f"a footprint of {city} on {day}", "none", "run: airshed transport footprint")
        return rows[0]

    def negative(self, day: date, city: str) -> float | None:
        """The negative part over the total of what the shelf holds of a receptor's footprint; None: not known."""
        assert self.shelf is not None
        number = self.shelf.day_number(day)
        found = float(self.shelf.group["remaining"][number, self.cities.index(city)])
        return None if np.isnan(found) else found

    @property
    def lags(self) -> int:
        """Days of emission a footprint can hold, the day itself included."""
        return self.case.about.memory.most + 1

    def lags_of(self, day: date, city: str) -> int:
        """Days of emission that a receptor's memory reached, the day itself included."""
        assert self.shelf is not None
        given = self.shelf.group["given"][self.shelf.day_number(day), self.cities.index(city)]
        return 1 + int(np.flatnonzero(np.any(given, axis=(1, 2, 3))).max(initial=0))


def nice_top(value: float) -> float:
    """The end of a scale that holds a value: 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten.

    >>> nice_top(312.0), nice_top(0.07)
    (400.0, 0.08)
    """
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    step = next((s for s in (1, 1.5, 2, 3, 4, 5, 6, 8) if s * power >= value * (1 - 1e-9)), 10)
    return float(round(step * power, 12))


def runs_of(days: Sequence[date]) -> list[tuple[date, date]]:
    """Days as unbroken stretches, first and last of each.

    >>> runs_of([date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 5)])[1]
    (datetime.date(2026, 1, 5), datetime.date(2026, 1, 5))
    """
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and found[-1][1] + timedelta(days=1) == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
