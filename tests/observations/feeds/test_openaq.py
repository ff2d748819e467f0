"""OpenAQ: the archive, and the API against a stand-in server on this machine."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import pytest

from airshed.errors import BadInput
from airshed.observations.feeds.openaq_api import OpenAqService, fetch_location

HEAD = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"
START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 31, tzinfo=UTC)
BEIJING = {"place": "gb2260:110000"}


class StandIn:
    """A server that answers from a script; what it was asked stays on record."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], str | None]] = []
        self.answer: Callable[[str, dict[str, str]], tuple[int, dict[str, str], str]] = lambda path, query: (
            404,
            {},
            "",
        )
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlparse(self.path)
                query = {k: v[0] for k, v in parse_qs(url.query).items()}
                stand_in.asked.append((url.path, query, self.headers.get("X-API-Key")))
                status, headers, body = stand_in.answer(url.path, query)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def service(self, waits: list[float] | None = None, **more: object) -> OpenAqService:
        url = f"http://127.0.0.1:{self.server.server_port}"
        wait = waits.append if waits is not None else (lambda seconds: None)
        return OpenAqService("secret", url, wait=wait, **more)  # type: ignore[arg-type]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    yield server
    server.server.shutdown()
    server.server.server_close()


LOCATION = {
    "id": 2178, "name": "US Embassy", "coordinates": {"latitude": 39.95, "longitude": 116.47},
    "sensors": [{"id": 7, "name": "pm25 µg/m³"}, {"id": 8, "name": "o3 ppm"}],
}  # fmt: skip


def hour(
    number: int, parameter: str = "pm25", units: str = "µg/m³", value: float | None = None
) -> dict[str, object]:
    begin = START + timedelta(hours=number)
    period = {"label": "raw", "interval": "01:00:00"}
    for name, instant in (("datetimeFrom", begin), ("datetimeTo", begin + timedelta(hours=1))):
        period[name] = {"utc": instant.strftime("%Y-%m-%dT%H:%M:%SZ"), "local": "not read"}
    return {
        "value": number if value is None else value, "flagInfo": {"hasFlags": False},
        "parameter": {"id": 2, "name": parameter, "units": units}, "period": period,
    }  # fmt: skip


def answering(hours: int) -> Callable[[str, dict[str, str]], tuple[int, dict[str, str], str]]:
    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        if path == "/v3/locations/2178":
            return 200, {}, json.dumps({"results": [LOCATION]})
        first = (int(query["page"]) - 1) * int(query["limit"])
        numbers = range(first, min(hours, first + int(query["limit"])))
        kind = ("pm25", "µg/m³", None) if "/7/" in path else ("o3", "ppm", 0.05)
        return 200, {}, json.dumps({"meta": {"found": ">1000"}, "results": [hour(n, *kind) for n in numbers]})

    return answer


def test_all_pages_of_all_sensors_are_fetched_and_read(read, stand_in, tmp_path):
    stand_in.answer = answering(2001)
    files = fetch_location(2178, START, END, tmp_path, stand_in.service())
    assert [f.name for f in files] == [f"openaq-2178-{s}-20240101-20240331.json" for s in (7, 8)]
    assert [q.get("page") for _, q, _ in stand_in.asked] == [None, *["1", "2", "3"] * 2]
    assert {key for _, _, key in stand_in.asked} == {"secret"}
    assert stand_in.asked[1][1]["datetime_from"] == "2024-01-01T00:00:00Z"
    found = read("openaq", tmp_path, BEIJING)
    assert (found.rows.height, found.said) == (4002, [])
    first = found.rows.filter(variable="pm25").row(0, named=True)
    assert (first["start"], first["end"]) == (START, START + timedelta(hours=1))
    assert found.rows.filter(variable="o3")["value"][0] == pytest.approx(98.1, abs=0.1)  # 0.05 ppm at 25 degC
    station = found.stations[0]
    assert (station.id, station.place, station.lon) == ("openaq:2178", "gb2260:110000", 116.47)


def test_a_full_last_page_is_followed_by_one_more_question(stand_in, tmp_path):
    stand_in.answer = answering(1000)
    fetch_location(2178, START, END, tmp_path, stand_in.service())
    assert [q.get("page") for _, q, _ in stand_in.asked] == [None, "1", "2", "1", "2"]


def test_after_429_it_waits_as_long_as_it_is_told(stand_in, tmp_path):
    calm, busy = answering(3), [429, 429]

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        return (busy.pop(), {"Retry-After": "17"}, "") if busy else calm(path, query)

    stand_in.answer = answer
    waits: list[float] = []
    assert len(fetch_location(2178, START, END, tmp_path, stand_in.service(waits))) == 2
    assert waits == [17, 17]


