"""``cnemc``: hourly data of China's national control stations.

Four forms, told apart by their header:

* the release of one or more hours, ``timepoint, stationcode, longitude, latitude, area, positionname, …``;
* the wide archive by station, ``date, hour, type, 1001A, 1002A, …``;
* the wide archive by city, ``date, hour, type, 北京, 天津, …``;
* and a list of stations, from which the workspace learns codes it did not know.

Hours are local (UTC+8) and labelled by their start, as the project's data notes say; a mapping with
``hour_label = "end"`` reads them the other way (``docs/feeds.md`` says what speaks for which). Running
means of 24 h (particles and gases) and of 8 h (O3) are rows with intervals of that length that end with the
hour. The maxima so far (``O3_24h``, ``O3_8h_24h``) and the published index are no means and not read;
``published_index`` hands the index out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from airshed.errors import BadInput
from airshed.observations.feeds.cells import (
    Column,
    Wide,
    as_numbers,
    as_places,
    finished,
    is_value,
    long_table,
    not_future,
)
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.station_lists import described_stations
from airshed.observations.feeds.times import Label, as_days, as_hours, as_instants, bounds, utc
from airshed.observations.schema import Batch, FeedContext, Refusal, empty_rows
from airshed.places import Gazetteer
from airshed.quantities import BEIJING, HOUR, resolve_variable

__all__ = ["Cnemc", "hour_label", "published_index"]

_WIDE_KEYS = ("date", "hour", "type")
_RELEASE_KEYS = ("timepoint", "stationcode")
_CELLS_A_BATCH = 3_000_000

_STATISTICS = {
    "pm25": Column("pm25"), "pm25_24h": Column("pm25", hours=24),
    "pm10": Column("pm10"), "pm10_24h": Column("pm10", hours=24),
    "so2": Column("so2"), "so2_24h": Column("so2", hours=24),
    "no2": Column("no2"), "no2_24h": Column("no2", hours=24),
    "co": Column("co"), "co_24h": Column("co", hours=24),
    "o3": Column("o3"), "o3_8h": Column("o3", hours=8),
}  # fmt: skip
"""What each column or ``type`` is, by its name in lower case without dots."""
_KNOWN_UNREAD = {"aqi", "o3_24h", "o3_8h_24h"}


def _plain(name: str) -> str:
    """``PM2.5_24h``, ``pm2_5_24h`` and ``PM25_24h`` are one."""
    return name.strip().lower().replace(".", "").replace("pm2_5", "pm25")


def hour_label(context: FeedContext) -> Label:
    """Which end of the hour a label stands for: the mapping's word, else the start.

    Raises:
        BadInput: the mapping says something else.
    """
    mapping = context.mapping or {}
    label = mapping.get("hour_label", "start")
    if set(mapping) - {"hour_label"} or label not in {"start", "end"}:
        raise BadInput('a mapping with hour_label = "start" or "end" and nothing else', repr(mapping))
    return "end" if label == "end" else "start"


class Cnemc:
    """国家站小时发布及其宽表存档 / hourly national release, and its wide archives by station or city."""

    name = "cnemc"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """One batch a release file; the wide archive in batches of a few million cells."""
        complaints = Complaints()
        for sheet in sheets(path, complaints, numeric=_numeric):
            if set(_RELEASE_KEYS) <= set(sheet.frame.columns):
                yield self._release(sheet, context)
            elif set(_WIDE_KEYS) <= set(sheet.frame.columns):
                yield from self._archive(sheet, context)
            elif stations := described_stations(sheet, context.gazetteer):
                yield Batch(empty_rows(), complaints.take(), stations=stations)
            else:
                _refuse_form(sheet)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _release(self, sheet: Sheet, context: FeedContext) -> Batch:
        sheet = _exchanged(sheet)
        stations = described_stations(sheet, context.gazetteer)
        known = {station.id for station in stations}

        def find(code: str) -> str | None:
            wanted = f"cnemc:{code}"
            return wanted if wanted in known or context.gazetteer.has_station(wanted) else None

        place = as_places(sheet, "stationcode", find, "a station of the gazetteer")
        label = hour_label(context)
        start, end = bounds(as_instants(sheet, "timepoint", BEIJING, label), HOUR, label)
        keys = pl.DataFrame({"place": place, "start": start, "end": end})
        columns = {c: s for c in sheet.frame.columns if (s := _STATISTICS.get(_plain(c))) is not None}
        batch = Wide(sheet, keys, columns, "timepoint").batch(self.name, context)
        return Batch(batch.rows, batch.refusals, batch.read, batch.blanks, stations)

    def _archive(self, sheet: Sheet, context: FeedContext) -> Iterator[Batch]:
        names = [c for c in sheet.frame.columns if c not in _WIDE_KEYS]
        places = _columns_as_places(sheet, names, context.gazetteer)
        label = hour_label(context)
        local = as_days(sheet, "date").cast(pl.Datetime("us")) + as_hours(sheet, "hour", label) * HOUR
        start, end = bounds(utc(local, BEIJING), HOUR, label)
        good = not_future(sheet, end, "date", context)
        kinds = _kinds(sheet)
        good &= kinds.is_in(list(_STATISTICS)).fill_null(False)
        values = _cells(sheet, list(places)).rename(places)
        table = values.with_columns(start.alias("start"), end.alias("end"), kinds.alias("type")).filter(good)
        step = max(1, _CELLS_A_BATCH // max(len(places), 1))
        for first in range(0, max(table.height, 1), step):
            yield self._part(table.slice(first, step), list(places.values()), sheet, context)

    def _part(self, table: pl.DataFrame, places: list[str], sheet: Sheet, context: FeedContext) -> Batch:
        parts = [long_table()]
        for (kind,), rows in table.group_by("type", maintain_order=True):
            parts.append(_unpivoted(rows, places, _STATISTICS[str(kind)]))
        long = pl.concat(parts)
        read = table.height * len(places)
        return Batch(
            finished(long, self.name, context), sheet.complaints.take(), read=read, blanks=read - long.height
        )


def _numeric(header: Sequence[str]) -> list[str]:
    if set(_WIDE_KEYS) <= set(header):
        return [c for c in header if c not in _WIDE_KEYS]
    return [c for c in header if _plain(c) in _STATISTICS or _plain(c) in _KNOWN_UNREAD]


def _refuse_form(sheet: Sheet) -> None:
    wanted = f"the columns {', '.join(_RELEASE_KEYS)} or {', '.join(_WIDE_KEYS)}"
    came = ", ".join(sheet.frame.columns[:12])
    advice = "is this the right feed? `airshed ingest --guess FILE` writes a mapping for any table"
    sheet.complaints.add(Refusal(sheet.name, 1, None, wanted, came, advice))


def _cells(sheet: Sheet, names: list[str]) -> pl.DataFrame:
    """The value columns; where all were read as numbers at once, marks are looked for after the unpivot."""
    chosen = sheet.frame.select(names)
    return chosen if all(kind == pl.Float64 for kind in chosen.dtypes) else as_numbers(sheet, names)


def _unpivoted(rows: pl.DataFrame, places: list[str], statistic: Column) -> pl.DataFrame:
    if statistic.hours is not None:
        rows = rows.with_columns(start=pl.col("end") - timedelta(hours=statistic.hours))
    long = rows.unpivot(on=places, index=["start", "end"], variable_name="place", value_name="value")
    return long.filter(is_value(pl.col("value"))).select(
        "place", pl.lit(statistic.variable).alias("variable"), "start", "end", "value"
    )


def _kinds(sheet: Sheet) -> pl.Series:
    """The ``type`` of each row, plain; one that nobody knows is refused once."""
    cells = sheet.frame["type"].cast(pl.String).fill_null("")
    kinds = {text: _plain(text) for text in cells.unique(maintain_order=True)}
    for text in (t for t, kind in kinds.items() if kind not in _STATISTICS and kind not in _KNOWN_UNREAD):
        rows = (cells == text).arg_true()
        line, wanted = sheet.line(int(rows[0])), f"one of {', '.join(_STATISTICS)}"
        advice = "its lines were left out"
        sheet.complaints.add(Refusal(sheet.name, line, "type", wanted, repr(text), advice, len(rows)))
    return cells.replace_strict(kinds, return_dtype=pl.String)


def _columns_as_places(sheet: Sheet, names: list[str], gazetteer: Gazetteer) -> dict[str, str]:
    """Station codes or city names in the header as ids; an unknown one is refused once, with a count."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        code = f"cnemc:{name}"
        place = code if gazetteer.has_station(code) else gazetteer.resolve_city(name)
        if place is not None and place not in taken:
            found[name] = place
            taken.add(place)
            continue
        cells = sheet.frame[name]
        wanted = (
            "a station or city of the gazetteer" if place is None else f"each place once; {place} came before"
        )
        advice = "its column was left out; add it with `airshed places import`"
        count = max(1, len(cells) - cells.null_count())
        sheet.complaints.add(Refusal(sheet.name, 1, name, wanted, repr(name), advice, count))
    return found


