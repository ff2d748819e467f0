"""The made inventory: totals kept, names that say they are made, plants with stacks."""

from __future__ import annotations

import polars as pl
import pytest

from airshed.emissions.inventory import check_inventory
from airshed.places.gazetteer import Gazetteer
from airshed.places.grid import Grid
from airshed.twin.inventory import made_inventory, made_totals


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer.load()


@pytest.fixture(scope="module")
def made(gazetteer):
    return made_inventory(gazetteer, seed=3)


def test_the_made_inventory_is_an_inventory(made, gazetteer):
    check_inventory(made, gazetteer=gazetteer)
    assert (made["amount"] > 0).all()


def test_every_source_says_that_it_is_made(made):
    assert made["source"].str.contains("演示").all()
    assert made["source"].str.contains("made").all()
    assert made["origin"].str.contains("made, not measured").all()


def test_a_province_listed_in_full_emits_its_share_of_the_national_total(made):
    totals = made_totals()
    sectors = list(totals["national"])
    for province in ("130000", "110000", "370000"):
        for sector, species in (("industry", "so2"), ("residential", "pm25"), ("agriculture", "nh3")):
            share = totals["shares"][province][sectors.index(sector)] / 100
            rows = made.filter(
                pl.col("place").str.starts_with(f"gb2260:{province[:2]}"),
                pl.col("sector") == sector,
                pl.col("species") == species,
            )
            wanted = totals["national"][sector][species] * 1000 * share
            assert rows["amount"].sum() == pytest.approx(wanted, rel=1e-9)


def test_a_province_with_cities_left_out_emits_less(made):
    totals = made_totals()
    rows = made.filter(pl.col("place").str.starts_with("gb2260:15"), pl.col("species") == "pm25")
    whole = sum(
        totals["national"][s].get("pm25", 0) * 10 * p
        for s, p in zip(totals["national"], totals["shares"]["150000"], strict=True)
    )
    assert 0.4 * whole < rows["amount"].sum() < 0.7 * whole


def test_plants_have_stacks_and_there_are_some_hundred(made):
    plants = made.filter(pl.col("stack_height").is_not_null())
    assert 200 < plants["source"].n_unique() < 1000
    assert set(plants["sector"]) == {"power", "industry"}
    power = plants.filter(pl.col("sector") == "power")["stack_height"]
    assert power.min() >= 120
    assert power.max() <= 240
    assert plants.select(pl.col("source", "stack_height")).unique()["source"].is_unique().all()


def test_plants_are_the_same_for_one_seed_and_move_with_another(gazetteer, made):
    assert made.equals(made_inventory(gazetteer, seed=3))
    other = made_inventory(gazetteer, seed=4)
    assert not made["lon"].equals(other["lon"])
    assert other["amount"].sum() == pytest.approx(made["amount"].sum(), rel=1e-9)


def test_a_grid_keeps_what_lies_inside_it(gazetteer, made):
    grid = Grid.over([116.4], [39.9], 10e3, 60e3)
    inside = made_inventory(gazetteer, grid, seed=3)
    assert 0 < len(inside) < len(made)
    assert (grid.cell_at(inside["lon"].to_numpy(), inside["lat"].to_numpy()) >= 0).all()


def test_figures_say_how_well_they_are_known():
    status = made_totals()["status"]
    assert status["shares"] == "unverified"
    assert status["national"]["pm25"] == "unverified"
    assert status["national"]["so2"] == "quoted"


def test_national_totals_are_those_of_ceds():
    from conftest import shared_data

    ceds = pl.read_parquet(shared_data("emissions/ceds_gbdmaps_country_sector_fuel_1970_2017.parquet"))
    china = ceds.filter(pl.col("Country_iso") == "chn").group_by("species").agg(pl.col("2015").sum())
    theirs = dict(china.iter_rows())
    national = made_totals()["national"]
    for ours, name in (("so2", "SO2"), ("nox", "NOx"), ("nh3", "NH3"), ("voc", "NMVOC")):
        total = sum(sector.get(ours, 0) for sector in national.values())
        assert total == pytest.approx(theirs[name], rel=0.002), ours
