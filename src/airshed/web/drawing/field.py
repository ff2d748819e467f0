"""Fields as pictures: one perceptual sequential colour map, an indexed PNG a field, arrows for the wind.

The map runs in even steps of lightness (OKLab) from the colour of the paper: little is paper, much stands out. In the
dark theme the paper is slate, and the map runs the other way.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airshed.web.palette import EVEN, RGB

__all__ = ["BINS", "arrows", "colours", "counts", "data_uri", "indexed_png", "level_of", "log_level_of"]

Array = NDArray[Any]
BINS = 16
"""Steps of a legend's histogram."""
DECADES = 3
"""Footprints span so many powers of ten below their largest."""
_PAPER: dict[str, RGB] = {"light": (246, 244, 238), "dark": (30, 37, 44)}

# Ottosson 2020, "A perceptual color space for image processing" (OKLab), https://bottosson.github.io/posts/oklab/
_TO_CONES = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                      [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


@cache
def colours(theme: str) -> NDArray[np.uint8]:
    """The colour map for a theme, ``light`` or ``dark``: (256, 3), lightness in even steps."""
    # The first of the six is left out: next to the paper in lightness, it would bring its hue in at one blow.
    stops = [_PAPER[theme], *(EVEN if theme == "light" else EVEN[::-1])[1:]]
    lab = _lab(np.array(stops, dtype=np.float64))
    along = np.abs(lab[:, 0] - lab[0, 0])
    fine = np.interp(np.linspace(0, 1, 256), along / along[-1], np.arange(len(stops)))
    mixed = np.column_stack([np.interp(fine, np.arange(len(stops)), lab[:, k]) for k in range(3)])
    return _rgb(mixed)


def _lab(rgb: Array) -> Array:
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T)


def _rgb(lab: Array) -> NDArray[np.uint8]:
    linear = np.clip(((lab @ np.linalg.inv(_TO_LAB).T) ** 3) @ np.linalg.inv(_TO_CONES).T, 0, 1)
    share = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * share), dtype=np.uint8)


def level_of(values: Array, top: float) -> NDArray[np.uint8]:
    """Values as 0..255 of a linear scale from nothing to ``top``; what is beyond stands at the end.

    >>> level_of(np.array([-1.0, 50.0, 900.0]), 100.0).tolist()
    [0, 128, 255]
    """
    return np.rint(255 * np.clip(np.asarray(values, dtype=np.float64) / top, 0, 1)).astype(np.uint8)


def log_level_of(values: Array, top: float) -> NDArray[np.uint8]:
    """Values as 0..255 of a logarithmic scale of `DECADES` powers of ten up to ``top``; below it 0.

    >>> log_level_of(np.array([0.0, 1e-9, 0.1, 1.0]), 1.0).tolist()
    [0, 0, 170, 255]
    """
    safe = np.maximum(np.asarray(values, dtype=np.float64) / top, 1e-30)
    return np.rint(255 * np.clip(1 + np.log10(safe) / DECADES, 0, 1)).astype(np.uint8)


def counts(levels: NDArray[np.uint8]) -> list[int]:
    """Cells in each of `BINS` even steps of the scale."""
    found: list[int] = np.bincount(levels.ravel() >> 4, minlength=BINS).tolist()
    return found


def indexed_png(levels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Levels (row, column), first row on top, as a PNG with its palette."""
    high, wide = levels.shape
    rows = np.column_stack([np.zeros(high, dtype=np.uint8), levels]).tobytes()
    head = struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette.tobytes()), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*p) for p in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def data_uri(levels: NDArray[np.uint8], theme: str) -> str:
    """Levels as an address an ``<image>`` can carry in itself."""
    return "data:image/png;base64," + base64.b64encode(indexed_png(levels, colours(theme))).decode()


def arrows(u: Array, v: Array, unit: float, height: float, step: int) -> str:
    """Wind as the path of a picture: one arrow every ``step`` cells, 1 m/s a fifth of the way to the next.

    Parameters:
        u, v: along the grid's x and y [m s-1], (y, x) from south to north.
        unit: width of a cell in the picture; ``height`` of the picture.
    """
    parts = []
    longest = 0.9 * step * unit
    for row in range(step // 2, u.shape[0], step):
        for column in range(step // 2, u.shape[1], step):
            east, north = float(u[row, column]), float(v[row, column])
            speed = float(np.hypot(east, north))
            if speed < 0.1:
                continue
            length = min(longest, 0.2 * step * unit * speed) / speed
            x, y = (column + 0.5) * unit, height - (row + 0.5) * unit
            parts.append(_arrow(x, y, east * length, -north * length))
    return "".join(parts)


def _arrow(x: float, y: float, dx: float, dy: float) -> str:
    """A shaft round a point, with two barbs at its end."""
    x0, y0, x1, y1 = x - dx / 2, y - dy / 2, x + dx / 2, y + dy / 2
    barbs = [
        (x1 - 0.3 * (dx * c - s * dy), y1 - 0.3 * (dy * c + s * dx)) for c, s in ((0.85, 0.5), (0.85, -0.5))
    ]
    ends = "".join(f"M{bx:.1f} {by:.1f}L{x1:.1f} {y1:.1f}" for bx, by in barbs)
    return f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}{ends}"


def ticks(top: float, number: Any, *, log: bool = False) -> list[dict[str, Any]]:
    """Labels along a scale, at per cent of its length."""
    if log:
        return [
            {"at": round(100 * (1 - k / DECADES), 1), "value": top * 10.0**-k} for k in range(DECADES, -1, -1)
        ]
    shares: Sequence[float] = (0, 0.25, 0.5, 0.75, 1)
    return [{"at": 100 * s, "label": number(top * s)} for s in shares]
