"""Any table by a mapping, and the mapping that is guessed for it."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
import yaml

from airshed.errors import BadInput, UnknownUnit, UnknownVariable
from airshed.observations.feeds.guess import guess
from airshed.observations.feeds.mapping import Mapping, read_mapping
from airshed.observations.flags import Flag
from conftest import ROOT

WIDE = {
    "source": "mine",
    "place": {"column": "站点"},
    "time": {"column": "时间", "label": "end"},
    "columns": {"CO": {"variable": "co", "unit": "ug/m3"}, "T": {"variable": "temperature", "unit": "K"}},
}
LONG = {
    "source": "mine",
    "place": {"value": "天津", "kind": "city"},
    "time": {"date": "d", "hour": "h"},
    "long": {"variable": "what", "value": "value", "unit": "unit"},
}


@pytest.fixture
def write(tmp_path):
    def write_(text: str, name: str = "file.csv", encoding: str = "utf-8"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write_


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def test_units_are_converted_and_ends_of_hours_understood(read, write):
    found = read(
        "long", write("站点,时间,CO,T\n东四,2020-01-02 24:00,800,273.15\n1001A,2020-01-02 01:00,,0\n"), WIDE
    )
    assert found.facts() == {
        ("cnemc:1003A", "co", utc(2020, 1, 2, 15), utc(2020, 1, 2, 16), 0.8, 0),
        ("cnemc:1003A", "temperature", utc(2020, 1, 2, 15), utc(2020, 1, 2, 16), 0.0, 0),
        ("cnemc:1001A", "temperature", utc(2020, 1, 1, 16), utc(2020, 1, 1, 17), -273.15, 0),
    }
    assert (set(found.rows["source"]), found.said) == ({"mine"}, [])


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2020-01-02T13:00:00+08:00", utc(2020, 1, 2, 5)),
        ("2020-01-02T13:00:00Z", utc(2020, 1, 2, 13)),
        ("2020-01-02T13:00:00-0330", utc(2020, 1, 2, 16, 30)),
        ("2020-01-02 13:00", utc(2020, 1, 2, 5)),
        ("2020/1/2 13", utc(2020, 1, 2, 5)),
        ("2020010213", utc(2020, 1, 2, 5)),
        ("202001021300", utc(2020, 1, 2, 5)),
        ("20200102 1300", utc(2020, 1, 2, 5)),
        ("2020年1月2日13时", utc(2020, 1, 2, 5)),
        ("2020-01-02 13:00:00.000", utc(2020, 1, 2, 5)),
        ("2020-12-31 24:00", utc(2020, 12, 31, 16)),
    ],
)  # fmt: skip
def test_a_time_is_understood_in_every_common_writing(read, write, text, instant):
    found = read("long", write(f"站点,时间,CO\n东四,{text},800\n"), WIDE)
    assert (found.said, found.rows["end"].to_list()) == ([], [instant])


@pytest.mark.parametrize("text", ["2020-01-02 25:00", "2020-01-02 13:60", "2020-13-02 13:00", "13:00", "-"])
def test_what_is_no_time_is_refused(read, write, text):
    found = read("long", write(f"站点,时间,CO\n东四,{text},800\n"), WIDE)
    assert found.rows.is_empty()
    assert [(r.line, r.column) for r in found.refusals] == [(2, "时间")]


def test_hour_24_of_a_time_is_refused_where_labels_are_starts(read, write):
    mapping = WIDE | {"time": {"column": "时间", "label": "start"}}
    assert read("long", write("站点,时间,CO\n东四,2020-01-02 24:00,800\n"), mapping).rows.is_empty()


def test_a_format_of_the_users_own(read, write):
    mapping = WIDE | {
        "time": {"column": "时间", "format": "%d.%m.%y %H:%M", "utc_offset": 1, "averaging": "30min"}
    }
    found = read("long", write("站点,时间,CO\n东四,02.01.20 13:30,800\n东四,2020-01-02,1\n"), mapping)
    assert found.rows.select("start", "end").rows() == [(utc(2020, 1, 2, 12, 30), utc(2020, 1, 2, 13, 0))]
    assert [r.wanted for r in found.refusals] == ["a time written as %d.%m.%y %H:%M"]


def test_variable_value_and_unit_in_columns_of_their_own(read, write):
    body = "d,h,what,value,unit\n20200102,0,细颗粒物,35,μg/m³\n20200102,1,SO2,10,ppb\n"
    body += "20200102,2,XX,1,ug/m3\n20200102,3,SO2,1,kg\n"
    found = read("long", write(body), LONG)
    assert found.value(variable="pm25") == 35
    assert found.value(variable="so2") == pytest.approx(
        10 * 64.066 / 24.465, rel=1e-4
    )  # molar volume at 25 degC
    assert [(r.line, r.column, r.came) for r in found.refusals] == [(4, "what", "'XX'"), (5, "unit", "'kg'")]


def test_zeros_and_own_marks_of_a_gap_as_the_mapping_says(read, write):
    mapping = WIDE | {"zero_is_missing": True, "missing": ["*", "9999"]}
    found = read(
        "long", write("站点,时间,CO,T\n东四,2020-01-02 1:00,0,273.15\n东四,2020-01-02 2:00,*,9999\n"), mapping
    )
    assert found.rows.select("variable", "flag").rows() == [
        ("co", int(Flag.ZERO_MISSING)),
        ("temperature", 0),
    ]
    assert (found.blanks, found.said) == (2, [])


def test_times_of_issue_and_the_stage_travel_with_the_row(read, write):
    mapping = WIDE | {"stage": "audited", "time": {"column": "时间", "issued_at": "发布"}}
    body = "站点,时间,发布,CO\n东四,2020-01-02 1:00,2020-01-03 09:00,800\n"
    body += "东四,2020-01-02 2:00,,800\n东四,2020-01-02 3:00,x,8\n"
    found = read("long", write(body), mapping)
    assert found.rows["issued_at"].to_list() == [utc(2020, 1, 3, 1), None, None]
    assert found.rows["stage"].to_list() == [2, 2, 2]
    assert [(r.line, r.column, r.advice) for r in found.refusals] == [(4, "发布", "the cell was left out")]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"source": None}, BadInput, "source in the mapping, a text"),
        ({"plaice": {}}, BadInput, "plaice"),
        ({"place": {}}, BadInput, "place.column or place.value"),
        ({"place": {"column": "a", "kind": "county"}}, BadInput, "place.kind one of any, station, city"),
        ({"time": {"column": "a", "date": "b"}}, BadInput, "time.column or time.date"),
        ({"time": {"column": "a", "label": "middle"}}, BadInput, "time.label one of start, end"),
        ({"time": {"column": "a", "averaging": "hourly"}}, BadInput, "time.averaging such as 1h"),
        ({"time": {"column": "a", "utc_offset": 80}}, BadInput, "time.utc_offset from -12 to 14"),
        ({"columns": {}}, BadInput, "either [columns.…] or [long]"),
        ({"columns": {"CO": "co"}}, BadInput, 'columns."CO" with variable and unit'),
        ({"columns": {"CO": {"variable": "smell", "unit": "ug/m3"}}}, UnknownVariable, "smell"),
        ({"columns": {"CO": {"variable": "co", "unit": "kg"}}}, UnknownUnit, "kg"),
        ({"stage": "final"}, BadInput, "stage one of raw, provisional, audited"),
    ],
)  # fmt: skip
def test_a_mapping_with_a_fault_names_the_field(change, error, said):
    with pytest.raises(error) as told:
        Mapping.parse(WIDE | change)
    assert said in str(told.value)


def test_the_feed_long_wants_a_mapping(read, write):
    with pytest.raises(BadInput, match="--guess"):
        read("long", write("a,b\n1,2\n"))


def test_a_mapping_is_toml_or_yaml(tmp_path):
    (tmp_path / "m.toml").write_text('source = "mine"\n[place]\ncolumn = "站点"\n', encoding="utf-8")
    (tmp_path / "m.yaml").write_text(
        yaml.safe_dump({"source": "mine", "place": {"column": "站点"}}), encoding="utf-8"
    )
    assert read_mapping(tmp_path / "m.toml") == read_mapping(tmp_path / "m.yaml")
    (tmp_path / "bad.toml").write_text("source = \n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 1"):
        read_mapping(tmp_path / "bad.toml")


def test_the_mapping_in_the_documentation_is_a_mapping():
    text = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    mapping = Mapping.parse(yaml.safe_load(block))
    assert [column.hours for column in mapping.columns.values()] == [None, 24]


GUESSED = (
    "城市,监测时间,PM2.5(μg/m3),PM10（微克/立方米）,CO(mg/m3),O3_8h(ug/m3),气温,备注\n"
    "北京,2020/1/2 01:00,35,60,0.8,50,-3.5,晴\n北京市,2020/1/2 24:00,—,61,0.9,-,-3,\n"
)


def test_a_guess_at_chinese_headers_in_gb18030_reads_the_file(read, write):
    path = write(GUESSED, encoding="gb18030")
    found = guess(path)
    rows = read("long", path, found.mapping())
    assert (rows.rows.height, rows.said) == (8, [])
    assert rows.value(variable="pm25") == 35
    eight = rows.rows.filter(variable="o3")
    assert (eight["end"] - eight["start"]).to_list() == [timedelta(hours=8)]
    assert found.unread == ("备注",)


def test_what_a_guess_writes_is_what_it_means_and_says_how_sure_it_is(write):
    found = guess(write(GUESSED))
    assert tomllib.loads(found.text()) == found.mapping()
    text = found.text().splitlines()
    assert "# 确定：出现 24 时，说明标记的是时段结束 / sure: an hour 24 occurs: labels are ends" in text
    for line, following in pairwise(text):
        if " = " in following and not following.startswith("#"):
            assert line.startswith(("# 确定", "# 很可能", "# 不确定"))


def test_a_guess_sees_carbon_monoxide_in_micrograms_and_zeros_for_gaps(write):
    body = "station,date,hour,pm25,CO\n" + "".join(
        f"东四,20200102,{h},{h % 5},{600 + h}\n" for h in range(24)
    )
    raw = guess(write(body)).mapping()
    assert raw["columns"]["CO"]["unit"] == "ug/m3"
    assert raw["zero_is_missing"] is True
    assert raw["time"] == {
        "date": "date",
        "hour": "hour",
        "label": "start",
        "averaging": "1h",
        "utc_offset": 8,
    }


def test_a_guess_at_a_daily_table_takes_eight_hour_ozone_for_the_daily_maximum(write):
    raw = guess(write("city,date,pm25,o3_8h\n北京,2020-01-02,1,2\n北京,2020-01-03,1,2\n")).mapping()
    assert raw["time"]["averaging"] == "1d"
    assert raw["columns"]["o3_8h"] == {"variable": "o3_mda8", "unit": "ug/m3"}


def test_a_guess_at_a_long_table(read, write):
    path = write("点位;日期;时;监测项目;浓度;单位\n东四;20200102;0;PM10;60;ug/m3\n", encoding="utf-8-sig")
    assert read("long", path, guess(path).mapping()).value(variable="pm10") == 60


def test_a_guess_at_a_workbook(read, tmp_path):
    local = datetime(2020, 1, 2, 3)  # noqa: DTZ001 -- workbooks know no zones
    table = pl.DataFrame({"站点": ["东四"], "时间": [local], "NO2(ug/m3)": [40]})
    table.write_excel(tmp_path / "book.xlsx")
    found = read("long", tmp_path / "book.xlsx", guess(tmp_path / "book.xlsx").mapping())
    assert found.rows.select("place", "start", "value").rows() == [("cnemc:1003A", utc(2020, 1, 1, 19), 40.0)]


@pytest.mark.parametrize(
    "body", ["", "a,b\n1,2\n", "time,colour\n2020-01-01 01:00,red\n", "pm25,place\n1,东四\n"]
)
def test_a_guess_that_cannot_be_made_says_what_it_looked_for(write, body):
    with pytest.raises(BadInput):
        guess(write(body))
