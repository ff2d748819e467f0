"""Shares of single sources: particles beside the footprint, with an error that says when nothing is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from airshed.emissions import RELEASES, profiles_of_the_house
from airshed.emissions.release import release
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.places.cells import cell_shares
from airshed.transport import Memory, create_case, run_concentrations, run_footprints
from airshed.transport.case import Case, Description
from airshed.transport.points import Point, cell_point, fine_loss, point_shares, points_of_rows
from transport.small import PLACES, small_grid, small_owners, small_release, small_study

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("points")]

DAY = date(2026, 1, 11)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    study = small_study(48)
    receptors = {r.id: (tuple(map(int, r.cells)), tuple(map(float, r.weights))) for r in study.receptors}
    about = Description("small", "bth13", "made", True, PLACES, PLACES, receptors, memory=Memory(1, 2))
    release = small_release(study.grid)
    found = create_case(
        tmp_path_factory.mktemp("points"), about, study.weather, release, small_owners(release)
    )
    run_concentrations(found)
    run_footprints(found, [DAY])
    return found


def everywhere(case: Case) -> list[Point]:
    """Each cell that emits, as a source."""
    rates = case.study.release["amount"].sel(species="pm25").values.sum(axis=0)
    grid = case.study.grid
    return [cell_point(case, grid.lon.flat[n], grid.lat.flat[n]) for n in np.flatnonzero(rates.ravel())]


@pytest.fixture(scope="module")
def shares(case: Case):
    return point_shares(case, "north", DAY, everywhere(case), count=2048, seed=5, hours=8)


def test_no_share_is_negative_and_each_has_an_error(shares):
    assert min(s.contribution for s in shares) >= 0
    assert min(s.standard_error for s in shares) >= 0


def test_all_cells_together_are_the_primary_part_of_the_footprint(case, shares):
    """What the footprint says of every cell adds up to the contribution kept beside it."""
    from airshed.transport import Shelf

    number = Shelf(case).day_number(DAY)
    primary = Shelf(case).group["given"][number, 0, :, 0].sum()
    # Bins hold means over three hours, so the course of the day within them is lost.
    assert sum(s.footprint for s in shares) == pytest.approx(primary, rel=0.02)


@pytest.fixture(scope="module")
def even(case: Case):
    """Every cell emits the same at the ground, so that the errors of single cells even out."""
    points = [Point(str(n), n, {("residential", "surface"): 1.0}) for n in range(case.study.grid.cells)]
    return point_shares(case, "north", DAY, points, count=512, seed=5, hours=8)


def test_particles_and_footprint_agree_where_emission_is_even(even):
    """Measured 8 % on these cells of 40 km, for a receptor of two cells: the scheme's error, not the sampling's."""
    particles, footprint = (sum(getattr(s, n) for s in even) for n in ("contribution", "footprint"))
    assert particles == pytest.approx(footprint, rel=0.12)
    assert sum(s.gap for s in even) == pytest.approx(footprint - particles)


def test_particles_and_footprint_agree_on_where_it_comes_from(even):
    particles, footprint = (np.array([getattr(s, n) for s in even]) for n in ("contribution", "footprint"))
    assert np.corrcoef(particles, footprint)[0, 1] > 0.9


def test_within_two_cells_nothing_is_resolved(shares):
    near = [s for s in shares if s.distance <= 2]
    assert near
    assert {s.verdict for s in near} == {"near field, unresolved"}


def test_a_source_that_no_particle_met_is_not_resolved(shares):
    lost = [s for s in shares if s.contribution == 0 and s.distance > 2]
    assert lost
    assert {s.verdict for s in lost} == {"not resolved"}


def test_the_same_seed_gives_the_same_share_and_twice_the_emission_twice_of_it(case):
    points = everywhere(case)[:3]
    twice = [replace(p, rate={k: 2 * v for k, v in p.rate.items()}) for p in points]
    first, again = (point_shares(case, "north", DAY, points, 256, 9, hours=2) for _ in range(2))
    double = point_shares(case, "north", DAY, twice, 256, 9, hours=2)
    assert first == again
    for one, two in zip(first, double, strict=True):
        assert two.contribution == pytest.approx(2 * one.contribution)
        assert two.footprint == pytest.approx(2 * one.footprint)


def test_primary_particles_are_lost_to_ground_and_rain_and_never_converted(case):
    loss = fine_loss(case.study.weather, 12)
    assert (loss.first[0] > loss.first[1]).all()
    assert not loss.transfer.any()
    assert not loss.second.any()


def test_hours_that_do_not_divide_the_day_no_source_and_a_day_without_footprint_are_refused(case):
    point = everywhere(case)[:1]
    with pytest.raises(BadInput, match="divide the day"):
        point_shares(case, "north", DAY, point, hours=7)
    with pytest.raises(BadInput, match="at least one source"):
        point_shares(case, "north", DAY, [])
    with pytest.raises(BadInput, match="run: airshed transport footprint"):
        point_shares(case, "north", date(2026, 1, 10), point)
    with pytest.raises(BadInput, match="on the case's grid"):
        cell_point(case, 0.0, 0.0)


def test_a_source_that_emits_nothing_is_refused():
    with pytest.raises(BadInput, match=r"primary PM2\.5 emitted by a mill"):
        Point("a mill", 3, {})


def test_sources_of_an_inventory_are_released_as_the_grid_releases_them():
    """The same rows through `emissions.release` give the same rates by sector and class."""
    grid = small_grid()
    lon, lat = float(grid.lon[5, 6]), float(grid.lat[5, 6])
    base = {"place": None, "lon": lon, "lat": lat, "species": "pm25", "origin": "test"}
    tall = {"stack_height": 180.0, "stack_diameter": 6.0, "exit_temperature": 400.0, "exit_velocity": 18.0}
    flat = dict.fromkeys(tall)
    table = pl.DataFrame(
        [
            base | {"source": "plant", "sector": "power", "amount": 900.0} | tall,
            base | {"source": "plant", "sector": "industry", "amount": 100.0} | flat,
            base | {"source": "plant", "sector": "industry", "species": "so2", "amount": 7.0} | flat,
        ],
        schema_overrides=dict.fromkeys(tall, pl.Float64) | {"place": pl.String},
    )
    (point,) = points_of_rows(table, grid, profiles_of_the_house())
    put = release(table, grid, cell_shares(grid, [], Gazetteer.load()), profiles_of_the_house())
    here = put["amount"].sel(species="pm25")[:, 5, 6]
    expected = {
        (str(s), str(r)): float(v) * 3600
        for s, r, v in zip(here["sector"].values, here["release"].values, here.values, strict=True)
        if v > 0
    }
    assert point.cell == 5 * grid.nx + 6
    assert point.rate == pytest.approx(expected)
    assert {r for _, r in point.rate} <= set(RELEASES)
