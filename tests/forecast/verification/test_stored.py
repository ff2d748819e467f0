"""Outlooks that were issued are held against what came."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.verification import hindcast_of_outlooks, scorecard
from airshed.law import Book
from forecast.verification.hindcasts import lognormal

OLD = Book.load().version("HJ 633-2012", "index")


def panel(days=560) -> xr.Dataset:
    rng = np.random.default_rng(0)
    stamps = (np.datetime64("2014-01-01") + np.arange(days)).astype("datetime64[ns]")
    values = 60 * np.exp(0.5 * rng.standard_normal((2, days)))
    fields = {"pm25": (("place", "day"), values, {"units": "ug/m3"})}
    return xr.Dataset(fields, {"place": np.array(["made:0", "made:1"], dtype=object), "day": stamps})


def outlook(days: xr.Dataset, number: int, method="blend", factor=1.0) -> xr.Dataset:
    """What came, times a factor, at leads 1 and 2."""
    coming = days["pm25"].values[:, number + 1 : number + 3] * factor
    fields = {
        "quantiles": (("place", "day", "variable", "quantile"), lognormal(coming, 0.1)[:, :, None]),
        "members": (("member", "place", "day", "variable"), np.repeat(coming[None, ..., None], 3, axis=0)),
    }
    coords = {"place": days["place"], "day": days["day"].values[number + 1 : number + 3], "variable": ["pm25"],
              "quantile": list(QUANTILES)}  # fmt: skip
    issue_day = str(days["day"].values[number].astype("datetime64[D]"))
    return xr.Dataset(fields, coords, {"issue_day": issue_day, "method": method, "weather": "feed"})


def test_what_was_said_is_scored_on_the_day_it_was_said_of():
    days = panel()
    stored = [outlook(days, number) for number in range(510, 550)]
    card = scorecard(hindcast_of_outlooks(stored, days, "pm25"), OLD, resamples=100)
    mine = card.filter(method="blend (feed)", place="all")
    assert mine["lead"].to_list() == [1, 2]
    assert mine["n"].to_list() == [80, 80]
    assert mine["rmse"].to_list() == pytest.approx([0, 0])
    persistence = days["pm25"].values[:, 510:550] - days["pm25"].values[:, 512:552]
    assert mine["rmse_persistence"][1] == pytest.approx(np.sqrt((persistence**2).mean()))


def test_days_not_yet_observed_do_not_count_and_the_last_outlook_of_a_day_holds():
    days = panel()
    stored = [outlook(days, number) for number in range(510, 540)] + [outlook(days, 520, factor=2.0)]
    cut = days.isel(day=slice(0, 536))
    found = hindcast_of_outlooks(stored, cut, "pm25")
    blend = found.sel({"method": "blend (feed)", "lead": 1})
    assert int(found["observed"].sel(lead=1).notnull().sum()) == 2 * 25
    doubled = blend["mean"].values[10] / days["pm25"].values[:, 521]
    assert doubled == pytest.approx([2, 2])


def test_climatology_knows_nothing_after_the_first_issue():
    days = panel()
    stored = [outlook(days, number) for number in range(510, 540)]
    changed = days.copy(deep=True)
    changed["pm25"][:, 512:] *= 10
    one, other = (
        hindcast_of_outlooks(stored, d, "pm25").sel({"method": "climatology"}) for d in (days, changed)
    )
    assert (one["mean"].values == other["mean"].values).all()


def test_without_outlooks_or_without_a_history_nothing_is_scored():
    days = panel()
    with pytest.raises(BadInput, match="stored outlooks"):
        hindcast_of_outlooks([], days, "pm25")
    with pytest.raises(BadInput, match="60 days"):
        hindcast_of_outlooks([outlook(days, 20)], days, "pm25")
