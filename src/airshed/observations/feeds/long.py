"""``long``: any CSV, XLSX or Parquet with a mapping that says which column is what (see ``mapping``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from airshed.errors import BadInput, UnknownUnit
from airshed.observations.feeds.cells import (
    Wide,
    as_numbers,
    as_places,
    finished,
    not_future,
    wanted_columns,
)
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.mapping import LongForm, Mapping, PlaceMap
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.times import as_days, as_hours, as_instants, bounds, utc
from airshed.observations.flags import Flag
from airshed.observations.schema import Batch, FeedContext, Refusal, empty_rows
from airshed.places import Gazetteer
from airshed.quantities import conversion, resolve_variable, variable, variables

__all__ = ["Long", "long_form_batch"]

_ROWS_A_BATCH = 500_000


class Long:
    """任何表格，附一份列说明 / any table with a mapping: CSV, XLSX or Parquet."""

    name = "long"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """Batches in the file's order.

        Raises:
            BadInput: there is no mapping, or it is not well formed.
        """
        if context.mapping is None:
            raise BadInput(
                "a mapping for the feed long",
                "none",
                "`airshed ingest --guess FILE` writes one; give it with --mapping",
            )
        mapping = Mapping.parse(context.mapping)
        own = replace(context, stage=mapping.stage or context.stage)
        complaints = Complaints()
        for sheet in sheets(
            path, complaints, numeric=lambda header: [c for c in header if c in mapping.columns]
        ):
            if wanted_columns(sheet, *_needed(mapping, sheet)):
                for first in range(0, max(sheet.frame.height, 1), _ROWS_A_BATCH):
                    yield _batch(sheet.part(first, _ROWS_A_BATCH), mapping, own)
        if left := complaints.take():
            yield Batch(empty_rows(), left)


def _needed(mapping: Mapping, sheet: Sheet) -> list[str]:
    """The columns a sheet must have; of several value columns one is enough."""
    time, long = mapping.time, mapping.long
    named = [mapping.place.column, time.column, time.date, time.hour, time.issued_at]
    if long is not None:
        named += [long.variable, long.value, long.unit]
    elif not set(mapping.columns) & set(sheet.frame.columns):
        named += list(mapping.columns)
    return [name for name in named if name is not None]


def _batch(sheet: Sheet, mapping: Mapping, context: FeedContext) -> Batch:
    sheet = _without_own_marks(sheet, mapping)
    start, end = _interval(sheet, mapping)
    keys = pl.DataFrame(
        {"place": _place(sheet, mapping.place, context.gazetteer), "start": start, "end": end}
    )
    if mapping.time.issued_at:
        issued = as_instants(sheet, mapping.time.issued_at, mapping.time.clock, optional=True)
        keys = keys.with_columns(issued.alias("issued_at"))
    flag = _zero_flag() if mapping.zero_is_missing else None
    if mapping.long is None:
        return Wide(sheet, keys, mapping.columns, mapping.time.shown).batch(mapping.source, context, flag)
    return long_form_batch(sheet, keys, mapping, context, flag)


def _without_own_marks(sheet: Sheet, mapping: Mapping) -> Sheet:
    """The marks of a gap that only this source uses become blanks."""
    names = [mapping.long.value] if mapping.long else [c for c in mapping.columns if c in sheet.frame.columns]
    schema = sheet.frame.schema
    if not mapping.missing:
        return sheet
    for name in names:
        text = pl.col(name).cast(pl.String).str.strip_chars()
        numbers = [m for m in (_number(mark) for mark in mapping.missing) if m is not None]
        mark = text.is_in(mapping.missing) if schema[name] == pl.String else pl.col(name).is_in(numbers)
        sheet = sheet.with_column(pl.when(~mark.fill_null(False)).then(pl.col(name)).alias(name))
    return sheet


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _interval(sheet: Sheet, mapping: Mapping) -> tuple[pl.Series, pl.Series]:
    time = mapping.time
    if time.date is not None:
        local = as_days(sheet, time.date).cast(pl.Datetime("us"))
        if time.hour is not None:
            local = local + as_hours(sheet, time.hour, time.label) * timedelta(hours=1)
        return bounds(utc(local, time.clock), time.averaging, time.label)
    column = time.column or ""
    if time.format is None:
        return bounds(as_instants(sheet, column, time.clock, time.label), time.averaging, time.label)
    text = sheet.frame[column].cast(pl.String).str.strip_chars()
    local = text.str.to_datetime(time.format, strict=False, time_unit="us")
    if local.is_null().any():
        sheet.refuse(local.is_null(), column, f"a time written as {time.format}", "the row was left out")
    if isinstance(local.dtype, pl.Datetime) and local.dtype.time_zone:
        return bounds(local.dt.convert_time_zone("UTC"), time.averaging, time.label)
    return bounds(utc(local, time.clock), time.averaging, time.label)


def _place(sheet: Sheet, place: PlaceMap, gazetteer: Gazetteer) -> pl.Series:
    if place.column is not None:
        return as_places(sheet, place.column, lambda text: find_place(gazetteer, text, place), _wanted(place))
    found = find_place(gazetteer, place.value or "", place)
    if found is None:
        raise BadInput(f"{_wanted(place)} as place.value of the mapping", repr(place.value))
    return pl.Series("place", [found] * sheet.frame.height, dtype=pl.String)


def _wanted(place: PlaceMap) -> str:
    what = {"any": "a station or city", "station": "a station", "city": "a city"}[place.kind]
    return f"{what} of the gazetteer"


def find_place(gazetteer: Gazetteer, text: str, place: PlaceMap) -> str | None:
    """A station by id, national code or name; else a city, as far as the mapping's ``kind`` allows."""
    if place.kind != "city":
        for code in (text, f"cnemc:{text}"):
            if gazetteer.has_station(code):
                return code
        if (station := gazetteer.station_named(text, place.within)) is not None:
            return station.id
    return None if place.kind == "station" else gazetteer.resolve_city(text, place.within)


