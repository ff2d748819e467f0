"""From texts to instants: several ways to write a date, hours 0 to 23 and the hour 24, zones where given.

A label names an interval by its start or by its end. Hour 24 exists only in the second habit: it is the end
of the day's last hour, that is 00 of the next day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import polars as pl

from airshed.observations.feeds.reading import Sheet
from airshed.quantities import Clock

__all__ = ["Label", "as_days", "as_hours", "as_instants", "bounds", "day_bounds", "utc"]

Label = Literal["start", "end"]
"""Which end of its interval a time stands for."""

_LOCAL = pl.Datetime("us")
_DAY_WANTED = "a day such as 2015-01-02, 2015/1/2 or 20150102"
_TIME_WANTED = "a time such as 2015-01-02 13:00, 2015/1/2 13:00, 2015010213 or 2015-01-02T13:00:00+08:00"
_LEFT_OUT = "the row was left out"
_FORMS = (
    r"^(?<y>\d{4})[-/.年](?<m>\d{1,2})[-/.月](?<d>\d{1,2})日?"
    r"(?:[T ]*(?<H>\d{1,2})(?:[:时](?<M>\d{2})?分?(?::(?<S>\d{2})(?:\.\d+)?)?)?)?"
    r"\s*(?<z>Z|[+-]\d{2}:?\d{2})?$",
    r"^(?<y>\d{4})(?<m>\d{2})(?<d>\d{2})(?:[T ]?(?<H>\d{2})(?::?(?<M>\d{2}))?(?::?(?<S>\d{2}))?)?"
    r"\s*(?<z>Z|[+-]\d{2}:?\d{2})?$",
)


def as_days(sheet: Sheet, column: str) -> pl.Series:
    """The column as calendar days; what is none is refused."""
    cells = sheet.frame[column]
    if cells.dtype.is_temporal():
        days = cells.cast(pl.Date) if cells.dtype == pl.Date else cells.dt.date()
    else:
        days = _by_unique(cells.cast(pl.String), _day(_parts(pl.col("cell"))))
    if days.is_null().any():
        sheet.refuse(days.is_null(), column, _DAY_WANTED, _LEFT_OUT)
    return days


def as_hours(sheet: Sheet, column: str, label: Label) -> pl.Series:
    """The column as hours of the day, 0 to 23, or 1 to 24 where labels are ends; what is none is refused."""
    text = pl.col("cell").str.strip_chars().str.extract(r"^(\d{1,2})(?:\.0+)?(?:[:时]0{0,2}(?::00)?)?$")
    hours = _by_unique(sheet.frame[column].cast(pl.String), text.cast(pl.Int64, strict=False))
    last = 24 if label == "end" else 23
    bad = hours.is_null() | (hours > last)
    if bad.any():
        advice = _LEFT_OUT
        if label == "start":
            advice += "; hours 1 to 24 are labels of the end: say so with hour_label = end"
        sheet.refuse(bad, column, f"an hour from 0 to {last}", advice)
    return hours.to_frame("h").select(pl.when(~bad).then(pl.col("h"))).to_series()


def as_instants(
    sheet: Sheet, column: str, clock: Clock, label: Label = "start", *, optional: bool = False
) -> pl.Series:
    """The column as instants: by the zone in the text, else by the clock. What is no time is refused.

    ``optional``: a blank is no fault, and a row whose time cannot be read is kept.
    """
    cells = sheet.frame[column]
    if cells.dtype.is_temporal():
        return _typed_instants(cells, clock)
    parts = _parts(pl.col("cell"))
    hour = _number(parts, "H")
    legal = (
        (hour <= (24 if label == "end" else 23)) & (_number(parts, "M") <= 59) & (_number(parts, "S") <= 59)
    )
    clock_time = pl.duration(hours=hour, minutes=_number(parts, "M"), seconds=_number(parts, "S"))
    instant = _day(parts).cast(_LOCAL) + clock_time - _zone(parts, clock)
    found = _by_unique(cells.cast(pl.String), pl.when(legal).then(instant)).dt.replace_time_zone("UTC")
    bad = found.is_null() & cells.is_not_null() if optional else found.is_null()
    if bad.any():
        sheet.refuse(bad, column, _TIME_WANTED, "the cell was left out" if optional else _LEFT_OUT)
    return found


def _typed_instants(cells: pl.Series, clock: Clock) -> pl.Series:
    zoned = isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone
    if zoned:
        return cells.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    return utc(cells, clock)


def _parts(cell: pl.Expr) -> list[pl.Expr]:
    text = cell.str.strip_chars()
    return [text.str.extract_groups(form) for form in _FORMS]


def _field(parts: list[pl.Expr], name: str) -> pl.Expr:
    return pl.coalesce(part.struct.field(name) for part in parts)


def _number(parts: list[pl.Expr], name: str) -> pl.Expr:
    return _field(parts, name).cast(pl.Int64).fill_null(0)


def _day(parts: list[pl.Expr]) -> pl.Expr:
    text = pl.concat_str(_field(parts, "y"), *(_field(parts, n).str.zfill(2) for n in "md"))
    return text.str.to_date("%Y%m%d", strict=False)


def _zone(parts: list[pl.Expr], clock: Clock) -> pl.Expr:
    """What the text says local time is ahead of UTC, else what the clock says."""
    text = _field(parts, "z").str.replace("Z", "+0000").str.replace(":", "")
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    minutes = sign * (text.str.slice(1, 2).cast(pl.Int64) * 60 + text.str.slice(3, 2).cast(pl.Int64))
    return pl.duration(minutes=minutes.fill_null(int(clock.utc_offset * 60)))


def _by_unique(cells: pl.Series, expression: pl.Expr) -> pl.Series:
    """An expression of ``cell`` reckoned once for each distinct text: times repeat a lot."""
    table = cells.alias("cell").to_frame()
    parsed = table.unique().with_columns(expression.alias("parsed"))
    return table.join(parsed, on="cell", how="left", nulls_equal=True, maintain_order="left")["parsed"]


def utc(local: pl.Series, clock: Clock) -> pl.Series:
    """Wall-clock times without zone, as read by this clock, as instants."""
    return (local.cast(_LOCAL) - clock.shift).dt.replace_time_zone("UTC")


def day_bounds(days: pl.Series, clock: Clock) -> tuple[pl.Series, pl.Series]:
    """First instant of each local day, and the first that no longer belongs to it."""
    return bounds(utc(days, clock), timedelta(days=1), "start")


def bounds(times: pl.Series, length: timedelta, label: Label) -> tuple[pl.Series, pl.Series]:
    """Start and end of the intervals of this length that the times name."""
    if label == "end":
        return times - length, times
    return times, times + length
