"""From texts to instants. Three ways to write a date, hours 0 to 23 and the hour 24, zones where given."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from airshed.observations.feeds.cells import refuse_rows
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet
from airshed.quantities import Clock

__all__ = ["DATE_FORMS", "as_days", "day_bounds", "utc"]

DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
"""Ways a day may be written; months and days with or without a leading zero."""
_TIME_FORMS = ("", "%H:%M:%S%.f", "%H:%M:%S", "%H:%M", "%H", "%H时", "%H%M")
_LOCAL = pl.Datetime("us")
_DAY_WANTED = "a day such as 2015-01-02, 2015/1/2 or 20150102"


def as_days(sheet: Sheet, column: str, complaints: Complaints) -> pl.Series:
    """The column as calendar days; what is none is refused."""
    cells = sheet.frame[column]
    days = _days(cells)
    bad = days.is_null()
    if bad.any():
        refuse_rows(sheet, bad, column, _DAY_WANTED, "the row was left out", complaints)
    return days


def _days(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.Date:
        return cells
    if cells.dtype.is_temporal():
        return cells.dt.date()
    text = pl.col("day").str.strip_chars().str.replace(r"[T ]0?0:00(:00(\.0+)?)?$", "")
    forms = pl.coalesce(text.str.to_date(form, strict=False) for form in DATE_FORMS)
    return _by_unique(cells.cast(pl.String).alias("day"), forms)


def _by_unique(cells: pl.Series, expression: pl.Expr) -> pl.Series:
    """An expression reckoned once for each distinct text: times repeat a lot."""
    table = cells.to_frame().unique(maintain_order=True)
    parsed = table.with_columns(expression.alias("parsed"))
    return cells.to_frame().join(parsed, on=cells.name, how="left", nulls_equal=True, maintain_order="left")["parsed"]


def utc(local: pl.Series, clock: Clock) -> pl.Series:
    """Wall-clock times without zone, as read by this clock, as instants."""
    return (local.cast(_LOCAL) - clock.shift).dt.replace_time_zone("UTC")


def day_bounds(days: pl.Series, clock: Clock) -> tuple[pl.Series, pl.Series]:
    """First instant of each local day, and the first that no longer belongs to it."""
    start = utc(days, clock)
    return start, start + timedelta(days=1)
