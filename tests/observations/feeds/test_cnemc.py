"""The national release and its wide archives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from airshed.errors import BadInput
from airshed.observations.feeds.cnemc import published_index

RELEASE = (
    "timepoint,stationcode,longitude,latitude,area,positionname,primarypollutant,aqi,pm10,pm10_24h,pm2_5,pm2_5_24h,"
    "o3,o3_24h,o3_8h,o3_8h_24h,no2,no2_24h,so2,so2_24h,co,co_24h\n"
    '2022-07-05T14:00:00,1001A,116.3621,39.8784,北京市,万寿西宫,"臭氧1小时,细颗粒物(PM2.5)",'
    "100,56,62,43,42,160,160,120,120,73,61,4,8,1.0,1.2\n"
    "2022-07-05T14:00:00,9002A,116.2202,40.2915,北京市,定陵(对照点),,,,40,39,26,148,149,113,113,34,21,1,3,0.9,0.6\n"
)
WIDE = (
    "date,hour,type,1001A,1003A,9999A\n"
    "20200101,0,AQI,50,51,52\n"
    "20200101,0,PM2.5,35,,1\n"
    "20200101,0,PM2.5_24h,30,31,1\n"
    "20200101,0,O3_8h,60,61,1\n"
    "20200101,0,O3_24h,70,71,1\n"
    "20200101,23,CO,0.5,-999,1\n"
)


@pytest.fixture
def write(tmp_path):
    def write_(text: str, name: str = "file.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write_


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def test_an_hour_is_named_by_its_start_and_running_means_end_with_it(read, write):
    rows = read("cnemc", write(RELEASE)).rows.filter(place="cnemc:1001A")
    spans = {
        (r["variable"], (r["end"] - r["start"]) // timedelta(hours=1)): (r["start"], r["end"], r["value"])
        for r in rows.iter_rows(named=True)
    }
    assert spans["pm25", 1] == (utc(2022, 7, 5, 6), utc(2022, 7, 5, 7), 43)
    assert spans["pm25", 24] == (utc(2022, 7, 4, 7), utc(2022, 7, 5, 7), 42)
    assert spans["o3", 8] == (utc(2022, 7, 4, 23), utc(2022, 7, 5, 7), 120)
    assert len(spans) == len(rows) == 6 + 5 + 1


def test_a_mapping_may_say_that_labels_are_ends(read, write):
    start = read("cnemc", write(RELEASE)).rows
    end = read("cnemc", write(RELEASE), {"hour_label": "end"}).rows
    assert (start["start"] - end["start"]).unique().to_list() == [timedelta(hours=1)]


@pytest.mark.parametrize("mapping", [{"hour_label": "middle"}, {"hour_lable": "end"}])
def test_a_mapping_that_says_something_else_is_an_error(read, write, mapping):
    with pytest.raises(BadInput, match="hour_label"):
        read("cnemc", write(RELEASE), mapping)


def test_a_release_describes_its_stations(read, write):
    found = {s.id: s for s in read("cnemc", write(RELEASE)).stations}
    control = found["cnemc:9002A"]
    assert (control.place, control.role, control.lon, control.lat) == (
        "gb2260:110000",
        "control",
        116.2202,
        40.2915,
    )
    assert found["cnemc:1001A"].role == "evaluation"


def test_a_station_that_no_one_knows_and_whose_city_is_unknown_is_refused(read, write):
    found = read(
        "cnemc", write(RELEASE.replace("9002A,116.2202,40.2915,北京市", "9002A,116.2202,40.2915,火星市"))
    )
    assert set(found.rows["place"]) == {"cnemc:1001A"}
    assert [(r.line, r.column, r.came) for r in found.refusals] == [
        (3, "area", "'火星市'"), (3, "stationcode", "'9002A'"),
    ]  # fmt: skip


def test_where_the_hour_exceeds_the_days_maximum_the_two_columns_are_exchanged(read, write):
    head, *lines = RELEASE.splitlines()
    swapped = head.replace("o3,o3_24h", "o3_24h,o3")
    found = read("cnemc", write("\n".join([swapped, lines[1], lines[1].replace("9002A", "1003A")])))
    hours = found.rows.filter(
        (pl.col("variable") == "o3") & (pl.col("end") - pl.col("start") == timedelta(hours=1))
    )
    assert hours["value"].to_list() == [148, 148]
    assert "got above it in 2 of 2" in found.said[0]
    assert read("cnemc", write(RELEASE)).said == []


def test_where_the_two_columns_contradict_each_other_evenly_nothing_is_exchanged(read, write):
    above = RELEASE.splitlines()[1].replace("160,160", "9,8")
    below = RELEASE.splitlines()[1].replace("1001A", "1003A").replace("160,160", "6,7")
    found = read("cnemc", write("\n".join([RELEASE.splitlines()[0], above, below])))
    hours = found.rows.filter(
        (pl.col("variable") == "o3") & (pl.col("end") - pl.col("start") == timedelta(hours=1))
    )
    assert (hours["value"].to_list(), found.said) == ([9, 6], [])


def test_the_published_index_is_read_for_comparison_only(read, write):
    table = published_index(write(RELEASE))
    assert table.columns == ["place", "start", "aqi", "primary"]
    assert table["aqi"].to_list() == [100, None]
    assert table["primary"].to_list() == [["o3", "pm25"], []]
    assert table["start"][0] == utc(2022, 7, 5, 6)
    assert "aqi" not in set(read("cnemc", write(RELEASE)).rows["variable"])


def test_the_wide_archive_is_turned_into_rows(read, write):
    found = read("cnemc", write(WIDE))
    assert found.facts() == {
        ("cnemc:1001A", "pm25", utc(2019, 12, 31, 16), utc(2019, 12, 31, 17), 35.0, 0),
        ("cnemc:1001A", "pm25", utc(2019, 12, 30, 17), utc(2019, 12, 31, 17), 30.0, 0),
        ("cnemc:1003A", "pm25", utc(2019, 12, 30, 17), utc(2019, 12, 31, 17), 31.0, 0),
        ("cnemc:1001A", "o3", utc(2019, 12, 31, 9), utc(2019, 12, 31, 17), 60.0, 0),
        ("cnemc:1003A", "o3", utc(2019, 12, 31, 9), utc(2019, 12, 31, 17), 61.0, 0),
        ("cnemc:1001A", "co", utc(2020, 1, 1, 15), utc(2020, 1, 1, 16), 0.5, 0),
    }
    assert (found.read, found.blanks) == (8, 2)


def test_an_unknown_code_in_the_header_is_refused_once_with_the_count_of_its_values(read, write):
    assert read("cnemc", write(WIDE)).said == [
        "file.csv:1 [9999A]: wanted a station or city of the gazetteer, got '9999A'; "
        "its column was left out; add it with `airshed places import` (6 times)"
    ]


def test_the_archive_by_city_has_names_for_codes(read, write):
    found = read("cnemc", write("date,hour,type,北京,天津市,火星\n20200101,5,NO2,40,41,42\n"))
    assert set(found.rows["place"]) == {"gb2260:110000", "gb2260:120000"}
    assert [r.column for r in found.refusals] == ["火星"]


def test_an_unknown_type_is_refused_once(read, write):
    found = read("cnemc", write(WIDE + "20200101,0,PM1,1,2,3\n20200101,1,PM1,1,2,3\n"))
    assert [(r.line, r.column, r.came, r.count) for r in found.refusals][1:] == [(8, "type", "'PM1'", 2)]


def test_hour_24_exists_only_where_labels_are_ends(read, write):
    body = "date,hour,type,1001A\n20200101,24,SO2,9\n20200102,0,SO2,8\n"
    started = read("cnemc", write(body))
    assert started.rows["value"].to_list() == [8]
    assert started.said == [
        "file.csv:2 [hour]: wanted an hour from 0 to 23, got '24'; the row was left out; "
        "hours 1 to 24 are labels of the end: say so with hour_label = end"
    ]
    ended = read("cnemc", write(body), {"hour_label": "end"})
    assert ended.said == []
    assert set(ended.rows["end"]) == {utc(2020, 1, 1, 16)}


@pytest.mark.parametrize("hour", ["25", "-1", "noon", ""])
def test_what_is_no_hour_is_refused(read, write, hour):
    found = read("cnemc", write(f"date,hour,type,1001A\n20200101,{hour},SO2,9\n"), {"hour_label": "end"})
    assert found.rows.is_empty()
    assert [(r.line, r.column) for r in found.refusals] == [(2, "hour")]


def test_a_hole_in_a_wide_file_is_named_by_station(read, write):
    found = read("cnemc", write("date,hour,type,1001A,1003A\n20200101,0,SO2,9,x\n20200101,1,SO2,8,7\n"))
    assert found.rows["value"].to_list() == [9, 8, 7]
    assert found.said == [
        "file.csv:2 [1003A]: wanted a number, got 'x'; the cell was left out, the rest of its line was kept"
    ]


def test_the_running_hour_is_not_yet_there(read, write):
    """It is 12:00 in Beijing: the hour from 11 has ended, the hour from 12 has not."""
    found = read("cnemc", write("date,hour,type,1001A\n20260301,11,SO2,9\n20260301,12,SO2,8\n"))
    assert found.rows["value"].to_list() == [9]
    assert [(r.line, r.column) for r in found.refusals] == [(3, "date")]


def test_a_long_archive_comes_in_several_batches(read, tmp_path, gazetteer, monkeypatch):
    from airshed.observations.feeds import cnemc

    monkeypatch.setattr(cnemc, "_CELLS_A_BATCH", 10)
    body = "".join(f"202001{d:02d},{h},SO2,{d},{h}\n" for d in range(1, 4) for h in range(24))
    (tmp_path / "wide.csv").write_text("date,hour,type,1001A,1003A\n" + body)
    found = read("cnemc", tmp_path / "wide.csv")
    assert len(found.batches) == 15
    assert found.rows.height == len(found.facts()) == 144


def test_a_list_of_stations_teaches_the_codes(read, write):
    found = read("cnemc", write("ID,stations_name,stations_en_name,area,area_en_name,lon,lat\n"
                                "7001A,某站,Mouzhan,唐山,Tangshan,118.2,39.6\n"
                                "7002A,他站,Tazhan,火星,Mars,1,2\n"))  # fmt: skip
    assert [(s.id, s.names["en"], s.place) for s in found.stations] == [
        ("cnemc:7001A", "Mouzhan", "gb2260:130200")
    ]
    assert [(r.line, r.column, r.came) for r in found.refusals] == [(3, "area", "'火星'")]


def test_another_table_is_refused_with_advice(read, write):
    assert read("cnemc", write("a,b\n1,2\n")).said == [
        "file.csv:1: wanted the columns timepoint, stationcode or date, hour, type, got a, b; "
        "is this the right feed? `airshed ingest --guess FILE` writes a mapping for any table"
    ]
