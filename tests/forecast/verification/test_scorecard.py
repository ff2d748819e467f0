"""Scorecards: the same cases for all, the references beside every score, and nothing flattered."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from airshed.errors import BadInput
from airshed.forecast.verification import flat, objects, scorecard, shown
from airshed.forecast.verification.scores import score
from airshed.law import Book
from forecast.verification.hindcasts import made

OLD = Book.load().version("HJ 633-2012", "index")
QUICK = {"resamples": 100}


def card_of(hindcast, **options) -> pl.DataFrame:
    return scorecard(hindcast, OLD, **{**QUICK, **options})


def row(card: pl.DataFrame, **keys) -> dict:
    (found,) = card.filter(**keys).iter_rows(named=True)
    return found


def test_a_score_of_the_card_is_the_score_of_its_cases():
    hindcast = made(days=120)
    found = row(card_of(hindcast), method="model", lead=3)
    plain = score(hindcast["mean"].values[0, :, 1, 0], hindcast["observed"].values[:, 1, 0])
    assert {name: found[name] for name in plain} == pytest.approx(plain)
    assert found["n"] == 120


def test_references_stand_beside_every_score_and_against_themselves_they_are_level():
    card = card_of(made(days=120))
    model = row(card, method="model", lead=1)
    assert model["rmse_climatology"] == row(card, method="climatology", lead=1)["rmse"]
    assert model["rmse_persistence"] == row(card, method="persistence", lead=1)["rmse"]
    assert model["rmse_ratio"] == pytest.approx(model["rmse"] / model["rmse_climatology"])
    assert row(card, method="climatology", lead=1)["rmse_ratio"] == 1
    assert row(card, method="climatology", lead=1)["crpss"] == 0
    assert row(card, method="climatology", lead=1)["brier_skill"] == 0


def test_a_good_model_is_above_both_references_beyond_chance_and_its_bounds_hold_the_score():
    model = row(card_of(made()), method="model", lead=3)
    assert model["rmse_low"] < model["rmse"] < model["rmse_high"]
    assert model["csi150_low"] <= model["csi150"] <= model["csi150_high"]
    assert model["csi150"] > model["csi150_persistence"]
    assert model["csi150_p"] < 0.05
    assert max(model["rmse_p_climatology"], model["rmse_p_persistence"]) < 0.05
    assert model["crpss"] > 0.3
    assert model["coverage80"] == pytest.approx(0.8, abs=0.07)


def test_a_warning_is_called_where_the_probability_passes_the_bound_of_the_training_years():
    hindcast = made(days=200)
    eager = hindcast.copy(deep=True)
    eager["threshold_probability"][0] = 0.02
    calm, keen = (row(card_of(h), method="model", lead=1) for h in (hindcast, eager))
    assert keen["pod150"] > calm["pod150"]
    assert keen["far150"] > calm["far150"]
    assert keen["csi150_mean"] == calm["csi150_mean"]  # of the value: no bound enters


def test_a_method_is_scored_on_the_days_that_the_references_have_too():
    hindcast = made(days=120)
    hindcast["mean"][1, :20] = np.nan  # persistence misses twenty issue days
    found = row(card_of(hindcast), method="model", lead=1)
    assert found["n"] == 100
    cut = score(hindcast["mean"].values[0, 20:, 0, 0], hindcast["observed"].values[20:, 0, 0])
    assert found["rmse"] == pytest.approx(cut["rmse"])


def test_a_target_day_outside_the_test_years_does_not_count():
    hindcast = made(days=120)
    first, last = "2015-03-11", "2015-05-30"
    hindcast.attrs["test"] = f"{first}/{last}"
    card = card_of(hindcast)
    days = int((np.datetime64(last) - np.datetime64(first)).astype(int)) + 1
    assert row(card, method="model", lead=1)["n"] == days
    assert row(card, method="model", lead=3)["n"] == days
    target = hindcast["issue"].values.astype("datetime64[D]") + 3
    inside = (target >= np.datetime64(first)) & (target <= np.datetime64(last))
    cut = score(hindcast["mean"].values[0, inside, 1, 0], hindcast["observed"].values[inside, 1, 0])
    assert row(card, method="model", lead=3)["rmse"] == pytest.approx(cut["rmse"])


def test_places_stand_alone_and_pooled():
    hindcast = made(days=60, places=3)
    card = card_of(hindcast).filter(method="model", lead=1)
    assert card["place"].to_list() == ["made:0", "made:1", "made:2", "all"]
    assert card["n"].to_list() == [60, 60, 60, 180]
    squares = (card["rmse"] ** 2).to_list()
    assert squares[3] == pytest.approx(np.mean(squares[:3]))


def test_seasons_are_of_the_target_day_and_add_up_to_the_year():
    hindcast = made(days=300)
    card = card_of(hindcast, seasons=True).filter(method="model", lead=3)
    each = card.filter(pl.col("season") != "all")
    assert set(each["season"]) == {"winter", "spring", "summer", "autumn"}
    assert each["n"].sum() == row(card, season="all")["n"]
    targets = hindcast["issue"].values.astype("datetime64[M]")  # by month of the issue: close, but not it
    target = (hindcast["issue"].values.astype("datetime64[D]") + 3).astype("datetime64[M]").astype(
        int
    ) % 12 + 1
    assert row(card, season="spring")["n"] == np.isin(target, (3, 4, 5)).sum()
    assert row(card, season="spring")["n"] != np.isin(targets.astype(int) % 12 + 1, (3, 4, 5)).sum()


def test_without_both_references_there_is_no_scorecard():
    with pytest.raises(BadInput, match="no climatology"):
        card_of(made(days=30).isel(method=[0, 1]))


def test_without_a_single_observation_there_is_no_scorecard():
    hindcast = made(days=30)
    hindcast["observed"][:] = np.nan
    with pytest.raises(BadInput, match="observation"):
        card_of(hindcast)


def test_issues_that_were_not_made_leave_a_hole_in_the_week_not_a_shorter_year():
    hindcast = made(days=90)
    found = row(card_of(hindcast.isel(issue=[n for n in range(90) if n % 9])), method="model", lead=1)
    assert found["n"] == 80


def test_the_mean_of_seeds_is_that_of_each_figure_and_says_how_many():
    hindcasts = [made(days=60, seed=seed) for seed in (1, 2)]
    cards, found = [card_of(h) for h in hindcasts], card_of(iter(hindcasts))
    for name in ("rmse", "rmse_ratio", "csi150", "coverage80_high"):
        assert found[name][0] == pytest.approx((cards[0][name][0] + cards[1][name][0]) / 2), name
    assert found["value"].to_list()[0][3] == pytest.approx(
        np.mean([c["value"].to_list()[0][3] for c in cards])
    )
    assert found["seeds"].to_list() == [2] * 6
    assert cards[0]["seeds"].to_list() == [1] * 6
    with pytest.raises(BadInput, match="same rows"):
        card_of([hindcasts[0], hindcasts[1].isel(lead=[0])])


def test_bounds_and_chance_of_several_seeds_are_those_of_their_mean():
    """One seed helps on the first weeks and the other on the last: their mean is sure of what neither is alone."""
    hindcast = made(days=140, seed=3)
    twins = [hindcast.copy(deep=True) for _ in range(2)]
    gain = np.where(np.arange(140) < 70, 12.0, -8.0)[:, None]
    for twin, sign in zip(twins, (gain, gain[::-1]), strict=True):
        worse = twin["observed"].values[:, 0] + 30.0 - sign
        twin["mean"][0, :, 0] = worse
        twin["mean"][1, :, 0] = twin["observed"].values[:, 0] + 31.0  # persistence
    alone = [row(card_of(t), method="model", lead=1) for t in twins]
    both = row(card_of(twins), method="model", lead=1)
    widths = [one["rmse_high"] - one["rmse_low"] for one in alone]
    assert both["rmse_high"] - both["rmse_low"] < 0.5 * min(widths)
    assert both["rmse_p_persistence"] < min(one["rmse_p_persistence"] for one in alone)


def test_rows_are_plain_objects_without_anything_json_cannot_say():
    found = objects(card_of(made(days=60)))
    text = json.dumps(found, allow_nan=False)
    assert '"r": null' in text  # climatology of one value does not vary
    assert set(found[0]["value"]) == {f"{n * 5 / 100:.2f}" for n in range(1, 20)}
    assert len(found[0]["pit"]) == 10


def test_a_file_of_columns_has_no_lists_and_a_page_has_few_columns():
    card = card_of(made(days=60))
    assert not any(kind.is_nested() for kind in flat(card).dtypes)
    assert {"value_0.05", "value_0.95", "pit_1", "bin_count_10"} <= set(flat(card).columns)
    assert len(shown(card).columns) < 30


def test_members_bring_the_energy_score_of_runs_into_the_card():
    found = row(card_of(made(days=40, members=12)), method="model", lead=1)
    assert found["energy_score"] > 0
    assert found["energy_score_shuffled"] > 0
