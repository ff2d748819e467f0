"""Scorecards at rest in a workspace: ``scorecards/<name>.parquet``, a card each, with what it says of itself.

The table is that of `forecast.verification.scorecard`; the rest stands in the file's own metadata: periods of
training and test, edition of the index, digest of the data, whether anything was made.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from airshed.errors import BadInput

__all__ = ["ABOUT", "keep_card", "kept_cards", "load_card"]

CARDS: Final = "scorecards"
ABOUT: Final = ("train", "test", "standard", "digest", "made")
"""What a card says of itself: ``first/last`` of training and of test, edition of the index, data, ``yes`` or ``no``."""
_KEY: Final = "airshed.scorecard"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,80}")


def keep_card(folder: Path, name: str, card: pl.DataFrame, about: Mapping[str, str]) -> Path:
    """Keep a scorecard under ``folder/scorecards``; one of the same name is replaced.

    Parameters:
        folder: of the workspace.
        name: letters, digits, ``_ . + -``.
        about: a text for each of `ABOUT`; more may stand beside.

    Raises:
        BadInput: a name that is no file's, an empty table, or a card that does not say what it is.
    """
    if not _NAME.fullmatch(name):
        raise BadInput("a name of letters, digits, _ . + -", repr(name), "choose another")
    if missing := [key for key in ABOUT if key not in about]:
        raise BadInput(f"a scorecard with its {', '.join(ABOUT)}", f"no {', '.join(missing)}", "say them")
    if card.is_empty():
        raise BadInput("a scorecard with rows", "none", "verify over a longer period")
    home = folder / CARDS
    home.mkdir(exist_ok=True)
    draft = home / f".{name}.{os.getpid()}"
    card.write_parquet(draft, metadata={_KEY: json.dumps(dict(about), ensure_ascii=False)})
    return draft.rename(home / f"{name}.parquet")


def kept_cards(folder: Path) -> list[str]:
    """Names of the kept scorecards, the newest first."""
    files = (folder / CARDS).glob("*.parquet")
    return [p.stem for p in sorted(files, key=lambda p: (-p.stat().st_mtime_ns, p.stem))]


def load_card(folder: Path, name: str | None = None) -> tuple[pl.DataFrame, dict[str, str]]:
    """A kept scorecard and what it says of itself; the newest where none is named.

    Raises:
        BadInput: no such scorecard, or a file that is none.
    """
    known = kept_cards(folder)
    chosen = name or (known[0] if known else "")
    if chosen not in known:
        came = repr(name) if name else "none"
        raise BadInput(
            f"a scorecard of {', '.join(known) or 'this workspace'}", came, "make one: airshed verify"
        )
    path = folder / CARDS / f"{chosen}.parquet"
    said = pl.read_parquet_metadata(path).get(_KEY)
    if said is None:
        raise BadInput("a file kept by airshed verify", path.name, "verify again and keep the result")
    return pl.read_parquet(path), json.loads(said)
