"""Every page in both languages, its twins, its errors, its manners towards a browser's cache."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from airshed.errors import Missing
from airshed.law import Book
from airshed.observations.index import sub_index
from airshed.web import create_app
from airshed.web.assets import assets
from airshed.web.explain import formula
from airshed.web.words import Words
from airshed.workspace import Workspace

BEIJING = "gb2260:110000"
PAGES = {
    "now by day": "/?t=2026-02-20",
    "now by hour": "/?t=2026-02-20T08",
    "city by day": f"/city/{BEIJING}?t=2026-02-20",
    "city by hour": f"/city/{BEIJING}?t=2026-02-20T08",
    "ranking": "/ranking?t=2026-02-20",
    "data": "/data?t=2026-02-20",
    "law": "/law?t=2026-02-20",
    "search": "/search?q=tang",
    "why": f"/why/{BEIJING}?quantity=composite&from=2026-02-01&to=2026-02-28",
}
TWINS = {
    "now.json": "/now.json?t=2026-02-20",
    "city.json": f"/city/{BEIJING}.json?t=2026-02-20",
    "ranking.json": "/ranking.json?t=2026-02-20",
    "data.json": "/data.json",
    "law.json": "/law.json?t=2026-02-20",
    "search.json": "/search.json?q=tang",
    "frames.json": "/frames.json?t=2026-02-20",
}


class Links(HTMLParser):
    """Everything a page would make a browser fetch or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key in {"href", "src", "action", "data-frames", "srcset", "poster"} and value:
                self.found.append(value)
            if key == "id" and value:
                self.ids.append(value)


def links(html: str) -> Links:
    parser = Links()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())
def test_a_page_reads_in_both_languages_and_asks_nothing_of_the_outside(
    client: TestClient, url: str, lang: str
) -> None:
    answer = client.get(f"{url}&lang={lang}")
    assert answer.status_code == 200
    assert f'<html lang="{ {"zh": "zh-CN", "en": "en"}[lang] }"' in answer.text
    assert "<h1>" in answer.text
    assert not re.search(r"https?://|//[a-z]", answer.text.replace("// ", "")), "an absolute address"
    page = links(answer.text)
    assert len(page.ids) == len(set(page.ids)), "an id given twice"
    assert all(not urlsplit(u).netloc for u in page.found)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())
def test_no_link_of_a_page_leads_nowhere(client: TestClient, url: str) -> None:
    found = {u.partition("#")[0] for u in links(client.get(url).text).found if u.startswith("/")}
    paths = {urlsplit(u).path: u for u in found}
    for path, link in paths.items():
        if not path.startswith("/assets/"):
            assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("url", TWINS.values(), ids=TWINS.keys())
