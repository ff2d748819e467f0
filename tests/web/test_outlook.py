"""The pages of the outlook, of scorecards and of effects: they say what members, scores and placebos say."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from fastapi.testclient import TestClient

from airshed.assessment.effect.cards import card_of, keep_effect, kept_effects, known_event, load_effect
from airshed.errors import BadInput
from airshed.forecast.cards import keep_card, kept_cards, load_card
from airshed.forecast.outlook import heavy_probability, holding
from airshed.forecast.shelf import load_outlook, outlooks
from airshed.law import Book
from airshed.observations.index import NO_INDEX, category_of, sub_index
from airshed.observations.panel import DAILY_POLLUTANTS
from airshed.web import create_app
from airshed.web.outlook import Outlook, bounds_of
from airshed.workspace import Workspace, open_workspace
from web.ahead import LEVELS, keep_all, made_effect
from web.conftest import NOW
from web.test_pages import links

pytestmark = pytest.mark.xdist_group("outlook")

BEIJING = "gb2260:110000"
ISSUES = (date(2026, 3, 7), date(2026, 2, 23))
"""The second issue's days run across the day on which the index changes."""
PAGES = {
    "board": "/outlook?t=2026-03-11",
    "board of another issue": "/outlook?issue=20260223T2000-blend-feed&above=100&hours=24",
    "city": f"/outlook/city/{BEIJING}?t=2026-03-11",
    "city with members": f"/outlook/city/{BEIJING}?variable=o3_mda8&members=on&issue=20260223T2000-blend-feed",
    "city without an outlook": "/outlook/city/gb2260:310000?t=2026-03-11",
    "map": "/outlook/map?t=2026-03-11",
    "scorecards": "/scorecards?season=winter&lead=3",
    "effects": "/effects?t=2026-03-11",
    "one effect": "/effects?show=alert",
}


