"""Sectors, species and profiles: when, how high and as what a yearly amount is put into the air."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
import yaml
from numpy.typing import ArrayLike, NDArray

from airshed.errors import BadInput

__all__ = [
    "RELEASES", "SECTORS", "SPECIES", "TRAVELLING", "Profiles", "Stack", "group_sector", "groups_of", "hour_factors",
    "profiles_of_the_house", "sector_named", "species_named",
]  # fmt: skip

Floats = NDArray[np.float64]
SECTORS: Final = ("power", "industry", "residential", "transport", "agriculture", "dust")
RELEASES: Final = ("surface", "stack_low", "stack_mid", "stack_high")
TRAVELLING: Final = ("pm25", "so2", "nox", "nh3", "voc")
"""Species that are put on the grid."""
SPECIES: Final = (*TRAVELLING, "pm10", "co", "bc", "oc")
"""Species a table may hold [t/a]; nox as NO2."""
_LENGTHS = {"month": 12, "weekday": 7, "hour": 24}


@dataclass(frozen=True)
class Stack:
    """The stack that stands for a release class.

    Parameters:
        height: of the top [m]; 0 for the surface.
        diameter: inside, at the top [m].
        temperature: of the gas [K].
        velocity: of the gas [m s-1].
        depth: of a release without stack [m]: it fills 0..depth evenly.
    """

    height: float
    diameter: float = 0.0
    temperature: float = 0.0
    velocity: float = 0.0
    depth: float = 0.0

    def __post_init__(self) -> None:
        values = (self.height, self.diameter, self.temperature, self.velocity, self.depth)
        if min(values) < 0 or self.height + self.depth <= 0:
            raise BadInput(
                "a stack with a height or a depth, nothing negative", str(self), "mend the figures"
            )


@dataclass(frozen=True)
class Profiles:
    """When and how high each sector emits.

    Parameters:
        month (sector, 12), weekday (sector, 7; Monday first), hour (sector, 24; local): means are 1.
        split: (sector, release), rows sum to 1: for what comes without a stack of its own.
        spread: for each sector ``area`` or ``population``: how it lies within a place.
        stacks: for each release class the stack that stands for it.
        speciation: for each sector what its PM2.5 is made of (shares that sum to 1).
        names: of sectors, in two languages.
        status: how well the figures are known; the packaged ones are ``unverified``.
    """

    month: Floats
    weekday: Floats
    hour: Floats
    split: Floats
    spread: Mapping[str, str]
    stacks: Mapping[str, Stack]
    speciation: Mapping[str, Mapping[str, float]]
    names: Mapping[str, Mapping[str, str]]
    status: str

    @classmethod
    def load(cls, path: Path | None = None) -> Profiles:
        """From a file of the form of the packaged ``sectors.yml``, or that one.

        Raises:
            BadInput: sectors or figures are lacking, negative, or of the wrong number; all of them are named.
        """
        raw = _raw() if path is None else yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            faults = _faults(raw)
        except (KeyError, TypeError, AttributeError) as error:
            faults = [f"lacking or misplaced: {error}"]
        if faults:
            raise BadInput(
                "profiles in the form of emissions/sectors.yml", "; ".join(faults), "mend the file"
            )
        return cls(
            **{name: _scaled(raw["sectors"], name) for name in _LENGTHS},
            split=_splits(raw["sectors"]),
            spread={s: raw["sectors"][s]["spread"] for s in SECTORS},
            stacks={r: _stack(raw["releases"][r]) for r in RELEASES},
            speciation={s: _whole(raw["speciation"][s]) for s in SECTORS},
            names={s: raw["sectors"][s]["names"] for s in SECTORS},
            status=str(raw.get("status", "unverified")),
        )


@cache
def profiles_of_the_house() -> Profiles:
    """The packaged profiles: our own choice, unverified."""
    return Profiles.load()


def sector_named(text: str, dialect: str = "any") -> str | None:
    """The sector a word means, in the words of MEIC, EDGAR or CEDS (``meic``, ``edgar``, ``ceds``) or at large.

    >>> sector_named("transportation"), sector_named("RCOR", "ceds"), sector_named("电力"), sector_named("moon")
    ('transport', 'residential', 'power', None)
    """
    return _sector_words(dialect).get(text.strip().casefold())


def species_named(text: str) -> str | None:
    """The species a word means.

    >>> species_named("PM2.5"), species_named("NMVOC"), species_named("SO2"), species_named("xenon")
    ('pm25', 'voc', 'so2', None)
    """
    return _species_words().get(text.strip().casefold())


def groups_of(sectors: Iterable[str] = SECTORS, releases: Iterable[str] = RELEASES) -> tuple[str, ...]:
    """Names of groups, ``sector:release``, sector by sector."""
    kinds = tuple(releases)
    return tuple(f"{sector}:{release}" for sector in sectors for release in kinds)


def group_sector(group: str) -> str:
    """The sector of a group (a sector's own name stands for itself).

    Raises:
        BadInput: no such sector.
    """
    sector = group.partition(":")[0]
    if sector not in SECTORS:
        raise BadInput(f"a sector of {', '.join(SECTORS)}", repr(group), "mend the name")
    return sector


def hour_factors(
    profiles: Profiles, groups: Iterable[str], times: ArrayLike, utc_offset: float
) -> xr.DataArray:
    """Factors on the annual mean for each hour, dims (group, time); the mean over a local calendar year is 1.

    Parameters:
        groups: ``sector:release`` or plain sectors.
        times: starts of hours, UTC (datetime64).
        utc_offset: of the local clock [h].
    """
    names = list(groups)
    instants = np.atleast_1d(np.asarray(times, dtype="datetime64[ns]"))
    local = instants + np.timedelta64(round(utc_offset * 3600), "s")
    days = local.astype("datetime64[D]")
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    hour = (local - days).astype("timedelta64[h]").astype(int)
    year = days.astype("datetime64[Y]").astype(int) + 1970
    rows = np.array([SECTORS.index(group_sector(g)) for g in names], dtype=int)
    raw = profiles.month[:, month] * profiles.weekday[:, weekday] * profiles.hour[:, hour]
    years, place = np.unique(year, return_inverse=True)
    means = np.stack([_year_mean(profiles, int(y)) for y in years], axis=1)[:, place] if len(years) else raw
    return xr.DataArray(
        (raw / means)[rows], dims=("group", "time"), coords={"group": names, "time": instants}, name="factor",
        attrs={"units": "1", "long_name": "factor on the annual mean", "status": profiles.status},
    )  # fmt: skip


def _year_mean(profiles: Profiles, year: int) -> Floats:
    """The mean of month x weekday over the days of a year, by sector; the hours' mean is 1 already."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    month, weekday = [d.month - 1 for d in days], [d.weekday() for d in days]
    return np.asarray(
        (profiles.month[:, month] * profiles.weekday[:, weekday]).mean(axis=1), dtype=np.float64
    )


# --- reading -----------------------------------------------------------------------------------------------


@cache
def _raw() -> dict[str, Any]:
    with as_file(files("airshed.emissions") / "sectors.yml") as path:
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return raw


@cache
def _sector_words(dialect: str) -> dict[str, str]:
    """Words of the dialect, then those at large."""
    sectors = _raw()["sectors"]
    words: dict[str, str] = {}
    for kind in ("any", dialect):
        for sector in SECTORS:
            words |= {str(word).casefold(): sector for word in sectors[sector]["aliases"].get(kind, ())}
    return words


@cache
def _species_words() -> dict[str, str]:
    return {str(w).casefold(): name for name, entry in _raw()["species"].items() for w in entry["aliases"]}


def _faults(raw: Mapping[str, Any]) -> list[str]:
    faults = [f"sector {s} is missing" for s in SECTORS if s not in raw["sectors"]]
    faults += [f"sector {s} is unknown" for s in raw["sectors"] if s not in SECTORS]
    faults += [f"release {r} is missing" for r in RELEASES if r not in raw["releases"]]
    if faults:
        return faults
    for sector in SECTORS:
        entry = raw["sectors"][sector]
        for name, length in _LENGTHS.items():
            if len(entry[name]) != length or min(entry[name]) < 0 or sum(entry[name]) <= 0:
                faults.append(f"{sector}: {name}: {length} figures, none negative, not all 0")
        if set(entry["split"]) != set(RELEASES) or min(entry["split"].values()) < 0:
            faults.append(f"{sector}: split: a share of each of {', '.join(RELEASES)}, none negative")
        if entry["spread"] not in ("area", "population"):
            faults.append(f"{sector}: spread: area or population, got {entry['spread']!r}")
        if min(raw["speciation"][sector].values()) < 0:
            faults.append(f"{sector}: speciation: no negative share")
    return faults


def _scaled(sectors: Mapping[str, Any], name: str) -> Floats:
    rows = np.array([sectors[s][name] for s in SECTORS], dtype=np.float64)
    return np.asarray(rows / rows.mean(axis=1, keepdims=True), dtype=np.float64)


def _splits(sectors: Mapping[str, Any]) -> Floats:
    rows = np.array([[sectors[s]["split"][r] for r in RELEASES] for s in SECTORS], dtype=np.float64)
    return np.asarray(rows / rows.sum(axis=1, keepdims=True), dtype=np.float64)


def _whole(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def _stack(entry: Mapping[str, Any]) -> Stack:
    return Stack(**{name: float(value) for name, value in entry.items() if name != "names"})
