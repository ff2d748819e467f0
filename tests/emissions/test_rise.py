"""Plume rise: Briggs' formulas, and that what rises above the mixing layer stays above it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.emissions import RELEASES, Stack, layer_shares, plume_rise, profiles_of_the_house
from airshed.errors import BadInput

INTERFACES = np.array([0.0, 40, 100, 200, 350, 600, 1000, 1800, 3000])
MIDDLES = 0.5 * (INTERFACES[1:] + INTERFACES[:-1])
SMALL = {"diameter": 1.0, "gas_temperature": 400.0, "gas_velocity": 10.0}
LARGE = {"diameter": 7.0, "gas_temperature": 400.0, "gas_velocity": 18.0}


def buoyancy(diameter: float, gas_temperature: float, gas_velocity: float, air: float) -> float:
    return 9.80665 * gas_velocity * diameter**2 * (gas_temperature - air) / (4 * gas_temperature)


def air(ny: int, nx: int, lapse: float, speed: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Temperature [K] with this gradient of potential temperature [K m-1], and an even wind."""
    column = 285.0 + (lapse - 0.00976) * MIDDLES
    return np.tile(column[:, None, None], (1, ny, nx)), np.full((8, ny, nx), speed)


def test_a_small_neutral_plume_rises_21_4_f_to_the_three_quarters_over_u() -> None:
    """ISC3 (EPA-454/B-95-003b): 21.425 F^(3/4) / u below F = 55."""
    f = buoyancy(**SMALL, air=285.0)
    assert f < 55
    assert float(plume_rise(**SMALL, wind_speed=4.0, temperature=285.0, lapse=0.0)) == pytest.approx(
        21.425 * f**0.75 / 4, rel=1e-3
    )


def test_a_large_neutral_plume_rises_38_7_f_to_the_three_fifths_over_u() -> None:
    """ISC3: 38.71 F^(3/5) / u from F = 55."""
    f = buoyancy(**LARGE, air=285.0)
    assert f > 55
    assert float(plume_rise(**LARGE, wind_speed=6.0, temperature=285.0, lapse=-0.01)) == pytest.approx(
        38.71 * f**0.6 / 6, rel=1e-3
    )


def test_a_stable_plume_rises_2_6_times_the_cube_root_of_f_over_u_s() -> None:
    f, s = buoyancy(**LARGE, air=275.0), 9.80665 * 0.02 / 275
    assert float(plume_rise(**LARGE, wind_speed=5.0, temperature=275.0, lapse=0.02)) == pytest.approx(
        2.6 * (f / (5 * s)) ** (1 / 3), rel=1e-12
    )


def test_in_a_calm_stable_night_the_rise_is_bounded() -> None:
    """4 F^(1/4) s^(-3/8), the plume that rises straight up; a lesser wind is taken as 1 m/s."""
    f, s = buoyancy(**LARGE, air=265.0), 9.80665 * 0.03 / 265
    calm, still = (
        float(plume_rise(**LARGE, wind_speed=u, temperature=265.0, lapse=0.03)) for u in (1.0, 0.0)
    )
    assert calm == still
    assert calm == pytest.approx(min(4 * f**0.25 * s**-0.375, 2.6 * (f / s) ** (1 / 3)), rel=1e-12)


def test_cold_gas_rises_by_its_momentum_alone() -> None:
    rise = float(plume_rise(2.0, 280.0, 15.0, 5.0, 290.0, 0.0))
    assert rise == pytest.approx(3 * 15 * 2 / 5)
    assert float(plume_rise(2.0, 280.0, 0.0, 5.0, 290.0, 0.0)) == 0.0


@given(st.floats(0.3, 10), st.floats(290, 600), st.floats(1, 40), st.floats(0, 20), st.floats(-0.01, 0.1))
@settings(max_examples=80, deadline=None)
def test_more_wind_or_more_stability_never_makes_a_plume_rise_higher(d, ts, w, u, lapse) -> None:
    here = float(plume_rise(d, ts, w, u, 285.0, lapse))
    assert 0 <= float(plume_rise(d, ts, w, u + 1, 285.0, lapse)) <= here + 1e-9
    assert float(plume_rise(d, ts, w, u, 285.0, lapse + 0.01)) <= here + 1e-9


@given(st.floats(10, 3000), st.floats(-0.01, 0.02), st.floats(0, 25))
@settings(max_examples=80, deadline=None)
def test_shares_of_the_layers_sum_to_one_and_none_is_negative(
    mixing: float, lapse: float, speed: float
) -> None:
    temperature, wind = air(2, 3, lapse, speed)
    found = layer_shares(INTERFACES, np.full((2, 3), mixing), temperature, wind)
    assert found.dims == ("release", "layer", "y", "x")
    assert float(found.min()) >= 0
    np.testing.assert_allclose(found.sum("layer"), 1.0, rtol=0, atol=5e-16)