def _zero_flag() -> pl.Expr:
    weather = [v.id for v in variables().values() if v.kind == "weather"]
    missing = (pl.col("value") == 0) & ~pl.col("variable").is_in(weather)
    return pl.when(missing).then(int(Flag.ZERO_MISSING)).otherwise(0)


def long_form_batch(
    sheet: Sheet, keys: pl.DataFrame, mapping: Mapping, context: FeedContext, flag: pl.Expr | None = None
) -> Batch:
    """A table with variable, value and unit in columns of their own, its keys already understood."""
    form = mapping.long
    assert form is not None
    value = as_numbers(sheet, [form.value])[form.value]
    names = sheet.frame[form.variable].cast(pl.String).str.strip_chars()
    units = (
        sheet.frame[form.unit].cast(pl.String).str.strip_chars() if form.unit else pl.Series([form.unit_text])
    )
    table = keys.with_columns(names.alias("name"), value.alias("value")).with_columns(units.alias("unit"))
    kinds = _conversions(sheet, table.select("name", "unit"), form)
    good = not_future(sheet, keys["end"], mapping.time.shown, context)
    rows = table.filter(good).join(
        kinds, on=["name", "unit"], how="inner", nulls_equal=True, maintain_order="left"
    )
    rows = rows.filter(pl.col("place").is_not_null(), pl.col("value").is_not_null())
    rows = rows.with_columns(value=pl.col("value") * pl.col("factor") + pl.col("offset"))
    return Batch(
        finished(rows, mapping.source, context, flag), sheet.complaints.take(),
        read=table.height, blanks=value.null_count(),
    )  # fmt: skip


_KINDS = {
    "name": pl.String, "unit": pl.String, "variable": pl.String, "factor": pl.Float64, "offset": pl.Float64,
}  # fmt: skip


def _conversions(sheet: Sheet, pairs: pl.DataFrame, form: LongForm) -> pl.DataFrame:
    """Variable, factor and offset for each pair of name and unit; unknown ones are refused once."""
    found = []
    for name, unit in pairs.unique(maintain_order=True).iter_rows():
        key = resolve_variable(name) if name else None
        try:
            if key is not None:
                found.append((name, unit, key, *conversion(unit or "", variable(key))))
                continue
            column, wanted = form.variable, "a variable of the catalogue"
        except UnknownUnit as error:
            column, wanted = form.unit or form.variable, error.wanted
        came = repr(name if key is None else unit)
        rows = pairs.select((pl.col("name").eq_missing(name)) & (pl.col("unit").eq_missing(unit))).to_series()
        row, count = int(rows.arg_true()[0]), int(rows.sum())
        sheet.complaints.add(
            Refusal(sheet.name, sheet.line(row), column, wanted, came, "its rows were left out", count)
        )
    return pl.DataFrame(found, schema=_KINDS, orient="row")
