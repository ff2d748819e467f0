"""No number of the law stands in Python: it is read from the law book, where it has a date and a source.

The numbers of the law are collected from the texts themselves. Every number literal of ``src/airshed`` (also
one inside a comparison of an SQL text) that is such a number must be small talk of programs or stand in the
list below with its reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airshed.law import Book
from conftest import ROOT

SOURCE = ROOT / "src" / "airshed"

EVERYDAY = {
    **{float(n): "counts, indices and signs" for n in range(13)},
    0.5: "a half",
    24.0: "hours of a day; the law's 24 is the same fact",
    60.0: "minutes of an hour, seconds of a minute",
    100.0: "per cent",
    1000.0: "powers of ten between units and on axes",
}
"""Numbers that are a number of the law and so common elsewhere that finding them says nothing."""

COLOURS = {"rgb"}
"""Fields of the texts that hold no quantities."""

WITHOUT_JUDGEMENT = {
    "store": "widths of columns, bytes and retries: the store sees files, no concentration is judged there",
    "record": "widths of columns of the chain of acts",
    "places": "longitudes, latitudes, clocks and the series of GCJ-02: places carry no concentration",
    "observations/feeds": "sizes of files, bounds of coordinates, shares of odd characters: a feed parses",
    "meteorology": "temperatures, winds, heights and angles of the air: no concentration is judged there",
    "emissions": "amounts, stacks and degrees: no concentration is judged there",
    "chemistry": "rates and constants of reactions: no concentration is judged there",
    "transport": "cells, steps, weights and bits of the engine: it sums concentrations and judges none",
    "assessment/effect": "windows, resamples and levels of tests: an effect is a difference, held against no limit",
    "forecast/methods": "days, trees and rates of learning: methods learn, they judge nothing",
    "forecast/case_weather.py": "temperatures and heights of the air: nothing is judged here",
    "forecast/checks.py": "shares of flat days, usual ranges that tell a wrong unit: nothing is judged here",
    "forecast/methods/conformal.py": "folds, days and shares of calibration: nothing is judged here",
    "forecast/correction.py": "gains and analogs of a filter: nothing is judged here",
    "forecast/degraded.py": "days of a season, shares of spread: nothing is judged here",
    "forecast/distribution.py": "levels of quantiles: nothing is judged here",
    "forecast/hourly.py": "days of training and trees: nothing is judged here",
    "forecast/members.py": "days of a season, numbers of members: nothing is judged here",
    "forecast/samples.py": "days looked back: nothing is judged here",
    "forecast/shelf.py": "characters of a name: nothing is judged here",
    "forecast/training.py": "runs and days of training: nothing is judged here",
    "forecast/verification/probability.py": "bins of a diagram: nothing is judged here",
    "twin": "a made region: invented air, invented faults; nothing is judged",
    "web/drawing": "pixels of pictures",
    "web/palette.py": "colours of the palette for colour-blind people, our own",
    "web/problems.py": "HTTP statuses",
    "web/app.py": "HTTP statuses",
    "web/render.py": "HTTP statuses",
}
"""Rooms and files in which no concentration, index or count of data is judged."""

ALLOWED: dict[tuple[str, float], str] = {
    ("quantities/units.py", 298.15): "state at which ppm becomes a mass, physics of a unit conversion",
    ("quantities/clock.py", 14.0): "easternmost clock of the world, UTC+14",
    ("assessment/restate.py", 273.15): "zero of the Celsius scale in kelvin",
    ("assessment/rendering.py", 18.0): "characters of a column of a printed table",
    ("cli/twin.py", 14.0): "days of a made region, a fortnight",
    ("cli/ingest.py", 14.0): "characters of a column of a printed table",
    ("cli/screen.py", 30.0): "characters of a column of a printed table",
    ("cli/ingest.py", 20.0): "refusals printed before the rest is only counted",
    ("observations/averages.py", 30.0): "days looked back for older releases of a station",
    ("cli/effect.py", 300.0): "resamples of the weather",
    ("cli/forecast.py", 50.0): "members of an outlook",
    ("forecast/issue.py", 50.0): "members of an outlook",
    (
        "forecast/rows.py",
        48.0,
    ): "hours a reading asks for; the law's rule of a warning comes with the warnings",
    ("forecast/hindcast.py", 150.0): "the event a threshold is chosen for unless another is handed in",
    ("forecast/hindcast.py", 0.05): "step of a search over probabilities",
    ("web/pages/outlook_city.py", 20.0): "quantile levels counted in twentieths",
    ("web/pages/outlook_city.py", 15.0): "quantile levels counted in twentieths",
    ("web/pages/outlook_city.py", 18.0): "quantile levels counted in twentieths",
    ("web/pages/outlook_common.py", 20.0): "one in twenty: below, no bar is drawn",
    ("web/tables.py", 500.0): "rows of a page",
    ("web/words.py", 0.001): "the smallest p-value that three decimals show",
    ("web/pages/search.py", 30.0): "answers shown to a search",
}


def numbers_in(value: Any) -> Iterator[float]:
    """All numbers of a text, keys that are numbers included."""
    if isinstance(value, bool | date) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers_in(key) if isinstance(key, int) else ()
            yield from numbers_in(inner) if key not in COLOURS else ()
    elif isinstance(value, list):
        for inner in value:
            yield from numbers_in(inner)


NUMBERS_OF_THE_LAW = {n for p in Book.load().provisions for n in numbers_in(p.value)} - set(EVERYDAY)

_SQL = re.compile(r"\b(select|where|having|when|filter)\b", re.IGNORECASE)
_COMPARED = re.compile(r"(?:[<>=]|\bbetween|\band|\bthen|\belse)\s*(\d+(?:\.\d+)?)\b", re.IGNORECASE)


def numbers_of(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Line and value of every number literal, those in SQL texts too; docstrings are for people."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed = documentation | _of_programs(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in passed:
            continue
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            yield node.lineno, float(node.value)
        elif isinstance(node.value, str) and _SQL.search(node.value):
            yield from ((node.lineno, float(n)) for n in _COMPARED.findall(node.value))


def _of_programs(tree: ast.AST) -> set[int]:
    """Literals that shift bits or cut texts: ``4 << 30`` bytes, the first 200 characters ``[:200]``."""
    shifts = (
        n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.LShift | ast.RShift)
    )
    slices = (part for n in ast.walk(tree) if isinstance(n, ast.Slice) for part in (n.lower, n.upper, n.step))
    return {id(n) for n in (*(shift.right for shift in shifts), *slices)}


def found_in(path: Path) -> list[tuple[int, float]]:
    relative = path.relative_to(SOURCE).as_posix()
    if any(relative == name or relative.startswith(f"{name}/") for name in WITHOUT_JUDGEMENT):
        return []
    found = numbers_of(ast.parse(path.read_text(encoding="utf-8")))
    return [(n, v) for n, v in found if v in NUMBERS_OF_THE_LAW and (relative, v) not in ALLOWED]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_no_number_of_the_law_stands_in_python(path):
    found = [f"{path.relative_to(ROOT)}:{line}: {value:g}" for line, value in found_in(path)]
    assert not found, (
        "numbers of the law in Python; read them from the provision, or give the reason in "
        f"tests/test_legal_literals.py: {'; '.join(found)}"
    )


def test_every_exception_is_still_needed_and_has_a_reason():
    for (relative, value), reason in ALLOWED.items():
        tree = ast.parse((SOURCE / relative).read_text(encoding="utf-8"))
        assert value in {v for _, v in numbers_of(tree)}, (relative, value)
        assert value in NUMBERS_OF_THE_LAW, (relative, value)
        assert len(reason.split()) > 1
    for name, reason in WITHOUT_JUDGEMENT.items():
        assert (SOURCE / name).exists(), name
        assert len(reason.split()) > 1


@pytest.mark.parametrize("number", [35, 75, 150, 324, 27, 20, 14, 98, 95, 90, 800, 0.91614958913, 215, 9.1])
def test_the_scan_knows_breakpoints_limits_counts_and_percentiles(number):
    assert any(abs(number - n) < 1e-9 for n in NUMBERS_OF_THE_LAW)


@pytest.mark.parametrize(
    "planted",
    [
        "limit = 35", "ok = days >= 324", "q(x, 0.1 + 95)", 'sql = "select a from t having count(*) >= 20"',
        'sql = f"select {x} from t where v > 150 and w"', "y = -75.0",
    ],
)  # fmt: skip
def test_a_planted_number_of_the_law_is_found(planted):
    assert any(v in NUMBERS_OF_THE_LAW for _, v in numbers_of(ast.parse(planted)))


def test_what_only_people_read_is_not_searched():
    assert not list(numbers_of(ast.parse('"""The limit is 35, select it where x > 35."""\nname = "PM 35"')))
