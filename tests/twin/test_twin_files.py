"""Files of a made region: the same every time, plainly made, read by the feeds, and the planted faults are found.

On the cheap air of ``cheap_air``: what is asked here is asked of the files and the faults, not of the air.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import cheap_air
from airshed import twin
from airshed.observations.feeds import feed
from airshed.observations.feeds.mapping import read_mapping
from airshed.observations.flags import Flag
from airshed.observations.quality import QualityContext, flagged
from airshed.observations.schema import Batch, FeedContext
from airshed.places import Gazetteer
from airshed.twin.files import DEMONSTRATION, SOURCE

FIRST = date(2026, 2, 1)
MIDNIGHT = datetime(2026, 1, 31, 16, tzinfo=UTC)
DUST_LAW = {"rise_factor": 2, "rise_hours": 6, "floor": 150, "return_within": 0.1}
FLAG_OF = {
    "zero": Flag.ZERO_MISSING,
    "stuck": Flag.STUCK,
    "spike": Flag.SPIKE,
    "pm25_above_pm10": Flag.PM25_ABOVE_PM10,
    "out_of_range": Flag.OUT_OF_RANGE,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("twin")


@pytest.fixture(scope="module")
def made(folder: Path) -> twin.Made:
    return cheap_air.make(folder, FIRST, days=45)


@pytest.fixture(scope="module")
def batches(made: twin.Made) -> list[Batch]:
    gazetteer = Gazetteer.load([made.places[0].parent])
    now = datetime(2027, 1, 1, tzinfo=UTC)
    context = FeedContext(gazetteer, now, mapping=read_mapping(made.mapping))
    return [batch for path in made.data for batch in feed("long").read(path, context)]


@pytest.fixture(scope="module")
def rows(batches: list[Batch]) -> pl.DataFrame:
    return flagged(pl.concat([b.rows for b in batches]), QualityContext(dust=DUST_LAW))


def everything_under(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(
    made: twin.Made, folder: Path, tmp_path: Path
) -> None:
    cheap_air.make(tmp_path / "again", FIRST, days=45)
    cheap_air.make(tmp_path / "other", FIRST, days=45, seed=2)
    assert everything_under(tmp_path / "again") == everything_under(folder)
    other = everything_under(tmp_path / "other")
    assert all(other[f"made/{p.name}"] != p.read_bytes() for p in made.data)


def test_the_region_its_stations_and_its_source_say_that_they_are_made(
    made: twin.Made, rows: pl.DataFrame
) -> None:
    region = Gazetteer.load([made.places[0].parent]).region(DEMONSTRATION)
    assert region.made
    assert "虚构" in region.names["zh"]
    assert "made" in region.names["en"].lower()
    assert all(
        s.id.startswith("twin:") and "made" in s.names["en"] and "演示" in s.names["zh"]
        for s in made.stations
    )
    assert rows["source"].unique().to_list() == [SOURCE]
    assert not any(r.made for r in Gazetteer.load().regions())


def test_every_city_has_four_stations_of_which_one_is_a_control(made: twin.Made) -> None:
    cities = {s.place for s in made.stations}
    assert len(cities) == 13
    for city in cities:
        own = [s for s in made.stations if s.place == city]
        assert [s.role for s in own] == ["evaluation"] * 3 + ["control"]


def test_the_feed_refuses_nothing_and_counts_every_gap(made: twin.Made, batches: list[Batch]) -> None:
    assert [r for b in batches for r in b.refusals] == []
    cells = 52 * 45 * 24 * 6
    assert sum(b.read for b in batches) == cells
    blanks = sum(b.blanks for b in batches)
    assert cells == blanks + sum(len(b.rows) for b in batches)
    assert 0.01 < blanks / cells < 0.04


def test_each_planted_fault_carries_its_flag(made: twin.Made, rows: pl.DataFrame) -> None:
    kinds = set()
    for fault in made.faults:
        if fault.kind == "gap":
            continue
        kinds.add(fault.kind)
        first, last = (MIDNIGHT + timedelta(hours=h) for h in fault.hours)
        there = rows.filter(
            pl.col("place") == made.stations[fault.station].id,
            pl.col("variable") == fault.variable,
            pl.col("start").is_between(first, last, closed="left"),
        )
        assert len(there) >= max(1, (fault.hours[1] - fault.hours[0]) * 3 // 4), fault
        assert all(bits & FLAG_OF[fault.kind] for bits in there["flag"]), fault
    assert kinds == set(FLAG_OF)


def test_a_silent_station_has_no_rows(made: twin.Made, rows: pl.DataFrame) -> None:
    silent = max((f for f in made.faults if f.kind == "gap"), key=lambda f: f.hours[1] - f.hours[0])
    first, last = (MIDNIGHT + timedelta(hours=h) for h in silent.hours)
    there = rows.filter(
        pl.col("place") == made.stations[silent.station].id,
        pl.col("start").is_between(first, last, closed="left"),
    )
    assert there.is_empty()


def test_dust_comes_from_the_north_and_reaches_every_city(made: twin.Made, rows: pl.DataFrame) -> None:
    day = MIDNIGHT + timedelta(days=30)
    storm = rows.filter(
        (pl.col("flag") & pl.lit(int(Flag.DUST), pl.UInt16)) > 0,
        pl.col("start").is_between(day, day + timedelta(days=2)),
    )
    first = dict(storm.group_by("place").agg(pl.col("start").min()).rows())
    city = {s.id: s.place for s in made.stations}
    assert {city[p] for p in first} == set(city.values())
    assert min(first[p] for p in first if city[p] == "gb2260:130800") < min(  # 承德
        first[p]
        for p in first
        if city[p] == "gb2260:130400"  # 邯郸
    )


def test_the_stagnation_is_heavy_pollution_and_ends_with_the_front(rows: pl.DataFrame) -> None:
    days = (
        rows.filter(pl.col("variable") == "pm25")
        .group_by(day=(pl.col("start") - MIDNIGHT).dt.total_days())
        .agg(pl.col("value").mean())
    )
    mean = dict(days.rows())
    assert max(mean[d] for d in range(17, 22)) > 150
    assert mean[23] < 0.6 * max(mean[d] for d in range(17, 22))


def test_made_air_keeps_the_relations_of_real_air() -> None:
    sites = [cheap_air.Site(c, 36.0 + c, control) for c in range(4) for control in (False, True)]
    air = cheap_air.made_air(sites, 30, np.random.default_rng(1))
    assert (air["pm25"] <= air["pm10"]).all()
    afternoon, morning = air["o3"][:, 15::24].mean(), air["o3"][:, 8::24].mean()
    assert afternoon > morning + 20
    assert np.corrcoef(air["o3"].ravel(), air["no2"].ravel())[0, 1] < -0.3
    assert np.corrcoef(air["co"].ravel(), air["pm25"].ravel())[0, 1] > 0.8
    town, control = air["no2"][0::2].mean(), air["no2"][1::2].mean()
    assert control < 0.6 * town
    assert all((values > 0).all() for values in air.values())


def test_made_air_is_written_in_the_printed_decimals() -> None:
    air = cheap_air.made_air([cheap_air.Site(0, 40.0, False)], 10, np.random.default_rng(3))
    for variable, values in air.items():
        decimals = 1 if variable == "co" else 0
        assert np.array_equal(values, np.round(values, decimals))


def test_planting_faults_leaves_the_air_it_was_given() -> None:
    sites = [cheap_air.Site(n, 38.0, False) for n in range(6)]
    air = cheap_air.made_air(sites, 10, np.random.default_rng(1))
    before = {v: values.copy() for v, values in air.items()}
    faulty, faults = twin.plant(air, np.random.default_rng(1))
    assert all(np.array_equal(air[v], before[v]) for v in air)
    assert faults
    assert any(np.isnan(faulty[v]).any() for v in faulty)


def test_few_stations_or_days_have_room_for_lost_hours_only() -> None:
    sites = [cheap_air.Site(0, 38.0, False)] * 5
    faulty, faults = twin.plant(
        cheap_air.made_air(sites, 10, np.random.default_rng(1)), np.random.default_rng(1)
    )
    assert not faults
    assert 0 < np.isnan(faulty["pm25"]).mean() < 0.05
