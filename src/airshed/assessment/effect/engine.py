"""The engine's own answer beside the statistics: the air with and without the measures, where part 2 has weather.

Never one number: the regression sees what was measured with all that happened besides; the engine sees primary PM2.5
of its inventory under the measures as ordered. Where they differ by more than their bands, one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from airshed.emissions import Scenario
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.transport import Case, WhatIf, what_if

__all__ = ["CAVEAT", "EngineEffect", "engine_effect"]

CAVEAT: Final = {
    "zh": "仅一次 PM2.5，按清单与措施文本计算，视为线性；不含二次颗粒物的非线性响应",
    "en": "primary PM2.5 only, by inventory and measures as written, taken as linear; no answer of secondary particles",
}


@dataclass(frozen=True)
class EngineEffect:
    """What the engine says of measures in a window, or why it says nothing.

    Parameters:
        start, until: local days [start, until).
        table: ``receptor, before, after`` [ug m-3], ``change`` [% of before], means over the days; None where refused.
        share_predicted: [1] of before that can answer; the rest stands as it was.
        linearity: ``exact`` or ``declared``.
        made: whether weather or emission of the case is made.
        refused: the reason, else None.
    """

    start: date
    until: date
    table: pl.DataFrame | None
    share_predicted: float | None
    linearity: str | None
    made: bool
    refused: str | None


def engine_effect(
    case: Case, scenario: Scenario, start: date, until: date, gazetteer: Gazetteer,
    receptors: Sequence[str] | None = None, *, declared_linear: bool = False,
) -> EngineEffect:  # fmt: skip
    """Contributions with and without measures over a window of days.

    Parameters:
        case: whose footprints of these days are there.
        scenario: the measures as ordered.
        start: first local day; ``until``: the first that no longer counts.
        gazetteer: knows what lies in the measures' places.
        receptors: all of the case where none are named.
        declared_linear: whether precursors' cuts are taken for linear, as the user says; the result says so.
    """
    try:
        told = what_if(case, scenario, start, until, gazetteer, receptors, declared_linear=declared_linear)
    except BadInput as error:
        return EngineEffect(start, until, None, None, None, case.about.made, str(error))
    return _said(told, start, until)


def _said(told: WhatIf, start: date, until: date) -> EngineEffect:
    table = told.means.with_columns(change=100 * pl.col("change"))
    return EngineEffect(start, until, table, told.share_predicted, told.linearity, told.made, None)