def test_every_page_has_its_json(client: TestClient, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("url", [u for k, u in TWINS.items() if k not in {"frames.json", "search.json"}])
def test_every_table_of_a_page_has_its_csv_with_the_same_rows(client: TestClient, url: str) -> None:
    tables = client.get(url).json()["tables"]
    assert tables
    for name, table in tables.items():
        path, _, query = url.partition("?")
        text = client.get(f"{path.replace('.json', '.csv')}?{query}&table={name}").content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == len(table["rows"])
        assert {c["key"] for c in table["columns"]} <= set(rows[0] if rows else text.strip().split(","))


def test_the_page_says_the_hour_with_its_start_and_its_end(client: TestClient) -> None:
    assert "2026年2月20日 星期五 08:00–09:00" in client.get("/?t=2026-02-20T08").text
    assert "Friday 20 February 2026 23:00–24:00" in client.get("/?t=2026-02-20T23&lang=en").text


def test_the_table_the_map_and_the_sentence_say_the_same(client: TestClient) -> None:
    data = client.get("/now.json?t=2026-02-20&lang=en").json()
    worst = max(data["places"], key=lambda p: p["aqi"] or 0)
    assert f"Highest is {worst['name']} with AQI {worst['aqi']}" in data["summary"]
    assert sum(data["histogram"]["counts"]) + data["histogram"]["without"] == len(data["places"]) == 13
    html = client.get("/?t=2026-02-20&lang=en").text
    for place in data["places"]:
        assert re.search(rf'data-mark="{place["place"]}".*?<b data-aqi>{place["aqi"]}</b>', html, re.S)


def test_what_is_played_is_what_the_page_shows(client: TestClient) -> None:
    frames = client.get("/frames.json?t=2026-02-20").json()
    page = client.get("/now.json?t=2026-02-20").json()
    i = frames["steps"].index("2026-02-20")
    assert (frames["labels"][i], frames["sentences"][i]) == (page["time"]["label"], page["summary"])
    assert {k: v["aqi"][i] for k, v in frames["places"].items()} == {
        p["place"]: p["aqi"] for p in page["places"]
    }


def test_the_index_of_a_city_is_the_largest_of_its_sub_indices(client: TestClient) -> None:
    data = client.get(f"/city/{BEIJING}.json?t=2026-02-20").json()
    subs = [r["sub_index"] for r in data["tables"]["pollutants"]["rows"] if r["sub_index"] is not None]
    assert data["now"]["aqi"] == max(subs) == data["why"]["value"]


def test_the_tree_behind_an_index_ends_in_the_act_that_brought_the_data_and_in_the_law(
    client: TestClient,
) -> None:
    why = client.get(f"/city/{BEIJING}.json?t=2026-02-20&lang=en").json()["why"]
    assert why["from"][-1]["label"].startswith("HJ 633-2012")
    sub = why["from"][0]
    assert sub["note"].count("×") == 1, "the piece of the law's table is written out"
    rows = sub["from"][0]["from"][0]
    assert "airshed.twin" in rows["from"][0]["label"]
    assert "sha256" in rows["from"][0]["note"]


def test_days_on_either_side_of_a_change_of_law_stand_under_their_own(client: TestClient) -> None:
    before, after = (client.get(f"/city/{BEIJING}.json?t={d}").json() for d in ("2026-02-28", "2026-03-01"))
    assert before["provision"]["version"] == "HJ 633-2012"
    assert after["provision"]["version"] == "HJ 633-2026"


def test_sub_indices_are_those_of_the_law_of_their_own_day(client: TestClient) -> None:
    book = Book.load()
    for version, days in (
        ("HJ 633-2012", ("2026-02-10", "2026-02-28")),
        ("HJ 633-2026", ("2026-03-01", "2026-03-05")),
    ):
        for day in days:
            page = client.get(f"/city/{BEIJING}.json?t={day}").json()
            shown = next(r for r in page["tables"]["pollutants"]["rows"] if r["item"] == "PM₂.₅")
            expected = sub_index([shown["value"]], "pm25", "day", book.version(version, "index"))
            assert shown["sub_index"] == expected[0], day


@pytest.mark.parametrize("value", [0, 35, 75, 115, 500])
def test_a_concentration_on_a_breakpoint_has_its_piece_of_the_table_written_out(value: float) -> None:
    provision = Book.load().version("HJ 633-2012", "index")
    assert f"({value} − " in formula("pm25", "day", value, provision, Words("en"))
    assert formula("pm25", "day", 501, provision, Words("en")) == ""


def test_a_made_region_says_so_on_every_page(client: TestClient) -> None:
    for url in PAGES.values():
        assert "MADE DATA" in client.get(url).text, url


def test_a_page_the_browser_has_is_not_sent_again_until_something_changes(client: TestClient) -> None:
    url = "/ranking?t=2026-02-20"
    tag = client.get(url).headers["etag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    for other in ("/ranking?t=2026-02-21", url + "&lang=en", url + "&theme=dark"):
        assert client.get(other, headers={"If-None-Match": tag}).status_code == 200


def test_a_page_kept_in_one_language_is_sent_anew_in_another(client: TestClient) -> None:
    tag = client.get("/search").headers["etag"]
    for cookie, value in (("airshed_lang", "en"), ("airshed_theme", "dark"), ("airshed_palette", "even")):
        headers = {"If-None-Match": tag, "Cookie": f"{cookie}={value}"}
        assert client.get("/search", headers=headers).status_code == 200, cookie


def test_a_taste_given_once_is_remembered(client: TestClient) -> None:
    client.get("/search?lang=en&theme=dark")
    html = client.get("/search").text
    assert '<html lang="en" data-theme="dark"' in html


def test_switching_the_language_leads_to_the_same_place_and_time(client: TestClient) -> None:
    html = client.get(f"/city/{BEIJING}?t=2026-02-20T08&lang=zh").text
    assert f'href="/city/{BEIJING}?t=2026-02-20T08&amp;lang=en"' in html


def test_a_form_without_javascript_sets_day_and_hour(client: TestClient) -> None:
    data = client.get("/now.json?t=2026-02-20&h=8").json()
    assert data["time"]["t"] == "2026-02-20T08"
    assert client.get("/now.json?t=2026-02-20T08&h=day").json()["time"]["t"] == "2026-02-20"


def test_a_table_sorts_both_ways_and_rows_without_a_value_stand_last(client: TestClient) -> None:
    def order(sort: str) -> list[float]:
        body = client.get(f"/?t=2026-02-20&sort={sort}").text.partition("<tbody>")[2]
        return [float(v) for v in re.findall(r'data-key="pm25">(?:<[^>]*>)?\s*([\d.]+)', body)]

    rising, falling = order("cities.pm25"), order("-cities.pm25")
    assert rising == sorted(rising)
    assert falling == rising[::-1]
    assert client.get("/?t=2026-02-20&sort=cities.nothing").status_code == 400


def test_a_picture_is_drawn_by_the_server_and_stands_alone(client: TestClient) -> None:
    for url in ("/now.svg?t=2026-02-20", f"/city/{BEIJING}.svg?t=2026-02-20&variable=pm25"):
        answer = client.get(url)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg xmlns=")
        assert "href" not in answer.text
    assert client.get(f"/city/{BEIJING}.svg?variable=radon").status_code == 400


def test_an_error_is_a_problem_document_for_machines_and_a_page_for_people(client: TestClient) -> None:
    for url, status in (
        ("/now.json?t=never", 400),
        ("/city/gb2260:999999.json", 404),
        ("/nothing.json", 404),
    ):
        answer = client.get(url)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "status", "title"} <= set(answer.json())
        assert answer.json()["status"] == status
    page = client.get("/?t=never")
    assert page.status_code == 400
    assert "<h1>" in page.text
    assert "2015-12-01T08" in page.text, "the page says what was wanted"


def test_a_problem_of_a_city_names_what_was_wanted_what_came_and_what_to_do(client: TestClient) -> None:
    body = client.get("/city/gb2260:999999.json").json()
    assert {"wanted", "came", "advice"} <= set(body)


def test_an_empty_workspace_says_how_to_fill_it(blank: TestClient) -> None:
    for path in ("/", f"/city/{BEIJING}", "/ranking", "/data", "/law", "/search"):
        answer = blank.get(path)
        assert answer.status_code == 200, path
    assert "airshed ingest" in blank.get("/").text


def test_a_time_without_data_is_said_and_not_left_blank(client: TestClient) -> None:
    html = client.get("/?t=2020-06-01&lang=en").text
    assert "No data at this time" in html
    assert "The newest data are" in html


def test_search_finds_by_name_by_pinyin_and_by_code(client: TestClient) -> None:
    for text in ("唐山", "tangshan", "130200"):
        results = client.get("/search.json", params={"q": text}).json()["results"]
        assert any(r["href"] and "gb2260:130200" in r["href"] for r in results), text


def test_the_law_page_marks_what_is_unverified_and_shows_what_changed(client: TestClient) -> None:
    html = client.get("/law?t=2026-02-20&lang=en").text
    assert "is-unverified" in html
    changes = {
        c["subject"]: c["table"]["rows"]
        for c in client.get("/law.json?t=2026-02-20&lang=en").json()["changes"]
    }
    assert {"what": "breakpoints · day · PM₂.₅ · IAQI 100", "before": "75", "after": "60"} in changes["index"]


@pytest.mark.skipif(not assets().built, reason="the front end is built by `make front-end`")
def test_no_asset_names_an_address_outside() -> None:
    folder = assets().folder
    for file in [*folder.rglob("*.css"), *folder.rglob("*.js")]:
        assert not re.search(r"https?://", file.read_text(encoding="utf-8")), file.name


def test_the_script_is_small(client: TestClient) -> None:
    import gzip

    script = assets().script
    assert script is not None, "build the front end first: make front-end"
    packed = gzip.compress((assets().folder / script).read_bytes())
    assert len(packed) <= 300_000
    answer = client.get(f"/assets/{script}")
    assert "immutable" in answer.headers["cache-control"]


def test_without_the_package_of_boundaries_the_map_shows_marks_alone(
    made: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object, **__: object) -> None:
        raise Missing("boundaries", "none", "pip install airshed[boundaries]")

    monkeypatch.setattr("airshed.places.boundaries.boundaries", absent)
    html = TestClient(create_app(made)).get("/?t=2026-02-20").text
    assert html.count("data-mark=") == 13
    assert "data-area=" not in html