@pytest.fixture(scope="module")
def ahead(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the made region with outlooks, a scorecard and effects: other tests see none of them."""
    folder = tmp_path_factory.mktemp("ahead") / "made"
    shutil.copytree(made.folder, folder)
    workspace = open_workspace(folder)
    keep_all(workspace, ISSUES)
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def browse(ahead: Workspace) -> TestClient:
    return TestClient(create_app(ahead, now=lambda: NOW))


@pytest.fixture(scope="module")
def held(ahead: Workspace) -> Outlook:
    names = tuple(outlooks(ahead.folder))
    return Outlook(load_outlook(ahead.folder, names[0]), names[0], names)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())
def test_a_page_ahead_reads_in_both_languages_and_says_that_it_is_made(
    browse: TestClient, url: str, lang: str
) -> None:
    answer = browse.get(f"{url}&lang={lang}")
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert "MADE DATA" in answer.text
    page = links(answer.text)
    assert len(page.ids) == len(set(page.ids)), "an id given twice"
    assert not re.search(r"https?://|[^:]//[a-z]", answer.text), "an absolute address"


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())
def test_no_link_of_a_page_ahead_leads_nowhere(browse: TestClient, url: str) -> None:
    found = {u.partition("#")[0] for u in links(browse.get(url).text).found if u.startswith("/")}
    for link in {u.partition("?")[0]: u for u in found}.values():
        if not link.startswith("/assets/"):
            assert browse.get(link).status_code == 200, link


@pytest.mark.parametrize(
    "url", ["/outlook", f"/outlook/city/{BEIJING}", "/outlook/map", "/scorecards", "/effects"]
)
def test_every_table_ahead_has_its_csv_with_the_same_rows(browse: TestClient, url: str) -> None:
    tables = browse.get(f"{url}.json").json()["tables"]
    assert tables
    for name, table in tables.items():
        lines = browse.get(f"{url}.csv?table={name}").content.decode("utf-8-sig").splitlines()
        assert len(lines) == len(table["rows"]) + 1


def test_the_board_puts_the_city_most_likely_to_be_heavy_first(browse: TestClient, held: Outlook) -> None:
    rows = browse.get("/outlook.json").json()["rows"]
    heavy = heavy_probability(held.data)
    assert [r["worst"] for r in rows] == sorted((r["worst"] for r in rows), reverse=True)
    for row in rows:
        assert [c["heavy"] for c in row["cells"]] == pytest.approx(heavy.sel(place=row["place"]).values)


def test_a_cell_below_five_per_cent_draws_no_bar(browse: TestClient) -> None:
    cells = [c for r in browse.get("/outlook.json").json()["rows"] for c in r["cells"]]
    assert {c["shown"] is None for c in cells} == {True, False}
    assert all((c["shown"] is None) == (c["heavy"] < 0.05) for c in cells)


def test_how_long_a_bound_is_exceeded_is_counted_in_members(browse: TestClient, held: Outlook) -> None:
    rows = browse.get("/outlook.json?above=150&hours=72").json()["rows"]
    wanted = holding(held.data, 150, 72)
    assert {r["place"]: r["holds"] for r in rows} == pytest.approx(
        {r["place"]: float(wanted.sel(place=r["place"])) for r in rows}
    )


def test_index_and_category_of_a_cell_are_of_one_and_the_same_member(held: Outlook) -> None:
    index, category = held.middle
    law = Book.load().version("HJ 633-2026", "index")
    assert (category == category_of(index.ravel(), law).reshape(index.shape)).all()
    low, high = held.levels(0.8)
    assert (low <= index).all()
    assert (index <= high).all()


def test_a_member_without_an_index_counts_for_nothing_in_the_middle(held: Outlook) -> None:
    data = held.data.copy(deep=True)
    data["index"][::2] = NO_INDEX
    data["category"][::2] = NO_INDEX
    index, category = Outlook(data, held.name, held.names).middle
    assert (index >= 0).all()
    assert (index == np.sort(data["index"].values[1::2], axis=0)[(data.sizes["member"] // 2 - 1) // 2]).all()
    data["index"][:] = NO_INDEX
    index, category = Outlook(data, held.name, held.names).middle
    assert (index == NO_INDEX).all()
    assert (category == NO_INDEX).all()


def test_the_region_is_heavy_where_any_city_is_in_the_same_member(held: Outlook) -> None:
    any_heavy = held.any_heavy(held.places)
    assert (any_heavy >= held.heavy.max(axis=0) - 1e-12).all()
    assert (any_heavy <= held.heavy.sum(axis=0) + 1e-12).all()


def test_what_the_map_plays_is_what_the_board_shows(browse: TestClient) -> None:
    frames = browse.get("/outlook/frames.json").json()
    for row in browse.get("/outlook.json").json()["rows"]:
        told = frames["places"][row["place"]]
        assert told["aqi"] == [c["aqi"] for c in row["cells"]]
        assert told["ring"] == [round(100 * c["heavy"]) for c in row["cells"]]
    page = browse.get("/outlook/map.json?t=2026-03-11").json()
    at = frames["steps"].index("2026-03-11")
    assert (frames["labels"][at], frames["sentences"][at]) == (page["time"]["label"], page["summary"])


def test_a_cursor_outside_the_outlook_stands_on_its_nearest_day(browse: TestClient) -> None:
    for t, wanted in (
        ("2026-02-20", "2026-03-08"),
        ("2026-12-31", "2026-03-17"),
        ("2026-03-10", "2026-03-10"),
    ):
        assert browse.get(f"/outlook.json?t={t}").json()["time"]["day"] == wanted


def test_the_tree_behind_a_probability_counts_members_and_ends_in_method_weather_data_and_law(
    browse: TestClient, held: Outlook
) -> None:
    why = browse.get(f"/outlook/city/{BEIJING}.json?t=2026-03-11&lang=en").json()["why"]
    at = held.data.sel(place=BEIJING, day="2026-03-11")
    above = int((at["index"] > at["heavy_above"]).sum())
    assert why["from"][0]["value"] == f"{above} / 50"
    assert why["value"] == f"{2 * above}%"
    said = [n["label"] for n in why["from"][0]["from"]]
    assert ["Blend" in said[0], "forecast feed" in said[1], "hours to 20:00" in said[2]] == [True] * 3
    assert why["from"][-1]["label"].startswith("HJ 633-2026")


def test_chances_of_a_day_make_one(browse: TestClient) -> None:
    for row in browse.get(f"/outlook/city/{BEIJING}.json").json()["tables"]["days"]["rows"]:
        assert sum(row[f"c{n}"] for n in range(1, 7)) == pytest.approx(1)


@pytest.mark.parametrize("item", DAILY_POLLUTANTS)
@pytest.mark.parametrize("version", ["HJ 633-2012", "HJ 633-2026"])
def test_a_hairline_of_the_law_is_where_the_index_reaches_the_end_of_a_category(
    version: str, item: str
) -> None:
    provision = Book.load().version(version, "index")
    tops = [c["to"] for c in provision.value["categories"]]
    found = bounds_of(provision, item)
    assert len(found) >= 4
    assert sub_index(found, item, "day", provision).tolist() == tops[: len(found)]


def test_hairlines_step_on_the_day_the_law_changes(browse: TestClient) -> None:
    html = browse.get(f"/outlook/city/{BEIJING}?issue=20260223T2000-blend-feed").text
    assert re.search(r'class="bound" d="M[\d. ]+H[\d.]+(H[\d.]+)*V', html)


def test_members_are_drawn_only_when_asked_for(browse: TestClient) -> None:
    url = f"/outlook/city/{BEIJING}?t=2026-03-11"
    assert browse.get(url).text.count('class="member"') == 0
    assert browse.get(f"{url}&members=on").text.count('class="member"') == 50


def test_what_a_forecaster_put_stands_in_the_fan_the_last_of_a_cell_alone(browse: TestClient) -> None:
    rows = browse.get(f"/outlook/city/{BEIJING}.json").json()["tables"]["edits"]["rows"]
    assert [(r["day"], r["edited"], r["low"], r["high"], r["editor"]) for r in rows] == [
        ("2026-03-10", 230.0, 170.0, 300.0, "王"), ("2026-03-11", 140.0, None, None, "李"),
    ]  # fmt: skip
    assert [r["at"] for r in rows] == ["2026-03-07 22:00", "2026-03-07 21:00"]  # in the desk's own time
    text = browse.get(f"/outlook/city/{BEIJING}?variable=pm25&lang=en").text
    assert (text.count('class="edit-dot"'), text.count('class="edit-bar"')) == (2, 1)
    readings = json.loads(re.search(r"data-readings>(.*?)</script>", text, re.DOTALL)[1])  # type: ignore[index]
    step = readings["steps"].index("2026-03-10")
    assert readings["values"]["pm25"][step].endswith("王: 230")
    x = float(re.search(r'class="edit-dot" d="M([\d.]+)', text)[1])  # type: ignore[index]
    assert x == pytest.approx((step + 0.5) * 1000 / len(readings["steps"]), abs=0.1)


def test_where_no_forecaster_was_nothing_is_drawn(browse: TestClient) -> None:
    for url in (f"/outlook/city/{BEIJING}?variable=pm10", "/outlook/city/gb2260:120000?variable=pm25"):
        assert "edit-dot" not in browse.get(url).text
    assert "edits" not in browse.get("/outlook/city/gb2260:120000.json").json()["tables"]
    assert (
        "edits" in browse.get(f"/outlook/city/{BEIJING}.json?variable=pm10").json()["tables"]
    )  # of all pollutants


def test_an_edit_changes_what_a_page_ahead_is_known_by(ahead: Workspace, browse: TestClient) -> None:
    file = ahead.folder / "outlooks" / "20260307T2000-blend-feed" / "edits.csv"
    kept, url = file.read_bytes(), f"/outlook/city/{BEIJING}"
    tag = browse.get(url).headers["etag"]
    file.write_bytes(kept.replace(b"140.0", b"145.0"))
    answer = browse.get(url, headers={"If-None-Match": tag})
    file.write_bytes(kept)
    assert answer.status_code == 200


def test_the_board_names_the_days_of_the_week(browse: TestClient) -> None:
    for lang, name in (("zh", "周日"), ("en", "Sun")):
        assert f"{name} · +1" in browse.get(f"/outlook?lang={lang}&issue=20260307T2000-blend-feed").text


def test_a_fan_can_be_taken_away_as_a_picture(browse: TestClient) -> None:
    answer = browse.get(f"/outlook/city/{BEIJING}.svg?variable=co&members=on")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg xmlns=")
    assert browse.get(f"/outlook/city/{BEIJING}?variable=radon").status_code == 400


NOTHING = ("/outlook?above=123", "/outlook?hours=7", "/outlook?issue=none", "/scorecards?card=none",
           "/scorecards?place=nowhere", "/scorecards?lead=99")  # fmt: skip


@pytest.mark.parametrize("url", NOTHING)
def test_what_there_is_not_is_refused_with_what_there_is(browse: TestClient, url: str) -> None:
    body = browse.get(url.replace("?", ".json?")).json()
    assert body["status"] == 400
    assert body["wanted"]


def test_a_scorecard_has_its_references_beside_every_method(browse: TestClient) -> None:
    data = browse.get("/scorecards.json").json()
    rows = data["tables"]["scores"]["rows"]
    by_lead: dict[int, set[str]] = {}
    for row in rows:
        by_lead.setdefault(row["lead"], set()).add(row["method"])
    assert set(by_lead) == {1, 2, 3, 5, 7, 10}
    assert all(methods == {"persistence", "climatology", "ridge", "blend"} for methods in by_lead.values())
    assert all(row["rmse_low"] <= row["rmse"] <= row["rmse_high"] for row in rows)
    assert [m["shade"] for m in data["methods"]] == ["persistence", "climatology", "m1", "m2"]


def test_a_scorecard_of_a_city_is_of_that_city_alone(browse: TestClient, ahead: Workspace) -> None:
    card, _ = load_card(ahead.folder)
    place = next(p for p in card["place"].unique(maintain_order=True) if p != "all")
    rows = browse.get(f"/scorecards.json?place={place}").json()["tables"]["scores"]["rows"]
    wanted = card.filter((pl.col("place") == place) & (pl.col("season") == "all") & (pl.col("lead") == 1))
    shown = {r["method"]: r["rmse"] for r in rows if r["lead"] == 1}
    assert shown == pytest.approx(dict(wanted.select("method", "rmse").iter_rows()))


def test_an_effect_within_its_placebos_is_called_not_detectable(browse: TestClient) -> None:
    cards = {c["name"]: c for c in browse.get("/effects.json?lang=en").json()["cards"]}
    for card in cards.values():
        inside = card["band_low"] <= card["percent"] <= card["band_high"]
        assert card["detected"] != inside
    assert (cards["alert"]["word"], cards["summit"]["word"]) == ("not detectable", "detected — a fall")
    html = browse.get("/effects?lang=en").text
    assert "−26 … −20 %" in html, "what others published stands beside"
    assert html.count('class="placebo-hair"') == 2 * 39 + 9, (
        "placebos of two events, alerts of a pooled estimate"
    )


def test_observed_over_what_would_have_been_is_the_effect_shown(browse: TestClient) -> None:
    for card in browse.get("/effects.json").json()["cards"]:
        assert 100 * (card["observed"] / card["counterfactual"] - 1) == pytest.approx(card["percent"])


def test_an_empty_workspace_says_what_to_run_for_each_page_ahead(blank: TestClient) -> None:
    for path, command in (
        ("/outlook", "airshed forecast"), ("/outlook/map", "airshed forecast"),
        (f"/outlook/city/{BEIJING}", "airshed forecast"),
        ("/scorecards", "airshed verify"), ("/effects", "airshed effect"),
    ):  # fmt: skip
        answer = blank.get(path)
        assert answer.status_code == 200
        assert command in answer.text


def test_a_workspace_with_an_edited_outlook_alone_says_what_else_there_could_be(
    ahead: Workspace, tmp_path: Path
) -> None:
    shutil.copytree(ahead.folder, tmp_path / "made")
    for kind in ("scorecards", "effects"):
        shutil.rmtree(tmp_path / "made" / kind)
    with closing(open_workspace(tmp_path / "made")) as workspace:
        client = TestClient(create_app(workspace, now=lambda: NOW))
        for path, command in (("/scorecards", "airshed verify"), ("/effects", "airshed effect")):
            answer = client.get(path)
            assert answer.status_code == 200
            assert command in answer.text


def test_a_page_ahead_is_sent_anew_when_an_outlook_comes(ahead: Workspace, browse: TestClient) -> None:
    tag = browse.get("/effects").headers["etag"]
    assert browse.get("/effects", headers={"If-None-Match": tag}).status_code == 304
    keep_effect(
        ahead.folder, "late", card_of(made_effect(BEIJING, 0.0), {"zh": "晚", "en": "late"}, made=True)
    )
    assert browse.get("/effects", headers={"If-None-Match": tag}).status_code == 200
    (ahead.folder / "effects" / "late.json").unlink()


def test_cards_come_back_from_the_shelf_as_they_were_put_there(tmp_path: Path) -> None:
    table = pl.DataFrame({"method": ["ridge"], "rmse": [1.5], "value": [[0.1, None]]})
    about = dict.fromkeys(("train", "test", "standard", "digest", "made"), "x")
    keep_card(tmp_path, "a+b", table, about)
    found, said = load_card(tmp_path)
    assert found.equals(table)
    assert (said, kept_cards(tmp_path)) == (about, ["a+b"])
    effect = made_effect(BEIJING, -0.4)
    told = known_event(effect)
    assert told is not None
    assert [p["study"] for p in told["published"]] == ["Ansari 2019"]
    assert known_event(made_effect(BEIJING, -0.4, days=8)) is None, "another period is another event"
    card = card_of(effect, told["names"], published=told["published"])
    keep_effect(tmp_path, "apec", card)
    assert (load_effect(tmp_path, "apec"), kept_effects(tmp_path)) == (card, ["apec"])


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 100])
def test_a_name_that_would_leave_the_shelf_is_refused(tmp_path: Path, name: str) -> None:
    table, about = (
        pl.DataFrame({"a": [1]}),
        dict.fromkeys(("train", "test", "standard", "digest", "made"), "x"),
    )
    with pytest.raises(BadInput, match="name"):
        keep_card(tmp_path, name, table, about)
    with pytest.raises(BadInput, match="name"):
        keep_effect(tmp_path, name, {"form": 1})


def test_the_made_levels_are_the_pollutants_an_outlook_has() -> None:
    assert tuple(LEVELS) == DAILY_POLLUTANTS
