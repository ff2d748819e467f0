"""``airshed effect`` on the real series: complete JSON, both languages, refusals with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from airshed.assessment.effect.cards import load_effect
from airshed.cli.main import app
from airshed.errors import BadInput
from airshed.observations.panel import read_rows
from airshed.places import Gazetteer
from airshed.workspace import init
from conftest import shared_data

PRSA = "air_quality/prsa_beijing_12sites_hourly_20130301_20160229.parquet"
DAILY = "air_quality/city_daily_366cities_20131202_20160229.parquet"
WEATHER = "meteorology/city_station_daily_39cities_20140101_20160229.parquet"


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["effect", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
def test_apec_stands_out_of_its_placebos_and_the_red_alert_does_not() -> None:
    file = str(shared_data(PRSA))
    apec = json.loads(
        run("event", file, "--feed", "prsa", "--from", "2014-11-03", "--until", "2014-11-12",
            "--variable", "pm25,no2", "--format", "json")
    )  # fmt: skip
    assert [e["verdict"] for e in apec] == ["fall", "fall"]
    assert all(e["rank"] == 1 and e["effect_percent"] < e["placebo_band_percent"][0] for e in apec)
    assert len(apec[0]["days"]) == 9
    words = ("event", file, "--from", "2015-12-08", "--until", "2015-12-11", "--placebo", "peaks")
    assert "无法检出" in run(*words)
    assert "not detectable" in run(*words, "--lang", "en")


@pytest.mark.slow
def test_sulfur_dioxide_fell_whatever_the_weather_and_skill_is_printed_twice(tmp_path: Path) -> None:
    init(tmp_path / "kept").close()
    words = ("trend", str(shared_data(PRSA)), "--variable", "so2", "--resamples", "40", "--format", "json")
    (found,) = json.loads(run(*words, "--keep", "years", "-w", str(tmp_path / "kept")))
    card = load_effect(tmp_path / "kept", "years-so2")
    assert (card["kind"], card["made"], card["told"]) == ("trend", False, found)
    first_to_last = found["changes"][-1]
    assert first_to_last["observed"]["percent"] == pytest.approx(-57.4, abs=0.5)
    assert first_to_last["normalised"]["percent"] < -40
    assert first_to_last["corrected"]["ninety_five"][1] < -40
    assert found["blocked_r2"] < found["random_r2"]
    assert found["slope"]["normalised"]["verdict"] == "fall"
    assert found["spearman"]["verdict"] == "too few years"


@pytest.mark.slow
def test_warnings_of_the_press_are_pooled_and_said_to_be_few(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.csv"
    alerts.write_text(
        "place,from,until\n北京,2014-02-20,2014-02-27\n北京,2015-11-27,2015-12-02\n北京,2015-12-08,2015-12-11\n"
    )
    words = (
        "pooled",
        str(shared_data(DAILY)),
        "--alerts",
        str(alerts),
        "--weather",
        str(shared_data(WEATHER)),
    )
    init(tmp_path / "kept").close()
    (found,) = json.loads(run(*words, "--format", "json", "--keep", "alerts", "-w", str(tmp_path / "kept")))
    assert load_effect(tmp_path / "kept", "alerts-pm25")["told"] == found
    assert found["episodes"] == 3
    assert found["few_episodes"]
    assert found["power"][0]["alerts"] > found["power"][1]["alerts"]


def test_city_weather_gives_weather_and_leaves_its_pollutants() -> None:
    rows = read_rows("city-weather", [shared_data(WEATHER)], Gazetteer.load())
    assert set(rows["variable"]) == {"temperature", "dew_point", "wind_speed", "precipitation", "pressure"}
    assert "gb2260:110000" in set(rows["place"])
    wet = rows.filter(pl.col("variable").is_in(["temperature", "dew_point"]))
    wide = wet.pivot("variable", index=["place", "start"], values="value").drop_nulls()
    assert (wide["dew_point"] <= wide["temperature"] + 1e-6).all()
    pressure = rows.filter((pl.col("variable") == "pressure") & (pl.col("place") == "gb2260:110000"))
    assert 990 < pressure["value"].mean() < 1030


def test_alerts_without_the_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "alerts.csv"
    path.write_text("city,start\n北京,2015-12-08\n")
    from airshed.cli.effect import read_alerts

    with pytest.raises(BadInput, match="place, from, until"):
        read_alerts(path, Gazetteer.load())
