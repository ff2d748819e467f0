"""Yes and no, levels and ranges: by the law's thresholds, and as other people's code counts them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scores.categorical import BinaryContingencyManager

from airshed.errors import LawNotFound
from airshed.forecast.verification.events import (
    contingency,
    contingency_scores,
    heavy_threshold,
    index_of,
    index_parts,
    index_scores,
    thresholds,
)
from airshed.forecast.verification.indices import index_hindcast, primary_hits
from airshed.law import Book
from airshed.observations.index import NO_INDEX
from forecast.verification.hindcasts import made

OLD, NEW = (Book.load().version(name, "index") for name in ("HJ 633-2012", "HJ 633-2026"))


def summed(parts):
    return {name: np.asarray(part.sum()) for name, part in parts.items()}


def test_thresholds_of_a_pollutant_are_where_its_index_leaves_a_category():
    assert thresholds("pm25", OLD) == (75, 115, 150, 250)
    assert thresholds("pm25", NEW) == (60, 115, 150, 250)
    assert thresholds("pm10", OLD) == (150, 250, 350, 420)
    assert thresholds("aqi", OLD) == (100, 150, 200, 300)


@pytest.mark.parametrize("item", ["pm25", "pm10", "so2", "no2"])
@pytest.mark.parametrize("law", [OLD, NEW])
def test_a_value_at_a_threshold_is_still_in_the_category_and_one_above_is_not(item, law):
    for value, top in zip(thresholds(item, law), thresholds("aqi", law), strict=True):
        assert index_of(np.array([value]), item, law)[0] == top
        assert index_of(np.array([value + 1]), item, law)[0] > top


def test_pollution_is_heavy_above_an_index_of_two_hundred():
    assert (heavy_threshold("pm25", OLD), heavy_threshold("aqi", OLD)) == (150, 200)


def test_an_item_the_index_does_not_have_is_refused_by_name():
    with pytest.raises(LawNotFound, match="benzene"):
        thresholds("benzene", OLD)


def test_hits_misses_and_false_alarms_agree_with_the_library_scores():
    rng = np.random.default_rng(0)
    warned, happened = rng.random(400) < 0.3, rng.random(400) < 0.2
    mine = contingency_scores(summed(contingency(warned, happened, np.ones(400, dtype=bool))))
    theirs = BinaryContingencyManager(xr.DataArray(warned * 1.0), xr.DataArray(happened * 1.0)).transform()
    assert mine["csi"] == pytest.approx(float(theirs.critical_success_index()))
    assert mine["pod"] == pytest.approx(float(theirs.probability_of_detection()))
    assert mine["far"] == pytest.approx(float(theirs.false_alarm_ratio()))
    assert mine["bias"] == pytest.approx(float(theirs.frequency_bias()))


def test_without_events_and_without_warnings_there_is_no_success_index():
    none = np.zeros(5, dtype=bool)
    assert np.isnan(contingency_scores(summed(contingency(none, none, ~none)))["csi"])


def test_a_range_forecast_holds_a_quarter_either_side_of_the_forecast_not_of_the_observation():
    told = np.array([100, 100, 100, 100])
    seen = np.array([75, 125, 74, 126])
    found = index_scores(summed(index_parts(told, seen, np.ones(4, dtype=bool), OLD)))
    assert found["range_hit"] == 0.5
    turned = index_scores(summed(index_parts(seen, told, np.ones(4, dtype=bool), OLD)))
    assert turned["range_hit"] == 0.5  # 75 holds 56 to 94, 125 holds 94 to 156: other days than before
    assert index_parts(seen, told, np.ones(4, dtype=bool), OLD)["range"].tolist() == [0, 1, 0, 1]


def test_a_level_is_hit_in_the_same_category_and_near_in_the_next():
    told, seen = np.array([100, 101, 250]), np.array([51, 100, 90])
    found = index_scores(summed(index_parts(told, seen, np.ones(3, dtype=bool), OLD)))
    assert found["level_hit"] == pytest.approx(1 / 3)
    assert found["level_near"] == pytest.approx(2 / 3)


def test_a_day_without_an_index_is_no_miss():
    parts = index_parts(np.array([90, 90]), np.array([NO_INDEX, 90]), np.ones(2, dtype=bool), OLD)
    assert index_scores(summed(parts))["level_hit"] == 1


def test_the_index_of_a_hindcast_is_the_greatest_of_its_items_and_knows_who_made_it():
    pm25, pm10 = made(days=28), made(days=28)
    pm10["mean"], pm10["observed"] = pm10["mean"] * 0 + 40.0, pm10["observed"] * 0 + 40.0
    found = index_hindcast({"pm25": pm25, "pm10": pm10}, OLD)
    alone = index_of(pm25["observed"].values, "pm25", OLD)
    assert (found["observed"].values == np.maximum(alone, 40)).all()
    polluted = (found["observed"].values > 50) & np.isfinite(found["primary_hit"].values[0])
    assert (found["primary_hit"].values[0][polluted] == 1).all()
    assert np.isnan(found["primary_hit"].values[:, found["observed"].values <= 50]).all()


def test_a_day_of_which_an_item_is_missing_has_no_index():
    pm25, pm10 = made(days=28), made(days=28)
    pm10["observed"][3, 0, 0] = np.nan
    found = index_hindcast({"pm25": pm25, "pm10": pm10}, OLD)
    assert np.isnan(found["observed"].values[3, 0, 0])
    assert np.isfinite(found["observed"].values[4, 0, 0])


def test_primary_pollutants_that_share_one_are_a_hit():
    told = np.array(["pm25+no2", "pm25", ""], dtype=object)
    assert primary_hits(told, np.array(["no2", "pm10", "pm25"], dtype=object))[:2].tolist() == [1, 0]
