"""Whether it worked: series without their weather, what events' days would have been, many alerts pooled.

The engine beside them stands in ``effect.engine``: it brings the compiler of the transport engine.
"""

from airshed.assessment.effect.changes import Change, between, months_of, years_of
from airshed.assessment.effect.counterfactual import (
    Counterfactual,
    EventEffect,
    Ranked,
    counterfactual,
    event_effect,
    ranked,
)
from airshed.assessment.effect.injection import Caller, gate, inject, summary
from airshed.assessment.effect.normal import Hours, Normalised, Skill, hours_of, normalised, skill
from airshed.assessment.effect.pooled import Alert, Pooled, Power, pooled_effect, power
from airshed.assessment.effect.series import Days, days_of, days_of_hours
from airshed.assessment.effect.slope import Slope, slope
from airshed.assessment.effect.windows import Placebo, placebo_windows

__all__ = [
    "Alert",
    "Caller",
    "Change",
    "Counterfactual",
    "Days",
    "EventEffect",
    "Hours",
    "Normalised",
    "Placebo",
    "Pooled",
    "Power",
    "Ranked",
    "Skill",
    "Slope",
    "between",
    "counterfactual",
    "days_of",
    "days_of_hours",
    "event_effect",
    "gate",
    "hours_of",
    "inject",
    "months_of",
    "normalised",
    "placebo_windows",
    "pooled_effect",
    "power",
    "ranked",
    "skill",
    "slope",
    "summary",
    "years_of",
]
