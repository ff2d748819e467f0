"""The air quality index, exact and vectorised, by whatever provision it is given.

Nothing here knows a breakpoint: the tables, the rounding of concentrations and of indices, the caps, the rule
for missing items and the categories all come from a provision on ``index`` (HJ 633, US EPA). Arithmetic is in
integers of 1e-6 of the law's unit, so that 35.0 gives 50 and not 51 (docs/notes/aqi.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from airshed.errors import LawNotFound
from airshed.law import Provision
from airshed.quantities import POLLUTANTS, ceil_div, conversion, half_even, micro, truncate, variable
from airshed.quantities.catalogue import variables

__all__ = ["NO_INDEX", "category_of", "daily_index", "hourly_index", "items_of", "sub_index"]

NO_INDEX = -1
"""What ``sub_index`` gives where there is no sub-index: a missing, negative or non-finite concentration."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_Rounding = Callable[[Floats, int], Floats]
_CONCENTRATION: dict[str, _Rounding] = {
    "none": lambda values, _: values,
    "half_even": half_even,
    "truncate": truncate,
}


def _half_up_div(numerator: Ints, denominator: Ints) -> Ints:
    return (2 * numerator + denominator) // (2 * denominator)


_DIVISION: dict[str, Callable[[Ints, Ints], Ints]] = {"ceil": ceil_div, "half_up": _half_up_div}


@dataclass(frozen=True)
class _Scale:
    """One column of the law's table as straight pieces: concentrations in micro-units, index at both ends."""

    low: Ints
    high: Ints
    index_low: Ints
    index_high: Ints

    @classmethod
    def of(cls, row: Sequence[Any], index: Sequence[int]) -> _Scale:
        """From knots shared with ``index`` (HJ 633) or from pieces ``[low, high, index, index]`` (US EPA)."""
        if not isinstance(row[0], Sequence):
            row = [
                [*bounds, *steps]
                for bounds, steps in zip(pairwise(row), pairwise(index[: len(row)]), strict=True)
            ]
        low, high, index_low, index_high = zip(*row, strict=True)
        whole = partial(np.asarray, dtype=np.int64)
        return cls(micro(low), micro(high), whole(index_low), whole(index_high))


def items_of(provision: Provision, averaging: str) -> tuple[str, ...]:
    """Columns an index of a ``day`` or an ``hour`` is made of, in the order tables print them."""
    items: Sequence[str] = provision.value["daily_items" if averaging == "day" else "real_time_items"]
    return tuple(items)


def sub_index(
    values: ArrayLike, item: str, averaging: str, provision: Provision, unit: str | None = None
) -> Ints:
    """Sub-index (IAQI) of concentrations of one item.

    Parameters:
        values: concentrations [catalogue unit of the item, or ``unit``]; NaN for missing.
        item: column of the law's table: ``pm25``, ``o3_mda8``, …
        averaging: ``day`` or ``hour``, the table to read.
        provision: what holds on ``index``.
        unit: unit of ``values`` where it is not the catalogue's: ``ppb``.

    Returns:
        Integers; ``NO_INDEX`` where there is none: missing, negative or non-finite concentrations, those
        below a table that begins higher up, and those above one that hands over to another averaging time.

    Raises:
        LawNotFound: the provision has no breakpoints for that item and averaging time.

    >>> from airshed.law import Book
    >>> old, new = (Book.load().version(n, "index") for n in ("HJ 633-2012", "HJ 633-2026"))
    >>> sub_index([35, 75, 75.4, float("nan")], "pm25", "day", old).tolist()
    [50, 100, 101, -1]
    >>> sub_index([35, 75, 75.4, -3], "pm25", "day", new).tolist()
    [50, 114, 114, -1]
    """
    law = provision.value
    scale = _scale(provision, item, averaging)
    given = np.atleast_1d(np.asarray(values, dtype=np.float64))
    measured = np.isfinite(given) & (given >= 0)
    exact = micro(_rounded(_in_unit_of_law(np.where(measured, given, 0), item, unit, law), item, law, scale))
    piece = np.searchsorted(scale.high, exact, side="left")
    inside = np.minimum(piece, len(scale.high) - 1)
    # between two pieces of a table in rounded steps the lower end of the next holds
    above_low = np.maximum(exact - scale.low[inside], 0)
    rise = (scale.index_high - scale.index_low)[inside]
    index = scale.index_low[inside] + _DIVISION[law["index_rounding"]](
        rise * above_low, (scale.high - scale.low)[inside]
    )
    index = np.where(piece > inside, _beyond(law, item, averaging), index)
    return np.where(measured & (exact >= scale.low[0]), index, NO_INDEX)


