"""Names: every way of writing a place leads to it, and to nothing else."""

from __future__ import annotations

import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.errors import UnknownPlace
from airshed.places import Gazetteer, Jurisdiction, wgs84_to_gcj02
from airshed.places.name_index import NameIndex
from conftest import shared_data

GAZETTEER = Gazetteer.load()
CITIES_366 = "air_quality/city_daily_366cities_20131202_20160229.parquet"
EVERY_DIVISION = [j for j in GAZETTEER.jurisdictions() if j.id.startswith("gb2260:")]


def cities_of_the_daily_file() -> list[str]:
    return pl.read_parquet(shared_data(CITIES_366), columns=["city"])["city"].unique().sort().to_list()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("北京", 110000), ("北京市", 110000), ("Beijing", 110000), ("beijingshi", 110000),
        ("110100", 110000),
        ("gb2260:130100", 130100), ("石家庄", 130100), ("Shijiazhuang", 130100), ("重庆", 500000),
        ("Chongqing", 500000), ("长治", 140400), ("Changzhi", 140400), ("长春", 220100),
        ("Changchun", 220100),
        ("陕西", 610000), ("Shaanxi", 610000), ("Shanxi", 140000), ("山西省", 140000), ("亳州", 341600),
        ("Bozhou", 341600), ("晋中", 140700), ("吕梁", 141100), ("Lüliang", 141100), ("Lvliang", 141100),
        ("Luliang", 141100), ("厦门", 350200), ("Xiamen", 350200), ("Xi'an", 610100), ("XI AN", 610100),
        ("文山州", 532600), ("文山壮族苗族自治州", 532600), ("林芝地区", 540400), ("伊犁哈萨克州", 654000),
        ("襄樊", 420600), ("思茅", 530800), ("莱芜", 371200), ("海南州", 632500),
        ("海南", 460000),
        ("吉林市", 220200), ("吉林", 220000), ("内蒙古", 150000), ("Inner Mongolia", 150000),
        ("广西", 450000),
        ("ürümqi", 650100), ("河北省石家庄市", 130100), ("北京市朝阳区", 110105),
        ("朝阳", 211300), ("蔚县", 130726),
    ],
)  # fmt: skip
def test_a_name_leads_to_its_division(text: str, code: int) -> None:
    assert GAZETTEER.resolve(text) == f"gb2260:{code}"


def test_all_366_cities_of_the_daily_file_are_known() -> None:
    unknown = [name for name in cities_of_the_daily_file() if GAZETTEER.resolve_city(name) is None]
    assert len(cities_of_the_daily_file()) == 366
    assert unknown == [], f"{len(unknown)} of 366 names lead nowhere"


def test_no_two_of_the_366_cities_are_one_division() -> None:
    ids = [GAZETTEER.resolve_city(name) for name in cities_of_the_daily_file()]
    assert len(set(ids)) == 366


def test_a_column_of_cities_means_the_city_where_a_province_has_the_same_name() -> None:
    assert GAZETTEER.resolve_city("吉林") == "gb2260:220200"
    assert GAZETTEER.resolve_city("北京") == "gb2260:110000"
    assert GAZETTEER.resolve_city("句容") == "gb2260:321183"


def test_a_name_of_two_equals_leads_nowhere_until_it_is_said_within_what() -> None:
    assert GAZETTEER.resolve("通州区") is None
    assert GAZETTEER.resolve("通州区", within="gb2260:110000") == "gb2260:110112"
    assert GAZETTEER.resolve("通州区", within="gb2260:320000") == "gb2260:320612"
    assert GAZETTEER.resolve("朝阳", within="gb2260:110000") == "gb2260:110105"
    assert GAZETTEER.resolve("朝阳", within="2+26") == "gb2260:110105"


def test_an_unknown_name_is_refused_with_what_is_near() -> None:
    with pytest.raises(UnknownPlace, match="石家庄市 \\(gb2260:130100\\)"):
        GAZETTEER.require("石家装")


def test_an_ambiguous_name_is_refused_with_all_it_may_mean() -> None:
    with pytest.raises(UnknownPlace, match=r"several are called so: 苏州市.*宿州市"):
        GAZETTEER.require("Suzhou")


