"""Tags of the truth: whose emission it is by the inventory's word."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from airshed.places import Gazetteer, Grid
from airshed.twin.inventory import made_inventory
from airshed.twin.tagging import city_tags

GRID = Grid.over([116.0, 117.5], [39.0, 40.5], cell=10_000.0, margin=50_000.0)
BEIJING, LANGFANG, TIANJIN = "gb2260:110000", "gb2260:131000", "gb2260:120000"


def test_a_tag_is_what_the_inventory_calls_a_citys_wherever_its_cell_lies() -> None:
    gazetteer = Gazetteer.load()
    made = made_inventory(gazetteer, seed=1, year=2026).filter(pl.col("species") == "pm25")
    county = gazetteer.children(LANGFANG)[0]
    rows = made.head(5).with_columns(
        place=pl.Series([LANGFANG, BEIJING, county, TIANJIN, BEIJING]),
        lon=pl.Series([116.4, 116.4, 116.4, 116.9, 100.0]),
        lat=pl.Series([39.9, 39.9, 39.9, 39.4, 39.9]),
        amount=pl.Series([1.0, 6.0, 2.0, 5.0, 9.0]),
    )
    tags = city_tags(rows, (BEIJING, LANGFANG), GRID, gazetteer)
    flat = tags.values.reshape(2, -1)
    inner, shore = (int(GRID.cell_at(*point)) for point in ((116.4, 39.9), (116.9, 39.4)))
    assert flat[:, inner] == pytest.approx([2 / 3, 1 / 3])
    assert flat[:, shore].tolist() == [0.0, 0.0]  # another city's
    assert np.count_nonzero(flat) == 2
    assert tags["tag"].values.tolist() == [BEIJING, LANGFANG]
