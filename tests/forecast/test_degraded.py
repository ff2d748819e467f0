"""Weather degraded to the skill of forecasts: as correlated as it says, from other years, coherent."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from airshed.errors import BadInput
from airshed.forecast.degraded import CORRELATION, correlation, degraded
from forecast.made import days_of, made_panel

YEARS = (date(2013, 3, 1), date(2015, 2, 28))


def test_the_correlation_falls_with_the_lead_from_one_at_the_issue() -> None:
    found = [correlation(lead) for lead in range(11)]
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert all(correlation(lead) == value for lead, value in CORRELATION.items())


@pytest.mark.parametrize("lead", [1, 3, 7, 10])
def test_anomalies_of_degraded_weather_have_the_correlation_of_their_lead(lead: int) -> None:
    panel = made_panel(3, days=1300)
    issues = days_of(panel)[:1280]
    weather = degraded(panel, issues, [10], 3, members=2)
    for name in ("temperature", "pressure"):
        wave = np.cos(2 * np.pi * (days_of(panel) - np.datetime64("2013-01-15")).astype(float) / 365.2425)
        normal = {"temperature": 12 - 14 * wave, "pressure": 1012 + 8 * wave}[name]
        came = (panel[name].values - normal).T[lead : 1280 + lead]
        made = weather.ahead[name].sel(lead=lead).values - normal[lead : 1280 + lead, None]  # type: ignore[index]
        found = np.corrcoef(np.broadcast_to(came, made.shape).ravel(), made.ravel())[0, 1]
        assert found == pytest.approx(correlation(lead), abs=0.06)


def test_the_same_seed_gives_the_same_weather_and_another_seed_another() -> None:
    panel = made_panel()
    issues = days_of(panel)[100:130]
    one, same, other = (degraded(panel, issues, [3], seed).ahead for seed in (1, 1, 2))
    assert one.identical(same)  # type: ignore[union-attr]
    assert not one.equals(other)  # type: ignore[union-attr]


def test_errors_come_from_the_donor_days_of_another_year_alone() -> None:
    """Donor days are spoilt one by one; the weather forecast changes only where another year's days were spoilt."""
    panel = made_panel(days=1096)
    issue = np.array(["2015-06-10"], dtype="datetime64[D]")
    before = degraded(panel, issue, [5], 7, donors=YEARS).ahead
    changed = panel.copy(deep=True)
    near = np.abs((days_of(panel) - issue[0]).astype(int)) <= 150
    outside = days_of(panel) > np.datetime64(YEARS[1])
    target = days_of(panel) > issue[0]
    changed["temperature"].values[:, near & outside & ~target] += 40
    after = degraded(changed, issue, [5], 7, donors=YEARS).ahead
    np.testing.assert_array_equal(before["temperature"].values, after["temperature"].values)  # type: ignore[index]


def test_errors_are_about_the_normals_of_their_own_year() -> None:
    """A year that is warmer throughout lends its weather, not its warmth, which would pull against what came."""
    panel = made_panel(days=1096)
    panel["temperature"].values[:, days_of(panel) >= np.datetime64("2014-03-01")] += 6.0
    issues = days_of(panel)[20:340]  # of the first year: every error is from the second
    alike = degraded(panel, issues, [10], 7, donors=YEARS, members=6)
    wave = np.cos(2 * np.pi * (days_of(panel) - np.datetime64("2013-01-15")).astype(float) / 365.2425)
    common = (12 - 14 * wave + 3.0)[30:350]
    made = alike.ahead["temperature"].sel(lead=10).values - common[:, None]  # type: ignore[index]
    assert made.mean() == pytest.approx(correlation(10) * -3.0, abs=0.5)  # about common normals: +1.8


def test_days_up_to_the_issue_are_as_observed() -> None:
    panel = made_panel()
    issues = days_of(panel)[400:410]
    weather = degraded(panel, issues, [3], 1)
    known = weather.at(issues, 1, -1)["temperature"].values[:, 0]
    np.testing.assert_array_equal(known, panel["temperature"].values[0, 400:410])
    ahead = weather.at(issues, 1)["temperature"].values[:, 0]
    assert not np.isclose(ahead, panel["temperature"].values[0, 401:411]).any()


def test_a_lead_that_was_not_made_is_refused() -> None:
    panel = made_panel()
    issues = days_of(panel)[400:410]
    with pytest.raises(BadInput, match="reaches 3 d"):
        degraded(panel, issues, [3], 1).at(issues, 4)


def test_a_single_year_of_donors_is_refused_within_that_year() -> None:
    panel = made_panel(days=300)
    with pytest.raises(BadInput, match="donor year other than that of the issue"):
        degraded(panel, days_of(panel)[100:110], [3], 1)


def test_weather_cannot_be_degraded_where_there_is_none() -> None:
    panel = made_panel()[["pm25"]]
    with pytest.raises(BadInput, match="a panel with weather"):
        degraded(panel, days_of(panel)[100:110], [3], 1)
