"""``city-daily``: the wide daily form of Chinese city data, one row a city and day.

Columns ``city, date, aqi, …, pm25, pm10, so2, co, no2, o3_8h, rank``. Values are daily means of the local
day (UTC+8), ``o3_8h`` the daily maximum 8-h mean. A zero means missing: the row is kept and flagged. The
columns ``aqi``, ``level`` and ``rank`` are not the official daily index (they behave like a mean of hourly
ones) and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from airshed.observations.feeds.cells import Column, Wide, as_places, wanted_columns
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.times import as_days, day_bounds
from airshed.observations.flags import Flag
from airshed.observations.schema import Batch, FeedContext, empty_rows
from airshed.quantities import BEIJING

__all__ = ["ZERO_IS_MISSING", "CityDaily"]

_COLUMNS = {
    "pm25": Column("pm25"), "pm2_5": Column("pm25"), "pm10": Column("pm10"), "so2": Column("so2"),
    "no2": Column("no2"), "co": Column("co"), "o3_8h": Column("o3_mda8"),
}  # fmt: skip
ZERO_IS_MISSING = pl.when(pl.col("value") == 0).then(int(Flag.ZERO_MISSING)).otherwise(0)
"""The habit of this source: it writes 0 where it has nothing. The zero is kept, and does not count."""


class CityDaily:
    """城市日均值宽表 / wide daily means of cities: city, date, pm25, pm10, so2, co, no2, o3_8h."""

    name = "city-daily"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """One batch a table."""
        complaints = Complaints()
        for sheet in sheets(path, complaints, numeric=lambda header: [c for c in header if c in _COLUMNS]):
            if wanted_columns(sheet, "city", "date"):
                yield self._batch(sheet, context)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _batch(self, sheet: Sheet, context: FeedContext) -> Batch:
        place = as_places(sheet, "city", context.gazetteer.resolve_city, "a city of the gazetteer")
        start, end = day_bounds(as_days(sheet, "date"), BEIJING)
        keys = pl.DataFrame({"place": place, "start": start, "end": end})
        return Wide(sheet, keys, _COLUMNS, "date").batch(self.name, context, flag=ZERO_IS_MISSING)
