"""Where a feed writes down what it had to refuse: the first thousand one by one, the rest in groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from airshed.observations.schema import Refusal

__all__ = ["ONE_BY_ONE", "Complaints"]

ONE_BY_ONE = 1_000


class Complaints:
    """Refusals in the order met. After ``ONE_BY_ONE`` of them, equal kinds are counted together."""

    def __init__(self) -> None:
        self._single: list[Refusal] = []
        self._grouped: dict[tuple[str, str | None, str, str], Refusal] = {}

    def add(self, refusal: Refusal) -> None:
        """Write one down."""
        if len(self._single) < ONE_BY_ONE:
            self._single.append(refusal)
            return
        key = (refusal.file, refusal.column, refusal.wanted, refusal.advice)
        before = self._grouped.get(key)
        count = refusal.count + (before.count if before else 0)
        self._grouped[key] = replace(before or refusal, count=count)

    def extend(self, refusals: Iterable[Refusal]) -> None:
        """Write several down."""
        for refusal in refusals:
            self.add(refusal)

    @property
    def room(self) -> int:
        """How many more can still be written one by one."""
        return ONE_BY_ONE - len(self._single)

    def take(self) -> tuple[Refusal, ...]:
        """All refusals so far; the list is empty afterwards, so that no batch repeats another's."""
        taken = (*self._single, *self._grouped.values())
        self._single, self._grouped = [], {}
        return taken
