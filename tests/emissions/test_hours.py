"""Hours: factors on the annual mean, which keep the year's amount."""

from __future__ import annotations

import numpy as np
import pytest

from airshed.emissions import SECTORS, groups_of, hour_factors, profiles_of_the_house
from airshed.errors import BadInput

PROFILES = profiles_of_the_house()


def local_year(year: int, offset: int) -> np.ndarray:
    first, last = (np.datetime64(f"{y}-01-01T00", "h") - offset for y in (year, year + 1))
    return np.arange(first, last)


@pytest.mark.parametrize(("year", "offset"), [(2015, 8), (2016, 8), (2023, 0), (2024, -5)])
def test_the_mean_over_a_calendar_year_is_one(year: int, offset: int) -> None:
    found = hour_factors(PROFILES, groups_of(), local_year(year, offset), offset)
    np.testing.assert_allclose(found.mean("time"), 1.0, rtol=0, atol=1e-13)
    assert found.dims == ("group", "time")


def test_heating_makes_homes_emit_more_in_january_than_in_july() -> None:
    found = hour_factors(PROFILES, ["residential"], local_year(2015, 8), 8.0)
    month = found["time"].dt.month.values
    assert found.values[0, month == 1].mean() > 3 * found.values[0, month == 7].mean()


def test_hours_and_weekdays_are_those_of_the_local_clock() -> None:
    """2015-06-01 was a Monday; at 16:00 UTC on Sunday it is Monday, 0 o'clock, in Beijing."""
    sunday, monday = "2015-05-31T15", "2015-05-31T16"
    found = hour_factors(PROFILES, ["transport"], np.array([sunday, monday], "datetime64[h]"), 8.0).values[0]
    row = SECTORS.index("transport")
    m, w, h = PROFILES.month[row], PROFILES.weekday[row], PROFILES.hour[row]
    assert found[1] / found[0] == pytest.approx(m[5] * w[0] * h[0] / (m[4] * w[6] * h[23]), rel=1e-12)


def test_all_releases_of_a_sector_share_its_hours() -> None:
    times = local_year(2015, 8)[:48]
    one, other = hour_factors(PROFILES, ["power:surface", "power:stack_high"], times, 8.0).values
    np.testing.assert_array_equal(one, other)


def test_an_unknown_sector_is_refused() -> None:
    with pytest.raises(BadInput, match="moon"):
        hour_factors(PROFILES, ["moon:surface"], local_year(2015, 8)[:2], 8.0)


def test_profiles_are_scaled_and_splits_sum_to_one() -> None:
    for name in ("month", "weekday", "hour"):
        np.testing.assert_allclose(getattr(PROFILES, name).mean(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(PROFILES.split.sum(axis=1), 1.0, rtol=1e-14)
    for parts in PROFILES.speciation.values():
        assert sum(parts.values()) == pytest.approx(1.0, rel=1e-14)