@given(st.sampled_from(EVERY_DIVISION))
def test_every_division_answers_to_its_code_and_within_its_parent_to_its_full_name(place: object) -> None:
    assert GAZETTEER.resolve(place.id) == place.id  # type: ignore[attr-defined]
    assert GAZETTEER.resolve(place.id[7:]) == place.id  # type: ignore[attr-defined]
    named = GAZETTEER.resolve(place.names["zh"], within=place.parent)  # type: ignore[attr-defined]
    assert named == place.id  # type: ignore[attr-defined]


@given(st.text(max_size=12))
def test_any_text_at_all_leads_to_one_place_or_to_none(text: str) -> None:
    found = GAZETTEER.resolve(text)
    assert found is None or GAZETTEER.jurisdiction(found).id == found


def test_the_tree_has_34_provinces_and_every_parent_is_one_level_up() -> None:
    assert len(GAZETTEER.jurisdictions("province")) == 34
    for place in EVERY_DIVISION:
        parent = GAZETTEER.jurisdiction(place.parent or "")
        allowed = {"province": {"nation"}, "city": {"province"}, "county": {"city", "province"}}
        assert parent.level in allowed[place.level]
        assert place.id[7:9] == parent.id[7:9] or parent.level == "nation"


def test_municipalities_are_province_and_city_at_once() -> None:
    assert GAZETTEER.city_of("gb2260:110105") == "gb2260:110000"
    assert GAZETTEER.city_of("gb2260:110000") == "gb2260:110000"
    assert "gb2260:110105" in GAZETTEER.children("gb2260:110000")


def test_a_county_lies_in_its_city_and_a_county_level_city_under_a_province_is_its_own() -> None:
    assert GAZETTEER.city_of("gb2260:321183") == "gb2260:321100"
    assert GAZETTEER.city_of("gb2260:419001") == "gb2260:419001"
    assert GAZETTEER.city_of("gb2260:130000") is None
    assert GAZETTEER.city_of("nowhere") is None


def test_law_is_looked_for_in_city_then_province_then_nation() -> None:
    assert GAZETTEER.chain("gb2260:130200") == ("gb2260:130200", "gb2260:130000", "cn")
    assert GAZETTEER.chain("gb2260:110000") == ("gb2260:110000", "cn")
    assert GAZETTEER.chain("prsa:Dongsi") == ("gb2260:110000", "cn")
    assert GAZETTEER.chain("2+26") == ("cn",)
    with pytest.raises(UnknownPlace):
        GAZETTEER.chain("gb2260:999999")


def test_a_search_finds_by_part_of_a_name_pinyin_or_code() -> None:
    assert GAZETTEER.search("baoding")[0].id == "gb2260:130600"
    assert GAZETTEER.search("1306", 1)[0].id == "gb2260:130600"
    assert {p.id for p in GAZETTEER.search("汾渭")} == {"fenwei"}
    assert GAZETTEER.search("  ") == []
    assert len(GAZETTEER.search("a", 7)) == 7


def test_three_hundred_thousand_names_are_resolved_in_a_second() -> None:
    names = [j.names["zh"] for j in EVERY_DIVISION[:1000]] * 300
    started = time.perf_counter()
    for name in names:
        GAZETTEER.resolve(name)
    assert time.perf_counter() - started < 1.0


def test_a_division_that_is_gone_yields_its_name_to_one_that_stands() -> None:
    old, new = (Jurisdiction(f"x:{n}", {"zh": "旧名市", "en": "Oldname"}, "city", "cn") for n in (1, 2))
    held = {j.id: j for j in (old, new)}
    assert NameIndex(held, set(), {"x:1"}).find("旧名市") == "x:2"
    assert NameIndex(held, set(), {"x:2"}).find("旧名市") == "x:1"
    assert NameIndex(held, set(), set()).find("旧名市") is None


def test_seats_are_wgs84_though_they_were_published_in_gcj02() -> None:
    beijing = GAZETTEER.jurisdiction("gb2260:110000")
    published = wgs84_to_gcj02(beijing.lon, beijing.lat)
    assert tuple(map(float, published)) == pytest.approx((116.405285, 39.904989), abs=1e-4)
