"""A fan: what was observed, then the middle of what is to come with the bands round it, the law's bounds as hairlines.

Drawn, like the series, in a field of 1000 × 100 that stretches with the page; words are laid over it as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from airshed.web.drawing.series import FIELD, nice_top

__all__ = ["BANDS", "draw_fan", "fan_picture"]

Floats = NDArray[np.float64]
Edit = tuple[float, float | None, float | None]  # value, lower and upper end of the forecaster's interval
BANDS = (0.95, 0.8, 0.5)
"""Probability each band holds, the widest first [1]."""
_ROOM = 7.0  # [%] of the height that a category's name wants


def draw_fan(
    past: Sequence[float | None],
    later: Sequence[float | None],
    bands: Mapping[float, tuple[Floats, Floats]],
    middle: Floats,
    members: Floats | None,
    bounds: Sequence[Sequence[float]],
    names: Sequence[str],
    *,
    ticks: Sequence[tuple[int, str]],
    number: Callable[[float], str],
    now: int | None = None,
    edits: Mapping[int, Edit] | None = None,
) -> dict[str, Any]:
    """Paths of a fan, one step a day.

    Parameters:
        past: observed up to the issue; ``later``: observed since, where it is already known.
        bands: share to lower and upper ends (day,); ``middle`` (day,): the median [unit of the variable].
        members: (member, day), or None where they are not asked for.
        bounds: for each step, past and to come, the upper ends of the law's categories; ``names`` of the categories.
        ticks: step and label along the time axis.
        number: how a value is written on the axis.
        now: the step the time cursor stands on.
        edits: by step the value a forecaster put there, with the ends of his interval where he gave one.
    """
    edits = edits or {}
    seen = [*past, *later]
    steps, start = len(past) + len(middle), len(past)
    width = FIELD[0] / steps
    known = [v for v in seen if v is not None]
    put = [v for edit in edits.values() for v in edit if v is not None]
    largest = max([*known, *put, *(float(np.nanmax(b[1])) for b in bands.values())])
    if members is not None:
        largest = max(largest, float(np.nanmax(members)))
    top, step = nice_top(largest)
    origin = (start - 1, past[-1]) if past and past[-1] is not None else None
    place = _Place(width, top)
    return {
        "bands": [{"share": s, "path": _band(place, start, *bands[s], origin)} for s in sorted(bands, reverse=True)],
        "middle": _thread(place, start, middle, origin),
        "members": [] if members is None else [_thread(place, start, m, origin) for m in members],
        "observed": _gapped(place, seen), "issue": round(start * width, 1),
        "dots": [f"M{place.x(i)} {place.y(v)}h0" for i, v in enumerate(seen) if v is not None],
        "edits": [f"M{place.x(i)} {place.y(value)}h0" for i, (value, _, _) in edits.items()],
        "edit_bars": [f"M{place.x(i)} {place.y(low)}V{place.y(high)}" for i, (_, low, high) in edits.items()
                      if low is not None and high is not None],
        "bounds": _hairlines(place, bounds, steps), "zones": _zones(bounds[-1] if bounds else (), names, top),
        "now": None if now is None else place.x(now), "top": top,
        "y_ticks": [{"at": round(100 * k * step / top, 2),
                     "label": number(k * step)} for k in range(round(top / step) + 1)],
        "x_ticks": [{"at": round(100 * i / steps, 2), "label": label} for i, label in ticks],
    }  # fmt: skip


class _Place:
    """From step and value to the field."""

    def __init__(self, width: float, top: float) -> None:
        self._width, self._top = width, top

    def x(self, step: float) -> float:
        return round((step + 0.5) * self._width, 1)

    def y(self, value: float) -> float:
        return round(FIELD[1] * (1 - min(max(value / self._top, 0.0), 1.0)), 1)


Origin = tuple[int, float | None] | None


def _thread(place: _Place, start: int, values: Floats, origin: Origin) -> str:
    points = [(start + i, float(v)) for i, v in enumerate(values) if np.isfinite(v)]
    if origin is not None and origin[1] is not None:
        points = [(origin[0], origin[1]), *points]
    return "".join(f"{'L' if n else 'M'}{place.x(i)} {place.y(v)}" for n, (i, v) in enumerate(points))


def _band(place: _Place, start: int, low: Floats, high: Floats, origin: Origin) -> str:
    there = _thread(place, start, high, origin)
    back = "".join(
        f"L{place.x(start + i)} {place.y(float(low[i]))}"
        for i in range(len(low) - 1, -1, -1)
        if np.isfinite(low[i])
    )
    return f"{there}{back}Z" if there else ""


def _gapped(place: _Place, values: Sequence[float | None]) -> str:
    parts = []
    for i, value in enumerate(values):
        if value is not None:
            parts.append(f"{'M' if i == 0 or values[i - 1] is None else 'L'}{place.x(i)} {place.y(value)}")
    return "".join(parts)


def _hairlines(place: _Place, bounds: Sequence[Sequence[float]], steps: int) -> list[str]:
    """One path a bound; it steps where the law changes, and is left out above the field."""
    found = []
    for n in range(max((len(b) for b in bounds), default=0)):
        path, last = "", None
        for i, ends in enumerate(bounds):
            y = place.y(ends[n]) if n < len(ends) else None
            if y is None or y <= 0:
                last = None
                continue
            x0, x1 = (round(k * FIELD[0] / steps, 1) for k in (i, i + 1))
            path += f"M{x0} {y}H{x1}" if last is None else (f"H{x1}" if y == last else f"V{y}H{x1}")
            last = y
        if path:
            found.append(path)
    return found


def _zones(ends: Sequence[float], names: Sequence[str], top: float) -> list[dict[str, Any]]:
    """The categories along the right edge, in per cent of the height; a name only where there is room for it."""
    edges = [*[0.0, *ends][: len(names)], float("inf")]
    found = []
    for n, (low, high) in enumerate(pairwise(edges), start=1):
        share = 100 * (min(high, top) - low) / top
        if share > 0:
            name = names[n - 1] if share >= _ROOM else ""
            found.append({"n": n, "at": round(100 * low / top, 2), "share": round(share, 2), "name": name})
    return found


_INKS = {"observed": "#1d2328", "middle": "#1f5f8b", "edits": "#c0692b"}


def _key(fan: Mapping[str, Any], words: Mapping[str, str], right: float) -> list[str]:
    """Words with a dash of their colour, in one line that ends at ``right``, above the field."""
    found = []
    for name in reversed([n for n in words if n != "edits" or fan["edits"]]):
        word, ink = words[name], _INKS[name]
        found.append(f'<text x="{right:.1f}" y="40" text-anchor="end" fill="{ink}">— {escape(word)}</text>')
        right -= 13 * sum(1.0 if ord(c) > 0x2E80 else 0.6 for c in word) + 34
    return found


def fan_picture(
    fan: Mapping[str, Any], title: str, colours: Mapping[int, str], key: Mapping[str, str]
) -> str:
    """One fan as an SVG file that stands alone.

    Parameters:
        colours: category to its colour.
        key: words for what is drawn: ``observed``, ``middle`` and, where forecasters put anything, ``edits``.
    """
    left, top, width, height = 56, 48, 800, 260
    label = '<text x="{x:.1f}" y="{y:.1f}" text-anchor="{a}">{t}</text>'
    texts = [label.format(x=left - 8, y=top + height * (1 - t["at"] / 100) + 4, a="end", t=escape(t["label"]))
             for t in fan["y_ticks"]]  # fmt: skip
    texts += [label.format(x=left + width * t["at"] / 100, y=top + height + 20, a="start", t=escape(t["label"]))
              for t in fan["x_ticks"]]  # fmt: skip
    texts += [label.format(x=left + width + 12, y=top + height * (1 - (z["at"] + z["share"] / 2) / 100) + 4, a="start",
                           t=escape(z["name"])) for z in fan["zones"]]  # fmt: skip
    texts += _key(fan, key, left + width)
    zones = "".join(
        f'<rect x="{left + width + 2}" width="6" y="{top + height * (1 - (z["at"] + z["share"]) / 100):.1f}" '
        f'height="{height * z["share"] / 100:.1f}" fill="{colours.get(z["n"], "#ccc")}"/>'
        for z in fan["zones"]
    )
    inner = "".join(
        f'<path d="{b["path"]}" fill="#1f5f8b" fill-opacity="0.16" stroke="none"/>' for b in fan["bands"]
    )
    inner += "".join(f'<path d="{d}" stroke="#888" stroke-width="0.6"/>' for d in fan["bounds"])
    inner += "".join(
        f'<path d="{d}" stroke="#1f5f8b" stroke-width="0.4" opacity="0.6"/>' for d in fan["members"]
    )
    inner += f'<path d="{fan["middle"]}" stroke="{_INKS["middle"]}" stroke-width="2"/>'
    inner += f'<path d="{fan["observed"]}" stroke="{_INKS["observed"]}" stroke-width="1.5"/>'
    inner += "".join(
        f'<path d="{d}" stroke="{_INKS["edits"]}" stroke-width="1.5"/>' for d in fan["edit_bars"]
    )
    inner += "".join(
        f'<path d="{d}" stroke="{_INKS["edits"]}" stroke-width="8" stroke-linecap="square"/>'
        for d in fan["edits"]
    )
    inner += f'<path d="M{fan["issue"]} 0V100" stroke="#888" stroke-dasharray="3 3"/>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 348" width="960" height="348" font-size="13" '
        'font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif"><style>path{vector-effect:non-scaling-stroke;'
        'fill:none}path[fill]{fill:#1f5f8b}</style><rect width="960" height="348" fill="#fff"/>'
        f'<text x="{left}" y="28" font-size="16">{escape(title)}</text>'
        f'<svg x="{left}" y="{top}" width="{width}" height="{height}" viewBox="0 0 1000 100" '
        f'preserveAspectRatio="none">{inner}</svg>{zones}{"".join(texts)}</svg>'
    )
