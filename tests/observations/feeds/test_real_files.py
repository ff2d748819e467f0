"""The feeds on real files: counts, published means, known traps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from airshed.observations.feeds import feed
from airshed.observations.feeds.cnemc import published_index
from airshed.observations.flags import Flag
from airshed.observations.schema import FeedContext
from airshed.places import Gazetteer
from conftest import shared_data

CITY_DAILY = "air_quality/city_daily_366cities_20131202_20160229.parquet"
PRSA = "air_quality/prsa_beijing_12sites_hourly_20130301_20160229.parquet"
CRAWL = "air_quality/stations_hourly_national_20200326_20200408.parquet"
SAMPLE = "air_quality/cnemc_hour_sample_20220105T01.csv"
STATIONS = "stations/cnemc_station_info_1498.csv"
YEAR = (datetime(2014, 12, 31, 16, tzinfo=UTC), datetime(2015, 12, 31, 16, tzinfo=UTC))


def test_the_366_cities_give_their_annual_means(read):
    source = pl.read_parquet(shared_data(CITY_DAILY))
    found = read("city-daily", shared_data(CITY_DAILY))
    assert found.said == []
    assert found.rows.height == source.height * 6 == found.read
    zeros = source.select(
        pl.sum_horizontal((pl.col(c) == 0).sum() for c in ("pm25", "pm10", "so2", "co", "no2", "o3_8h"))
    )
    assert found.rows.filter(flag=int(Flag.ZERO_MISSING)).height == zeros.item() == 614
    beijing = found.rows.filter(
        pl.col("start").is_between(*YEAR, closed="left"),
        pl.col("flag") == 0,
        place="gb2260:110000",
        variable="pm25",
    )
    assert beijing.height == 365
    assert round(beijing["value"].mean(), 2) == 80.07
    assert found.rows["place"].n_unique() == source["city"].n_unique() == 366


def test_the_twelve_sites_of_beijing(read):
    source = pl.read_parquet(shared_data(PRSA))
    found = read("prsa", shared_data(PRSA))
    assert found.said == []
    measured = ["PM2.5", "PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM"]
    filled = sum(source[c].count() for c in measured)
    assert (found.rows.height, found.blanks, found.read) == (
        filled,
        source.height * 12 - filled,
        source.height * 12,
    )
    assert found.rows["place"].n_unique() == 12
    assert found.rows.filter(variable="co")["value"].mean() == pytest.approx(source["CO"].mean() / 1000)
    assert found.rows.filter(variable="pm25")["value"].max() <= 999  # the source's cap


@pytest.fixture(scope="module")
def national() -> Gazetteer:
    context = FeedContext(Gazetteer.load(), datetime.now(UTC))
    (batch,) = feed("cnemc").read(shared_data(STATIONS), context)
    assert (len(batch.stations), batch.refusals) == (1498, ())
    return context.gazetteer.with_stations(batch.stations)


@pytest.fixture
def crawled(national: Gazetteer) -> Callable[[], tuple[pl.DataFrame, int]]:
    def read_() -> tuple[pl.DataFrame, int]:
        batches = list(feed("crawl").read(shared_data(CRAWL), FeedContext(national, datetime.now(UTC))))
        return pl.concat([b.rows for b in batches]), sum(r.count for b in batches for r in b.refusals)

    return read_


def test_a_real_crawl_goes_in_but_for_the_stations_no_one_knows(crawled):
    source = pl.read_parquet(shared_data(CRAWL))
    rows, refused = crawled()
    assert rows["place"].n_unique() > 1_000
    assert rows["start"].n_unique() > 200
    assert refused < 0.25 * source.height
    stale = rows.filter(flag=int(Flag.STALE))
    assert set(stale["start"].dt.year()) <= {2017, 2019, 2020}
    assert stale["start"].max() < datetime(2020, 3, 25, tzinfo=UTC)
    assert rows.filter(flag=0)["start"].min() >= datetime(2020, 3, 25, 16, tzinfo=UTC)


def test_the_sample_of_the_national_release(read):
    source = pl.read_csv(shared_data(SAMPLE))
    found = read("cnemc", shared_data(SAMPLE))
    assert found.rows["place"].n_unique() == len(found.stations) == source.height == 27
    assert (found.read, found.blanks, found.rows.height) == (27 * 12, 2, 27 * 12 - 2)
    assert [(r.line, r.column) for r in found.refusals] == [(1, "o3")]  # the two O3 columns, exchanged
    hours = found.rows.filter(pl.col("end") - pl.col("start") == timedelta(hours=1))
    ours = hours.filter(variable="pm25").sort("place")["value"].to_list()
    assert ours == source.sort("stationcode")["pm2_5"].drop_nulls().to_list()


def test_the_published_index_of_the_sample_is_handed_out():
    source = pl.read_csv(shared_data(SAMPLE))
    table = published_index(shared_data(SAMPLE))
    assert table["aqi"].to_list() == source["aqi"].to_list()
    named = table.filter(pl.col("primary").list.len() > 0)
    assert named.height == source["primarypollutant"].drop_nulls().len()
    assert set(named["primary"].explode()) <= {"pm25", "pm10", "no2", "o3", "so2", "co"}
