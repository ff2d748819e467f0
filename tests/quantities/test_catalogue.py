"""The catalogue of variables and the conversion of units into it."""

from __future__ import annotations

import dataclasses

import pytest

from airshed.errors import UnknownUnit, UnknownVariable
from airshed.quantities import POLLUTANTS, conversion, resolve_variable, variable, variables


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *[("PM2.5", "pm25"), ("PM₂.₅", "pm25"), ("细颗粒物", "pm25"), ("PM10", "pm10"), ("SO₂", "so2")],
        *[
            ("二氧化硫", "so2"),
            ("二氧化氮", "no2"),
            ("CO", "co"),
            ("一氧化碳", "co"),
            ("O3", "o3"),
            ("臭氧", "o3"),
        ],
    ],
)
def test_a_variable_answers_to_its_names_in_both_languages(text: str, key: str) -> None:
    assert resolve_variable(text) == key
    assert resolve_variable(f" {text.lower()} ") == key


def test_no_name_belongs_to_two_variables() -> None:
    owner: dict[str, str] = {}
    for v in variables().values():
        for text in {v.id, v.names["zh"], v.names["en"], v.label, *v.aliases}:
            assert owner.setdefault(text.lower(), v.id) == v.id, text


def test_pollutants_are_measured_in_micrograms_but_carbon_monoxide_in_milligrams() -> None:
    assert {key: variable(key).unit for key in POLLUTANTS} == dict.fromkeys(POLLUTANTS, "ug/m3") | {
        "co": "mg/m3"
    }


def test_a_thousand_micrograms_are_a_milligram() -> None:
    assert conversion("µg/m³", variable("co")) == (0.001, 0.0)
    assert conversion("mg/m3", variable("pm25")) == (1000.0, 0.0)
    assert conversion("微克/立方米", variable("so2")) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("key", "microgram_per_ppb"), [("o3", 1.962), ("no2", 1.880), ("so2", 2.619), ("co", 1.145e-3)]
)
def test_a_part_per_billion_weighs_its_molar_mass_over_the_molar_volume_at_25_degrees(
    key: str, microgram_per_ppb: float
) -> None:
    factor, offset = conversion("ppb", variable(key))
    assert factor == pytest.approx(microgram_per_ppb, rel=1e-3)
    assert offset == 0
    assert conversion("ppm", variable(key))[0] == pytest.approx(1000 * factor)


def test_a_unit_of_another_dimension_is_refused_with_advice() -> None:
    for unit in ("K", "furlong", "m"):
        with pytest.raises(UnknownUnit, match="name the unit in the mapping"):
            conversion(unit, variable("pm25"))
    with pytest.raises(UnknownUnit, match="which is no gas"):
        conversion("ppb", variable("pm25"))


def test_an_unknown_variable_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnknownVariable, match="pm25"):
        variable("pm2.5")


def test_a_range_that_does_not_rise_is_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        dataclasses.replace(variable("pm25"), range={"hour": (5, 5)})
