"""``crawl``: hourly national stations as a crawler kept the public pages, text as text.

Columns ``Date, Hour, WatchPoint, PM2.5, PM10, CO, NO2, O3_1h, O3_8h, SO2, city``; a station is known by its
name and city only (Chinese or pinyin). Hours are local (UTC+8), labelled by their start. The page of a dead
station shows its last hour for years: such rows, dated before the crawl began, are kept and flagged stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from airshed.observations.feeds.cells import Column, Wide, as_places, wanted_columns
from airshed.observations.feeds.cnemc import hour_label
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.times import as_days, as_hours, bounds, utc
from airshed.observations.flags import Flag
from airshed.observations.schema import Batch, FeedContext, empty_rows
from airshed.places import Gazetteer
from airshed.quantities import BEIJING, HOUR

__all__ = ["Crawl"]

_COLUMNS = {
    "PM2.5": Column("pm25"), "PM10": Column("pm10"), "SO2": Column("so2"), "NO2": Column("no2"),
    "CO": Column("co"), "O3_1h": Column("o3"), "O3_8h": Column("o3", hours=8),
}  # fmt: skip
_ADDITION = re.compile(r"\s*[（(][^（）()]*[）)]?\s*$")
"""What pages add to a name: ``(190215启用)`` started on, ``(暂停)`` paused, ``(对照点)`` control."""
_CRAWLED_SHARE = 0.002
"""A day that was crawled holds far more than this share of a file's rows, a dead station's page less."""
_BETWEEN = "\x1f"


class Crawl:
    """网页抓取的站点小时值 / hourly station pages as a crawler kept them."""

    name = "crawl"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """One batch a table."""
        complaints = Complaints()
        for sheet in sheets(path, complaints):
            if wanted_columns(sheet, "Date", "Hour", "WatchPoint", "city"):
                yield self._batch(sheet, context)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _batch(self, sheet: Sheet, context: FeedContext) -> Batch:
        label = hour_label(context)
        days = as_days(sheet, "Date")
        local = days.cast(pl.Datetime("us")) + as_hours(sheet, "Hour", label) * HOUR
        start, end = bounds(utc(local, BEIJING), HOUR, label)
        keys = pl.DataFrame({"place": _stations(sheet, context.gazetteer), "start": start, "end": end})
        began = _crawl_began(days)
        stale = (
            pl.lit(0) if began is None else pl.when(pl.col("end") <= began).then(int(Flag.STALE)).otherwise(0)
        )
        return Wide(sheet, keys, _COLUMNS, "Date").batch(self.name, context, flag=stale)


def _stations(sheet: Sheet, gazetteer: Gazetteer) -> pl.Series:
    """City and name together lead to a station; each pair that does not is refused once."""
    cities, names = (sheet.frame[c].cast(pl.String).fill_null("") for c in ("city", "WatchPoint"))
    pairs = sheet.with_column((cities + _BETWEEN + names).alias("WatchPoint"))
    known = {pair: _find(gazetteer, *pair.split(_BETWEEN, 1)) for pair in pairs.frame["WatchPoint"].unique()}
    readable = sheet.with_column((cities + " " + names).alias("WatchPoint"))
    ids = {pair.replace(_BETWEEN, " ").strip(): found for pair, found in known.items()}
    return as_places(readable, "WatchPoint", ids.get, "a station of that city in the gazetteer")


def _find(gazetteer: Gazetteer, city: str, name: str) -> str | None:
    place = gazetteer.resolve_city(city.strip())
    if place is None:
        return None
    for text in dict.fromkeys((name.strip(), _ADDITION.sub("", name))):
        if text and (station := gazetteer.station_named(text, place)) is not None:
            return station.id
    return None


def _crawl_began(days: pl.Series) -> pl.Expr | None:
    """The first instant of the first day with a crawled day's share of the rows."""
    counts = days.drop_nulls().value_counts().filter(pl.col("count") >= _CRAWLED_SHARE * len(days))
    first = counts[days.name].min() if counts.height else None
    return pl.lit(utc(pl.Series([first]), BEIJING)[0]) if first is not None else None
