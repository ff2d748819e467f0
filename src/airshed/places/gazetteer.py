"""Who is where: all jurisdictions, stations and regions a workspace knows, and every way of naming them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import polars as pl

from airshed.errors import BadInput, UnknownPlace
from airshed.places.divisions import FORMER, chinese_divisions, packaged_stations
from airshed.places.name_index import NameIndex
from airshed.places.names import fold
from airshed.places.nouns import Jurisdiction, Level, Region, Station
from airshed.places.region_files import region_jurisdictions, region_of, spreadsheet_of
from airshed.places.stations_file import read_stations
from airshed.places.yaml_lines import Document, read_document

__all__ = ["Gazetteer"]

MUNICIPALITIES = frozenset({"gb2260:110000", "gb2260:120000", "gb2260:310000", "gb2260:500000"})
STATION_COLUMNS = {
    "id": pl.String, "place": pl.String, "city": pl.String, "role": pl.String, "since": pl.Date,
    "until": pl.Date, "same_as": pl.String, "lon": pl.Float64, "lat": pl.Float64,
    "name_zh": pl.String, "name_en": pl.String,
}  # fmt: skip


class Gazetteer:
    """All jurisdictions, stations and regions a workspace knows. Made by :meth:`load`; it does not change."""

    def __init__(
        self,
        jurisdictions: Iterable[Jurisdiction],
        regions: Iterable[Region] = (),
        stations: Iterable[Station] = (),
        index: NameIndex | None = None,
    ) -> None:
        self._jurisdictions = {j.id: j for j in jurisdictions}
        self._regions = {r.id: r for r in regions}
        self._region_names = {
            fold(n): r.id for r in self._regions.values() for n in (r.id, *r.names.values())
        }
        self._names = index or NameIndex(self._jurisdictions, MUNICIPALITIES, FORMER)
        self._children: dict[str, list[str]] = {}
        for j in self._jurisdictions.values():
            if j.parent:
                self._children.setdefault(j.parent, []).append(j.id)
        self._stations: dict[str, list[Station]] = {}
        for station in stations:
            self._add(station)
        self._named = self._station_names()

    @classmethod
    def load(cls, folders: Sequence[Path] = (), stations: Iterable[Station] = ()) -> Gazetteer:
        """The packaged places, then those of each folder (``*.yaml`` region files), then ``stations``.

        A later region of the same id replaces an earlier one; so does a later jurisdiction or station.

        Args:
            folders: folders with region files; a workspace's ``places/`` is one.
            stations: further stations, as a workspace has met them.

        Raises:
            BadInput: every fault of every file at once, each with file, line and field.
        """
        with as_file(files("airshed.places") / "regions") as packaged:
            documents = [
                read_document(path) for folder in (packaged, *folders) for path in _region_files(folder)
            ]
        own = [j for document in documents for j in region_jurisdictions(document)]
        base = cls([*chinese_divisions(), *own])
        regions = [region_of(document, base.resolve) for document in documents]
        faults = [fault for document in documents for fault in document.faults] + base._orphans(own)
        spreadsheets, more = _spreadsheet_stations(documents, base)
        if faults or more:
            raise BadInput(
                "region files in order are wanted", "\n".join(faults + more), "correct these lines"
            )
        every = (*packaged_stations(), *spreadsheets, *stations)
        return cls(base._jurisdictions.values(), [r for r in regions if r], every, base._names)

    # --- jurisdictions -------------------------------------------------------------------------------------

    def jurisdiction(self, id: str) -> Jurisdiction:  # noqa: A002
        """The jurisdiction of that id.

        Raises:
            UnknownPlace: no such id.
        """
        found = self._jurisdictions.get(id)
        if found is None:
            raise UnknownPlace("the id of a jurisdiction is wanted", repr(id), self._near(id))
        return found

    def jurisdictions(self, level: Level | None = None) -> tuple[Jurisdiction, ...]:
        """All jurisdictions, or those of one level."""
        return tuple(j for j in self._jurisdictions.values() if level in (None, j.level))

    def resolve(self, text: str, within: str | None = None, prefer: Level | None = None) -> str | None:
        """The id a name, pinyin or code leads to; None where nothing, or more than one thing, is meant.

        Where a name is that of a province and of a city (吉林, 海南), the higher level is meant, unless
        ``within`` or ``prefer`` says otherwise.

        Args:
            text: Chinese with or without 市/省/地区/自治州, English, pinyin, or a code (``gb2260:`` or not).
            within: id of a jurisdiction or region; only places within it are considered.
            prefer: the level to try first; a municipality counts as a city.
        """
        return self._names.find(text, prefer, self._inside(within) if within else None)

    def resolve_city(self, text: str, within: str | None = None) -> str | None:
        """As :meth:`resolve`, for a column of cities: 吉林 is the city, not the province."""
        return self.resolve(text, within, prefer="city")

    def require(self, text: str, within: str | None = None, prefer: Level | None = None) -> str:
        """As :meth:`resolve`, but a name that leads nowhere is an error that shows what is near.

        Raises:
            UnknownPlace: nothing, or more than one thing, is meant.
        """
        found = self.resolve(text, within, prefer)
        if found is None:
            raise UnknownPlace("the name or code of a place is wanted", repr(text), self._near(text))
        return found

    def children(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """Ids of the jurisdictions directly under one; of a municipality, its districts."""
        return tuple(self._children.get(id, ()))

    def city_of(self, id: str) -> str | None:  # noqa: A002
        """The city that a jurisdiction or station lies in (itself, where it is one); None above cities.

        Municipalities are province and city at once. A county-level city directly under its province
        (济源) is its own city.
        """
        place = self._place_of(id)
        while place is not None:
            found = self._jurisdictions.get(place)
            if found is None or found.level == "nation":
                return None
            parent = self._jurisdictions.get(found.parent or "")
            if found.level == "city" or place in MUNICIPALITIES:
                return place
            if found.level == "county" and parent is not None and _stands_alone(parent):
                return place
            place = found.parent
        return None

    def chain(self, id: str, on: date | None = None) -> tuple[str, ...]:  # noqa: A002
        """Where law is looked for, nearest first: city, province, regions with law of their own, nation.

        Args:
            id: of a jurisdiction, a station, or a region (then the region and its root).
            on: the day for which a region's membership is asked; without it any membership counts.

        Raises:
            UnknownPlace: no such id.
        """
        region = self._regions.get(id)
        if region is not None:
            return tuple(dict.fromkeys((*((region.id,) if region.law else ()), region.root)))
        ladder: list[str] = []
        place: str | None = self.jurisdiction(self._place_of(id) or id).id
        while place is not None and place not in ladder:
            ladder.append(place)
            place = self._jurisdictions[place].parent if place in self._jurisdictions else None
        lawful = [r.id for r in self._regions.values() if r.law and _has_member(r, ladder, on)]
        nations = [p for p in ladder if p in self._jurisdictions and self._jurisdictions[p].level == "nation"]
        return (*(p for p in ladder if p not in nations), *lawful, *nations)

    def search(self, text: str, limit: int = 24) -> list[Jurisdiction | Station | Region]:
        """Places whose name, pinyin, code or id holds the text: exact ones first, then by level.

        Args:
            text: any part of a name or code.
            limit: at most so many.
        """
        wanted = fold(text)
        if not wanted:
            return []
        found: list[Jurisdiction | Station | Region] = [
            r for r in self._regions.values() if any(wanted in fold(n) for n in (r.id, *r.names.values()))
        ]
        found += [self._jurisdictions[i] for i in self._names.holding(text, limit)]
        for lives in self._stations.values():
            if any(wanted in fold(n) for n in (lives[-1].id, *lives[-1].names.values())):
                found.append(lives[-1])
        return found[:limit]

    # --- regions -------------------------------------------------------------------------------------------

    def region(self, id: str) -> Region:  # noqa: A002
        """The region of that id (or of that name).

        Raises:
            UnknownPlace: no such region.
        """
        found = self._regions.get(id) or self._regions.get(self._region_names.get(fold(id), ""))
        if found is None:
            raise UnknownPlace("the id of a region is wanted", repr(id), f"known: {', '.join(self._regions)}")
        return found

    def regions(self) -> tuple[Region, ...]:
        """All regions, the packaged ones first."""
        return tuple(self._regions.values())

    # --- stations ------------------------------------------------------------------------------------------

    def station(self, id: str) -> Station:  # noqa: A002
        """The station of that id, as it last was.

        Raises:
            UnknownPlace: no such station.
        """
        lives = self._stations.get(id)
        if not lives:
            near = difflib.get_close_matches(id, self._stations, n=3, cutoff=0.6)
            advice = f"near: {', '.join(near)}" if near else "import its station list first"
            raise UnknownPlace("the id of a station is wanted", repr(id), advice)
        return self._located(lives[-1])

    def has_station(self, id: str) -> bool:  # noqa: A002
        """Whether a station of that id is known."""
        return id in self._stations

    def stations(self, places: Iterable[str] | None = None, on: date | None = None) -> tuple[Station, ...]:
        """Stations, one row each life.

        Args:
            places: ids of jurisdictions, regions or stations; only stations in them. None: all.
            on: only stations (lives) that stand on that day. Without it, all lives.
        """
        inside = None if places is None else [self._inside(p) | {p} for p in places]
        rows = (s for lives in self._stations.values() for s in lives if on is None or _stands(s, on))
        return tuple(
            self._located(s) for s in rows
            if inside is None or any(s.place in area or s.id in area for area in inside)
        )  # fmt: skip

    def station_named(self, name: str, place: str | None = None) -> Station | None:
        """The one station of that name (Chinese or English), in ``place`` if given; else None."""
        area = self._inside(place) | {place} if place else None
        ids = [
            i for i in self._named.get(fold(name), ()) if area is None or self._stations[i][-1].place in area
        ]
        distinct = {self._stations[i][-1].same_as or i: i for i in ids}
        return self.station(next(iter(distinct.values()))) if len(distinct) == 1 else None

    def with_stations(self, stations: Iterable[Station]) -> Gazetteer:
        """The same places with further stations; one of the same id and ``since`` replaces the old."""
        known = [s for lives in self._stations.values() for s in lives]
        every = (*known, *stations)
        return Gazetteer(self._jurisdictions.values(), self._regions.values(), every, self._names)

    def station_table(self) -> pl.DataFrame:
        """Every life of every station: its fields, ``city`` by :meth:`city_of`, name_zh and name_en."""
        rows = [
            (s.id, s.place, self.city_of(s.place), s.role, s.since, s.until, s.same_as, s.lon, s.lat,
             s.names["zh"], s.names["en"])
            for s in self.stations()
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=STATION_COLUMNS, orient="row")

    # --- inside --------------------------------------------------------------------------------------------

    def _add(self, station: Station) -> None:
        lives = [s for s in self._stations.get(station.id, []) if s.since != station.since]
        self._stations[station.id] = sorted([*lives, station], key=lambda s: s.since or date.min)

    def _station_names(self) -> Mapping[str, list[str]]:
        named: dict[str, list[str]] = {}
        for id_, lives in self._stations.items():
            for name in {fold(n) for s in lives for n in s.names.values()}:
                named.setdefault(name, []).append(id_)
        return named

    def _located(self, station: Station) -> Station:
        """A station without a point takes that of the station it is the same as, where that is known."""
        twin = self._stations.get(station.same_as or "")
        if station.lon is not None or not twin or twin[-1].lon is None:
            return station
        return replace(station, lon=twin[-1].lon, lat=twin[-1].lat)

    def _place_of(self, id_: str) -> str | None:
        if id_ in self._jurisdictions:
            return id_
        lives = self._stations.get(id_)
        return lives[-1].place if lives else None

    def _inside(self, id_: str) -> frozenset[str]:
        """Ids of all jurisdictions under one, or under any member a region ever had."""
        region = self._regions.get(id_)
        open_ = [m.place for m in region.members] if region else list(self.children(id_))
        found: set[str] = set()
        while open_:
            place = open_.pop()
            if place not in found:
                found.add(place)
                open_.extend(self.children(place))
        return frozenset(found)

    def _orphans(self, own: Iterable[Jurisdiction]) -> list[str]:
        """A fault for each jurisdiction whose parent nobody knows."""
        return [
            f"{j.id}: parent: wanted a known jurisdiction, got {j.parent!r}"
            for j in own if j.parent and j.parent not in self._jurisdictions
        ]  # fmt: skip

    def _near(self, text: str) -> str:
        several = self._names.candidates(text)
        ids = several or self._names.near(text)
        if not ids:
            return "search for it with: airshed places search"
        shown = ", ".join(f"{self._jurisdictions[i].names['zh']} ({i})" for i in ids[:5])
        return f"several are called so: {shown}" if several else f"near: {shown}"


def _region_files(folder: Path) -> list[Path]:
    return sorted(p for p in Path(folder).iterdir() if p.suffix in {".yaml", ".yml"})


def _spreadsheet_stations(documents: Sequence[Document], base: Gazetteer) -> tuple[list[Station], list[str]]:
    stations: list[Station] = []
    faults: list[str] = []
    for path in filter(None, map(spreadsheet_of, documents)):
        found, wrong = read_stations(path, base)
        stations += found
        faults += wrong
    return stations, faults


def _stands_alone(parent: Jurisdiction) -> bool:
    """Whether a county-level unit directly under this parent is a city of its own, not a municipality's."""
    return parent.level in {"province", "nation"} and parent.id not in MUNICIPALITIES


def _has_member(region: Region, ladder: Sequence[str], on: date | None) -> bool:
    return any(m.place in ladder and (on is None or m.holds_on(on)) for m in region.members)


def _stands(station: Station, day: date) -> bool:
    return (station.since is None or station.since <= day) and (station.until is None or day < station.until)
