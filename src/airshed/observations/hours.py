"""City hours and city days as Ibis expressions: written once, run by DuckDB or Spark.

A city's hour is the mean of its evaluation stations with a usable value; its day is made of those hours
(HJ 663: statistics are taken on the city series).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from airshed.law import Provision
from airshed.observations.flags import Flag, usable
from airshed.quantities import Clock

__all__ = ["DayRule", "city_days", "city_hours", "local_day"]

_SECONDS_OF_DAY = 86_400
_SECONDS_OF_HOUR = 3_600


@dataclass(frozen=True)
class DayRule:
    """What makes a day valid, read from the law's ``validity`` and ``limits``.

    Parameters:
        day_hours: hourly means wanted for a daily mean.
        window_hours: hourly means wanted for an 8-h mean.
        windows: 8-h means wanted for a daily maximum.
        first_end, last_end: local hours at which the first and the last 8-h window of a day end.
        exceeding: a maximum above this [ug/m3] is valid with fewer windows; None where the law does not say so.
    """

    day_hours: int
    window_hours: int
    windows: int
    first_end: int
    last_end: int
    exceeding: float | None

    @classmethod
    def of(cls, validity: Provision, limits: Provision, grade: str = "grade_2") -> DayRule:
        """The rule two provisions make together."""
        v = validity.value
        limit = float(limits.value[grade]["o3"]["mda8"]) if v["mda8_counts_if_exceeding"] else None
        return cls(
            day_hours=v["day_hours"],
            window_hours=v["window_hours"],
            windows=v["mda8_windows"],
            first_end=v["first_window_end"],
            last_end=v["last_window_end"],
            exceeding=limit,
        )


def local_day(start: Any, clock: Clock) -> Any:
    """The local day of an instant, as days since 1970-01-01."""
    return (_local_seconds(start, clock) // _SECONDS_OF_DAY).cast("int32")


def _local_seconds(start: Any, clock: Clock) -> Any:
    return start.epoch_seconds().cast("int64") + int(clock.shift.total_seconds())


def city_hours(rows: Any, stations: Any, *, several_sources: bool, without_dust: bool) -> Any:
    """Hourly rows to city hours.

    Parameters:
        rows: one-hour observations with ``rank`` (0 for the most trusted source).
        stations: ``id, monitor, city, since, until`` (instants); ``monitor`` is the id under which a monitor with
            several names is one.
        several_sources: one monitor's hour may stand there more than once; the most trusted is taken.
        without_dust: leave dust hours out of PM10 and PM2.5.

    Returns:
        ``place, variable, start, value, stations, rank, dust``.
    """
    good = rows.filter(usable(rows.flag))
    if without_dust:
        good = good.filter(~(((good.flag & int(Flag.DUST)) > 0) & good.variable.isin(["pm25", "pm10"])))
    at = good.join(stations, good.place == stations.id)
    at = at.filter((at.since.isnull() | (at.start >= at.since)) & (at.until.isnull() | (at.start < at.until)))
    if several_sources:
        first = ibis.row_number().over(
            ibis.window(group_by=[at.monitor, at.variable, at.start], order_by=[at["rank"], at.source])
        )
        at = at.mutate(nth=first)
        at = at.filter(at.nth == 0)
    hours = at.group_by(["city", "variable", "start"]).agg(
        value=at.value.mean(),
        stations=at.value.count(),
        rank=at["rank"].min(),
        dust=(at.flag & int(Flag.DUST)).max(),
    )
    return hours.rename(place="city")


def city_days(hours: Any, clock: Clock, rule: DayRule) -> Any:
    """City hours to city days: means of five pollutants and the daily maximum 8-h mean of O3.

    Returns:
        ``place, variable, day`` [days since 1970-01-01 local]``, value, hours, valid, rank, dust``; for
        ``o3_mda8`` the column ``hours`` counts valid 8-h windows.
    """
    seconds = _local_seconds(hours.start, clock)
    timed = hours.mutate(
        day=(seconds // _SECONDS_OF_DAY).cast("int32"),
        hour=(seconds % _SECONDS_OF_DAY // _SECONDS_OF_HOUR).cast("int32"),
    )
    return _means(timed.filter(timed.variable != "o3"), rule).union(_mda8(timed.filter(timed.variable == "o3"), rule))


def _means(timed: Any, rule: DayRule) -> Any:
    days = timed.group_by(["place", "variable", "day"]).agg(
        value=timed.value.mean(),
        hours=timed.value.count().cast("int32"),
        rank=timed["rank"].min(),
        dust=timed.dust.max() > 0,
    )
    return days.mutate(valid=days.hours >= rule.day_hours).select(*_DAY_COLUMNS)


def _mda8(ozone: Any, rule: DayRule) -> Any:
    """Every 8-h window that lies in the day, also one whose last hour is missing: so windows are summed, not slid."""
    ends = range(rule.first_end, rule.last_end + 1)
    sums = {}
    for end in ends:
        inside = (ozone.hour >= end - _WINDOW) & (ozone.hour < end)
        sums[f"s{end}"] = ozone.value.sum(where=inside)
        sums[f"n{end}"] = inside.cast("int32").sum()
    days = ozone.group_by(["place", "day"]).agg(rank=ozone["rank"].min(), dust=ozone.dust.max() > 0, **sums)
    enough = [days[f"n{end}"] >= rule.window_hours for end in ends]
    means = [ibis.ifelse(ok, days[f"s{end}"] / days[f"n{end}"], None) for ok, end in zip(enough, ends, strict=True)]
    best = days.mutate(
        variable=ibis.literal("o3_mda8"),
        value=ibis.greatest(*[m.fill_null(-1.0) for m in means]),
        hours=sum((ok.cast("int32") for ok in enough), ibis.literal(0)).cast("int32"),
    )
    best = best.filter(best.hours > 0)
    valid = best.hours >= rule.windows
    if rule.exceeding is not None:
        valid = valid | (best.value > rule.exceeding)
    return best.mutate(valid=valid).select(*_DAY_COLUMNS)


_WINDOW = 8  # hours of the sliding mean that gives the statistic its name
_DAY_COLUMNS = ("place", "variable", "day", "value", "hours", "valid", "rank", "dust")
