"""``openaq``: the daily archive of OpenAQ (CSV.gz) and answers of its API v3 (JSON, kept by ``openaq_api``).

In the archive (``location_id, sensors_id, location, datetime, lat, lon, parameter, units, value``)
``datetime`` is the **end** of the averaging hour, local with its offset. In the API each value carries its
period in UTC. A location ``2178`` is the station ``openaq:2178``, known to the gazetteer, or by the
mapping: ``stations = {"2178" = "cnemc:1003A"}`` names a known one, ``place = "gb2260:110000"`` the city all
locations of the file lie in (they are then described by what the file says of them).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from airshed.observations.feeds.cells import as_places, wanted_columns
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.long import long_form_batch
from airshed.observations.feeds.mapping import LongForm, Mapping, PlaceMap, TimeMap
from airshed.observations.feeds.reading import Sheet, sheets, tables_under
from airshed.observations.feeds.times import as_instants, bounds
from airshed.observations.schema import Batch, FeedContext, Refusal, empty_rows
from airshed.places import Station
from airshed.quantities import BEIJING, HOUR

__all__ = ["OpenAq"]

_ARCHIVE = ("location_id", "datetime", "parameter", "units", "value")
_MAPPING = Mapping(
    source="openaq",
    place=PlaceMap(column="location_id"),
    time=TimeMap(column="datetime", label="end"),
    long=LongForm("parameter", "value", "units"),
)
_JSON_COLUMNS = {
    "location_id": pl.String, "location": pl.String, "lat": pl.Float64, "lon": pl.Float64, "from": pl.String,
    "datetime": pl.String, "parameter": pl.String, "units": pl.String, "value": pl.Float64,
}  # fmt: skip


class OpenAq:
    """OpenAQ 存档与接口 / OpenAQ: the CSV.gz archive, and kept answers of its API v3."""

    name = "openaq"

    def read(self, path: Path, context: FeedContext) -> Iterator[Batch]:
        """One batch a file."""
        complaints = Complaints()
        for file in _files(path):
            for sheet in (
                [_json_sheet(file, complaints)] if file.suffix == ".json" else sheets(file, complaints)
            ):
                if sheet is not None and wanted_columns(sheet, *_ARCHIVE):
                    yield self._batch(sheet, context)
        if left := complaints.take():
            yield Batch(empty_rows(), left)

    def _batch(self, sheet: Sheet, context: FeedContext) -> Batch:
        stations = _described(sheet, context)
        place = as_places(
            sheet, "location_id", lambda text: _find(text, stations, context),
            "a location that is known as a station openaq:…, or that the mapping names",
        )  # fmt: skip
        end = as_instants(sheet, "datetime", BEIJING, "end")
        start = (
            as_instants(sheet, "from", BEIJING)
            if "from" in sheet.frame.columns
            else bounds(end, HOUR, "end")[0]
        )
        keys = pl.DataFrame({"place": place, "start": start, "end": end})
        batch = long_form_batch(sheet, keys, _MAPPING, context)
        used = tuple(s for s in stations.values() if not context.gazetteer.has_station(s.id))
        return Batch(batch.rows, batch.refusals, batch.read, batch.blanks, used)


def _files(path: Path) -> list[Path]:
    jsons = sorted(path.rglob("*.json")) if path.is_dir() else []
    return [*tables_under(path), *jsons]


def _find(location: str, described: dict[str, Station], context: FeedContext) -> str | None:
    named = (context.mapping or {}).get("stations", {}).get(location)
    if named is not None:
        known = context.gazetteer.has_station(named)
        return str(named) if known else context.gazetteer.resolve_city(str(named))
    station = f"openaq:{location}"
    return station if context.gazetteer.has_station(station) or location in described else None


def _described(sheet: Sheet, context: FeedContext) -> dict[str, Station]:
    """Stations by location, where the mapping says in which city they lie."""
    text = (context.mapping or {}).get("place")
    if text is None:
        return {}
    place = context.gazetteer.require(str(text))
    wanted = [c for c in ("location_id", "location", "lat", "lon") if c in sheet.frame.columns]
    rows = sheet.frame.select(pl.col(wanted).cast(pl.String)).unique("location_id", maintain_order=True)
    found = {}
    for row in rows.iter_rows(named=True):
        location, name = str(row["location_id"]), row.get("location") or f"OpenAQ {row['location_id']}"
        lon, lat = _point(row.get("lon"), row.get("lat"))
        names = {"zh": name, "en": name}
        found[location] = Station(f"openaq:{location}", names, place, lon, lat, "other", source="OpenAQ")
    return found


def _point(lon: str | None, lat: str | None) -> tuple[float, float] | tuple[None, None]:
    try:
        x, y = float(lon or ""), float(lat or "")
    except ValueError:
        return None, None
    return (x, y) if -180 <= x <= 180 and -90 <= y <= 90 else (None, None)


def _json_sheet(path: Path, complaints: Complaints) -> Sheet | None:
    """Kept answers of the API as a table; a result that lacks a part is refused by its number."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        location, results = kept["location"], list(kept["results"])
        head = _location(location)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        wanted = "kept answers of OpenAQ: an object with location and results"
        came = f"{type(error).__name__}: {error}"
        complaints.add(
            Refusal(path.name, getattr(error, "lineno", None), None, wanted, came, "fetch it again")
        )
        return None
    rows, numbers = [], []
    for number, result in enumerate(results, start=1):
        try:
            rows.append(head | _result(result))
            numbers.append(number)
        except (KeyError, TypeError, ValueError) as error:
            wanted = "a result with value, parameter and period"
            came = f"{type(error).__name__}: {error}"
            complaints.add(Refusal(path.name, number, "results", wanted, came, "this result was left out"))
    return Sheet(path.name, pl.DataFrame(rows, schema=_JSON_COLUMNS), complaints, lines=numbers)


def _location(raw: Any) -> dict[str, Any]:
    point = raw.get("coordinates") or {}
    name = raw.get("name")
    return {
        "location_id": str(raw["id"]),
        "location": name,
        "lat": point.get("latitude"),
        "lon": point.get("longitude"),
    }


def _result(raw: Any) -> dict[str, Any]:
    period, value = raw["period"], raw["value"]
    return {
        "from": str(period["datetimeFrom"]["utc"]),
        "datetime": str(period["datetimeTo"]["utc"]),
        "parameter": str(raw["parameter"]["name"]),
        "units": str(raw["parameter"]["units"]),
        "value": None if value is None else float(value),
    }
