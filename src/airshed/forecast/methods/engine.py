"""The transport engine's forecast, corrected by its record: a Kalman filter in time and one through analogs.

Samples carry the engine's values as two columns (`with_engine`); the mean of both corrections is the forecast, and its
spread comes from days the correction had not seen, as for every method.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.correction import analog_bias, filtered_bias
from airshed.forecast.methods.base import Fitted, matching, number_of
from airshed.forecast.methods.conformal import calibrate
from airshed.forecast.methods.dressing import FLOOR
from airshed.forecast.samples import Samples

__all__ = ["COLUMNS", "LEAST_ROWS", "Engine", "EngineModel", "with_engine"]

Floats = NDArray[np.float64]

COLUMNS: Final = ("engine_target", "engine_issue")
LEAST_ROWS: Final = 100  # pairs of the engine's and observed days over all places, own choice
BESIDE: Final = (
    "wind_speed_target",
    "year_sin",
    "year_cos",
)  # what an analog is like, besides the engine's two values


def with_engine(samples: Samples, engine: xr.DataArray) -> Samples:
    """Samples with the engine's values of the target day and of the issue day, as log(1 + value).

    Parameters:
        engine: (place, day) the engine's daily values [the target's unit]; NaN where it has none.
    """
    held = engine.transpose("place", "day").reindex(place=list(samples.places))
    columns = []
    for days in (samples.valid, samples.issue):
        at = held["day"].values.astype("datetime64[D]").searchsorted(days)
        row = np.minimum(at, held.sizes["day"] - 1)
        same = held["day"].values.astype("datetime64[D]")[row] == days
        columns.append(np.where(same, np.log1p(np.maximum(held.values[samples.place, row], 0.0)), np.nan))
    came, past = samples.came, samples.past
    return replace(
        samples,
        features=np.column_stack([samples.features, *columns]),
        names=(*samples.names, *COLUMNS),
        came=None if came is None else np.column_stack([came, *columns]),
        past=None if past is None else with_engine(past, engine),
    )


@dataclass(frozen=True)
class Engine:
    """The engine's forecast times what its record says it lacks."""

    name: str = "engine"

    def fit(self, train: Samples) -> Fitted:
        """Learn.

        Raises:
            BadInput: samples without the engine's columns, or too few days of both.
        """
        if not set(COLUMNS) <= set(train.names):
            raise BadInput("samples with the engine's values", "none", "give a case: --weather case:NAME")
        reckoned = np.isfinite(train.column(COLUMNS[0]))
        rows = int((np.isfinite(train.observed) & reckoned).sum())
        if rows < LEAST_ROWS:
            wanted = f"at least {LEAST_ROWS} days of engine and observation, over all cities"
            raise BadInput(wanted, f"{rows}", "run the case over more days before the issue")
        return calibrate(fit_engine, train, reckoned)


@dataclass(frozen=True)
class EngineModel:
    """The engine's record: features (m, F) and log errors (m,) of past days, and errors on issue days by place.

    ``days`` (m,), ``place`` (m,) number in ``places``, ``now`` (m,): the log error on the issue day itself.
    """

    target: str
    lead: int
    places: tuple[str, ...]
    names: tuple[str, ...]
    past: Floats
    errors: Floats
    days: NDArray[np.datetime64]
    place: NDArray[np.int64]
    now: Floats

    def point(self, samples: Samples) -> Floats:
        """(n,) corrected forecast [the target's unit]; NaN where the engine has none."""
        matching(samples, self.target, self.lead, self.places, self.names)
        place = number_of(samples, self.places)
        through_time = self._filtered(samples.issue, place, _error_now(samples))
        through_analogs = analog_bias(_features(samples), self.past, self.errors)
        bias = 0.5 * (through_time + through_analogs)
        log = samples.column(COLUMNS[0]) + bias
        return np.asarray(np.maximum(np.exp(log) - FLOOR, 0.1))

    def _filtered(self, issues: NDArray[np.datetime64], place: NDArray[np.int64], now: Floats) -> Floats:
        """Bias on each row's issue day, from errors of that day and before: the record's and the rows' own."""
        days = np.concatenate([self.days, issues])
        first = days.min()
        series = np.full((len(self.places), int((days.max() - first).astype(np.int64)) + 1), np.nan)
        for when, where, error in ((self.days, self.place, self.now), (issues, place, now)):
            series[where, (when - first).astype(np.int64)] = error
        return np.asarray(filtered_bias(series)[place, (issues - first).astype(np.int64)])


def fit_engine(train: Samples) -> EngineModel:
    """The record of rows with engine and observation."""
    errors = np.log(train.observed + FLOOR) - train.column(COLUMNS[0])
    return EngineModel(
        train.target, train.lead, train.places, train.names, _features(train), errors, train.issue, train.place,
        _error_now(train),
    )  # fmt: skip


def _error_now(samples: Samples) -> Floats:
    """Log error of the engine on the issue day."""
    return np.asarray(np.log(samples.recent + FLOOR) - samples.column(COLUMNS[1]))


def _features(samples: Samples) -> Floats:
    """What makes two forecasts alike: the engine's values, its error of today, wind and season."""
    held = [samples.column(n) for n in (*COLUMNS, *BESIDE) if n in samples.names]
    return np.column_stack([*held, _error_now(samples)])
