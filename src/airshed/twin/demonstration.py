"""The demonstration workspace: a made region, taken in through the same feed as real files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from airshed.errors import BadInput
from airshed.observations.feeds.mapping import read_mapping
from airshed.observations.ingest import ingest
from airshed.twin.files import REGION, SEED, make
from airshed.workspace import Settings, Workspace, init

__all__ = ["DAYS", "FIRST_DAY", "prepare"]

FIRST_DAY = date(2026, 2, 1)
"""The demonstration runs across 2026-03-01, the day on which the index changes."""
DAYS = 59

Progress = Callable[[int, int, str], None]


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
        progress: called with files done, files in all, and what is being done.

    Raises:
        BadInput: the folder is the workspace of another region; made data never go beside real ones.
    """
    workspace = init(folder, Settings(region=REGION))
    if workspace.settings.region != REGION:
        workspace.close()
        advice = "name another folder: made data never go beside real ones"
        raise BadInput("an empty folder or an earlier demonstration", f"a workspace in {folder}", advice)
    if workspace.snapshot().files():
        return workspace
    made = make(workspace.folder, first_day, days, seed)
    mapping = read_mapping(made.mapping)
    ingest(workspace, made.data, feed="long", by="airshed.twin", mapping=mapping, progress=progress)
    return workspace
