"""Measures: named, dated, composable; cuts that meet multiply, and nonsense is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshed.emissions import Measure, Scenario, factors, read_scenario, reduced
from airshed.errors import BadInput, UnknownPlace
from emissions.worlds import GAZETTEER, inventory

NAMES = {"zh": "措施", "en": "measure"}
TABLE = inventory(
    [
        {"place": "xx:w", "amount": 100.0},
        {"place": "xx:c", "amount": 10.0},
        {"place": "xx:e", "amount": 200.0},
        {"place": "xx:w", "sector": "transport", "species": "nox", "amount": 50.0},
    ]
)


def measure(id_: str = "m", cut: float = 30.0, **more: object) -> Measure:
    return Measure(id_, NAMES, cut, **more)  # type: ignore[arg-type]


def left(scenario: Scenario, on: date | None = None) -> list[float]:
    return reduced(TABLE, scenario, GAZETTEER, on)["amount"].to_list()


def test_a_measure_cuts_its_sector_in_its_place_and_what_lies_in_it() -> None:
    scenario = Scenario("s", (measure(places=("xx:w",), sectors=("industry",)),))
    assert left(scenario) == pytest.approx([70.0, 7.0, 200.0, 50.0])


def test_a_region_stands_for_its_members_and_no_place_for_everywhere() -> None:
    assert left(Scenario("s", (measure(places=("pair",)),))) == pytest.approx([70.0, 7.0, 140.0, 35.0])
    assert left(Scenario("s", (measure(),))) == pytest.approx([70.0, 7.0, 140.0, 35.0])


def test_cuts_that_meet_multiply_in_any_order() -> None:
    one = Scenario("one", (measure("a", 30.0, places=("xx:w",)),))
    two = Scenario("two", (measure("b", 50.0, sectors=("industry",)),))
    assert left(one | two) == pytest.approx([35.0, 3.5, 100.0, 35.0])
    assert left(one.then(two)) == pytest.approx(left(two | one))
    assert (one | two).name == "one + two"


@given(st.lists(st.floats(0, 100), max_size=5))
def test_a_scenario_never_leaves_less_than_nothing_or_more_than_there_was(cuts: list[float]) -> None:
    scenario = Scenario("s", tuple(measure(f"m{n}", cut) for n, cut in enumerate(cuts)))
    wanted = 100.0 * float(np.prod([1 - c / 100 for c in cuts]))
    assert left(scenario)[0] == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    assert 0 <= left(scenario)[0] <= 100.0


def test_a_measure_holds_from_its_first_day_to_the_day_before_its_last() -> None:
    scenario = Scenario("s", (measure(since=date(2015, 12, 7), until=date(2015, 12, 10)),))
    days = [date(2015, 12, d) for d in (6, 7, 9, 10)]
    assert [left(scenario, d)[0] for d in days] == pytest.approx([100.0, 70.0, 70.0, 100.0])
    with pytest.raises(BadInput, match="day"):
        left(scenario)


def test_the_same_measure_twice_is_refused() -> None:
    one = Scenario("one", (measure("a"),))
    with pytest.raises(BadInput, match="twice: a"):
        _ = one | one


@pytest.mark.parametrize("cut", [-0.1, 100.1, float("nan")])
def test_a_cut_outside_0_to_100_is_refused(cut: float) -> None:
    with pytest.raises(BadInput, match="cut"):
        measure(cut=cut)


def test_an_increase_must_be_said() -> None:
    more = Scenario("s", (measure(cut=-20.0, increase=True),))
    assert left(more)[0] == pytest.approx(120.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sectors": ("magic",)}, "magic"),
        ({"species": ("xenon",)}, "xenon"),
        ({"since": date(2015, 1, 2), "until": date(2015, 1, 2)}, "since"),
    ],
)
def test_unknown_words_and_empty_spans_are_refused(change: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        measure(**change)


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(UnknownPlace):
        left(Scenario("s", (measure(places=("xx:nowhere",)),)))


def test_a_point_without_a_place_cannot_be_cut_by_place_and_that_is_said() -> None:
    table = inventory([{"place": None, "lon": 116.0, "lat": 39.0}])
    local = Scenario("s", (measure(places=("xx:w",)),))
    with pytest.raises(BadInput, match="a point or a box"):
        reduced(table, local, GAZETTEER)
    assert reduced(table, Scenario("s", (measure(),)), GAZETTEER)["amount"].to_list() == pytest.approx([0.7])


def test_factors_at_run_time_are_what_the_table_gives_day_by_day() -> None:
    scenario = Scenario(
        "s",
        (
            measure("a", 30.0, places=("xx:w",), since=date(2015, 12, 7), until=date(2015, 12, 8)),
            measure("b", 50.0, sectors=("industry",), species=("so2",), since=date(2015, 12, 7)),
        ),
    )
    times = np.arange("2015-12-06T14", "2015-12-08T20", dtype="datetime64[h]")
    found = factors(scenario, ["xx:w", "xx:c", "xx:e"], ["so2", "nox"], times, 8.0, GAZETTEER)
    assert found.dims == ("place", "sector", "species", "time")
    local = times + np.timedelta64(8, "h")
    for place, sector, species, row in (("xx:w", "industry", "so2", 0), ("xx:c", "industry", "so2", 1),
                                        ("xx:e", "industry", "so2", 2), ("xx:w", "transport", "nox", 3)):  # fmt: skip
        series = found.sel(place=place, sector=sector, species=species).values
        for day in (date(2015, 12, 6), date(2015, 12, 7), date(2015, 12, 8)):
            wanted = left(scenario, day)[row] / TABLE["amount"][row]
            np.testing.assert_allclose(series[local.astype("datetime64[D]") == np.datetime64(day)], wanted)


TOML = """
name = "橙色预警 / orange alert"
[[measures]]
id = "works"
names = {zh = "工业限产", en = "less industry"}
places = ["两市"]
sectors = ["工业"]
species = ["SO2", "NOx"]
cut = 30
since = 2015-12-07
until = 2015-12-11
[[measures]]
id = "cars"
sectors = ["transport"]
cut = 20.5
"""
YAML = """
name: 橙色预警 / orange alert
measures:
  - {id: works, names: {zh: 工业限产, en: less industry}, places: [两市], sectors: [工业], species: [SO2, NOx],
     cut: 30, since: 2015-12-07, until: "2015-12-11"}
  - {id: cars, sectors: [transport], cut: 20.5}
