"""Quantiles from what a model got wrong on days it had not seen: one mechanism for intervals, means and thresholds.

The training years are cut in blocks of 14 days; each block is forecast by a model that saw nothing within 10 days of
it. The logarithm of observed over forecast, on these days, conditional on the level that was forecast, is the spread.
Split conformal prediction (Papadopoulos et al. 2002, doi:10.1007/3-540-36755-1_29) in its cross-conformal form
(Vovk 2015, doi:10.1007/s10472-013-9368-4), made local in the forecast level; coverage is approximate, because days hang
together and because the final model has seen more than those of the folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.methods.base import Fitted, Point, Prediction
from airshed.forecast.methods.dressing import FLOOR, LEAST, Dressing, dress
from airshed.forecast.methods.late import late_errors, recent_error, recent_width
from airshed.forecast.samples import Samples

__all__ = ["Both", "Calibrated", "calibrate", "folds", "unseen_errors"]

BLOCK: Final = 14  # [d] own choice: twice the memory of an episode
PURGE: Final = 10  # [d] left out either side of a block: own choice
FOLDS: Final = 5  # own choice


@dataclass(frozen=True)
class Both:
    """Half a perfect prognosis, half model output statistics: their errors differ (docs/notes/forecast.md).

    Attributes:
        came: learnt from the weather that came; sharp, and too sure of a forecast of long lead.
        told: learnt from forecasts of it, all runs; shrinks as they deserve, and learns their noise along.
    """

    came: Point
    told: Point

    def point(self, samples: Samples) -> NDArray[np.float64]:
        """(n,) the mean of both."""
        return np.asarray((self.came.point(samples) + self.told.point(samples)) / 2)


@dataclass(frozen=True)
class Calibrated:
    """A model with its spread, and what it said of days it had not seen.

    Attributes:
        model: trained on everything.
        dressing: its spread.
        unseen: (n,) forecast values of the training rows by models that had not seen them; NaN where a row teaches
            nothing.
        observed: (n,) what came.
    """

    model: Point
    dressing: Dressing
    unseen: NDArray[np.float64]
    observed: NDArray[np.float64]

    def predict(self, samples: Samples) -> Prediction:
        """Mean and quantiles of each row, moved by half of what the model was off of late, and drawn apart so too."""
        point = self.model.point(samples)
        # the past is laid beside the rows with the weather that came: its errors are those of the part for it, and
        # say nothing of how far forecasts of the weather let a forecast of the air go astray
        came = self.model.came if isinstance(self.model, Both) else self.model
        late = late_errors(came, samples)
        drift = recent_error(late, samples)
        wider = 1.0 if late is None or came is not self.model else recent_width(late, samples, self.dressing)
        return self.dressing.around(np.maximum((point + FLOOR) * np.exp(drift) - FLOOR, LEAST), wider)

    def held_out(self) -> Prediction:
        """Mean and quantiles of the training rows, as the folds gave them."""
        return self.dressing.around(self.unseen)


def calibrate(
    fit: Callable[[Samples], Point], train: Samples, usable: NDArray[np.bool_] | None = None
) -> Calibrated:
    """Train on everything, with the spread of block-wise cross-validation.

    Where the samples hold forecast weather beside the weather that came, one model learns from what came and one from
    the forecasts, and the forecast is the mean of `Both`; its spread, mean and threshold come from what they say of
    the forecast weather of days they had not seen: docs/notes/forecast.md.

    Parameters:
        fit: makes a model of samples.
        train: rows; those without target are left out.
        usable: (n,) rows the method can learn from; all where none is given.

    Raises:
        BadInput: so short a history that without a block and its neighbours nothing is left.
    """
    teaching = np.isfinite(train.observed) if usable is None else np.isfinite(train.observed) & usable
    known = train.where(teaching)
    learnt = known.as_came()
    every = np.ones(len(known), dtype=np.bool_)
    unseen = np.full(len(known), np.nan)
    for keep, held in zip(folds(learnt.valid), folds(known.valid), strict=True):
        if held[1].any() and not keep[0].any():
            span = f"{len(np.unique(known.valid))} days from {known.valid.min()} to {known.valid.max()}"
            wanted = f"more than {BLOCK + PURGE} days in a row, to test a model on days it has not seen"
            raise BadInput(
                wanted, span, "feed a longer history, or run the case over more days before the issue"
            )
        model = _fitted(fit, learnt.where(keep[0]), known, held[0])
        unseen[held[1]] = model.point(known.where(held[1]))
    told = np.full(len(train), np.nan)
    told[teaching] = unseen
    return Calibrated(_fitted(fit, learnt, known, every), dress(unseen, known.observed), told, train.observed)


def unseen_errors(fitted: Fitted, first: Samples) -> NDArray[np.float64]:
    """(n,) log(observed / forecast) of training rows on days the model had not seen, whose order members follow.

    Parameters:
        fitted: of samples that begin with these; a method without folds has learnt next to nothing, and says itself.
        first: the rows, those of the first run of weather.
    """
    told = fitted.unseen[: len(first)] if isinstance(fitted, Calibrated) else fitted.predict(first).mean
    return np.asarray(np.log((first.observed + FLOOR) / (told + FLOOR)))


def _fitted(
    fit: Callable[[Samples], Point], learnt: Samples, known: Samples, keep: NDArray[np.bool_]
) -> Point:
    came = fit(learnt)
    return came if known.came is None else Both(came, fit(known.where(keep).as_told()))


def folds(
    days: NDArray[np.datetime64], count: int = FOLDS
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Blocks of 14 days dealt out in turn: (rows to learn from, rows held out) of each fold.

    Parameters:
        days: (n,) target days [datetime64[D]].
        count: number of folds.
    """
    number = (days - days.min()).astype(np.int64)
    fold = number // BLOCK % count
    for one in range(count):
        # a day is purged when the block PURGE days before or after it is held out (BLOCK > PURGE: none is skipped)
        close = [(number + shift) // BLOCK % count == one for shift in (-PURGE, 0, PURGE)]
        yield ~np.any(close, axis=0), fold == one
