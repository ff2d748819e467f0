"""Whose emission it is: the inventory's word where it names a county or a city, else the ground."""

from __future__ import annotations

import polars as pl
import pytest

from airshed.emissions import RELEASES, SECTORS, TRAVELLING, owners, placed, profiles_of_the_house, release
from airshed.places import Gazetteer, Jurisdiction
from airshed.places.cells import box_place
from emissions.worlds import COUNTY, EAST, GRID, NATION, PAIR, WEST, inventory, shares

PROFILES = profiles_of_the_house()
SECOND = Jurisdiction("xx:d", {"zh": "另一县", "en": "Another"}, "county", "xx:w")
FAR = Jurisdiction("xx:f", {"zh": "远城市", "en": "Far"}, "city", "xx", 115.9, 39.5)
GAZETTEER = Gazetteer([NATION, WEST, EAST, FAR, COUNTY, SECOND], [PAIR])
CITIES = {"xx:c": "xx:w", "xx:d": "xx:w", "xx:e": "xx:e"}
GROUND = shares({"xx:c": {0: 1.0, 1: 0.25}, "xx:d": {1: 0.5, 5: 1.0}, "xx:e": {1: 0.25, 2: 1.0}})
"""Cell 1 is shared by three; cells 6 and 7 are nobody's."""


def held(rows: list[dict]) -> dict[tuple[str, int], float]:
    """County and cell to the share of all that is on the grid, after rows of one ton each."""
    table = inventory(rows)
    every = GROUND.and_also(shares({"xx:w": {0: 0.5, 1: 0.5}, "xx:f": {1: 1.0}, "xx": {1: 1.0}}))
    found = owners(placed(table, GRID, every, PROFILES), GROUND, CITIES, GRID, GAZETTEER)
    # Cells differ by 1e-5 in ground area, by which what has no point is spread.
    rate = 1000 / (365 * 86400.0)
    whole = found.group_by("place", "cell").agg(pl.col("amount").sum() / rate)
    return {(place, cell): pytest.approx(a, rel=1e-4) for place, cell, a in whole.iter_rows()}


def at(cell: int, **words: str | None) -> dict:
    """A ton from the middle of a cell."""
    row, column = divmod(cell, GRID.nx)
    return {**words, "lon": float(GRID.lon[row, column]), "lat": float(GRID.lat[row, column])}


def test_a_county_answers_for_what_the_inventory_says_is_its_own_wherever_the_cell_lies() -> None:
    assert held([at(2, place="xx:c"), at(7, place="xx:e")]) == {("xx:c", 2): 1.0, ("xx:e", 7): 1.0}


def test_what_a_city_emits_goes_to_those_of_its_counties_whose_ground_the_cell_is() -> None:
    assert held([at(1, place="xx:w")]) == {("xx:c", 1): 1 / 3, ("xx:d", 1): 2 / 3}
    assert held([{"place": "xx:w"}]) == {("xx:c", 0): 0.5, ("xx:c", 1): 1 / 6, ("xx:d", 1): 1 / 3}


def test_off_its_ground_a_city_answers_as_in_the_nearest_cell_of_its_own() -> None:
    assert held([at(7, place="xx:w")]) == {("xx:d", 7): 1.0}
    assert held([at(2, place="xx:w")]) == {("xx:c", 2): 1 / 3, ("xx:d", 2): 2 / 3}


def test_what_names_a_city_of_elsewhere_is_nobodys_here() -> None:
    assert held([at(1, place="xx:f"), {"place": "xx:f"}]) == {}


@pytest.mark.parametrize("place", [None, "xx"])
def test_what_names_no_city_goes_by_the_ground(place: str | None) -> None:
    by_area = {("xx:c", 1): 0.25, ("xx:d", 1): 0.5, ("xx:e", 1): 0.25}
    assert held([at(1, place=place)]) == by_area
    assert held([at(6, place=place)]) == {}


def test_a_cell_of_a_gridded_inventory_goes_by_the_ground() -> None:
    west, east = sorted(float(GRID.lon[0, column]) for column in (0, 2))
    found = held([{"place": box_place(west, 38.8, east, 38.86)}])
    assert {place for place, _ in found} == {"xx:c", "xx:d", "xx:e"}
    assert all(cell < 3 for _, cell in found)


def test_parts_by_place_add_up_to_the_release_of_every_group_species_and_cell() -> None:
    rows = [
        {"place": place, "sector": sector, "species": species, "amount": 3.0 + n, **point, **stack}
        for n, (sector, species) in enumerate(zip(SECTORS, (*TRAVELLING, "so2"), strict=False))
        for place in ("xx:c", "xx:e", "xx:d")
        for point in ({}, at(1), at(9))
        for stack in ({}, {"stack_height": 150.0})
        if point or not stack
    ]
    table = inventory(rows)
    made = release(table, GRID, GROUND, PROFILES)
    found = placed(table, GRID, GROUND, PROFILES)
    assert set(found["place"]) == {"xx:c", "xx:e", "xx:d"}
    summed = found.group_by("sector", "release", "species", "cell").agg(pl.col("amount").sum())
    for group in range(made.sizes["group"]):
        one = made["amount"].isel(group=group)
        for species in TRAVELLING:
            cells = one.sel(species=species).values.ravel()
            mine = summed.filter(
                sector=str(one["sector"].item()), release=str(one["release"].item()), species=species
            )
            assert mine["amount"].to_list() == pytest.approx(
                cells[mine["cell"].to_numpy()].tolist(), rel=1e-12
            )
            assert mine["amount"].sum() == pytest.approx(cells.sum(), rel=1e-12, abs=1e-300)
    assert set(summed["release"]) <= set(RELEASES)


def test_an_inventory_of_points_that_name_nobody_goes_by_the_ground() -> None:
    assert held([at(0, place=None), at(2, place=None)]) == {("xx:c", 0): 1.0, ("xx:e", 2): 1.0}