def test_a_quota_that_is_used_up_is_not_waited_for(stand_in, tmp_path):
    stand_in.answer = lambda path, query: (429, {"Retry-After": "3600"}, "")
    with pytest.raises(BadInput, match="the quota is used up"):
        fetch_location(2178, START, END, tmp_path, stand_in.service())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, {}, "oops"), "status 500; asked 3 times"),
        ((503, {}, ""), "status 503; asked 3 times"),
        ((200, {}, '{"results": [{"val'), "broken JSON"),
        ((200, {}, '{"meta": {}}'), "broken JSON"),
        ((401, {}, ""), "status 401; check the key"),
        ((404, {}, ""), "status 404; check the id"),
        ((200, {}, '{"results": []}'), "no such location"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_half_written(stand_in, tmp_path, answer, said):
    stand_in.answer = lambda path, query: answer
    with pytest.raises(BadInput) as told:
        fetch_location(2178, START, END, tmp_path, stand_in.service(tries=3))
    assert said in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_in_the_second_page_leaves_no_file_of_that_sensor(stand_in, tmp_path):
    calm = answering(1500)

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        return (500, {}, "") if "/8/" in path and query["page"] == "2" else calm(path, query)

    stand_in.answer = answer
    with pytest.raises(BadInput, match="status 500"):
        fetch_location(2178, START, END, tmp_path, stand_in.service(tries=2))
    assert [f.name for f in tmp_path.iterdir()] == ["openaq-2178-7-20240101-20240331.json"]


def test_a_passing_fault_is_outlived(stand_in, tmp_path):
    calm, faults = answering(3), [(500, {}, ""), (200, {}, "<html>"), (502, {}, "")]
    stand_in.answer = lambda path, query: faults.pop() if faults else calm(path, query)
    waits: list[float] = []
    assert len(fetch_location(2178, START, END, tmp_path, stand_in.service(waits))) == 2
    assert waits == [1, 2, 4]


def test_a_silent_or_absent_server_is_named(tmp_path):
    service = OpenAqService("k", "http://127.0.0.1:9", tries=2, timeout=0.5, wait=lambda seconds: None)
    with pytest.raises(BadInput, match="ConnectError"):
        fetch_location(2178, START, END, tmp_path, service)


def test_the_archive_names_hours_by_their_end(read, tmp_path):
    body = HEAD + '2178,7,"Embassy, US",2024-01-01T01:00:00+08:00,39.95,116.47,pm25,µg/m³,31.5\n'
    (tmp_path / "location-2178-20240101.csv.gz").write_bytes(gzip.compress(body.encode()))
    found = read("openaq", tmp_path / "location-2178-20240101.csv.gz", BEIJING)
    assert found.facts() == {
        (
            "openaq:2178",
            "pm25",
            datetime(2023, 12, 31, 16, tzinfo=UTC),
            datetime(2023, 12, 31, 17, tzinfo=UTC),
            31.5,
            0,
        )
    }
    assert found.stations[0].names["en"] == "Embassy, US"


def test_a_location_may_be_a_station_that_is_known(read, tmp_path):
    body = HEAD + "2178,7,x,2024-01-01T01:00:00+08:00,39.95,116.47,co,ppm,1\n"
    (tmp_path / "a.csv").write_text(
        body + "2179,7,x,2024-01-01T01:00:00+08:00,39.95,116.47,um003,particles/cm³,1\n"
    )
    found = read("openaq", tmp_path / "a.csv", {"stations": {"2178": "cnemc:1003A"}})
    assert found.rows["place"].to_list() == ["cnemc:1003A"]
    assert found.rows["value"][0] == pytest.approx(28.01 / 24.465, rel=1e-4)  # mg/m3 of 1 ppm
    assert [(r.line, r.column, r.came) for r in found.refusals] == [
        (3, "location_id", "'2179'"), (3, "parameter", "'um003'"),
    ]  # fmt: skip
    assert found.stations == []


@pytest.mark.parametrize("text", ["{", "[]", '{"location": {"id": 1}}', '{"location": null, "results": []}'])
def test_kept_answers_that_are_broken_are_refused_by_name(read, tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    found = read("openaq", tmp_path / "a.json")
    assert found.rows.is_empty()
    assert [(r.file, r.advice) for r in found.refusals] == [("a.json", "fetch it again")]


def test_a_result_without_its_period_is_refused_by_its_number(read, tmp_path):
    kept = {"location": LOCATION, "results": [hour(0), {"value": 3}, hour(2), hour(3, units="furlong")]}
    (tmp_path / "a.json").write_text(json.dumps(kept))
    found = read("openaq", tmp_path / "a.json", BEIJING)
    assert found.rows["value"].to_list() == [0, 2]
    assert [(r.line, r.column) for r in found.refusals] == [(2, "results"), (4, "units")]
