"""``airshed verify --outlooks``: how good the kept outlooks and their edits were, against what came."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import xarray as xr

import airshed
from airshed.cli.verify_runs import Tell, Verified
from airshed.errors import BadInput
from airshed.forecast.history import Known, known_days
from airshed.forecast.shelf import load_outlook, outlooks, read_edits
from airshed.forecast.verification import hindcast_of_outlooks, scorecard, with_edits
from airshed.law import Book
from airshed.observations.panel import digest_of
from airshed.store import View
from airshed.workspace import Workspace

__all__ = ["verify_outlooks"]

BACK: Final = 1100  # [d] before the first issue: three years for climatology, own choice


def verify_outlooks(
    folder: Path, target: str, book: Book, *, standard: str | None, seasons: bool, resamples: int, tell: Tell
) -> Verified:
    """The scorecard of all outlooks kept in a workspace, each method and weather by itself, and of edits.

    Parameters:
        folder: of the workspace; what came is read from its lake.
        book: of law; target, standard, seasons, resamples, tell: as `verify_runs.Plan` and `verify` have them.

    Raises:
        BadInput: no outlook of the target, or no observation to hold it against.
    """
    with closing(airshed.open(folder)) as workspace:
        names = outlooks(folder)
        tell(0, 2, "outlooks")
        kept = [load_outlook(folder, name) for name in names]
        issues = [date.fromisoformat(one.attrs["issue_day"]) for one in kept]
        if not kept:
            raise BadInput("kept outlooks", "none in this workspace", "make some: airshed forecast")
        last = max(one["day"].values.max().astype("datetime64[D]").astype(date) for one in kept)
        days = _came(workspace, kept, min(issues) - timedelta(days=BACK), last)
        made = hindcast_of_outlooks(kept, days, target)
        edits = pl.concat([read_edits(folder, name).rows for name in names])
        edits = edits.filter(pl.col("variable") == target)
        if edits.height:
            made = with_edits(made, edits)
        tell(1, 2, "scores")
        chain = workspace.gazetteer.chain(str(days["place"].values[0]))
        provision = book.version(standard, "index") if standard else book.on(last, chain)["index"]
        card = scorecard(made, provision, resamples=resamples, seasons=seasons)
        tell(2, 2, "scores")
        about = {
            "train": f"{days['day'].values[0].astype('datetime64[D]')}/{min(issues)}",
            "test": f"{min(issues)}/{last}", "standard": provision.version, "digest": digest_of(days),
            "feed": "outlooks", "made": "yes" if any(one.attrs.get("made") for one in kept) else "no",
        }  # fmt: skip
    return Verified(card, about)


def _came(workspace: Workspace, kept: list[xr.Dataset], first: date, last: date) -> xr.Dataset:
    """City days of all places of the outlooks, as they are known now."""
    places = tuple(dict.fromkeys(str(p) for one in kept for p in one["place"].values))
    clock = workspace.clock()
    known = Known(workspace, View.everything(), clock.day(last).end, places, clock, "ended")
    days = known_days(known, first)
    held = np.flatnonzero(days.to_array().notnull().any(("variable", "place")).values)
    return days.isel(day=slice(int(held[0]), None))
