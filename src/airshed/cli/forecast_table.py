"""The outlook on a screen: cities down, days across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from airshed.cli.screen import show_whole

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["show"]

_WORDS = {
    "zh": {
        "city": "城市", "hold": "重污染≥48 h", "weather": "气象", "method": "方法", "made": "虚构数据，非实测",
        "trained": "训练", "left": "无历史而未报", "heavy": "重", "issue": "起报", "kept": "存为",
        "cell": "每格：按 AQI 中位数的级别与颜色；PM2.5 中位数（80% 区间）µg/m³；重度及以上污染的概率",
    },
    "en": {
        "city": "City", "hold": "heavy ≥48 h", "weather": "weather", "method": "method",
        "made": "made data, not measured",
        "trained": "trained", "left": "left out, no history", "heavy": "heavy", "issue": "issued", "kept": "kept as",
        "cell": "A cell: category and colour of the median AQI; PM2.5 median (80 % interval) µg/m³; P(heavy pollution)",
    },
}  # fmt: skip


def show(
    outlook: xr.Dataset, rows: list[dict[str, Any]], places: list[dict[str, Any]], kept: str, language: str
) -> None:
    """Print it, with what it says of itself."""
    words = _WORDS["en" if language == "en" else "zh"]
    console = Console()
    for line in _head(outlook.attrs, kept, words):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    table = Table(show_lines=True)
    table.add_column(words["city"])
    for row in rows[: outlook.sizes["day"]]:
        table.add_column(row["day"][5:])
    table.add_column(words["hold"])
    days = outlook.sizes["day"]
    for number, place in enumerate(places):
        cells = [_cell(row, words, language) for row in rows[number * days : (number + 1) * days]]
        table.add_row(
            place["names"]["en" if language == "en" else "zh"], *cells, _percent(place["probability"])
        )
    show_whole(table, console=console)


def _head(about: dict[str, Any], kept: str, words: dict[str, str]) -> list[str]:
    lines = [
        f"{words['issue']} {about['issue']} · {words['method']} {about['method']} · "
        f"{words['weather']} {about['weather']} ({about['weather_source']})",
        f"{words['trained']} {about['trained']} · {words['kept']} {kept}",
        words["cell"],
    ]
    if about["made"]:
        lines.insert(0, f"⚠ {words['made']}")
    if about["left_out"]:
        lines.append(f"{words['left']}: {about['left_out']}")
    return lines


def _cell(row: dict[str, Any], words: dict[str, str], language: str) -> Text:
    lang = "en" if language == "en" else "zh"
    if row["category"] is None:
        return Text("—")
    red, green, blue = row["rgb"]
    word = f"{row['category_names'][lang]} {row['colours'][lang]}"
    text = Text(f"■ {word}\n", style=f"rgb({red},{green},{blue})")
    pm = row["concentrations"].get("pm25")
    if pm and pm["median"] is not None:
        text.append(f"{pm['median']:.0f} ({pm['low']:.0f}–{pm['high']:.0f})\n", style="default")
    return text.append(f"{words['heavy']} {_percent(row['heavy_probability'])}", style="default")


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.0f} %"
