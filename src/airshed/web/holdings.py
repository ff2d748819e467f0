"""What the lake holds: by source and month how complete, and by source what was flagged."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from airshed.observations.flags import names, usable
from airshed.observations.hours import local_day
from airshed.store import Snapshot, from_micros
from airshed.web.desk import Desk

__all__ = ["Holding", "holdings"]

_DAY_MINUTES = 1440


@dataclass(frozen=True)
class Holding:
    """All current rows of one source with one averaging time [min]."""

    source: str
    period: int
    first: date
    last: date
    rows: int
    bytes: int
    places: int
    series: int
    flags: dict[str, int]
    months: tuple[tuple[str, float], ...]
    """Month and the share of values that are there and count, of those there could be."""


def holdings(desk: Desk) -> list[Holding]:
    """What there is, by source and averaging time."""
    return desk.remember(("holdings", desk.clock), lambda: _holdings(desk))


def _holdings(desk: Desk) -> list[Holding]:
    snapshot = desk.workspace.snapshot()
    kinds = sorted({(f.source, f.period) for f in snapshot.files()})
    return [_holding(desk, snapshot, source, period) for source, period in kinds]


def _holding(desk: Desk, snapshot: Snapshot, source: str, period: int) -> Holding:
    files = snapshot.files(sources=[source], period=period)
    table = desk.workspace.query(desk.view, period=period, snapshot=snapshot)
    table = table.filter(table.source == source)
    counts = _run(
        desk, table.group_by(day=local_day(table.start, desk.clock), flag=table.flag).agg(rows=table.count())
    )
    pairs = _run(desk, table.select("place", "variable").distinct())
    months = _months(counts, pairs.height, period)
    return Holding(
        source=source,
        period=period,
        first=desk.clock.day_of(from_micros(min(f.min_start for f in files))),
        last=desk.clock.day_of(from_micros(max(f.max_end for f in files) - 1)),
        rows=sum(f.rows for f in files),
        bytes=sum(f.bytes for f in files),
        places=pairs["place"].n_unique(),
        series=pairs.height,
        flags=_flags(counts),
        months=months,
    )


def _run(desk: Desk, table: Any) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(desk.workspace.engine.run(table)))


def _flags(counts: pl.DataFrame) -> dict[str, int]:
    found: dict[str, int] = {}
    for bits, rows in counts.group_by("flag").agg(pl.col("rows").sum()).sort("flag").iter_rows():
        for name in names(int(bits)):
            found[name] = found.get(name, 0) + int(rows)
    return found


def _months(counts: pl.DataFrame, series: int, period: int) -> tuple[tuple[str, float], ...]:
    """The share of the series' steps in each month that hold a value that counts."""
    good = counts.filter(usable(pl.col("flag").cast(pl.Int64)))
    month = pl.col("day").cast(pl.Int32).cast(pl.Date).dt.strftime("%Y-%m")
    sums = dict(good.group_by(month.alias("month")).agg(pl.col("rows").sum()).iter_rows())
    every = sorted(counts.select(month.alias("month").unique()).to_series())
    return tuple((m, min(1.0, sums.get(m, 0) / max(1, series * _steps(m, period)))) for m in _all(every))


def _all(months: list[str]) -> list[str]:
    """Every month from the first to the last, those without a row too."""
    if not months:
        return []
    (year, month), end = map(int, months[0].split("-")), months[-1]
    found = [months[0]]
    while found[-1] < end:
        year, month = year + month // 12, month % 12 + 1
        found.append(f"{year:04d}-{month:02d}")
    return found


def _steps(month: str, period: int) -> int:
    year, number = map(int, month.split("-"))
    return monthrange(year, number)[1] * (_DAY_MINUTES // min(period, _DAY_MINUTES))
