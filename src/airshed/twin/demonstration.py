"""The demonstration workspace: a made region of 13 cities, small enough to be made in a minute or two."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from airshed.twin.evaluation import lay_down_evaluation
from airshed.twin.files import DEMONSTRATION
from airshed.twin.outlook import lay_down_outlook
from airshed.twin.plan import SEED, Plan
from airshed.twin.region import MadeRegion, Progress, make_region
from airshed.workspace import Workspace

__all__ = ["DAYS", "FIRST_DAY", "prepare"]

FIRST_DAY: Final = date(2026, 2, 1)
"""The demonstration runs across 2026-03-01, the day on which the index changes."""
DAYS: Final = 59
LIKE: Final = "bth13"
"""The region whose cities lend their names and places. Nothing measured there goes into the made air."""
CELL: Final = 25_000.0  # m, of truth and engine alike: the whole is made while one waits
FOOTPRINTS: Final = 5  # d, the last ones
MARGIN: Final = 125_000.0  # m


def prepare(
    folder: str | Path,
    progress: Progress | None = None,
    *,
    first_day: date = FIRST_DAY,
    days: int = DAYS,
    seed: int = SEED,
) -> Workspace:
    """Make the demonstration workspace, or open it where it already stands.

    Parameters:
        folder: empty, absent, or an earlier demonstration.
        progress: called with what is done, of how much, and what it is.

    Raises:
        BadInput: the folder is the workspace of another region; made data never go beside real ones.
    """
    plan = Plan(
        DEMONSTRATION, LIKE, first_day, days, cell=CELL, truth_cell=CELL, seed=seed,
        footprint_days=min(FOOTPRINTS, days), margin=MARGIN,
    )  # fmt: skip
    return make_region(folder, plan, progress, _lay_down)


def _lay_down(region: MadeRegion) -> None:
    lay_down_outlook(region)
    lay_down_evaluation(region)
