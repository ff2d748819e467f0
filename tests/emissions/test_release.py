"""From table to grid: mass is kept, and what a source is called or how it is split changes nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshed.emissions import (
    RELEASES,
    SECTORS,
    TRAVELLING,
    Profiles,
    apportion,
    combine,
    profiles_of_the_house,
    release,
    totals,
)
from airshed.emissions.release import stack_class
from airshed.errors import BadInput
from airshed.places import Grid
from airshed.places.cells import box_place
from emissions.worlds import GRID, SHARES, inventory, shares

PROFILES = profiles_of_the_house()
SECONDS = 365 * 86400.0

rows = st.lists(
    st.fixed_dictionaries(
        {
            "place": st.sampled_from(["xx:w", "xx:e"]),
            "sector": st.sampled_from(SECTORS),
            "species": st.sampled_from(TRAVELLING),
            "amount": st.floats(0, 1e7),
            "stack_height": st.one_of(st.none(), st.floats(0, 300)),
        },
        optional={},
    ).flatmap(
        lambda row: st.one_of(
            st.just(row),
            st.builds(lambda x, y: {**row, "lon": x, "lat": y}, st.floats(115, 120), st.floats(38, 41)),
        )
    ),
    min_size=1,
    max_size=12,
)


def summed(table: pl.DataFrame, species: str) -> float:
    return float(table.filter(pl.col("species") == species)["amount"].sum())


@given(rows, st.booleans())
@settings(max_examples=60, deadline=None)
def test_mass_on_the_grid_and_beyond_it_is_the_mass_of_the_table(found: list[dict], by_people: bool) -> None:
    table = inventory(found)
    people = np.arange(GRID.cells, dtype=float).reshape(GRID.shape) if by_people else None
    made = release(table, GRID, SHARES, PROFILES, people)
    for species in TRAVELLING:
        wanted = summed(table, species) * 1000 / SECONDS
        on_grid = float(made["amount"].sel(species=species).sum())
        beyond = float(made["outside"].sel(species=species).sum())
        assert on_grid + beyond == pytest.approx(wanted, rel=1e-12, abs=1e-300)
        assert float(made["total"].sel(species=species).sum()) == pytest.approx(wanted, rel=1e-12, abs=1e-300)
    assert (made["amount"] >= 0).all()


@given(rows, st.floats(0.05, 0.95))
@settings(max_examples=40, deadline=None)
def test_splitting_or_renaming_a_source_changes_nothing(found: list[dict], part: float) -> None:
    table = inventory(found)
    parts = [
        table.with_columns(pl.col("amount") * p, pl.lit(f"part {p}").alias("source"))
        for p in (part, 1 - part)
    ]
    whole = release(table, GRID, SHARES, PROFILES)["amount"].values
    split = release(combine(*parts), GRID, SHARES, PROFILES)["amount"].values
    np.testing.assert_allclose(split, whole, rtol=1e-12, atol=1e-290)


def test_twice_the_emission_is_twice_the_release() -> None:
    table = inventory([{"amount": 3.0}, {"sector": "transport", "species": "nox", "amount": 5.0}])
    once = release(table, GRID, SHARES, PROFILES)["amount"]
    twice = release(table.with_columns(pl.col("amount") * 2), GRID, SHARES, PROFILES)["amount"]
    np.testing.assert_array_equal(twice.values, 2 * once.values)


def test_a_place_is_spread_by_the_area_it_has_in_each_cell() -> None:
    made = release(inventory([{"amount": 7.0}]), GRID, SHARES, PROFILES)
    field = made["amount"].sel(species="so2").sum("group").values.ravel()
    area = GRID.area.ravel() * np.array(
        [1.0 if c == 0 else 0.5 if c == 1 else 0.25 if c == 24 else 0.0 for c in range(GRID.cells)]
    )
    np.testing.assert_allclose(field, 7000 / SECONDS * area / area.sum(), rtol=1e-12)


def test_residential_follows_the_people_and_industry_does_not() -> None:
    people = np.zeros(GRID.shape)
    people[0, 1] = 1000.0
    table = inventory([{"sector": "residential"}, {"sector": "industry"}])
    made = release(table, GRID, SHARES, PROFILES, people)["amount"].sel(species="so2")
    homes = made.where(made.sector == "residential").sum("group").values.ravel()
    works = made.where(made.sector == "industry").sum("group").values.ravel()
    assert set(np.flatnonzero(homes)) == {1}
    assert set(np.flatnonzero(works)) == {0, 1, 24}


def test_where_nobody_lives_a_place_is_spread_by_area() -> None:
    table = inventory([{"sector": "residential"}])
    deserted = release(table, GRID, SHARES, PROFILES, np.zeros(GRID.shape))["amount"]
    np.testing.assert_allclose(deserted, release(table, GRID, SHARES, PROFILES)["amount"], rtol=1e-12)


def test_the_part_of_a_place_beyond_the_grid_is_reported_outside() -> None:
    made = release(inventory([{"place": "xx:e", "amount": 8.0}]), GRID, SHARES, PROFILES)
    assert float(made["outside"].sum()) == pytest.approx(8000 / SECONDS / 4, rel=1e-12)


def test_a_point_lies_in_its_cell_and_one_beyond_the_grid_is_outside() -> None:
    lon, lat = GRID.lon[3, 5], GRID.lat[3, 5]
    table = inventory(
        [{"place": None, "lon": lon, "lat": lat}, {"place": None, "lon": 100.0, "lat": 30.0, "amount": 2.0}]
    )
    made = release(table, GRID, SHARES, PROFILES)
    field = made["amount"].sum(("group", "species")).values
    assert np.argwhere(field).tolist() == [[3, 5]]
    assert float(made["outside"].sum()) == pytest.approx(2000 / SECONDS)


def test_without_a_stack_the_split_of_the_sector_is_taken_and_with_one_its_class() -> None:
    split = release(inventory([{"sector": "power"}]), GRID, SHARES, PROFILES)["amount"].sum(
        ("species", "y", "x")
    )
    found = split.where(split.sector == "power", drop=True)
    np.testing.assert_allclose(found / found.sum(), PROFILES.split[0], rtol=1e-12)
    tall = release(inventory([{"sector": "power", "stack_height": 240.0}]), GRID, SHARES, PROFILES)["amount"]
    per_group = tall.sum(("species", "y", "x"))
    assert per_group.where(per_group > 0, drop=True).group.values.tolist() == ["power:stack_high"]


def test_each_class_stack_falls_into_its_own_class_and_a_taller_one_never_lower() -> None:
    own = [PROFILES.stacks[r] for r in RELEASES[1:]]
    columns = [
        np.array([getattr(s, n) for s in own]) for n in ("height", "diameter", "temperature", "velocity")
    ]
    assert stack_class(*columns, profiles=PROFILES).tolist() == [1, 2, 3]
    heights = np.arange(1.0, 300.0)
    unknown = np.full(len(heights), np.nan)
    assert (np.diff(stack_class(heights, unknown, unknown, unknown, PROFILES)) >= 0).all()


def test_a_leap_year_spreads_the_same_mass_over_one_day_more() -> None:
    table = inventory([{}])
    plain, leap = (release(table, GRID, SHARES, PROFILES, year=y)["amount"].sum() for y in (2015, 2016))
    assert float(plain / leap) == pytest.approx(366 / 365, rel=1e-12)


def test_a_lon_lat_grid_is_overlapped_conservatively() -> None:
    boxes = [
        box_place(115 + i / 2, 38 + j / 2, 115.5 + i / 2, 38.5 + j / 2) for i in range(8) for j in range(6)
    ]
    table = inventory([{"place": b, "source": b, "amount": 100.0} for b in boxes])
    made = release(table, GRID, shares({}), PROFILES)
    wanted = 100_000.0 * len(boxes) / SECONDS
    assert float(made["amount"].sum() + made["outside"].sum()) == pytest.approx(wanted, rel=1e-12)
    density = made["amount"].sum(("group", "species")).values / GRID.area
    level = 100_000.0 / SECONDS / (111_300.0 * 0.5 * 111_300.0 * 0.5 * np.cos(np.radians(39.7)))
    np.testing.assert_allclose(density, level, rtol=0.03)


def test_a_place_without_shares_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="none of cn"):
        release(inventory([{"place": "cn"}]), GRID, SHARES, PROFILES)


@pytest.mark.parametrize("people", [np.ones((2, 2)), -np.ones(GRID.shape), np.full(GRID.shape, np.nan)])
def test_a_population_that_is_no_field_of_the_grid_is_refused(people: np.ndarray) -> None:
    with pytest.raises(BadInput, match="population"):
        release(inventory([{}]), GRID, SHARES, PROFILES, people)


def test_species_that_do_not_travel_stay_in_the_table() -> None:
    table = inventory([{"species": "co", "amount": 9.0}, {"species": "so2"}])
    made = release(table, GRID, SHARES, PROFILES)
    assert made["species"].values.tolist() == list(TRAVELLING)
    assert float(made["total"].sum()) == pytest.approx(1000 / SECONDS)


def test_a_release_carries_its_grid_and_says_what_its_profiles_are_worth() -> None:
    made = release(inventory([{}]), GRID, SHARES, PROFILES)
    assert Grid.of(made) == GRID
    assert made.attrs["profiles"] == "unverified"
    assert made["amount"].dims == ("group", "species", "y", "x")
    assert made["amount"].attrs["units"] == "kg s-1"


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.floats(0.1, 1e8))
@settings(max_examples=30, deadline=None)
def test_sharing_out_a_national_total_keeps_its_mass(weights: list[float], amount: float) -> None:
    table = inventory(
        [{"place": "xx", "amount": amount}, {"place": "xx", "sector": "dust", "species": "pm25"}]
    )
    parts = pl.DataFrame({"place": [f"xx:{n}" for n in range(len(weights))], "weight": weights})
    shared = apportion(table, "xx", parts)
    assert totals(shared)["amount"].to_list() == pytest.approx(totals(table)["amount"].to_list(), rel=1e-12)
    assert "xx" not in shared["place"].to_list()


def test_a_sector_with_no_weight_at_all_is_refused() -> None:
    weights = pl.DataFrame({"sector": ["dust"], "place": ["xx:w"], "weight": [1.0]})
    with pytest.raises(BadInput, match="industry"):
        apportion(inventory([{"place": "xx"}]), "xx", weights)


def test_profiles_of_a_user_replace_the_packaged_ones_or_are_refused_with_every_fault(tmp_path) -> None:
    import yaml

    from airshed.emissions.profiles import _raw

    raw = yaml.safe_load(yaml.safe_dump(_raw()))
    raw["sectors"]["power"]["month"] = [1.0] * 11
    raw["sectors"]["dust"]["spread"] = "luck"
    path = tmp_path / "profiles.yml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(BadInput, match=r"power: month: 12 figures.*dust: spread"):
        Profiles.load(path)
