"""Scorecards: method against method by lead, persistence and climatology always beside, chance in intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from airshed.errors import BadInput
from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.drawing.scores import Point, draw_reliability, draw_scores
from airshed.web.outlook import cards_of
from airshed.web.pages.common import frame
from airshed.web.pages.outlook_common import SECTION, method_name
from airshed.web.tables import column, table

__all__ = ["scorecard_page"]

REFERENCES = ("persistence", "climatology")
_ALL = "all"
_INDEX = "aqi"
_SHADES = 6  # colours there are for methods; further ones begin again


def scorecard_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/scorecards``: ``?card=``, ``weather=``, ``target=``, ``place=``, ``season=``, ``lead=``.

    Raises:
        BadInput: a card, or a part of it, that there is not.
    """
    title = desk.words.say("score.title")
    names, found = cards_of(desk)
    if found is None:
        return frame(desk, title, SECTION, empty="scorecards", tables={}, cards=[])
    card, about = found
    cut, asked = _asked(desk, card)
    leads = sorted(int(n) for n in cut["lead"].unique())
    lead = _number(desk, "lead", leads)
    methods = _methods(cut)
    heavy = _heavy(card)
    charts = [
        _chart(desk, cut, leads, methods, *kind)
        for kind in _kinds(asked["target"], heavy)
        if kind[0] in cut.columns
    ]
    made = about.get("made") == "yes"
    note = {"made": True, "made_note": desk.words.say("outlook.made")} if made else {}
    return frame(
        desk, title, SECTION, empty=None, cards=names, card=desk.state.query.get("card") or names[0], about=about,
        asked=asked | {"lead": lead}, choices=_choices(desk, card, leads), summary=_summary(desk, cut, leads),
        methods=[{"key": m, "label": method_name(desk, m), "shade": _shade(m, methods)} for m in methods],
        n=_cases(cut), period=about.get("test", "").replace("/", " – "),
        train=about.get("train", "").replace("/", " – "),
        heavy=heavy, tables={"scores": _table(desk, cut, heavy)},
        drawing={"charts": charts, "reliability": _reliability(cut, lead, methods)}, **note,
    )  # fmt: skip


