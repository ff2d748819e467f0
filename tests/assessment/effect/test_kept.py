"""What is kept and printed of effects beside the figures themselves."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import polars as pl

from airshed.assessment.effect.engine import EngineEffect
from airshed.cli.effect import _of_place as beside
from airshed.cli.effect_words import trend_table


def test_a_kept_event_has_the_engine_beside_it_where_the_engine_speaks_of_it() -> None:
    table = pl.DataFrame({"receptor": ["gb2260:110000", "gb2260:120000"], "change": [-12.5, -3.0]})
    told = EngineEffect(date(2026, 1, 10), date(2026, 1, 12), table, 0.6, "exact", True, None)
    effect: Any = SimpleNamespace(place="gb2260:110000", variable="pm25")
    assert beside(told, effect, "twin") == {"percent": -12.5, "case": "twin"}
    other: Any = SimpleNamespace(place="gb2260:110000", variable="no2")
    assert beside(told, other, "twin") is None, "the engine has primary PM2.5 alone"
    far: Any = SimpleNamespace(place="gb2260:310000", variable="pm25")
    assert beside(told, far, "twin") is None
    silent = EngineEffect(date(2026, 1, 10), date(2026, 1, 12), None, None, None, True, "no footprints")
    assert beside(silent, effect, "twin") is None


def test_a_table_of_trends_has_a_column_for_each_of_its_cells() -> None:
    change = {"earlier": "2013-03-01", "percent": -5.0, "ninety_five": [-9.0, -1.0], "later": "2014-03-01"}
    pair = {"observed": change, "normalised": change, "corrected": change}
    rate = {"percent": -3.0, "p": 0.01, "verdict": "fall"}
    row = {
        "variable": "so2",
        "changes": [pair],
        "slope": {"normalised": rate},
        "blocked_r2": 0.6,
        "random_r2": 0.9,
    }
    columns = trend_table([row], "en").columns
    assert [c.header for c in columns][3:6] == ["normalised", "corrected", "95 % interval"]
    assert all(c.header for c in columns)
