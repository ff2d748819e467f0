"""``city-daily``: the wide daily form of Chinese city data, one row a city and day.

Columns ``city, date, aqi, …, pm25, pm10, so2, co, no2, o3_8h, rank``. Values are daily means of the local day (UTC+8),
``o3_8h`` the daily maximum 8-h mean. A zero means missing: the row is kept and flagged. The columns ``aqi``, ``level``
and ``rank`` are not the official daily index (they behave like a mean of hourly ones) and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from airshed.observations.feeds.cells import Column, as_numbers, as_places, batch_of, wanted_columns
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.times import as_days, day_bounds
from airshed.observations.flags import Flag
from airshed.observations.schema import Batch, FeedContext, empty_rows
from airshed.quantities import BEIJING

__all__ = ["CityDaily"]

_COLUMNS = {
    "pm25": Column("pm25"), "pm2_5": Column("pm25"), "pm10": Column("pm10"), "so2": Column("so2"),
    "no2": Column("no2"), "co": Column("co"), "o3_8h": Column("o3_mda8"),
}  # fmt: skip


class CityDaily:
    """Reader of the wide daily form (CSV, XLSX, Parquet; plain or packed)."""

    name = "city-daily"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """One batch a table."""
        complaints = Complaints()
        for sheet in sheets(path, complaints, numeric=lambda header: [c for c in header if c in _COLUMNS]):
            if wanted_columns(sheet, ("city", "date"), complaints):
                yield self._batch(sheet, context, complaints)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _batch(self, sheet: Sheet, context: FeedContext, complaints: Complaints) -> Batch:
        find = context.gazetteer.resolve
        place = as_places(sheet, "city", find, "a city of the gazetteer", complaints)
        start, end = day_bounds(as_days(sheet, "date", complaints), BEIJING)
        values = as_numbers(sheet, [c for c in _COLUMNS if c in sheet.frame.columns], complaints)
        zero = pl.when(pl.col("value") == 0).then(int(Flag.ZERO_MISSING)).otherwise(0)
        return batch_of(
            sheet, pl.DataFrame({"place": place, "start": start, "end": end}), values, _COLUMNS, self.name,
            context, complaints, flag=zero, time_column="date",
        )  # fmt: skip
