"""Figures for papers: the matrix with its margins, bars of origin, the footprint on a map. Needs ``airshed[plot]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput, Missing
from airshed.places.grid import Grid

__all__ = [
    "CHINESE_FONTS",
    "check_path",
    "footprint_figure",
    "matrix_figure",
    "origin_figure",
    "write_figure",
]

Array = NDArray[Any]
CHINESE_FONTS: Final = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Heiti SC", "Noto Serif CJK SC",
    "Noto Serif CJK JP", "Source Han Serif SC", "SimSun", "Songti SC", "Arial Unicode MS",
)  # fmt: skip
"""Looked for in this order; of a collection file matplotlib knows the first face alone, which has all signs too."""

FORMATS: Final = (".png", ".svg", ".pdf")
RAMP: Final = "Blues"  # one hue, its lightness rises evenly: read by colour-blind eyes and in print
BARS: Final = ("#3b4f6b", "#6f8fb3", "#c9b27c", "#8c8c8c", "#b9b9b9", "#d6cfc4", "#9a6b5a", "#e6e6e6")
DECADES: Final = 4  # of a footprint that are drawn
LABELLED: Final = 45  # rows of a matrix up to which cells carry figures
_WORDS: Final = {
    "mean": {"zh": "平均", "en": "mean"},
    "share": {"zh": "贡献 %", "en": "contribution %"},
    "others": {"zh": "其余", "en": "others"},
}
DPI: Final = 200


def matrix_figure(
    share: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    whole: Array,
    language: str = "zh",
    note: str = "",
) -> Any:
    """Receptors by sources as a heat map, with the sums of the rows and the means of the columns beside it.

    Parameters:
        share: of the receptor's concentration [%], (receptor, source).
        rows: names of receptors; ``columns``: of sources.
        whole: concentration of the receptors [ug m-3], (receptor,).
        language: zh or en.
        note: printed below, such as that the data are made.

    Raises:
        BadInput: names that do not fit.
        Missing: no matplotlib, or no Chinese font for Chinese.
    """
    if share.shape != (len(rows), len(columns)) or len(whole) != len(rows):
        came = f"{share.shape}, {len(rows)} rows, {len(columns)} columns"
        raise BadInput("a matrix with a name for each row and column", came, "mend the call")
    plt = _canvas(language)
    size = (3.0 + 0.28 * len(columns), 2.4 + 0.24 * len(rows))
    parts = {
        "width_ratios": [len(columns), 4],
        "height_ratios": [len(rows), 2],
        "wspace": 0.04,
        "hspace": 0.06,
    }
    figure, axes = plt.subplots(2, 2, figsize=size, gridspec_kw=parts)
    image = _heat(axes[0, 0], share, rows, columns)
    axes[0, 1].barh(np.arange(len(rows)), whole, color=BARS[1], height=0.8)
    axes[0, 1].set(ylim=(len(rows) - 0.5, -0.5), yticks=[], title="µg m$^{-3}$")
    axes[1, 0].bar(np.arange(len(columns)), share.mean(axis=0), color=BARS[0], width=0.8)
    axes[1, 0].set(xlim=(-0.5, len(columns) - 0.5), ylabel=_word("mean", language) + " %")
    axes[1, 0].set_xticks(np.arange(len(columns)), columns, rotation=90)
    axes[1, 1].axis("off")
    figure.colorbar(
        image, ax=axes[1, 1], fraction=0.6, label=_word("share", language), orientation="horizontal"
    )
    _plain(axes[0, 1], axes[1, 0])
    return _noted(figure, note)


def origin_figure(
    amounts: Mapping[str, Array], names: Sequence[str], language: str = "zh", note: str = ""
) -> Any:
    """Stacked bars: what each receptor, or each day, breathes from where.

    Parameters:
        amounts: by the name of an origin, (bar,) [ug m-3]; a negative amount is drawn below zero. Of more than eight
            the smallest are drawn as one.
        names: of the bars.
        language: zh or en.

    Raises:
        Missing: no matplotlib, or no Chinese font for Chinese.
    """
    plt = _canvas(language)
    figure, axes = plt.subplots(figsize=(2.5 + 0.34 * len(names), 3.6))
    above, below = np.zeros(len(names)), np.zeros(len(names))
    for number, (name, amount) in enumerate(_largest(amounts, language).items()):
        values = np.asarray(amount, dtype=np.float64)
        bottom = np.where(values >= 0, above, below)
        axes.bar(np.arange(len(names)), values, 0.78, bottom, label=name, color=BARS[number % len(BARS)])
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    axes.set_xticks(np.arange(len(names)), names, rotation=90 if len(names) > 6 else 0)
    axes.set_ylabel("PM$_{2.5}$ (µg m$^{-3}$)")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    _plain(axes)
    return _noted(figure, note)


def footprint_figure(
    footprint: Array,
    grid: Grid,
    receptor: Sequence[int],
    title: str = "",
    language: str = "zh",
    note: str = "",
) -> Any:
    """A footprint on its own projection, with parallels and meridians, on a logarithmic scale.

    Parameters:
        footprint: (y, x) [ug m-3 per kg h-1 of steady emission]; what is negative is left white.
        receptor: its cells, flat.
        title: such as the city and the day; ``note``: printed below.
        language: zh or en.

    Raises:
        BadInput: nothing above zero.
        Missing: no matplotlib, or no Chinese font for Chinese.
    """
    largest = float(footprint.max())
    if not largest > 0:
        raise BadInput("a footprint with something above zero", f"largest {largest:g}", "choose another day")
    plt = _canvas(language)
    from matplotlib.colors import LogNorm

    figure, axes = plt.subplots(figsize=(5.2, 4.2 * grid.ny / grid.nx + 0.5))
    x, y = (
        (grid.x0 + grid.cell * np.arange(grid.nx + 1)) / 1e3,
        (grid.y0 + grid.cell * np.arange(grid.ny + 1)) / 1e3,
    )
    least = largest * 10.0**-DECADES
    shown = np.ma.masked_less_equal(footprint, least)
    image = axes.pcolormesh(x, y, shown, norm=LogNorm(least, largest), cmap=RAMP, rasterized=True)
    _graticule(axes, grid)
    row, column = np.divmod(np.asarray(receptor), grid.nx)
    axes.plot(grid.x[column] / 1e3, grid.y[row] / 1e3, "s", ms=3, mfc="none", mec="#c0392b", mew=0.8)
    axes.set(aspect="equal", title=title, xticks=[], yticks=[])
    figure.colorbar(image, ax=axes, shrink=0.7, label="µg m$^{-3}$ / (kg h$^{-1}$)")
    return _noted(figure, note)


def write_figure(figure: Any, path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of the name.

    Raises:
        BadInput: another ending, or a folder that is not there.
    """
    check_path(path)
    figure.savefig(path, dpi=DPI, bbox_inches="tight")
    _pyplot().close(figure)


