"""The twelve sites of Beijing, and pages as a crawler kept them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airshed.observations.feeds.prsa import COMPASS
from airshed.observations.flags import Flag

PRSA = "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station\n"
CRAWL = "Date,Hour,WatchPoint,AQI,Level,PrimaryPollution,PM2.5,PM10,CO,NO2,O3_1h,O3_8h,SO2,city,folder\n"


@pytest.fixture
def write(tmp_path):
    def write_(text: str, name: str = "file.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write_


def test_carbon_monoxide_of_prsa_comes_in_micrograms(read, write):
    found = read("prsa", write(PRSA + "1,2013,3,1,0,4,4,4,7,300,77,-0.7,1023,-18.8,0,NNW,4.4,Dongsi\n"))
    assert found.value(variable="co") == pytest.approx(0.3)
    assert found.rows["start"].unique().to_list() == [datetime(2013, 2, 28, 16, tzinfo=UTC)]
    assert found.rows["end"].unique().to_list() == [datetime(2013, 2, 28, 17, tzinfo=UTC)]
    assert set(found.rows["place"]) == {"prsa:Dongsi"}
    assert found.rows.height == 12


def test_sixteen_points_of_the_compass_are_degrees_from_north_through_east(read, write):
    assert [COMPASS[p] for p in ("N", "E", "S", "W", "NNW")] == [0, 90, 180, 270, 337.5]
    found = read("prsa", write(PRSA + "1,2013,3,1,0,NA,4,4,7,300,77,-0.7,1023,-18.8,0,NNW,4.4,Dongsi\n"
                                      "2,2013,3,1,1,5,4,4,7,300,77,-0.7,1023,-18.8,0,NA,4.4,Dongsi\n"
                                      "3,2013,3,1,2,5,4,4,7,300,77,-0.7,1023,-18.8,0,up,4,Dongsi\n"))  # fmt: skip
    assert found.rows.filter(variable="wind_direction")["value"].to_list() == [337.5]
    assert (found.blanks, [(r.line, r.column, r.came) for r in found.refusals]) == (3, [(4, "wd", "'up'")])


def test_frost_and_no_rain_are_no_gaps(read, write):
    found = read("prsa", write(PRSA + "1,2013,3,1,0,4,4,4,7,300,77,0,1023,0,0,N,0,Dongsi\n"))
    assert found.rows["flag"].to_list() == [0] * 12
    assert found.value(variable="wind_direction") == 0


def test_a_time_of_prsa_that_does_not_exist_is_refused(read, write):
    found = read("prsa", write(PRSA + "1,2013,2,29,0,4,4,4,7,300,77,0,1023,0,0,N,0,Dongsi\n"
                                      "1,2013,2,28,24,4,4,4,7,300,77,0,1023,0,0,N,0,Dongsi\n"))  # fmt: skip
    assert found.rows.is_empty()
    assert [(r.line, r.came) for r in found.refusals] == [(2, "'2013 2 29 0'"), (3, "'2013 2 28 24'")]


def test_lines_keep_their_number_in_later_batches(read, write, monkeypatch):
    from airshed.observations.feeds import prsa

    monkeypatch.setattr(prsa, "_HOURS_A_BATCH", 2)
    row = "1,2013,3,1,{hour},{pm},4,4,7,300,77,0,1023,0,0,N,0,Dongsi\n"
    body = [row.format(hour=hour, pm="x" if hour in {3, 4} else 5) for hour in range(5)]
    for text, lines in (("".join(body), [5, 6]), ("\n" + "\n".join(body), [9, 11])):
        found = read("prsa", write(PRSA + text))
        assert len(found.batches) == 3
        assert [r.line for r in found.refusals] == lines


def test_one_file_a_site_in_a_folder_is_one_data_set(read, write, tmp_path):
    for number, site in enumerate(("Dongsi", "Tiantan", "Nowhere")):
        write(PRSA + f"1,2013,3,1,0,{number},4,4,7,300,77,0,1023,0,0,N,0,{site}\n", f"PRSA_{site}.csv")
    found = read("prsa", tmp_path)
    assert set(found.rows["place"]) == {"prsa:Dongsi", "prsa:Tiantan"}
    assert [(r.file, r.came) for r in found.refusals] == [("PRSA_Nowhere.csv", "'Nowhere'")]


def _crawled(days: int) -> str:
    return "".join(
        f"202003{d:02d},{h:02d},东四,33,优,,17,27,0.4,4,104,95,6,beijing,data\n"
        for d in range(20, 20 + days) for h in range(24)
    )  # fmt: skip


def test_a_crawled_station_is_found_by_city_and_name(read, write):
    body = CRAWL + (
        "20200326,18,万寿西宫,33,优,,17,27,0.4,4,104,95,6,北京,data\n"
        "20200326,18,东四(190215启用),33,优,,_,-,NaN,4,104,—,6,beijing,data\n"
        "20200326,18,市监测中心,33,优,,1,2,3,4,5,6,7,beijing,data\n"
        "20200326,18,市监测中心,33,优,,1,2,3,4,5,6,7,tianjin,data\n"
    )
    found = read("crawl", write(body))
    assert set(found.rows["place"]) == {"cnemc:1001A", "cnemc:1003A", "cnemc:1013A"}
    assert found.rows.height == 7 + 3 + 7
    assert found.blanks == 4
    assert found.said == [
        "file.csv:4 [WatchPoint]: wanted a station of that city in the gazetteer, got 'beijing 市监测中心'; "
        "its rows were left out; add it with `airshed places import`, or correct the name"
    ]


def test_ozone_of_eight_hours_ends_with_the_hour(read, write):
    found = read("crawl", write(CRAWL + "20200326,18,东四,33,优,,17,27,0.4,4,104,95,6,beijing,data\n"))
    spans = {
        r["value"]: r["end"] - r["start"] for r in found.rows.filter(variable="o3").iter_rows(named=True)
    }
    assert spans == {104: timedelta(hours=1), 95: timedelta(hours=8)}
    assert found.rows["end"].unique().to_list() == [datetime(2020, 3, 26, 11, tzinfo=UTC)]


def test_a_page_that_has_not_changed_for_years_is_stale_but_kept(read, write):
    old = "20170816,09,东四,33,优,,17,27,0.4,4,104,95,6,beijing,data\n"
    found = read("crawl", write(CRAWL + _crawled(9) * 4 + old))
    stale = found.rows.filter(flag=int(Flag.STALE))
    assert (stale.height, set(stale["start"].dt.year())) == (7, {2017})
    assert found.rows.filter(flag=0).height == 9 * 24 * 4 * 7
