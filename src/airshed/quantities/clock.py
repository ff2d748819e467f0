"""Time. Inside, everything is UTC and half-open; a local day is made here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

__all__ = ["BEIJING", "DAY", "HOUR", "Clock", "Interval"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
    """A half-open span of time, UTC: ``end`` is the first instant that no longer counts."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"an interval wants times with a zone, got {self.start!r} and {self.end!r}")
        if not self.start < self.end:
            raise ValueError(f"an interval must end after it starts, got {self.start} to {self.end}")


@dataclass(frozen=True)
class Clock:
    """Local standard time of a region. Monitoring knows no summer time: a day has 24 hours.

    Parameters:
        utc_offset: local standard time minus UTC [h]; 8 for China.
    """

    utc_offset: float

    def __post_init__(self) -> None:
        if not -12 <= self.utc_offset <= 14:
            raise ValueError(f"utc_offset must be -12 to 14 hours, got {self.utc_offset}")

    @property
    def zone(self) -> timezone:
        """The fixed zone."""
        return timezone(timedelta(hours=self.utc_offset))

    @property
    def shift(self) -> timedelta:
        """What is added to UTC to read local time."""
        return timedelta(hours=self.utc_offset)

    def local(self, instant: datetime) -> datetime:
        """An instant as a local time."""
        return instant.astimezone(self.zone)

    def utc(self, naive_local: datetime) -> datetime:
        """A local wall-clock time without zone as an instant.

        >>> BEIJING.utc(datetime(2015, 1, 1, 0)).isoformat()
        '2014-12-31T16:00:00+00:00'
        """
        return naive_local.replace(tzinfo=self.zone).astimezone(UTC)

    def day(self, local_day: date) -> Interval:
        """The interval of a local day.

        >>> BEIJING.day(date(2015, 1, 1)).end.isoformat()
        '2015-01-01T16:00:00+00:00'
        """
        start = self.utc(datetime(local_day.year, local_day.month, local_day.day))  # noqa: DTZ001
        return Interval(start, start + DAY)

    def days(self, first: date, last: date) -> Interval:
        """The interval from the start of ``first`` to the end of ``last``, both included."""
        return Interval(self.day(first).start, self.day(last).end)

    def day_of(self, instant: datetime) -> date:
        """The local day an instant belongs to; midnight belongs to the day it begins."""
        return self.local(instant).date()


BEIJING = Clock(8)
