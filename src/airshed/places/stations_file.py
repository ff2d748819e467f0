"""Station lists from a spreadsheet: the national list's columns or one's own, in CSV, XLSX or Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from airshed.errors import BadInput
from airshed.places.coordinates import gcj02_to_wgs84
from airshed.places.names import fold
from airshed.places.nouns import Role, Station

if TYPE_CHECKING:
    from airshed.places.gazetteer import Gazetteer

__all__ = ["read_stations"]

HEADINGS = {
    "id": (
        "id",
        "code",
        "stationcode",
        "station_id",
        "station",
        "站点编号",
        "站点编码",
        "监测点编码",
        "编码",
        "编号",
    ),
    "name_zh": (
        "name_zh",
        "stations_name",
        "name",
        "positionname",
        "station_name",
        "站点名称",
        "监测点名称",
        "名称",
    ),
    "name_en": ("name_en", "stations_en_name", "英文名称"),
    "place": ("place", "area", "city", "城市", "所属城市", "地区"),
    "lon": ("lon", "longitude", "lng", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "datum": ("datum", "坐标系"),
    "role": ("role", "类型", "站点类型"),
    "since": ("since", "起始日期", "启用日期"),
    "until": ("until", "终止日期", "停用日期"),
    "same_as": ("same_as",),
}
WANTED = ("id", "name_zh", "place")
ROLES: dict[str, Role] = {
    "": "evaluation", "evaluation": "evaluation", "评价点": "evaluation", "国控点": "evaluation",
    "control": "control", "对照点": "control", "清洁对照点": "control", "background": "control",
    "背景点": "control", "other": "other", "其他": "other",
}  # fmt: skip
NATIONAL_CODE = re.compile(r"\d{4}[A-Z]")
CONTROL_IN_NAME = re.compile(r"[(（]?(清洁)?对照点?[)）]?$")
MISSING = {"", "-", "—", "_", "NA", "N/A", "NaN", "nan", "null", "None"}
SHIFTED = {"gcj02", "gcj-02", "火星坐标"}


def read_stations(path: Path, gazetteer: Gazetteer) -> tuple[list[Station], list[str]]:
    """Read a station list; a row with a fault is left out and named, the others are taken.

    A national code (``1001A``) becomes ``cnemc:1001A``; other ids are kept as they are. A station is of role
    ``control`` only if the file says so, in a column ``role`` or in its name (对照点). Points are taken as
    WGS-84 unless a column ``datum`` says ``gcj02``; those are converted.

    Args:
        path: CSV (UTF-8, with or without BOM, or GB18030; comma, semicolon or tab), XLSX or Parquet, with the
            columns id, name_zh (or name), name_en, place, lon, lat, role, since, until, same_as, datum; only
            id, a name and place must be there. The headings of the national list are known too.
        gazetteer: finds the place of each station.

    Returns:
        the stations, and the faults as ``file:line: column: wanted …, got …``.

    Raises:
        BadInput: the file cannot be read at all, or a column that must be there is not.
    """
    rows = _Rows(path.name, gazetteer)
    stations = [s for line, cells in _lines(path) if (s := rows.station(line, cells)) is not None]
    return stations, rows.faults


@dataclass
class _Rows:
    """Reads row after row; keeps the faults and the ids already met."""

    file: str
    gazetteer: Gazetteer
    faults: list[str] = field(default_factory=list)
    met: dict[tuple[str, date | None], int] = field(default_factory=dict)

    def station(self, line: int, cells: dict[str, Any]) -> Station | None:
        """The station of a row, or None after a fault."""
        before = len(self.faults)
        identity, zh = _text(cells, "id"), _text(cells, "name_zh")
        en, place = _text(cells, "name_en"), self._place(line, cells)
        for name, value in (("id", identity), ("name", zh or en)):
            if not value:
                self._fault(line, name, "a value", "")
        lon, lat = self._point(line, cells)
        role = self._role(line, cells, zh)
        since, until = self._day(line, cells, "since"), self._day(line, cells, "until")
        if since and until and not since < until:
            self._fault(line, "until", f"a day after since ({since})", until)
        identity = f"cnemc:{identity}" if NATIONAL_CODE.fullmatch(identity) else identity
        self._once(line, identity, since)
        if len(self.faults) > before or place is None:
            return None
        zh = CONTROL_IN_NAME.sub("", zh) or zh
        names = {"zh": zh or en, "en": en or zh}
        twin = _text(cells, "same_as") or None
        return Station(identity, names, place, lon, lat, role, twin, since, until, self.file)

    def _fault(self, line: int, column: str, wanted: str, came: object) -> None:
        self.faults.append(f"{self.file}:{line}: {column}: wanted {wanted}, got {str(came)!r}")

    def _once(self, line: int, identity: str, since: date | None) -> None:
        first = self.met.setdefault((identity, since), line)
        if identity and first != line:
            self._fault(line, "id", f"each id once for each since (line {first} has it)", identity)

    def _place(self, line: int, cells: dict[str, Any]) -> str | None:
        text = _text(cells, "place")
        found = self.gazetteer.resolve_city(text) if text else None
        if found is None:
            self._fault(line, "place", "a place the gazetteer knows", text)
        return found

    def _point(self, line: int, cells: dict[str, Any]) -> tuple[float | None, float | None]:
        lon, lat = self._degrees(line, cells, "lon", 180), self._degrees(line, cells, "lat", 90)
        if (lon is None) != (lat is None) and (_text(cells, "lon") == "" or _text(cells, "lat") == ""):
            self._fault(line, "lon, lat", "both or neither", f"{lon}, {lat}")
        if lon is None or lat is None:
            return None, None
        if _text(cells, "datum").casefold() in SHIFTED:
            x, y = gcj02_to_wgs84(lon, lat)
            return round(float(x), 6), round(float(y), 6)
        return lon, lat

    def _degrees(self, line: int, cells: dict[str, Any], column: str, bound: float) -> float | None:
        text = _text(cells, column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not -bound <= value <= bound:
            self._fault(line, column, f"degrees between -{bound} and {bound}", text)
            return None
        return value

    def _role(self, line: int, cells: dict[str, Any], name: str) -> Role:
        text = _text(cells, "role").casefold()
        if text not in ROLES:
            self._fault(line, "role", f"one of {', '.join(get_args(Role))}", text)
        if not text and CONTROL_IN_NAME.search(name):
            return "control"
        return ROLES.get(text, "evaluation")

    def _day(self, line: int, cells: dict[str, Any], column: str) -> date | None:
        value = cells.get(column)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = _text(cells, column)
        if not text:
            return None
        try:
            return date.fromisoformat(text.replace("/", "-"))
        except ValueError:
            self._fault(line, column, "a day as YYYY-MM-DD", text)
            return None


def _text(cells: dict[str, Any], column: str) -> str:
    text = str(cells.get(column) if cells.get(column) is not None else "").strip()
    return "" if text in MISSING else text


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and cells by our column names, for every row that is not empty."""
    rows = _cells(path)
    try:
        _, header = next(rows)
    except StopIteration:
        raise BadInput(
            f"{path.name}: a header line is wanted", "an empty file", "see docs/places.md"
        ) from None
    columns = _columns(path, [str(h or "") for h in header])
    for line, row in rows:
        if any(cell not in (None, "") for cell in row):
            yield line, {name: row[i] for name, i in columns.items() if i < len(row)}


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    """Where each of our columns stands."""
    places = {fold(h): i for i, h in reversed(list(enumerate(header)))}
    columns = {
        name: next(places[fold(h)] for h in headings if fold(h) in places)
        for name, headings in HEADINGS.items()
        if any(fold(h) in places for h in headings)
    }
    if "name_zh" not in columns and "name_en" in columns:
        columns["name_zh"] = columns["name_en"]
    lacking = [name for name in WANTED if name not in columns]
    if lacking:
        raise BadInput(
            f"{path.name}:1: columns {', '.join(lacking)} are wanted", f"the columns {', '.join(header)}",
            "rename the columns, or add them",
        )  # fmt: skip
    return columns


def _cells(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """Rows with their line numbers, the header first."""
    if path.suffix.lower() in {".xlsx", ".xls", ".parquet"}:
        yield from _table_cells(path)
        return
    text = _decoded(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    for row in reader:
        yield reader.line_num, list(row)


def _table_cells(path: Path) -> Iterator[tuple[int, list[Any]]]:
    try:
        table = pl.read_parquet(path) if path.suffix.lower() == ".parquet" else pl.read_excel(path)
    except Exception as error:  # the readers below raise what they please
        raise BadInput(
            f"{path.name}: XLSX or Parquet is wanted", str(error), "open and save it anew"
        ) from error
    yield 1, list(table.columns)
    for i, row in enumerate(table.iter_rows(), start=2):
        yield i, list(row)


def _decoded(path: Path) -> str:
    """A text file in UTF-8 (BOM or not), else GB18030."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path.name}: text in UTF-8 or GB18030 is wanted", "neither", "save it as UTF-8")
