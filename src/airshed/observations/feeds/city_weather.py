"""``city-weather``: daily weather of cities in one wide table, a row a city and day.

Columns ``city`` (pinyin or Chinese), ``date``, ``avgtemp`` [degC], ``avgrh`` [%], ``avgws`` [m/s], ``precipitation``
[mm], ``avgp`` [Pa]. The dew point is reckoned from the means of temperature and humidity. Pollutant columns of such
tables are back-calculated from another index, some a day early: they are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from airshed.observations.feeds.cells import Column, Wide, as_numbers, as_places, wanted_columns
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.times import as_days, day_bounds
from airshed.observations.schema import Batch, FeedContext, empty_rows
from airshed.quantities import BEIJING
from airshed.quantities.humidity import GROWTH, LEAST, ZERO

__all__ = ["CityWeather"]

_COLUMNS = {
    "avgtemp": Column("temperature"), "avgrh": Column("dew_point"), "avgws": Column("wind_speed"),
    "precipitation": Column("precipitation"), "avgp": Column("pressure", 0.01),
}  # fmt: skip


class CityWeather:
    """城市逐日气象宽表 / wide daily weather of cities: city, date, avgtemp, avgrh, avgws, precipitation, avgp."""

    name = "city-weather"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """One batch a table."""
        complaints = Complaints()
        for sheet in sheets(path, complaints, numeric=lambda header: [c for c in header if c in _COLUMNS]):
            if wanted_columns(sheet, "city", "date", "avgtemp", "avgws"):
                yield self._batch(sheet, context)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _batch(self, sheet: Sheet, context: FeedContext) -> Batch:
        place = as_places(sheet, "city", context.gazetteer.resolve_city, "a city of the gazetteer")
        start, end = day_bounds(as_days(sheet, "date"), BEIJING)
        keys = pl.DataFrame({"place": place, "start": start, "end": end})
        values = as_numbers(sheet, [c for c in _COLUMNS if c in sheet.frame.columns])
        if "avgrh" in values.columns:
            values = values.with_columns(avgrh=_dew_point(pl.col("avgtemp"), pl.col("avgrh")))
        return Wide(sheet, keys, _COLUMNS, "date", values).batch(self.name, context)


def _dew_point(temperature: pl.Expr, humidity: pl.Expr) -> pl.Expr:
    """Dew point [degC] of temperature [degC] and relative humidity [%]; none of dry air."""
    wet = (humidity.clip(100 * LEAST, 100) / 100).log() + GROWTH * temperature / (ZERO + temperature)
    return ZERO * wet / (GROWTH - wet)
