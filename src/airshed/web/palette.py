"""Colours of categories: the law's own, or one ordered by lightness for colour-blind eyes and grey print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

__all__ = ["EVEN", "category_view", "colour_rules", "ink", "luminance"]

RGB = tuple[int, int, int]

EVEN: tuple[RGB, ...] = (
    (253, 237, 176),
    (246, 190, 114),
    (231, 133, 90),
    (189, 79, 108),
    (115, 50, 116),
    (42, 28, 76),
)
"""Own choice: six steps from light to dark (after the ``magma`` family), lightness falling evenly."""

_WHITE, _BLACK = "#fff", "#000"


def luminance(rgb: Sequence[int]) -> float:
    """Relative luminance 0–1 (WCAG 2.2)."""
    linear = [c / 12.92 if (c := v / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for v in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink(rgb: Sequence[int]) -> str:
    """Black or white, whichever reads better on a colour.

    >>> ink((255, 255, 0)), ink((126, 0, 35))
    ('#000', '#fff')
    """
    light = luminance(rgb)
    return _BLACK if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else _WHITE


def category_view(categories: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """The law's categories as pages use them: place in the list from 1, numeral, word, advice, bounds, colour."""
    return [
        {
            "n": n,
            "roman": c["roman"],
            "name": c[language],
            "from": c["from"],
            "to": c["to"],
            "rgb": list(c["rgb"]),
            "advice": c.get("advice", {}).get(language, ""),
        }
        for n, c in enumerate(categories, start=1)
    ]


def colour_rules(categories: Sequence[Mapping[str, Any]], palette: str) -> Markup:
    """Custom properties ``--c1 … --cN`` with the ink that reads on each, for the page's ``<html>``."""
    rules = []
    for c in categories:
        rgb = c["rgb"] if palette == "law" else EVEN[min(c["n"], len(EVEN)) - 1]
        red, green, blue = (int(v) for v in rgb)
        rules.append(f"--c{c['n']}:rgb({red} {green} {blue});--i{c['n']}:{ink(rgb)}")
    return Markup(";".join(rules))  # noqa: S704 -- integers and two constants only
