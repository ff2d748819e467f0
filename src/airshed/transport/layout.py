"""Where each tracer stands: the columns of a class, by the species its mass was emitted as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from airshed.chemistry import CHILDREN, CLASSES, RELEASE_TO_CLASS
from airshed.transport.nouns import RESTS, SPECIES

__all__ = ["CARRIED_RESTS", "Conversion", "Layout", "origins"]

CARRIED_RESTS: Final = RESTS[:3]
"""Rests that travel as tracers of their own; ``older`` is found by footprints, from what was emitted."""


def origins(name: str) -> tuple[str, ...]:
    """Emitted species that reach a class, directly or by conversion, in the order of its blocks.

    >>> origins("fine"), origins("nitrate")
    (('pm25', 'so2', 'nh3', 'voc'), ('nox',))
    """
    reached = {s: {c for c, _ in into} | {CHILDREN[c][0] for c, _ in into if c in CHILDREN}
               for s, into in RELEASE_TO_CLASS.items()}  # fmt: skip
    order = sorted(reached, key=SPECIES.index)
    return tuple(s for s in order if name in reached[s])


@dataclass(frozen=True)
class Conversion:
    """``count`` columns of the parent, from ``source`` on, turn into columns of the child from ``target`` on."""

    parent: str
    child: str
    mass_yield: float
    source: int
    target: int
    count: int


@dataclass(frozen=True)
class Layout:
    """Columns of the forward tracers: per class one block of ``tags`` for each origin, then the rests."""

    tags: int

    def columns(self, name: str) -> int:
        """Number of columns of a class."""
        return len(origins(name)) * self.tags + len(CARRIED_RESTS)

    def block(self, name: str, species: str) -> slice:
        """Columns of a class whose mass was emitted as the species."""
        first = origins(name).index(species) * self.tags
        return slice(first, first + self.tags)

    def rest(self, name: str, rest: str) -> int:
        """Column of a rest in a class."""
        return len(origins(name)) * self.tags + CARRIED_RESTS.index(rest)

    def conversions(self) -> list[Conversion]:
        """What turns into what: block to block of the same origin, rests to rests."""
        found = []
        for parent, (child, mass_yield) in CHILDREN.items():
            for species in origins(parent):
                source, target = self.block(parent, species).start, self.block(child, species).start
                found.append(Conversion(parent, child, mass_yield, source, target, self.tags))
            first, into = (self.rest(c, CARRIED_RESTS[0]) for c in (parent, child))
            found.append(Conversion(parent, child, mass_yield, first, into, len(CARRIED_RESTS)))
        return found

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, in their order."""
        return CLASSES
