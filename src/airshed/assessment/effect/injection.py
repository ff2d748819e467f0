"""Known effects put into windows chosen by forecast peaks, as alerts are: does the test find them, and only them?

The gate of this room. A made forecast (weather's expectation of each day by a model without its block, times noise with
memory) passes a high threshold; its runs are the windows; values in them are cut by a known share; and the function
behind `event_effect` is asked, knowing neither noise nor threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from airshed.assessment.effect.counterfactual import LEVEL, EventEffect, counterfactual, span
from airshed.assessment.effect.kernel import Settings, chosen, fitted, likeness
from airshed.assessment.effect.series import Days
from airshed.errors import BadInput

__all__ = ["EFFECTS", "Caller", "called_windows", "gate", "inject", "made_forecast", "summary"]

Array = NDArray[Any]
EFFECTS: Final = (0.0, -0.15, -0.30)
"""Effects put in [1]."""


@dataclass(frozen=True)
class Caller:
    """How alerts are called in the experiment.

    Parameters:
        error: [1] standard deviation of the forecast's error in logarithms; 0.35 is about three days ahead.
        memory: [1] of that error from a day to the next.
        insight: [1] share of what weather does not explain that the forecaster knows all the same; 0: nothing.
        quantile: [1] of the forecast above which an alert is called.
        shortest, longest: [d] of a window.
    """

    error: float = 0.35
    memory: float = 0.6
    insight: float = 0.0
    quantile: float = 0.85
    shortest: int = 3
    longest: int = 9


def made_forecast(expected: Array, value: Array, caller: Caller, generator: np.random.Generator) -> Array:
    """A forecast of each day: weather's expectation, some insight, and an error with memory, (n,).

    Parameters:
        expected: (n,) of each day by a model without its block.
        value: (n,) what came; looked at only as far as ``caller.insight`` says.
        caller: how alerts are called.
        generator: of the error.
    """
    shocks = generator.normal(size=len(expected)) * caller.error * np.sqrt(1 - caller.memory**2)
    error = np.empty(len(expected))
    last = generator.normal() * caller.error
    for day, shock in enumerate(shocks):
        last = caller.memory * last + shock
        error[day] = last
    known = np.log(value / expected)
    return np.asarray(expected * np.exp(error + caller.insight * np.where(np.isfinite(known), known, 0)))


def called_windows(forecast: Array, caller: Caller) -> list[tuple[int, int]]:
    """Runs of the forecast above its threshold, as [first, until), at least three days apart.

    A short run lasts ``shortest`` all the same (an order does), a long one ends after ``longest``.
    """
    high = forecast > np.nanquantile(forecast, caller.quantile)
    windows: list[tuple[int, int]] = []
    day = 0
    while day < len(high):
        if not high[day]:
            day += 1
            continue
        until = day
        while until < len(high) and high[until]:
            until += 1
        length = min(max(until - day, caller.shortest), caller.longest)
        if day + length <= len(high):
            windows.append((day, day + length))
        day = max(until, day + length) + 3
    return windows


def inject(days: Days, window: tuple[int, int], effect: float) -> Days:
    """The series with its values in a window changed by a known share.

    Parameters:
        effect: [1], above -1.
    """
    value = days.value.copy()
    value[window[0] : window[1]] *= 1 + effect
    return replace(days, value=value)


def gate(
    series: Sequence[Days], caller: Caller, generator: np.random.Generator, *, effects: Sequence[float] = EFFECTS,
    per_series: int | None = None, tell: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:  # fmt: skip
    """Injections into all called windows of some series: a row an injection.

    Parameters:
        series: of one or many pollutants and places.
        caller: how alerts are called.
        generator: of forecasts' errors, and of the choice of windows.
        per_series: so many windows of each, drawn; None: all.
        tell: hears of each series done.

    Returns:
        ``place, variable, start, length, effect`` [1], ``found, low, high`` [1, of the counterfactual], ``p``.
    """
    rows: list[dict[str, Any]] = []
    for days in series:
        settings = chosen(days)
        kernel = likeness(days, settings)
        expected = fitted(days, settings, kernel=kernel).blocked
        forecast = made_forecast(expected, days.value, caller, generator)
        windows = called_windows(forecast, caller)
        if per_series is not None and len(windows) > per_series:
            drawn = np.sort(generator.choice(len(windows), per_series, replace=False))
            windows = [windows[n] for n in drawn]
        for window in windows:
            rows.extend(_injected(days, window, effects, settings, kernel))
        tell(f"{days.place} {days.variable}: {len(windows)}")
    return pl.DataFrame(rows)


def _injected(
    days: Days, window: tuple[int, int], effects: Sequence[float], settings: Settings, kernel: Array
) -> Iterator[dict[str, Any]]:
    try:
        span(days, days.date_of(window[0]), days.date_of(window[1]))
        found = counterfactual(days, window, "peaks", settings, kernel=kernel)
    except BadInput:  # too few values in it
        return
    for effect in effects:
        # What would have been does not know what was measured, so it is reckoned once for all effects.
        yield _row(found.effect(inject(days, window, effect).value[slice(*window)]), window, effect)


def _row(found: EventEffect, window: tuple[int, int], effect: float) -> dict[str, Any]:
    low, high = found.interval
    return {
        "place": found.place, "variable": found.variable, "start": found.start, "length": window[1] - window[0],
        "effect": effect, "found": found.percent / 100, "low": low / 100, "high": high / 100, "p": found.ranked.p,
        "rank": found.ranked.rank, "placebos": len(found.placebos),
    }  # fmt: skip


def summary(rows: pl.DataFrame) -> pl.DataFrame:
    """By effect: ``windows``, ``rejected`` [1] (of none: the size; else the power), ``covered`` [1], ``bias`` [log].

    Parameters:
        rows: of `gate`.
    """
    covered = (pl.col("low") <= pl.col("effect")) & (pl.col("effect") <= pl.col("high"))
    off = (1 + pl.col("found")).log() - (1 + pl.col("effect")).log()
    return (
        rows.group_by("effect")
        .agg(
            windows=pl.len(), rejected=(pl.col("p") <= LEVEL + 1e-12).mean(), covered=covered.mean(),
            bias=off.mean(), spread=off.std(),
        )
        .sort("effect", descending=True)
    )  # fmt: skip
