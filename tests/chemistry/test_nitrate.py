"""Ammonium nitrate: the equilibrium, its split, and the ammonia index beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from airshed.chemistry import ammonia_limitation, dissociation_constant, nitrate_particle

amounts = st.floats(0.0, 20.0)
temperatures = st.floats(255.0, 312.0)
humidities = st.floats(0.0, 1.0)


def value(function, *arguments):
    return float(function(*(np.asarray(a, float) for a in arguments)))


def test_dry_ammonium_nitrate_at_25_degrees_holds_43_square_nanobar_of_its_gases():
    # by hand: 118.87 - 80.778 - 34.328 = 3.764; the older formula of Seinfeld and Pandis gives about 30 ppb2
    assert value(dissociation_constant, 298.15, 0.3) == pytest.approx(43.1, abs=0.1)
    older = np.exp(84.6 - 24220 / 298.15 - 6.1 * np.log(298.15 / 298))
    assert 0.5 < value(dissociation_constant, 298.15, 0.3) / older < 2.0


def test_ten_degrees_of_cold_hold_back_most_of_the_vapour():
    assert value(dissociation_constant, 288.15, 0.3) < 0.1 * 1.5 * value(dissociation_constant, 298.15, 0.3)


def test_above_deliquescence_the_solution_holds_more_nitrate_than_the_crystal():
    crystal = value(dissociation_constant, 298.15, 0.61)
    assert value(dissociation_constant, 298.15, 0.60) == crystal
    assert value(dissociation_constant, 298.15, 0.63) < crystal
    assert value(dissociation_constant, 298.15, 0.90) < 0.35 * crystal


@given(temperatures, humidities, humidities)
def test_more_humid_air_never_holds_more_of_the_gases(temperature, one, other):
    low, high = sorted((one, other))
    below = value(dissociation_constant, temperature, low)
    assert value(dissociation_constant, temperature, high) <= below * 1.02


@given(temperatures, humidities, amounts, st.floats(1e-6, 20.0), st.floats(0.0, 5.0))
def test_the_split_stands_at_the_root_of_the_equilibrium(temperature, humidity, ammonia, nitrate, sulfate):
    share = value(nitrate_particle, temperature, humidity, ammonia, nitrate, sulfate)
    product = value(dissociation_constant, temperature, humidity) * 1e-8 / (8.314462618e-6 * temperature) ** 2
    free = max(ammonia - 2 * sulfate, 0.0)
    most = min(free, nitrate)
    if free * nitrate <= product:
        assert share == 0.0
        return
    root = brentq(lambda n: (free - n) * (nitrate - n) - product, 0.0, most, xtol=1e-14)
    assert share * nitrate == pytest.approx(root, rel=1e-6, abs=1e-9)


@given(temperatures, humidities, amounts, amounts, amounts)
def test_the_share_lies_between_nothing_and_everything(temperature, humidity, ammonia, nitrate, sulfate):
    assert 0.0 <= value(nitrate_particle, temperature, humidity, ammonia, nitrate, sulfate) <= 1.0


@given(temperatures, humidities, amounts, amounts, amounts, amounts)
def test_more_ammonia_never_drives_nitrate_out(temperature, humidity, one, other, nitrate, sulfate):
    low, high = sorted((one, other))
    less = value(nitrate_particle, temperature, humidity, low, nitrate, sulfate)
    assert value(nitrate_particle, temperature, humidity, high, nitrate, sulfate) >= less - 1e-12


def test_a_cold_humid_night_of_the_plain_is_particle_and_a_hot_dry_noon_is_gas():
    assert value(nitrate_particle, 271.0, 0.8, 1.2, 0.35, 0.15) > 0.95
    assert value(nitrate_particle, 308.0, 0.3, 1.2, 0.35, 0.15) == 0.0


def test_without_free_ammonia_there_is_no_particle_nitrate():
    assert value(nitrate_particle, 270.0, 0.9, 0.30, 0.35, 0.15) == 0.0


@pytest.mark.parametrize(("ammonia", "ratio"), [(0.2, -0.2), (0.3, 0.0), (0.55, 0.5), (0.8, 1.0), (1.3, 2.0)])
def test_the_gas_ratio_is_free_ammonia_over_total_nitrate(ammonia, ratio):
    assert value(ammonia_limitation, ammonia, 0.5, 0.15) == pytest.approx(ratio)


def test_where_there_is_no_nitrate_the_index_says_nothing():
    assert np.isnan(value(ammonia_limitation, 1.0, 0.0, 0.1))
