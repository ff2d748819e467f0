"""City hours and city days as Ibis expressions: written once, run by DuckDB or Spark.

A city's hour is the mean of its evaluation stations with a usable value; its day is made of those hours
(HJ 663: statistics are taken on the city series). Both tables are wide, a column a variable: one pass over the rows
with few groups is three times quicker than a group for each variable.

Ibis is imported where it is used: it takes longer to load than most commands take to answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from airshed.law import Provision
from airshed.observations.flags import Flag, usable
from airshed.quantities import Clock

__all__ = ["DayRule", "city_days", "city_hours", "local_day", "long_days"]

_SECONDS_OF_DAY = 86_400
_SECONDS_OF_HOUR = 3_600
_WINDOW = 8  # hours of the sliding mean that gives the statistic its name
_DUSTY = ("pm25", "pm10")


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

    @property
    def ends(self) -> range:
        """Local hours at which the windows of a day end."""
        return range(self.first_end, self.last_end + 1)


def local_day(start: Any, clock: Clock) -> Any:
    """The local day of an instant, as days since 1970-01-01."""
    return (_local_seconds(start, clock) // _SECONDS_OF_DAY).cast("int32")


def _local_seconds(start: Any, clock: Clock) -> Any:
    return start.epoch_seconds().cast("int64") + int(clock.shift.total_seconds())


def city_hours(
    rows: Any,
    stations: Any,
    variables: Sequence[str],
    *,
    several_sources: bool,
    without_dust: bool,
    dated: bool = True,
    only_rank: int = 0,
) -> Any:
    """Hourly rows to city hours.

    Parameters:
        rows: one-hour observations with ``rank`` (0 for the most trusted source).
        stations: ``id, monitor, city, since, until`` (instants); ``monitor`` is the id under which a monitor with
            several names is one.
        several_sources: one monitor's hour may stand there more than once; the most trusted is taken.
        without_dust: leave dust hours out of PM10 and PM2.5.
        dated: some station begins, ends or moves; where none does, no row need be asked its date.
        only_rank: the rank of the one source, where there are not several.

    Returns:
        ``place, start, dust`` and for each variable its mean ``<v>``, the monitors behind it ``n_<v>`` and the
        best rank among them ``r_<v>``.
    """
    import ibis

    good = rows.filter(usable(rows.flag))
    if without_dust:
        good = good.filter(~(((good.flag & int(Flag.DUST)) > 0) & good.variable.isin(_DUSTY)))
    at = good.join(stations, good.place == stations.id)
    if dated:
        at = at.filter(
            (at.since.isnull() | (at.start >= at.since)) & (at.until.isnull() | (at.start < at.until))
        )
    if several_sources:
        at = _most_trusted(at)
    columns: dict[str, Any] = {"dust": (at.flag & int(Flag.DUST)).max()}
    for v in variables:
        mine = at.variable == v
        columns[v] = at.value.mean(where=mine)
        columns[f"n_{v}"] = mine.cast("int32").sum().cast("int32")
        columns[f"r_{v}"] = (
            at["rank"].min(where=mine) if several_sources else ibis.literal(only_rank, "int32")
        )
    return at.group_by(["city", "start"]).agg(**columns).rename(place="city")


def _most_trusted(at: Any) -> Any:
    import ibis

    first = ibis.row_number().over(
        ibis.window(group_by=[at.monitor, at.variable, at.start], order_by=[at["rank"], at.place])
    )
    numbered = at.mutate(nth=first)
    return numbered.filter(numbered.nth == 0)


def city_days(hours: Any, variables: Sequence[str], clock: Clock, rule: DayRule) -> Any:
    """City hours to city days: daily means, and for ``o3`` the greatest 8-h mean.

    Returns:
        ``place, day`` [days since 1970-01-01, local]``, dust`` and for each variable ``<v>`` and ``n_<v>``,
        ``r_<v>``; for ``o3`` these are the daily maximum and the count of valid windows.
    """
    seconds = _local_seconds(hours.start, clock)
    timed = hours.mutate(
        day=(seconds // _SECONDS_OF_DAY).cast("int32"),
        hour=(seconds % _SECONDS_OF_DAY // _SECONDS_OF_HOUR).cast("int32"),
    )
    columns: dict[str, Any] = {"dust": timed.dust.max() > 0}
    for v in variables:
        columns[f"r_{v}"] = timed[f"r_{v}"].min()
        if v == "o3":
            columns |= _windows(timed, rule)
        else:
            columns[v] = timed[v].mean()
            columns[f"n_{v}"] = timed[v].count().cast("int32")
    days = timed.group_by(["place", "day"]).agg(**columns)
    return _greatest_window(days, rule) if "o3" in variables else days


def _windows(timed: Any, rule: DayRule) -> dict[str, Any]:
    """Every 8-h window that lies in the day, also one whose last hour is missing: so windows are summed, not slid."""
    found = {}
    for end in rule.ends:
        inside = (timed.hour >= end - _WINDOW) & (timed.hour < end) & timed.o3.notnull()
        found[f"sum_{end}"] = timed.o3.sum(where=inside)
        found[f"hours_{end}"] = inside.cast("int32").sum()
    return found


def _greatest_window(days: Any, rule: DayRule) -> Any:
    import ibis

    enough = {end: days[f"hours_{end}"] >= rule.window_hours for end in rule.ends}
    means = [ibis.ifelse(ok, days[f"sum_{end}"] / days[f"hours_{end}"], -1.0) for end, ok in enough.items()]
    windows = sum((ok.cast("int32") for ok in enough.values()), ibis.literal(0)).cast("int32")
    best = days.mutate(o3=ibis.greatest(*means), n_o3=windows)
    return best.drop(*(f"{name}_{end}" for end in rule.ends for name in ("sum", "hours")))


def long_days(wide: pl.DataFrame, variables: Sequence[str], rule: DayRule) -> pl.DataFrame:
    """City days as ``place, variable, day, value, hours, valid, rank, dust``; ``o3`` becomes ``o3_mda8``."""
    parts = []
    for v in variables:
        name = "o3_mda8" if v == "o3" else v
        valid = pl.col(f"n_{v}") >= (rule.windows if v == "o3" else rule.day_hours)
        if v == "o3" and rule.exceeding is not None:
            valid = valid | (pl.col(v) > rule.exceeding)
        parts.append(
            wide.filter(pl.col(f"n_{v}") > 0).select(
                "place",
                pl.lit(name).alias("variable"),
                "day",
                pl.col(v).alias("value"),
                pl.col(f"n_{v}").alias("hours"),
                valid.alias("valid"),
                pl.col(f"r_{v}").alias("rank"),
                "dust",
            )
        )
    return pl.concat(parts)
