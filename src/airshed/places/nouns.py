"""The nouns of place: who governs (jurisdiction), who measures (station), who acts together (region)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

__all__ = ["Jurisdiction", "Level", "Membership", "Region", "Role", "Station"]

Level = Literal["nation", "province", "city", "county"]
Role = Literal["evaluation", "control", "other"]
"""evaluation: counts in its city's mean; control (对照点): a background site that does not; other: shown only."""


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
    """A jurisdiction belongs to a region from ``since`` until (not including) ``until``."""

    place: str
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        _check_span(self.place, self.since, self.until)

    def holds_on(self, day: date) -> bool:
        """Whether the membership is in force on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Region:
    """Jurisdictions that act together, by dated membership.

    ``root`` is the jurisdiction whose law is the last resort (``cn``); ``utc_offset`` [h] is its standard time;
    ``made`` marks a made (synthetic) region wherever it shows.
    """

    id: str
    names: dict[str, str]
    root: str
    utc_offset: float
    members: tuple[Membership, ...]
    source: str = ""
    made: bool = False
    boundaries: str | None = field(default=None)

    def __post_init__(self) -> None:
        _check_names(self.id, self.names)
        if not self.members:
            raise ValueError(f"region {self.id}: a region wants at least one member")

    def members_on(self, day: date) -> tuple[str, ...]:
        """Ids of the members in force on that day, in the order of the list."""
        return tuple(dict.fromkeys(m.place for m in self.members if m.holds_on(day)))


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
