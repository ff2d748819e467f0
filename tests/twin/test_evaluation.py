"""What the demonstration knows of its earlier years: files, a scorecard, effects beside the truth, and their pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl
import pytest
from fastapi.testclient import TestClient

from airshed.assessment.effect.cards import load_effect
from airshed.forecast.cards import load_card
from airshed.observations.panel import read_rows
from airshed.places import Gazetteer
from airshed.twin import evaluation
from airshed.twin.evaluation import lay_down_evaluation
from airshed.twin.lived import AIR, ALERTS, WEATHER, years_before
from airshed.twin.plan import Plan
from airshed.twin.region import MADE, MadeRegion
from airshed.web import create_app
from airshed.workspace import Workspace
from cheap_air import prepare

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A made region with cheap air of its own days, and its earlier years: a minute of work."""
    workspace = prepare(tmp_path_factory.mktemp("evaluated") / "made", days=12)
    plan = Plan("demo", "bth13", date(2026, 2, 1), 12, cell=25_000.0, truth_cell=25_000.0)
    lay_down_evaluation(MadeRegion(workspace, plan, lambda *_: None))
    yield workspace
    workspace.close()


def test_the_years_are_files_that_feeds_read_without_a_complaint(made: Workspace) -> None:
    for feed, name in (("city-daily", AIR), ("city-weather", WEATHER)):
        rows = read_rows(feed, [made.folder / MADE / name], Gazetteer.load())
        assert rows["place"].n_unique() == 13
        days = rows["start"].dt.convert_time_zone("Asia/Shanghai").dt.date()
        assert (days.min(), days.max()) == (date(2023, 2, 1), date(2026, 1, 31))
    alerts = pl.read_csv(made.folder / MADE / ALERTS)
    assert alerts.columns == ["place", "from", "until"]


def test_the_blend_beats_its_references_where_weather_is_told(made: Workspace) -> None:
    card, about = load_card(made.folder)
    assert (about["made"], about["test"]) == ("yes", "2025-02-01/2026-01-31")
    told = card.filter(place="all", weather="degraded", lead=1, season="all")
    rmse = dict(told.select("method", "rmse").iter_rows())
    assert rmse["blend"] < min(rmse["persistence"], rmse["climatology"])


def test_the_estimates_hold_what_was_planted(made: Workspace) -> None:
    summit = load_effect(made.folder, "summit")
    assert summit["verdict"] == "fall"
    assert summit["interval"][0] < summit["published"][0]["low"] < summit["interval"][1]
    alone = load_effect(made.folder, "alert")
    assert alone["verdict"] == "not detectable", "one alert of one city shows nothing under 30 %"
    pooled = load_effect(made.folder, "alerts")
    low, high = pooled["told"]["interval80_percent"]
    assert low < pooled["published"][0]["low"] < high
    assert pooled["told"]["detectable"]


def test_pages_show_them_and_say_that_they_are_made(made: Workspace) -> None:
    browse = TestClient(create_app(made))
    for path, word in (("/scorecards?lang=en", "Blend"), ("/effects?lang=en", "A made summit")):
        html = browse.get(path).text
        assert word in html
        assert "MADE DATA" in html


def test_what_stands_is_left_as_it_is(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(evaluation, "live", never)
    lay_down_evaluation(MadeRegion(made, Plan("demo", "bth13", date(2026, 2, 1), 12), lambda *_: None))


def test_a_year_begins_on_the_same_day_even_after_a_leap_day() -> None:
    assert years_before(date(2028, 2, 29), 1) == date(2027, 2, 28)
    assert years_before(date(2026, 12, 31), 3) == date(2023, 12, 31)
