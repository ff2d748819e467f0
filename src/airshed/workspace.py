"""A workspace: one folder with its settings, database, lake, record, gazetteer and law book.

my-region/
  airshed.toml      settings (below)
  airshed.db        catalogue and record (unless settings name a PostgreSQL URL)
  lake/             Parquet files
  places/           the user's own regions and stations
  law/              the user's own law texts
  cache/            anything that can be made again
"""

from __future__ import annotations

import json
import os
import threading
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from airshed import record
from airshed.errors import BadInput, NotAWorkspace, StoreError
from airshed.law import Book
from airshed.places import Gazetteer, Region, Station
from airshed.quantities import Clock
from airshed.store import (
    OBSERVATIONS,
    Database,
    DuckDBEngine,
    Engine,
    Lake,
    Snapshot,
    View,
    add_stations,
    count_stations,
    read_stations,
    sync_folder,
)

__all__ = ["Settings", "Workspace", "init", "open_workspace"]

SETTINGS_FILE = "airshed.toml"
_REMEMBERED = 64
"""Results kept in memory; a year of a region's city days is about 4 MB."""

_SPELLED_OUT = 24
"""More places than this go as a table: a query of hundreds of literals takes longer to write than to run."""

Form = Literal["polars", "arrow", "pandas"]


@dataclass(frozen=True)
class Settings:
    """What ``airshed.toml`` says.

    Parameters:
        region: the region pages open on.
        language: ``zh`` or ``en``.
        database: ``sqlite`` (a file in the folder) or an SQLAlchemy URL; ``$NAME`` is read from the environment.
        prefer: sources, most trusted first, for values that several sources give; unnamed ones follow by name.
        memory_limit: what DuckDB may use, such as ``3GB``; empty leaves its default.
    """

    region: str = "bth13"
    language: str = "zh"
    database: str = "sqlite"
    prefer: tuple[str, ...] = ()
    memory_limit: str = ""

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Settings from a file.

        Raises:
            BadInput: not TOML, or a setting nobody knows.
        """
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"settings in TOML in {path.name}", str(error), "mend the line") from error
        if unknown := set(raw) - set(cls.__dataclass_fields__):
            known = ", ".join(cls.__dataclass_fields__)
            raise BadInput(f"settings {known} in {path.name}", ", ".join(sorted(unknown)), "remove or rename")
        for name, value in raw.items():
            listed = name == "prefer" and isinstance(value, list) and all(isinstance(v, str) for v in value)
            if not listed and (name == "prefer" or not isinstance(value, str)):
                wanted = "a list of sources" if name == "prefer" else "a text in quotes"
                raise BadInput(f"{name} in {path.name} as {wanted}", repr(value), "mend the line")
        return cls(**{**raw, "prefer": tuple(raw.get("prefer", ()))})

    def __post_init__(self) -> None:
        if self.language not in ("zh", "en"):
            raise BadInput("language zh or en", repr(self.language), f"mend {SETTINGS_FILE}")

    def text(self) -> str:
        """The file these settings are written as."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        # A JSON text or list of texts is also one of TOML.
        lines = [f"{name} = {json.dumps(v, ensure_ascii=False)}\n" for name, v in values.items()]
        return "# Airshed workspace. Every setting is explained in docs/workspace.md.\n" + "".join(lines)

    def url(self, folder: Path) -> str | sa.URL:
        """The database URL."""
        if self.database == "sqlite":
            return sa.URL.create("sqlite", database=str((folder / "airshed.db").resolve()))
        if self.database.startswith("$"):
            name = self.database[1:]
            if not os.environ.get(name):
                raise BadInput(
                    f"the database URL in the environment variable {name}", "nothing", f"set {name}"
                )
            return os.environ[name]
        return self.database