def _asked(desk: Desk, card: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """The rows of one weather, target, place and season.

    Raises:
        BadInput: the card has no such rows.
    """
    asked, cut = {}, card
    for key in ("target", "weather", "place", "season"):
        known = cut[key].unique(maintain_order=True).to_list()
        default = _ALL if _ALL in known else known[0]
        asked[key] = desk.state.query.get(key) or default
        if asked[key] not in known:
            raise BadInput(f"{key} as one of {', '.join(known)}", repr(asked[key]))
        cut = cut.filter(pl.col(key) == asked[key])
    return cut, asked


def _choices(desk: Desk, card: pl.DataFrame, leads: Sequence[int]) -> dict[str, list[dict[str, str]]]:
    say = desk.words.say
    label: dict[str, Callable[[str], str]] = {
        "target": _target_label, "weather": lambda w: desk.words.say_or(f"outlook.weather.{w}", w),
        "place": lambda p: say("score.all_places") if p == _ALL else desk.name(p),
        "season": lambda s: say(f"score.season.{s}"),
    }  # fmt: skip
    found = {
        key: [{"key": k, "label": name(k)} for k in card[key].unique(maintain_order=True).to_list()]
        for key, name in label.items()
    }
    return found | {"lead": [{"key": str(n), "label": say("score.lead", n=n)} for n in leads]}


def _target_label(target: str) -> str:
    return "AQI" if target == _INDEX else variable(target).label


def _number(desk: Desk, key: str, known: Sequence[int]) -> str:
    text = desk.state.query.get(key) or str(known[0])
    if text not in {str(n) for n in known}:
        raise BadInput(f"{key} as one of {', '.join(map(str, known))}", repr(text))
    return text


def _methods(cut: pl.DataFrame) -> list[str]:
    """The references first, then the others as the card has them."""
    there = cut["method"].unique(maintain_order=True).to_list()
    return [*(r for r in REFERENCES if r in there), *(m for m in there if m not in REFERENCES)]


def _shade(method: str, methods: Sequence[str]) -> str:
    """The class that colours a method: references in grey, the others in turn."""
    if method in REFERENCES:
        return method
    return f"m{[m for m in methods if m not in REFERENCES].index(method) % _SHADES + 1}"


def _heavy(card: pl.DataFrame) -> str:
    """The threshold of heavy pollution the card was made with, as its columns name it."""
    found = [m[1] for c in card.columns if (m := re.fullmatch(r"csi([\d.]+)_p", c))]
    return found[0] if found else ""


def _kinds(target: str, heavy: str) -> list[tuple[str, str, str, str, float | None, bool]]:
    """Column, key of its words, name of its lower and upper bound, aim, whether the best is 1."""
    unit = "" if target == _INDEX else variable(target).unit
    return [
        ("rmse", "score.rmse", "low/high", unit, None, False), (f"csi{heavy}", "score.csi", "low/high", "", None, True),
        ("crpss", "score.crpss", "low/high", "", 0.0, True),
        ("brier_skill", "score.brier_skill", "low/high", "", 0.0, True),
        ("coverage80", "score.coverage80", "lower/upper", "", 0.8, True),
    ]  # fmt: skip


def _chart(
    desk: Desk, cut: pl.DataFrame, leads: Sequence[int], methods: Sequence[str], name: str, key: str, bounds: str,
    unit: str, aim: float | None, share: bool,
) -> dict[str, Any]:  # fmt: skip
    low, high = (f"{name}_{end}" for end in bounds.split("/"))
    held: dict[tuple[str, int], Point] = {}
    for row in cut.iter_rows(named=True):
        if _finite(row[name]) is not None:
            held[row["method"], int(row["lead"])] = (row[name], _finite(row.get(low)), _finite(row.get(high)))
    scores = {m: [held.get((m, n)) for n in leads] for m in methods if any((m, n) in held for n in leads)}
    drawn = draw_scores(
        leads, scores, aim=aim, share=share, number=lambda v: desk.words.exact(round(v, 2)).replace("-", "−")
    )
    for line in drawn["series"]:
        line["shade"] = _shade(line["method"], methods)
    return drawn | {"id": name, "label": desk.words.say(key, bound=_heavy(cut)), "unit": unit,
                    "note": desk.words.say(f"score.notes.{key.partition('.')[2]}")}  # fmt: skip


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _reliability(cut: pl.DataFrame, lead: str, methods: Sequence[str]) -> list[dict[str, Any]]:
    """Curves of the methods that give probabilities of their own, at one lead."""
    if "bin_probability" not in cut.columns:
        return []
    curves: dict[str, list[tuple[float, float, float]]] = {}
    for row in cut.filter(pl.col("lead") == int(lead)).iter_rows(named=True):
        if row["method"] in REFERENCES or row["bin_probability"] is None:
            continue
        told = zip(row["bin_probability"], row["bin_frequency"], row["bin_count"], strict=True)
        curves[row["method"]] = [
            (p, f, n) for p, f, n in told if n and _finite(p) is not None and _finite(f) is not None
        ]
    drawn = draw_reliability({m: curves[m] for m in methods if m in curves})
    return [d | {"shade": _shade(d["method"], methods)} for d in drawn]


def _cases(cut: pl.DataFrame) -> dict[str, int]:
    return {"least": int(cut["n"].min() or 0), "most": int(cut["n"].max() or 0)}  # type: ignore[arg-type]


def _summary(desk: Desk, cut: pl.DataFrame, leads: Sequence[int]) -> str:
    """Which method has the least error at the first and at the last lead, and how that stands to climatology."""
    words, parts = desk.words, []
    for lead in dict.fromkeys((leads[0], leads[-1])):
        rows = [
            r
            for r in cut.filter(pl.col("lead") == lead).iter_rows(named=True)
            if _finite(r["rmse"]) is not None
        ]
        own = [r for r in rows if r["method"] not in REFERENCES] or rows
        if own:
            best = min(own, key=lambda r: r["rmse"])
            parts.append(_best(words, best, method_name(desk, best["method"]), lead))
    return words.say("score.semicolon").join(parts) + words.say("score.stop") if parts else ""


def _best(words: Any, row: Mapping[str, Any], name: str, lead: int) -> str:
    ratio = _finite(row.get("rmse_ratio"))
    said = words.number(ratio, 2) if ratio is not None else "—"
    return str(words.say("score.best", lead=lead, method=name, rmse=words.number(row["rmse"], 1), ratio=said))


def _table(desk: Desk, cut: pl.DataFrame, heavy: str) -> dict[str, Any]:
    say = desk.words.say
    wanted = [
        ("rmse", say("score.rmse"), 1), ("rmse_low", say("score.low"), 1), ("rmse_high", say("score.high"), 1),
        ("rmse_ratio", say("score.ratio"), 2), ("mae", "MAE", 1), ("nmb", "NMB", 2), ("r", "r", 2),
        (f"csi{heavy}", say("score.csi", bound=heavy), 2), (f"pod{heavy}", "POD", 2), (f"far{heavy}", "FAR", 2),
        ("crpss", "CRPSS", 2), ("brier_skill", say("score.brier_skill"), 2), ("coverage80", say("score.coverage80"), 2),
    ]  # fmt: skip
    columns = [
        column("label", say("score.method"), "short"), column("lead", say("score.leads"), "number"),
        column("n", say("score.n"), "number"),
        *(column(k, label, "number", decimals=d) for k, label, d in wanted if k in cut.columns),
    ]  # fmt: skip
    rows = []
    for row in cut.sort("lead", maintain_order=True).iter_rows(named=True):
        known = {k: _finite(row[k]) for k, _, _ in wanted if k in cut.columns}
        rows.append({"label": method_name(desk, row["method"]), "method": row["method"], "lead": int(row["lead"]),
                     "n": int(row["n"]), **known})  # fmt: skip
    return table("scores", say("score.table"), columns, rows)
