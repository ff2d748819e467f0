"""Members: the score of whole runs of days sees whether the days of a member belong together."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.verification import block_weights
from airshed.forecast.verification.energy import (
    energy_draws,
    energy_row,
    energy_score,
    mean_energy,
    shuffled,
)
from airshed.forecast.verification.runs import with_members
from forecast.verification.hindcasts import made


def test_the_energy_score_is_that_of_scoringrules():
    rng = np.random.default_rng(0)
    members, observed = rng.random((5, 12, 8)), rng.random((5, 8))
    assert energy_score(members, observed) == pytest.approx(scoringrules.es_ensemble(observed, members))


def test_of_one_cell_the_energy_score_is_the_crps_of_members():
    rng = np.random.default_rng(1)
    members, observed = rng.random((6, 20)), rng.random(6)
    crps = scoringrules.crps_ensemble(observed, members)
    assert energy_score(members[..., None], observed[:, None]) == pytest.approx(crps)


@given(st.integers(0, 2**32 - 1))
def test_a_shuffle_keeps_every_lead_and_what_stands_beside_each_other_in_it(seed):
    members = np.random.default_rng(seed).random((3, 7, 4, 2))
    mixed = shuffled(members, seed)
    for issue in range(3):
        for lead in range(4):
            before = {tuple(row) for row in members[issue, :, lead]}
            assert {tuple(row) for row in mixed[issue, :, lead]} == before


def runs_that_hang_together(days=140, leads=(1, 2, 3, 4), seed=0):
    """The error of an issue is nearly the same at all leads; so it was in the past."""
    rng = np.random.default_rng(seed)
    hindcast = made(days=days, leads=leads, seed=seed)
    told = hindcast["quantiles"].values[0, ..., 10]
    error = 0.35 * (
        0.95 * rng.standard_normal((days, 1, 1)) + 0.3 * rng.standard_normal((days, len(leads), 1))
    )
    hindcast["observed"] = (("issue", "lead", "place"), told * np.exp(error))
    issue = np.datetime64("2013-03-01") + np.arange(730)
    past = 0.95 * rng.standard_normal((3, 730, 1, 1)) + 0.3 * rng.standard_normal((3, 730, len(leads), 1))
    coords = {"method": hindcast["method"], "issue": issue, "lead": list(leads), "place": hindcast["place"]}
    errors = xr.DataArray(past, coords, ("method", "issue", "lead", "place"))
    return with_members(hindcast, errors, 30, seed)


def test_members_strung_by_past_errors_beat_the_same_members_shuffled_between_days():
    hindcast = runs_that_hang_together()
    season = np.ones((140, 4), dtype=bool)
    found = energy_row(energy_draws(hindcast, "model", [0], season, block_weights(140, 0, resamples=300), 0))
    assert found["energy_score"] < found["energy_score_shuffled"]
    assert found["energy_score_p"] < 0.05
    assert found["energy_score_low"] < found["energy_score"] < found["energy_score_high"]
    assert found["energy_score_n"] == 140


def test_members_have_the_distribution_of_the_quantiles_they_come_from():
    hindcast = runs_that_hang_together(days=28)
    members, quantiles = hindcast["members"].values[0, 5, :, 2, 0], hindcast["quantiles"].values[0, 5, 2, 0]
    levels = (np.arange(30) + 0.5) / 30
    assert np.sort(members) == pytest.approx(np.interp(levels, QUANTILES, quantiles))


def test_a_run_of_which_a_day_was_not_observed_does_not_count():
    hindcast = runs_that_hang_together(days=28)
    hindcast["observed"][4, 2, 0] = np.nan
    found = energy_draws(
        hindcast, "model", [0], np.ones((28, 4), dtype=bool), block_weights(28, 0, resamples=50), 0
    )
    assert found.n == 27


def test_of_several_seeds_the_energy_score_is_the_mean_and_its_chance_that_of_the_mean():
    season, weights = np.ones((140, 4), dtype=bool), block_weights(140, 0, resamples=300)
    seeds = [energy_draws(runs_that_hang_together(seed=n), "model", [0], season, weights, n) for n in (1, 2)]
    found, each = energy_row(mean_energy(seeds)), [energy_row(one) for one in seeds]
    assert found["energy_score"] == pytest.approx((each[0]["energy_score"] + each[1]["energy_score"]) / 2)
    better = np.mean([one.shuffled - one.members for one in seeds], axis=0)[1:]
    assert found["energy_score_p"] == pytest.approx(((better <= 0).sum() + 1) / 301)


def test_an_issue_without_quantiles_has_no_members():
    hindcast = runs_that_hang_together(days=28).drop_vars("members")
    hindcast["quantiles"][0, 3] = np.nan
    past = xr.DataArray(
        np.random.default_rng(0).random((3, 400, 4, 1)),
        {"method": hindcast["method"], "issue": np.datetime64("2013-03-01") + np.arange(400),
         "lead": hindcast["lead"], "place": hindcast["place"]},
        ("method", "issue", "lead", "place"),
    )  # fmt: skip
    members = with_members(hindcast, past, 10, 0)["members"].values
    assert np.isnan(members[0, 3]).all()
    assert np.isfinite(members[0, 4]).all()
