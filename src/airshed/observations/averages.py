"""From the lake to city hours and city days: which rows, from which source, under which day's rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from airshed.observations.flags import usable
from airshed.observations.hours import DayRule, city_days, city_hours, local_day, long_days
from airshed.quantities import POLLUTANTS, Clock
from airshed.store import Snapshot, View, from_micros
from airshed.workspace import Workspace

__all__ = ["DAILY", "DAILY_VARIABLES", "city_daily", "city_hourly", "latest", "station_hourly"]

DAILY_VARIABLES = ("pm25", "pm10", "so2", "no2", "co", "o3_mda8")

DAILY: dict[str, Any] = {
    "place": pl.String,
    "variable": pl.String,
    "day": pl.Date,
    "value": pl.Float64,
    "hours": pl.Int32,
    "valid": pl.Boolean,
    "dust": pl.Boolean,
    "basis": pl.String,
    "source": pl.String,
}
"""City days. ``basis`` is ``computed`` (from hours) or ``reported`` (the source's own daily value, hours unknown)."""

_RANKED: Any = {**DAILY, "rank": pl.Int32}
HOUR_MINUTES, DAY_MINUTES = 60, 1440
_ROWS_AT_ONCE = 40_000_000
"""A year with more hourly rows than this is reckoned month by month, to stay within a few GB."""


@dataclass(frozen=True)
class _Ask:
    """One question to the lake."""

    workspace: Workspace
    view: View
    cities: tuple[str, ...]
    snapshot: Snapshot
    clock: Clock
    without_dust: bool
    variables: tuple[str, ...]

    def sources(self, period: int, start: datetime, end: datetime) -> list[str]:
        """Sources that may answer, in the order of ``order``."""
        found = {f.source for f in self.snapshot.files(period=period, start=start, end=end)}
        return [s for s in self.order if s in found]

    @cached_property
    def order(self) -> list[str]:
        """All sources of the lake, most trusted first: the workspace's list, then by name.

        One order for hours and days alike, so that a rank means the same wherever it comes from.
        """
        prefer = self.workspace.settings.prefer
        return [*prefer, *sorted({f.source for f in self.snapshot.all_files} - set(prefer))]


def city_daily(
    workspace: Workspace,
    view: View,
    cities: Sequence[str],
    first: date,
    last: date,
    *,
    as_of: datetime | None = None,
    without_dust: bool = False,
    clock: Clock | None = None,
    variables: Sequence[str] = DAILY_VARIABLES,
) -> pl.DataFrame:
    """City days from ``first`` to ``last``, both included, as ``DAILY``.

    Where several sources give one day, a valid one is taken before one that is not, then the more trusted source.
    The result is kept per lake version, so asking again is free.

    Parameters:
        cities: jurisdiction ids.
        as_of: what was known at that instant.
        without_dust: leave dust hours out of PM10 and PM2.5 (only hourly sources can).
        variables: daily variables; O3 as ``o3_mda8``.
    """
    snapshot = workspace.snapshot(as_of=as_of)
    zone = clock or workspace.clock()
    key = ("city_daily", snapshot.version, workspace.law.digest, tuple(cities), first, last, without_dust, zone,
           tuple(variables), view)  # fmt: skip
    found: pl.DataFrame = workspace.remembered(
        key,
        lambda: _city_daily(
            _Ask(workspace, view, tuple(cities), snapshot, zone, without_dust, tuple(variables)), first, last
        ),
    )
    return found


def _city_daily(ask: _Ask, first: date, last: date) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={**DAILY, "rank": pl.Int32})]
    for start_day, end_day, rule in _segments(ask, first, last):
        parts.append(_computed(ask, start_day, end_day, rule))
    parts.append(_reported(ask, first, last))
    rows = pl.concat(parts).with_columns(_late=~pl.col("valid"))
    # Stable: where all else is equal, stations come before what a source says of the city as a whole.
    by = ["place", "variable", "day", "_late", "rank", "basis"]
    chosen = rows.sort(by, maintain_order=True).unique(
        ["place", "variable", "day"], keep="first", maintain_order=True
    )
    return chosen.select(list(DAILY))


def _segments(ask: _Ask, first: date, last: date) -> Iterator[tuple[date, date, DayRule]]:
    """Spans under one rule of validity, none with more rows than fit at once."""
    law, chain = ask.workspace.law, (ask.workspace.region().root,)
    for start, end in _spans(ask, first, last):
        begin, rule = start, None
        for day in (start + timedelta(n) for n in range((end - start).days + 1)):
            validity, limits = (law.nearest(subject, day, chain) for subject in ("validity", "limits"))
            here = DayRule.of(validity, limits)
            if rule is not None and here != rule:
                yield begin, day - timedelta(1), rule
                begin = day
            rule = here
        if rule is not None:
            yield begin, end, rule


def _spans(ask: _Ask, first: date, last: date) -> Iterator[tuple[date, date]]:
    for year in range(first.year, last.year + 1):
        start, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        span = ask.clock.days(start, end)
        rows = sum(f.rows for f in ask.snapshot.files(period=HOUR_MINUTES, start=span.start, end=span.end))
        if rows <= _ROWS_AT_ONCE:
            yield start, end
        else:
            yield from _months(start, end)