class Workspace:
    """The library's face: everything one region's people know, in one place."""

    def __init__(self, folder: Path, settings: Settings, engine: Engine | None = None) -> None:
        self.folder = folder
        self.settings = settings
        self.database = Database(settings.url(folder))
        self.database.migrate()
        self.lake = Lake(folder / "lake")
        if not self.lake.folder.is_dir():
            self.lake.folder.mkdir(exist_ok=True)
            sync_folder(folder)
        self.engine: Engine = engine or DuckDBEngine(
            settings.memory_limit or None, spill=folder / "cache" / "duckdb"
        )
        self._gazetteer: Gazetteer | None = None
        self._met: list[dict[str, Any]] = []
        self._mark = (0, 0)
        self._memory: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r}, region={self.settings.region!r})"

    # -- who and what ------------------------------------------------------------------------------------------

    @cached_property
    def law(self) -> Book:
        """The law book: packaged texts, then the workspace's own under ``law/``."""
        own = self.folder / "law"
        return Book.load([own] if own.is_dir() else [])

    @property
    def gazetteer(self) -> Gazetteer:
        """Jurisdictions, stations and regions: packaged, the workspace's own, and stations met in feeds.

        Another process may have met stations since, so the database is asked each time, and what was reckoned with
        the old ones is forgotten.
        """
        with self.database.read() as connection:
            # New stations change the count; a station that is changed comes with an act.
            mark = (count_stations(connection), record.head(connection)[0])
            if self._gazetteer is not None and mark == self._mark:
                return self._gazetteer
            met = read_stations(connection)
        with self._lock:
            if self._gazetteer is None or met != self._met:
                own = self.folder / "places"
                stations = [_station(row) for row in met]
                self._gazetteer = Gazetteer.load([own] if own.is_dir() else [], stations=stations)
                self._met = met
                self._memory.clear()
            self._mark = mark
            return self._gazetteer

    def remember_stations(
        self, connection: sa.Connection, stations: Sequence[Station], *, replace: bool
    ) -> int:
        """Keep stations inside a write transaction; the gazetteer has them once it is committed."""
        return add_stations(connection, [_row(s) for s in stations], replace=replace)

    def region(self, key: str | None = None) -> Region:
        """A region by id; the workspace's own by default."""
        return self.gazetteer.region(key or self.settings.region)

    def regions(self) -> list[Region]:
        """All regions known here."""
        return list(self.gazetteer.regions())

    def clock(self, region: str | None = None) -> Clock:
        """The standard time of a region."""
        return Clock(self.region(region).utc_offset)

    # -- reading -----------------------------------------------------------------------------------------------

    def snapshot(self, version: int | None = None, as_of: datetime | None = None) -> Snapshot:
        """The lake as it is, at a version, or as it was known at an instant."""
        with self.database.read() as connection:
            return self.lake.snapshot(connection, version, as_of)

    def acts(self, view: View, kind: str | None = None) -> list[record.Entry]:  # noqa: ARG002 -- views narrow later
        """The record, in order."""
        with self.database.read() as connection:
            return list(record.entries(connection, kind))

    def query(
        self,
        view: View,  # noqa: ARG002 -- views narrow later
        *,
        places: Sequence[str] | None = None,
        variables: Sequence[str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        period: int | None = None,
        snapshot: Snapshot | None = None,
    ) -> Any:
        """Current rows as an Ibis table over the snapshot's files: ``[start, end)`` by interval start.

        Parameters:
            period: averaging time [min]; None for all.
            snapshot: the version to read; the newest by default.
        """
        snap = snapshot or self.snapshot()
        files = snap.files(period=period, start=start, end=end)
        table = self.engine.parquet(snap.paths(files), OBSERVATIONS)
        if places is not None:
            table = self._of_places(table, places)
        if variables is not None:
            table = table.filter(table.variable.isin(list(variables)))
        if start is not None:
            table = table.filter(table.start >= start)
        if end is not None:
            table = table.filter(table.start < end)
        return table

    def _of_places(self, table: Any, places: Sequence[str]) -> Any:
        if len(places) <= _SPELLED_OUT:
            return table.filter(table.place.isin(list(places)))
        wanted = self.engine.frame(pl.DataFrame({"place": sorted(set(places))}))
        return table.semi_join(wanted, "place")

    def observations(
        self,
        *,
        view: View | None = None,
        places: Sequence[str] | None = None,
        variables: Sequence[str] | None = None,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        period: int | None = None,
        as_of: datetime | None = None,
        form: Form = "polars",
    ) -> Any:
        """Observations as a Polars, Arrow or pandas table with the columns of ``store.OBSERVATIONS``.

        Parameters:
            places: ids, or names of jurisdictions.
            start, end: UTC instants, or local days of the workspace's region (``end`` included when a day).
            as_of: read what was known at that instant.

        Raises:
            UnknownPlace: a name that means nothing, or more than one thing.
        """
        if places is not None:
            places = [p if ":" in p else self.gazetteer.require(p, prefer="city") for p in places]
        table = self.query(
            view or View.everything(),
            places=places,
            variables=variables,
            start=self._instant(start, last=False),
            end=self._instant(end, last=True),
            period=period,
            snapshot=self.snapshot(as_of=as_of),
        )
        arrow = self.engine.run(table.order_by(["place", "variable", "start"]))
        if form == "arrow":
            return arrow
        return arrow.to_pandas() if form == "pandas" else pl.DataFrame(pl.from_arrow(arrow))

    def _instant(self, when: date | datetime | None, *, last: bool) -> datetime | None:
        if when is None or isinstance(when, datetime):
            return when
        day = self.clock().day(when)
        return day.end if last else day.start

    def remembered(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, kept for the next time the same key is asked for (keys name the lake version)."""
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        value = make()
        with self._lock:
            self._memory[key] = value
            while len(self._memory) > _REMEMBERED:
                self._memory.popitem(last=False)
        return value

    def forget(self) -> None:
        """Drop what is remembered; only measuring needs it, since every key names its version."""
        with self._lock:
            self._memory.clear()

    # -- writing -----------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """The one write transaction: lake commits and acts go through it together."""
        with self.database.write() as connection:
            yield connection

    def close(self) -> None:
        """Close connections."""
        self.database.dispose()


def _station(row: dict[str, Any]) -> Station:
    return Station(
        id=row["id"],
        names={"zh": row["name_zh"], "en": row["name_en"]},
        place=row["place"],
        lon=row["lon"],
        lat=row["lat"],
        role=row["role"],
        same_as=row["same_as"],
        since=date.fromisoformat(row["since"]) if row["since"] else None,
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        source=row["source"],
    )


def _row(station: Station) -> dict[str, Any]:
    return {
        "id": station.id,
        "since": station.since.isoformat() if station.since else "",
        "until": station.until.isoformat() if station.until else None,
        "name_zh": station.names["zh"],
        "name_en": station.names["en"],
        "place": station.place,
        "lon": station.lon,
        "lat": station.lat,
        "role": station.role,
        "same_as": station.same_as,
        "source": station.source,
    }


def open_workspace(folder: str | Path, engine: Engine | None = None) -> Workspace:
    """Open a workspace folder.

    Raises:
        NotAWorkspace: no ``airshed.toml`` there.
    """
    path = Path(folder)
    if not (path / SETTINGS_FILE).is_file():
        raise NotAWorkspace(f"a workspace ({SETTINGS_FILE}) in {path}", "none", f"run `airshed init {path}`")
    return Workspace(path, Settings.read(path / SETTINGS_FILE), engine)


def init(folder: str | Path, settings: Settings | None = None) -> Workspace:
    """Make a workspace; an existing one is opened, and its settings are left alone.

    Raises:
        StoreError: the folder cannot be made.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in ("places", "law", "cache"):
            (path / name).mkdir(exist_ok=True)
        if not (path / SETTINGS_FILE).exists():
            draft = path / f"{SETTINGS_FILE}.new"
            draft.write_text((settings or Settings()).text(), encoding="utf-8")
            draft.replace(path / SETTINGS_FILE)  # whole, or not there at all
            sync_folder(path)
            sync_folder(path.resolve().parent)
    except OSError as error:
        raise StoreError(
            f"to make a workspace in {path}", str(error), "choose a folder you may write to"
        ) from error
    return open_workspace(path)
