"""What a made region shall be: which cities lend their names, when, how fine, by which seed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from airshed.errors import BadInput

__all__ = ["SEED", "SPIN_UP", "Plan", "read_plan", "write_plan"]

SEED: Final = 20260201
SPIN_UP: Final = 3  # d of weather and truth before the first day, so that the air is filled
DUST_MONTHS: Final = (3, 4, 5)  # in which dust comes to North China
FINEST, COARSEST = 1_000.0, 50_000.0  # m


@dataclass(frozen=True)
class Plan:
    """A made region.

    Parameters:
        id: of the made region; ``like``: the region whose cities lend their names and places.
        first_day: local day; ``days``: how many.
        cell, truth_cell: width of the cells of the engine's case and of the truth [m].
        seed: of all chance.
        footprint_days: the last days for which the engine reckons footprints; 0: no case.
        memory_days, memory_most: how far back the footprints go, at least and at most [d].
        tags: whether the truth is also run with tags, who gave what to each city.
        margin: of the grids round the cities' seats [m].
    """

    id: str
    like: str
    first_day: date
    days: int
    cell: float = 10_000.0
    truth_cell: float = 5_000.0
    seed: int = SEED
    footprint_days: int = 7
    memory_days: int = 2
    memory_most: int = 5
    tags: bool = False
    margin: float = 150_000.0

    def __post_init__(self) -> None:
        if self.days < 2:
            raise BadInput("at least 2 days of a made region", f"{self.days}", "ask for more days")
        if not 0 <= self.footprint_days <= self.days:
            came = f"{self.footprint_days} of {self.days} days"
            raise BadInput("footprints of some of the days", came, "ask for fewer footprints")
        wrong = [c for c in (self.cell, self.truth_cell) if not FINEST <= c <= COARSEST]
        if wrong:
            wanted = f"cells of {FINEST:g} to {COARSEST:g} m"
            raise BadInput(wanted, f"{wrong} m", "10000 suits the engine, 5000 the truth")

    @property
    def until(self) -> date:
        """The first day that no longer counts."""
        return self.first_day + timedelta(days=self.days)

    @property
    def dust_hour(self) -> int | None:
        """Hour, from the first day's midnight, in which dust comes: after two thirds of the days, in spring only."""
        hour = self.days * 24 * 2 // 3 // 24 * 24 + 10
        month = (self.first_day + timedelta(hours=hour)).month
        return hour if month in DUST_MONTHS else None

    def midnight(self, day: date, utc_offset: float) -> datetime:
        """When a local day begins, UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=utc_offset)


def write_plan(path: Path, plan: Plan) -> None:
    """Keep a plan as JSON."""
    text = json.dumps(asdict(plan), default=str, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read_plan(path: Path) -> Plan:
    """The plan of a made region that stands."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Plan(**{**raw, "first_day": date.fromisoformat(raw["first_day"])})
