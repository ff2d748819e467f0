"""Measures and scenarios: reductions that are named, dated and composable. Cuts that meet multiply."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xarray as xr
import yaml
from numpy.typing import ArrayLike, NDArray

from airshed.emissions.profiles import SECTORS, SPECIES, sector_named, species_named
from airshed.errors import BadInput, UnknownPlace
from airshed.places import Gazetteer

__all__ = ["Measure", "Scenario", "factors", "read_scenario", "reduced"]


@dataclass(frozen=True)
class Measure:
    """So many per cent less of some species of some sectors in some places, for a time.

    Parameters:
        id: names it within a scenario.
        names: in zh and en.
        places: ids of jurisdictions or regions; what lies in them is meant too. Empty: everywhere.
        sectors, species: which; empty: all.
        cut: of what would be emitted otherwise [%], 0..100; below 0, an increase, only where ``increase`` says so.
        since, until: first local day it holds, and first day it no longer does; None: always.

    Raises:
        BadInput: any of this is not so.
    """

    id: str
    names: Mapping[str, str]
    cut: float
    places: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    increase: bool = False

    def __post_init__(self) -> None:
        faults = [f"sector {s!r} is unknown" for s in self.sectors if s not in SECTORS]
        faults += [f"species {s!r} is unknown" for s in self.species if s not in SPECIES]
        if not self.id.strip() or not self.names.get("zh") or not self.names.get("en"):
            faults.append("an id and names in zh and en are wanted")
        if not np.isfinite(self.cut) or self.cut > 100 or (self.cut < 0 and not self.increase):
            faults.append(f"cut {self.cut:g} % is not in 0..100 (an increase must be said: increase = true)")
        if self.since is not None and self.until is not None and not self.since < self.until:
            faults.append(f"since {self.since} must come before until {self.until}")
        if faults:
            raise BadInput(f"measure {self.id}: a measure in order", "; ".join(faults), "mend the measure")

    @property
    def kept(self) -> float:
        """What is left of what it touches [1]."""
        return 1.0 - self.cut / 100.0

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Scenario:
    """Measures under one name.

    ``a | b`` (or ``a.then(b)``) holds the measures of both: where two touch the same emission what is left of it is
    the product of what each leaves, in any order (30 % and 50 % leave 35 %).

    Raises:
        BadInput: two measures of one id.
    """

    name: str
    measures: tuple[Measure, ...] = field(default=())

    def __post_init__(self) -> None:
        ids = [m.id for m in self.measures]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            came = f"twice: {', '.join(twice)}"
            raise BadInput(f"scenario {self.name}: measures with ids of their own", came, "rename one")

    def __or__(self, other: Scenario) -> Scenario:
        return Scenario(f"{self.name} + {other.name}", (*self.measures, *other.measures))

    def then(self, other: Scenario) -> Scenario:
        """The same as ``|``."""
        return self | other


def reduced(
    inventory: pl.DataFrame, scenario: Scenario, gazetteer: Gazetteer, on: date | None = None
) -> pl.DataFrame:
    """The inventory as it would be at the rate of one day; amounts stay t/a, as if that day lasted a year.

    Parameters:
        on: the day; without it, measures without dates alone are taken, and a dated one is refused.

    Raises:
        BadInput: dated measures without a day, or a measure for places where a row has no jurisdiction (a point or
            a box): give those rows a place first.
    """
    dated = [m.id for m in scenario.measures if m.since or m.until]
    if on is None and dated:
        raise BadInput("a day, for measures with dates", ", ".join(dated), "say on which day")
    kept = pl.lit(1.0)
    for measure in (m for m in scenario.measures if on is None or m.holds_on(on)):
        touched = _touches(measure, inventory, gazetteer)
        kept = kept * pl.when(touched).then(measure.kept).otherwise(1.0)
    return inventory.with_columns(pl.col("amount") * kept)


def factors(
    scenario: Scenario,
    places: Sequence[str],
    species: Sequence[str],
    times: ArrayLike,
    utc_offset: float,
    gazetteer: Gazetteer,
    sectors: Sequence[str] = SECTORS,
) -> xr.DataArray:
    """What is left of each emission, dims (place, sector, species, time): 1 where no measure holds.

    Parameters:
        places: ids of the places whose emission is reckoned, such as counties.
        times: instants, UTC (datetime64); a measure holds on local days.
        utc_offset: of the local clock [h].

    Raises:
        UnknownPlace: an id nobody knows.
    """
    instants = np.atleast_1d(np.asarray(times, dtype="datetime64[ns]"))
    days = (instants + np.timedelta64(round(utc_offset * 3600), "s")).astype("datetime64[D]")
    left = np.ones((len(places), len(sectors), len(species), len(days)))
    for measure in scenario.measures:
        inside = _within(measure, places, gazetteer)
        where = [
            [p in inside for p in places],
            _among(sectors, measure.sectors),
            _among(species, measure.species),
        ]
        holds = np.ones(len(days), dtype=bool)
        if measure.since is not None:
            holds &= days >= np.datetime64(measure.since)
        if measure.until is not None:
            holds &= days < np.datetime64(measure.until)
        left[np.ix_(*(np.asarray(w, dtype=bool) for w in where), holds)] *= measure.kept
    coords = {"place": list(places), "sector": list(sectors), "species": list(species), "time": instants}
    attrs = {"units": "1", "scenario": scenario.name, "long_name": "what is left of the emission"}
    return xr.DataArray(left, coords, ("place", "sector", "species", "time"), "kept", attrs)


def read_scenario(path: Path, gazetteer: Gazetteer) -> Scenario:
    """A scenario from TOML or YAML: ``name`` and a list ``measures``; places, sectors and species in any known words.

    Raises:
        BadInput: the file is not well formed, or a measure is not in order; every fault at once.
    """
    raw = _open(path)
    if not isinstance(raw, Mapping) or not raw.get("name") or not isinstance(raw.get("measures"), list):
        raise BadInput(
            f"{path.name}: a name and a list of measures", type(raw).__name__, "see docs/emissions.md"
        )
    measures, faults = [], []
    for number, entry in enumerate(raw["measures"], start=1):
        try:
            measures.append(_measure(entry, gazetteer))
        except BadInput as error:
            faults.append(f"{path.name}, measure {number}: {error}")
    if faults:
        raise BadInput(f"{path.name}: measures in order are wanted", "\n".join(faults), "mend them")
    return Scenario(str(raw["name"]), tuple(measures))


# --- inside ------------------------------------------------------------------------------------------------


def _among(names: Sequence[str], chosen: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([not chosen or n in chosen for n in names], dtype=bool)


def _touches(measure: Measure, inventory: pl.DataFrame, gazetteer: Gazetteer) -> pl.Expr:
    found = pl.lit(True)
    for column, chosen in (("sector", measure.sectors), ("species", measure.species)):
        if chosen:
            found = found & pl.col(column).is_in(chosen)
    if not measure.places:
        return found
    rows = inventory.filter(found)
    homeless = rows.filter(pl.col("place").is_null() | pl.col("place").str.starts_with("box:"))
    if len(homeless):
        came = f"{len(homeless)} row(s) with a point or a box alone, such as {homeless['source'][0]}"
        raise BadInput(f"measure {measure.id}: rows with a jurisdiction", came, "give them a place first")
    inside = _within(measure, rows["place"].unique().to_list(), gazetteer)
    return found & pl.col("place").is_in(inside)


def _within(measure: Measure, places: Iterable[str], gazetteer: Gazetteer) -> list[str]:
    """Those of the places that lie in the measure's; a region's are its members while the measure holds."""
    if not measure.places:
        return list(places)
    roots = set(_roots(measure, gazetteer))
    return [p for p in places if roots.intersection(_above(p, gazetteer))]


def _roots(measure: Measure, gazetteer: Gazetteer) -> Iterable[str]:
    regions = {r.id: r for r in gazetteer.regions()}
    for place in measure.places:
        if place not in regions:
            yield gazetteer.jurisdiction(place).id
            continue
        region, day = regions[place], measure.since
        yield from region.members_on(day) if day else dict.fromkeys(m.place for m in region.members)


def _above(place: str, gazetteer: Gazetteer) -> list[str]:
    """The place and all that it lies in."""
    found, here = [], gazetteer.jurisdiction(place)
    while True:
        found.append(here.id)
        if here.parent is None or here.parent in found:
            return found
        here = gazetteer.jurisdiction(here.parent)


def _open(path: Path) -> Any:
    text = path.read_text(encoding="utf-8-sig")
    try:
        if path.suffix == ".toml":
            return tomllib.loads(text)
        if path.suffix in (".yaml", ".yml"):
            return yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path.name}: {path.suffix[1:].upper()}", str(error), "mend the line") from error
    raise BadInput("a scenario in .toml or .yaml", path.name, "write it as one of these")


_FIELDS = ("id", "names", "cut", "places", "sectors", "species", "since", "until", "increase")


def _measure(entry: Any, gazetteer: Gazetteer) -> Measure:
    """One measure; each word as an id, all faults at once."""
    if not isinstance(entry, Mapping):
        raise BadInput("a measure with its fields", repr(entry), "see docs/emissions.md")
    faults = [f"{key}: unknown field" for key in entry if key not in _FIELDS]
    faults += [f"{key}: missing" for key in ("id", "cut") if key not in entry]
    sectors = _words(entry, "sectors", {t: sector_named(t) for t in _listed(entry, "sectors")}, faults)
    species = _words(entry, "species", {t: species_named(t) for t in _listed(entry, "species")}, faults)
    places = _words(entry, "places", {t: _place(t, gazetteer) for t in _listed(entry, "places")}, faults)
    days = {key: _day(entry, key, faults) for key in ("since", "until")}
    cut = entry.get("cut")
    if isinstance(cut, bool) or not isinstance(cut, int | float):
        faults.append(f"cut: wanted a number of %, got {cut!r}")
    if faults:
        raise BadInput("a measure in order", "; ".join(faults), f"fields are {', '.join(_FIELDS)}")
    names = entry.get("names", entry["id"])
    both = names if isinstance(names, Mapping) else {"zh": str(names), "en": str(names)}
    return Measure(
        str(entry["id"]), dict(both), float(cut), places, sectors, species, days["since"], days["until"],  # type: ignore[arg-type]
        entry.get("increase") is True,
    )  # fmt: skip


def _listed(entry: Mapping[str, Any], key: str) -> list[str]:
    value = entry.get(key) or []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _words(
    entry: Mapping[str, Any], key: str, known: Mapping[str, str | None], faults: list[str]
) -> tuple[str, ...]:
    faults += [f"{key}: wanted a known one, got {text!r}" for text, found in known.items() if found is None]
    if key in entry and not known:
        faults.append(f"{key}: wanted at least one; leave the field out for all")
    return tuple(dict.fromkeys(found for found in known.values() if found))


def _place(text: str, gazetteer: Gazetteer) -> str | None:
    try:
        return gazetteer.region(text).id
    except UnknownPlace:
        return gazetteer.resolve_city(text) or gazetteer.resolve(text)


def _day(entry: Mapping[str, Any], key: str, faults: list[str]) -> date | None:
    value = entry.get(key)
    try:
        return date.fromisoformat(value) if isinstance(value, str) else _only_date(value)
    except (ValueError, TypeError):
        faults.append(f"{key}: wanted a day as YYYY-MM-DD, got {value!r}")
        return None


def _only_date(value: Any) -> date | None:
    if value is not None and type(value) is not date:
        raise TypeError
    return value
