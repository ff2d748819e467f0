"""The nouns of place: who governs (jurisdiction), who measures (station), who acts together (region)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

__all__ = ["Jurisdiction", "Level", "Membership", "Region", "Role", "Station", "Status"]

Level = Literal["nation", "province", "city", "county"]
Status = Literal["official", "quoted", "derived", "unverified", "made"]
Role = Literal["evaluation", "control", "other"]
"""evaluation: counts in its city's mean; control (对照点): a background site, does not; other: only shown."""


@dataclass(frozen=True)
class Jurisdiction:
    """A government with a division code. ``lon``/``lat`` [deg, WGS-84] are its seat, where known."""

    id: str
    names: dict[str, str]
    level: Level
    parent: str | None
    lon: float | None = None
    lat: float | None = None
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_names(self.id, self.names)
        _check_point(self.id, self.lon, self.lat)


@dataclass(frozen=True)
class Station:
    """A monitor. What changes in its life is a new row with another ``since``, never an edit."""

    id: str
    names: dict[str, str]
    place: str
    lon: float | None = None
    lat: float | None = None
    role: Role = "evaluation"
    same_as: str | None = None
    since: date | None = None
    until: date | None = None
    source: str = ""

    def __post_init__(self) -> None:
        _check_names(self.id, self.names)
        _check_point(self.id, self.lon, self.lat)
        _check_span(self.id, self.since, self.until)


@dataclass(frozen=True)
class Membership:
    """A jurisdiction belongs to a region from ``since`` until (not including) ``until``.

    ``status`` says how well the list is known: ``official`` read in the text itself, ``quoted`` in a text
    that quotes it, ``derived`` from other facts, ``unverified`` from memory; ``made`` in a made region.
    """

    place: str
    since: date | None = None
    until: date | None = None
    status: Status = "quoted"
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        _check_span(self.place, self.since, self.until)

    def holds_on(self, day: date) -> bool:
        """Whether the membership is in force on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Region:
    """Jurisdictions that act together, by dated membership.

    ``root`` is the jurisdiction whose law is the last resort (``cn``); ``utc_offset`` [h] is its standard
    time; ``made`` marks a made (synthetic) region wherever it shows. ``attached`` are county-level units that
    the texts put beside the cities and that are not counted as cities. ``law``: the region gives itself law
    texts, and so stands in the chain of its members between province and nation. ``boundaries`` is the path
    of a GeoJSON file.
    """

    id: str
    names: dict[str, str]
    root: str
    utc_offset: float
    members: tuple[Membership, ...]
    source: str = ""
    made: bool = False
    boundaries: str | None = field(default=None)
    attached: tuple[Membership, ...] = ()
    law: bool = False
    note: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names(self.id, self.names)
        if not self.members:
            raise ValueError(f"region {self.id}: a region wants at least one member")

    def members_on(self, day: date) -> tuple[str, ...]:
        """Ids of the members in force on that day, in the order of the list."""
        return tuple(dict.fromkeys(m.place for m in self.members if m.holds_on(day)))

    def attached_on(self, day: date) -> tuple[str, ...]:
        """Ids of the county-level units attached on that day."""
        return tuple(dict.fromkeys(m.place for m in self.attached if m.holds_on(day)))

    def spans(self) -> tuple[tuple[date | None, date | None], ...]:
        """The different (since, until) of its lists, oldest first; undated ends are the outermost."""
        spans = {(m.since, m.until) for m in self.members}
        return tuple(sorted(spans, key=lambda s: (s[0] or date.min, s[1] or date.max)))


def _check_names(what: str, names: dict[str, str]) -> None:
    if not names.get("zh") or not names.get("en"):
        raise ValueError(f"{what}: names are wanted in zh and en, got {names}")


def _check_point(what: str, lon: float | None, lat: float | None) -> None:
    if (lon is None) != (lat is None):
        raise ValueError(f"{what}: lon and lat come together, got {lon}, {lat}")
    if lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"{what}: a point wants lon -180..180 and lat -90..90, got {lon}, {lat}")


def _check_span(what: str, since: date | None, until: date | None) -> None:
    if since is not None and until is not None and not since < until:
        raise ValueError(f"{what}: since must come before until, got {since} and {until}")
