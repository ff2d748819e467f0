"""Who learns from what: folds, the weather that came and the weather that was told, rows that say the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from airshed.forecast.methods.conformal import PURGE, Both, calibrate
from airshed.forecast.methods.ridge import fit_ridge
from airshed.forecast.samples import Samples, samples
from airshed.forecast.weather import perfect
from forecast.made import days_of, made_panel

RUNS = 3
LEAD = 2


@pytest.fixture(scope="module")
def once() -> Samples:
    """A row for each issue day, with the weather that came."""
    panel = made_panel()
    return replace(samples(panel, perfect(panel), "pm25", LEAD, days_of(panel)[40:-LEAD]), past=None)


@pytest.fixture(scope="module")
def told(once: Samples) -> Samples:
    """The same days told by three runs of weather, beside the weather that came."""
    rows = np.tile(np.arange(len(once)), RUNS)
    came = once.features[rows]
    noise = np.random.default_rng(3).normal(0, 1, came.shape)
    return replace(once.where(rows), features=came + noise, came=came)


@dataclass
class Learner:
    """Remembers what each of its models was given; a model says the size of that, and remembers what it was asked."""

    given: list[Samples] = field(default_factory=list)
    asked: list[tuple[Samples, Samples]] = field(default_factory=list)

    def __call__(self, train: Samples) -> Model:
        self.given.append(train)
        return Model(self, train)


@dataclass
class Model:
    learner: Learner
    train: Samples

    def point(self, rows: Samples) -> np.ndarray:
        self.learner.asked.append((self.train, rows))
        return np.full(len(rows), float(len(self.train)))


def test_one_half_learns_what_came_once_and_the_other_what_every_run_told(told: Samples, once: Samples):
    learner = Learner()
    made = calibrate(learner, told)
    assert isinstance(made.model, Both)
    assert len(made.model.came.train) == len(once)
    assert len(made.model.told.train) == len(told)
    np.testing.assert_array_equal(made.model.came.train.features, once.features)
    np.testing.assert_array_equal(made.model.told.train.features, told.features)
    assert (made.model.point(told) == (len(once) + len(told)) / 2).all()
    assert all(given.came is None for given in learner.given)


def test_without_forecasts_of_the_weather_there_is_one_model(once: Samples):
    learner = Learner()
    assert not isinstance(calibrate(learner, once).model, Both)
    assert max(len(given) for given in learner.given) == len(once)


def test_what_says_how_sure_a_model_is_had_not_seen_the_days_nor_their_neighbours(told: Samples):
    learner = Learner()
    made = calibrate(learner, told)
    assert np.isfinite(made.unseen).all()
    assert len(learner.asked) > 2
    for train, rows in learner.asked:
        apart = np.abs(rows.valid[:, None] - np.unique(train.valid)[None]).astype(int)
        assert apart.min() > PURGE


def test_ten_times_the_same_rows_teach_ridge_what_they_teach_once(once: Samples):
    """The penalty grows with the rows of a day; ten runs of weather are not ten days."""
    many = once.where(np.tile(np.arange(len(once)), 10))
    assert many.rows_a_day == 10 * once.rows_a_day
    one, ten = (fit_ridge(given).point(once) for given in (once, many))
    np.testing.assert_allclose(ten, one, rtol=1e-9)
