"""A strip of effects: what happens by chance as a band, each placebo a hair, the effect a mark with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from airshed.web.drawing.series import FIELD, nice_top

__all__ = ["draw_days", "draw_strip"]


def draw_strip(
    effect: float,
    interval: tuple[float, float],
    band: tuple[float, float] | None,
    hairs: Sequence[float],
    number: Callable[[float], str],
    others: Sequence[tuple[float, float]] = (),
) -> dict[str, Any]:
    """Places along the strip, in per cent of its width.

    Parameters:
        effect, interval: [%] of what would have been.
        band: of chance [%], where there is one.
        hairs: placebos of an event, or the alerts of a pooled estimate, one by one [%].
        number: how a figure is written under the strip.
        others: ranges others published [%].
    """
    ends = [abs(v) for v in (effect, *interval, *(band or ()), *hairs, *(x for pair in others for x in pair))]
    top, step = nice_top(max([10.0, *ends]))

    def at(value: float) -> float:
        return round(50 + 50 * value / top, 2)

    def span(low: float, high: float) -> dict[str, float]:
        return {"at": at(min(low, high)), "share": round(abs(at(high) - at(low)), 2)}

    ticks = [k * step for k in range(-round(top / step), round(top / step) + 1)]
    return {
        "effect": at(effect), "interval": span(*interval), "band": span(*band) if band else None,
        "hairs": [at(h) for h in hairs],
        "others": [span(*pair) for pair in others], "zero": at(0.0),
        "ticks": [{"at": at(t), "label": number(t)} for t in ticks],
    }  # fmt: skip


def draw_days(
    observed: Sequence[float | None],
    expected: Sequence[float | None],
    number: Callable[[float], str],
    band: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Days of an event or months of a trend: observed, and what would have been.

    Parameters:
        band: the placebos' 5 and 95 % as factors of what would have been: how far chance carries the mean.
    """
    factors = band or (1.0, 1.0)
    highs = [v * factors[1] for v in expected if v is not None]
    top, step = nice_top(max([v for v in observed if v is not None] + highs, default=1.0))
    width = FIELD[0] / max(len(observed), 1)

    def line(values: Sequence[float | None]) -> str:
        points = [
            (round((i + 0.5) * width, 1), round(FIELD[1] * (1 - v / top), 1))
            for i, v in enumerate(values)
            if v is not None
        ]
        return "".join(f"{'L' if n else 'M'}{x} {y}" for n, (x, y) in enumerate(points))

    lower, upper = (line([None if v is None else v * f for v in expected]) for f in factors)
    back = _points(lower) if band else []
    return {
        "observed": line(observed), "expected": line(expected),
        "dots": "".join(f"M{p}h0" for p in _points(line(observed))),
        "band": upper + "".join(f"L{p}" for p in reversed(back)) + "Z" if back else "",
        "y_ticks": [{"at": round(100 * k * step / top, 2),
                     "label": number(k * step)} for k in range(round(top / step) + 1)],
    }  # fmt: skip


def _points(path: str) -> list[str]:
    return [p for p in path.replace("M", "L").split("L") if p]
