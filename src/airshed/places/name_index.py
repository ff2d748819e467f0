"""From a name to a jurisdiction: one dictionary, made once, asked hundreds of thousands of times a second."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Set
from itertools import takewhile

from airshed.places.names import fold, name_keys
from airshed.places.nouns import Jurisdiction, Level

__all__ = ["NameIndex"]

LEVELS: tuple[Level, ...] = ("nation", "province", "city", "county")
REMEMBERED = 65536  # answers kept; enough for every spelling a feed uses

Order = tuple[int, int, int, int]


class NameIndex:
    """All spellings of all jurisdictions.

    Args:
        jurisdictions: by id.
        both: ids that are province and city at once (municipalities).
        former: ids of divisions that are gone; they yield to a present one of equal rank.
    """

    def __init__(self, jurisdictions: Mapping[str, Jurisdiction], both: Set[str], former: Set[str]) -> None:
        self._jurisdictions = jurisdictions
        self._both, self._former = both, former
        self._keys: dict[str, dict[str, int]] = {}
        for jurisdiction in jurisdictions.values():
            for key, rank in _keys_of(jurisdiction):
                held = self._keys.setdefault(key, {})
                held[jurisdiction.id] = min(rank, held.get(jurisdiction.id, rank))
        self._answers: dict[tuple[str, Level | None], str | None] = {}

    def find(self, text: str, prefer: Level | None = None, inside: Set[str] | None = None) -> str | None:
        """The id that is meant, or None where nothing or several are."""
        if inside is not None:
            return self._find(text, prefer, inside)
        try:
            return self._answers[text, prefer]
        except KeyError:
            answer = self._find(text, prefer, None)
            if len(self._answers) < REMEMBERED:
                self._answers[text, prefer] = answer
            return answer

    def candidates(self, text: str) -> list[str]:
        """Every id that answers to a text, the likeliest first."""
        held = self._keys.get(fold(text), {})
        return sorted(held, key=lambda i: self._order(i, held[i], None))

    def near(self, text: str, count: int = 5) -> list[str]:
        """Ids with names close to a text that leads nowhere."""
        close = difflib.get_close_matches(fold(text), self._keys, n=count, cutoff=0.6)
        return list(dict.fromkeys(i for key in close for i in self.candidates(key)))[:count]

    def holding(self, text: str, limit: int) -> list[str]:
        """Ids with a spelling that holds the text: equal ones, then beginnings, then the rest."""
        wanted = fold(text)
        best: dict[str, tuple[int, int]] = {}
        for key, held in self._keys.items():
            if wanted in key:
                closeness = 0 if key == wanted else 1 if key.startswith(wanted) else 2
                for id_ in held:
                    score = (closeness, LEVELS.index(self._jurisdictions[id_].level))
                    best[id_] = min(score, best.get(id_, score))
        return sorted(best, key=lambda i: (*best[i], i))[:limit]

    def _find(self, text: str, prefer: Level | None, inside: Set[str] | None) -> str | None:
        held = self._keys.get(fold(text), {})
        ids = held if inside is None else {i: rank for i, rank in held.items() if i in inside}
        if not ids:
            return self._find_as_path(text, inside)
        ordered = sorted((self._order(i, rank, prefer), i) for i, rank in ids.items())
        first = ordered[0][0]
        equal = list(takewhile(lambda pair: pair[0] == first, ordered))
        return equal[0][1] if len(equal) == 1 else None

    def _order(self, id_: str, rank: int, prefer: Level | None) -> Order:
        level = self._jurisdictions[id_].level
        preferred = prefer is None or level == prefer or (prefer == "city" and id_ in self._both)
        return (int(not preferred), rank, LEVELS.index(level), int(id_ in self._former))

    def _find_as_path(self, text: str, inside: Set[str] | None) -> str | None:
        """A name written with what it lies in: 河北省石家庄市, 北京市朝阳区."""
        whole = fold(text)
        for cut in range(len(whole) - 1, 1, -1):
            above = [i for i in self._keys.get(whole[:cut], {}) if self._jurisdictions[i].level != "county"]
            below = self._keys.get(whole[cut:], {})
            ids = {
                i
                for i in below
                if any(self._lies_in(i, a) for a in above) and (inside is None or i in inside)
            }
            if len(ids) == 1:
                return ids.pop()
        return None

    def _lies_in(self, id_: str, above: str) -> bool:
        parent = self._jurisdictions[id_].parent
        while parent is not None and parent != above:
            parent = self._jurisdictions[parent].parent if parent in self._jurisdictions else None
        return parent == above


def _keys_of(jurisdiction: Jurisdiction) -> set[tuple[str, int]]:
    keys = {(fold(jurisdiction.id), 0)}
    keys |= set(name_keys(jurisdiction.names["zh"], jurisdiction.names["en"], jurisdiction.aliases))
    if jurisdiction.id.startswith("gb2260:"):
        keys.add((jurisdiction.id.removeprefix("gb2260:"), 0))
    return {(key, rank) for key, rank in keys if key}
