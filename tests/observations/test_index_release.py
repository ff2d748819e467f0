"""The national release of one hour: what was published must come out again."""

from __future__ import annotations

import polars as pl

from airshed.law import Book
from airshed.observations.index import hourly_index
from conftest import shared_data

PUBLISHED_NAMES = {"细颗粒物(PM2.5)": "pm25", "颗粒物(PM10)": "pm10", None: "", "": ""}


def test_the_published_index_and_primary_pollutant_of_the_national_release_come_out_again():
    path = shared_data("air_quality/cnemc_hour_sample_20220105T01.csv")
    release = pl.read_csv(path).rename({"pm2_5": "pm25", "aqi": "published"})
    found = hourly_index(release, Book.load().version("HJ 633-2012", "index"))
    assert found.height == 27
    published = found.filter(pl.col("published").is_not_null())
    assert published.height == 24
    assert published["aqi"].to_list() == published["published"].to_list()
    wanted = [PUBLISHED_NAMES[name] for name in published["primarypollutant"]]
    assert published["primary"].to_list() == wanted
