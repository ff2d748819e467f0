"""A file shuffled, cut into pieces or packed says the same."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.reading import sheets

CITY = "city,date,pm25,pm10,so2,co,no2,o3_8h"
PRSA = "year,month,day,hour,PM2.5,PM10,CO,wd,station"
WIDE = "date,hour,type,1001A,1003A"
cell = st.sampled_from(["", "NaN", "-", "_", "0", "1", "35.5", "999", "-999", "1e2", " 7 ", "x", "nan"])
day = st.dates(date(2013, 1, 1), date(2020, 12, 31))
form = st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"])
lines = {
    "city-daily": (CITY, st.builds(
        lambda city, d, f, cells: ",".join([city, d.strftime(f), *cells]),
        st.sampled_from(["北京", "天津市", "火星", ""]), day, form, st.lists(cell, min_size=6, max_size=6))),
    "prsa": (PRSA, st.builds(
        lambda d, h, cells, wd, site: f"{d.year},{d.month},{d.day},{h},{','.join(cells)},{wd},{site}",
        day, st.integers(0, 25), st.lists(cell, min_size=3, max_size=3),
        st.sampled_from(["N", "NNW", "NA", "?"]),
        st.sampled_from(["Dongsi", "Nowhere"]))),
    "cnemc": (WIDE, st.builds(
        lambda d, h, kind, cells: f"{d:%Y%m%d},{h},{kind},{','.join(cells)}",
        day, st.integers(0, 25), st.sampled_from(["PM2.5", "O3_8h", "CO_24h", "AQI", "??"]),
        st.lists(cell, min_size=2, max_size=2))),
}  # fmt: skip
quiet = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", list(lines))
@quiet
@given(data=st.data())
def test_shuffled_and_split_files_say_the_same(read, tmp_path, name, data):
    head, line = lines[name]
    body = data.draw(st.lists(line, min_size=1, max_size=25))
    shuffled = data.draw(st.permutations(body))
    cut = data.draw(st.integers(0, len(body)))
    whole, other, first, second = (tmp_path / f"{n}.csv" for n in "wsab")
    for path, part in ((whole, body), (other, shuffled), (first, shuffled[:cut]), (second, shuffled[cut:])):
        path.write_text("\n".join([head, *part]) + "\n", encoding="utf-8")
    expected = read(name, whole)
    assert read(name, other).facts() == expected.facts()
    assert read(name, first).facts() | read(name, second).facts() == expected.facts()
    assert read(name, first).read + read(name, second).read == expected.read
    assert expected.rows.height + expected.blanks <= expected.read


@quiet
@given(
    body=st.lists(lines["city-daily"][1], min_size=1, max_size=10),
    encoding=st.sampled_from(["gb18030", "utf-16"]),
)
def test_packed_and_encoded_files_say_the_same(read, tmp_path, body, encoding):
    text = "\n".join([CITY, *body]) + "\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode(encoding)))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("c.csv", text)
    expected = read("city-daily", tmp_path / "a.csv").facts()
    assert read("city-daily", tmp_path / "b.csv.gz").facts() == expected
    assert read("city-daily", tmp_path / "c.zip").facts() == expected


plain = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=["Cs", "Cc"]), max_size=6
)


@quiet
@given(
    rows=st.lists(st.tuples(plain, plain, plain), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
)
def test_the_fast_and_the_slow_way_read_the_same_cells(tmp_path, rows, delimiter):
    """Quotes send a file the slow way; cells that need none may go either."""
    clean = [tuple(c.translate({ord(x): "" for x in ',\t;|"'}).strip() + "." for c in row) for row in rows]
    fast = "\n".join(delimiter.join(row) for row in [("a", "b", "c"), *clean])
    slow = "\n".join(delimiter.join(f'"{c}"' for c in row) for row in [("a", "b", "c"), *clean])
    frames = []
    for text in (fast, slow):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        complaints = Complaints()
        (sheet,) = sheets(tmp_path / "t.csv", complaints)
        assert complaints.take() == ()
        assert [sheet.line(row) for row in range(sheet.frame.height)] == list(range(2, len(rows) + 2))
        frames.append(sheet.frame)
    assert frames[0].equals(frames[1])
    assert frames[0].rows() == clean


def test_a_cut_gzip_never_says_what_the_whole_does_not(read, tmp_path):
    first = date(2015, 1, 1)
    body = "\n".join(f"北京,{first + timedelta(days=n)},{n % 89}.25,{n % 7},3,4,5,6" for n in range(900))
    packed = gzip.compress(f"{CITY}\n{body}\n".encode())
    (tmp_path / "whole.csv.gz").write_bytes(packed)
    whole, seen = read("city-daily", tmp_path / "whole.csv.gz").facts(), 0
    for size in range(20, len(packed), max(1, len(packed) // 12)):
        (tmp_path / "cut.csv.gz").write_bytes(packed[:size])
        found = read("city-daily", tmp_path / "cut.csv.gz")
        assert found.facts() < whole
        assert any("cut" in said for said in found.said)
        assert found.rows.height >= seen
        seen = found.rows.height