def _scale(provision: Provision, item: str, averaging: str) -> _Scale:
    table = provision.value["breakpoints"].get(averaging, {})
    if item not in table:
        raise LawNotFound(
            f"breakpoints of {item} for the {averaging} in {provision.version}",
            "none",
            f"it has {', '.join(table) or 'no table for that averaging time'}",
        )
    return _Scale.of(table[item], provision.value.get("index", ()))


def _in_unit_of_law(values: Floats, item: str, unit: str | None, law: Mapping[str, Any]) -> Floats:
    wanted = law["units"][item]
    # daily maxima such as so2_max1h are no rows of the catalogue; they have the unit of their substance
    substance = variable(item if item in variables() else item.partition("_")[0])
    if wanted == (unit or substance.unit):
        return values
    factor, offset = conversion(unit or substance.unit, substance)
    back, shift = conversion(wanted, substance)
    return (values * factor + offset - shift) / back


def _rounded(values: Floats, item: str, law: Mapping[str, Any], scale: _Scale) -> Floats:
    decimals = law["concentration_decimals"] or {}
    # far above the table nothing changes any more: without this the integers would overflow
    tame = np.minimum(values, 2.0 * float(scale.high[-1]))
    places = decimals.get(item, decimals.get("default", 0))
    return _CONCENTRATION[law["concentration_rounding"]](tame, places)


def _beyond(law: Mapping[str, Any], item: str, averaging: str) -> int:
    """Above the last breakpoint: the maximum, a fixed figure, or none where another averaging time speaks."""
    cap = law["caps"].get(averaging, {}).get(item)
    if cap is None:
        return int(law["maximum"])
    return int(cap["index"]) if "index" in cap else NO_INDEX


def daily_index(frame: pl.DataFrame, provision: Provision, not_monitored: Sequence[str] = ()) -> pl.DataFrame:
    """Index of days.

    Parameters:
        frame: one row a place and day, a column for each item the law lists (``items_of``): daily means
            ``pm25 pm10 so2 no2 co`` and ``o3_mda8`` [catalogue units]; null or NaN for missing; further
            columns pass through. Under HJ 633-2012 a column ``o3_max1h`` is used where its clause says so.
        provision: what holds on ``index``.
        not_monitored: items that are not measured here by plan, which do not count as missing
            (HJ 633-2026, 5.3.2).

    Returns:
        The frame with ``iaqi_<item>`` (null: none), ``aqi`` (null: NA), ``category`` (1 to 6), ``primary``
        (items joined by ``+``; empty: none) and ``missing`` (items joined by ``+``).
    """
    return _index(frame, "day", provision, not_monitored)


def hourly_index(
    frame: pl.DataFrame, provision: Provision, not_monitored: Sequence[str] = ()
) -> pl.DataFrame:
    """Index of hours, as ``daily_index``: columns ``pm25 pm10 so2 no2 co o3`` are 1-h means.

    Under HJ 633-2012 a column ``so2_24h`` is used where its clause says so. A scheme without a real-time index
    (US EPA: its NowCast is not in the book) gives none: ``aqi`` and ``category`` null in every row.
    """
    return _index(frame, "hour", provision, not_monitored)