def check_path(path: Path) -> None:
    """Say before the work that a figure cannot be written there."""
    if path.suffix.lower() not in FORMATS:
        raise BadInput("a figure as .png, .svg or .pdf", path.name, "choose one of these endings")
    if not path.resolve().parent.is_dir():
        raise BadInput("a folder that is there", str(path.parent), "make it first")


# --- inside ------------------------------------------------------------------------------------------------


def _pyplot() -> Any:
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise Missing("matplotlib, for figures", "none", "install airshed[plot]") from error
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def _canvas(language: str) -> Any:
    plt = _pyplot()
    plt.rcParams.update({
        "font.size": 8, "axes.linewidth": 0.6, "axes.unicode_minus": False, "svg.fonttype": "none", "pdf.fonttype": 42,
        "font.family": ["DejaVu Sans", *([_chinese_font()] if language == "zh" else [])],
    })  # fmt: skip
    return plt


def _chinese_font() -> str:
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in CHINESE_FONTS:
        if name in known:
            return name
    raise Missing(
        f"a Chinese font: {', '.join(CHINESE_FONTS[:5])} or their like",
        "none",
        "install one, or take --lang en",
    )


def _heat(axes: Any, share: Array, rows: Sequence[str], columns: Sequence[str]) -> Any:
    image = axes.imshow(share, cmap=RAMP, vmin=0, vmax=max(float(share.max()), 1e-9), aspect="auto")
    axes.set_yticks(np.arange(len(rows)), rows)
    axes.set_xticks([])
    middle = float(share.max()) / 2
    if len(rows) <= LABELLED and len(columns) <= LABELLED + len(BARS):
        for (row, column), value in np.ndenumerate(share):
            if abs(value) >= 1:
                ink = "white" if value > middle else "black"
                axes.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=5, color=ink)
    return image


def _graticule(axes: Any, grid: Grid) -> None:
    """Parallels and meridians, two to six of each, labelled on the line."""
    for field, letters in ((grid.lon, "WE"), (grid.lat, "SN")):
        span = float(field.max() - field.min())
        step = next(s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0) if span / s <= 6)
        levels = np.arange(np.ceil(field.min() / step) * step, field.max(), step)
        if not len(levels):
            continue
        lines = axes.contour(grid.x / 1e3, grid.y / 1e3, field, levels, colors="#777777", linewidths=0.4)
        axes.clabel(lines, fmt=lambda v, ends=letters: f"{abs(v):g}°{ends[int(v >= 0)]}", fontsize=6)


def _largest(amounts: Mapping[str, Array], language: str) -> Mapping[str, Array]:
    """As many as there are colours, in their order; what is left as one more, last."""
    if len(amounts) <= len(BARS):
        return amounts
    sizes = {name: float(np.abs(values).sum()) for name, values in amounts.items()}
    kept = sorted(sizes, key=lambda name: -sizes[name])[: len(BARS) - 1]
    others = sum((values for name, values in amounts.items() if name not in kept), np.zeros(1))
    return {n: v for n, v in amounts.items() if n in kept} | {_word("others", language): np.asarray(others)}


def _plain(*axes: Any) -> None:
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)


def _noted(figure: Any, note: str) -> Any:
    if note:
        figure.text(0.01, 0.0, note, fontsize=6, color="#555555", va="top")
    return figure


def _word(key: str, language: str) -> str:
    return _WORDS[key][language]
