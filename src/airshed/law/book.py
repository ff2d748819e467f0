"""The law book: what held on a day, in a place, about a subject."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from airshed.errors import BadLawText, LawNotFound
from airshed.law.provision import Provision
from airshed.law.reading import digest_of, law_files, read_text

__all__ = ["WORLD", "Book", "LawView"]

WORLD = "world"
"""The place every chain ends in without saying so: guidelines that bind nobody stand there."""


class LawView(Mapping[str, Provision]):
    """The law of one day and place: a mapping from subject to the provision that holds."""

    def __init__(self, day: date, chain: Sequence[str], provisions: Mapping[str, Provision]) -> None:
        self.day, self.chain = day, tuple(chain)
        self._provisions = dict(provisions)

    @property
    def digest(self) -> str:
        """sha256 over the provisions that hold; equal for two days or places under the same law."""
        return digest_of({subject: p.digest for subject, p in self._provisions.items()})

    def __getitem__(self, subject: str) -> Provision:
        """The provision on a subject.

        Raises:
            LawNotFound: none holds there on that day.
        """
        if subject not in self._provisions:
            raise LawNotFound(
                f"a provision on {subject!r} for {self.chain[0]} on {self.day}",
                f"none in {' > '.join(self.chain)}",
                f"on that day there are {', '.join(sorted(self._provisions)) or 'none at all'}",
            )
        return self._provisions[subject]

    def __contains__(self, subject: object) -> bool:
        return subject in self._provisions

    def __iter__(self) -> Iterator[str]:
        return iter(self._provisions)

    def __len__(self) -> int:
        return len(self._provisions)


class Book:
    """All provisions, dated and sourced.

    Raises:
        BadLawText: two provisions hold on the same day and place for one subject and neither is chosen.
    """

    def __init__(self, provisions: Iterable[Provision]) -> None:
        self.provisions = tuple(sorted(provisions, key=lambda p: (p.subject, p.place, p.since, p.version)))
        _refuse_overlaps(self.provisions)

    @classmethod
    def load(cls, folders: Iterable[Path | str] = ()) -> Book:
        """The texts that come with Airshed, and those of further folders (a workspace's ``law``).

        Parameters:
            folders: each is searched for ``.yaml`` files, subfolders too; one that does not exist holds none.

        Raises:
            BadLawText: a file is not well formed; the message names it and every fault.
        """
        found = list(_packaged())
        for folder in map(Path, folders):
            if folder.is_dir():
                found += _read_folder(folder)
        return cls(found)

    @property
    def digest(self) -> str:
        """sha256 over the content of all provisions; changes when and only when the content does."""
        return digest_of(sorted(p.digest for p in self.provisions))

    def on(self, day: date, chain: Sequence[str]) -> LawView:
        """What holds on a day in a place.

        Parameters:
            day: local day.
            chain: place ids, nearest first, ending with the nation:
                ``("gb2260:130200", "gb2260:130000", "cn")``.

        >>> Book.load().on(date(2015, 6, 1), ("cn",))["index"].version
        'HJ 633-2012'
        """
        places = (*chain, WORLD) if WORLD not in chain else tuple(chain)
        holding: dict[str, Provision] = {}
        in_force = [p for p in self.provisions if p.chosen is not False and p.holds_on(day)]
        for place in reversed(places):  # the nearest is written last and stays
            here = (p for p in in_force if p.place == place)
            holding |= {p.subject: p for p in sorted(here, key=lambda p: bool(p.chosen))}
        return LawView(day, places, dict(sorted(holding.items())))

    def nearest(self, subject: str, day: date, chain: Sequence[str]) -> Provision:
        """What holds on a subject, else the provision nearest in time, of the nearest place.

        Raises:
            LawNotFound: no provision of any time.

        >>> Book.load().nearest("index", date(2010, 1, 1), ("cn",)).version
        'HJ 633-2012'
        """
        view = self.on(day, chain)
        if subject in view:
            return view[subject]
        ever = [p for p in self.provisions if p.subject == subject and p.chosen is not False]
        found = [p for p in ever if p.place in view.chain]
        if not found:
            return view[subject]  # raises, naming what there is
        return min(found, key=lambda p: (_distance(p, day), view.chain.index(p.place)))

    def version(self, name: str, subject: str) -> Provision:
        """A provision by the name people type, whatever its case, spaces and full-width forms.

        Raises:
            LawNotFound: no version of that name on that subject.

        >>> Book.load().version("hj633-2026", "index").since.isoformat()
        '2026-03-01'
        """
        for p in self.provisions:
            if p.subject == subject and _plain(p.version) == _plain(name):
                return p
        known = "; ".join(self.versions(subject))
        raise LawNotFound(
            f"a version of {subject!r}", repr(name), f"one of {known}" if known else "no such subject"
        )

    def versions(self, subject: str) -> tuple[str, ...]:
        """Names of all versions on a subject, oldest first."""
        rows = sorted((p for p in self.provisions if p.subject == subject), key=lambda p: (p.since, p.place))
        return tuple(dict.fromkeys(p.version for p in rows))

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject some provision speaks of."""
        return tuple(dict.fromkeys(p.subject for p in self.provisions))


def _distance(provision: Provision, day: date) -> timedelta:
    if day < provision.since:
        return provision.since - day
    return day - (provision.until or day)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


@cache
def _packaged() -> tuple[Provision, ...]:
    root = files("airshed.law").joinpath("texts")
    return tuple(p for f in law_files(root) for p in read_text(f.name, f.read_text(encoding="utf-8")))


def _read_folder(folder: Path) -> list[Provision]:
    found: list[Provision] = []
    for file in law_files(folder):
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadLawText(f"{file}: wanted UTF-8", str(error), "save the file as UTF-8") from error
        found += read_text(str(file), text)
    return found


def _refuse_overlaps(provisions: Sequence[Provision]) -> None:
    standing = [p for p in provisions if p.chosen is not False]
    for a, b in combinations(standing, 2):
        if (a.subject, a.place) != (b.subject, b.place) or bool(a.chosen) != bool(b.chosen):
            continue
        if a.since < (b.until or date.max) and b.since < (a.until or date.max):
            raise BadLawText(
                f"one provision on {a.subject!r} for {a.place} at a time",
                f"{a.version!r} and {b.version!r} both from {max(a.since, b.since)}",
                "mark one 'chosen: true', or end the older one with 'until'",
            )
