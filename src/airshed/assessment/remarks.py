"""What the data themselves make it necessary to say: gaps, thin years, days without an index."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from airshed.assessment.notes import Note, note

__all__ = ["remarks_on_change", "remarks_on_data"]

_NAMED = 8  # so many cities are named in a sentence, further ones counted


def remarks_on_data(
    items: pl.DataFrame, index: pl.DataFrame, names: Mapping[str, Mapping[str, str]], *, years: bool
) -> list[Note]:
    """Notes on cities without data, figures without enough days, periods the law has no count for.

    Parameters:
        years: whether the rows are of calendar years, the spans the law judges.
    """
    notes = [] if years else [note("not_a_year")]
    days = items.group_by("place", maintain_order=True).agg(pl.col("n").sum())
    if empty := days.filter(pl.col("n") == 0)["place"].to_list():
        notes.append(note("no_data", cities=_listed(empty, names)))
    thin = items.filter((~pl.col("sufficient")) & (pl.col("n") > 0))
    if places := thin["place"].unique(maintain_order=True).to_list():
        notes.append(note("insufficient", cities=_listed(places, names)))
    if items["sufficient"].null_count():
        least, most, all_days = items.select(
            pl.col("n").min(), most=pl.col("n").max(), days=pl.col("days").max()
        ).row(0)
        valid = f"{least}" if least == most else f"{least}–{most}"
        notes.append(note("no_count", valid=valid, days=all_days))
    if gaps := index["aqi"].null_count():
        notes.append(note("no_index", count=gaps))
    return notes


def remarks_on_change(places: list[str], names: Mapping[str, Mapping[str, str]]) -> list[Note]:
    """A note on cities of which no change is shown: one of the two periods has too few days."""
    return [note("not_compared", cities=_listed(places, names))] if places else []


def _listed(places: list[str], names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Up to some cities by name and how many more, in both languages."""
    more = max(len(places) - _NAMED, 0)
    zh = "、".join(names[p]["zh"] for p in places[:_NAMED]) + (f"等 {len(places)} 个" if more else "")
    en = ", ".join(names[p]["en"] for p in places[:_NAMED]) + (f" and {more} more" if more else "")
    return {"zh": zh, "en": en}
