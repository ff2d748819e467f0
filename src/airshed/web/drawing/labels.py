"""Marks that do not hide each other, and names that do not hide marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

__all__ = ["CHIP", "NARROW_CHIP", "Box", "Side", "place_names", "push_apart"]

Side = str
"""Where a name stands beside its mark: ``below``, ``above``, ``right``, ``left``, or ``none`` where no room is."""

CHIP = (62.0, 40.0)
"""Width and height of a mark in units of a picture 1000 wide, as a screen of 1440 px shows it."""
NARROW_CHIP = (84.0, 52.0)
"""The same on a screen of 390 px, where marks are smaller but the picture is smaller still."""
LETTER = 21.0
LINE = 30.0
_ROUNDS = 60


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def push_apart(
    points: Sequence[tuple[float, float]], chip: tuple[float, float] = CHIP
) -> list[tuple[float, float]]:
    """Move marks that overlap a little aside, never farther than a mark is wide.

    >>> push_apart([(100, 100), (500, 500)])
    [(100, 100), (500, 500)]
    """
    moved = [list(p) for p in points]
    for _ in range(_ROUNDS):
        if sum(_push(a, b, chip) for a, b in combinations(moved, 2)) == 0:
            break
    return [_near(tuple(m), p, chip[0]) for m, p in zip(moved, points, strict=True)]  # type: ignore[arg-type]


def _push(a: list[float], b: list[float], chip: tuple[float, float]) -> bool:
    """Part two marks along the axis on which they overlap least."""
    over = [chip[k] - abs(a[k] - b[k]) for k in (0, 1)]
    if min(over) <= 0:
        return False
    axis = 0 if over[0] < over[1] else 1
    step = over[axis] / 2 + 0.5
    direction = 1 if a[axis] < b[axis] else -1
    a[axis] -= direction * step
    b[axis] += direction * step
    return True


def _near(moved: tuple[float, float], home: tuple[float, float], most: float) -> tuple[float, float]:
    x, y = (min(home[k] + most, max(home[k] - most, moved[k])) for k in (0, 1))
    return x, y


def place_names(
    points: Sequence[tuple[float, float]], names: Sequence[str], size: tuple[float, float] = CHIP
) -> list[Side]:
    """For each mark the first side on which its name hides neither a mark nor another name."""
    wide, high = size
    chips = [Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2) for x, y in points]
    taken = list(chips)
    sides: list[Side] = []
    for chip, name in zip(chips, names, strict=True):
        others = [t for t in taken if t is not chip]
        for side, box in _candidates(chip, _width(name)).items():
            if not any(box.meets(t) for t in others):
                sides.append(side)
                taken.append(box)
                break
        else:
            sides.append("none")
    return sides


def _width(name: str) -> float:
    return sum(LETTER if ord(c) > 0x2E80 else LETTER * 0.56 for c in name)


def _candidates(chip: Box, width: float) -> dict[Side, Box]:
    middle, across = (chip.left + chip.right) / 2, (chip.top + chip.bottom) / 2
    low, high = across - LINE / 2, across + LINE / 2
    return {
        "below": Box(middle - width / 2, chip.bottom, middle + width / 2, chip.bottom + LINE),
        "above": Box(middle - width / 2, chip.top - LINE, middle + width / 2, chip.top),
        "right": Box(chip.right + 4, low, chip.right + 4 + width, high),
        "left": Box(chip.left - 4 - width, low, chip.left - 4, high),
    }
