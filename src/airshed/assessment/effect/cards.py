"""Effects at rest in a workspace: ``effects/<name>.json``, one pollutant each, plain enough to hand on.

A card holds all that a page draws. Of an event: the days and what they would have been, the placebos one by one, the
verdict, and what others published of it; of a trend or of pooled alerts: what `effect.plain` tells of them.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import yaml

from airshed.assessment.effect.counterfactual import EventEffect
from airshed.assessment.effect.plain import as_json
from airshed.errors import BadInput
from airshed.quantities import variable

__all__ = ["card_of", "keep_effect", "kept_effects", "known_event", "load_effect", "told_card"]

EFFECTS: Final = "effects"
FORM: Final = 1  # of the files; another is refused
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,80}")


def card_of(
    effect: EventEffect,
    names: Mapping[str, str],
    *,
    made: bool = False,
    published: Sequence[Mapping[str, Any]] = (),
    engine: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An effect as plain data.

    Parameters:
        names: of the event, ``zh`` and ``en``; ``known_event`` has those of some.
        made: whether anything it stands on was made, not measured.
        published: what others found: ``study`` (a text, or one ``zh`` and one ``en``), ``method``, ``low`` and ``high``
            [% of what would have been], ``doi``.
        engine: the run with and without of the transport engine: ``percent`` [%] and ``case``.
    """
    centre = float(np.median(effect.placebos))
    return {
        "form": FORM, "kind": "event", "names": dict(names), "made": made,
        "place": effect.place, "variable": effect.variable, "unit": variable(effect.variable).unit,
        "start": effect.start.isoformat(), "until": effect.until.isoformat(),
        "observed": effect.observed, "counterfactual": effect.counterfactual, "shift": centre,
        "percent": effect.percent, "interval": list(effect.interval), "band": list(effect.band),
        "p": effect.ranked.p, "rank": effect.ranked.rank, "verdict": effect.verdict,
        "placebos": [100 * math.expm1(float(r) - centre) for r in effect.placebos],
        "placebo_days": [str(d) for d in effect.placebo_days.astype("datetime64[D]")],
        "rule": effect.rule, "farthest": effect.farthest, "skill": effect.skill,
        "days": [str(d) for d in effect.days.astype("datetime64[D]")],
        "by_day": _known(effect.by_day), "values": _known(effect.values),
        "published": [dict(p) for p in published], "engine": dict(engine) if engine else None,
    }  # fmt: skip


def told_card(
    kind: Literal["trend", "pooled"],
    told: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    made: bool = False,
    published: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A trend or pooled alerts as a card.

    Parameters:
        told: by `effect.plain.trend_dict` or ``pooled_dict``.
        names: as pages call it, ``zh`` and ``en``.
        made: whether anything it stands on was made, not measured.
        published: what others found, as in `card_of`.
    """
    return {
        "form": FORM, "kind": kind, "names": dict(names), "made": made,
        "published": [dict(p) for p in published], "told": as_json(told),
    }  # fmt: skip


def known_event(effect: EventEffect) -> dict[str, Any] | None:
    """Names of an event that others have written of, and what they published of this pollutant; None if none has.

    Of ``known_events.yml``: the same place, the same first and last day.
    """
    for event in _events():
        span = (event["start"], event["until"])
        if effect.place in event["places"] and span == (effect.start, effect.until):
            found = [p for p in event["published"] if effect.variable in p["variables"]]
            return {"names": event["names"], "published": found}
    return None


@cache
def _events() -> list[dict[str, Any]]:
    text = files("airshed.assessment.effect").joinpath("known_events.yml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))


def _known(values: Iterable[Any]) -> list[float | None]:
    """Numbers as JSON has them: nothing where there is none."""
    return [float(v) if math.isfinite(float(v)) else None for v in values]


def keep_effect(folder: Path, name: str, card: Mapping[str, Any]) -> Path:
    """Keep a card under ``folder/effects``; one of the same name is replaced.

    Raises:
        BadInput: a name that is no file's, or a card of another form.
    """
    if not _NAME.fullmatch(name):
        raise BadInput("a name of letters, digits, _ . + -", repr(name), "choose another")
    if card.get("form") != FORM:
        raise BadInput(f"a card of form {FORM}", f"{card.get('form')}", "make it by assessment.effect.cards")
    home = folder / EFFECTS
    home.mkdir(exist_ok=True)
    draft = home / f".{name}.{os.getpid()}"
    draft.write_text(json.dumps(card, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
    return draft.rename(home / f"{name}.json")


def kept_effects(folder: Path) -> list[str]:
    """Names of the kept effects, in order."""
    return sorted(p.stem for p in (folder / EFFECTS).glob("*.json"))


def load_effect(folder: Path, name: str) -> dict[str, Any]:
    """A kept card.

    Raises:
        BadInput: no such effect, or a card of another form.
    """
    known = kept_effects(folder)
    if name not in known:
        wanted = f"an effect of {', '.join(known) or 'this workspace'}"
        raise BadInput(wanted, repr(name), "make one: airshed effect event")
    card: dict[str, Any] = json.loads((folder / EFFECTS / f"{name}.json").read_text(encoding="utf-8"))
    if card.get("form") != FORM:
        raise BadInput(f"a card of form {FORM}", f"{card.get('form')}", "make it again with this version")
    return card
