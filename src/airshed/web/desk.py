"""What a page function is handed: the workspace, the state asked for, words, and a memory of past work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, TypeVar

from airshed.errors import UnknownPlace
from airshed.places import Gazetteer, Region
from airshed.quantities.clock import Clock
from airshed.store.view import View
from airshed.web.state import State
from airshed.web.words import Words

if TYPE_CHECKING:
    from airshed.workspace import Workspace

__all__ = ["Desk", "Memory"]

_Thing = TypeVar("_Thing")
_ROOM = 256


class Memory:
    """The last results of costly work, by what they were made from. Nothing in it is ever stale: the key says all."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()
        self._making: dict[Hashable, RLock] = {}

    def get(self, key: Hashable, make: Callable[[], _Thing]) -> _Thing:
        """What was made for this key, or make it now; a second asker waits for the first instead of making it again."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: _Thing = self._kept[key]
                return kept
            turn = self._making.setdefault(key, RLock())
        with turn:
            if key in self._kept:
                return self._kept[key]  # type: ignore[no-any-return]
            made = make()
            with self._lock:
                self._kept[key] = made
                self._making.pop(key, None)
                while len(self._kept) > self._room:
                    self._kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class Desk:
    """One request's working place. ``stamp`` names the lake version and law digest every figure stands on."""

    workspace: Workspace
    state: State
    words: Words
    now: datetime
    memory: Memory
    view: View
    stamp: tuple[str, ...]

    def remember(self, key: Hashable, make: Callable[[], _Thing]) -> _Thing:
        """Keep a result for as long as lake and law stay what they are."""
        return self.memory.get((self.stamp, key), make)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """All places of the workspace, the same ones for the whole request (asking looks into the database)."""
        return self.workspace.gazetteer

    @cached_property
    def region(self) -> Region:
        """The region asked for, else the workspace's own.

        Raises:
            UnknownPlace: no such region.
        """
        return self.gazetteer.region(self.state.region or self.workspace.settings.region)

    @property
    def clock(self) -> Clock:
        """Local time of the region."""
        return Clock(self.region.utc_offset)

    def name(self, place: str) -> str:
        """A place's name in the page's language; its id where the gazetteer does not know it."""
        if said := self.words.say_or(f"place.{place}", ""):
            return said
        try:
            return self.words.name(self.gazetteer.jurisdiction(place).names)
        except UnknownPlace:
            return place
