"""The thresholds of quality control, read from ``quality.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from airshed.errors import BadInput

__all__ = ["Rules", "Threshold", "thresholds"]

ByPeriod = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Threshold:
    """One entry of ``quality.yml``: what it bounds, in which unit, why, and the default."""

    name: str
    names: dict[str, str]
    unit: str
    reason: str
    default: Any


@cache
def thresholds() -> dict[str, Threshold]:
    """All thresholds by name, in the file's order."""
    raw = yaml.safe_load(files("airshed.observations").joinpath("quality.yml").read_text(encoding="utf-8"))
    return {
        name: Threshold(name, {"zh": row["zh"], "en": row["en"]}, row["unit"], row["reason"], row["default"])
        for name, row in raw.items()
    }


@dataclass(frozen=True)
class Rules:
    """The thresholds in force: by default those of ``quality.yml``, where each is explained."""

    spike_times: Mapping[str, float] = field(default_factory=lambda: thresholds()["spike_times"].default)
    spike_agreement: Mapping[str, float] = field(
        default_factory=lambda: thresholds()["spike_agreement"].default
    )
    spike_jump: ByPeriod = field(default_factory=lambda: thresholds()["spike_jump"].default)
    stuck_steps: ByPeriod = field(default_factory=lambda: thresholds()["stuck_steps"].default)
    stuck_floor: ByPeriod = field(default_factory=lambda: thresholds()["stuck_floor"].default)
    pm25_excess: float = field(default_factory=lambda: thresholds()["pm25_excess"].default)
    disagree_share: float = field(default_factory=lambda: thresholds()["disagree_share"].default)
    disagree_difference: Mapping[str, float] = field(
        default_factory=lambda: thresholds()["disagree_difference"].default
    )
    dust_longest: int = field(default_factory=lambda: thresholds()["dust_longest"].default)
    dust_bridge: int = field(default_factory=lambda: thresholds()["dust_bridge"].default)
    dust_before: int = field(default_factory=lambda: thresholds()["dust_before"].default)
    dust_fine_share: float = field(default_factory=lambda: thresholds()["dust_fine_share"].default)

    @classmethod
    def of(cls, changes: Mapping[str, Any]) -> Rules:
        """The defaults with some thresholds replaced, as a workspace's settings name them.

        Raises:
            BadInput: a name that no threshold has.
        """
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(changes) - known):
            advice = f"one of {', '.join(sorted(known))}"
            raise BadInput("a threshold of quality control", ", ".join(unknown), advice)
        return cls(**changes)

    def reach(self, rise_hours: int) -> timedelta:
        """How far before or after a row its flag can depend on other rows.

        Parameters:
            rise_hours: the memory of the dust rule [h].
        """
        stuck_hours = max(self.stuck_steps["hour"].values(), default=1) - 1
        stuck_days = max(self.stuck_steps["day"].values(), default=1) - 1
        dust = self.dust_longest + rise_hours + self.dust_bridge
        return max(timedelta(hours=stuck_hours), timedelta(days=max(stuck_days, 1)), timedelta(hours=dust))
