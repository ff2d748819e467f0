"""The inventory: what is in order is kept, and what is not is refused with file and row."""

from __future__ import annotations

import polars as pl
import pytest

from airshed.emissions import (
    COLUMNS,
    INVENTORY,
    SECTORS,
    check_inventory,
    city_of_rows,
    of_carbon,
    profiles_of_the_house,
    speciate,
    totals,
)
from airshed.emissions.profiles import sector_named, species_named
from airshed.emissions.units import seconds_of, tonnes_a_year
from airshed.errors import BadInput, UnknownUnit
from emissions.worlds import GAZETTEER, inventory

GOOD = {"source": "works", "place": "xx:w", "sector": "industry", "species": "so2", "amount": 12.0}


def frame(**change: object) -> pl.DataFrame:
    return pl.DataFrame([GOOD, {**GOOD, **change}], infer_schema_length=None)


def test_a_table_in_order_gets_all_columns_of_the_schema() -> None:
    table = check_inventory(pl.DataFrame([GOOD]), "a.csv")
    assert table.columns == list(COLUMNS) == INVENTORY.names
    assert table["origin"].to_list() == ["a.csv"]
    assert INVENTORY.field("amount").metadata[b"unit"] == b"t/a"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": -1.0}, "amount: wanted none below 0, got -1"),
        ({"amount": None}, "amount: wanted a number"),
        ({"amount": float("nan")}, "amount: wanted a number"),
        ({"amount": float("inf")}, "amount: wanted a number"),
        ({"sector": "magic"}, "sector: wanted a known one, got magic"),
        ({"sector": None}, "sector: wanted a known one, got nothing"),
        ({"species": "xenon"}, "species: wanted a known one, got xenon"),
        ({"place": None}, "wanted a place, or lon and lat"),
        ({"lon": 116.0}, "lon and lat come together"),
        ({"lon": 216.0, "lat": 39.0}, "lon: wanted -180..180, got 216"),
        ({"stack_height": -3.0}, "stack_height: wanted 0..600, got -3"),
        ({"exit_temperature": 80.0}, "exit_temperature: wanted 200..2000"),
        ({"place": "xx:nowhere"}, "place: wanted a known one, got xx:nowhere"),
        ({"place": "box:2,1"}, "place: wanted a known one"),
        ({"source": None}, "source: wanted a name"),
    ],
)
def test_a_row_not_in_order_is_refused_with_file_and_row(change: dict, said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_inventory(frame(**change), "list.csv", GAZETTEER)
    assert f"list.csv, row 2: {said}" in str(refusal.value)
    assert "row 1" not in str(refusal.value)


def test_all_faults_are_counted_and_the_first_twenty_told() -> None:
    table = pl.DataFrame([{**GOOD, "amount": -1.0}] * 33)
    with pytest.raises(BadInput, match="and 13 more"):
        check_inventory(table, "list.csv")


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(BadInput, match="species"):
        check_inventory(pl.DataFrame([{k: v for k, v in GOOD.items() if k != "species"}]))


def test_totals_and_the_cities_of_counties() -> None:
    table = inventory([{"amount": 1.0}, {"place": "xx:c", "amount": 2.0}, {"place": "xx", "amount": 4.0}])
    assert totals(table).rows() == [("industry", "so2", 7.0)]
    assert city_of_rows(table, GAZETTEER)["city"].to_list() == ["xx:w", "xx:w", None]


@pytest.mark.parametrize(
    ("unit", "species", "factor"),
    [
        ("t/a", "so2", 1.0), ("t", "so2", 1.0), ("kt/yr", "so2", 1e3), ("Gg/yr", "nh3", 1e3), ("Mg yr-1", "voc", 1.0),
        ("kg/year", "pm25", 1e-3), ("万吨", "so2", 1e4), ("吨/年", "nox", 1.0), ("Tg/a", "co", 1e6),
        ("t/d", "so2", 365.0),
        ("kt NO2/year", "nox", 1e3), ("kt NO/yr", "nox", 1533.2), ("t N/a", "nox", 3.28450), ("t S/a", "so2", 1.99825),
        ("kt C/year", "bc", 1e3), ("t N/a", "nh3", 1.21586),
    ],
)  # fmt: skip
def test_units_become_tonnes_a_year_of_the_species(unit: str, species: str, factor: float) -> None:
    assert tonnes_a_year(unit, species) == pytest.approx(factor, rel=1e-4)


@pytest.mark.parametrize(
    ("unit", "species"), [("furlong", "so2"), ("t NO/a", "so2"), ("µg/m3", "so2"), ("t C/a", "nh3")]
)
def test_a_unit_that_says_nothing_about_the_species_is_refused(unit: str, species: str) -> None:
    with pytest.raises(UnknownUnit):
        tonnes_a_year(unit, species)


def test_a_leap_year_has_a_day_more() -> None:
    assert seconds_of(2016) - seconds_of(2015) == seconds_of(2000) - seconds_of(1900) == 86400


def test_sectors_are_known_by_the_words_of_each_inventory() -> None:
    assert sector_named("transportation", "meic") == "transport"
    assert sector_named("TRO_noRES", "edgar") == "transport"
    assert sector_named("SLV", "ceds") == "industry"
    assert sector_named("SLV", "meic") is None
    assert [sector_named(s) for s in SECTORS] == list(SECTORS)
    assert species_named(" NMVOC ") == "voc"


def test_speciation_keeps_the_mass_of_pm25() -> None:
    table = inventory([{"species": "pm25", "amount": 10.0}, {"species": "so2", "amount": 99.0}])
    parts = speciate(table, profiles_of_the_house())
    assert set(parts["component"]) == {"bc", "om", "sulfate", "other"}
    assert parts["amount"].sum() == pytest.approx(10.0, rel=1e-14)


def test_pm25_from_carbon_is_marked_a_lower_bound_and_never_replaces_what_is_there() -> None:
    table = inventory(
        [
            {"species": "bc", "sector": "residential", "amount": 1.8},
            {"species": "oc", "sector": "residential", "amount": 10.0},
            {"species": "bc", "amount": 5.0},
            {"species": "pm25", "amount": 7.0},
        ]
    )
    made = of_carbon(table).filter(pl.col("species") == "pm25")
    fine = {row["sector"]: row for row in made.to_dicts()}
    assert fine["industry"]["amount"] == 7.0
    assert fine["residential"]["amount"] == pytest.approx(1.8 + 1.6 * 10.0, rel=1e-12)
    assert "a lower bound" in fine["residential"]["origin"]
