"""A day of the air for the island that plays it: fields and wind as bytes, everything that is said as words."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from airshed.errors import BadInput
from airshed.web.desk import Desk
from airshed.web.drawing.field import level_of
from airshed.web.pages.air import air_sentence, city_shares, city_values
from airshed.web.pages.air_common import Asked, asked, choice
from airshed.web.pages.common import label_of
from airshed.web.state import Cursor

__all__ = ["air_frames_page"]

_WIND_CELLS = 24
"""The wind is handed over on at most so many cells a side: streaks need no more."""
_FASTEST = 127


def air_frames_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/air/frames.json?t=<day>``: 24 hours at once.

    ``values``: base64 of one byte a cell, hour by hour, first row north, 0..255 from nothing to ``top`` [ug m-3];
    ``wind``: base64 of signed bytes, hour by hour, ``most`` [m s-1] to 127, first row north.

    Raises:
        BadInput: no case, or a day that it does not have.
    """
    on = asked(desk)
    if on is None:
        raise BadInput("a case that was run", "none", "run: airshed transport run")
    part = choice(desk, "part", ("all", *on.air.parts))
    key = ("air-frames", on.air.stamp, on.air.case.about.name, on.cursor.day, part)
    fields = desk.memory.get(key, lambda: _fields(on, part))
    steps = [Cursor(on.cursor.day, h) for h in range(24)]
    by_hour = [city_values(Asked(on.air, s)) for s in steps]
    return fields | {
        "day": on.cursor.day.isoformat(), "part": part, "unit": "ug/m3",
        "steps": [str(s) for s in steps], "labels": [label_of(desk.words, s) for s in steps],
        "sentences": [air_sentence(desk, v) for v in by_hour],
        "shares": {
            c: {k: desk.words.percent(v) for k, v in row.items()} for c, row in city_shares(on).items()
        },
        "cities": {c: [round(v[c], 2) for v in by_hour] for c in on.air.cities},
        "said": {c: [desk.words.number(v[c]) for v in by_hour] for c in on.air.cities},
    }  # fmt: skip


def _fields(on: Asked, part: str) -> dict[str, Any]:
    field, top = on.air.field(on.cursor.day, part), on.air.top(part)
    levels = np.ascontiguousarray(level_of(field, top)[:, ::-1])
    return {
        "top": top, "shape": list(field.shape[1:]), "values": base64.b64encode(levels.tobytes()).decode(),
        "beyond": (field > top).sum(axis=(1, 2)).tolist(), "wind": _wind(on),
    }  # fmt: skip


def _wind(on: Asked) -> dict[str, Any]:
    u, v = on.air.wind(on.cursor.day)
    step = max(1, -(-max(u.shape[1:]) // _WIND_CELLS))
    coarse = [w[:, step // 2 :: step, step // 2 :: step][:, ::-1] for w in (u, v)]
    most = max(float(np.abs(w).max()) for w in coarse) or 1.0
    found = [np.ascontiguousarray(np.rint(_FASTEST * w / most).astype(np.int8)) for w in coarse]
    texts = [base64.b64encode(w.tobytes()).decode() for w in found]
    return {"shape": list(found[0].shape[1:]), "step": step, "most": most, "u": texts[0], "v": texts[1]}
