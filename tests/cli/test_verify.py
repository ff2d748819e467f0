"""``airshed verify`` as a stranger types it: from a file of hours to a scorecard, and one sentence for a mistake."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import airshed
from airshed.cli.main import app, main
from airshed.forecast.cards import load_card
from airshed.workspace import init
from cheap_air import prepare
from conftest import shared_data

PERIODS = ("--train", "2013-03-01/2014-02-28", "--test", "2014-03-01/2014-05-31")


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen months of a made site in the form of the PRSA files: calm, cold days are dirty."""
    start = np.datetime64("2013-03-01T00")
    stamps = start + np.arange((np.datetime64("2014-06-01T00") - start).astype(int))
    rng = np.random.default_rng(0)
    day = np.arange(len(stamps)) // 24
    wind = 2 + np.repeat(rng.gamma(2, 1, day[-1] + 1), 24)[: len(stamps)]
    warm = 12 - 14 * np.cos(2 * np.pi * (day + 59 - 15) / 365)
    log = (
        5.2
        - 0.25 * wind
        - 0.015 * warm
        + np.repeat(0.25 * rng.standard_normal(day[-1] + 1), 24)[: len(stamps)]
    )
    table = pl.DataFrame({"at": stamps.astype("datetime64[us]")}).select(
        No=pl.int_range(1, pl.len() + 1), year=pl.col("at").dt.year(), month=pl.col("at").dt.month(),
        day=pl.col("at").dt.day(), hour=pl.col("at").dt.hour(),
    ).with_columns(
        pl.Series("PM2.5", np.exp(log).round(1)), pl.Series("PM10", (1.4 * np.exp(log)).round(1)),
        pl.Series("SO2", (0.2 * np.exp(log)).round(1)), pl.Series("NO2", (0.5 * np.exp(log)).round(1)),
        pl.Series("CO", (10 * np.exp(log)).round(0)), pl.Series("O3", (40 + 2 * warm).clip(2).round(1)),
        pl.Series("TEMP", warm.round(1)), pl.lit(1010.0).alias("PRES"), pl.Series("DEWP", (warm - 8).round(1)),
        pl.lit(0.0).alias("RAIN"), pl.lit("NW").alias("wd"), pl.Series("WSPM", wind.round(1)),
        pl.lit("Dongsi").alias("station"),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("prsa") / "PRSA_Data_Dongsi_20130301-20140531.csv"
    table.write_csv(path)
    return path


def run(*words: object) -> str:
    result = CliRunner().invoke(app, ["verify", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def said(capsys, monkeypatch, *words: object) -> str:
    monkeypatch.setattr("sys.argv", ["airshed", "verify", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    text = capsys.readouterr().err.strip()
    assert "\n" not in text
    return text


def test_the_scorecard_as_objects_has_the_references_beside_every_score(hours):
    found = json.loads(
        run(hours, *PERIODS, "--leads", "1,3", "--methods", "ridge", "--resamples", 100, "--format", "json")
    )
    assert [(r["method"], r["lead"]) for r in found] == [
        (m, lead) for m in ("climatology", "persistence", "ridge") for lead in (1, 3)
    ]
    ridge = found[-2]
    assert ridge["weather"] == "perfect"
    assert ridge["n"] == 92
    assert ridge["rmse_low"] < ridge["rmse"] < ridge["rmse_high"]
    assert ridge["rmse"] < min(ridge["rmse_climatology"], ridge["rmse_persistence"])
    assert {"brier_skill", "crpss", "coverage80", "coverage80_high", "csi150_p", "value", "range_hit"} <= set(
        ridge
    )


def test_the_scorecard_as_columns_and_as_tables(hours):
    words = (
        hours,
        *PERIODS,
        "--leads",
        "1",
        "--weather",
        "none",
        "--methods",
        "persistence",
        "--resamples",
        100,
    )
    rows = list(csv.DictReader(io.StringIO(run(*words, "--format", "csv"))))
    assert [r["method"] for r in rows] == ["climatology", "persistence"]
    page = run(*words, "--format", "markdown").splitlines()
    assert page[0].startswith("| method |")
    assert len({line.count("|") for line in page}) == 1
    assert "RMSE" in run(*words, "--lang", "en")
    assert "均方根误差" in run(*words)


def test_the_index_is_verified_with_its_primary_pollutants(hours):
    words = ("--target", "aqi", "--leads", "1", "--weather", "none", "--methods", "persistence")
    found = json.loads(run(hours, *PERIODS, *words, "--resamples", 100, "--format", "json"))
    assert {"csi100", "csi150", "csi200", "csi300", "level_hit", "range_hit", "primary_hit"} <= set(found[0])
    assert found[0]["target"] == "aqi"


def test_a_forecasters_table_is_scored_like_a_model(hours, tmp_path):
    days = np.arange(np.datetime64("2014-03-02"), np.datetime64("2014-05-01"))
    table = pl.DataFrame({"issue": (days - 1).astype(str), "place": "gb2260:110000", "day": days.astype(str),
                          "variable": "pm25", "value": 60.0})  # fmt: skip
    table.write_csv(tmp_path / "office.csv")
    words = (
        "--leads",
        "1",
        "--methods",
        "persistence",
        "--edits",
        tmp_path / "office.csv",
        "--resamples",
        100,
    )
    found = json.loads(run(hours, *PERIODS, *words, "--format", "json"))
    (office,) = [r for r in found if r["method"] == "office"]
    assert office["n"] == 60
    assert office["crps"] is None


def test_a_scorecard_can_be_kept_for_the_pages_and_says_what_it_is(hours, tmp_path):
    airshed.init(tmp_path / "workspace").close()
    words = ("--leads", "1", "--weather", "none", "--methods", "persistence", "--resamples", 100)
    run(hours, *PERIODS, *words, "--keep", "spring", "-w", tmp_path / "workspace")
    card, about = load_card(tmp_path / "workspace")
    assert card["method"].to_list() == ["climatology", "persistence"]
    assert about["train"] == "2013-03-01/2014-02-28"
    assert (about["standard"], about["made"]) == ("HJ 633-2012", "no")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--train", "2013-03-01", "--test", "2014-03-01/2014-05-31"), "FIRST/LAST"),
        (("--train", "2014-02-28/2013-03-01", "--test", "2014-03-01/2014-05-31"), "turn them round"),
        (("--train", "2013-03-01/2014-02-28", "--test", "2014-02-01/2014-05-31"), "apart"),
        (("--train", "2013-03-01/2014-02-28", "--test", "2015-03-01/2015-05-31"), "within the files"),
        (("--train", "2013-03-01/2014-02-28", "--test", "2014-03-01/2014-08-31"), "ends with the files"),
        ((*PERIODS, "--leads", "1,two"), "1,2,3,5,7,10"),
        ((*PERIODS, "--leads", "0"), "one day or more"),
        ((*PERIODS, "--methods", "oracle"), "oracle"),
        ((*PERIODS, "--target", "benzene"), "benzene"),
        (("--train", "2013-03-01/2013-04-10", "--test", "2014-03-01/2014-05-31"), "60 days"),
    ],
)
def test_what_cannot_be_verified_is_refused_with_the_reason(hours, capsys, monkeypatch, words, reason):
    assert reason in said(capsys, monkeypatch, hours, "--weather", "none", *words)


def test_a_word_of_help_brings_neither_the_learners_nor_the_fields():
    import subprocess
    import sys

    code = "import sys, airshed.cli.main; print(sorted({'lightgbm', 'sklearn', 'xarray', 'numba'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "lightgbm" not in found.stdout
    assert "sklearn" not in found.stdout


DAILY = "air_quality/city_daily_366cities_20131202_20160229.parquet"
WEATHER = "meteorology/city_station_daily_39cities_20140101_20160229.parquet"


def test_weather_in_files_of_its_own_and_a_region_choose_the_cities() -> None:
    told = run(
        shared_data(DAILY), "--feed", "city-daily", "--weather-from", shared_data(WEATHER), "--region", "bth13",
        "--train", "2014-01-05/2015-02-28", "--test", "2015-03-01/2016-02-29", "--leads", "1", "--methods", "ridge",
        "--resamples", "100", "--format", "json", "--without", "保定",
    )  # fmt: skip
    rows = json.loads(told)
    cities = {"gb2260:110000", "gb2260:120000", "gb2260:130100"}
    assert {r["place"] for r in rows} == cities | {"all"}, "of the thirteen these and Baoding have weather"
    ridge = {r["place"]: r["rmse_ratio"] for r in rows if r["method"] == "ridge"}
    assert max(ridge.values()) < 0.7, "with the weather of the day they know twice as much as the calendar"


def test_a_region_without_a_place_in_the_files_is_refused(hours: Path, capsys, monkeypatch) -> None:
    text = said(capsys, monkeypatch, hours, *PERIODS, "--region", "yrd")
    assert "places of yrd in the files" in text


def test_weather_of_other_cities_is_refused(hours: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    path = tmp_path / "weather.csv"
    path.write_text("city,date,avgtemp,avgrh,avgws\n上海,2013-03-01,10,50,3\n")
    text = said(capsys, monkeypatch, hours, *PERIODS, "--weather-from", path)
    assert "weather of a place that has values" in text


def test_the_screen_names_methods_and_places_as_the_pages_do(hours: Path) -> None:
    words = (hours, *PERIODS, "--leads", "1", "--methods", "ridge", "--resamples", "100")
    assert "对数岭回归" in run(*words, "--lang", "zh")
    assert "Ridge on logs" in run(*words, "--lang", "en")


def test_a_card_kept_in_a_made_region_says_that_it_is_made(hours: Path, tmp_path: Path) -> None:
    for folder, wanted in ((tmp_path / "made", "yes"), (tmp_path / "real", "no")):
        home = prepare(folder, days=10) if wanted == "yes" else init(folder)
        home.close()
        words = ("--leads", "1", "--methods", "ridge", "--resamples", "100", "--keep", "past", "-w", folder)
        run(hours, *PERIODS, *words)
        assert load_card(folder)[1]["made"] == wanted


def test_leaving_out_every_place_is_refused(hours: Path, capsys, monkeypatch) -> None:
    text = said(capsys, monkeypatch, hours, *PERIODS, "--without", "北京")
    assert "a place that is not left out" in text
