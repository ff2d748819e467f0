"""How good forecasts were: scores, events, probabilities, members and edits, beside persistence and climatology."""

from __future__ import annotations

from airshed.forecast.verification.bootstrap import block_weights, bounds, chance, totals
from airshed.forecast.verification.cases import REFERENCES, Rule
from airshed.forecast.verification.edits import EDIT_COLUMNS, with_edits
from airshed.forecast.verification.energy import energy_score, shuffled
from airshed.forecast.verification.events import INDEX, heavy_threshold, thresholds
from airshed.forecast.verification.indices import index_hindcast
from airshed.forecast.verification.plain import flat, objects, shown
from airshed.forecast.verification.probability import COST_LOSS
from airshed.forecast.verification.runs import with_members
from airshed.forecast.verification.scorecard import scorecard
from airshed.forecast.verification.scores import score
from airshed.forecast.verification.stored import hindcast_of_outlooks

__all__ = [
    "COST_LOSS",
    "EDIT_COLUMNS",
    "INDEX",
    "REFERENCES",
    "Rule",
    "block_weights",
    "bounds",
    "chance",
    "energy_score",
    "flat",
    "heavy_threshold",
    "hindcast_of_outlooks",
    "index_hindcast",
    "objects",
    "score",
    "scorecard",
    "shown",
    "shuffled",
    "thresholds",
    "totals",
    "with_edits",
    "with_members",
]
