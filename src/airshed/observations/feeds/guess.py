"""``airshed ingest --guess FILE``: what each column of an unknown table may be, and how sure that is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from airshed.errors import BadInput
from airshed.observations.feeds.cells import as_numbers
from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import Sheet, sheets
from airshed.observations.feeds.times import as_instants
from airshed.quantities import BEIJING, Clock, resolve_variable, variable

__all__ = ["Belief", "Guess", "guess"]

Sureness = Literal["sure", "likely", "unsure"]
_SURE_ZH = {"sure": "确定", "likely": "很可能", "unsure": "不确定，请核对"}
_SAMPLE = 20_000

_PLACE_HEADS = (
    "stationcode", "站点编码", "监测点编码", "station", "positionname", "站点", "站点名称", "监测点",
    "监测点名称", "监测点位", "点位", "点位名称", "测点", "测点名称", "site", "城市", "城市名称", "city",
    "area", "地区", "place", "name", "名称", "location",
)  # fmt: skip
_CITY_HEADS = {"城市", "城市名称", "city", "area", "地区"}
_DAY_HEADS = ("date", "日期", "监测日期", "day")
_HOUR_HEADS = ("hour", "小时", "时", "时次", "监测小时")
_TIME_HEADS = (
    "timepoint",
    "datetime",
    "time",
    "timestamp",
    "时间",
    "监测时间",
    "数据时间",
    "采样时间",
    "日期时间",
    *_DAY_HEADS,
)
_ISSUED_HEADS = ("issued_at", "发布时间", "入库时间", "更新时间")
_NAME_HEADS = ("variable", "parameter", "pollutant", "项目", "监测项目", "污染物", "因子", "监测因子", "指标")
_VALUE_HEADS = ("value", "浓度", "监测值", "数值", "结果", "值", "concentration")
_UNIT_HEADS = ("unit", "units", "单位")
_UNIT_IN_HEAD = re.compile(r"^(.*?)\s*[(（\[【]\s*([^()（）\[\]【】]+?)\s*[)）\]】]\s*$")
_HOURS_IN_HEAD = re.compile(r"^(.*?)[_\s-]?(8|24)\s*(?:h|小时)(?:滑动|平均|滑动平均)?$", re.IGNORECASE)
_CO_IN_MICROGRAMS = 30.0
"""A median of CO above this is no mg/m³: the air of no city has held that for half of its hours."""


@dataclass(frozen=True)
class Belief:
    """One line of the mapping, why it is believed, and how surely."""

    key: str
    value: Any
    sure: Sureness
    zh: str
    en: str

    def line(self) -> str:
        """The line with its comment, Chinese first."""
        note = f"# {_SURE_ZH[self.sure]}：{self.zh} / {self.sure}: {self.en}"
        return f"{note}\n{self.key} = {_toml(self.value)}"


@dataclass(frozen=True)
class Guess:
    """A mapping as believed. ``text()`` is the file to correct, ``mapping()`` what it holds."""

    file: str
    beliefs: dict[str, list[Belief]]
    unread: tuple[str, ...] = field(default=())

    def mapping(self) -> dict[str, Any]:
        """The mapping as the ``long`` feed takes it."""
        raw: dict[str, Any] = {}
        for section, beliefs in self.beliefs.items():
            table = raw
            for part in _sections(section):
                table = table.setdefault(part, {})
            table.update({belief.key: belief.value for belief in beliefs})
        return raw

    def text(self) -> str:
        """A TOML file that says for each line why it is believed and how surely."""
        parts = [
            f"# 对 {self.file} 的猜测，请核对后使用\n# A guess at {self.file}: check it before you use it"
        ]
        if self.unread:
            parts[0] += f"\n# 未读的列 / columns not read: {', '.join(self.unread)}"
        for section, beliefs in self.beliefs.items():
            head = ".".join(_quoted(part) for part in _sections(section))
            parts.append("\n".join(([f"[{head}]"] if head else []) + [b.line() for b in beliefs]))
        return "\n\n".join(parts) + "\n"


_BETWEEN = "\x1f"


def _sections(section: str) -> list[str]:
    return section.split(_BETWEEN) if section else []


def _quoted(part: str) -> str:
    return part if re.fullmatch(r"[a-z_]+", part) else json.dumps(part, ensure_ascii=False)


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def guess(path: Path, clock: Clock = BEIJING) -> Guess:
    """What the columns of a table most likely are (first sheet, first 20,000 rows).

    Parameters:
        clock: local time of the region, for times that name no zone.

    Raises:
        BadInput: no table can be opened, or no column of places, times or values can be found in it.
    """
    complaints = Complaints()
    sheet = next(sheets(path, complaints), None)
    if sheet is None:
        reasons = "; ".join(str(r) for r in complaints.take())
        raise BadInput("a table that can be opened", reasons, "check the file")
    sheet = Sheet(sheet.name, sheet.frame.head(_SAMPLE), complaints)
    beliefs: dict[str, list[Belief]] = {"": [_source(path)]}
    values = _long_form(sheet) or _wide_form(sheet)
    place, time = _place(sheet, values), _times(sheet, clock)
    daily = any(b.key == "averaging" and b.value == "1d" for b in time)
    beliefs[""] += _zeros(sheet, values)
    beliefs |= {"place": place, "time": time} | _daily_ozone(values, daily=daily)
    used = {str(b.value) for group in (place, time) for b in group} | {s.split(_BETWEEN)[-1] for s in values}
    used |= {str(b.value) for b in values.get("long", [])}
    return Guess(path.name, beliefs, tuple(c for c in sheet.frame.columns if c not in used))


def _source(path: Path) -> Belief:
    name = re.sub(r"\W+", "-", path.name.split(".")[0].lower()).strip("-") or "table"
    return Belief(
        "source",
        name,
        "unsure",
        "数据来源的名称，取自文件名",
        "the name of the source, taken from the file's",
    )


def _head(sheet: Sheet, heads: tuple[str, ...]) -> str | None:
    """The column whose name is one of these; the earlier in the list the better."""
    plain = {c.strip().lower(): c for c in sheet.frame.columns}
    return next((plain[h] for h in heads if h in plain), None)


def _texts(sheet: Sheet) -> list[str]:
    schema = sheet.frame.schema
    return [c for c in sheet.frame.columns if schema[c] == pl.String]


def _place(sheet: Sheet, values: dict[str, list[Belief]]) -> list[Belief]:
    column = _head(sheet, _PLACE_HEADS)
    if column is not None:
        kind = "city" if column.lower() in _CITY_HEADS else "any"
        return [
            Belief("column", column, "likely", "列名像地点", "the head names a place"),
            Belief("kind", kind, "likely", "any 站点或城市, station 站点, city 城市", "any, station or city"),
        ]
    taken = {s.split(_BETWEEN)[-1] for s in values}
    chinese = [
        c
        for c in _texts(sheet)
        if c not in taken and sheet.frame[c].str.contains(r"^\p{Han}{2,}").mean() == 1
    ]
    if chinese:
        return [
            Belief("column", chinese[0], "unsure", "该列全是汉字名称", "every cell of it is a Chinese name")
        ]
    zh, en = (
        "没有找到地点列：请填写站点或城市的编码",
        "no column of places was found: put the station's or city's id here",
    )
    return [Belief("value", "?", "unsure", zh, en)]


def _times(sheet: Sheet, clock: Clock) -> list[Belief]:
    hour = _head(sheet, _HOUR_HEADS)
    column = _head(sheet, _DAY_HEADS) if hour else _head(sheet, _TIME_HEADS)
    column = column or next((c for c in _texts(sheet) if _share_of_times(sheet, c) > 0.9), None)
    if column is None:
        advice = "name a column date or time, or write the mapping by hand"
        raise BadInput("a column of times", ", ".join(sheet.frame.columns), advice)
    found = [
        Belief(
            "date" if hour else "column",
            column,
            "likely",
            "列名或内容像时间",
            "its head or cells look like times",
        )
    ]
    if hour:
        found.append(Belief("hour", hour, "likely", "列名像小时", "the head names an hour"))
    found += [_label(sheet, hour or column), _averaging(sheet, column, hour), _offset(sheet, column, clock)]
    if issued := _head(sheet, _ISSUED_HEADS):
        found.append(
            Belief("issued_at", issued, "likely", "列名像发布时间", "the head names a time of issue")
        )
    return found


def _instants(sheet: Sheet, column: str) -> pl.Series:
    quiet = Sheet(sheet.name, sheet.frame, Complaints())
    return as_instants(quiet, column, BEIJING, "end", optional=True)


def _share_of_times(sheet: Sheet, column: str) -> float:
    filled = sheet.frame[column].drop_nulls()
    return _instants(sheet, column).count() / len(filled) if len(filled) else 0.0


def _label(sheet: Sheet, column: str) -> Belief:
    text = sheet.frame[column].cast(pl.String)
    if text.str.contains(r"(^|[T ])24(:00)*$").any():
        return Belief(
            "label", "end", "sure", "出现 24 时，说明标记的是时段结束", "an hour 24 occurs: labels are ends"
        )
    zh, en = (
        "时间标记时段的开始 start 还是结束 end，文件里看不出",
        "start or end of the interval: the file does not tell",
    )
    return Belief("label", "start", "unsure", zh, en)


def _averaging(sheet: Sheet, column: str, hour: str | None) -> Belief:
    if hour:
        return Belief("averaging", "1h", "likely", "有小时列", "there is a column of hours")
    times = _instants(sheet, column).drop_nulls().unique().sort()
    step = times.diff().drop_nulls().min()
    minutes = int(step.total_seconds() // 60) if step is not None else 0  # type: ignore[union-attr]
    if minutes == 0:
        return Belief(
            "averaging",
            "1h",
            "unsure",
            "只有一个时刻，看不出间隔",
            "there is but one time, so no step to see",
        )
    if minutes % 1440 == 0:
        return Belief("averaging", "1d", "likely", "相邻时刻相差一天", "times are a day apart")
    text = f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}min"
    return Belief(
        "averaging", text, "likely", f"相邻时刻相差 {minutes} 分钟", f"times are {minutes} minutes apart"
    )


def _offset(sheet: Sheet, column: str, clock: Clock) -> Belief:
    hours = int(clock.utc_offset) if clock.utc_offset == int(clock.utc_offset) else clock.utc_offset
    text = sheet.frame[column].cast(pl.String)
    if text.str.contains(r"(Z|[+-]\d{2}:?\d{2})$").any() and text.str.contains(r"\d[T ]\d").any():
        return Belief(
            "utc_offset",
            hours,
            "sure",
            "时间自带时区，此值不用",
            "the times name their zone; this is not used",
        )
    zh, en = f"没有写时区，按本区域时间 {clock.zone}", f"no zone is named: the region's time, {clock.zone}"
    return Belief("utc_offset", hours, "unsure", zh, en)


def _wide_form(sheet: Sheet) -> dict[str, list[Belief]]:
    found: dict[str, list[Belief]] = {}
    for column in sheet.frame.columns:
        beliefs = _value_column(sheet, column)
        if beliefs:
            found[f"columns{_BETWEEN}{column}"] = beliefs
    if not found:
        heads = ", ".join(sheet.frame.columns)
        raise BadInput(
            "a column that names a pollutant or weather variable", heads, "write the mapping by hand"
        )
    return found


def _value_column(sheet: Sheet, column: str) -> list[Belief]:
    named = _UNIT_IN_HEAD.match(column)
    name, unit = (named[1], named[2]) if named and resolve_variable(column) is None else (column, None)
    running = _HOURS_IN_HEAD.match(name)
    hours = int(running[2]) if running and resolve_variable(running[1]) else None
    key = resolve_variable(running[1]) if running and hours else resolve_variable(name)
    if key is None:
        return []
    beliefs = [Belief("variable", key, "sure" if unit else "likely", f"列名 {name}", f"the head is {name}")]
    beliefs.append(_unit(sheet, column, key, unit))
    if hours:
        zh, en = f"列名含 {hours} 小时滑动平均", f"the head names a running mean of {hours} h"
        beliefs.append(Belief("averaging", f"{hours}h", "likely", zh, en))
    return beliefs


def _unit(sheet: Sheet, column: str, key: str, named: str | None) -> Belief:
    if named is not None:
        return Belief("unit", named, "sure", "列名里写明单位", "the head names the unit")
    numbers = as_numbers(Sheet(sheet.name, sheet.frame, Complaints()), [column])[column]
    median = numbers.median()
    if key == "co" and isinstance(median, float) and median > _CO_IN_MICROGRAMS:
        zh, en = f"中位数 {median:g}，不可能是 mg/m³", f"the median is {median:g}: that cannot be mg/m3"
        return Belief("unit", "ug/m3", "likely", zh, en)
    return Belief(
        "unit", variable(key).unit, "unsure", "没有写单位，取常用单位", "no unit is named: the usual one"
    )


def _long_form(sheet: Sheet) -> dict[str, list[Belief]]:
    name, value, unit = (_head(sheet, heads) for heads in (_NAME_HEADS, _VALUE_HEADS, _UNIT_HEADS))
    if name is None or value is None:
        return {}
    beliefs = [
        Belief("variable", name, "likely", "列名像监测项目", "the head names a variable"),
        Belief("value", value, "likely", "列名像数值", "the head names a value"),
    ]
    if unit is not None:
        beliefs.append(Belief("unit", unit, "likely", "列名像单位", "the head names a unit"))
    else:
        beliefs.append(Belief("unit_text", "ug/m3", "unsure", "没有单位列", "there is no column of units"))
    return {"long": beliefs}


def _zeros(sheet: Sheet, values: dict[str, list[Belief]]) -> list[Belief]:
    """Zeros beside no blanks at all: a source that writes 0 for missing looks like this."""
    columns = [s.split(_BETWEEN)[1] for s in values if _BETWEEN in s]
    numbers = as_numbers(Sheet(sheet.name, sheet.frame, Complaints()), columns) if columns else pl.DataFrame()
    particles = [
        c for c in columns if any(b.value in {"pm25", "pm10"} for b in values[f"columns{_BETWEEN}{c}"])
    ]
    zeros = sum(int((numbers[c] == 0).sum()) for c in particles)
    blanks = sum(numbers[c].null_count() for c in columns)
    if not zeros:
        return []
    zh, en = (
        f"颗粒物有 {zeros} 个 0，空格 {blanks} 个",
        f"particles hold {zeros} zeros, and there are {blanks} blanks",
    )
    return [Belief("zero_is_missing", blanks == 0, "unsure", zh, en)]


def _daily_ozone(values: dict[str, list[Belief]], *, daily: bool) -> dict[str, list[Belief]]:
    """In a daily table the 8-h column is the day's maximum 8-h mean, another variable."""
    if not daily:
        return values
    zh, en = "日数据中的 O3_8h 是日最大 8 小时平均", "in daily data O3_8h is the daily maximum 8-h mean"
    mda8 = Belief("variable", "o3_mda8", "likely", zh, en)
    found = {}
    for section, beliefs in values.items():
        kinds = {b.key: b.value for b in beliefs}
        if kinds.get("variable") == "o3" and kinds.get("averaging") == "8h":
            found[section] = [mda8, *(b for b in beliefs if b.key == "unit")]
        else:
            found[section] = [b for b in beliefs if b.key != "averaging" or b.value != "24h"]
    return found
