"""Regions: who is a member on which day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from airshed.errors import UnknownPlace
from airshed.places import Gazetteer, Region

GAZETTEER = Gazetteer.load()
PLAN_OF_2023 = date(2023, 11, 30)
DAY_BEFORE = PLAN_OF_2023 - timedelta(days=1)
REGIONS = GAZETTEER.regions()


def members(region: str, day: date) -> set[str]:
    return set(GAZETTEER.region(region).members_on(day))


@pytest.mark.parametrize(
    ("region", "day", "count"),
    [
        ("bth13", date(2015, 1, 1), 13),
        ("bth13", date(2030, 1, 1), 13),
        ("2+26", date(2017, 2, 28), 0),
        ("2+26", date(2017, 3, 1), 28),
        ("2+26", date(2018, 1, 1), 28),
        ("2+26", DAY_BEFORE, 28),
        ("2+26", PLAN_OF_2023, 0),
        ("2+36", DAY_BEFORE, 0),
        ("2+36", PLAN_OF_2023, 38),
        ("fenwei", date(2018, 6, 26), 0),
        ("fenwei", date(2018, 6, 27), 11),
        ("fenwei", DAY_BEFORE, 11),
        ("fenwei", PLAN_OF_2023, 13),
        ("yrd", date(2019, 1, 1), 41),
        ("yrd", date(2021, 1, 1), 0),
        ("yrd", DAY_BEFORE, 0),
        ("yrd", PLAN_OF_2023, 31),
    ],
)
def test_a_region_has_as_many_cities_as_its_list_of_that_day(region: str, day: date, count: int) -> None:
    assert len(members(region, day)) == count


def test_two_plus_thirty_six_is_two_municipalities_and_thirty_six_cities() -> None:
    cities = [GAZETTEER.jurisdiction(m) for m in members("2+36", PLAN_OF_2023)]
    assert sorted(j.level for j in cities) == ["city"] * 36 + ["province"] * 2


def test_two_plus_thirty_six_does_not_contain_two_plus_twenty_six() -> None:
    gone = members("2+26", DAY_BEFORE) - members("2+36", PLAN_OF_2023)
    assert {GAZETTEER.jurisdiction(m).names["zh"] for m in gone} == {"太原市", "阳泉市", "长治市", "晋城市"}
    assert gone <= members("fenwei", PLAN_OF_2023)


def test_luoyang_and_sanmenxia_moved_from_fenwei_to_two_plus_thirty_six() -> None:
    moved = members("fenwei", DAY_BEFORE) & members("2+36", PLAN_OF_2023)
    assert moved == {"gb2260:410300", "gb2260:411200"}


def test_no_city_is_in_two_regions_of_the_plan_of_2023() -> None:
    lists = [members(region, PLAN_OF_2023) for region in ("2+36", "fenwei", "yrd")]
    assert len(set.union(*lists)) == sum(map(len, lists))


@pytest.mark.parametrize("name", ["张家口", "承德"])
def test_zhangjiakou_and_chengde_are_only_in_bth13(name: str) -> None:
    place = GAZETTEER.require(name)
    assert [r.id for r in REGIONS if any(m.place == place for m in r.members)] == ["bth13"]


@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.id)
def test_every_member_is_a_known_city_with_a_seat(region: Region) -> None:
    for member in region.members:
        place = GAZETTEER.jurisdiction(member.place)
        assert GAZETTEER.city_of(place.id) == place.id
        if region.id != "yrd" or member.since == PLAN_OF_2023:
            assert place.lon is not None


@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.id)
def test_no_city_is_twice_in_a_region_on_any_day(region: Region) -> None:
    days = {edge for span in region.spans() for edge in span if edge} | {date(2015, 1, 1)}
    for day in sorted(days):
        held = [m.place for m in region.members if m.holds_on(day)]
        assert len(held) == len(set(held))


@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.id)
def test_every_membership_names_its_source_and_how_well_it_is_known(region: Region) -> None:
    for member in (*region.members, *region.attached):
        assert member.source
        assert member.status in {"official", "quoted", "derived", "unverified"}


@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.id)
def test_what_is_unverified_is_said_in_both_languages(region: Region) -> None:
    if any(m.status == "unverified" for m in (*region.members, *region.attached)):
        assert "未核实" in region.note["zh"]
        assert "not verified" in region.note["en"]


def test_attached_units_are_counties_and_no_cities() -> None:
    attached = GAZETTEER.region("2+36").attached_on(PLAN_OF_2023)
    assert {GAZETTEER.jurisdiction(a).names["zh"] for a in attached} == {"辛集市", "定州市", "济源市"}
    assert not set(attached) & members("2+36", PLAN_OF_2023)


def test_a_region_answers_to_its_id_in_any_width_and_to_its_names() -> None:
    assert GAZETTEER.region("２＋２６").id == "2+26"
    assert GAZETTEER.region("汾渭平原").id == "fenwei"
    with pytest.raises(UnknownPlace, match=r"known: .*bth13"):
        GAZETTEER.region("2+27")