def _months(start: date, end: date) -> Iterator[tuple[date, date]]:
    while start <= end:
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        yield start, min(end, following - timedelta(1))
        start = following


def _computed(ask: _Ask, first: date, last: date, rule: DayRule) -> pl.DataFrame:
    span = ask.clock.days(first, last)
    variables = tuple("o3" if v == "o3_mda8" else v for v in ask.variables)
    hours = _hours(ask, span.start, span.end, variables)
    if hours is None:
        return pl.DataFrame(schema={**DAILY, "rank": pl.Int32})
    wide = _stations_first(ask.workspace.engine.run(city_days(hours, variables, ask.clock, rule)))
    return _as_daily(long_days(wide, variables, rule), ask.order, "computed")


def _as_daily(days: pl.DataFrame, sources: list[str], basis: str) -> pl.DataFrame:
    names = dict(enumerate(sources))
    source = pl.col("rank").replace_strict(names, default="", return_dtype=pl.String)
    return (
        days.with_columns(
            pl.col("day").cast(pl.Int32).cast(pl.Date),
            pl.col("rank").cast(pl.Int32),
            basis=pl.lit(basis),
            source=source,
        )
        .select(*DAILY, "rank")
        .cast(_RANKED)
    )


def _hours(ask: _Ask, start: datetime, end: datetime, variables: Sequence[str]) -> Any | None:
    """City hours from stations, and as the source itself gives them for cities, in one pass over the rows.

    What a source says of a city as a whole stands under the city's id behind ``_WHOLE``; ``_stations_first`` takes the
    mark off. None where no source has hours.
    """
    sources = ask.sources(HOUR_MINUTES, start, end)
    if not sources:
        return None
    rows = ask.workspace.query(
        ask.view, variables=variables, start=start, end=end, period=HOUR_MINUTES, snapshot=ask.snapshot
    )
    ranked = rows.mutate(rank=_rank(rows.source, sources, ask.order))
    monitors = pl.concat([_stations(ask), _cities_as_stations(ask)])
    return city_hours(
        ranked,
        ask.workspace.engine.frame(monitors),
        variables,
        several_sources=len(sources) > 1 or monitors["monitor"].n_unique() < monitors["id"].n_unique(),
        without_dust=ask.without_dust,
        dated=bool(monitors.select(pl.col("since", "until").is_not_null().any()).sum_horizontal().sum()),
        only_rank=ask.order.index(sources[0]),
    )


_WHOLE = "="


def _stations_first(table: Any) -> pl.DataFrame:
    """An engine's answer with places from stations before those a source gives as a whole, whose mark is taken off."""
    rows = pl.DataFrame(pl.from_arrow(table))
    whole = pl.col("place").str.starts_with(_WHOLE)
    return pl.concat(
        [rows.filter(~whole), rows.filter(whole).with_columns(pl.col("place").str.strip_prefix(_WHOLE))]
    )


def _rank(source: Any, sources: list[str], order: list[str]) -> Any:
    """Place of a row's source in ``order``; ``sources`` are those that can occur."""
    import ibis

    if len(sources) == 1:
        return ibis.literal(order.index(sources[0]), "int32")
    return source.cases(*[(s, order.index(s)) for s in sources], else_=len(order)).cast("int32")


_STATION_COLUMNS: dict[str, Any] = {
    "id": pl.String,
    "monitor": pl.String,
    "city": pl.String,
    "since": pl.Datetime("us", "UTC"),
    "until": pl.Datetime("us", "UTC"),
}


def _stations(ask: _Ask) -> pl.DataFrame:
    table = ask.workspace.gazetteer.station_table()
    shift = ask.clock.shift
    instants = [
        (pl.col(c).cast(pl.Datetime("us")) - shift).dt.replace_time_zone("UTC").alias(c)
        for c in ("since", "until")
    ]
    mine = table.filter(pl.col("city").is_in(ask.cities) & (pl.col("role") == "evaluation"))
    return mine.with_columns(*instants, monitor=pl.coalesce("same_as", "id")).select(list(_STATION_COLUMNS))


def _cities_as_stations(ask: _Ask) -> pl.DataFrame:
    rows = [{"id": c, "monitor": c, "city": _WHOLE + c, "since": None, "until": None} for c in ask.cities]
    return pl.DataFrame(rows, schema=_STATION_COLUMNS)


def _reported(ask: _Ask, first: date, last: date) -> pl.DataFrame:
    """Daily values of cities as the source gives them: whole local days only, not sliding 24-h means."""
    span = ask.clock.days(first, last)
    sources = ask.sources(DAY_MINUTES, span.start, span.end)
    if not sources:
        return pl.DataFrame(schema={**DAILY, "rank": pl.Int32})
    rows = ask.workspace.query(
        ask.view,
        places=ask.cities,
        variables=ask.variables,
        start=span.start,
        end=span.end,
        period=DAY_MINUTES,
        snapshot=ask.snapshot,
    )
    shift = int(ask.clock.shift.total_seconds())
    whole = rows.filter((rows.start.epoch_seconds().cast("int64") + shift) % 86_400 == 0)
    table = whole.select(
        place=whole.place,
        variable=whole.variable,
        day=local_day(whole.start, ask.clock),
        value=whole.value,
        flag=whole.flag,
        rank=_rank(whole.source, sources, ask.order),
    )
    days = pl.DataFrame(pl.from_arrow(ask.workspace.engine.run(table)))
    days = days.with_columns(
        valid=usable(pl.col("flag")), hours=pl.lit(None, pl.Int32), dust=pl.lit(value=False)
    )
    return _as_daily(days, ask.order, "reported")