def _exchanged(sheet: Sheet) -> Sheet:
    """A day's maximum cannot be below the hour's value: where it is, the two columns are exchanged."""
    if not {"o3", "o3_24h"} <= set(sheet.frame.columns):
        return sheet
    hour, most = (sheet.frame[c].cast(pl.Float64, strict=False) for c in ("o3", "o3_24h"))
    above, below = int((hour > most).sum()), int((hour < most).sum())
    if above <= below:
        return sheet
    wanted = "o3 (1-h mean) not above o3_24h (largest of the day so far)"
    came = f"above it in {above} of {above + below}"
    advice = "the two columns were taken as exchanged: the 1-h mean was read from o3_24h"
    sheet.complaints.add(Refusal(sheet.name, 1, "o3", wanted, came, advice))
    names = {"o3": "o3_24h", "o3_24h": "o3"}
    return Sheet(sheet.name, sheet.frame.rename(names), sheet.complaints, sheet.first_line, sheet.lines)


def published_index(path: Path) -> pl.DataFrame:
    """What a release file itself publishes: ``place, start, aqi, primary`` (variable ids; several or none).

    For comparison with our own reckoning; never ingested. ``start`` reads labels as starts of hours.
    """
    complaints = Complaints()
    frames = [pl.DataFrame(schema=_PUBLISHED)]
    for sheet in sheets(path, complaints):
        start, _ = bounds(as_instants(sheet, "timepoint", BEIJING), HOUR, "start")
        frames.append(pl.DataFrame({
            "place": "cnemc:" + sheet.frame["stationcode"],
            "start": start,
            "aqi": as_numbers(sheet, ["aqi"])["aqi"].cast(pl.Int64),
            "primary": [_primary(text) for text in sheet.frame["primarypollutant"]],
        }, schema=_PUBLISHED))  # fmt: skip
    return pl.concat(frames)


_PUBLISHED: dict[str, Any] = {
    "place": pl.String, "start": pl.Datetime("us", "UTC"), "aqi": pl.Int64, "primary": pl.List(pl.String),
}  # fmt: skip


def _primary(text: str | None) -> list[str]:
    """``细颗粒物(PM2.5),臭氧8小时`` as ids; a mark for 'none' is an empty list."""
    names = (text or "").replace("，", ",").replace("、", ",").split(",")
    return [found for name in names if (found := resolve_variable(name)) is not None]
