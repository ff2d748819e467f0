"""Spans of local days: a year, a month, a season, or any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from airshed.errors import BadInput

__all__ = ["Period", "PeriodKind"]

PeriodKind = Literal["year", "month", "other"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Period:
    """Local days from ``first`` to ``last``, both included, as reports write them.

    >>> Period(date(2016, 1, 1), date(2016, 12, 31)).days
    366
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadInput(
                "a period whose last day is not before its first", f"{self.first} to {self.last}", "swap them"
            )

    @property
    def days(self) -> int:
        """Calendar days in it."""
        return (self.last - self.first).days + 1

    @property
    def kind(self) -> PeriodKind:
        """Whether it is exactly one calendar year or month, for which the law has counts of its own."""
        if self == Period.year(self.first.year):
            return "year"
        if self == Period.month(self.first.year, self.first.month):
            return "month"
        return "other"

    @property
    def label(self) -> str:
        """``2015``, ``2015-02`` or ``2015-01-05..2015-02-03``."""
        if self.kind == "year":
            return f"{self.first.year}"
        if self.kind == "month":
            return f"{self.first:%Y-%m}"
        return f"{self.first}..{self.last}"

    @classmethod
    def year(cls, year: int) -> Period:
        """A calendar year."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1) - _DAY)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month.

        >>> Period.month(2016, 2).days
        29
        """
        first = date(year, month, 1)
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(first, following - _DAY)

    def months(self) -> tuple[Period, ...]:
        """Its calendar months, the first and last cut where the period cuts them."""
        found, day = [], self.first
        while day <= self.last:
            whole = Period.month(day.year, day.month)
            found.append(Period(day, min(whole.last, self.last)))
            day = whole.last + _DAY
        return tuple(found)

    def list_days(self) -> list[date]:
        """Every day of it, in order."""
        return [self.first + i * _DAY for i in range(self.days)]
