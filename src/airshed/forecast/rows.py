"""An outlook as rows, one a place and day: what tables, exports and pages print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import xarray as xr

from airshed.forecast.distribution import interval, quantile_at
from airshed.forecast.outlook import (
    HEAVY,
    HOURS_OF_DAY,
    category_probability,
    heavy_probability,
    holding,
    primary_items,
)
from airshed.law import Book
from airshed.observations.index import NO_INDEX

__all__ = ["SHARE", "WARNED_HOURS", "outlook_rows", "place_rows"]

SHARE: Final = 0.8  # of the probability an interval holds
WARNED_HOURS: Final = 48  # [h] of heavy pollution a warning is about, see issue 4: "more than 48 hours above"


def outlook_rows(
    outlook: xr.Dataset, book: Book, names: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Rows of places and days: category by the median index, probabilities, medians with 80 % intervals.

    Parameters:
        book: the law, for the words of categories.
        names: of places, by id and language.
    """
    heavy, chances = heavy_probability(outlook), category_probability(outlook)
    low, high = interval(outlook["quantiles"].values.astype(np.float64), SHARE)
    middle = quantile_at(outlook["quantiles"].values.astype(np.float64), 0.5)
    found = []
    for p, place in enumerate(map(str, outlook["place"].values)):
        for d, stamp in enumerate(outlook["day"].values):
            values = {
                str(v): {
                    "median": _figure(middle[p, d, n]),
                    "low": _figure(low[p, d, n]),
                    "high": _figure(high[p, d, n]),
                }
                for n, v in enumerate(outlook["variable"].values)
            }
            index = outlook["index"].values[:, p, d]
            found.append({
                "place": place, "names": dict(names[place]), "day": _day(stamp).isoformat(), "lead": d + 1,
                **_index(index[index != NO_INDEX], str(outlook["law"].values[p, d]), book),
                "heavy_probability": _figure(heavy.values[p, d], 3),
                "category_probability": [_figure(c, 3) for c in chances.values[p, d]],
                "primary": {k: round(v, 3) for k, v in primary_items(outlook, place, stamp).items()},
                "concentrations": values,
            })  # fmt: skip
    return found


def _index(index: Any, law: str, book: Book) -> dict[str, Any]:
    """Median and 80 % interval of the index, and the category the median lies in, in the law's words."""
    categories = book.version(law, "index").value["categories"]
    if not len(index):
        return {
            "law": law,
            "aqi": None,
            "aqi_low": None,
            "aqi_high": None,
            "category": None,
            "category_names": None,
        }
    low, middle, high = (
        int(np.quantile(index, q, method="nearest")) for q in ((1 - SHARE) / 2, 0.5, (1 + SHARE) / 2)
    )
    number = int(np.searchsorted([c["to"] for c in categories[:-1]], middle, side="left"))
    words = {lang: f"{categories[number][lang]}" for lang in ("zh", "en")}
    colours = {lang: f"{categories[number][f'colour_{lang}']}" for lang in ("zh", "en")}
    return {
        "law": law, "aqi": middle, "aqi_low": low, "aqi_high": high, "category": number + 1, "category_names": words,
        "colours": colours, "rgb": list(categories[number]["rgb"]),
    }  # fmt: skip


def place_rows(outlook: xr.Dataset, names: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Rows of places: the probability that heavy pollution holds for 48 h somewhere in the outlook."""
    enough = outlook.sizes["day"] * HOURS_OF_DAY >= WARNED_HOURS
    held = holding(outlook, outlook["heavy_above"], WARNED_HOURS) if enough else None
    return [
        {
            "place": str(place), "names": dict(names[str(place)]), "heavy_category": HEAVY, "hours": WARNED_HOURS,
            "probability": None if held is None else round(float(held.values[p]), 3),
        }
        for p, place in enumerate(outlook["place"].values)
    ]  # fmt: skip


def _figure(value: float, decimals: int = 1) -> float | None:
    return None if not np.isfinite(value) else round(float(value), decimals)


def _day(stamp: np.datetime64) -> date:
    return stamp.astype("datetime64[D]").astype(date)  # type: ignore[no-any-return]
