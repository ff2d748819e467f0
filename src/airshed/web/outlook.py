"""The outlook on the desk: one stored outlook, opened once, and what pages read of it; scorecards and effects too.

Forecasting takes seconds to import (learners), so it is asked for only when a page of it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from airshed.law import Provision
from airshed.web.desk import Desk
from airshed.web.readings import index_provision

if TYPE_CHECKING:
    import polars as pl
    import xarray as xr

__all__ = ["Outlook", "bounds_by_day", "bounds_of", "cards_of", "effects_of", "forecast_stamp", "outlook_of"]

Array = NDArray[Any]
_OUTLOOKS, _EDITS = "outlooks/*/outlook.nc", "outlooks/*/edits.csv"
_CARDS, _EFFECTS = "scorecards/*.parquet", "effects/*.json"


def forecast_stamp(folder: Path) -> str:
    """All that decides what outlooks, scorecards and effects of a workspace say: their files' names and times."""
    files = sorted(p for pattern in (_OUTLOOKS, _EDITS, _CARDS, _EFFECTS) for p in folder.glob(pattern))
    parts = [f"{p}:{p.stat().st_mtime_ns}" for p in files]
    return sha256("\n".join(parts).encode()).hexdigest()[:16] if parts else "none"


def outlook_of(desk: Desk) -> Outlook | None:
    """The outlook the URL names (``issue=``), else the newest with a city of the region; None where there is none.

    Raises:
        BadInput: no outlook of that name.
    """
    asked = desk.state.query.get("issue") or None
    if asked is None and not any(desk.workspace.folder.glob(_OUTLOOKS)):
        return None  # and nothing heavy was imported
    from airshed.forecast.shelf import outlooks

    names = tuple(outlooks(desk.workspace.folder))
    if asked is not None:
        return _opened(desk, asked, names)
    cities = {m.place for m in desk.region.members}
    for name in names:
        found = _opened(desk, name, names)
        if cities & set(found.places):
            return found
    return _opened(desk, names[0], names) if names else None


def _opened(desk: Desk, name: str, names: tuple[str, ...]) -> Outlook:
    from airshed.forecast.shelf import load_outlook, read_edits

    folder = desk.workspace.folder
    key = ("outlook", forecast_stamp(folder), name)
    return desk.memory.get(
        key, lambda: Outlook(load_outlook(folder, name), name, names, read_edits(folder, name).rows)
    )


