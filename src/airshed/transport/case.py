"""A case: one study at rest in a folder, with what was reckoned from it; made in steps, each found again.

air/<name>/
  case.json            what it is: region, receptors, places, boundary, memory, made or not
  weather.zarr         the weather
  release.zarr         the emission on the grid;  owners.parquet: which county answers for how much of it
  operators/           horizontal steps, one file an hour
  concentration.zarr   PM2.5 of the lowest layer by what it was emitted as, hour by hour
  receptors.zarr       what receptors breathe, hour by hour
  midnights/           tracers at local midnights, for the rests of footprints
  contribution.zarr    what each (place, sector) gave to each receptor's day, by day of emission and species
  footprint.zarr       the footprints themselves
  positive/            operators, concentrations and midnights of the positive path, where a receptor's day needed it
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.meteorology import check_weather
from airshed.transport.backward import Memory
from airshed.transport.lobes import PathChoice, PathName, check_choice
from airshed.transport.nouns import Receptor
from airshed.transport.operators import HorizontalArchive
from airshed.transport.sources import split_sources
from airshed.transport.study import Study

__all__ = ["Case", "Description", "cases", "create_case", "open_case"]

FOLDER = "air"
BESIDE = "positive"  # folder of what the positive path reckons beside the first


@dataclass(frozen=True)
class Description:
    """What a case is.

    Parameters:
        name: of its folder; ``region``: whose receptors and places it has; ``inventory``: whose emission.
        made: whether weather or emission is made, not measured; said wherever it shows.
        places: sources are split by these; ``cities``: to which city each belongs ("" outside the region).
        receptors: place to flat cells and weights.
        basis: what the places' shares of cells rest on.
        digests: SHA-256 of what it was made from, by ``weather:FILE`` and ``inventory:NAME``; of what is known.
        path: ``footprint``: shares by footprints, whatever their negative part; ``auto``: receptors' days above
            `lobes.LARGEST_NEGATIVE` by the positive path; ``positive``: all by it, no footprint path at all.

    Raises:
        BadInput: no such path.
    """

    name: str
    region: str
    inventory: str
    made: bool
    places: tuple[str, ...]
    cities: tuple[str, ...]
    receptors: Mapping[str, tuple[tuple[int, ...], tuple[float, ...]]]
    boundary: Mapping[str, float] = field(default_factory=dict)
    utc_offset: float = 8.0
    basis: str = "boundaries"
    memory: Memory = field(default_factory=Memory)
    digests: Mapping[str, str] = field(default_factory=dict)
    path: PathChoice = "auto"

    def __post_init__(self) -> None:
        check_choice(self.path)


class Case:
    """One study at rest. Reading is cheap; what is missing is said, not made.

    ``root`` holds what the case is, and its shelf; ``folder`` what one path reckoned: the same folder, or the one
    beside it where the case is `positive`. ``path`` is the one by which this study marches.
    """

    def __init__(self, folder: Path, *, beside: bool = False) -> None:
        self.root, self.beside = folder, beside
        self.folder = folder / BESIDE if beside else folder
        path = folder / "case.json"
        if not path.is_file():
            raise BadInput(f"a case in {folder.name}", "none", "make one: airshed transport run")
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["memory"] = Memory(**raw["memory"])
        raw["places"], raw["cities"] = tuple(raw["places"]), tuple(raw["cities"])
        raw["receptors"] = {k: (tuple(c), tuple(w)) for k, (c, w) in raw["receptors"].items()}
        self.about = Description(**raw)

    def __repr__(self) -> str:
        return f"Case({self.about.name!r})"

    @property
    def path(self) -> PathName:
        """The path by which this study marches."""
        return "positive" if self.beside or self.about.path == "positive" else "footprint"

    @cached_property
    def positive(self) -> Case:
        """The same case on the positive path: itself, where it never takes another."""
        return self if self.path == "positive" else Case(self.root, beside=True)

    @cached_property
    def study(self) -> Study:
        """The study, with its operators' archive."""
        weather = xr.open_zarr(self.root / "weather.zarr", consolidated=False, chunks=None)
        release = xr.open_zarr(self.root / "release.zarr", consolidated=False, chunks=None).load()
        if not (self.root / "owners.parquet").is_file():
            came = f"{self.about.name} was made before the inventory decided whose emission it is"
            raise BadInput("a case with owners.parquet", came, "make it again, under a new name")
        owners = pl.read_parquet(self.root / "owners.parquet")
        receptors = [
            Receptor(place, np.array(cells, dtype=np.int64), np.array(weights))
            for place, (cells, weights) in self.about.receptors.items()
        ]
        archive = HorizontalArchive(self.folder / "operators")
        sources = split_sources(release, owners, self.about.places)
        about = self.about
        return Study(
            weather, release, sources, receptors, about.boundary, about.utc_offset, archive=archive,
            positive=self.path == "positive",
        )  # fmt: skip

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Local days with 24 hours of weather."""
        study = self.study
        local = study.start + timedelta(hours=study.utc_offset)
        first = local.date() if local.hour == 0 else local.date() + timedelta(days=1)
        whole = (study.hours - study.first_hour(first)) // 24
        return tuple(first + timedelta(days=n) for n in range(whole))

    def for_receptors(self, receptors: Sequence[str]) -> Study:
        """The study for some of the receptors, in the order asked for.

        Raises:
            BadInput: a receptor the case does not have.
        """
        known = {r.id: r for r in self.study.receptors}
        if unknown := [r for r in receptors if r not in known]:
            raise BadInput(f"receptors among {', '.join(known)}", ", ".join(unknown), "name one of these")
        return replace(self.study, receptors=[known[r] for r in receptors])


def create_case(
    folder: Path, about: Description, weather: xr.Dataset, release: xr.Dataset, owners: pl.DataFrame
) -> Case:
    """Write a new case under ``folder/air``.

    Parameters:
        folder: of the workspace.
        weather: checked here; ``release`` on its grid; ``owners`` of it, as ``emissions.owners`` has them.

    Raises:
        BadInput: weather out of order, or a case of that name that stands already.
    """
    target = folder / FOLDER / about.name
    if (target / "case.json").exists():
        raise BadInput(
            f"a new name for a case, {about.name} stands", about.name, "take another name or remove it"
        )
    check_weather(weather)
    target.mkdir(parents=True, exist_ok=True)
    path = target / "weather.zarr"
    weather.to_zarr(path, mode="w", zarr_format=2, consolidated=False, encoding=_by_hour(weather))
    release.to_zarr(target / "release.zarr", mode="w", zarr_format=2, consolidated=False)
    owners.write_parquet(target / "owners.parquet")
    text = json.dumps(asdict(about), ensure_ascii=False, indent=1)
    # The description comes last: a folder without it is no case.
    (target / "case.json").write_text(text, encoding="utf-8")
    return Case(target)


def _by_hour(weather: xr.Dataset) -> dict[Any, Any]:
    """Single precision, an hour a chunk: weather is read hour by hour."""
    found = {}
    for name, field_ in weather.data_vars.items():
        chunks = tuple(1 if d in ("time", "edge") else n for d, n in field_.sizes.items())
        found[name] = {"dtype": "float32", "chunks": chunks}
    return found


def cases(folder: Path) -> list[str]:
    """Names of the cases in a workspace's folder, newest first."""
    found = (folder / FOLDER).glob("*/case.json") if (folder / FOLDER).is_dir() else iter(())
    return [p.parent.name for p in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)]


def open_case(folder: Path, name: str | None = None) -> Case:
    """A case by name; the newest where none is given.

    Raises:
        BadInput: no such case.
    """
    known = cases(folder)
    if not known or (name is not None and name not in known):
        came = repr(name) if name else "none"
        raise BadInput(
            f"a case of {', '.join(known) or 'this workspace'}", came, "make one: airshed transport run"
        )
    return Case(folder / FOLDER / (name or known[0]))
