"""The mapping file of the ``long`` feed: which column is what. TOML or YAML.

```toml
source = "my-monitors"             # name under which the values are kept
stage = "raw"                      # raw | provisional | audited
zero_is_missing = false            # whether this source writes 0 where it has nothing
missing = ["*"]                    # further marks of a gap
[place]
column = "站点"                    # or: value = "gb2260:130200" for a file about one place
kind = "any"                       # any | station | city
within = "gb2260:130000"           # where names are looked for (may be left out)
[time]
column = "监测时间"                # or: date = "日期" and hour = "小时"
format = "%d/%m/%Y %H:%M"          # only for forms that are not understood anyway
label = "start"                    # does the time name the start or the end of its interval?
averaging = "1h"                   # 1h, 8h, 24h, 1d (a whole local day) …
utc_offset = 8                     # hours ahead of UTC, where the text names no zone
issued_at = "发布时间"             # column (may be left out)
[columns."PM2.5(μg/m³)"]           # wide tables: one entry a value column
variable = "pm25"
unit = "ug/m3"
averaging = "24h"                  # only where it differs: a running mean that ends with the row's interval
[long]                             # long tables instead: variable, value and unit in columns of their own
variable = "项目"
value = "浓度"
unit = "单位"                      # a column; or unit_text = "ug/m3" for all
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from airshed.errors import BadInput
from airshed.observations.feeds.cells import Column
from airshed.observations.feeds.times import Label
from airshed.observations.schema import STAGES
from airshed.quantities import Clock, conversion, variable

__all__ = ["LongForm", "Mapping", "PlaceMap", "TimeMap", "read_mapping"]

_ADVICE = "`airshed ingest --guess FILE` writes a mapping to start from"
PlaceKind = Literal["any", "station", "city"]


@dataclass(frozen=True)
class PlaceMap:
    """Where the place of a row stands: a column, or one value for the whole file."""

    column: str | None = None
    value: str | None = None
    kind: PlaceKind = "any"
    within: str | None = None


@dataclass(frozen=True)
class TimeMap:
    """Where the time of a row stands and how it is read."""

    column: str | None = None
    date: str | None = None
    hour: str | None = None
    format: str | None = None
    label: Label = "start"
    averaging: timedelta = timedelta(hours=1)
    clock: Clock = field(default_factory=lambda: Clock(8))
    issued_at: str | None = None

    @property
    def shown(self) -> str:
        """The column a message names."""
        return self.column or self.date or ""


@dataclass(frozen=True)
class LongForm:
    """Columns of a table with one value a row."""

    variable: str
    value: str
    unit: str | None = None
    unit_text: str | None = None


@dataclass(frozen=True)
class Mapping:
    """What each column of a table is."""

    source: str
    place: PlaceMap
    time: TimeMap
    columns: Dict[str, Column] = field(default_factory=dict)
    long: LongForm | None = None
    stage: int = 0
    zero_is_missing: bool = False
    missing: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: Dict[str, Any]) -> Mapping:
        """A mapping from what a mapping file holds.

        Raises:
            BadInput: a field is missing, unknown or does not fit; the message names it.
        """
        known = {"source", "stage", "zero_is_missing", "missing", "place", "time", "columns", "long"}
        _no_others(raw, known, "")
        if bool(raw.get("columns")) == bool(raw.get("long")):
            raise BadInput(
                "either [columns.…] or [long] in the mapping",
                "both" if raw.get("long") else "neither",
                _ADVICE,
            )
        stage = str(raw.get("stage", "raw"))
        return cls(
            source=_text(raw, "source", ""), place=_place(raw), time=_time(raw),
            columns={head: _column(head, entry) for head, entry in dict(raw.get("columns", {})).items()},
            long=_long(raw["long"]) if raw.get("long") else None,
            stage=STAGES[_one_of("stage", stage, tuple(STAGES))],
            zero_is_missing=bool(raw.get("zero_is_missing", False)),
            missing=tuple(str(mark) for mark in raw.get("missing", ())),
        )  # fmt: skip


def read_mapping(path: Path) -> dict[str, Any]:
    """The content of a mapping file, TOML or YAML by its suffix.

    Raises:
        BadInput: the file is not well formed; the message has the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"the mapping file {path}", error.strerror or str(error), "check its path") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: a mapping in UTF-8", "another encoding", _ADVICE) from error
    try:
        raw = yaml.safe_load(text) if path.suffix.lower() in {".yml", ".yaml"} else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path.name}: a mapping in TOML or YAML", str(error), _ADVICE) from error
    if not isinstance(raw, dict):
        raise BadInput(
            f"{path.name}: a mapping with [place], [time] and [columns.…]", repr(raw)[:80], _ADVICE
        )
    return raw


