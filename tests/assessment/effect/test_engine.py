"""The engine beside the statistics: its answer where it has one, its reason where not."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from airshed.assessment.effect import engine
from airshed.assessment.effect.engine import engine_effect
from airshed.emissions import Measure, Scenario
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.transport import WhatIf

WINDOW = (date(2026, 1, 10), date(2026, 1, 12))
CASE: Any = SimpleNamespace(about=SimpleNamespace(made=True))


def scenario(*species: str) -> Scenario:
    return Scenario("s", (Measure("m", {"zh": "减排", "en": "cut"}, 50.0, species=species),))


def test_what_the_engine_says_is_the_mean_change_in_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pl.DataFrame({
        "day": [WINDOW[0]] * 2, "receptor": ["a", "b"], "before": [100.0, 50.0], "after": [80.0, 50.0]
    })  # fmt: skip
    told = WhatIf("s", table, "exact", 0.6, 0.1, (), True)
    monkeypatch.setattr(engine, "what_if", lambda *words, **named: told)
    found = engine_effect(CASE, scenario("pm25"), *WINDOW, Gazetteer.load())
    assert found.refused is None
    assert found.table is not None
    assert dict(found.table.select("receptor", "change").iter_rows()) == pytest.approx({"a": -20.0, "b": 0.0})
    assert found.share_predicted == 0.6


def test_a_measure_that_contributions_do_not_predict_is_refused_with_the_engines_reason() -> None:
    found = engine_effect(CASE, scenario("so2"), *WINDOW, Gazetteer.load())
    assert found.table is None
    assert found.refused is not None
    assert "does not predict" in found.refused


def test_days_without_footprints_are_a_reason_not_a_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: Any, **named: Any) -> WhatIf:
        raise BadInput("footprints of the days", "none", "run them")

    monkeypatch.setattr(engine, "what_if", refuse)
    assert "run them" in str(engine_effect(CASE, scenario("pm25"), *WINDOW, Gazetteer.load()).refused)
