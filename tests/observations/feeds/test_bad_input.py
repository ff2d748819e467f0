"""What is wrong in a file is said with file, line, column, what was wanted, what came and what to do."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest

from airshed.observations.feeds.complaints import Complaints
from airshed.observations.flags import Flag
from airshed.observations.schema import Refusal

HEAD = "city,date,aqi,pm25,pm10,so2,co,no2,o3_8h,rank\n"
DAYS = "".join(f"北京,2015-01-{day:02d},80,{day}.5,90,10,1.2,40,60,7\n" for day in range(1, 29))


@pytest.fixture
def city_file(tmp_path: Path):
    def write(body: str | bytes, name: str = "city.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_a_file_says_the_same_in_every_encoding(read, city_file, encoding):
    text = ("\ufeff" if encoding == "utf-16-le" else "") + HEAD + DAYS
    found = read("city-daily", city_file(text, encoding=encoding))
    assert found.rows.height == 28 * 6
    assert found.said == []
    assert set(found.rows["place"]) == {"gb2260:110000"}


def test_a_broken_character_in_utf8_is_named_and_the_file_still_read(read, city_file):
    body = (HEAD + DAYS + "天津,2015-01-01,1,2,3,4,5,6,7,8\n").encode()
    broken = body.replace(b"2015-01-03,80", b"2015-01-03,8\xff")
    found = read("city-daily", city_file(broken))
    assert found.rows.height == 29 * 6
    assert found.said == [
        "city.csv:4: wanted text in UTF-8, got bytes that are no character of it; "
        "the line was read with ? in their place; save the file as UTF-8"
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_delimiter_is_recognised(read, city_file, delimiter, newline):
    found = read("city-daily", city_file((HEAD + DAYS).replace(",", delimiter).replace("\n", newline)))
    assert (found.rows.height, found.said) == (28 * 6, [])


def test_quoted_cells_are_the_same_as_bare_ones(read, city_file):
    quoted = "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in (HEAD + DAYS).splitlines())
    assert read("city-daily", city_file(quoted)).facts() == read("city-daily", city_file(HEAD + DAYS)).facts()


@pytest.mark.parametrize(
    "form", ["2015-01-02", "2015/1/2", "20150102", "2015/01/02", "2015年1月2日", "2015-01-02 00:00:00"]
)
def test_a_day_may_be_written_in_several_ways(read, city_file, form):
    found = read("city-daily", city_file(HEAD + f"北京,{form},1,2,3,4,5,6,7,8\n"))
    assert found.said == []
    start, end = found.rows["start"][0], found.rows["end"][0]
    assert (start.isoformat(), end.isoformat()) == ("2015-01-01T16:00:00+00:00", "2015-01-02T16:00:00+00:00")


@pytest.mark.parametrize("form", ["2015-02-30", "02/01/2015", "yesterday", "2015-1", "15-01-02"])
def test_what_is_no_day_is_refused_with_its_line_and_column(read, city_file, form):
    found = read("city-daily", city_file(HEAD + DAYS + f"天津,{form},1,2,3,4,5,6,7,8\n"))
    assert found.rows.height == 28 * 6
    assert found.said == [
        f"city.csv:30 [date]: wanted a day such as 2015-01-02, 2015/1/2 or 20150102, got '{form}'; "
        "the row was left out"
    ]


@pytest.mark.parametrize(
    "mark", ["NaN", "NA", "N/A", "-", "_", "—", "", " ", "null", "-999", "-99", "-999.0", "nan"]
)
def test_a_mark_of_a_gap_is_a_blank_and_no_row(read, city_file, mark):
    found = read("city-daily", city_file(HEAD + DAYS + f"天津,2015-01-01,1,{mark},3,4,5,6,7,8\n"))
    assert found.said == []
    assert (found.read, found.blanks, found.rows.height) == (29 * 6, 1, 29 * 6 - 1)
    assert found.rows.filter(place="gb2260:120000", variable="pm25").is_empty()


def test_a_zero_of_this_source_is_kept_and_flagged(read, city_file):
    found = read("city-daily", city_file(HEAD + "天津,2015-01-01,1,0,3,4,5,6,0,8\n"))
    flagged = found.rows.filter(pl.col("flag") == int(Flag.ZERO_MISSING))
    assert set(flagged["variable"]) == {"pm25", "o3_mda8"}
    assert set(flagged["value"]) == {0.0}
    assert found.rows.filter(flag=0).height == 4


def test_what_is_no_number_is_refused_and_the_rest_of_its_line_kept(read, city_file):
    found = read("city-daily", city_file(HEAD + DAYS + "天津,2015-01-01,1,35ug,3,inf,5,6,7,8\n"))
    assert found.said == [
        f"city.csv:30 [{column}]: wanted a number, got '{came}'; "
        "the cell was left out, the rest of its line was kept"
        for column, came in (("pm25", "35ug"), ("so2", "inf"))
    ]
    assert found.rows.filter(place="gb2260:120000").height == 4


def test_an_unknown_place_is_refused_once_with_a_count(read, city_file):
    mars = "".join(f"火星,2015-01-0{day},1,2,3,4,5,6,7,8\n" for day in (1, 2, 3))
    found = read("city-daily", city_file(HEAD + DAYS + mars + ",2015-01-01,1,2,3,4,5,6,7,8\n"))
    assert found.said == [
        "city.csv:30 [city]: wanted a city of the gazetteer, got '火星'; its rows were left out; "
        "add it with `airshed places import`, or correct the name (3 times)",
        "city.csv:33 [city]: wanted a city of the gazetteer, got nothing; "
        "the row was left out: it names no place",
    ]
    assert found.rows.height == 28 * 6


def test_the_future_is_refused(read, city_file):
    found = read(
        "city-daily", city_file(HEAD + "北京,2026-02-28,1,2,3,4,5,6,7,8\n北京,2026-03-01,1,2,3,4,5,6,7,8\n")
    )
    assert found.rows.height == 6
    assert found.said == [
        "city.csv:3 [date]: wanted a time not after 2026-03-01 04:00 UTC, got '2026-03-01'; "
        "the row was left out: it lies in the future"
    ]


def test_a_column_name_that_comes_twice_is_read_once(read, city_file):
    twice = HEAD.replace("aqi", "pm25") + "北京,2015-01-01,80,35,90,10,1.2,40,60,7\n"
    found = read("city-daily", city_file(twice))
    assert found.value(variable="pm25") == 80
    assert found.said == [
        "city.csv:1 [pm25]: wanted each column name once, got 'pm25' in columns 3 and 4; "
        "column 3 is read, column 4 is not; rename one of them"
    ]


def test_files_put_one_behind_another_repeat_their_header(read, city_file):
    found = read("city-daily", city_file(HEAD + DAYS + HEAD + "天津,2015-02-30,1,2,3,4,5,6,7,8\n"))
    assert found.rows.height == 28 * 6
    assert found.said == [
        "city.csv:30: wanted the header once, in line 1, got the header again; "
        "the line was skipped; nothing is lost",
        "city.csv:31 [date]: wanted a day such as 2015-01-02, 2015/1/2 or 20150102, got '2015-02-30'; "
        "the row was left out",
    ]


def test_a_truncated_last_line_is_left_out(read, city_file):
    found = read("city-daily", city_file(HEAD + DAYS + "天津,2015-01-01,1,3"))
    assert found.rows.height == 28 * 6
    assert found.said == [
        "city.csv:30: wanted 10 cells, as in the header, got 4; "
        "this line was left out; a last line like this means that the file was cut"
    ]


def test_a_line_with_too_many_cells_is_left_out_and_those_after_it_keep_their_number(read, city_file):
    found = read(
        "city-daily", city_file(HEAD + "北京,2015-01-01,1,2,3,4,5,6,7,8,9\n\n天津,x,1,2,3,4,5,6,7,8\n" + DAYS)
    )
    assert found.rows.height == 28 * 6
    assert [(r.line, r.came) for r in found.refusals] == [(2, "11"), (4, "'x'")]


def test_blank_lines_and_surplus_empty_cells_are_nothing(read, city_file):
    body = "\n\n" + HEAD.replace("\n", ",,\n") + DAYS.replace("\n", ",,\n") + "\n\n天津,x,1,2,3,4,5,6,7,8,,\n"
    found = read("city-daily", city_file(body))
    assert found.rows.height == 28 * 6
    assert [(r.line, r.column) for r in found.refusals if r.column == "date"] == [(34, "date")]


def test_a_gzip_that_was_cut_gives_everything_before_the_cut(read, city_file):
    body = HEAD + "".join(
        f"北京,2015-{m:02d}-{d:02d},{m * d % 97},{d},{m},4,5,6,7,8\n"
        for m in range(1, 13)
        for d in range(1, 29)
    )
    packed = gzip.compress(body.encode())
    whole = read("city-daily", city_file(packed, "whole.csv.gz"))
    cut = read("city-daily", city_file(packed[: len(packed) // 2], "cut.csv.gz"))
    assert whole.said == []
    assert 0 < cut.rows.height < whole.rows.height
    assert cut.facts() < whole.facts()
    last = 1 + cut.rows.height // 6
    assert cut.said == [
        f"cut.csv.gz:{last + 1}: wanted a whole compressed file, "
        f"got one that is cut or damaged after line {last}; lines to {last} went in; fetch the file again for the rest"
    ]


def test_a_gzip_of_several_streams_is_read_to_its_end(read, city_file):
    packed = gzip.compress(HEAD.encode()) + gzip.compress(DAYS.encode()) + b"\0" * 512
    found = read("city-daily", city_file(packed, "two.csv.gz"))
    assert (found.rows.height, found.said) == (28 * 6, [])


def test_every_table_of_a_zip_is_read(read, tmp_path):
    with zipfile.ZipFile(tmp_path / "both.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", HEAD + DAYS)
        archive.writestr("b/2.csv", HEAD + "火星,2015-01-01,1,2,3,4,5,6,7,8\n")
        archive.writestr("__MACOSX/._a.csv", b"\0\1")
    found = read("city-daily", tmp_path / "both.zip")
    assert found.rows.height == 28 * 6
    assert [r.file for r in found.refusals] == ["both.zip/b/2.csv"]


def test_ten_gigabytes_of_zeros_in_a_zip_are_not_unpacked(read, tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("good.csv", HEAD + DAYS)
        with archive.open("zeros.csv", "w", force_zip64=True) as stream:
            for _ in range(300):
                stream.write(bytes(1 << 20))
    lie = (
        (tmp_path / "bomb.zip")
        .read_bytes()
        .replace((300 << 20).to_bytes(4, "little"), (10 << 20).to_bytes(4, "little"))
    )
    (tmp_path / "lie.zip").write_bytes(lie)
    for name in ("bomb.zip", "lie.zip"):
        found = read("city-daily", tmp_path / name)
        assert found.rows.height == 28 * 6
        assert found.refusals[0].file == f"{name}/zeros.csv"
    told = read("city-daily", tmp_path / "bomb.zip").said[0]
    assert told.startswith(
        "bomb.zip/zeros.csv: wanted a table of at most 4096 MiB, packed at most 200-fold, got 300 MiB"
    )
    assert told.endswith("nothing of it went in; if it is real, unpack and split it yourself")


def test_a_gzip_of_zeros_is_not_unpacked(read, tmp_path):
    with gzip.open(tmp_path / "zeros.csv.gz", "wb", compresslevel=1) as stream:
        for _ in range(300):
            stream.write(bytes(1 << 20))
    found = read("city-daily", tmp_path / "zeros.csv.gz")
    assert found.rows.is_empty()
    assert "packed at most 200-fold" in found.said[0]


@pytest.mark.parametrize(
    ("name", "body", "wanted"),
    [
        ("empty.csv", b"", "a table"),
        ("blank.csv", b" \n\n", "a table"),
        ("broken.zip", b"PK\x03\x04" + bytes(100), "a whole zip archive"),
        ("broken.parquet", b"PAR1" + bytes(100), "a whole table file"),
        ("picture.csv", bytes(range(256)) * 600, "the columns city, date"),
        ("line.csv", b"x" * 200_000, "a header with column names"),
        ("other.csv", b"a,b\n1,2\n", "the columns city, date"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_by_name(read, city_file, name, body, wanted):
    found = read("city-daily", city_file(body, name))
    assert found.rows.is_empty()
    assert (found.refusals[-1].file, found.refusals[-1].wanted) == (name, wanted)


def test_a_file_that_is_not_there_is_refused(read, tmp_path):
    assert read("city-daily", tmp_path / "gone.csv").said == [
        "gone.csv: wanted a readable file, got No such file or directory; check its path"
    ]


def test_after_a_thousand_refusals_equal_ones_are_counted_together(read, city_file):
    found = read("city-daily", city_file(HEAD + "北京,never,1,2,3,4,5,6,7,8\n" * 5000))
    assert len(found.refusals) == 1001
    assert sum(r.count for r in found.refusals) == 5000
    assert found.said[-1].endswith("(4000 times)")


def test_workbooks_and_parquet_say_the_same_as_text(read, city_file, tmp_path):
    table = pl.read_csv((HEAD + DAYS).encode(), try_parse_dates=True)
    table.write_excel(tmp_path / "city.xlsx")
    table.write_parquet(tmp_path / "city.parquet")
    text = read("city-daily", city_file(HEAD + DAYS))
    for name in ("city.xlsx", "city.parquet"):
        assert read("city-daily", tmp_path / name).facts() == text.facts()


def test_refusals_of_several_kinds_are_counted_apart_once_there_are_a_thousand():
    complaints = Complaints()
    for line in range(1, 1501):
        complaints.add(Refusal("f", line, "ab"[line % 2], "a number", "x"))
    taken = complaints.take()
    assert len(taken) == 1002
    assert [(r.line, r.column, r.count) for r in taken[1000:]] == [(1001, "b", 250), (1002, "a", 250)]
    assert complaints.take() == ()
