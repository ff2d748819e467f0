"""What ``airshed effect`` says: tables of trends, events and pooled alerts, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rich.table import Table

from airshed.assessment.effect import EventEffect, Pooled
from airshed.assessment.effect.engine import CAVEAT, EngineEffect

__all__ = ["engine_dict", "engine_lines", "event_table", "pooled_table", "trend_table", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "variable": ("污染物", "variable"), "observed": ("实测", "observed"), "normalised": ("去气象", "normalised"),
    "corrected": ("去气象（订正）", "corrected"),
    "counterfactual": ("反事实", "would have been"), "effect": ("效果 %", "effect %"),
    "interval": ("80 % 区间", "80 % interval"), "band": ("安慰剂 5–95 %", "placebo 5–95 %"), "rank": ("名次", "rank"),
    "p": ("p", "p"), "skill": ("分块 R²", "blocked R²"), "random": ("随机 R²", "random R²"),
    "verdict": ("结论", "verdict"), "not detectable": ("无法检出", "not detectable"), "fall": ("下降", "fall"),
    "rise": ("上升", "rise"), "no significant trend": ("无显著趋势", "no significant trend"),
    "too few years": ("年数不足", "too few years"), "no critical value": ("无临界值", "no critical value"),
    "years": ("年份", "years"), "slope": ("Theil–Sen %/年", "Theil–Sen %/year"), "spearman": ("Spearman", "Spearman"),
    "alerts": ("预警数", "alerts"), "episodes": ("过程数", "episodes"), "power": ("检出所需预警数", "alerts needed"),
    "ninety_five": ("95 % 区间", "95 % interval"), "detectable": ("可检出", "detectable"),
    "few": ("过程少于 10 个，区间偏窄", "fewer than 10 episodes: intervals are too narrow"),
    "flat": ("随机划分的 R² 因相邻小时相似而虚高", "R2 of random hours flatters: neighbouring hours resemble"),
    "engine": ("引擎（有无措施）", "engine, with and without"), "refused": ("拒绝", "refused"),
    "any": ("同季节", "same season"), "peaks": ("同样的预报峰值", "forecast peaks alike"),
    "placebos": ("安慰剂窗口", "placebo windows"),
}  # fmt: skip


def word(key: str, lang: str) -> str:
    """A word in zh or en; itself where it has none."""
    return _WORDS.get(key, (key, key))[lang != "zh"]


def _table(title: str, columns: Sequence[str], lang: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(word(column, lang), justify="right" if number else "left")
    return table


def _pair(pair: tuple[float, float] | None) -> str:
    return "–" if pair is None else f"[{pair[0]:+.0f}, {pair[1]:+.0f}]"


def event_table(found: Sequence[EventEffect], lang: str, place: str) -> Table:
    """Events of a place, a row a pollutant."""
    first = found[0]
    title = f"{place} {first.start} – < {first.until} · {word('placebos', lang)}: {word(first.rule, lang)}"
    columns = (
        "variable",
        "observed",
        "counterfactual",
        "effect",
        "interval",
        "band",
        "rank",
        "p",
        "skill",
        "verdict",
    )
    table = _table(title, columns, lang)
    for one in found:
        table.add_row(
            one.variable, f"{one.observed:.3g}", f"{one.counterfactual:.3g}", f"{one.percent:+.0f}",
            _pair(one.interval), _pair(one.band), f"{one.ranked.rank}/{len(one.placebos) + 1}",
            f"{one.ranked.p:.3f}", f"{one.skill:.2f}", word(one.verdict, lang),
        )  # fmt: skip
    return table


def engine_dict(found: EngineEffect) -> dict[str, Any]:
    """The engine's answer as JSON."""
    return {
        "from": str(found.start), "until": str(found.until), "refused": found.refused,
        "receptors": [] if found.table is None else found.table.to_dicts(),
        "share_predicted": found.share_predicted, "linearity": found.linearity, "made": found.made, "caveat": CAVEAT,
    }  # fmt: skip


def engine_lines(found: EngineEffect, lang: str, name: Callable[[str], str]) -> list[str]:
    """The engine's answer for all receptors, and what it leaves out; ``name``: of a place."""
    head = f"{word('engine', lang)}: "
    if found.table is None:
        return [head + f"{word('refused', lang)}: {found.refused}"]
    rows = [f"{name(r['receptor'])} {r['change']:+.1f} %" for r in found.table.iter_rows(named=True)]
    return [head + ", ".join(rows), CAVEAT["zh" if lang == "zh" else "en"]]


def trend_table(rows: Sequence[Mapping[str, Any]], lang: str) -> Table:
    """Trends, a row a pollutant and pair of years."""
    columns = (
        "variable",
        "years",
        "observed",
        "normalised",
        "corrected",
        "ninety_five",
        "slope",
        "p",
        "verdict",
        "skill",
        "random",
    )
    table = _table("", columns, lang)
    for row in rows:
        rate = row["slope"]["normalised"]
        for pair in row["changes"]:
            years = f"{pair['observed']['earlier'][:7]} → {pair['observed']['later'][:7]}"
            table.add_row(
                row["variable"], years, f"{pair['observed']['percent']:+.1f} %",
                f"{pair['normalised']['percent']:+.1f} %", f"{pair['corrected']['percent']:+.1f} %",
                _pair(pair["corrected"]["ninety_five"]),
                f"{rate['percent']:+.1f}", f"{rate['p']:.3f}", word(rate["verdict"], lang),
                f"{row['blocked_r2']:.2f}", f"{row['random_r2']:.2f}",
            )  # fmt: skip
    table.caption = word("flat", lang)
    return table


def pooled_table(found: Sequence[Pooled], lang: str) -> Table:
    """Pooled estimates, a row a pollutant."""
    columns = ("variable", "alerts", "episodes", "effect", "interval", "ninety_five", "p", "power", "verdict")
    table = _table("", columns, lang)
    for one in found:
        needed = ", ".join(f"{p.percent:.0f} %: {p.alerts}" for p in one.power[:2])
        table.add_row(
            one.variable, str(len(one.effects)), str(one.episodes), f"{one.percent:+.0f}", _pair(one.eighty),
            _pair(one.ninety_five), "–" if one.p is None else f"{one.p:.3f}", needed,
            word("detectable" if one.detectable else "not detectable", lang),
        )  # fmt: skip
    if any(one.too_few for one in found):
        table.caption = word("few", lang)
    return table
