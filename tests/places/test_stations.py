"""Stations: the national list, one's own spreadsheet, and the twelve sites of the Beijing data set."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from airshed.errors import BadInput, UnknownPlace
from airshed.places import Gazetteer, Station, wgs84_to_gcj02
from airshed.places.stations_file import read_stations
from conftest import shared_data

GAZETTEER = Gazetteer.load()
NATIONAL_LIST = "stations/cnemc_station_info_1498.csv"
HEADER = "ID,stations_name,stations_en_name,area,area_en_name,lon,lat"
ROWS = (
    "1001A,万寿西宫,Wanshouxigong,北京,Beijing,116.366,39.8673",
    "1003A,东四,Dongsi,北京,Beijing,116.434,39.9522",
)


def written(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def read(path: Path, *lines: str) -> tuple[list[Station], list[str]]:
    return read_stations(written(path / "list.csv", *lines), GAZETTEER)


def test_the_national_list_is_read_whole() -> None:
    stations, faults = read_stations(shared_data(NATIONAL_LIST), GAZETTEER)
    assert (len(stations), faults) == (1498, [])
    region = GAZETTEER.with_stations(stations)
    for city in region.region("2+26").members_on(date(2018, 1, 1)):
        assert len(region.stations([city])) >= 3


def test_the_twelve_sites_of_beijing_are_stations_of_the_national_list() -> None:
    stations, _ = read_stations(shared_data(NATIONAL_LIST), GAZETTEER)
    national = {s.id: s for s in stations}
    sites = [s for s in GAZETTEER.stations() if s.id.startswith("prsa:")]
    assert len({s.same_as for s in sites}) == len(sites) == 12
    for site in sites:
        twin = national[site.same_as or ""]
        assert site.names["zh"] in twin.names["zh"]
        assert site.names["en"].lower() in twin.names["en"].lower()
        assert twin.place == site.place == "gb2260:110000"


def test_a_site_stands_where_its_twin_stands_once_that_is_known() -> None:
    assert GAZETTEER.station("prsa:Dongsi").lon is None
    twin = Station("cnemc:1003A", {"zh": "东四", "en": "Dongsi"}, "gb2260:110000", 116.434, 39.9522)
    known = GAZETTEER.with_stations([twin])
    assert known.station("prsa:Dongsi").lon == 116.434
    assert known.station_named("东四", place="gb2260:110000") is not None
    assert GAZETTEER.station("prsa:Dongsi").lon is None


def test_the_dingling_site_is_a_control_site() -> None:
    assert GAZETTEER.station("prsa:Dingling").role == "control"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_is_read_in_any_of_its_encodings(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "list.csv", HEADER, *ROWS, encoding=encoding)
    stations, faults = read_stations(path, GAZETTEER)
    assert not faults
    assert stations[1] == Station(
        "cnemc:1003A", {"zh": "东四", "en": "Dongsi"}, "gb2260:110000", 116.434, 39.9522, source="list.csv"
    )


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_list_says_the_same_in_csv_xlsx_and_parquet(tmp_path: Path, suffix: str) -> None:
    table = pl.DataFrame(
        {
            "id": ["x:1"],
            "name": ["Site"],
            "place": ["130100"],
            "lon": [114.5],
            "lat": [38.0],
            "since": ["2020-01-01"],
        }
    )
    path = tmp_path / f"own.{suffix}"
    {"csv": table.write_csv, "xlsx": table.write_excel, "parquet": table.write_parquet}[suffix](path)
    stations, faults = read_stations(path, GAZETTEER)
    assert not faults
    expected = Station(
        "x:1", {"zh": "Site", "en": "Site"}, "gb2260:130100", 114.5, 38.0, since=date(2020, 1, 1)
    )
    assert [s.__class__(**{**vars(s), "source": ""}) for s in stations] == [expected]


def test_each_bad_row_is_named_and_the_others_are_taken(tmp_path: Path) -> None:
    stations, faults = read(
        tmp_path, HEADER.replace("area_en_name", "role"), ROWS[0].replace("Beijing", ""),
        "1002A,定陵,Dingling,比京,,116.17,40.29", "1003A,东四,Dongsi,北京,,1164.34,39.95",
        "1004A,天坛,Tiantan,北京,,116.4,", "1005A,农展馆,,北京,best,116.473,39.97", ",官园,,北京,,116.3,39.9",
        "1001A,万寿,,北京,,116.3,39.9", "1012A,古城,Gucheng,北京,,116.225,39.9279",
    )  # fmt: skip
    assert [s.id for s in stations] == ["cnemc:1001A", "cnemc:1012A"]
    assert faults == [
        "list.csv:3: place: wanted a place the gazetteer knows, got '比京'",
        "list.csv:4: lon: wanted degrees between -180 and 180, got '1164.34'",
        "list.csv:5: lon, lat: wanted both or neither, got '116.4, None'",
        "list.csv:6: role: wanted one of evaluation, control, other, got 'best'",
        "list.csv:7: id: wanted a value, got ''",
        "list.csv:8: id: wanted each id once for each since (line 2 has it), got 'cnemc:1001A'",
    ]


def test_a_control_site_is_one_only_where_the_file_says_so(tmp_path: Path) -> None:
    stations, faults = read(
        tmp_path,
        "id,name,place,role",
        "1002A,定陵(对照点),北京,",
        "1009A,怀柔镇,北京,",
        "x:1,山顶,北京,对照点",
    )
    assert not faults
    assert [(s.names["zh"], s.role) for s in stations] == [
        ("定陵", "control"), ("怀柔镇", "evaluation"), ("山顶", "control"),
    ]  # fmt: skip


def test_points_said_to_be_gcj02_are_converted(tmp_path: Path) -> None:
    stations, _ = read(tmp_path, "id,name,place,lon,lat,datum", "x:1,甲,北京,116.4,39.9,GCJ-02")
    assert tuple(map(float, wgs84_to_gcj02(stations[0].lon, stations[0].lat))) == pytest.approx(
        (116.4, 39.9), abs=1e-5
    )


def test_a_station_that_moves_has_two_lives(tmp_path: Path) -> None:
    stations, faults = read(
        tmp_path, "id,name,place,lon,lat,since,until", "x:1,甲,北京,116.4,39.9,,2020-01-01",
        "x:1,甲,北京,116.5,39.9,2020-01-01,",
    )  # fmt: skip
    assert not faults
    known = GAZETTEER.with_stations(stations)
    assert known.station("x:1").lon == 116.5
    assert [s.lon for s in known.stations(["x:1"], on=date(2019, 12, 31))] == [116.4]
    assert [s.lon for s in known.stations(["x:1"], on=date(2020, 1, 1))] == [116.5]
    assert known.station_table().filter(pl.col("id") == "x:1").height == 2


def test_a_list_without_its_columns_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="columns id, place are wanted"):
        read(tmp_path, "name,lon,lat", "甲,1,2")
    with pytest.raises(BadInput, match="header line"):
        read(tmp_path, "")
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    with pytest.raises(BadInput, match=r"bad\.xlsx"):
        read_stations(tmp_path / "bad.xlsx", GAZETTEER)


def test_an_unknown_station_is_refused_with_what_is_near() -> None:
    with pytest.raises(UnknownPlace, match="near: prsa:Dongsi"):
        GAZETTEER.station("prsa:Dongsy")


def test_the_station_table_tells_each_stations_city() -> None:
    table = GAZETTEER.station_table()
    assert table.columns[:7] == ["id", "place", "city", "role", "since", "until", "same_as"]
    assert table.filter(pl.col("id") == "prsa:Dongsi")["city"].item() == "gb2260:110000"
