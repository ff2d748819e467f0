"""Members on the real series of Beijing: runs of days, not days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from airshed.forecast.distribution import QUANTILES
from airshed.forecast.hindcast import hindcast
from airshed.forecast.members import coherent, past_runs, shuffled_between_days
from airshed.forecast.weather import perfect
from airshed.law import Book
from airshed.observations.panel import days_panel, read_rows
from airshed.places import Gazetteer
from airshed.quantities import BEIJING
from conftest import shared_data

LEADS = np.arange(1, 11)


def energy(members: np.ndarray, observed: np.ndarray) -> float:
    """Energy score of runs (member, day), Gneiting and Raftery 2007, doi:10.1198/016214506000001437, eq. 22."""
    apart = np.linalg.norm(members[:, None] - members[None], axis=2).mean()
    return float(np.linalg.norm(members - observed, axis=1).mean() - 0.5 * apart)


@pytest.mark.slow
def test_runs_of_days_score_better_than_the_same_members_shuffled_between_days():
    file = shared_data("air_quality/prsa_beijing_12sites_hourly_20130301_20160229.parquet")
    gazetteer = Gazetteer.load()
    panel = days_panel(read_rows("prsa", [file], gazetteer), gazetteer, Book.load(), BEIJING)
    train, test = (date(2013, 3, 1), date(2015, 2, 28)), (date(2015, 3, 1), date(2016, 2, 29))
    made = hindcast(panel, perfect(panel), ["ridge"], "pm25", LEADS.tolist(), train, test)
    series = panel[["pm25"]].to_array("variable").transpose("place", "day", "variable")
    scores = []
    for number, issue in enumerate(made["issue"].values.astype("datetime64[D]")):
        quantiles, came = made["quantiles"].values[0, number], made["observed"].values[number, :, 0]
        if np.isfinite(quantiles).all() and np.isfinite(came).all():
            runs = past_runs(series, issue, LEADS, 50, last=np.datetime64(train[1]))
            members = coherent(quantiles[:, :, None], runs, np.array(QUANTILES), number)
            both = (members, shuffled_between_days(members, number))
            scores.append([energy(m[:, :, 0, 0], came) for m in both])
    ours, shuffled = np.mean(scores, axis=0)
    assert len(scores) > 300
    assert ours < shuffled
