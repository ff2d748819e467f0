"""The positive path: where a footprint's negative part is too large, an engine without negative weights speaks."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from airshed.emissions import RELEASES
from airshed.errors import BadInput
from airshed.transport import Contributions, Memory, Shelf, create_case, run_concentrations, run_footprints
from airshed.transport import run as running
from airshed.transport.backward import History, backward
from airshed.transport.case import Case, Description
from airshed.transport.history import history
from airshed.transport.lobes import LARGEST_NEGATIVE, Lobes, release_weights
from airshed.transport.nouns import PARTICLES, SPECIES
from airshed.transport.run import run_operators
from transport.small import PLACES, kept, small_owners, small_release, small_study

pytestmark = pytest.mark.xdist_group("paths")

AIR = ("given", "rests", "bulk", "footprint")


def made_case(folder, name, path, memory=None):
    """Two days of made weather on cells of 40 km: receptors of one and two cells, whose footprints have lobes."""
    study = small_study(48)
    receptors = {r.id: (tuple(map(int, r.cells)), tuple(map(float, r.weights))) for r in study.receptors}
    about = Description(
        name, "bth13", "random", True, PLACES, PLACES, receptors, {"fine": 12.0}, memory=memory or Memory(1, 1),
        path=path,
    )  # fmt: skip
    release = small_release(study.grid)
    case = create_case(folder, about, study.weather, release, small_owners(release))
    run_operators(case)
    run_concentrations(case)
    return case


@pytest.fixture(scope="module")
def run_cases(tmp_path_factory):
    """The same study by each choice of path, its second day run."""
    folder, found = tmp_path_factory.mktemp("paths"), {}
    for path in ("footprint", "auto", "positive"):
        found[path] = made_case(folder, path, path)
        run_footprints(found[path], found[path].days[1:])
    return found


def day(case, name):
    return Shelf(case).group[name][1]


def test_above_two_per_cent_a_receptors_day_is_what_the_positive_path_says_of_it(run_cases):
    auto, positive = run_cases["auto"], run_cases["positive"]
    above = day(run_cases["footprint"], "negative") > LARGEST_NEGATIVE
    assert above.any(), "the study must hold a footprint with lobes"
    for number in np.flatnonzero(above):
        for name in AIR:
            np.testing.assert_array_equal(day(auto, name)[number], day(positive, name)[number], err_msg=name)
    np.testing.assert_array_equal(day(auto, "path").astype(bool), above)
    assert day(auto, "done").all()
    assert not day(auto, "awaits").any()


def test_the_negative_part_that_put_a_footprint_aside_stays_on_the_shelf(run_cases):
    for name in ("negative", "negative_bins"):
        np.testing.assert_array_equal(day(run_cases["auto"], name), day(run_cases["footprint"], name))
    assert (day(run_cases["footprint"], "negative_bins") >= day(run_cases["footprint"], "negative")).all()


def test_nothing_in_a_footprint_of_the_positive_path_is_negative(run_cases):
    case = run_cases["positive"]
    assert Shelf(case).group["footprint"][1].min() == 0
    assert Shelf(case).group["given"][1].min() >= 0
    assert not day(case, "remaining").any()
    auto = run_cases["auto"]
    assert (day(auto, "remaining") <= LARGEST_NEGATIVE).all()


def marched(positive):
    """Two days in double precision with air from outside: the study, what the forward run knows, the second day."""
    study = kept(small_study(48, {"fine": 12.0, "so2": 5.0}), positive=positive)
    tracers, means = {}, []
    for one in history(study, 0, 48):
        means.append(sum(one.receptors[name].sum(axis=1) for name in PARTICLES))
        tracers[one.hour + 1] = {name: mass.copy() for name, mass in one.tracers.items()}
    tracers[0] = {name: np.zeros_like(mass) for name, mass in tracers[1].items()}
    second = study.time(24 + 8).date()
    return study, History(tracers, {second: np.mean(means[24:], axis=0)}), second


def test_the_positive_engine_closes_against_its_own_bulk_in_double_precision():
    """Forward equals adjoint, with parts of the memory and all four rests."""
    study, run, second = marched(positive=True)
    (past,) = backward(study, [second], run, Memory(0, 0))
    total = sum(of.sum(axis=0) for of in past.given.values()) + sum(past.rests.values())
    np.testing.assert_allclose(total, run.bulk[second], rtol=1e-10)
    assert min(part.min() for part in past.footprint) == 0


@pytest.mark.parametrize("path", ["footprint", "auto", "positive"])
def test_parts_add_up_to_the_bulk_of_the_path_that_speaks(run_cases, path):
    case = run_cases[path]
    held = Contributions.load(Shelf(case), case.days[1], case.days[1] + (case.days[1] - case.days[0]))
    np.testing.assert_allclose(held.whole, held.bulk[0], rtol=1e-6)


def test_the_gap_is_the_largest_difference_of_city_shares_between_both_paths(run_cases):
    def shares(case):
        shelf = Shelf(case)
        places = shelf.group["given"][1].sum(axis=(1, 2, 4), dtype=np.float64)
        return np.concatenate([places, shelf.group["rests"][1]], axis=1) / shelf.group["bulk"][1][:, None]

    auto = run_cases["auto"]
    wanted = np.abs(shares(auto) - shares(run_cases["footprint"])).max(axis=1)
    positive = day(auto, "path") == 1
    np.testing.assert_allclose(day(auto, "gap")[positive], wanted[positive], rtol=1e-4)
    assert (day(auto, "gap")[positive] > 0).all()
    assert np.isnan(day(run_cases["positive"], "gap")).all()


def test_which_path_speaks_is_told_for_every_receptors_day(run_cases):
    case = run_cases["auto"]
    told = Shelf(case).spoken(case.days, list(case.about.receptors))
    assert told["day"].unique().to_list() == [case.days[1]]  # of the first nothing is there
    for row in told.iter_rows(named=True):
        assert row["path"] == ("positive" if row["negative"] > LARGEST_NEGATIVE else "footprint")
        assert (row["gap"] is not None) == (row["path"] == "positive")


def test_a_run_stopped_before_the_positive_path_goes_on_with_it_alone(tmp_path, run_cases, monkeypatch):
    """The first pass is not marched again, and the day does not count before the second has spoken."""
    case = made_case(tmp_path, "stopped", "auto")
    first = Case(case.root)
    monkeypatch.setattr(Case, "positive", property(lambda _: (_ for _ in ()).throw(KeyboardInterrupt)))
    with pytest.raises(KeyboardInterrupt):
        run_footprints(first, case.days[1:])
    assert not day(case, "done")[day(case, "awaits") == 1].any()
    with pytest.raises(BadInput, match="footprints of"):
        Contributions.load(Shelf(case), case.days[1], case.days[1] + (case.days[1] - case.days[0]))
    monkeypatch.undo()
    marched = []
    every = running.footprint_days
    monkeypatch.setattr(
        running, "footprint_days", lambda one, *rest: (marched.append(one.path), every(one, *rest))[1]
    )
    run_footprints(Case(case.root), case.days[1:])
    assert marched == ["positive"]
    for name in (*AIR, "path", "gap", "negative"):
        np.testing.assert_array_equal(day(case, name), day(run_cases["auto"], name), err_msg=name)


@pytest.mark.slow
def test_two_processes_take_the_same_paths_as_one(tmp_path, run_cases):
    case = made_case(tmp_path, "spread", "auto")
    run_footprints(case, case.days[1:], workers=2)
    for name in (*AIR, "path", "gap", "negative"):
        # Sides are summed by BLAS, whose order depends on the number of columns.
        loose = name in ("rests", "gap")
        wanted = day(run_cases["auto"], name)
        np.testing.assert_allclose(
            day(case, name), wanted, rtol=1e-5 if loose else 1e-12, atol=0, err_msg=name
        )


def test_a_day_is_reckoned_without_footprints_by_the_first_path_for_nothing_is_known_of_lobes(
    tmp_path, run_cases
):
    folder = tmp_path / "air" / "bare"
    shutil.copytree(run_cases["auto"].root, folder, ignore=shutil.ignore_patterns("shelf.zarr"))
    case = Case(folder)
    run_footprints(case, case.days[1:], footprints=False)
    assert not day(case, "path").any()
    (row, _) = Shelf(case).spoken(case.days, list(case.about.receptors)).to_dicts()
    assert row["negative"] is None
    np.testing.assert_array_equal(day(case, "given"), day(run_cases["footprint"], "given"))


def test_a_receptors_memory_does_not_depend_on_who_marches_beside_it():
    """The memory of each ends by itself, though all march together until the last."""
    study, run, second = marched(positive=False)
    (past,) = backward(study, [second], run, Memory(0, 0))
    older = np.abs(past.rests["older"]) / run.bulk[second]
    memory = Memory(0, 1, float(older.mean()))  # long enough for one of the two alone
    together = list(backward(study, [second], run, memory))
    assert [one.lag for one in together] == [0, 1]
    for number, receptor in enumerate(study.receptors):
        bulk = {second: run.bulk[second][[number]]}
        alone = list(
            backward(replace(study, receptors=[receptor]), [second], History(run.tracers, bulk), memory)
        )
        assert len(alone) == (1 if older[number] <= older.mean() else 2)
        for one in together:
            mine = alone[one.lag] if one.lag < len(alone) else None
            for part in ("given", "rests"):
                for name, array in getattr(one, part).items():
                    wanted = getattr(mine, part)[name][..., 0] if mine else 0.0
                    np.testing.assert_allclose(
                        array[..., number], wanted, rtol=1e-9, atol=1e-15, err_msg=name
                    )
            for bin_, array in enumerate(one.footprint):
                wanted = mine.footprint[bin_][0] if mine else 0.0
                np.testing.assert_allclose(array[number], wanted, rtol=1e-9, atol=1e-15)


def test_a_lobe_that_another_bin_fills_counts_by_bin_alone():
    weights = np.zeros((len(SPECIES), len(RELEASES)))
    weights[0, 0] = 1.0
    early, late = np.zeros((2, 1, len(SPECIES), len(RELEASES), 3))
    early[0, 0, 0], late[0, 0, 0] = (4.0, -1.0, 0.0), (0.0, 1.0, 0.0)
    early[0, 1, 0] = (0.0, -9.0, 0.0)  # of a species that nobody emits
    lobes = Lobes(weights, 1)
    lobes.add(early, 3.0)
    lobes.add(late, 3.0)
    summed, bins = lobes.parts()
    assert (summed[0], bins[0]) == (0.0, 0.25)


def test_a_days_bin_weighs_as_many_hours_as_it_has():
    weights = np.zeros((len(SPECIES), len(RELEASES)))
    weights[0, 0] = 1.0
    field = np.zeros((1, len(SPECIES), len(RELEASES), 2))
    lobes = Lobes(weights, 1)
    field[0, 0, 0] = (1.0, 0.0)
    lobes.add(field, 3.0)
    field[0, 0, 0] = (1.0, -0.1)
    lobes.add(field, 24.0)
    assert lobes.parts()[0][0] == pytest.approx(2.4 / (27.0 - 2.4))


def test_emission_weighs_species_and_release_classes_and_silence_all_alike():
    study = small_study(2)
    weights = release_weights(study.release)
    amount = study.release["amount"]
    low = amount.sel(species="so2").values[amount["release"].values == RELEASES[1]].sum()
    assert weights[SPECIES.index("so2"), 1] == pytest.approx(low)
    assert (release_weights(xr.zeros_like(study.release)) == 1).all()


def test_a_case_without_a_choice_of_path_takes_the_best_and_an_unknown_one_is_refused(run_cases, tmp_path):
    root = tmp_path / "older"
    shutil.copytree(run_cases["footprint"].root, root, ignore=shutil.ignore_patterns("*.zarr", "operators"))
    about = json.loads((root / "case.json").read_text(encoding="utf-8"))
    del about["path"]
    (root / "case.json").write_text(json.dumps(about), encoding="utf-8")
    assert Case(root).about.path == "auto"
    with pytest.raises(BadInput, match="a path of auto, footprint, positive"):
        replace(Case(root).about, path="scenic")