def city_hourly(
    workspace: Workspace,
    view: View,
    cities: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    as_of: datetime | None = None,
    variables: Sequence[str] = POLLUTANTS,
) -> pl.DataFrame:
    """City hours that start in ``[start, end)``: ``place, variable, start, end, value, stations, source``.

    ``stations`` counts the monitors behind a value.
    """
    snapshot = workspace.snapshot(as_of=as_of)
    ask = _Ask(workspace, view, tuple(cities), snapshot, workspace.clock(), False, tuple(variables))
    schema: Any = {
        "place": pl.String,
        "variable": pl.String,
        "start": pl.Datetime("us", "UTC"),
        "value": pl.Float64,
        "stations": pl.Int32,
        "rank": pl.Int32,
    }
    hours = _hours(ask, start, end, variables)
    parts = [pl.DataFrame(schema=schema)]
    if hours is not None:
        wide = _stations_first(workspace.engine.run(hours))
        for v in variables:
            mine = wide.filter(pl.col(f"n_{v}") > 0).select(
                "place", pl.lit(v).alias("variable"), "start", pl.col(v).alias("value"),
                pl.col(f"n_{v}").alias("stations"), pl.col(f"r_{v}").alias("rank"),
            )  # fmt: skip
            parts.append(mine.cast(schema))
    rows = pl.concat(parts).sort("place", "variable", "start", "rank", maintain_order=True)
    rows = rows.unique(["place", "variable", "start"], keep="first", maintain_order=True)
    names = dict(enumerate(ask.order))
    source = pl.col("rank").replace_strict(names, default="", return_dtype=pl.String)
    return rows.with_columns(end=pl.col("start") + timedelta(hours=1), source=source).select(
        "place", "variable", "start", "end", "value", "stations", "source"
    )


def station_hourly(
    workspace: Workspace,
    view: View,
    station: str,
    start: datetime,
    end: datetime,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """One-hour rows of a station, all sources, flags and all."""
    rows = workspace.query(
        view,
        places=[station],
        start=start,
        end=end,
        period=HOUR_MINUTES,
        snapshot=workspace.snapshot(as_of=as_of),
    )
    return pl.DataFrame(pl.from_arrow(workspace.engine.run(rows))).sort("variable", "start", "source")


def latest(
    workspace: Workspace, view: View, places: Sequence[str], *, look_back: timedelta = timedelta(hours=6)
) -> pl.DataFrame:
    """The newest usable one-hour value of each place and variable, with ``start, end, value, flag, source``.

    A place whose newest value is older than ``look_back`` before the newest of all is looked for over 30 days.
    """
    snapshot = workspace.snapshot()
    key = ("latest", snapshot.version, tuple(places), look_back, view)
    found: pl.DataFrame = workspace.remembered(
        key, lambda: _latest(workspace, view, snapshot, places, look_back)
    )
    return found


def _latest(
    workspace: Workspace, view: View, snapshot: Snapshot, places: Sequence[str], look_back: timedelta
) -> pl.DataFrame:
    hourly = snapshot.files(period=HOUR_MINUTES)
    newest = from_micros(max(f.max_end for f in hourly)) if hourly else datetime.now(UTC)
    found = _newest(workspace, view, snapshot, places, newest - look_back)
    missing = sorted(set(places) - set(found["place"].unique()))
    if not missing or not hourly:
        return found
    older = _newest(workspace, view, snapshot, missing, newest - timedelta(days=30))
    return pl.concat([found, older]).sort("place", "variable")


def _newest(
    workspace: Workspace, view: View, snapshot: Snapshot, places: Sequence[str], start: datetime
) -> pl.DataFrame:
    """The engine finds the rows of a few hours, which are few; which of them is the newest is quicker said here."""
    rows = workspace.query(view, places=places, start=start, period=HOUR_MINUTES, snapshot=snapshot)
    columns = ["place", "variable", "start", "end", "value", "flag", "source"]
    table = pl.DataFrame(pl.from_arrow(workspace.engine.run(rows.filter(usable(rows.flag)).select(columns))))
    trust = {
        s: i for i, s in enumerate(_Ask(workspace, view, (), snapshot, workspace.clock(), False, ()).order)
    }
    rank = pl.col("source").replace_strict(trust, default=len(trust), return_dtype=pl.Int32)
    ordered = table.with_columns(_rank=rank).sort(
        ["place", "variable", "start", "_rank", "source"], descending=[False, False, True, False, False]
    )
    return ordered.unique(["place", "variable"], keep="first", maintain_order=True).select(columns)
