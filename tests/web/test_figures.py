"""What a page says of single figures: stations, flagged values, the tree behind a number, its source."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest
from fastapi.testclient import TestClient

from airshed.observations.flags import Flag, names, severity
from airshed.observations.ingest import ingest
from airshed.store import View
from airshed.web import create_app
from airshed.workspace import Settings, Workspace, init
from conftest import shared_data

BEIJING = "gb2260:110000"


def test_stations_carry_their_own_category_by_hour_and_none_by_day(client: TestClient) -> None:
    by_hour = client.get("/now.json?t=2026-02-20T08").json()["stations"]
    by_day = client.get("/now.json?t=2026-02-20").json()["stations"]
    assert {s["id"] for s in by_hour} == {s["id"] for s in by_day}
    assert sum(s["category"] is not None for s in by_hour) > len(by_hour) / 2
    assert {s["category"] for s in by_day} == {None}
    assert all(s["official"] for s in by_hour)


def test_a_station_played_to_an_hour_has_the_category_its_page_of_that_hour_gives_it(
    client: TestClient,
) -> None:
    frames = client.get("/frames.json?t=2026-02-20T08").json()
    for hour in ("2026-02-20T03", "2026-02-21T19"):
        at = frames["steps"].index(hour)
        page = {s["id"]: s["category"] for s in client.get(f"/now.json?t={hour}").json()["stations"]}
        assert {s: frames["stations"].get(s, [None] * (at + 1))[at] for s in page} == page
        assert any(page.values())
    assert client.get("/frames.json?t=2026-02-20").json()["stations"] == {}, "days colour no station"


def test_a_chart_marks_the_values_that_were_flagged_and_no_others(
    client: TestClient, made: Workspace
) -> None:
    rows = made.query(
        View.everything(), places=[BEIJING, *(s.id for s in made.gazetteer.stations([BEIJING]))]
    )
    flags = pl.DataFrame(pl.from_arrow(made.engine.run(rows.select("variable", "start", "flag"))))
    odd = flags.filter(pl.col("flag").map_elements(_grave, return_dtype=pl.Boolean))
    local = odd.with_columns(pl.col("start") + timedelta(hours=8))["variable", "start"].unique()
    expected = {(v, f"{s:%Y-%m-%dT%H}") for v, s in local.iter_rows()}
    html = client.get(f"/city/{BEIJING}?t=2026-02-20T08").text
    told = json.loads(html.partition("data-readings>")[2].partition("</script>")[0])
    shown = {(v, told["steps"][int(i)]) for v, marks in told["flags"].items() for i in marks}
    assert shown == {e for e in expected if e[1] in told["steps"]}
    assert html.count('<g class="flagged">') == len(shown)


def _grave(bits: int) -> bool:
    return any(severity(Flag[n.upper()]) in {"invalid", "suspect"} for n in names(int(bits)))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_tree_behind_a_ranked_index_begins_with_the_figure_of_the_table(
    client: TestClient, lang: str
) -> None:
    ranking = client.get(f"/ranking.json?t=2026-02-20&lang={lang}").json()["tables"]["ranking"]["rows"]
    row = next(r for r in ranking if r["composite"] is not None)
    url = urlsplit(row["why"]["composite"])
    tree = client.get(f"{url.path}.json?{url.query}").json()["tree"]
    assert round(tree["value"], 2) == round(row["composite"], 2)
    assert len(tree["children"]) == 6
    assert client.get(row["why"]["good_share"]).status_code == 200


def test_an_explanation_of_a_quantity_nobody_knows_is_refused(client: TestClient) -> None:
    for query in (
        "quantity=colour&from=2026-02-01&to=2026-02-02",
        "quantity=composite&from=soon&to=2026-02-02",
    ):
        assert client.get(f"/why/{BEIJING}.json?{query}").status_code == 400


def test_clauses_are_cited_in_the_language_of_the_page(client: TestClient) -> None:
    cited = {
        lang: client.get(f"/law.json?t=2026-02-20&lang={lang}").json()["provisions"] for lang in ("zh", "en")
    }
    chinese, english = ([p["clause"] for p in cited[lang]] for lang in ("zh", "en"))
    assert all(a != b for a, b in zip(chinese, english, strict=True))


def test_no_region_is_shown_as_made_but_a_made_one(made: Workspace) -> None:
    html = TestClient(create_app(made)).get("/law?region=bth13").text
    assert 'class="band made"' not in html


@pytest.mark.parametrize(
    ("prefer", "source", "coverage"),
    [((), "compilation", "reported"), (("prsa",), "UCI", "of 24")],
    ids=["by name", "as preferred"],
)
def test_a_figure_names_the_source_it_was_taken_from_where_several_sources_speak(
    tmp_path: Path, prefer: tuple[str, ...], source: str, coverage: str
) -> None:
    """Hours of Beijing's sites on 1 December beside a compilation of days that goes on."""
    workspace = init(tmp_path / "two", Settings(region="bth13", prefer=prefer))
    days = pl.read_parquet(shared_data("air_quality/city_daily_366cities_20131202_20160229.parquet"))
    hours = pl.read_parquet(shared_data("air_quality/prsa_beijing_12sites_hourly_20130301_20160229.parquet"))
    early = pl.col("date").is_between(date(2015, 12, 1), date(2015, 12, 9))
    days.filter(pl.col("city") == "北京", early).write_parquet(tmp_path / "days.parquet")
    two_days = (pl.col("year") == 2015) & (pl.col("month") == 12) & (pl.col("day") < 3)
    hours.filter(two_days).write_parquet(tmp_path / "hours.parquet")
    ingest(workspace, [tmp_path / "days.parquet"], feed="city-daily", by="test")
    ingest(workspace, [tmp_path / "hours.parquet"], feed="prsa", by="test")
    console = TestClient(create_app(workspace))
    for day, whose, how in (("2015-12-01", source, coverage), ("2015-12-05", "compilation", "reported")):
        rows = console.get(f"/city/{BEIJING}.json?t={day}&lang=en").json()["tables"]["pollutants"]["rows"]
        assert whose in rows[0]["source"], day
        assert how in rows[0]["coverage"], day
    workspace.close()
