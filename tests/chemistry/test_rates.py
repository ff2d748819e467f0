"""The rates of an hour: chains that make nothing from nothing, removal by ground and rain."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from airshed.chemistry import (
    CHILDREN,
    CLASSES,
    RELEASE_TO_CLASS,
    Ambient,
    chains,
    class_index,
    constants,
    rates,
    unverified,
)
from airshed.errors import BadInput

INTERFACE = np.array([0.0, 40, 100, 200, 350, 600, 1000, 1800, 3000])
SHAPE = (8, 2, 3)
MOLAR = {"so2": 64.066, "sulfate": 96.06, "nox": 46.006, "nitrate": 62.005, "nh3": 17.031, "ammonium": 18.039}


def hour(temperature=285.0, humidity=0.5, rain=0.0, cloud=0.0, radiation=0.0, **more):
    flat = SHAPE[1:]
    column = [np.full(SHAPE, x) for x in (temperature, humidity)]
    return rates(*column, *(np.full(flat, x) for x in (rain, cloud, radiation)), INTERFACE, **more)


def share(found, name):
    return float(found.conversion[class_index(name)].max())


def test_sulfur_dioxide_turns_at_0_2_percent_an_hour_in_a_dry_night_and_2_percent_at_a_sunny_noon():
    assert share(hour(), "so2") == pytest.approx(1 - np.exp(-0.002))
    assert share(hour(radiation=800), "so2") == pytest.approx(1 - np.exp(-0.020))
    assert share(hour(radiation=1100), "so2") == share(hour(radiation=800), "so2")


def test_nitric_acid_forms_at_2_percent_an_hour_at_night_and_15_at_noon():
    assert share(hour(), "nox") == pytest.approx(1 - np.exp(-0.02))
    assert share(hour(radiation=800), "nox") == pytest.approx(1 - np.exp(-0.15))
    assert share(hour(radiation=400), "nox") == pytest.approx(1 - np.exp(-0.085))


def test_haze_turns_sulfur_dioxide_by_one_to_ten_percent_an_hour():
    extra = -np.log1p(-share(hour(humidity=0.9), "so2")) - 0.002
    assert 0.01 < extra < 0.10
    assert share(hour(humidity=0.7), "so2") == pytest.approx(share(hour(), "so2"))


def test_cloud_water_oxidises_only_above_its_base_and_not_when_frozen_hard():
    found = hour(humidity=0.6, cloud=1.0).conversion[class_index("so2")][:, 0, 0]
    base = (20 + 0.2 * (285.0 - 273.15)) * 40.0  # Lawrence 2005 at 60 %
    middles = (INTERFACE[1:] + INTERFACE[:-1]) / 2
    assert (found[middles >= base] > found[0]).all()
    assert (found[middles < base] == found[0]).all()
    assert np.ptp(hour(temperature=250.0, humidity=0.6, cloud=1.0).conversion[class_index("so2")]) == 0


def test_fine_particles_and_nitrate_are_the_ends_of_chains():
    found = hour(humidity=0.95, cloud=1.0, radiation=500, rain=1.0)
    for name in ("fine", "nitrate"):
        assert found.child[class_index(name)] == -1
        assert (found.conversion[class_index(name)] == 0).all()
        assert found.mass_yield[class_index(name)] == 0


def test_a_chain_never_leads_to_a_class_that_goes_on():
    child, _ = chains()
    assert all(child[c] == -1 for c in child[child >= 0])


@pytest.mark.parametrize(("parent", "product"), [("so2", "sulfate"), ("nox", "nitrate"), ("nh3", "ammonium")])
def test_a_mole_of_the_parent_makes_a_mole_of_the_child(parent, product):
    assert CHILDREN[parent][1] / MOLAR[product] == pytest.approx(1 / MOLAR[parent], rel=1e-12)


@given(hn.arrays(float, len(CLASSES), elements=st.floats(0, 1e6)), st.floats(0, 1200), st.floats(0.1, 1.0))
def test_conversion_makes_nothing_from_nothing(mass, radiation, humidity):
    found = hour(radiation=radiation, humidity=humidity, cloud=0.5)
    turned = found.conversion[:, 3, 0, 0] * mass
    assert (turned >= 0).all()
    assert (turned <= mass).all()
    after = mass - turned
    for parent, child in enumerate(found.child):
        if child >= 0:
            after[child] += turned[parent] * found.mass_yield[parent]
    gained = {"so2": MOLAR["sulfate"], "nox": MOLAR["nitrate"], "nh3": MOLAR["ammonium"]}
    made = sum(turned[class_index(p)] / MOLAR[p] * m for p, m in gained.items())
    made += turned[class_index("voc")] * CHILDREN["voc"][1]
    ends = [class_index("fine"), class_index("nitrate")]
    assert after[ends].sum() - mass[ends].sum() == pytest.approx(made, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("species", RELEASE_TO_CLASS)
def test_a_release_keeps_its_moles(species):
    parts = dict(RELEASE_TO_CLASS[species])
    if species == "so2":
        sulfur = parts["so2"] / MOLAR["so2"] + parts["fine"] / MOLAR["sulfate"]
        assert sulfur == pytest.approx(1 / MOLAR["so2"], rel=1e-12)
        assert parts["so2"] == 0.97
    else:
        assert sum(parts.values()) == 1.0
    assert set(parts) <= set(CLASSES)


def test_a_millimetre_of_rain_from_the_cloud_takes_a_quarter_of_the_sulfur_dioxide():
    # by hand: 0.3 m2/kg x 1 kg m-2: 1 - exp(-0.3) = 25.9 %; below the cloud 0.15: 13.9 %
    found = hour(humidity=0.9, rain=1.0).scavenging[class_index("so2")][:, 0, 0]
    lost = 1 - np.exp(-found)
    assert lost[-1] == pytest.approx(0.2592, abs=1e-4)
    assert lost[0] == pytest.approx(0.1393, abs=1e-4)
    assert set(lost.round(4)) == {0.2592, 0.1393}


def test_two_millimetres_take_what_one_and_one_more_take():
    one, two = (hour(humidity=0.9, rain=r).scavenging for r in (1.0, 2.0))
    np.testing.assert_allclose(np.exp(-two), np.exp(-one) ** 2)


def test_rain_leaves_nitrogen_oxides_and_voc_and_dry_air_leaves_all():
    wet, dry = hour(rain=5.0, humidity=0.95), hour(humidity=0.95)
    assert (wet.scavenging[[class_index("nox"), class_index("voc")]] == 0).all()
    assert (dry.scavenging == 0).all()


def test_nitrate_deposits_as_gas_when_hot_and_as_particle_when_cold():
    name = class_index("nitrate")
    hot, cold = hour(temperature=310.0, humidity=0.2), hour(temperature=268.0, humidity=0.8)
    assert (hot.nitrate_particle == 0).all()
    assert hot.deposition[name] == pytest.approx(0.0100)
    assert cold.deposition[name] == pytest.approx(cold.deposition[class_index("fine")], rel=0.05)


def test_by_day_the_land_takes_more_than_by_night_and_water_knows_no_day():
    night, day = hour(), hour(radiation=800)
    so2 = class_index("so2")
    assert (day.deposition[so2] > night.deposition[so2]).all()
    sea = np.zeros(SHAPE[1:])
    np.testing.assert_array_equal(
        hour(radiation=800, land=sea).deposition[so2], hour(land=sea).deposition[so2]
    )
    half = hour(land=sea + 0.5).deposition[so2]
    np.testing.assert_allclose(half, (night.deposition[so2] + hour(land=sea).deposition[so2]) / 2)


def test_every_deposition_velocity_lies_in_the_range_of_the_reference():
    ranges = {"fine": (0, 0.2), "so2": (0.3, 0.8), "nox": (0, 0.3), "nh3": (0.5, 1.5), "voc": (0, 0)}
    for radiation in (0.0, 400.0, 900.0):
        for name, (low, high) in ranges.items():
            velocity = 100 * hour(radiation=radiation).deposition[class_index(name)]
            assert (velocity >= low - 1e-12).all(), name
            assert (velocity <= high + 1e-12).all(), name


def test_the_ambient_air_may_be_given_cell_by_cell():
    ammonia = np.linspace(0.0, 3.0, 6).reshape(SHAPE[1:])
    found = hour(temperature=275.0, humidity=0.7, ambient=Ambient(ammonia=ammonia))
    assert found.nitrate_particle.ravel()[0] == 0
    assert (np.diff(found.nitrate_particle.ravel()) >= 0).all()
    assert (np.diff(found.ammonia_limitation.ravel()) > 0).all()


def test_rates_have_the_shapes_that_transport_expects():
    found = hour()
    shapes = {f.name: getattr(found, f.name).shape for f in fields(found)}
    classes = (len(CLASSES),)
    assert shapes["conversion"] == shapes["scavenging"] == classes + SHAPE
    assert shapes["deposition"] == classes + SHAPE[1:]
    assert shapes["child"] == shapes["mass_yield"] == classes
    assert shapes["nitrate_particle"] == shapes["ammonia_limitation"] == SHAPE[1:]


def test_arrays_that_do_not_fit_are_named_all_at_once():
    flat = np.zeros((2, 2))
    with pytest.raises(BadInput, match=r"precipitation .*; interface"):
        rates(np.full(SHAPE, 280.0), np.full(SHAPE, 0.5), flat, *(np.zeros((2, 3)),) * 2, INTERFACE[:-1])


def test_every_constant_has_a_source_and_what_was_not_opened_says_so():
    assert all(len(c.source.split()) >= 2 for c in constants().values())
    names = {c.name for c in unverified()}
    assert {"soa_yield", "sulfate_on_wet_particles", "deposition_so2", "sulfate_at_release"} <= names
    assert not {"so2_to_sulfate", "nox_to_nitrate", "scavenging_so2", "dissociation"} & names


def test_what_begins_in_a_class_is_one_species_and_at_a_chains_end_it_is_counted_whole():
    """The march back takes a class's worth for that of its species, blended with the child's where there is one."""
    first = [into[0] for into in RELEASE_TO_CLASS.values()]
    assert len({name for name, _ in first}) == len(first)
    ends = {child for child, _ in CHILDREN.values()}
    assert not ends & set(CHILDREN)
    assert all(share == 1.0 for name, share in first if name in ends)
    for (name, _), *others in RELEASE_TO_CLASS.values():
        assert {other for other, _ in others} <= {CHILDREN.get(name, ("", 0.0))[0]}
