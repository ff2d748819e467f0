"""``airshed index`` on real and made files."""

from __future__ import annotations

import csv
import io
import json

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from airshed.cli.index import index_command
from airshed.errors import BadInput, LawNotFound
from conftest import shared_data

RELEASE = "air_quality/cnemc_hour_sample_20220105T01.csv"


def run(*arguments):
    app = typer.Typer()
    app.command()(index_command)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_release_of_one_hour_comes_out_as_published():
    path = shared_data(RELEASE)
    found = run(path, "--feed", "cnemc", "--format", "csv")
    assert found.exit_code == 0, found.exception
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert list(rows[0])[:5] == ["station", "start", "aqi", "category", "primary"]
    ours = {r["station"]: r for r in rows}
    published = pl.read_csv(path).filter(pl.col("aqi").is_not_null())
    assert published.height == 24
    for station, aqi in published.select("stationcode", "aqi").iter_rows():
        assert ours[station]["aqi"] == str(aqi)
        assert ours[station]["start"] == "2022-01-05T01:00:00+08:00"
    assert "HJ 633-2012" in found.stderr


def test_another_standard_is_used_when_asked_for_and_said_aloud():
    path = shared_data(RELEASE)
    found = run(path, "--standard", "hj633-2026", "--format", "json")
    rows = {r["station"]: r for r in json.loads(found.stdout)}
    assert rows["1048A"]["aqi"] == 114  # PM2.5 of 75
    assert rows["1095A"]["aqi"] is None  # PM2.5 is missing and the rest gives no more than 100
    assert "--standard" in found.stderr
    assert "HJ 633-2026" in found.stderr


def test_a_missing_index_is_printed_as_na_and_the_table_in_either_language():
    path = shared_data(RELEASE)
    rows = csv.DictReader(io.StringIO(run(path, "--standard", "HJ 633-2026", "--format", "csv").stdout))
    assert {r["station"]: r["aqi"] for r in rows}["1095A"] == "NA"
    assert "首要" in run(path).stdout
    assert "PM₂.₅" in run(path, "--lang", "en").stdout


def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path):
    path = shared_data(RELEASE)
    assert isinstance(run(path, "--standard", "HJ 633-1999").exception, LawNotFound)
    assert isinstance(run(path, "--format", "xml").exception, BadInput)
    assert isinstance(run(path, "--daily", "--hourly").exception, BadInput)


@pytest.mark.parametrize("days", [["2015-01-01", "2015-01-02"]])
def test_days_of_the_city_file_have_the_index_of_their_concentrations(tmp_path, days):
    real = pl.read_parquet(shared_data("air_quality/city_daily_366cities_20131202_20160229.parquet"))
    small = real.filter((pl.col("city").str.starts_with("北京")) & pl.col("date").cast(pl.String).is_in(days))
    path = tmp_path / "beijing.parquet"
    small.write_parquet(path)
    found = run(path, "--feed", "city-daily", "--daily", "--format", "json")
    assert found.exit_code == 0, found.exception
    rows = json.loads(found.stdout)
    assert [r["start"][:10] for r in rows] == days
    for row in rows:
        assert row["aqi"] == max(v for k, v in row.items() if k.startswith("iaqi_"))
        assert row["place"] == "gb2260:110000"
