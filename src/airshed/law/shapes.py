"""What a law file must look like, subject by subject, and what is wrong with one that does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["SUBJECTS", "faults_of_value", "lookup"]

_Keys = tuple[str, ...]

SUBJECTS: dict[str, tuple[_Keys, _Keys]] = {
    "index": (
        (
            "scheme", "minimum", "maximum", "concentration_rounding", "concentration_decimals",
            "index_rounding", "units", "daily_items", "daily_listed", "real_time_items", "breakpoints",
            "caps", "missing", "primary_above", "primary_ties", "categories",
        ),
        ("index",),
    ),
    "limits": (("units", "grade_1", "grade_2", "reference_state"), ()),
    "validity": (
        (
            "hour_minutes", "day_hours", "window_hours", "window_length", "first_window_end",
            "last_window_end", "mda8_windows", "mda8_counts_if_exceeding", "month_days", "february_days",
            "year_days",
        ),
        ("year_needs_months", "quarter_days", "quarter_month_days"),
    ),
    "evaluation": (
        (
            "items", "statistic_of", "percentile", "decimals", "rounding", "attains", "grade",
            "good_day_at_most", "heavy_day_above", "city_value",
        ),
        (),
    ),
    "composite": (("terms", "grade"), ("principal",)),
    "ranking": (("level", "change"), ()),
    "dust": (
        ("pollutant", "rise_factor", "rise_hours", "floor", "return_within", "strips", "applies_to"),
        (),
    ),
    "trend": (("test", "significance", "minimum_years", "critical"), ()),
    "restatement": (
        (
            "across", "gases", "particles", "from_temperature_K", "to_temperature_K", "from_pressure_hPa",
            "gas_factor",
        ),
        (),
    ),
    "guideline": (
        ("units", "day_percentile", "pm25", "pm10", "o3", "no2", "so2", "co", "interim_targets"),
        (),
    ),
}  # fmt: skip
"""For each subject the fields its value must have and those it may have."""

_ROUNDING = ("none", "half_even", "truncate")
_INDEX_ROUNDING = ("ceil", "half_up")


def lookup(value: Any, path: str) -> Any:
    """The figure a dotted path leads to.

    Raises:
        KeyError: it leads nowhere.

    >>> lookup({"caps": {"day": 3}}, "caps.day")
    3
    """
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise KeyError(path)
        value = value[key]
    return value


def faults_of_value(subject: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Every fault of one provision's value, in words."""
    required, optional = SUBJECTS[subject]
    for key in required:
        if key not in value:
            yield f"value: wanted the field {key!r}, which is absent"
    for key in value:
        if key not in required + optional:
            yield f"value: unknown field {key!r}; {subject} has {', '.join(required + optional)}"
    if subject == "index":
        try:
            yield from _faults_of_index(value)
        except (AttributeError, KeyError, TypeError) as error:
            yield f"value: not the form of an index ({error})"


def _faults_of_index(value: Mapping[str, Any]) -> Iterator[str]:
    for key, words in (("concentration_rounding", _ROUNDING), ("index_rounding", _INDEX_ROUNDING)):
        if value.get(key) not in words:
            yield f"{key}: wanted one of {', '.join(words)}, got {value.get(key)!r}"
    tables = value.get("breakpoints") or {}
    for averaging, table in tables.items():
        for item, row in table.items():
            yield from _faults_of_row(f"breakpoints.{averaging}.{item}", row, value.get("index"))
    for averaging, items in (("day", "daily_items"), ("hour", "real_time_items")):
        for item in value.get(items) or ():
            if item not in tables.get(averaging, {}):
                yield f"{items}: {item} has no breakpoints for the {averaging}"
            if item not in (value.get("units") or {}):
                yield f"units: {item} has none"
    yield from _faults_of_categories(value.get("categories") or [])


def _faults_of_row(where: str, row: Sequence[Any], index: Sequence[int] | None) -> Iterator[str]:
    bounds = [b for part in row for b in part[:2]] if row and isinstance(row[0], list) else list(row)
    if not all(isinstance(b, int | float) and not isinstance(b, bool) for b in bounds):
        yield f"{where}: wanted numbers, got {row}"
    elif any(low >= high for low, high in pairwise(bounds)):
        yield f"{where}: breakpoints must rise, got {row}"
    elif row and not isinstance(row[0], list) and (index is None or not 2 <= len(row) <= len(index)):
        yield f"{where}: wanted 2 to {len(index or ())} breakpoints, one a step of the index, got {len(row)}"


def _faults_of_categories(categories: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not categories:
        yield "categories: there are none"
    for before, after in pairwise(categories):
        if before["to"] + 1 != after["from"]:
            yield f"categories: {before['to']} must be followed by {before['to'] + 1}, got {after['from']}"
