"""The index of a table of observations, row by row, each under the law of its own day and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

import polars as pl

from airshed.errors import LawNotFound
from airshed.law import Book, LawView, Provision
from airshed.observations.flags import usable
from airshed.observations.index import daily_index, hourly_index, items_of
from airshed.quantities import DAY, HOUR, Clock

__all__ = ["Averaging", "averaging_of", "days_of_hours", "index_table"]

Averaging = Literal["day", "hour"]
_UTC = pl.Datetime("us", "UTC")


def averaging_of(rows: pl.DataFrame) -> Averaging:
    """``hour`` where a table holds 1-h means, else ``day``."""
    return "hour" if rows.filter(_lasting(HOUR)).height else "day"


def index_table(
    rows: pl.DataFrame,
    book: Book,
    chain_of: Callable[[str], Sequence[str]],
    clock: Clock,
    averaging: Averaging,
    standard: Provision | None = None,
) -> pl.DataFrame:
    """Sub-indices, index, category and primary pollutants of each place and hour (or local day).

    Parameters:
        rows: observations as feeds hand them over (``schema.FEED_COLUMNS``); what a feed flagged invalid
            does not count.
        book: the law.
        chain_of: place id to the places whose law is asked, nearest first.
        clock: local time; a day's law is that of the local day.
        averaging: ``hour`` for 1-h means; ``day`` for local days: from 1-h means by the law's rule of
            validity where there are any, else from rows that span a local day.
        standard: use this provision on ``index`` instead of the one in force.

    Returns:
        ``place, start``, the concentrations, what ``daily_index`` adds, and ``standard`` (name of the
        version), by place and start.

    Raises:
        LawNotFound: hours, and the scheme has no real-time index; days of hours, and no rule says which count.
    """
    speaking = {p.place for p in book.provisions}
    held = _latest(rows.filter(usable(pl.col("flag").cast(pl.Int32))))
    if averaging == "hour":
        wide = _hours(held)
    elif held.filter(_lasting(HOUR)).height:
        wide = days_of_hours(held, book, chain_of, clock)
    else:
        wide = _days(held, clock)
    parts = [
        _indexed(part, standard or view["index"], averaging)
        for view, part in _by_law(wide, book, chain_of, clock, speaking)
    ]
    return pl.concat(parts, how="diagonal").sort("place", "start") if parts else wide


def _lasting(length: timedelta) -> pl.Expr:
    return (pl.col("end") - pl.col("start")).eq(pl.lit(length))


def _latest(rows: pl.DataFrame) -> pl.DataFrame:
    """Of a value told twice the one that holds: latest issue, then stage, then size."""
    ordered = rows.sort("issued_at", "stage", "value", nulls_last=False)
    return ordered.unique(["place", "variable", "start", "end"], keep="last", maintain_order=True)


def _hours(rows: pl.DataFrame) -> pl.DataFrame:
    wide = _wide(rows.filter(_lasting(HOUR)))
    # an edition may fall back from the hour to the sliding 24-h mean that ends with it
    sliding = rows.filter(_lasting(DAY) & (pl.col("variable") == "so2"))
    sliding = sliding.select("place", start=pl.col("end") - HOUR, so2_24h="value")
    return wide.join(sliding, on=["place", "start"], how="left") if sliding.height else wide


def _days(rows: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    at_midnight = (pl.col("start") + clock.shift).dt.time() == datetime.min.time()
    return _wide(rows.filter(_lasting(DAY) & at_midnight))


def days_of_hours(
    rows: pl.DataFrame, book: Book, chain_of: Callable[[str], Sequence[str]], clock: Clock
) -> pl.DataFrame:
    """Daily means and greatest 8-h means of 1-h means; null where the law's rule calls the day invalid.

    Parameters:
        rows: usable values ``place, variable, start, end, value``; those that do not last an hour are left out.
        book, chain_of, clock: as in `index_table`.

    Returns:
        ``place``, ``start`` of the local day, and a column a variable (``o3_mda8`` for O3).
    """
    speaking = {p.place for p in book.provisions}
    hours = rows.filter(_lasting(HOUR)).select("place", "variable", "start", "value")
    local = pl.col("start") + clock.shift
    day = local.dt.truncate("1d") - clock.shift
    timed = hours.with_columns(day=day, hour=local.dt.hour().cast(pl.Int32))
    parts = []
    for view, part in _by_law(timed, book, chain_of, clock, speaking):
        rule = view["validity"].value
        parts.append(_means(part.filter(pl.col("variable") != "o3"), rule))
        limit = view["limits"].value[view["evaluation"].value["grade"]]["o3"]["mda8"]
        parts.append(_greatest_windows(part.filter(pl.col("variable") == "o3"), rule, limit))
    return _wide(pl.concat(parts).rename({"day": "start"}))


def _means(timed: pl.DataFrame, rule: Mapping[str, Any]) -> pl.DataFrame:
    enough = pl.col("value").count() >= rule["day_hours"]
    return timed.group_by("place", "day", "variable").agg(pl.when(enough).then(pl.col("value").mean()))


def _greatest_windows(ozone: pl.DataFrame, rule: Mapping[str, Any], limit: float) -> pl.DataFrame:
    """The largest sliding mean of the windows that end within the day; few windows do for a high one."""
    windows = []
    for end in range(rule["first_window_end"], rule["last_window_end"] + 1):
        hour = pl.col("hour")
        inside = pl.col("value").filter(hour >= end - rule["window_length"], hour < end)
        windows.append(
            pl.when(inside.count() >= rule["window_hours"]).then(inside.mean()).alias(f"ends_{end}")
        )
    days = ozone.group_by("place", "day").agg(windows)
    means = pl.concat_list(pl.col("^ends_.*$"))
    greatest, count = means.list.max(), means.list.drop_nulls().list.len()
    exceeds = pl.lit(rule["mda8_counts_if_exceeding"]) & (greatest > limit)
    valid = (count >= rule["mda8_windows"]) | exceeds
    return days.select("place", "day", variable=pl.lit("o3_mda8"), value=pl.when(valid).then(greatest))


def _wide(rows: pl.DataFrame) -> pl.DataFrame:
    if not rows.height:
        return pl.DataFrame(schema={"place": pl.String, "start": _UTC})
    return rows.pivot("variable", index=["place", "start"], values="value", aggregate_function="last")


def _indexed(wide: pl.DataFrame, provision: Provision, averaging: Averaging) -> pl.DataFrame:
    if not items_of(provision, averaging):
        raise LawNotFound(f"a real-time index in {provision.version}", "none", "ask for the index of days")
    reckon = daily_index if averaging == "day" else hourly_index
    absent = [i for i in items_of(provision, averaging) if i not in wide.columns]
    wide = wide.with_columns(pl.lit(None, pl.Float64).alias(item) for item in absent)
    return reckon(wide, provision).with_columns(standard=pl.lit(provision.version))


def _by_law(
    table: pl.DataFrame,
    book: Book,
    chain_of: Callable[[str], Sequence[str]],
    clock: Clock,
    speaking: set[str],
) -> Iterator[tuple[LawView, pl.DataFrame]]:
    """The table in parts under the same law; only places with law of their own tell chains apart."""
    if not table.height:
        return
    dated = table.with_columns(_day=(pl.col("start") + clock.shift).dt.date())
    chains = {place: tuple(p for p in chain_of(place) if p in speaking) for place in table["place"].unique()}
    dated = dated.with_columns(
        _chain=pl.col("place").replace_strict(_numbered(chains), return_dtype=pl.Int64)
    )
    views: dict[str, LawView] = {}
    keys: list[tuple[int, date, str]] = []
    ordered = list(dict.fromkeys(chains.values()))
    for number, day in dated.select("_chain", "_day").unique().iter_rows():
        view = book.on(day, ordered[number] or ("",))
        views.setdefault(view.digest, view)
        keys.append((number, day, view.digest))
    law = pl.DataFrame(keys, schema={"_chain": pl.Int64, "_day": pl.Date, "_law": pl.String}, orient="row")
    parts = dated.join(law, on=["_chain", "_day"]).partition_by("_law", as_dict=True)
    for (digest,), part in parts.items():
        yield views[str(digest)], part.drop("_day", "_chain", "_law")


def _numbered(chains: dict[str, tuple[str, ...]]) -> dict[str, int]:
    ordered = list(dict.fromkeys(chains.values()))
    return {place: ordered.index(chain) for place, chain in chains.items()}
