"""The smooth surface: what it sees that a plane does not, and what must not change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airshed.errors import BadInput
from airshed.forecast.methods import kernel
from airshed.forecast.methods.kernel import fit_kernel
from airshed.forecast.methods.ridge import fit_ridge
from airshed.forecast.samples import Samples, samples
from airshed.forecast.weather import perfect
from forecast.made import days_of, made_panel

LEAD = 2


@pytest.fixture(scope="module")
def rows() -> Samples:
    panel = made_panel()
    return replace(samples(panel, perfect(panel), "pm25", LEAD, days_of(panel)[40:-LEAD]), past=None)


def bowl(rows: Samples, seed: int) -> Samples:
    """Two features; the logarithm is highest where both are in the middle, and each alone says nothing."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (len(rows), 2))
    log = 4.0 + x[:, 0] * x[:, 1] + 0.05 * rng.standard_normal(len(rows))
    return replace(rows, features=x, names=("a", "b"), observed=np.exp(log) - 1, came=None)


def miss(model, given: Samples) -> float:
    error = np.log(model.point(given) + 1) - np.log(given.observed + 1)
    return float(np.sqrt(np.mean(error**2)))


def test_it_sees_what_two_features_say_together(rows: Samples):
    train, test = bowl(rows, 1), bowl(rows, 2)
    assert miss(fit_kernel(train), test) < 0.15
    assert miss(fit_ridge(train), test) > 1.0


def test_ten_times_the_same_rows_teach_it_what_they_teach_once(rows: Samples, monkeypatch):
    """Of one set of landmarks: the penalty grows with the rows of a day."""
    many = rows.where(np.tile(np.arange(len(rows)), 10))
    chosen = np.arange(len(rows))
    monkeypatch.setattr(kernel, "LANDMARKS", len(rows))
    monkeypatch.setattr(
        kernel.np.random,
        "default_rng",
        lambda seed: type("Fixed", (), {"permutation": lambda s, n: chosen})(),
    )
    monkeypatch.setattr(kernel, "STEADY", 1e-9)
    one, ten = (fit_kernel(given).point(rows) for given in (rows, many))
    np.testing.assert_allclose(ten, one, rtol=1e-5)


def test_pieces_of_rows_make_the_same_surface(rows: Samples, monkeypatch):
    whole = fit_kernel(rows).point(rows)
    monkeypatch.setattr(kernel, "CHUNK", 97)
    np.testing.assert_allclose(fit_kernel(rows).point(rows), whole, rtol=1e-8)


def test_places_have_levels_of_their_own(rows: Samples):
    """The same air told of two places, one twice as dirty, is told twice as dirty there."""
    both = replace(
        rows.where(np.tile(np.arange(len(rows)), 2)),
        places=("gb2260:110000", "gb2260:120000"),
        place=np.repeat([0, 1], len(rows)),
        observed=np.concatenate(
            [rows.observed, 2 * rows.observed + 1]
        ),  # twice, floor of the logarithm included
    )
    told = fit_kernel(both).point(both).reshape(2, -1) + 1
    np.testing.assert_allclose(told[1] / told[0], 2, rtol=1e-9)


def test_a_missing_feature_counts_as_its_mean_and_none_goes_beyond_what_was_seen(rows: Samples):
    model = fit_kernel(rows)
    blind, mean = rows.features.copy(), rows.features.copy()
    blind[:, 3], mean[:, 3] = np.nan, np.nanmean(rows.features[:, 3])
    np.testing.assert_allclose(
        model.point(replace(rows, features=blind)), model.point(replace(rows, features=mean)), rtol=1e-9
    )
    wild = model.point(replace(rows, features=rows.features + 1e6))
    assert np.isfinite(wild).all()
    assert wild.max() <= 2 * np.nanmax(rows.observed) + 2


def test_it_refuses_a_place_it_never_saw(rows: Samples):
    with pytest.raises(BadInput, match="trained on"):
        fit_kernel(rows).point(replace(rows, places=("gb2260:999999",)))
