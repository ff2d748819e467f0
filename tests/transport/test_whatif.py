"""What-if: linear where it is linear, refused where it is not, and the same as emitting less."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from airshed.emissions import Measure, Scenario
from airshed.errors import BadInput
from airshed.places import Gazetteer
from airshed.transport import Memory, Shelf, Study, create_case, forward, run_concentrations, run_footprints
from airshed.transport.case import Case, Description
from airshed.transport.layout import Layout
from airshed.transport.nouns import SPECIES
from airshed.transport.sources import OTHER
from airshed.transport.whatif import foretold, kept_by_day, what_if
from transport.small import small_owners, small_release, small_study

NORTH, SOUTH = (
    "gb2260:130600",
    "gb2260:130100",
)  # Baoding and Shijiazhuang stand for the halves of the small grid
DAYS = (date(2026, 1, 10), date(2026, 1, 11))
BORDER = DAYS[1]


@cache
def everywhere() -> Gazetteer:
    return Gazetteer.load()


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return everywhere()


def study() -> Study:
    return small_study(48, {"fine": 12.0})


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = study()
    receptors = {r.id: (tuple(map(int, r.cells)), tuple(map(float, r.weights))) for r in made.receptors}
    about = Description(
        "small", "bth13", "made", True, (NORTH, SOUTH), (NORTH, SOUTH), receptors, {"fine": 12.0},
        memory=Memory(1, 2), path="footprint",
    )  # fmt: skip
    release = small_release(made.grid)
    answers = small_owners(release).with_columns(
        pl.col("place").replace_strict({"north": NORTH, "south": SOUTH})
    )
    found = create_case(tmp_path_factory.mktemp("whatif"), about, made.weather, release, answers)
    found.study = replace(found.study, dtype=np.float64)  # the property is kept where it was put
    run_concentrations(found)
    run_footprints(found, DAYS)
    return found


def measure(cut: float = 100.0, **fields: object) -> Measure:
    usual: dict[str, object] = {"species": ("pm25",)}
    return Measure(str(fields.pop("id", "a")), {"zh": "措施", "en": "measure"}, cut, **(usual | fields))  # type: ignore[arg-type]


def run(case: Case, gazetteer: Gazetteer, *measures: Measure, **keys: bool):
    scenario = Scenario("test", measures)
    return what_if(case, scenario, DAYS[0], DAYS[-1] + timedelta(days=1), gazetteer, **keys)


def test_a_cut_of_nothing_changes_nothing(case, gazetteer):
    table = run(case, gazetteer, measure(0.0)).table
    np.testing.assert_allclose(table["after"], table["before"], rtol=1e-12)


def test_without_any_primary_emission_all_else_stays(case, gazetteer):
    result = run(case, gazetteer, measure(100.0))
    before, after = result.table["before"].to_numpy(), result.table["after"].to_numpy()
    assert result.linearity == "exact"
    assert (after < before).all()
    assert after.sum() == pytest.approx(before.sum() * (1 - result.share_predicted), rel=1e-9)


def test_without_any_emission_only_the_rests_are_breathed(case, gazetteer):
    result = run(case, gazetteer, measure(100.0, species=()), declared_linear=True)
    first = Shelf(case).day_number(DAYS[0])
    rests = Shelf(case).group["rests"][first : first + len(DAYS)].sum(axis=2)
    np.testing.assert_allclose(result.table["after"].to_numpy(), rests.ravel(), rtol=1e-12)
    assert result.linearity == "declared"


def test_before_is_the_concentration_of_the_forward_run(case, gazetteer):
    first = Shelf(case).day_number(DAYS[0])
    bulk = Shelf(case).group["bulk"][first : first + len(DAYS)]
    table = run(case, gazetteer, measure()).table
    np.testing.assert_allclose(table["before"].to_numpy(), bulk.ravel(), rtol=1e-6)


@pytest.mark.parametrize("species", [(), ("so2",), ("nox", "pm25"), ("nh3",), ("voc",)])
def test_a_cut_of_what_answers_non_linearly_is_refused_with_the_reason(case, gazetteer, species):
    with pytest.raises(BadInput, match=r"adds up but does not predict.*restrict the measure to species pm25"):
        run(case, gazetteer, measure(10.0, species=species))


def test_a_cut_of_what_does_not_travel_is_refused(case, gazetteer):
    with pytest.raises(BadInput, match="species that travel"):
        run(case, gazetteer, measure(10.0, species=("co",)))


def test_a_declared_cut_is_called_declared(case, gazetteer):
    assert run(case, gazetteer, measure(10.0, species=("so2",)), declared_linear=True).linearity == "declared"
    assert run(case, gazetteer, measure(10.0), declared_linear=True).linearity == "exact"


def test_places_that_the_case_does_not_hold_are_named(case, gazetteer):
    result = run(case, gazetteer, measure(50.0, places=("gb2260:310000", NORTH)))
    assert result.untouched == (("a", "gb2260:310000"),)


def test_a_measure_on_both_halves_spares_what_lies_in_neither(case, gazetteer):
    some = run(case, gazetteer, measure(places=(NORTH, SOUTH))).table["after"].sum()
    assert some > run(case, gazetteer, measure()).table["after"].sum()


@settings(max_examples=25, deadline=None)
@drawn(st.lists(st.floats(0, 100), min_size=2, max_size=2), st.integers(0, 2**32 - 1))
def test_two_measures_leave_the_product_of_what_each_leaves(cuts, seed):
    places, days = (NORTH, OTHER), [date(2026, 1, 1), date(2026, 1, 2)]
    book = everywhere()
    one, two = (Scenario("s", (measure(cut, id=name),)) for cut, name in zip(cuts, "ab", strict=True))
    kept = [kept_by_day(s, places, ("industry",), days, book) for s in (one, two, one | two)]
    np.testing.assert_allclose(kept[2], kept[0] * kept[1], rtol=1e-12)
    part = np.random.default_rng(seed).normal(size=(1, 3, 2, len(SPECIES), 2, 1))
    np.testing.assert_allclose(foretold(2 * part, kept[2]), 2 * foretold(part, kept[2]), rtol=1e-12)


def test_a_measure_cuts_the_emission_of_its_own_days_alone(gazetteer):
    """Two days of receptors, two lags: a measure on the second day touches lag 0 of it alone."""
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    scenario = Scenario("s", (measure(since=days[1], until=days[2]),))
    kept = kept_by_day(scenario, (NORTH,), ("industry",), days, gazetteer)
    part = np.zeros((2, 1, 2, len(SPECIES), 1, 1))
    part[:, 0, 0, 0], part[:, 0, 1, 0] = 10.0, 1.0  # lag 0 and lag 1 of primary PM2.5
    # The day before the receptors' first is days[0]; receptors' days are days[1] and days[2].
    np.testing.assert_allclose(foretold(part, kept), [[1.0], [10.0]])


@pytest.mark.parametrize(
    "fields", [{"places": (NORTH,)}, {"sectors": ("residential",), "until": BORDER}, {"since": BORDER}]
)
def test_a_cut_equals_a_forward_run_with_the_emission_left_out(case, gazetteer, fields):
    """In double precision; the memory reaches to the beginning, so nothing is older."""
    table = run(case, gazetteer, measure(60.0, **fields)).table
    taken = (table["before"] - table["after"]).to_numpy().reshape(len(DAYS), -1)
    np.testing.assert_allclose(taken, left_out(case.study, 60.0, fields), rtol=1e-6)


def left_out(whole: Study, cut: float, fields: dict[str, object]) -> np.ndarray:
    """What the measure takes from the receptors' days, by emitting only what it takes."""
    sources = whole.sources
    taken = whole.factors.copy().reshape(whole.hours, len(sources.places), len(sources.sectors))
    midnight = whole.first_hour(BORDER)
    if "places" in fields:
        taken[:, [sources.places.index(SOUTH), sources.places.index(OTHER)]] = 0
    if "sectors" in fields:
        taken[:, :, sources.sectors.index("industry")] = 0
    if "until" in fields:
        taken[midnight:] = 0
    if "since" in fields:
        taken[:midnight] = 0
    emission = replace(
        whole.emission(), of={"pm25": sources.of["pm25"]}, factors=taken.reshape(whole.hours, -1)
    )
    layout, found = Layout(emission.tags), np.zeros((whole.hours, len(whole.receptors)))
    for one in forward(whole, emission, 0, whole.hours):
        found[one.hour] = one.mean["fine"][:, layout.block("fine", "pm25")].sum(axis=1)
    days = [found[whole.first_hour(day) :][:24].mean(axis=0) for day in DAYS]
    return cut / 100 * np.array(days)
