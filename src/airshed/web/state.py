"""The state of a page, all of it in the URL: place, time, language, theme, palette. Every state is a permalink."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar, get_args
from urllib.parse import urlencode

from airshed.errors import BadInput
from airshed.web.words import LANGUAGES, Language

__all__ = ["PALETTES", "THEMES", "Cursor", "Palette", "State", "Theme", "read_state"]

Theme = Literal["auto", "light", "dark"]
Palette = Literal["law", "even"]
THEMES: tuple[Theme, ...] = get_args(Theme)
PALETTES: tuple[Palette, ...] = get_args(Palette)

_Choice = TypeVar("_Choice", bound=str)
_TASTE = ("lang", "theme", "palette")
_PLACE_AND_TIME = ("region", "t")


@dataclass(frozen=True)
class Cursor:
    """The one time cursor of the console: a local day, or a local hour named by its start.

    >>> str(Cursor.parse("2015-12-01T23").step(1))
    '2015-12-02T00'
    """

    day: date
    hour: int | None = None

    def __str__(self) -> str:
        return self.day.isoformat() + ("" if self.hour is None else f"T{self.hour:02d}")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read ``2015-12-01`` (a day) or ``2015-12-01T08`` (the hour that starts at 08:00).

        Raises:
            BadInput: anything else.
        """
        day, mark, hour = text.partition("T")
        try:
            cursor = cls(date.fromisoformat(day), int(hour[:2]) if mark else None)
        except ValueError:
            cursor = None
        if cursor is None or not (cursor.hour is None or 0 <= cursor.hour <= 23):
            raise BadInput("t as a day (2015-12-01) or an hour by its start (2015-12-01T08)", repr(text))
        return cursor

    @property
    def start(self) -> datetime:
        """The local wall-clock start, without zone."""
        return datetime(self.day.year, self.day.month, self.day.day, self.hour or 0)  # noqa: DTZ001

    def step(self, steps: int) -> Cursor:
        """So many days later, or hours where the cursor stands on an hour."""
        if self.hour is None:
            return Cursor(self.day + timedelta(days=steps))
        moved = self.start + timedelta(hours=steps)
        return Cursor(moved.date(), moved.hour)

    def step_days(self, days: int) -> Cursor:
        """So many days later, the hour kept."""
        return replace(self, day=self.day + timedelta(days=days))


@dataclass(frozen=True)
class State:
    """What a page is asked to show, as the URL and the remembered tastes say."""

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    language: Language = "zh"
    theme: Theme = "auto"
    palette: Palette = "law"
    cursor: Cursor | None = None
    region: str | None = None

    def link(self, path: str, **changes: object) -> str:
        """A URL elsewhere in the console that keeps place, time and any taste the URL names."""
        keep = {k: self.query[k] for k in (*_PLACE_AND_TIME, *_TASTE) if self.query.get(k)}
        return _url(path, keep, changes)

    def here(self, **changes: object) -> str:
        """This very page with something changed; ``None`` drops a part."""
        return _url(self.path, dict(self.query), changes)

    def twin(self, ending: str, **changes: object) -> str:
        """The page's ``.json`` or ``.csv``."""
        path = "/now" if self.path == "/" else self.path
        return _url(f"{path}.{ending}", dict(self.query), changes)

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """The query as hidden fields for a form that sets the parts named."""
        return [(k, v) for k, v in self.query.items() if k not in without]


def _url(path: str, query: dict[str, str], changes: Mapping[str, object]) -> str:
    anchor = changes.get("anchor")
    parts = query | {k: str(v) for k, v in changes.items() if v is not None and k != "anchor"}
    parts = {k: v for k, v in parts.items() if k not in changes or changes[k] is not None}
    text = urlencode(parts, safe=":,")
    return path + (f"?{text}" if text else "") + (f"#{anchor}" if anchor else "")


def read_state(path: str, query: Mapping[str, str], cookies: Mapping[str, str]) -> State:
    """The state that URL and cookies name. The URL is stronger; tastes fall back on the cookie.

    Raises:
        BadInput: a part of the URL says something the console does not know.
    """
    text = query.get("t")
    return State(
        path=path,
        query=dict(query),
        language=_one_of("lang", LANGUAGES, query, cookies),
        theme=_one_of("theme", THEMES, query, cookies),
        palette=_one_of("palette", PALETTES, query, cookies),
        cursor=Cursor.parse(text) if text else None,
        region=query.get("region") or None,
    )


def _one_of(
    key: str, choices: tuple[_Choice, ...], query: Mapping[str, str], cookies: Mapping[str, str]
) -> _Choice:
    if asked := query.get(key):
        for choice in choices:
            if choice == asked:
                return choice
        raise BadInput(f"{key} as one of {', '.join(choices)}", repr(asked))
    remembered = cookies.get(f"airshed_{key}")
    return next((c for c in choices if c == remembered), choices[0])
