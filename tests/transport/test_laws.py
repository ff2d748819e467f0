"""The laws of transport, on the whole engine in double precision: additivity, the adjoint, the rests, the memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from airshed.chemistry import CLASSES
from airshed.emissions import RELEASES
from airshed.transport.backward import History, Memory, backward
from airshed.transport.forward import forward, no_tracers
from airshed.transport.history import history, summed, whole_emission
from airshed.transport.layout import Layout, origins
from airshed.transport.nouns import PARTICLES, SPECIES, Receptor
from airshed.transport.sources import split_sources
from transport.small import (
    PLACES,
    SECTORS,
    Kept,
    kept,
    marched_back,
    small_owners,
    small_release,
    small_shares,
    small_study,
)

OUTSIDE = {"fine": 10.0, "nitrate": 5.0, "so2": 8.0}  # [ug m-3]
DAYS = [date(2026, 1, 10), date(2026, 1, 11), date(2026, 1, 12)]
HOURS = 6  # of the short runs
WATCHED = tuple(range(60, 228, 3))  # cells among which random receptors are drawn


@pytest.fixture(scope="module")
def study() -> Kept:
    """Three days of made weather with air from outside; operators are built once."""
    """Operators are shared with studies of other receptors, so they see the cells of all of them."""
    found = small_study(72, OUTSIDE)
    own = {int(cell) for receptor in found.receptors for cell in receptor.cells}
    return kept(found, watched=tuple(sorted(own.union(WATCHED))))


@pytest.fixture(scope="module")
def run(study):
    """The forward run from air that already holds something: hourly PM2.5 of receptors, tracers at midnights."""
    emission = whole_emission(study)
    layout, rng = Layout(emission.tags), np.random.default_rng(8)
    begin = no_tracers(study, layout)
    for name in CLASSES:
        begin[name][:, :, layout.rest(name, "initial")] = 1e7 * rng.random(begin[name].shape[:2])
    midnights, means = {0: summed(begin, layout)}, []
    for one in forward(study, emission, 0, 72, begin):
        means.append(sum(one.mean[name].sum(axis=1) for name in PARTICLES))
        if (one.hour + 1) % 24 == 0:
            midnights[one.hour + 1] = {k: v.copy() for k, v in summed(one.tracers, layout).items()}
    bulk = dict(zip(DAYS, np.array(means).reshape(3, 24, -1).mean(axis=1), strict=True))
    return History(midnights, bulk)


def parts_of(study, run, day, memory):
    return list(backward(study, [day], run, memory, footprints=False))


def given_by(past):
    """What all sources gave, (species, source, receptor), summed over the days of emission."""
    return sum(np.stack(list(one.given.values())) for one in past)


def rests_of(past):
    names = sorted({name for one in past for name in one.rests})
    return {name: sum(np.asarray(one.rests.get(name, 0.0)) for one in past) for name in names}


@pytest.mark.parametrize("days", [0, 1, 2])
def test_sources_and_the_four_rests_add_up_to_the_bulk(study, run, days):
    past = parts_of(study, run, DAYS[2], Memory(days, days))
    rests = rests_of(past)
    assert sorted(rests) == ["initial", "older", "sides", "top"]
    total = given_by(past).sum(axis=(0, 1)) + sum(rests.values())
    np.testing.assert_allclose(total, run.bulk[DAYS[2]], rtol=1e-10)
    assert (rests["sides"] > 0).all()
    assert (rests["older"] != 0).all() if days < 2 else (rests["older"] == 0).all()


def test_what_came_through_the_sides_does_not_depend_on_the_memory(study, run):
    short, long = (rests_of(parts_of(study, run, DAYS[2], Memory(days, days)))["sides"] for days in (0, 2))
    np.testing.assert_allclose(short, long, rtol=1e-10)


def test_what_was_there_at_the_beginning_is_told_apart_from_what_is_older(study, run):
    past = parts_of(study, run, DAYS[0], Memory(1, 1))
    rests = rests_of(past)
    assert (rests["initial"] > 0.001 * run.bulk[DAYS[0]]).all()
    assert (rests["older"] == 0).all()  # before the weather nothing was emitted
    assert past[-1].last
    total = given_by(past).sum(axis=(0, 1)) + sum(rests.values())
    np.testing.assert_allclose(total, run.bulk[DAYS[0]], rtol=1e-10)


def test_the_memory_grows_until_what_is_older_is_small_enough(study, run):
    day, bulk = DAYS[2], run.bulk[DAYS[2]]
    older = [np.abs(rests_of(parts_of(study, run, day, Memory(n, n)))["older"]) / bulk for n in (0, 1)]
    assert older[0].max() > older[1].max() > 0
    allowed = 0.5 * (older[0].max() + older[1].max())
    assert len(parts_of(study, run, day, Memory(0, 2, allowed))) == 2
    assert len(parts_of(study, run, day, Memory(0, 2, 1.01 * older[0].max()))) == 1
    assert len(parts_of(study, run, day, Memory(0, 2, 0.5 * older[1].max()))) == 3
    assert len(parts_of(study, run, day, Memory(0, 1, 0.5 * older[1].max()))) == 2
    assert len(parts_of(study, run, day, Memory(1, 2, 1.0))) == 2


def test_days_that_march_back_together_find_what_each_finds_alone(study, run):
    together = list(backward(study, DAYS, run, Memory(1, 1), footprints=False))
    for day in DAYS:
        alone = parts_of(study, run, day, Memory(1, 1))
        found = [one for one in together if one.day == day]
        np.testing.assert_allclose(given_by(found), given_by(alone), rtol=1e-12, atol=1e-14)


def test_the_footprint_times_the_emission_of_its_bins_is_what_sources_gave(study, run):
    steady = kept(study)
    steady.factors = np.ones_like(study.factors)  # within a bin the footprint knows but the mean of its hours
    (past,) = (one for one in backward(steady, [DAYS[1]], run, Memory(1, 1)) if one.lag == 0)
    amount = study.release["amount"].values * 3600.0  # [kg h-1]
    release = [RELEASES.index(name) for name in study.release["release"].values]
    for number, species in enumerate(map(str, study.release["species"].values)):
        assert len(past.footprint) == 8
        foot = sum(part[:, SPECIES.index(species)] for part in past.footprint) * 3  # hours a bin
        total = sum(foot[:, release[g]] @ amount[g, number].ravel() for g in range(len(release)))
        np.testing.assert_allclose(total, past.given[species].sum(axis=0), rtol=1e-10)


def means_of(study, hours=HOURS):
    """Forward: mean PM2.5 of receptors over the hours times hours / 24, by source, (source, receptor)."""
    emission = study.emission()
    layout = Layout(emission.tags)
    total = np.zeros((emission.tags, len(study.receptors)))
    for one in forward(study, emission, 0, hours):
        for name in PARTICLES:
            for species in origins(name):
                total += one.mean[name][:, layout.block(name, species)].T
    return total / 24


def sums_of(study, hours=HOURS):
    """Backward: the same."""
    back = sum(marched_back(study, 0, hours - 1, 0).sums.values())
    return back[:, : len(study.receptors)]  # columns stand in eights, the last may be empty


def drawn(study, seed, **changes):
    """The study with other random sources and three random receptors."""
    rng = np.random.default_rng(seed)
    receptors = []
    for n in range(3):
        cells = np.sort(rng.choice(WATCHED, 1 + 4 * n, replace=False))
        receptors.append(Receptor(f"r{n}", cells, rng.dirichlet(np.ones(len(cells)))))
    release = small_release(study.grid, seed)
    sources = split_sources(release, small_owners(release), PLACES)
    return kept(study, receptors=receptors, release=release, sources=sources, **changes)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_forward_equals_adjoint_for_random_sources_and_receptors(study, seed):
    one = drawn(study, seed)
    ahead, back = means_of(one), sums_of(one)
    np.testing.assert_allclose(back, ahead, rtol=1e-10, atol=1e-10 * ahead.max())


def test_forward_equals_adjoint_in_divided_hours_as_well(study):
    growing = 1.0 + 0.02 * np.arange(study.weather.sizes["edge"])[:, None, None, None]
    air = study.weather["air_mass"] * growing.astype(np.float32)
    thicker = study.weather.assign(air_mass=air.assign_attrs(study.weather["air_mass"].attrs))
    one = drawn(study, 14, weather=thicker, least_air=0.9, held={})  # the parts of an hour differ
    assert max(len(one.operators(hour)) for hour in range(3)) > 1
    ahead, back = means_of(one, 3), sums_of(one, 3)
    np.testing.assert_allclose(back, ahead, rtol=1e-10, atol=1e-10 * ahead.max())


def test_a_divided_hour_brings_nearly_what_the_whole_hour_brings(study):
    whole, divided = (means_of(s, 3) for s in (drawn(study, 14), drawn(study, 14, least_air=0.9, held={})))
    np.testing.assert_allclose(divided.sum(axis=0), whole.sum(axis=0), rtol=0.15)


def test_twice_the_emission_is_twice_the_share(study):
    twice = {name: replace(y, rate=2 * y.rate) for name, y in study.sources.of.items()}
    once, doubled = study, kept(study, sources=replace(study.sources, of=twice))
    np.testing.assert_allclose(sums_of(doubled), 2 * sums_of(once), rtol=1e-12)
    np.testing.assert_allclose(means_of(doubled), 2 * means_of(once), rtol=1e-12)


def test_renaming_and_splitting_places_changes_no_total(study):
    shares = small_shares(study.grid)
    parts = [
        shares.filter(pl.col("place") == "north").with_columns(
            place=pl.lit(name), share=pl.col("share") * part
        )
        for name, part in (("upland", 0.25), ("highland", 0.75))
    ]
    parts.append(shares.filter(pl.col("place") == "south").with_columns(place=pl.lit("elsewhere")))
    places = ("elsewhere", "highland", "upland")
    split = kept(
        study, sources=split_sources(study.release, small_owners(study.release, pl.concat(parts)), places)
    )
    # source = place * sectors + sector; the last place is what lies in none
    old = sums_of(study).reshape(3, len(SECTORS), -1)
    new = sums_of(split).reshape(4, len(SECTORS), -1)
    np.testing.assert_allclose(new.sum(axis=0), old.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(new[0], old[1], rtol=1e-12)
    np.testing.assert_allclose(new[1] + new[2], old[0], rtol=1e-12)
    np.testing.assert_allclose(3 * new[2], new[1], rtol=1e-12)


def test_a_source_split_in_two_releases_the_same(study):
    halves = study.release.copy(deep=True)
    halves["amount"] = 0.5 * halves["amount"]
    double = halves.merge(halves).isel(group=[*range(halves.sizes["group"])] * 2)
    sources = split_sources(double, small_owners(double), PLACES)
    np.testing.assert_allclose(sums_of(kept(study, sources=sources)), sums_of(study), rtol=1e-12)


@pytest.mark.parametrize("place", [0, 2])
def test_inside_the_memory_a_contribution_is_what_is_missing_without_its_source(study, run, place):
    """From the beginning of the weather on nothing is older: the zero-out run must lack exactly the contribution."""
    day = DAYS[0]
    past = parts_of(study, run, day, Memory(2, 2))
    contribution = given_by(past).reshape(len(SPECIES), 3, len(SECTORS), -1)[:, place].sum(axis=(0, 1))
    whole, without = (np.mean(mean_pm(s, 24), axis=0) for s in (study, silenced(study, place)))
    np.testing.assert_allclose(whole - without, contribution, rtol=1e-6)


def silenced(study, place):
    def quiet(one):
        gone = one.row // len(SECTORS) == place
        return replace(one, rate=np.where(gone, 0.0, one.rate))

    of = {name: quiet(y) for name, y in study.sources.of.items()}
    return kept(study, sources=replace(study.sources, of=of))


def mean_pm(study, hours):
    """Hourly PM2.5 of receptors."""
    return [sum(one.receptors[name].sum(axis=1) for name in PARTICLES) for one in history(study, 0, hours)]


def test_single_precision_meets_one_in_a_hundred_thousand(study):
    single = kept(study, dtype=np.float32, held={})
    hours = 12
    ahead, back, double = means_of(single, hours), sums_of(single, hours), means_of(study, hours)
    scale = double.max()
    np.testing.assert_allclose(ahead, double, atol=1e-5 * scale, rtol=0)
    np.testing.assert_allclose(ahead.sum(axis=0), double.sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(back.sum(axis=0), ahead.sum(axis=0), rtol=1e-5)
