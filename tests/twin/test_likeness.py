"""Statistics by which the made region is compared with the real one."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.errors import BadInput
from airshed.twin.likeness import asymmetry, city_correlation, lag_correlation, likeness, table_of, variation


def red_noise(keep: float, length: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(1)
    series = rng.standard_normal(length)
    for i in range(1, length):
        series[i] = keep * series[i - 1] + np.sqrt(1 - keep**2) * series[i]
    return series


def test_autocorrelation_of_red_noise_falls_as_its_power():
    series = red_noise(0.7)
    assert lag_correlation(series, 1) == pytest.approx(0.7, abs=0.02)
    assert lag_correlation(series, 3) == pytest.approx(0.343, abs=0.03)


def test_coefficient_of_variation_by_hand():
    assert variation(np.array([1.0, 3.0, np.nan])) == pytest.approx(0.5)


def test_air_that_fills_slowly_and_is_cleaned_at_one_stroke_has_a_negative_asymmetry():
    saw = np.tile(np.arange(1.0, 6.0), 12)
    assert asymmetry(saw) < -1
    assert asymmetry(saw[::-1]) > 1


@given(st.floats(0.1, 50), st.floats(0, 100))
def test_correlation_and_asymmetry_know_neither_unit_nor_zero(scale, shift):
    series, other = red_noise(0.5, 300), red_noise(0.2, 300)
    assert asymmetry(scale * series + shift) == pytest.approx(asymmetry(series), abs=1e-6)
    assert city_correlation(scale * series + shift, other) == pytest.approx(city_correlation(series, other))


def test_days_that_are_missing_or_do_not_count_are_left_out():
    one, other = red_noise(0.3, 200), red_noise(0.3, 200)
    other[50:] = np.nan
    assert city_correlation(one, other) == pytest.approx(1.0)
    table = np.column_stack([one, one + 100])
    few = likeness(table, ("a", "b"), [("a", "b")], np.arange(200) < 100)
    assert few.days == 100
    assert few.pairs["a", "b"] == pytest.approx(1.0)
    assert few.mean == pytest.approx((one[:100].mean() + one[:100].mean() + 100) / 2)


def test_fewer_than_twenty_pairs_of_days_make_no_correlation():
    assert np.isnan(city_correlation(np.arange(19.0), np.arange(19.0)))
    assert np.isfinite(city_correlation(np.arange(20.0), np.arange(20.0)))
    assert np.isnan(asymmetry(np.arange(20.0)))


def test_a_long_table_becomes_days_by_cities_with_gaps():
    rows = pl.DataFrame({"city": ["a", "b", "c"], "day": [date(2015, 1, 1), date(2015, 1, 3), date(2015, 1, 4)],
                         "value": [5.0, 7.0, 9.0]})  # fmt: skip
    table, days = table_of(rows, ("a", "b"), date(2015, 1, 1), date(2015, 1, 4))
    assert days == [date(2015, 1, 1), date(2015, 1, 2), date(2015, 1, 3)]
    assert table[0, 0] == 5
    assert table[2, 1] == 7
    assert np.isnan(table).sum() == 4


def test_columns_without_names_and_pairs_of_strangers_are_refused():
    with pytest.raises(BadInput):
        likeness(np.ones((30, 2)), ("a",), [])
    with pytest.raises(BadInput, match="name cities"):
        likeness(np.ones((30, 1)), ("a",), [("a", "z")])
