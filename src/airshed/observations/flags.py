"""Flags say what is odd about a value. They never delete it."""

from __future__ import annotations

from enum import IntFlag
from typing import Any, Literal

__all__ = ["INVALID_MASK", "Flag", "describe", "names", "severity", "usable"]


class Flag(IntFlag):
    """Bits of the column ``flag``."""

    ZERO_MISSING = 1
    OUT_OF_RANGE = 2
    STUCK = 4
    STALE = 8
    SPIKE = 16
    PM25_ABOVE_PM10 = 32
    SOURCES_DISAGREE = 64
    DUST = 128
    BELOW_DETECTION = 256
    OVERRIDE_VALID = 1024
    OVERRIDE_INVALID = 2048


Severity = Literal["invalid", "suspect", "note", "person"]

_MEANING: dict[Flag, tuple[Severity, str, str]] = {
    Flag.ZERO_MISSING: ("invalid", "来源以 0 表示缺测", "a zero that this source writes for missing"),
    Flag.OUT_OF_RANGE: ("invalid", "超出可能范围", "outside what the quantity can be"),
    Flag.STUCK: ("invalid", "数值长时间不变", "the same value for too long"),
    Flag.STALE: ("invalid", "站点数据陈旧", "a stale copy of an older hour"),
    Flag.SPIKE: ("suspect", "孤立突变", "far from both its neighbours in time"),
    Flag.PM25_ABOVE_PM10: ("suspect", "PM2.5 高于 PM10", "PM2.5 above PM10 of the same hour"),
    Flag.SOURCES_DISAGREE: ("suspect", "来源之间不一致", "two sources disagree"),
    Flag.DUST: ("note", "沙尘时段", "an hour of sand or dust"),
    Flag.BELOW_DETECTION: ("note", "低于检出限", "below the detection limit"),
    Flag.OVERRIDE_VALID: ("person", "人工确认有效", "a person says it is valid"),
    Flag.OVERRIDE_INVALID: ("person", "人工判为无效", "a person says it is not valid"),
}

INVALID_MASK = int(Flag.ZERO_MISSING | Flag.OUT_OF_RANGE | Flag.STUCK | Flag.STALE)


def severity(flag: Flag) -> Severity:
    """invalid: kept, not counted; suspect: counted and reported; note: for reading; person: stronger than all."""
    return _MEANING[flag][0]


def describe(flag: Flag, language: str = "en") -> str:
    """What one flag means, in words."""
    return _MEANING[flag][1 if language == "zh" else 2]


def names(bits: int) -> list[str]:
    """Names of the bits set.

    >>> names(17)
    ['zero_missing', 'spike']
    """
    return [str(f.name).lower() for f in Flag if bits & f]


def usable(flag: Any) -> Any:
    """Whether a flagged value counts: a person's word first, then the invalid bits.

    Works on ints, Polars expressions and Ibis columns alike.

    >>> bool(usable(0)), bool(usable(1)), bool(usable(1 | 1024)), bool(usable(2048))
    (True, False, True, False)
    """
    said_valid = (flag & int(Flag.OVERRIDE_VALID)) > 0
    found_invalid = (flag & (INVALID_MASK | int(Flag.OVERRIDE_INVALID))) > 0
    return said_valid | (found_invalid == False)  # noqa: E712 -- columns, not only bools
