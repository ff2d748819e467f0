"""A series as a small drawing: a line with gaps where values are missing, the law's limit as a hairline.

The curve is drawn in a field of 1000 × 100 that stretches with the page; its words are laid over it as text, so
they keep their size on any screen. The saved picture sets the same field into a frame with its own words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

__all__ = ["draw_series", "nice_top", "series_picture"]

FIELD = (1000.0, 100.0)
_STEPS = (1, 2, 5)


def nice_top(largest: float) -> tuple[float, float]:
    """The top of an axis that holds ``largest``, and the distance of its ticks.

    >>> nice_top(87)
    (100.0, 50.0)
    """
    if largest <= 0:
        return 1, 0.5
    magnitude = 10.0 ** math.floor(math.log10(largest / 2))
    step = next((s * magnitude for s in (*_STEPS, 10) if 3 * s * magnitude >= largest), 10 * magnitude)
    return math.ceil(largest / step) * step, step


def draw_series(
    values: Sequence[float | None],
    *,
    flagged: Mapping[int, str],
    limit: float | None,
    now: int | None,
    ticks: Sequence[tuple[int, str]],
    number: Callable[[float], str],
) -> dict[str, Any]:
    """Paths and ticks of a series, evenly spaced in time.

    Parameters:
        values: one a step, None where there is none.
        flagged: steps whose value was found odd, and what was found: a hollow dot, at the foot where no value
            counts.
        limit: the law's limit in the unit of the values.
        now: the step the time cursor stands on.
        ticks: step and label along the time axis.
        number: how a value is written on the axis.
    """
    known = [v for v in values if v is not None]
    top, step = nice_top(max([*known, (limit or 0) * 1.1]) if known else limit or 1)
    width = FIELD[0] / max(len(values), 1)
    return {
        "path": _line(values, top, width),
        "marks": [
            {"at": f"M{_x(i, width)} {_y(values[i] or 0, top)}h0", "step": i, "text": text}
            for i, text in sorted(flagged.items())
        ],
        "limit": None if limit is None else {"at": round(100 * limit / top, 2), "label": number(limit)},
        "now": None if now is None else _x(now, width),
        "y_ticks": [
            {"at": round(100 * k * step / top, 2), "label": number(k * step)}
            for k in range(round(top / step) + 1)
        ],
        "x_ticks": [{"at": round(100 * i / max(len(values), 1), 2), "label": label} for i, label in ticks],
        "top": top,
    }


def _x(i: int, width: float) -> float:
    return round((i + 0.5) * width, 1)


def _y(value: float, top: float) -> float:
    return round(FIELD[1] * (1 - value / top), 1)


def _line(values: Sequence[float | None], top: float, width: float) -> str:
    """A polyline that breaks at gaps; a lone value is a short dash, so that it does not vanish."""
    parts: list[str] = []
    for i, value in enumerate(values):
        if value is None:
            continue
        y = _y(value, top)
        fresh = i == 0 or values[i - 1] is None
        alone = fresh and (i + 1 == len(values) or values[i + 1] is None)
        parts.append(
            f"{'M' if fresh else 'L'}{_x(i, width)} {y}" + (f"h{round(width / 2, 1)}" if alone else "")
        )
    return "".join(parts)


def series_picture(chart: Mapping[str, Any], title: str) -> str:
    """One chart as an SVG file that stands alone."""
    left, top, width, height = 56, 48, 880, 240
    labels = [
        f'<text x="{left - 8}" y="{top + height - t["at"] / 100 * height + 4:.1f}" text-anchor="end">'
        f"{escape(t['label'])}</text>"
        for t in chart["y_ticks"]
    ]
    labels += [
        f'<text x="{left + t["at"] / 100 * width:.1f}" y="{top + height + 20}">{escape(t["label"])}</text>'
        for t in chart["x_ticks"]
    ]
    grid = "".join(f'<path d="M0 {100 - t["at"]}H1000" stroke="#ddd"/>' for t in chart["y_ticks"])
    if chart["limit"]:
        grid += f'<path d="M0 {100 - chart["limit"]["at"]}H1000" stroke="#a33" stroke-dasharray="6 4"/>'
    dots = "".join(m["at"] for m in chart["marks"])
    odd = "".join(
        f'<path d="{dots}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round"/>'
        for colour, size in (("#9c2f2f", 7), ("#fff", 4))
        if dots
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 328" width="960" height="328" font-size="13" '
        'font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif"><style>path{vector-effect:non-scaling-stroke;'
        'fill:none}</style><rect width="960" height="328" fill="#fff"/>'
        f'<text x="{left}" y="28" font-size="16">{escape(title)}</text>'
        f'<svg x="{left}" y="{top}" width="{width}" height="{height}" viewBox="0 0 1000 100" '
        f'preserveAspectRatio="none">{grid}<path d="{chart["path"]}" stroke="#1f5f8b" stroke-width="1.5"/>{odd}</svg>'
        f"{''.join(labels)}</svg>"
    )


def day_ticks(days: Sequence[date], label: Callable[[date], str], most: int = 12) -> list[tuple[int, str]]:
    """Ticks at the first day of months, thinned to at most so many."""
    firsts = [i for i, d in enumerate(days) if d.day == 1]
    every = max(1, -(-len(firsts) // most))
    return [(i, label(days[i])) for i in firsts[::every]]


def hour_ticks(starts: Sequence[datetime], label: Callable[[date], str]) -> list[tuple[int, str]]:
    """Ticks at local midnights."""
    return [(i, label(s.date())) for i, s in enumerate(starts) if s.hour == 0]
