"""What the map of the air can show: concentration at a time, or the footprint of a city's day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from airshed.web.air import Air
from airshed.web.desk import Desk
from airshed.web.drawing import GridPlane
from airshed.web.drawing.field import arrows, colours, counts, data_uri, level_of, log_level_of, ticks
from airshed.web.pages.air_common import Asked, choice, path_of_day
from airshed.web.state import Cursor

__all__ = ["NEAR", "concentration_layer", "footprint_layer", "footprint_total", "wind_path"]

Array = NDArray[Any]
NEAR = 2
"""Within so many cells of a receptor a footprint is not resolved."""
ARROWS = 16
"""About so many arrows across the map."""
PER_TONNE = 1000.0  # [kg/t]


def concentration_layer(desk: Desk, on: Asked) -> dict[str, Any]:
    """The field at the end of the cursor's hour, or its mean over the day, with scale and histogram."""
    part = choice(desk, "part", ("all", *on.air.parts))
    field, top = on.air.field(on.cursor.day, part), on.air.top(part)
    shown = field.mean(axis=0) if on.cursor.hour is None else field[on.cursor.hour]
    say = desk.words.say
    return {
        "kind": "concentration", "part": part, "unit": "ug/m3", "top": top, "label": say(f"air.part.{part}"),
        "when": say("air.when_day" if on.cursor.hour is None else "air.when_hour"),
        "least": float(shown.min()), "most": float(shown.max()), "mean": float(shown.mean()),
        "ticks": ticks(top, lambda v: desk.words.exact(round(v, 4))),
    } | _drawn(level_of(shown, top), int((shown > top).sum()))  # fmt: skip


def footprint_layer(desk: Desk, on: Asked, city: str) -> dict[str, Any]:
    """The footprint of a city's day: what one tonne an hour, emitted in a cell without pause, would add to it.

    Raises:
        BadInput: a species, release, lag that it does not have, or a day without footprint.
    """
    from airshed.transport import SPECIES

    species = choice(desk, "species", SPECIES)
    release = choice(desk, "release", _releases())
    lag = choice(desk, "lag", ("all", *map(str, range(on.air.lags))))
    key = ("footprint", on.air.stamp, on.air.case.about.name, on.cursor.day, city, species, release, lag)
    field = desk.memory.get(key, lambda: footprint_total(on.air, on.cursor, city, species, release, lag))
    top = float(field.max())
    plane = GridPlane(on.air.case.study.grid)
    cells = np.array(on.air.case.about.receptors[city][0], dtype=np.int64)
    return {
        "kind": "footprint", "receptor": city, "species": species, "release": release, "lag": lag, "top": top,
        "unit": "ug/m3", "per": "t/h", "negative": on.air.negative(on.cursor.day, city),
        "path": path_of_day(desk, on.air, on.cursor.day, city),
        "near_cells": NEAR, "ring": plane.ring(cells, NEAR), "spot": plane.ring(cells, 0),
        "near_share": _near_share(on.air, field, cells),
        "ticks": [t | {"label": _power(desk, t["value"])} for t in ticks(max(top, 1e-30), None, log=True)],
    } | _drawn(log_level_of(field, max(top, 1e-30)), 0)  # fmt: skip


def footprint_total(air: Air, cursor: Cursor, city: str, species: str, release: str, lag: str) -> Array:
    """Rise of a city's day per tonne an hour emitted in a cell, over all days of emission or one, (y, x).

    A stored footprint is per kg emitted in a bin's hours; a steady rate emits as many kg as the bin has hours.
    """
    from airshed.transport import SPECIES
    from airshed.transport.backward import bins_of
    from airshed.transport.shelf import bin_place

    assert air.shelf is not None
    held = air.shelf.footprint(cursor.day, city)[:, SPECIES.index(species), _releases().index(release)]
    total = np.zeros(held.shape[1:])
    for n in range(air.lags) if lag == "all" else (int(lag),):
        total += held[bin_place(n)].sum(axis=0, dtype=np.float64) * (24 / bins_of(n)) * PER_TONNE
    return total


def _near_share(air: Air, field: Array, cells: NDArray[np.int64]) -> float:
    """The part of a footprint's sum that lies in the near field."""
    row, column = np.divmod(cells, air.case.study.grid.nx)
    y, x = np.indices(field.shape)
    near = np.zeros(field.shape, dtype=bool)
    for r, c in zip(row, column, strict=True):
        near |= (np.abs(y - r) <= NEAR) & (np.abs(x - c) <= NEAR)
    whole = float(field.sum())
    return float(field[near].sum()) / whole if whole > 0 else 0.0


def wind_path(on: Asked) -> str:
    """Arrows of the hour's wind, or of the day's mean."""
    u, v = on.air.wind(on.cursor.day)
    u, v = (w.mean(axis=0) if on.cursor.hour is None else w[on.cursor.hour] for w in (u, v))
    plane = GridPlane(on.air.case.study.grid)
    return arrows(u, v, plane.unit, plane.height, max(1, round(plane.grid.nx / ARROWS)))


def _drawn(levels: NDArray[np.uint8], beyond: int) -> dict[str, Any]:
    """Pictures for both themes (first row north), the scale itself, the histogram."""
    upright = np.ascontiguousarray(levels[::-1])
    scale = np.arange(256, dtype=np.uint8)[None]
    return {
        "counts": counts(levels), "beyond": beyond,
        "drawing": {
            "images": {t: data_uri(upright, t) for t in ("light", "dark")},
            "scale": {t: data_uri(scale, t) for t in ("light", "dark")},
            "palettes": {t: colours(t).tolist() for t in ("light", "dark")},
        },
    }  # fmt: skip


def _releases() -> tuple[str, ...]:
    from airshed.emissions.profiles import RELEASES

    return RELEASES


def _power(desk: Desk, value: float) -> str:
    """A number with two places that count, however small."""
    if value >= 0.01:
        return desk.words.exact(float(f"{value:.2g}"))
    base, _, power = f"{value:.1e}".partition("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{base}×10{raised}"
