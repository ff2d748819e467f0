"""Scores of several methods by lead: a dot with its interval each, beside one another; and the reliability diagram.

Both in a field of 1000 × 100 (the diagram 100 × 100); a dot is a line of no length with a round end, so it stays round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airshed.web.drawing.series import FIELD, nice_top

__all__ = ["Point", "draw_reliability", "draw_scores"]

Point = tuple[float, float | None, float | None]
"""A score and its bounds."""
_SPREAD = 0.62
"""Share of a lead's room that its dots take."""
_FLOOR = -1.0
"""Skills are not drawn further down; what lies below stands at the edge and is marked so."""
_DOTS = (3.0, 11.0)  # [px] of the diagram's smallest and largest dot


def draw_scores(
    leads: Sequence[int],
    scores: Mapping[str, Sequence[Point | None]],
    *,
    aim: float | None,
    number: Callable[[float], str],
    share: bool = False,
) -> dict[str, Any]:
    """Dots, intervals and threads of one score.

    Parameters:
        leads: days ahead; ``scores``: method to one point a lead, None where there is none.
        aim: a value worth a line of its own: 0 for a skill, .8 for the coverage of an 80 % interval.
        share: a score whose best is 1.
    """
    known = [v for row in scores.values() for p in row if p for v in p if v is not None and math.isfinite(v)]
    low = max(min([0.0, *known]), _FLOOR) if share else 0.0
    high, step = (1.0, 0.25) if share else nice_top(max(known, default=1.0))
    low = -math.ceil(-low / step) * step
    room, count = FIELD[0] / max(len(leads), 1), max(len(scores), 1)

    def y(value: float) -> float:
        return round(FIELD[1] * (1 - (min(max(value, low), high) - low) / (high - low)), 1)

    series = []
    for n, (method, row) in enumerate(scores.items()):
        shift = (n - (count - 1) / 2) * _SPREAD * room / count
        at = [(round((i + 0.5) * room + shift, 1), p) for i, p in enumerate(row) if p and math.isfinite(p[0])]
        series.append({
            "method": method,
            "line": "".join(f"{'L' if i else 'M'}{x} {y(p[0])}" for i, (x, p) in enumerate(at)),
            "dots": "".join(f"M{x} {y(p[0])}h0" for x, p in at if p[0] >= low),
            "below": "".join(f"M{x} {y(p[0])}h0" for x, p in at if p[0] < low),
            "intervals": "".join(f"M{x} {y(p[1])}V{y(p[2])}" for x, p in at if p[1] is not None and p[2] is not None),
        })  # fmt: skip
    ticks = [low + k * step for k in range(round((high - low) / step) + 1)]
    return {
        "series": series, "aim": None if aim is None else y(aim), "zero": y(0.0),
        "y_ticks": [{"at": round(100 - y(t), 2), "label": number(t)} for t in ticks],
        "x_ticks": [{"at": round((i + 0.5) * 100 / len(leads), 2), "label": str(lead)} for i, lead in enumerate(leads)],
    }  # fmt: skip


def draw_reliability(curves: Mapping[str, Sequence[tuple[float, float, float]]]) -> list[dict[str, Any]]:
    """Of each method a line through its classes: what was told against what came; larger dots for more cases.

    Parameters:
        curves: method to (mean probability told, share that came, cases); classes without cases left out.
    """
    most = max((n for row in curves.values() for _, _, n in row), default=1.0)
    found = []
    for method, row in curves.items():
        points = [(round(100 * p, 1), round(100 * (1 - f), 1), n) for p, f, n in row if n > 0]
        dots = [
            {
                "at": f"M{x} {y}h0",
                "size": round(_DOTS[0] + (_DOTS[1] - _DOTS[0]) * math.sqrt(n / most), 1),
                "n": int(n),
            }
            for x, y, n in points
        ]
        line = "".join(f"{'L' if i else 'M'}{x} {y}" for i, (x, y, _) in enumerate(points))
        found.append({"method": method, "line": line, "dots": dots})
    return found
