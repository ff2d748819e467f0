"""Many alerts as one estimate: episodes count, not cities; and how many it would take."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.assessment.effect import Alert, days_of, pooled_effect, power
from airshed.assessment.effect.pooled import episodes, pool
from airshed.errors import BadInput
from assessment.effect.made import PLACE, days_panel_of

OTHER = "gb2260:120000"
STARTS = [
    date(2013, 11, 5), date(2014, 1, 10), date(2014, 3, 1), date(2014, 9, 3), date(2014, 11, 3), date(2015, 1, 14)
]  # fmt: skip
ALERTS = [Alert(place, s, s + timedelta(days=5)) for s in STARTS for place in (PLACE, OTHER)]


def series(share: float) -> dict[str, object]:
    found = {}
    for number, place in enumerate((PLACE, OTHER)):
        days = replace(days_of(days_panel_of(seed=5 + number), "pm25"), place=place)
        value = days.value.copy()
        for start in STARTS:
            value[days.number(start) : days.number(start) + 5] *= 1 + share
        found[place] = replace(days, value=value)
    return found


@pytest.mark.slow
def test_a_cut_of_thirty_per_cent_is_found_in_twelve_alerts() -> None:
    found = pooled_effect(series(-0.3), ALERTS)  # type: ignore[arg-type]
    assert found.ninety_five is not None
    assert found.ninety_five[0] < -30 < found.ninety_five[1]
    assert found.detectable
    assert found.episodes == 6
    assert found.too_few


def test_alerts_that_meet_in_time_are_one_episode_wherever_they_are() -> None:
    day = date(2015, 12, 7)
    met = [
        Alert("a", day, day + timedelta(days=4)),
        Alert("b", day + timedelta(days=6), day + timedelta(days=8)),
    ]
    apart = [met[0], Alert("b", day + timedelta(days=7), day + timedelta(days=8))]
    assert list(episodes(met)) == [0, 0]
    assert list(episodes(apart)) == [0, 1]


@pytest.mark.slow
def test_the_same_alerts_counted_twice_do_not_narrow_the_interval() -> None:
    found = pooled_effect(series(0.0), ALERTS)  # type: ignore[arg-type]
    twice = pool([*found.effects, *found.effects], np.concatenate([found.episode, found.episode]))
    assert twice.percent == pytest.approx(found.percent)
    assert twice.ninety_five == pytest.approx(found.ninety_five)


def test_what_cannot_be_evaluated_is_named_with_its_reason() -> None:
    late = Alert(PLACE, date(2020, 1, 1), date(2020, 1, 4))
    nowhere = Alert("gb2260:310000", date(2015, 1, 1), date(2015, 1, 4))
    found = pooled_effect(series(0.0), [*ALERTS[:4], late, nowhere])  # type: ignore[arg-type]
    assert {alert for alert, _ in found.refused} == {late, nowhere}
    with pytest.raises(BadInput, match="none of gb2260:310000"):
        pooled_effect(series(0.0), [nowhere])  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="ends after"):
        Alert(PLACE, date(2015, 1, 2), date(2015, 1, 2))


def test_a_single_episode_has_an_estimate_and_no_interval() -> None:
    found = pooled_effect(series(-0.3), ALERTS[:2])  # type: ignore[arg-type]
    assert found.ninety_five is None
    assert found.p is None
    assert not found.detectable


def test_five_per_cent_takes_about_the_number_the_reference_reckons() -> None:
    # (2.8 * 21 / 5)^2 = 138; with log(1 - 5 %) in place of 5 % a few less.
    assert power(-5, 0.21).alerts == pytest.approx(138, rel=0.07)
    assert power(-10, 0.21).alerts == pytest.approx(35, rel=0.15)


@given(st.floats(-40, -2), st.floats(0.05, 0.5))
def test_half_the_scatter_takes_a_quarter_of_the_alerts(percent: float, spread: float) -> None:
    assert power(percent, spread / 2).alerts == pytest.approx(power(percent, spread).alerts / 4, abs=1)
