"""Vertical mixing: profiles by textbook values, nights of ten metres, and the height from the Richardson number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.meteorology.assemble import weather_from
from airshed.meteorology.mixing import (
    LEAST_KZ,
    Ground,
    diffusivity,
    mixing_height_of,
    obukhov_inverse,
    potential_temperature,
)
from airshed.meteorology.weather import LAYER_TOPS
from meteorology.raw_samples import GRID, raw_state

INTERFACE = np.array([0.0, *LAYER_TOPS])
MIDDLES = 0.5 * (INTERFACE[1:] + INTERFACE[:-1])
PRESSURE = np.full((1, 1), 1e5)


def one(value):
    return np.full((1, 1), float(value))


def column(values):
    return np.asarray(values, float).reshape(-1, 1, 1) * np.ones((len(MIDDLES), 1, 1))


def profile(height, friction=0.4, heat=0.0, lapse=0.01, wind=5.0):
    """Kz of a column with potential temperature rising by lapse [K/m] and the same wind everywhere."""
    ground = Ground(one(friction), one(height), one(288.0), None if heat is None else one(heat))
    theta = column(288.0 + lapse * MIDDLES)
    return diffusivity(ground, column(wind), column(0.0), theta, PRESSURE, INTERFACE)[:, 0, 0]


def test_in_a_neutral_layer_kz_is_karman_friction_height_and_the_shape():
    found = profile(1000.0)
    z = INTERFACE[1:6]
    np.testing.assert_allclose(found[1:6], 0.4 * 0.4 * z * (1 - z / 1000.0) ** 2)


def test_kz_is_greatest_at_a_third_of_a_neutral_layer():
    heights = np.linspace(0, 900, 91)
    ground = Ground(one(0.4), one(900.0), one(288.0), one(0.0))
    flat = np.zeros((90, 1, 1))
    theta = 288.0 + 0.01 * (heights[1:] - 5).reshape(-1, 1, 1)
    found = diffusivity(ground, flat, flat, theta, PRESSURE, heights)[:, 0, 0]
    assert heights[found.argmax()] == 300.0


def test_nothing_passes_the_ground_and_the_top():
    found = profile(5000.0)
    assert found[0] == found[-1] == 0.0


def test_sunshine_mixes_more_and_cooling_less_than_neither():
    neutral, sunny, cooling = (profile(1000.0, heat=h)[2:6] for h in (0.0, 200.0, -30.0))
    assert (sunny > 1.5 * neutral).all()
    assert (cooling < 0.8 * neutral).all()


def test_free_convection_needs_no_wind():
    # w* = (g/T H/(rho cp) h)^(1/3): 300 W/m2 under 1500 m give 2.3 m/s and a Kz of some 100 m2/s in the middle
    found = profile(1500.0, friction=0.0, heat=300.0)
    assert 50.0 < found[5] < 400.0
    np.testing.assert_allclose(found, profile(1500.0, friction=1e-3, heat=300.0))


@given(st.floats(10.0, 50.0), st.floats(0.01, 0.2), st.floats(-60.0, 0.0))
def test_a_night_of_ten_to_fifty_metres_leaves_the_least_exchange_between_layers(height, friction, heat):
    found = profile(height, friction, heat)
    assert (found[2:-1] == LEAST_KZ).all()
    assert found[1] >= LEAST_KZ
    assert np.isfinite(found).all()


@given(
    st.floats(1.0, 6000.0), st.floats(0.0, 2.0), st.one_of(st.none(), st.floats(-300.0, 800.0)), st.floats(-0.01, 0.05)
)  # fmt: skip
def test_kz_is_finite_and_never_below_the_least_between_layers(height, friction, heat, lapse):
    found = profile(height, friction, heat, lapse)
    assert (found[1:-1] >= LEAST_KZ).all()
    assert (found <= 5000.0).all()


def test_shear_mixes_above_the_layer_where_the_air_is_not_stable():
    ground = Ground(one(0.3), one(100.0), one(288.0), one(0.0))
    wind = column(0.02 * MIDDLES)
    calm, stable = column(288.0), column(288.0 + 0.05 * MIDDLES)
    loose = diffusivity(ground, wind, column(0.0), calm, PRESSURE, INTERFACE)[:, 0, 0]
    tight = diffusivity(ground, wind, column(0.0), stable, PRESSURE, INTERFACE)[:, 0, 0]
    length = 0.4 * 1000.0 / (1 + 0.4 * 1000.0 / 30.0)
    assert loose[6] == pytest.approx(length**2 * 0.02)
    assert (tight[3:-1] == LEAST_KZ).all()


def test_without_a_heat_flux_the_lowest_layer_tells_stable_from_unstable():
    def with_surface(temperature):
        ground = Ground(one(0.3), one(800.0), one(temperature))
        return diffusivity(ground, column(3.0), column(0.0), column(288.0), PRESSURE, INTERFACE)[:, 0, 0]

    neutral = with_surface(288.0)
    assert (with_surface(291.0)[1:5] > neutral[1:5]).all()
    assert (with_surface(286.0)[1:5] < neutral[1:5]).all()


def test_the_obukhov_length_of_a_textbook_afternoon():
    # 1000 hPa: density 1.161, flux 0.1714 K m/s, L = -0.064 x 300 / (0.4 x 9.81 x 0.1714) = -28.6 m
    ground = Ground(one(0.4), one(1000.0), one(300.0), one(200.0))
    assert 1.0 / obukhov_inverse(ground, PRESSURE)[0, 0] == pytest.approx(-28.6, abs=0.1)


def test_potential_temperature_at_1000_hpa_is_temperature():
    assert potential_temperature(np.array([300.0]), np.array([1e5]))[0] == 300.0


def test_the_mixing_height_of_a_well_mixed_layer_is_where_its_lid_begins():
    theta = column(np.where(MIDDLES < 800, 290.0, 296.0))
    found = mixing_height_of(column(4.0), column(0.0), theta, one(0.3), INTERFACE)[0, 0]
    assert 475.0 <= found <= 800.0


def test_a_stable_column_has_a_low_mixing_height_and_an_unstable_one_the_highest():
    calm, still = column(1.0), column(0.0)
    stable = mixing_height_of(calm, still, column(280 + 0.05 * MIDDLES), one(0.05), INTERFACE)[0, 0]
    unstable = mixing_height_of(calm, still, column(290 - 0.001 * MIDDLES), one(0.3), INTERFACE)[0, 0]
    assert 10.0 <= stable < 70.0
    assert unstable == MIDDLES[-1]


def test_more_shear_never_lowers_the_mixing_height():
    theta = column(288.0 + 0.004 * MIDDLES)
    heights = [
        mixing_height_of(column(s * MIDDLES), column(0.0), theta, one(0.2), INTERFACE)[0, 0]
        for s in (0.0, 0.005, 0.01, 0.02)
    ]
    assert heights == sorted(heights)


def test_weather_has_the_mean_of_kz_at_the_two_ends_of_the_hour():
    raw = raw_state(hours=2, noise=0.0)
    raw["sensible_heat"] = raw["sensible_heat"] * 0.0  # then Kz in the mixing layer goes with friction alone
    even = weather_from(_with_units(raw), GRID)["kz"].values[:, 1:5]
    raw["friction_velocity"] = raw["friction_velocity"] * np.array([1.0, 2.0, 4.0]).reshape(-1, 1, 1)
    growing = weather_from(_with_units(raw), GRID)["kz"].values[:, 1:5]
    np.testing.assert_allclose(growing[0], 1.5 * even[0])
    np.testing.assert_allclose(growing[1], 3.0 * even[1])


def _with_units(raw):
    raw["sensible_heat"].attrs["units"], raw["friction_velocity"].attrs["units"] = "W m-2", "m s-1"
    return raw
