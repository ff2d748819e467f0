"""Hours to three days: better than persistence, and in step with the days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import xarray as xr

from airshed.forecast.hourly import hourly_members
from airshed.quantities import BEIJING


def air(days: int = 120, seed: int = 0) -> xr.Dataset:
    """Hours of two cities with a course of the day and a memory of a day or so."""
    rng = np.random.default_rng(seed)
    count = days * 24
    red = np.zeros((2, count))
    for t in range(1, count):
        red[:, t] = 0.97 * red[:, t - 1] + 0.12 * rng.standard_normal(2)
    hour = np.arange(count)
    pm25 = np.exp(4 + red + 0.3 * np.cos(2 * np.pi * hour / 24))
    ozone = (7 + 3 * np.sin(2 * np.pi * (hour - 2) / 24) + red) ** 2
    stamps = np.datetime64("2015-01-01T00", "ns") + hour.astype("timedelta64[h]")
    fields = {"pm25": (("place", "hour"), pm25), "o3": (("place", "hour"), ozone)}
    return xr.Dataset(fields, {"place": ["a", "b"], "hour": stamps})


def days_of(when: datetime, members: int = 30) -> xr.DataArray:
    rng = np.random.default_rng(1)
    day = np.datetime64(BEIJING.day_of(when)) + np.arange(1, 5).astype("timedelta64[D]")
    coords = {"place": ["a", "b"], "day": day.astype("datetime64[ns]"), "variable": ["pm25", "o3_mda8"]}
    return xr.DataArray(rng.gamma(4, 20, (members, 2, 4, 2)), coords, ("member", "place", "day", "variable"))


def made(whole: xr.Dataset, when: datetime, seed: int = 0) -> xr.Dataset:
    known = whole.sel(hour=slice(None, np.datetime64(when.replace(tzinfo=None)) - np.timedelta64(1, "h")))
    found = hourly_members(known, when, days_of(when), BEIJING, seed)
    assert found is not None
    return found


def test_the_first_hour_stays_near_the_last_value_and_beats_the_mean_of_the_day():
    whole, errors = air(), []
    for back in range(2, 12):
        when = datetime(2015, 4, 29, 12, tzinfo=UTC) - timedelta(days=back)
        found = made(whole, when)["hourly_quantiles"].sel(quantile=0.5, hourly_variable="pm25").isel(hour=0)
        stamp = np.datetime64(when.replace(tzinfo=None))
        came = whole["pm25"].sel(hour=stamp)
        mean = (
            whole["pm25"]
            .sel(hour=slice(stamp - np.timedelta64(24, "h"), stamp - np.timedelta64(1, "h")))
            .mean("hour")
        )
        errors.append([np.abs(np.log(f / came)).mean() for f in (found, mean)])
    ours, daily = np.mean(errors, axis=0)
    assert ours < 0.2
    assert ours < 0.6 * daily


def test_each_whole_day_of_a_member_agrees_with_its_day():
    when = datetime(2015, 4, 20, 12, tzinfo=UTC)
    found, days = made(air(), when), days_of(when)
    local = (found["hour"].values + np.timedelta64(8, "h")).astype("datetime64[D]")
    for number in (0, 1):
        rows = np.flatnonzero(local == days["day"].values[number].astype("datetime64[D]"))
        assert len(rows) == 24
        hours = found["hourly"].values[:, :, rows]
        assert hours[..., 0].mean(axis=2) == pytest.approx(days.values[:, :, number, 0], rel=1e-4)
        windows = np.lib.stride_tricks.sliding_window_view(hours[..., 1], 8, axis=2).mean(axis=-1)
        assert windows.max(axis=2) == pytest.approx(days.values[:, :, number, 1], rel=1e-4)


def test_hours_know_nothing_of_what_came_after_the_issue_and_are_the_same_twice():
    when = datetime(2015, 4, 20, 12, tzinfo=UTC)
    whole = air()
    spoilt = whole.copy(deep=True)
    later = whole["hour"].values >= np.datetime64(when.replace(tzinfo=None))
    spoilt["pm25"].values[:, later] *= 9
    assert made(spoilt, when).equals(made(whole, when))
    assert not made(whole, when, seed=1).equals(made(whole, when))


def test_a_history_of_a_few_days_gives_no_hours():
    when = datetime(2015, 1, 20, 12, tzinfo=UTC)
    known = air(25).sel(hour=slice(None, np.datetime64("2015-01-20T11")))
    assert hourly_members(known, when, days_of(when), BEIJING, 0) is None
