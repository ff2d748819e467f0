"""From an hourly file with weather to city days: the boundary of the local day, and restating particles."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import airshed
from airshed.assessment import Standard, assess, assess_period, restate
from airshed.assessment.core import PeriodTables
from airshed.assessment.days import IndexSpan
from airshed.assessment.gathering import Source
from airshed.assessment.period import Period
from airshed.observations import ingest
from airshed.quantities import BEIJING as BEIJING_TIME
from airshed.store import View

from .samples import BOOK, LAW_2015, LAW_2026, daily
from .worlds import BEIJING

HEAD = "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station"
FIRST = datetime(2015, 3, 1)  # noqa: DTZ001 -- local, as the file has it


def station(hours: int = 48) -> str:
    """Two days of one station: the second day is warmer, thinner and dirtier."""
    lines = [HEAD]
    for i in range(hours):
        at, second = FIRST + timedelta(hours=i), i >= 24
        pm = (200 if second else 100) + i % 3
        weather = "20,980" if second else "0,1020"
        clock = f"{at.year},{at.month},{at.day},{at.hour}"
        gases = f"{10 + i % 4},{20 + i % 4},{900 + i % 24},{40 + i % 24}"
        lines.append(f"{i + 1},{clock},{pm},{pm + 50},{gases},{weather},-5,0,N,1.5,Dongsi")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("hourly")
    made = airshed.init(folder / "workspace")
    file = folder / "PRSA_Data_Dongsi_20150301-20150302.csv"
    file.write_text(station(), encoding="utf-8")
    ingest(made, [file], feed="prsa", by="test")
    return made


def test_weather_of_a_city_is_the_mean_of_the_local_day(workspace):
    source = Source(workspace, View.everything(), BEIJING_TIME)
    found = source.weather([BEIJING], Period(date(2015, 3, 1), date(2015, 3, 2))).sort("day")
    assert found["day"].to_list() == [date(2015, 3, 1), date(2015, 3, 2)]
    assert found["temperature"].to_list() == [0, 20]
    assert found["pressure"].to_list() == [1020, 980]


def test_days_and_weather_of_a_city_meet_and_its_particles_are_restated(workspace):
    source = Source(workspace, View.everything(), BEIJING_TIME)
    period = Period(date(2015, 3, 1), date(2015, 3, 2))
    table = source.daily([BEIJING], period)
    found = restate(table, LAW_2026["restatement"], source.weather([BEIJING], period))
    assert found.unrestated == ()
    before, after = (
        t.filter(pl.col("variable") == "pm25").sort("day")["value"].to_list() for t in (table, found.daily)
    )
    assert before == [101, 201]
    assert after == pytest.approx([101 * 1020 / 1013.25, 201 * 273.15 / 293.15 * 980 / 1013.25])


def test_an_hourly_city_is_assessed_from_its_own_means(workspace):
    found = assess(workspace, cities=["北京"], start=date(2015, 3, 1), end=date(2015, 3, 2))
    row = found.rows.row(0, named=True)
    assert (row["pm25"], row["valid_days"], row["good_days"]) == (151, 2, 0)
    assert row["co"] == pytest.approx(0.9115)


LAW = Standard(
    LAW_2015["limits"], LAW_2015["validity"], LAW_2015["evaluation"], LAW_2015["composite"],
    (IndexSpan(Period.month(2015, 1), BOOK.version("HJ 633-2012", "index")),),
)  # fmt: skip
SIX = ("pm25", "pm10", "so2", "no2", "co", "o3_mda8")


def tables(rows: pl.DataFrame) -> PeriodTables:
    return assess_period(rows, ["A", "B"], Period.month(2015, 1), LAW)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 400))
def test_no_order_of_rows_changes_any_table(random, scale):
    rows = [
        (p, v, date(2015, 1, d), scale * 0.1 * ((d * 7 + len(v)) % 31))
        for p in "AB"
        for v in SIX
        for d in range(1, 32)
    ]
    shuffled = random.sample(rows, len(rows))
    one, other = tables(daily(rows)), tables(daily(shuffled))
    assert one.cities.equals(other.cities)
    assert one.items.equals(other.items)
    assert one.index.equals(other.index)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 3000), min_size=31, max_size=31))
def test_invalid_days_change_no_table(values):
    rows = [(p, v, date(2015, 1, d), 10.0 + d) for p in "AB" for v in SIX for d in range(1, 20)]
    bad = [("A", "pm25", date(2015, 1, d), values[d - 1], False) for d in range(20, 32)]
    assert tables(daily(rows)).items.equals(tables(daily([*bad, *rows])).items)


def test_no_city_changes_the_figures_of_another():
    rows = [
        (p, v, date(2015, 1, d), 10.0 + d * (1 if p == "A" else 9))
        for p in "AB"
        for v in SIX
        for d in range(1, 32)
    ]
    both = tables(daily(rows)).cities.filter(pl.col("place") == "A").drop("principal")
    alone = (
        tables(daily([r for r in rows if r[0] == "A"]))
        .cities.filter(pl.col("place") == "A")
        .drop("principal")
    )
    assert both.equals(alone)
