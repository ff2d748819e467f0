"""Which windows stand in for an event: elsewhere in time, of its length, chosen as it was chosen.

A rank among placebo windows is a test only where event and placebos could have changed places. Alerts are called on
forecast peaks, so their placebos are windows whose forecast peaks as high; events fixed by the calendar have their
season. The number is one less than a multiple of twenty, so that a test of 5 % has just that size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = ["COUNTS", "Placebo", "Reach", "placebo_windows"]

Array = NDArray[Any]
Placebo = Literal["any", "peaks"]
COUNTS: Final = (39, 19)
"""Numbers of placebo windows: (M + 1) x 5 % is whole, so rank tests have their nominal size."""

NEAR: Final = {"any": 91.0, "peaks": 0.5}
"""How unlike the farthest of 39 may be before 19 are taken: [d] of season; [1] of log forecast, peak and mean."""

LEAST_PRESENT: Final = 2 / 3  # [1] of a window's days with a value: own choice
_YEAR: Final = 365.2425  # [d]


@dataclass(frozen=True)
class Reach:
    """Placebo windows found: their ``starts``, and how unlike the event the farthest is, ``farthest``."""

    starts: NDArray[np.int64]
    farthest: float


def placebo_windows(
    forecast: Array, present: NDArray[np.bool_], event: tuple[int, int], rule: Placebo,
    taboo: Iterable[tuple[int, int]] = (), gap: int = 1,
) -> Reach:  # fmt: skip
    """Windows of the event's length that do not overlap one another, nor the event, likest first.

    Parameters:
        forecast: (n,) what was expected of each day without knowing it, the event's days included.
        present: (n,) days with a value.
        event: [first, until) in positions.
        rule: ``any``: as near in season as can be; ``peaks``: forecast peak and mean as near the event's as can be.
        taboo: further spans that no placebo may touch: other events.
        gap: days between windows.

    Raises:
        BadInput: fewer than 19.
    """
    length = event[1] - event[0]
    starts = _possible(present, [event, *taboo], length, gap)
    unlike = _season(starts, event) if rule == "any" else _level(forecast, starts, event)
    order = np.argsort(unlike, kind="stable")
    taken: list[int] = []
    for place in order:
        if all(abs(int(starts[place] - starts[k])) >= length + gap for k in taken):
            taken.append(int(place))
        if len(taken) == COUNTS[0]:
            break
    for count in COUNTS:
        if len(taken) >= count and (count == COUNTS[-1] or unlike[taken[count - 1]] <= NEAR[rule]):
            return Reach(starts[taken[:count]], float(unlike[taken[count - 1]]))
    came = f"{len(taken)} windows of {length} days"
    raise BadInput(f"{COUNTS[-1]} placebo windows at least", came, "give a longer history or a shorter event")


def _possible(
    present: NDArray[np.bool_], taboo: Iterable[tuple[int, int]], length: int, gap: int
) -> NDArray[np.int64]:
    """Starts of windows with enough days that touch no event."""
    free = np.ones(len(present), dtype=bool)
    for first, until in taboo:
        free[max(first - gap, 0) : max(until + gap, 0)] = False
    if len(present) < length:
        return np.empty(0, dtype=np.int64)
    whole = np.lib.stride_tricks.sliding_window_view(free, length).all(axis=1)
    enough = np.lib.stride_tricks.sliding_window_view(present, length).mean(axis=1) >= LEAST_PRESENT
    return np.flatnonzero(whole & enough)


def _season(starts: NDArray[np.int64], event: tuple[int, int]) -> Array:
    """Days of the year between windows."""
    apart = np.abs(starts - event[0]) % _YEAR
    return np.asarray(np.minimum(apart, _YEAR - apart))


def _level(forecast: Array, starts: NDArray[np.int64], event: tuple[int, int]) -> Array:
    """Logarithms between peaks and between means of the forecast, the mean of both."""
    mine = forecast[event[0] : event[1]]
    table = np.lib.stride_tricks.sliding_window_view(forecast, event[1] - event[0])[starts]
    with np.errstate(all="ignore"):
        peak = np.abs(
            np.log(np.nanmax(np.where(np.isfinite(table), table, -np.inf), axis=1) / np.nanmax(mine))
        )
        middle = np.abs(
            np.log(np.nanmean(np.where(np.isfinite(table), table, np.nan), axis=1) / np.nanmean(mine))
        )
    return np.asarray((peak + middle) / 2)
