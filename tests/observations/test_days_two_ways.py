"""The day rule stands twice: in Polars for a file by itself, in Ibis for the lake. They must say the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import airshed
from airshed.law import Book
from airshed.observations import city_daily
from airshed.observations.index_table import index_table
from airshed.places import Station
from airshed.quantities import BEIJING
from airshed.store import View
from store.samples import feed, row

CITY, STATION = "gb2260:110000", "made:1A"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_of_hours_is_the_same_from_a_file_and_from_the_lake(tmp_path: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = [
        row(hour - 8, float(generator.integers(1, 400)), place=STATION, variable=variable)
        for variable, missing in (("pm25", 0.15), ("o3", 0.25))
        for hour in range(20 * 24)
        if generator.random() > missing
    ]
    workspace = airshed.init(tmp_path / "w")
    with workspace.transaction() as transaction:
        station = Station(STATION, {"zh": "站", "en": "S"}, CITY)
        workspace.remember_stations(transaction, [station], replace=False)
    feed(workspace, rows)
    days = city_daily(workspace, View.everything(), [CITY], date(2020, 1, 1), date(2020, 1, 20))
    lake = {(v, d): x for v, d, x, ok in days.select("variable", "day", "value", "valid").iter_rows() if ok}
    held = workspace.observations(places=[STATION]).select(
        "place", "variable", "start", "end", "value", "flag", "stage", "source", "issued_at"
    )
    table = index_table(held, Book.load(), lambda _: (CITY, "cn"), BEIJING, "day")
    file = {
        (v, BEIJING.day_of(start)): value
        for v in ("pm25", "o3_mda8")
        for start, value in table.select("start", v).iter_rows()
        if value is not None
    }
    assert file.keys() == lake.keys()
    assert 5 < len(file) < 40  # some days are valid and some are not, or nothing is shown
    for key, value in file.items():
        assert value == pytest.approx(lake[key], rel=1e-12)