"""


def test_a_scenario_reads_the_same_from_toml_and_yaml(tmp_path: Path) -> None:
    found = []
    for name, text in (("a.toml", TOML), ("a.yaml", YAML)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        found.append(read_scenario(tmp_path / name, GAZETTEER))
    assert found[0] == found[1]
    works, cars = found[0].measures
    assert (works.places, works.sectors, works.species) == (("pair",), ("industry",), ("so2", "nox"))
    assert works.until == date(2015, 12, 11)
    assert (cars.places, cars.cut) == ((), 20.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nmeasures: [{id: a, cut: 10, sectors: [magic], places: [Atlantis]}]", "magic.*Atlantis"),
        ("name: x\nmeasures: [{id: a, cut: lots}]", "cut: wanted a number"),
        ("name: x\nmeasures: [{id: a, cut: 10, speed: 3}]", "speed: unknown field"),
        ("name: x\nmeasures: [{id: a, cut: 10}, {id: b, cut: 110}]", "measure 2"),
        ("name: x\nmeasures: [{id: a, cut: 10, since: tomorrow}]", "since: wanted a day"),
        ("name: x\nmeasures: [{id: a, cut: 10, places: []}]", "places: wanted at least one"),
        ("name: x\nmeasures: [7]", "measure 1"),
        ("measures: []", "a name and a list"),
        ("name: [", "YAML"),
    ],
)
def test_a_scenario_not_in_order_is_refused_with_its_faults(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=f"(?s){said}"):
        read_scenario(path, GAZETTEER)