@pytest.mark.parametrize("mixing", [10.0, 20.0, 30.0, 50.0])
def test_at_night_stacks_emit_above_a_mixing_layer_of_10_to_50_m(mixing: float) -> None:
    """No share of the middle and high stacks goes into a layer that the mixing layer reaches into."""
    temperature, wind = air(1, 1, 0.02, 2.0)
    found = layer_shares(INTERFACES, np.full((1, 1), mixing), temperature, wind)
    reached = INTERFACES[:-1] < mixing
    for release in ("stack_mid", "stack_high"):
        assert float(found.sel(release=release).values[reached].sum()) == 0.0
    assert float(found.sel(release="surface", layer=0, y=0, x=0)) == 1.0


def test_a_plume_just_above_the_lid_skips_the_layer_that_the_lid_divides() -> None:
    """A cold stack of 60 m over a mixing layer of 50 m: the layer 40-100 m is partly mixed, so nothing goes there."""
    temperature, wind = air(1, 1, 0.02, 2.0)
    stacks = {**profiles_of_the_house().stacks, "stack_low": Stack(60.0, 1.0, 270.0, 1.0)}
    found = layer_shares(INTERFACES, np.full((1, 1), 50.0), temperature, wind, stacks).sel(
        release="stack_low"
    )
    assert found.values[:, 0, 0].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]


def test_a_plume_within_a_deep_mixing_layer_stays_within_it() -> None:
    temperature, wind = air(1, 1, 0.0, 12.0)
    found = layer_shares(INTERFACES, np.full((1, 1), 1500.0), temperature, wind)
    high = found.sel(release="stack_high").values[:, 0, 0]
    assert high[INTERFACES[:-1] >= 1000].sum() == 0
    assert high[INTERFACES[1:] > 200].sum() > 0.9


def test_the_share_that_penetrates_the_lid_is_that_of_briggs() -> None:
    """P = 1.5 - (lid - stack) / rise, for a lid between half and one and a half rises above the stack."""
    temperature, wind = air(1, 1, 0.0, 6.0)
    stack = Stack(height=100.0, diameter=5.0, temperature=400.0, velocity=15.0)
    stacks = {**profiles_of_the_house().stacks, "stack_high": stack}
    rise = float(plume_rise(5.0, 400.0, 15.0, 6.0, np.interp(100, MIDDLES, temperature[:, 0, 0]), 0.0))
    lid = 100.0 + 0.9 * rise
    found = layer_shares(INTERFACES, np.full((1, 1), lid), temperature, wind, stacks).sel(
        release="stack_high"
    )
    below = found.values[INTERFACES[:-1] < lid].sum()
    assert 1 - below == pytest.approx(1.5 - 0.9, abs=1e-9)


def test_what_would_rise_beyond_the_top_stays_in_the_top_layer() -> None:
    temperature, wind = air(1, 1, 0.0, 0.5)
    giant = Stack(height=400.0, diameter=20.0, temperature=600.0, velocity=40.0)
    stacks = {**profiles_of_the_house().stacks, "stack_high": giant}
    found = layer_shares(INTERFACES, np.full((1, 1), 2000.0), temperature, wind, stacks)
    assert float(found.sel(release="stack_high").values[-1, 0, 0]) == pytest.approx(1.0)


def test_single_precision_in_is_single_precision_out() -> None:
    temperature, wind = air(3, 3, 0.01)
    double = layer_shares(INTERFACES, np.full((3, 3), 300.0), temperature, wind)
    fields = (a.astype(np.float32) for a in (np.full((3, 3), 300.0), temperature, wind))
    single = layer_shares(INTERFACES, *fields)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"temperature": air(2, 2, 0.0)[0] - 273.15}, "temperature"),
        ({"mixing_height": np.full((2, 2), np.nan)}, "mixing_height"),
        ({"wind_speed": -air(2, 2, 0.0)[1]}, "wind_speed"),
        ({"interfaces": INTERFACES[::-1]}, "interfaces"),
        ({"mixing_height": np.full((3, 2), 100.0)}, "shapes"),
    ],
)
def test_air_that_cannot_be_is_refused(change: dict, said: str) -> None:
    temperature, wind = air(2, 2, 0.0)
    good = {
        "interfaces": INTERFACES,
        "mixing_height": np.full((2, 2), 500.0),
        "temperature": temperature,
        "wind_speed": wind,
    }
    with pytest.raises(BadInput, match=said):
        layer_shares(**{**good, **change})


def test_an_hour_of_100_by_100_cells_takes_at_most_20_ms_of_processor() -> None:
    rng = np.random.default_rng(1)
    temperature, wind = air(100, 100, 0.005)
    mixing = rng.uniform(10, 2000, (100, 100))
    layer_shares(INTERFACES, mixing, temperature, wind)
    spent = []
    for _ in range(5):
        start = time.process_time()
        layer_shares(INTERFACES, mixing, temperature, wind)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.020


def test_there_is_a_stack_for_every_release_class() -> None:
    assert tuple(profiles_of_the_house().stacks) == RELEASES
    with pytest.raises(BadInput, match="stack"):
        Stack(height=-1.0)