def _place(raw: Dict[str, Any]) -> PlaceMap:
    place = _table(raw, "place", {"column", "value", "kind", "within"})
    if ("column" in place) == ("value" in place):
        raise BadInput("place.column or place.value in the mapping", repr(dict(place)), _ADVICE)
    kind = cast(PlaceKind, _one_of("place.kind", str(place.get("kind", "any")), ("any", "station", "city")))
    return PlaceMap(place.get("column"), place.get("value"), kind, place.get("within"))


def _time(raw: Dict[str, Any]) -> TimeMap:
    known = {"column", "date", "hour", "format", "label", "averaging", "utc_offset", "issued_at"}
    time = _table(raw, "time", known)
    if ("column" in time) == ("date" in time):
        raise BadInput("time.column or time.date in the mapping", repr(dict(time)), _ADVICE)
    label = cast(Label, _one_of("time.label", str(time.get("label", "start")), ("start", "end")))
    return TimeMap(
        time.get("column"), time.get("date"), time.get("hour"), time.get("format"), label,
        averaging(str(time.get("averaging", "1h")), "time.averaging"), _clock(time), time.get("issued_at"),
    )  # fmt: skip


def _clock(time: Dict[str, Any]) -> Clock:
    came = time.get("utc_offset", 8)
    try:
        return Clock(float(came))
    except (TypeError, ValueError) as error:
        raise BadInput("time.utc_offset from -12 to 14", repr(came), "8 is Beijing time") from error


def averaging(text: str, where: str = "averaging") -> timedelta:
    """An averaging time such as ``1h``, ``30min`` or ``1d``.

    Raises:
        BadInput: it is none.
    """
    found = re.fullmatch(r"\s*(\d+)\s*(min|h|d)\s*", text)
    if found is None or not int(found[1]):
        raise BadInput(f"{where} such as 1h, 8h, 30min or 1d in the mapping", repr(text))
    return (
        int(found[1])
        * {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]
    )


def _column(head: str, entry: Any) -> Column:
    where = f'columns."{head}"'
    if not isinstance(entry, dict):
        raise BadInput(f"{where} with variable and unit", repr(entry), _ADVICE)
    _no_others(entry, {"variable", "unit", "averaging"}, f"{where}.")
    found = variable(_text(entry, "variable", f"{where}."))
    factor, offset = conversion(_text(entry, "unit", f"{where}."), found)
    hours = averaging(str(entry["averaging"]), f"{where}.averaging") if "averaging" in entry else None
    return Column(found.id, factor, offset, int(hours / timedelta(hours=1)) if hours else None)


def _long(raw: Any) -> LongForm:
    table = raw if isinstance(raw, dict) else {}
    _no_others(table, {"variable", "value", "unit", "unit_text"}, "long.")
    if ("unit" in table) == ("unit_text" in table):
        raise BadInput("long.unit (a column) or long.unit_text in the mapping", repr(table), _ADVICE)
    return LongForm(
        _text(table, "variable", "long."),
        _text(table, "value", "long."),
        table.get("unit"),
        table.get("unit_text"),
    )


def _table(raw: Dict[str, Any], name: str, known: set[str]) -> Dict[str, Any]:
    table = raw.get(name)
    if not isinstance(table, dict):
        raise BadInput(f"[{name}] in the mapping", repr(table), _ADVICE)
    _no_others(table, known, f"{name}.")
    return table


def _no_others(table: Dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(table) - known):
        wanted = f"in the mapping only {', '.join(where + k for k in sorted(known))}"
        raise BadInput(wanted, ", ".join(where + k for k in unknown), _ADVICE)


def _text(table: Dict[str, Any], name: str, where: str) -> str:
    came = table.get(name)
    if not isinstance(came, str) or not came:
        raise BadInput(f"{where}{name} in the mapping, a text", repr(came), _ADVICE)
    return came


def _one_of(where: str, came: str, allowed: tuple[str, ...]) -> str:
    if came not in allowed:
        raise BadInput(f"{where} one of {', '.join(allowed)} in the mapping", repr(came))
    return came