def _index(
    frame: pl.DataFrame, averaging: str, provision: Provision, not_monitored: Sequence[str]
) -> pl.DataFrame:
    law, items = provision.value, items_of(provision, averaging)
    if not items:
        return _no_index(frame)
    subs = np.stack([_of_item(frame, item, averaging, provision) for item in items])
    absent = subs == NO_INDEX
    counted = np.array([item not in not_monitored for item in items])
    top = subs.max(axis=0)
    none = top == NO_INDEX
    if law["missing"] is not None:
        none |= (absent & counted[:, None]).any(axis=0) & (top <= law["missing"]["publish_if_above"])
    aqi = np.where(none, NO_INDEX, np.maximum(top, law["minimum"]))
    primary = (subs == aqi) & (aqi > law["primary_above"]) & ~none
    listed = {item: _of_item(frame, item, averaging, provision) for item in _listed(law, averaging, frame)}
    columns = [_series(f"iaqi_{i}", s) for i, s in [*zip(items, subs, strict=True), *listed.items()]]
    return frame.with_columns(
        *columns,
        _series("aqi", aqi),
        _series("category", category_of(aqi, provision)).cast(pl.Int8),
        _named("primary", primary, items),
        _named("missing", absent & counted[:, None], items),
    )


def _no_index(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of an index, empty."""
    subs = [pl.lit(None, pl.Int32).alias(f"iaqi_{v}") for v in POLLUTANTS if v in frame.columns]
    aqi, category = pl.lit(None, pl.Int32).alias("aqi"), pl.lit(None, pl.Int8).alias("category")
    return frame.with_columns(*subs, aqi, category, primary=pl.lit(""), missing=pl.lit(""))


def _listed(law: Mapping[str, Any], averaging: str, frame: pl.DataFrame) -> list[str]:
    """Items shown beside an index of the day without entering it, where the frame has them."""
    return [i for i in law["daily_listed"] if averaging == "day" and i in frame.columns]


def _of_item(frame: pl.DataFrame, item: str, averaging: str, provision: Provision) -> Ints:
    """Sub-index of a column; above a cap that says so, that of another averaging time."""
    values = _column(frame, item)
    index = sub_index(values, item, averaging, provision)
    cap = provision.value["caps"].get(averaging, {}).get(item, {})
    if "instead" not in cap:
        return index
    other = cap["instead"]
    replaced = sub_index(_column(frame, other["column"]), other["item"], other["averaging"], provision)
    return np.where((index == NO_INDEX) & (values >= 0), replaced, index)


def _column(frame: pl.DataFrame, name: str) -> Floats:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _series(name: str, values: Ints) -> pl.Series:
    series = pl.Series(name, values, dtype=pl.Int64).cast(pl.Int32)
    return series.set(series < 0, None)


def _named(name: str, members: NDArray[np.bool_], items: Sequence[str]) -> pl.Series:
    """Which items are meant, as text: each combination is spelled once and looked up by its bits."""
    bits = (members * (1 << np.arange(len(items)))[:, None]).sum(axis=0)
    words = pl.Series(
        ["+".join(item for k, item in enumerate(items) if code >> k & 1) for code in range(1 << len(items))]
    )
    return words.gather(pl.Series(bits, dtype=pl.UInt32)).alias(name)


def category_of(aqi: ArrayLike, provision: Provision) -> Ints:
    """Category 1, 2, … of indices; ``NO_INDEX`` where there is no index.

    >>> from airshed.law import Book
    >>> category_of([50, 51, 300, 301, -1], Book.load().version("HJ 633-2012", "index")).tolist()
    [1, 2, 5, 6, -1]
    """
    index = np.asarray(aqi, dtype=np.int64)
    upper = np.array([c["to"] for c in provision.value["categories"][:-1]])
    return np.where(index < 0, NO_INDEX, np.searchsorted(upper, index, side="left") + 1)
