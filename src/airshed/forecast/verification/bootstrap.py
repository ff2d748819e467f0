"""How far chance alone could carry a score: blocks of a week, the same draw for every method.

Days that follow one another share their weather, so days are not drawn singly but in circular blocks of seven
issue days (Politis and Romano 1992; Künsch 1989, doi:10.1214/aos/1176347265). A draw is kept as how often it
holds each day, and every score is a function of sums over days: so one matrix serves all scores, all methods,
leads and places, and a difference between two methods is paired by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = ["BLOCK", "RESAMPLES", "SHARE", "block_weights", "bounds", "chance", "totals"]

Floats = NDArray[np.float64]

BLOCK: Final = 7
"""Length of a block [d]: own choice, a week; an episode of northern China lasts four to seven days."""

RESAMPLES: Final = 1000
"""Draws: own choice; the bounds of a 95 % interval then rest on 25 draws beyond each."""

SHARE: Final = 0.95
"""Share of the draws between the two bounds."""


def block_weights(days: int, seed: int, *, block: int = BLOCK, resamples: int = RESAMPLES) -> Floats:
    """How often each draw holds each day.

    Parameters:
        days: length of the record [d], without holes: a day without data is a day all the same.
        seed: of the draws.
        block: length of a block [d]; the record is a circle, so that no day is drawn more rarely than another.
        resamples: number of draws.

    Returns:
        (1 + resamples, days): the first row is the record itself, one of each day; every row sums to ``days``.

    Raises:
        BadInput: a record shorter than two blocks, of which there is no telling how far chance carries it.

    >>> weights = block_weights(28, 0, resamples=3)
    >>> weights.shape, weights.sum(axis=1).tolist()
    ((4, 28), [28.0, 28.0, 28.0, 28.0])
    """
    if days < 2 * block:
        raise BadInput(f"at least {2 * block} issue days", str(days), "verify a longer period")
    starts = np.random.default_rng(seed).integers(0, days, size=(resamples, -(-days // block)))
    drawn = ((starts[..., None] + np.arange(block)) % days).reshape(resamples, -1)[:, :days]
    flat = drawn + days * np.arange(resamples)[:, None]
    counted = np.bincount(flat.ravel(), minlength=resamples * days).reshape(resamples, days)
    return np.concatenate([np.ones((1, days)), counted]).astype(np.float64)


def totals(weights: Floats, parts: Mapping[str, Floats]) -> dict[str, Floats]:
    """Sums of what each day adds, once for every draw.

    Parameters:
        weights: (draw, day), of `block_weights`.
        parts: name to (day, …).

    Returns:
        name to (draw, …).
    """
    names = list(parts)
    flat = [parts[name].reshape(len(parts[name]), -1) for name in names]
    summed = weights @ np.concatenate(flat, axis=1)
    ends = np.cumsum([part.shape[1] for part in flat])[:-1]
    return {
        name: piece.reshape(len(weights), *parts[name].shape[1:])
        for name, piece in zip(names, np.split(summed, ends, axis=1), strict=True)
    }


def bounds(draws: Floats, share: float = SHARE) -> tuple[float, float]:
    """Lower and upper end of the interval that holds ``share`` of the draws (percentile interval).

    Parameters:
        draws: (1 + resamples,), the record itself first; NaN where a draw has no such score (no event in it).

    Returns:
        NaN twice where no draw has the score.
    """
    held = draws[1:][np.isfinite(draws[1:])]
    if not held.size:
        return float("nan"), float("nan")
    tail = (1 - share) / 2
    low, high = np.quantile(held, [tail, 1 - tail])
    return float(low), float(high)


def chance(differences: Floats) -> float:
    """One-sided p-value of "no better": the share of draws in which a paired difference is not above zero.

    Parameters:
        differences: (1 + resamples,) better minus worse, the record itself first.

    Returns:
        (draws at or below zero + 1) / (draws + 1), so never 0; NaN where no draw has both scores.
    """
    held = differences[1:][np.isfinite(differences[1:])]
    return (int((held <= 0).sum()) + 1) / (held.size + 1) if held.size else float("nan")
