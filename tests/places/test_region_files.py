"""A region is a file: a user anywhere adds one without touching code, and is told every fault at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.places.boundaries import boundaries

RUHR = """\
id: ruhr
names: {zh: 鲁尔区, en: Ruhr}
root: de
utc_offset: 1
law: true
source: an example
stations: monitors.csv
boundaries: towns.geojson
jurisdictions:
  - {id: de, name: Germany, level: nation}
  - {id: "de:nw", names: {zh: 北威州, en: North Rhine-Westphalia}, level: province}
  - {id: "de:05113", name: Essen, parent: "de:nw", lon: 7.01, lat: 51.46, aliases: [Essen (Ruhr)]}
  - {id: "de:05112", name: Duisburg, level: city, parent: "de:nw"}
memberships:
  - {since: 2020-01-01, status: derived, members: ["de:05113", Duisburg]}
"""
MONITORS = """\
id,name,lon,lat,place,role,since,until
de:DENW134,Essen-Frohnhausen,6.97,51.45,Essen,evaluation,2019-01-01,
de:DENW034,Duisburg-Walsum,6.75,51.52,Duisburg,control,,
"""
TOWNS = """\
{"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"id": "de:05113"},
   "geometry": {"type": "Polygon", "coordinates":
    [[[6.9, 51.3], [7.2, 51.3], [7.2, 51.6], [6.9, 51.6], [6.9, 51.3]]]}},
  {"type": "Feature", "properties": {"id": "Duisburg"},
   "geometry": {"type": "Polygon", "coordinates":
    [[[6.6, 51.3], [6.9, 51.3], [6.9, 51.6], [6.6, 51.6], [6.6, 51.3]]]}}
]}
"""
ESSEN, DUISBURG = "de:05113", "de:05112"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ruhr.yaml").write_text(RUHR, encoding="utf-8")
    (tmp_path / "monitors.csv").write_text(MONITORS, encoding="utf-8")
    (tmp_path / "towns.geojson").write_text(TOWNS, encoding="utf-8")
    return tmp_path


def test_a_region_abroad_needs_no_code(folder: Path) -> None:
    gazetteer = Gazetteer.load([folder])
    region = gazetteer.region("ruhr")
    assert (region.root, region.utc_offset, region.made) == ("de", 1.0, False)
    assert region.members_on(date(2019, 12, 31)) == ()
    assert region.members_on(date(2020, 1, 1)) == (ESSEN, DUISBURG)
    assert gazetteer.resolve("essen") == gazetteer.resolve("Essen (Ruhr)") == ESSEN
    assert gazetteer.resolve("北京") == "gb2260:110000"


def test_its_stations_come_from_its_spreadsheet(folder: Path) -> None:
    gazetteer = Gazetteer.load([folder])
    station = gazetteer.station("de:DENW134")
    assert (station.place, station.role, station.since) == (ESSEN, "evaluation", date(2019, 1, 1))
    assert {s.id for s in gazetteer.stations(["ruhr"])} == {"de:DENW134", "de:DENW034"}
    assert gazetteer.stations([ESSEN], on=date(2018, 12, 31)) == ()
    assert gazetteer.station_named("Duisburg-Walsum") == gazetteer.station("de:DENW034")


def test_a_region_with_law_of_its_own_stands_between_province_and_nation(folder: Path) -> None:
    gazetteer = Gazetteer.load([folder])
    assert gazetteer.chain(ESSEN) == (ESSEN, "de:nw", "ruhr", "de")
    assert gazetteer.chain(ESSEN, on=date(2019, 12, 31)) == (ESSEN, "de:nw", "de")
    assert gazetteer.chain("ruhr") == ("ruhr", "de")


def test_its_boundaries_come_from_its_geojson(folder: Path) -> None:
    drawn = boundaries([DUISBURG, ESSEN], Gazetteer.load([folder]))
    assert list(drawn) == [DUISBURG, ESSEN]
    assert drawn[ESSEN].bounds == (6.9, 51.3, 7.2, 51.6)


def test_a_broken_geojson_names_each_feature(folder: Path) -> None:
    gazetteer = Gazetteer.load([folder])
    broken = TOWNS.replace('"Duisburg"', '"Dortmund"').replace("[7.2, 51.3]", "[720000, 51.3]")
    (folder / "towns.geojson").write_text(broken, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        boundaries([ESSEN], gazetteer)
    assert "feature 1 (de:05113): wanted a polygon in degrees" in str(caught.value)
    assert "feature 2: property id: wanted a known place, got 'Dortmund'" in str(caught.value)


def test_every_fault_of_a_file_is_named_at_once_with_its_line(folder: Path) -> None:
    broken = (
        RUHR.replace("utc_offset: 1", "utc_offset: 20")
        .replace("stations: monitors.csv", "station: monitors.csv")
        .replace("boundaries: towns.geojson", "boundaries: nowhere.geojson")
        .replace("level: province", "level: land")
        .replace("status: derived", "status: certain")
    )
    (folder / "ruhr.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        Gazetteer.load([folder])
    message = str(caught.value)
    for part in (
        "ruhr.yaml:4: utc_offset: wanted hours between -14 and 14, got 20",
        "ruhr.yaml:7: station: wanted one of",
        "ruhr.yaml:8: boundaries: wanted the path of a file",
        "ruhr.yaml:11: jurisdictions.1.level: wanted one of nation, province, city, county, got 'land'",
        "ruhr.yaml:15: memberships.0.status: wanted one of",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("id: ruhr\n", "", "id: wanted an id"),
        (
            "names: {zh: 鲁尔区, en: Ruhr}\n",
            "names: {en: Ruhr}\n",
            "ruhr.yaml:2: names: wanted names in zh and en",
        ),
        ("root: de\n", "root: at\n", "ruhr.yaml:3: root: wanted a known jurisdiction"),
        ("Duisburg]}\n", "Bochum]}\n", "ruhr.yaml:15: memberships.0.members.1: wanted a place"),
        ("2020-01-01,", "2020-02-30,", "memberships.0.since: wanted a day"),
        ("2020-01-01,", "2020-01-01, until: 2020-01-01,", "wanted a day after since (2020-01-01)"),
        ("lon: 7.01, lat: 51.46", "lon: 7.01", "jurisdictions.2: wanted a jurisdiction in order"),
        ("made", "made", ""),
    ],
)
def test_a_fault_is_named(folder: Path, old: str, new: str, fault: str) -> None:
    (folder / "ruhr.yaml").write_text(RUHR.replace(old, new), encoding="utf-8")
    if not fault:
        Gazetteer.load([folder])
        return
    with pytest.raises(BadInput) as caught:
        Gazetteer.load([folder])
    assert fault in str(caught.value)


def test_a_place_twice_on_one_day_is_refused_and_twice_in_turn_is_not(folder: Path) -> None:
    turn = RUHR.replace("{since: 2020-01-01,", "{since: 2020-01-01, until: 2022-01-01,")
    later = turn + '  - {since: 2022-01-01, status: derived, members: ["de:05113"]}\n'
    (folder / "ruhr.yaml").write_text(later, encoding="utf-8")
    assert Gazetteer.load([folder]).region("ruhr").members_on(date(2022, 1, 1)) == (ESSEN,)
    (folder / "ruhr.yaml").write_text(
        later.replace("since: 2022-01-01", "since: 2021-12-31"), encoding="utf-8"
    )
    with pytest.raises(BadInput, match="de:05113 in one list at a time"):
        Gazetteer.load([folder])


def test_what_is_no_yaml_is_named_with_its_line(folder: Path) -> None:
    (folder / "ruhr.yaml").write_text("id: ruhr\nnames: {zh: [\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"ruhr.yaml:\d: YAML is wanted"):
        Gazetteer.load([folder])
    (folder / "ruhr.yaml").write_bytes("id: 鲁尔".encode("gb18030"))
    with pytest.raises(BadInput, match="UTF-8"):
        Gazetteer.load([folder])


def test_a_workspace_may_replace_a_packaged_region(folder: Path) -> None:
    text = "id: yrd\nname: ours\nmemberships:\n  - {status: derived, members: [上海]}\n"
    (folder / "yrd.yaml").write_text(text, encoding="utf-8")
    assert Gazetteer.load([folder]).region("yrd").members_on(date(2020, 1, 1)) == ("gb2260:310000",)


def test_a_made_region_says_that_it_is_made(folder: Path) -> None:
    (folder / "ruhr.yaml").write_text(RUHR.replace("law: true", "made: true"), encoding="utf-8")
    assert Gazetteer.load([folder]).region("ruhr").made
