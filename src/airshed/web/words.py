"""What the console says: two catalogues of words, and numbers and dates as each language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml
from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_day_names
from babel.numbers import format_decimal, format_percent

from airshed.quantities.clock import HOUR

__all__ = ["LANGUAGES", "Language", "Words", "catalogue"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_LOCALES: dict[Language, str] = {"zh": "zh_CN", "en": "en_GB"}
_DAY_PATTERN: dict[Language, str] = {"zh": "y年M月d日 EEEE", "en": "EEEE d MMMM y"}
_SHORT_DAY_PATTERN: dict[Language, str] = {"zh": "M月d日", "en": "d MMM"}
_MONTH_PATTERN: dict[Language, str] = {"zh": "y年M月", "en": "MMM y"}


@cache
def catalogue(language: Language) -> dict[str, str]:
    """All phrases of a language by dotted key, read from ``locale/<language>.yml``."""
    text = files("airshed.web").joinpath("locale", f"{language}.yml").read_text(encoding="utf-8")
    return dict(_flat(yaml.safe_load(text), ""))


def _flat(node: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        name = f"{prefix}{key}"
        found += _flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, str(value))]
    return found


def _minus(text: str) -> str:
    """A true minus sign before what is below nothing, and none before what rounds to nothing."""
    if not text.startswith("-"):
        return text
    return "−" + text[1:] if any(c in "123456789" for c in text) else text[1:]


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@dataclass(frozen=True)
class Words:
    """One language: phrases by key, and the way it writes numbers and dates.

    >>> Words("en").number(1234.5, 1)
    '1,234.5'
    """

    language: Language

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return _locale(_LOCALES[self.language])

    @property
    def tag(self) -> str:
        """The language tag for ``<html lang>``."""
        return {"zh": "zh-CN", "en": "en"}[self.language]

    def say(self, key: str, **fields: object) -> str:
        """The phrase of a key, its fields filled in.

        Raises:
            KeyError: the catalogue has no such key; a test keeps both catalogues complete.
        """
        return catalogue(self.language)[key].format(**fields)

    def say_or(self, key: str, default: str) -> str:
        """The phrase of a key that data name (a source, a kind of act), else the name itself."""
        return catalogue(self.language).get(key, default)

    def name(self, names: Mapping[str, str]) -> str:
        """The name in this language out of a noun's two names."""
        return names.get(self.language) or next(iter(names.values()))

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number with a fixed count of decimals; a dash where there is none."""
        if value is None or value != value:  # noqa: PLR0124 -- not a number
            return "—"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return _minus(str(format_decimal(value, format=pattern, locale=self.locale)))

    def exact(self, value: float | None) -> str:
        """A number with the decimals it has, as the law prints it; at most four."""
        if value is None:
            return "—"
        return str(format_decimal(value, format="#,##0.####", locale=self.locale))

    def signed(self, value: float, decimals: int = 0) -> str:
        """A difference, with its sign in front."""
        shown = round(value, decimals)
        return ("+" if shown > 0 else "−" if shown < 0 else "") + self.number(abs(shown), decimals)

    def chance(self, p: float | None) -> str:
        """A probability of a test after its "p ", never as nought; a dash where there is none.

        >>> Words("en").chance(0.0002), Words("en").chance(0.025)
        ('< 0.001', '= 0.025')
        """
        return "< 0.001" if p is not None and p < 0.001 else f"= {self.number(p, 3)}"

    def percent(self, share: float | None, decimals: int = 0) -> str:
        """A share of one as a percentage."""
        if share is None or share != share:  # noqa: PLR0124
            return "—"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
        return _minus(str(format_percent(share, format=pattern, locale=self.locale)))

    def day(self, day: date) -> str:
        """A day in full, with its weekday."""
        return format_date(day, format=_DAY_PATTERN[self.language], locale=self.locale)

    def short_day(self, day: date) -> str:
        """Day and month."""
        return format_date(day, format=_SHORT_DAY_PATTERN[self.language], locale=self.locale)

    def weekday(self, day: date) -> str:
        """The day of the week, short but clear."""
        return format_date(day, format="EEE", locale=self.locale)

    def year(self, day: date) -> str:
        """The year."""
        return format_date(day, format={"zh": "y年", "en": "y"}[self.language], locale=self.locale)

    def short_month(self, day: date) -> str:
        """The month alone."""
        return format_date(day, format="MMM", locale=self.locale)

    def month(self, day: date) -> str:
        """Month and year."""
        return format_date(day, format=_MONTH_PATTERN[self.language], locale=self.locale)

    def date(self, day: date) -> str:
        """A day without its weekday."""
        return format_date(
            day, format={"zh": "y年M月d日", "en": "d MMMM y"}[self.language], locale=self.locale
        )

    def weekdays(self) -> list[str]:
        """The shortest names of the days of a week, Monday first."""
        names = get_day_names("narrow", context="stand-alone", locale=self.locale)
        return [names[i] for i in range(7)]

    def clock_time(self, moment: datetime) -> str:
        """Hours and minutes."""
        return str(format_time(moment, format="HH:mm", locale=self.locale))

    def hours(self, start: datetime) -> str:
        """An hour by its start and its end: ``08:00–09:00``; the last hour of a day ends at 24:00."""
        end = (start + HOUR).strftime("%H:%M")
        return f"{start:%H:%M}–{'24:00' if end == '00:00' else end}"

    def age(self, since: datetime, now: datetime) -> str:
        """How long ago, in words."""
        return str(format_timedelta(now - since, granularity="hour", threshold=1.2, locale=self.locale))
