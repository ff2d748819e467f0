"""How place names are folded, shortened and spelled, so that each way of writing leads to one division."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["fold", "name_keys", "short_zh"]

# The 55 minorities as they stand in division names (维吾尔 and 哈萨克 with and without 族).
_PEOPLES = (
    "柯尔克孜族|乌孜别克族|维吾尔族|哈萨克族|柯尔克孜|达斡尔族|塔吉克族|"
    "俄罗斯族|鄂温克族|塔塔尔族|鄂伦春族|蒙古族|维吾尔|布依族|朝鲜族|土家族|"
    "哈尼族|哈萨克|傈僳族|高山族|拉祜族|东乡族|纳西族|景颇族|达斡尔|仫佬族|"
    "布朗族|撒拉族|毛南族|仡佬族|锡伯族|阿昌族|普米族|塔吉克|德昂族|保安族|"
    "裕固族|独龙族|赫哲族|门巴族|珞巴族|基诺族|回族|藏族|苗族|彝族|壮族|"
    "满族|侗族|瑶族|白族|傣族|黎族|佤族|畲族|水族|土族|羌族|锡伯|怒族|"
    "京族|各族|蒙古"
)
_AUTONOMOUS = re.compile(rf"(?P<base>.+?)(?:{_PEOPLES})*自治(?P<kind>[区州县旗])$")
_AUTONOMOUS_REGION = re.compile(r"(?P<base>.+?)自治(?P<kind>[区州县旗])$")  # 内蒙古: its people are its name
_PLAIN = re.compile(r"(?P<base>.{2,}?)(?:特别行政区|地区|林区|省|市|盟|区|县|旗)$")


def short_zh(name: str) -> str:
    """The name without its kind: 石家庄市 → 石家庄, 文山壮族苗族自治州 → 文山, 蔚县 → 蔚县.

    >>> short_zh("延边朝鲜族自治州"), short_zh("宁夏回族自治区"), short_zh("蔚县")
    ('延边', '宁夏', '蔚县')
    """
    for pattern in (_AUTONOMOUS, _AUTONOMOUS_REGION, _PLAIN):
        match = pattern.match(name)
        if match and len(match["base"]) > 1:
            return match["base"]
    return name


def fold(text: str) -> str:
    """Case, accents, width, spaces and apostrophes taken away: ``Xi'an`` and ``XI AN`` are one.

    >>> fold("Xi'an"), fold("Ürümqi "), fold("２＋２６")
    ('xian', 'urumqi', '2+26')
    """
    plain = unicodedata.normalize("NFKD", text.strip()).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c) and c not in " '’‘`-·.　_")


def name_keys(zh: str, en: str, aliases: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
    """All folded ways of writing a division's name, each with its rank (0: the name itself, 1: shorter)."""
    short = short_zh(zh)
    yield fold(zh), 0
    yield from ((fold(key), 0) for key in _spellings(en))
    yield fold(short), 1
    if zh.endswith("自治州"):
        yield fold(f"{short}州"), 0
    if zh.endswith("自治县"):
        yield fold(f"{short}县"), 1
    for alias in aliases:
        yield from ((fold(key), 1) for key in (alias, short_zh(alias)))
    tails = {tail for name in (zh, *aliases) for tail in _tails(name)}
    for spelled in (*_spellings(en.split(" ", maxsplit=1)[0]), *aliases):
        if spelled.isascii() or "ü" in spelled.lower():
            yield from ((fold(spelled) + tail, 1) for tail in ("", *tails))


_TAILS = {
    "地区": ("diqu", "prefecture"), "市": ("shi", "city"), "省": ("sheng", "province"), "区": ("qu",),
    "县": ("xian",), "盟": ("meng",), "州": ("zhou",), "旗": ("qi",),
}  # fmt: skip


def _tails(zh: str) -> tuple[str, ...]:
    """What may follow the pinyin of a name of this kind: beijingshi, abazhou, alidiqu."""
    return next((tails for kind, tails in _TAILS.items() if zh.endswith(kind)), ())


def _spellings(en: str) -> tuple[str, ...]:
    """``ü`` is typed as u, v or yu: Lüliang, Lvliang, Lyuliang."""
    if "ü" not in en.lower():
        return (en,)
    lower = en.lower()
    return (en, lower.replace("ü", "v"), lower.replace("ü", "yu"))
