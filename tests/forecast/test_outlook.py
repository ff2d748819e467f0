"""The outlook: each member has the index of its day's law, and holding times are read from members."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.outlook import (
    About,
    category_probability,
    check_outlook,
    exceedance_probability,
    heavy_probability,
    holding,
    make_outlook,
    primary_items,
)
from airshed.forecast.rows import outlook_rows
from airshed.law import Book

DAYS = np.arange("2026-02-27", "2026-03-03", dtype="datetime64[D]").astype("datetime64[ns]")
ABOUT = About(
    "2026-02-26T20:00+08:00", "2026-02-26", "ridge", "none", "none", 1, "ended", "", "", "", 0, "", True
)
NAMES = {"gb2260:110000": {"zh": "北京市", "en": "Beijing"}}


def outlook(pm25: np.ndarray) -> xr.Dataset:
    """An outlook of members (member, day) of PM2.5 in one city, other pollutants clean."""
    variables = ["pm25", "pm10", "o3_mda8", "no2", "so2", "co"]
    members = np.full((len(pm25), 1, len(DAYS), 6), 5.0)
    members[..., 0], members[..., 5] = pm25[:, None], 0.3
    coords = {"place": ["gb2260:110000"], "day": DAYS, "variable": variables}
    quantiles = np.moveaxis(np.quantile(members, QUANTILES, axis=0), 0, -1)
    return make_outlook(
        xr.DataArray(quantiles, {**coords, "quantile": list(QUANTILES)}, ("place", "day", "variable", "quantile")),
        xr.DataArray(members, coords, ("member", "place", "day", "variable")),
        Book.load(), lambda _: ("gb2260:110000", "cn"), ABOUT,
    )  # fmt: skip


def test_each_day_of_a_member_has_the_index_of_that_days_law():
    found = outlook(np.full((2, 4), 70.0))
    assert found["law"].values[0].tolist() == ["HJ 633-2012"] * 2 + ["HJ 633-2026"] * 2
    assert found["index"].values[0, 0].tolist() == [94, 94, 110, 110]
    assert found["category"].values[0, 0].tolist() == [2, 2, 3, 3]
    assert primary_items(found, "gb2260:110000", DAYS[0])["pm25"] == 1


def test_a_probability_is_the_share_of_members():
    values = np.full((10, 4), 30.0)
    values[:3, 1] = 200.0
    found = outlook(values)
    assert heavy_probability(found).values[0].tolist() == [0, 0.3, 0, 0]
    assert exceedance_probability(found, 200).values[0].tolist() == [0, 0.3, 0, 0]
    assert category_probability(found).values[0, 1].tolist() == [0.7, 0, 0, 0, 0.3, 0]
    assert category_probability(found).sum("category").values == pytest.approx(1)


def test_forty_eight_hours_above_are_two_days_running_of_one_member():
    values = np.full((4, 4), 30.0)
    values[0, 1:3] = 200.0  # holds
    values[1, [0, 2]] = 200.0  # twice, but not running
    values[2, 3] = 200.0  # once
    found = outlook(values)
    assert holding(found, 200, 48).values.tolist() == [0.25]
    assert holding(found, 200, 24).values.tolist() == [0.75]
    assert holding(found, 200, 49).values.tolist() == [0]
    assert holding(found, found["heavy_above"], 48).values.tolist() == [0.25]


def test_a_time_longer_than_the_outlook_cannot_be_asked_for():
    with pytest.raises(BadInput, match="1 to 96 h"):
        holding(outlook(np.full((2, 4), 30.0)), 200, 97)


def test_a_day_without_a_value_has_no_index_and_no_probability():
    values = np.full((2, 4), 30.0)
    values[:, 2] = np.nan
    found = outlook(values)
    assert np.isnan(heavy_probability(found).values[0]).tolist() == [False, False, True, False]
    row = outlook_rows(found, Book.load(), NAMES)[2]
    assert (row["aqi"], row["category"], row["heavy_probability"]) == (None, None, None)


def test_rows_say_category_interval_and_probability_in_the_laws_words():
    row = outlook_rows(outlook(np.linspace(20, 40, 11)[:, None] * np.ones(4)), Book.load(), NAMES)[0]
    assert row["concentrations"]["pm25"]["median"] == 30
    assert (row["concentrations"]["pm25"]["low"], row["concentrations"]["pm25"]["high"]) == (22, 38)
    assert (row["category"], row["category_names"]["zh"], row["colours"]["en"]) == (1, "优", "green")
    assert row["names"]["en"] == "Beijing"


def test_what_is_no_outlook_is_refused_with_every_fault_at_once():
    found = outlook(np.full((2, 4), 30.0)).drop_vars("index")
    del found.attrs["method"]
    with pytest.raises(BadInput, match=r"index is missing; it does not say its method"):
        check_outlook(found)
    backwards = outlook(np.full((2, 4), 30.0))
    backwards["quantiles"] = backwards["quantiles"] - xr.DataArray(np.arange(21) * 10.0, dims="quantile")
    with pytest.raises(BadInput, match="quantiles that fall"):
        check_outlook(backwards)
