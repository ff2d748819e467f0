"""Pooled alerts and trends on the page of effects, from the shelf to the drawing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from airshed.assessment.effect.cards import keep_effect, told_card
from airshed.assessment.effect.plain import as_json, pooled_dict
from airshed.web.app import create_app
from airshed.web.drawing.strip import draw_days, draw_strip
from airshed.workspace import Workspace, open_workspace
from web.ahead import WINTER, made_effect, made_pooled, made_trend

BEIJING = "gb2260:110000"
NO_EFFECTS = shutil.ignore_patterns("effects")  # other tests may have kept some in the made region
TRUTH = [{"study": {"zh": "真值", "en": "the truth"}, "low": -21.0, "high": -21.0}]


@pytest.fixture(scope="module")
def browse(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A workspace that keeps a pooled estimate and a trend, and no event."""
    folder = tmp_path_factory.mktemp("effects") / "made"
    shutil.copytree(made.folder, folder, ignore=NO_EFFECTS)
    places = made.region().members_on(date(2026, 3, 10))[:3]
    with closing(open_workspace(folder)) as workspace:
        keep_effect(
            folder,
            "winter-pm25",
            told_card("pooled", pooled_dict(made_pooled(places)), WINTER, published=TRUTH),
        )
        keep_effect(
            folder,
            "years-pm25",
            told_card("trend", made_trend(BEIJING), WINTER, made=True),
        )
        yield TestClient(create_app(workspace))


def test_a_pooled_estimate_says_what_went_in_and_what_was_refused(browse: TestClient) -> None:
    told = browse.get("/effects.json?lang=en").json()
    (card,) = told["pooled"]
    assert (card["alerts"], card["episodes"], card["refused"], card["few"]) == (9, 3, 1, True)
    found = made_pooled(tuple(f"p{n}" for n in range(3)))
    assert card["percent"] == pytest.approx(found.percent)
    assert card["word"] == ("detected — a fall" if found.detectable else "not detectable")
    rows = told["tables"]["alerts"]["rows"]
    assert len(rows) == 9 + 1
    assert [r["episode"] for r in rows] == [1, 1, 1, 2, 2, 2, 3, 3, 3, None], (
        "by day; the one refused came last"
    )
    assert (rows[-1]["reason"], rows[-1]["percent"]) == ("wanted: days with weather", None)
    html = browse.get("/effects?lang=en").text
    assert html.count('class="placebo-hair"') == 9, "a hair for each alert"
    assert "too narrow" in html
    assert "1 more could not be evaluated" in html
    assert "<b>−21 %</b> the truth" in html
    assert "<b>−21 %</b> 真值" in browse.get("/effects?lang=zh").text
    assert html.count('class="placebo-other"') == 1, "what others found lies on the strip too"


def test_a_trend_leads_with_the_corrected_change_of_its_longest_stretch(browse: TestClient) -> None:
    (card,) = browse.get("/effects.json?lang=en").json()["trends"]
    assert card["last_change"]["percent"] == pytest.approx(-10.0)
    assert (card["last_change"]["observed"], card["last_change"]["high"]) == (-15.0, -3.5)
    assert (card["start"], card["verdict"]) == ("2013-03-01", "fall")
    html = browse.get("/effects?lang=en&show=years-pm25").text
    assert "blocks of 14 days 0.61" in html
    assert "too few years" in html, "the law's own test"
    assert html.count("<article") == 1


def test_a_month_that_was_not_held_leaves_a_gap_in_its_own_place(browse: TestClient) -> None:
    html = browse.get("/effects?show=years-pm25").text
    path = html.partition('class="seen" d="')[2].partition('"')[0]
    points = path.replace("M", "L").split("L")[1:]
    at = [float(p.split()[0]) for p in points]
    step = 1000 / 36
    assert len(at) == 35
    assert np.diff(at).max() == pytest.approx(2 * step, abs=0.2)
    assert at[7] == pytest.approx(8.5 * step, abs=0.1)


def test_without_an_event_there_is_no_table_of_events(browse: TestClient) -> None:
    told = browse.get("/effects.json").json()
    assert set(told["tables"]) == {"alerts", "changes"}
    assert (told["cards"], told["made"]) == ([], True)
    assert browse.get("/effects.csv?table=changes").text.count("\n") == 1 + 2


def test_a_strip_without_chance_has_no_band_and_days_without_it_no_area() -> None:
    strip = draw_strip(-20, (-30, -10), None, [-20.0, 5.0], str)
    assert strip["band"] is None
    assert strip["hairs"][0] == strip["effect"]
    assert draw_days([1.0, 2.0], [2.0, 2.0], str)["band"] == ""
    assert draw_days([1.0, 2.0], [2.0, 2.0], str, (0.5, 1.5))["band"].count("L") == 3


def test_one_episode_alone_has_no_interval(made: Workspace, tmp_path: Path) -> None:
    from airshed.assessment.effect.pooled import pool

    shutil.copytree(made.folder, tmp_path / "made", ignore=NO_EFFECTS)
    alone = pool([made_effect(BEIJING, -0.3)], np.zeros(1, dtype=np.int64))
    keep_effect(tmp_path / "made", "alone", told_card("pooled", pooled_dict(alone), WINTER))
    with closing(open_workspace(tmp_path / "made")) as workspace:
        (card,) = TestClient(create_app(workspace)).get("/effects.json").json()["pooled"]
    assert (card["p"], card["detected"]) == (None, False)
    assert card["figures"]["interval"] == "—"


def test_what_is_told_has_no_number_that_json_lacks() -> None:
    told = as_json(
        {"a": np.float64("nan"), "b": (np.int64(3), date(2026, 1, 2)), "c": [float("inf"), True, None]}
    )
    assert told == {"a": None, "b": [3, "2026-01-02"], "c": [None, True, None]}
