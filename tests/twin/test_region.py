"""A made region as a workspace: laid down through the same doors as a user's data, the same every time, marked made."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from airshed.emissions import load_inventory
from airshed.errors import BadInput
from airshed.observations.flags import Flag
from airshed.store import View
from airshed.transport import Contributions, Shelf, open_case
from airshed.twin import BOUNDARY, CASE, Plan, make_region
from airshed.twin.plan import read_plan, write_plan
from airshed.workspace import Settings, Workspace, init

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("region")]

FIRST = date(2026, 3, 3)
COARSE = 50_000.0  # m: the laws of a made region hold on any grid


def plan(**changes: object) -> Plan:
    few = {"cell": COARSE, "truth_cell": COARSE, "footprint_days": 3, "memory_days": 1, "memory_most": 2}
    return Plan("twin-bth13", "bth13", FIRST, 10, **{**few, "margin": 100_000.0, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Workspace:
    return make_region(
        tmp_path_factory.mktemp("region") / "made", plan(tags=True), lambda done, of, what: told.append(what)
    )


def bytes_under(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(made: Workspace, tmp_path: Path) -> None:
    without = plan(footprint_days=0, tags=True)
    with closing(make_region(tmp_path / "again", without)) as again:
        for name in ("made", "places", "emissions"):
            first, second = bytes_under(made.folder / name), bytes_under(again.folder / name)
            first.pop("plan.json", None), second.pop("plan.json", None)
            assert first == second
    with closing(make_region(tmp_path / "other", plan(footprint_days=0, seed=5))) as other:
        tables = sorted((other.folder / "made").glob("made_*.csv"))
        assert tables
        assert all((made.folder / "made" / t.name).read_bytes() != t.read_bytes() for t in tables)


def test_everything_says_that_it_is_made(made: Workspace) -> None:
    assert made.region().made
    assert "虚构" in made.region().names["zh"]
    assert "made" in made.region().names["en"]
    assert open_case(made.folder, CASE).about.made
    inventory = load_inventory(made, CASE)
    assert inventory["source"].str.contains("made").all()
    for name in ("truth.zarr", "tags.zarr"):
        with xr.open_zarr(made.folder / "made" / name, consolidated=False) as kept:
            assert kept.attrs["made"] == 1
    assert {a.act.by for a in made.acts(View.everything())} == {"airshed.twin"}


def test_observations_come_in_by_the_feed_and_carry_their_flags(made: Workspace) -> None:
    values = made.observations()
    assert values["place"].n_unique() == 52
    assert set(values["source"].unique()) == {"twin"}
    seen = np.bitwise_or.reduce(values["flag"].to_numpy())
    for flag in (
        Flag.ZERO_MISSING,
        Flag.STUCK,
        Flag.SPIKE,
        Flag.PM25_ABOVE_PM10,
        Flag.OUT_OF_RANGE,
        Flag.DUST,
    ):
        assert seen & int(flag), flag


def test_what_monitors_show_is_the_truth_of_their_cells_and_a_little_noise(made: Workspace) -> None:
    with xr.open_zarr(made.folder / "made" / "truth.zarr", consolidated=False) as truth:
        assert truth.sizes["time"] == 240
        field = truth["pm25"].mean("time").values
    shown = made.observations(variables=["pm25"])["value"].median()
    assert field.min() > 0.5 * BOUNDARY["fine"]
    assert np.median(field) * 0.5 < float(shown) < field.max()  # type: ignore[arg-type]


def test_the_case_has_the_last_days_footprints_and_they_close(made: Workspace) -> None:
    case = open_case(made.folder, CASE)
    day = FIRST + timedelta(days=9)
    assert case.days[-1] == day
    found = Contributions.load(Shelf(case), day, day + timedelta(days=1))
    assert np.allclose(found.whole, found.bulk[0], rtol=1e-5)
    assert len(found.receptors) == 13


def test_the_engine_reckons_what_the_truth_holds(made: Workspace) -> None:
    """Both at the same cells: other schemes, the same air. On 50 km the engine holds 14 to 20 % less on single days."""
    case = open_case(made.folder, CASE)
    days = 3
    engine = Contributions.load(Shelf(case), FIRST + timedelta(days=10 - days), FIRST + timedelta(days=10))
    with xr.open_zarr(made.folder / "made" / "tags.zarr", consolidated=False) as tags:
        truth = tags["pm25"].isel(time=slice(-24 * days, None)).mean("time").sum("tag")
        truth = truth.sel(receptor=list(engine.receptors)).values
    bulk = engine.bulk.mean(axis=0)
    assert np.corrcoef(bulk, truth)[0, 1] > 0.9
    assert bulk.sum() == pytest.approx(truth.sum(), rel=0.2)


def test_a_making_that_was_stopped_goes_on_and_a_whole_one_opens_as_it_is(
    made: Workspace, tmp_path: Path
) -> None:
    version = made.snapshot().version
    with closing(make_region(made.folder, plan(seed=99))) as again:
        assert again.snapshot().version == version
        assert read_plan(again.folder / "made" / "plan.json") == plan(tags=True)
    stopped = tmp_path / "stopped"
    with closing(make_region(stopped, plan(footprint_days=0))) as begun:
        version = begun.snapshot().version
    write_plan(stopped / "made" / "plan.json", plan())
    with closing(make_region(stopped, plan())) as whole:
        assert whole.snapshot().version == version
        assert Shelf(open_case(whole.folder, CASE)).group["done"][:].any()


def test_progress_is_told_of_every_part(made: Workspace, told: list[str]) -> None:
    assert {"weather", "truth", "tags", "operators", "concentrations"} <= set(told)
    assert any(what.startswith("back to") for what in told)
    assert made.region().made


def test_made_data_never_go_beside_real_ones(tmp_path: Path) -> None:
    init(tmp_path / "mine", Settings(region="bth13")).close()
    with pytest.raises(BadInput, match="beside real"):
        make_region(tmp_path / "mine", plan())
    assert not (tmp_path / "mine" / "made").exists()


def test_a_truth_too_fine_for_the_memory_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="GB"):
        make_region(tmp_path / "fine", plan(truth_cell=2_000.0))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"footprint_days": 11}, "fewer footprints"),
        ({"cell": 500.0}, "cells of"),
        ({"truth_cell": 9e4}, "cells of"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes: dict[str, float], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        plan(**changes)


def test_dust_comes_in_spring_only() -> None:
    assert plan().dust_hour == 6 * 24 + 10
    assert Plan("a", "bth13", date(2026, 1, 3), 10).dust_hour is None
    assert Plan("a", "bth13", date(2026, 2, 1), 59).dust_hour == 39 * 24 + 10
