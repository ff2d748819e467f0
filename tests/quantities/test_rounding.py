"""Rounding as the texts want it, against Python's own decimal arithmetic."""

from __future__ import annotations

import decimal
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.quantities import ceil_div, half_even, half_up, micro, truncate

decimals_of_a_concentration = st.integers(0, 3)
concentrations = st.integers(0, 2_000_000_000).map(lambda n: n / 1_000_000)


def in_decimal(value: float, places: int, mode: str) -> float:
    exact = decimal.Decimal(f"{value:.6f}")
    return float(exact.quantize(decimal.Decimal(1).scaleb(-places), rounding=mode))


@given(concentrations, decimals_of_a_concentration)
def test_half_to_even_agrees_with_decimal_arithmetic(value: float, places: int) -> None:
    assert half_even([value], places)[0] == in_decimal(value, places, decimal.ROUND_HALF_EVEN)


@given(concentrations, decimals_of_a_concentration)
def test_half_up_agrees_with_decimal_arithmetic(value: float, places: int) -> None:
    assert half_up([value], places)[0] == in_decimal(value, places, decimal.ROUND_HALF_UP)


@given(concentrations, decimals_of_a_concentration)
def test_truncation_agrees_with_decimal_arithmetic(value: float, places: int) -> None:
    assert truncate([value], places)[0] == in_decimal(value, places, decimal.ROUND_DOWN)


def test_a_half_goes_to_the_even_neighbour_in_one_rule_and_up_in_the_other() -> None:
    halves = [0.5, 1.5, 2.5, 3.5]
    assert half_even(halves).tolist() == [0, 2, 2, 4]
    assert half_up(halves).tolist() == [1, 2, 3, 4]


def test_a_mean_that_is_a_half_but_for_binary_noise_is_a_half() -> None:
    noisy = np.mean([0.1, 0.2]) * 10 - 1  # 0.5000000000000002
    assert noisy != 0.5
    assert half_even([noisy]).tolist() == [0]
    assert half_up([0.1 + 0.7 - 0.3 - 1e-12]).tolist() == [1]


def test_what_is_missing_stays_missing() -> None:
    for rule in (half_even, half_up, truncate):
        assert math.isnan(rule([math.nan])[0])
        assert rule([math.inf])[0] == math.inf


@pytest.mark.parametrize("places", [-1, 7])
def test_decimals_beyond_what_is_held_are_refused(places: int) -> None:
    with pytest.raises(ValueError, match="decimals must be 0 to 6"):
        half_even([1.0], places)


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_division_rounded_up_is_the_least_integer_that_suffices(numerator: int, denominator: int) -> None:
    quotient = int(ceil_div(np.int64(numerator), np.int64(denominator)))
    assert quotient * denominator >= numerator
    assert (quotient - 1) * denominator < numerator


@given(concentrations)
def test_a_concentration_of_six_decimals_is_held_exactly(value: float) -> None:
    assert micro([value])[0] == int(decimal.Decimal(f"{value:.6f}").scaleb(6))