@dataclass(frozen=True)
class Outlook:
    """A stored outlook as pages read it.

    Attributes:
        names: of all outlooks of the workspace, newest issue first.
        edits: what forecasters made of it, as `forecast.shelf.Edit` has it; None where nobody looked.
    """

    data: xr.Dataset
    name: str
    names: tuple[str, ...]
    edits: pl.DataFrame | None = None

    def edited(self, place: str, item: str) -> dict[date, dict[str, Any]]:
        """By day the edit of a city's pollutant that holds: the last."""
        if self.edits is None:
            return {}
        mine = self.edits.filter(place=place, variable=item)
        return {row["day"]: row for row in mine.iter_rows(named=True)}

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Ids, in the outlook's order."""
        return tuple(map(str, self.data["place"].values))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Local days ahead."""
        return tuple(d.astype("datetime64[D]").astype(date) for d in self.data["day"].values)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Pollutants."""
        return tuple(map(str, self.data["variable"].values))

    @property
    def issue(self) -> datetime:
        """Local instant of the issue."""
        return datetime.fromisoformat(self.data.attrs["issue"])

    @property
    def issue_day(self) -> date:
        """The last local day that was known."""
        return date.fromisoformat(self.data.attrs["issue_day"])

    @property
    def made(self) -> bool:
        """Whether anything in it was made, not measured."""
        return bool(self.data.attrs["made"])

    @property
    def size(self) -> int:
        """Number of members."""
        return int(self.data.sizes["member"])

    def levels(self, share: float) -> tuple[Array, Array]:
        """Index (place, day) below and above which half of what ``share`` leaves out lies; NO_INDEX where none is."""
        return self._at((1 - share) / 2)[0], self._at((1 + share) / 2)[0]

    @cached_property
    def middle(self) -> tuple[Array, Array]:
        """Index and category (place, day) of the middle member, the lower of two; NO_INDEX where none has any."""
        return self._at(0.5)

    def _at(self, level: float) -> tuple[Array, Array]:
        """Index and category of the member at a level of the ordered index: one and the same member's."""
        index, category = (self.data[k].values.astype(np.int64) for k in ("index", "category"))
        known = (index >= 0).sum(axis=0)
        order = np.argsort(np.where(index >= 0, index, np.iinfo(np.int64).max), axis=0, kind="stable")
        number = np.clip(np.floor(level * (known - 1)), 0, None).astype(np.int64)
        which = np.take_along_axis(order, number[None], axis=0)
        found = [np.take_along_axis(a, which, axis=0)[0] for a in (index, category)]
        return np.where(known > 0, found[0], -1), np.where(known > 0, found[1], -1)

    @cached_property
    def heavy(self) -> Array:
        """Probability of heavy pollution (place, day)."""
        from airshed.forecast.outlook import heavy_probability

        return np.asarray(heavy_probability(self.data).transpose("place", "day").values)

    @cached_property
    def chances(self) -> Array:
        """Probability of each category (place, day, category)."""
        from airshed.forecast.outlook import category_probability

        return np.asarray(category_probability(self.data).values)

    def any_heavy(self, cities: Sequence[str]) -> Array:
        """Probability that at least one of some cities is heavily polluted (day,): members join them."""
        cut = self.data.sel(place=list(cities))
        above = (cut["index"] > cut["heavy_above"]).any("place")
        return np.asarray(above.mean("member").values)

    def mean_index(self, cities: Sequence[str]) -> Array:
        """Middle member's mean index over some cities (day,); NaN where none has any."""
        index = self.data["index"].sel(place=list(cities)).values.astype(np.float64)
        with np.errstate(invalid="ignore"):
            mean = np.where(index >= 0, index, 0).sum(axis=1) / (index >= 0).sum(axis=1)
        return np.asarray(np.sort(mean, axis=0)[(self.size - 1) // 2])

    def holding(self, above: float, hours: int) -> dict[str, float]:
        """Place to the probability that its daily index stays above so long somewhere in the outlook."""
        from airshed.forecast.outlook import holding

        return dict(zip(self.places, map(float, holding(self.data, above, hours).values), strict=True))

    def quantiles(self, place: str, variable: str) -> Array:
        """(day, quantile) of a pollutant [its unit]."""
        cut = self.data["quantiles"].sel({"place": place, "variable": variable})
        return np.asarray(cut.transpose("day", "quantile").values, dtype=np.float64)

    def members(self, place: str, variable: str) -> Array:
        """(member, day) of a pollutant [its unit]."""
        cut = self.data["members"].sel({"place": place, "variable": variable})
        return np.asarray(cut.transpose("member", "day").values, dtype=np.float64)

    def primary(self, place: str, number: int) -> dict[str, float]:
        """Primary pollutants of a place's day, by how many members have each."""
        from airshed.forecast.outlook import primary_items

        return primary_items(self.data, place, self.data["day"].values[number], least=0.005)


def bounds_of(provision: Provision, item: str) -> list[float]:
    """Upper ends of the categories in the item's own unit, as far as the law's daily table goes; the last has none.

    >>> from airshed.law import Book
    >>> bounds_of(Book.load().version("HJ 633-2012", "index"), "pm25")
    [35.0, 75.0, 115.0, 150.0, 250.0]
    """
    law = provision.value
    row = law["breakpoints"]["day"].get(item)
    if row is None:
        return []
    if isinstance(row[0], list | tuple):
        ends = {float(piece[3]): float(piece[1]) for piece in row}
    else:
        ends = {float(i): float(c) for i, c in zip(law["index"], row, strict=False)}
    tops = [float(c["to"]) for c in law["categories"][:-1]]
    return [ends[top] for top in tops if top in ends]


def bounds_by_day(desk: Desk, place: str, days: Sequence[date], item: str) -> list[list[float]]:
    """The same for each of some days, each by its own law; empty where there was none."""
    found = []
    for day in days:
        provision = index_provision(desk, day, place)
        found.append(bounds_of(provision, item) if provision else [])
    return found


def cards_of(desk: Desk) -> tuple[list[str], tuple[pl.DataFrame, dict[str, str]] | None]:
    """Names of the kept scorecards, and the one the URL names (``card=``), else the newest.

    Raises:
        BadInput: no scorecard of that name.
    """
    folder, name = desk.workspace.folder, desk.state.query.get("card") or None
    if name is None and not any(folder.glob(_CARDS)):
        return [], None
    from airshed.forecast.cards import kept_cards, load_card

    names = kept_cards(folder)
    key = ("scorecard", forecast_stamp(folder), name)
    return names, desk.memory.get(key, lambda: load_card(folder, name))


def effects_of(desk: Desk) -> dict[str, dict[str, Any]]:
    """All kept effects by name."""
    folder = desk.workspace.folder
    if not any(folder.glob(_EFFECTS)):
        return {}
    from airshed.assessment.effect.cards import kept_effects, load_effect

    key = ("effects", forecast_stamp(folder))
    return desk.memory.get(key, lambda: {name: load_effect(folder, name) for name in kept_effects(folder)})
