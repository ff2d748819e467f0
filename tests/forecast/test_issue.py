"""An issue: what was known then, nothing later; models that know what they were made for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr

import airshed
from airshed.errors import BadInput
from airshed.forecast.history import Known, known_days
from airshed.forecast.issue import Ask, issue
from airshed.forecast.shelf import (
    add_edits,
    find_model,
    load_model,
    load_outlook,
    outlooks,
    read_edits,
    save_outlook,
)
from airshed.quantities import BEIJING
from airshed.store import View
from airshed.workspace import Workspace
from forecast.made_lake import CITIES, DAYS, FIRST, add, hours, lake

# In order on one worker: the models that earlier tests trained stand on the same shelf.
pytestmark = pytest.mark.xdist_group("issue")


def wall(*parts: int) -> datetime:
    """A local time as files have it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def at(*parts: int) -> datetime:
    """The instant of a local time."""
    return BEIJING.utc(wall(*parts))


WHEN = at(2015, 8, 1, 20)
ASK = Ask(days=3, places=CITIES, method="ridge", targets=("pm25", "o3_mda8"), members=20)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return lake(tmp_path_factory.mktemp("made") / "ws", hours())


@pytest.fixture(scope="module")
def found(workspace: Workspace) -> xr.Dataset:
    return issued(workspace)


def issued(workspace: Workspace, when: datetime = WHEN, **wishes: object) -> xr.Dataset:
    return issue(workspace, View.everything(), when, Ask(**{**ASK.__dict__, **wishes}))


def feed(
    path: Path, workspace: Workspace, *, members: int = 1, days: int = 3, issue_day: date = date(2015, 8, 1)
) -> Path:
    """A forecast feed of calm weather, with the analyses of the days before."""
    day = [issue_day + timedelta(days=n) for n in range(-200, days + 1)]
    rows = [
        (f"{issue_day if d > issue_day else d}T12:00:00+08:00", city, d, name, value + 0.1 * m, m)
        for d in day for city in CITIES for m in range(members if d > issue_day else 1)
        for name, value in (("wind_speed", 2.0 + d.day % 3), ("temperature", 20.0))
    ]  # fmt: skip
    columns = ["issued_at", "place", "day", "variable", "value", "member"]
    pl.DataFrame(rows, columns, orient="row").write_csv(path)
    return path


def test_an_outlook_has_days_members_hours_and_says_what_it_rests_on(found):
    assert dict(found.sizes)["day"] == 3
    assert found["day"].values[0] == np.datetime64("2015-08-02")
    assert found.attrs["weather"] == "none"
    assert found.attrs["method"] == "ridge"
    assert found.attrs["knowledge"] == "ended"
    assert found.attrs["trained"] == "2015-01-01/2015-08-01, weather none"
    assert found["hourly"].sizes["hour"] == 72
    assert found["hour"].values[0] == np.datetime64("2015-08-01T12:00")


def test_equal_seeds_make_equal_outlooks(workspace, found):
    again = issued(workspace)
    assert again.equals(found)
    assert not issued(workspace, seed=1)["hourly"].equals(found["hourly"])


def test_hours_of_a_member_have_the_mean_and_the_greatest_eight_hours_of_its_days(found):
    local = found["hour"].values + np.timedelta64(8, "h")
    rows = np.flatnonzero(local.astype("datetime64[D]") == np.datetime64("2015-08-02"))
    day = found["members"].isel(day=0)
    pm25 = found["hourly"].sel(hourly_variable="pm25").values[:, :, rows]
    assert pm25.mean(axis=-1) == pytest.approx(day.sel(variable="pm25").values, rel=1e-4)
    ozone = found["hourly"].sel(hourly_variable="o3").values[:, :, rows]
    windows = np.lib.stride_tricks.sliding_window_view(ozone, 8, axis=-1).mean(axis=-1)
    assert windows.max(axis=-1) == pytest.approx(day.sel(variable="o3_mda8").values, rel=1e-4)


def test_a_planted_future_changes_nothing_in_the_outlook(workspace, found, tmp_path):
    rows = hours()
    when = wall(2015, 8, 1, 20)
    future = rows.with_columns(
        pl.when(pl.col("start") >= when).then(pl.col(c) * 3 + 1).otherwise(pl.col(c)).alias(c)
        for c in ("pm25", "pm10", "o3", "temperature", "wind_speed")
    )
    other = lake(tmp_path / "ws", future)
    spoilt = issued(other)
    assert spoilt["members"].equals(found["members"])
    assert spoilt["hourly"].equals(found["hourly"])
    assert spoilt.attrs["data_digest"] == found.attrs["data_digest"]


def test_the_planted_future_would_show_if_it_were_read(workspace):
    early, late = (issued(workspace, at(2015, 8, 1, h)) for h in (18, 20))
    assert not early["members"].equals(late["members"])


def test_what_was_received_after_the_issue_was_not_known(tmp_path):
    rows = hours(60)
    before = rows.filter(pl.col("start") < wall(2015, 2, 20))
    ws = lake(tmp_path / "ws", before, received=at(2015, 2, 21, 6))
    corrected = before.with_columns(pl.col("pm25") + 500)
    add(ws, corrected, "later.csv", at(2015, 2, 22, 6))
    known = Known(ws, View.everything(), at(2015, 2, 21, 8), CITIES, BEIJING)
    assert known.settled().knowledge == "received"
    day = known_days(known, date(2015, 2, 10))
    assert float(day["pm25"].max()) < 500
    ended = Known(ws, View.everything(), known.when, CITIES, BEIJING, "ended")
    assert float(known_days(ended, date(2015, 2, 10))["pm25"].max()) > 500


@pytest.mark.parametrize(("hour", "day"), [(0, 31), (6, 31), (11, 31), (12, 1), (20, 1), (23, 1)])
def test_the_issue_day_is_the_last_of_which_twelve_hours_are_over(workspace, hour, day):
    known = Known(workspace, View.everything(), at(2015, 8, 1, hour), CITIES, BEIJING)
    assert known.issue_day.day == day
    held = known_days(known, date(2015, 7, 20))
    assert held["day"].values[-1].astype("datetime64[D]").astype(date) == known.issue_day
    assert bool(held["pm25"].isel(day=-1).notnull().all())


def test_the_issue_day_is_the_mean_of_the_hours_that_are_over(workspace):
    known = Known(workspace, View.everything(), WHEN, CITIES, BEIJING)
    rows = hours().filter(pl.col("place") == CITIES[0], pl.col("start").dt.date() == date(2015, 8, 1))
    mean = rows.filter(pl.col("start").dt.hour() < 20)["pm25"].mean()
    assert float(
        known_days(known, date(2015, 7, 31))["pm25"].sel(place=CITIES[0]).values[-1]
    ) == pytest.approx(mean)


def test_a_model_is_trained_once_and_never_serves_an_issue_before_its_training_ended(workspace, found):
    folder, name = workspace.folder, found.attrs["model_digest"]
    model = load_model(folder, name)
    assert (model.first, model.last) == ("2015-01-01", "2015-08-01")
    assert model.medians.shape == (2, 3)
    wanted = {"method": "ridge", "places": CITIES, "targets": ASK.targets, "leads": 3,
              "weather_names": model.weather_names, "seed": 0, "source": "none", "hours_known": 20}  # fmt: skip
    assert find_model(folder, wanted, date(2015, 8, 1)) == name
    assert find_model(folder, wanted, date(2015, 8, 20)) == name
    assert find_model(folder, wanted, date(2015, 7, 31)) is None
    assert find_model(folder, wanted, date(2015, 9, 20)) is None
    assert find_model(folder, wanted | {"leads": 4}, date(2015, 8, 1)) is None
    assert (
        find_model(folder, wanted | {"hours_known": 8}, date(2015, 8, 1)) is None
    )  # the morning sees fewer hours
    assert find_model(folder, wanted | {"method": "blend"}, date(2015, 8, 1)) is None


def test_a_model_that_was_tampered_with_or_names_foreign_code_is_refused(workspace, found, tmp_path):
    import shutil

    name = found.attrs["model_digest"]
    shutil.copytree(workspace.folder / "models" / name, tmp_path / "models" / name)
    path = tmp_path / "models" / name / "model.json"
    path.write_text(path.read_text().replace("airshed.forecast.methods.ridge:RidgeModel", "subprocess:Popen"))
    with pytest.raises(BadInput, match="as it was written"):
        load_model(tmp_path, name)


def test_a_kept_outlook_reads_back_as_it_was_and_takes_edits(workspace, found, tmp_path):
    name = save_outlook(tmp_path, found)
    assert outlooks(tmp_path) == [name] == ["20150801T2000-ridge-none"]
    assert load_outlook(tmp_path).equals(found)
    (tmp_path / "edit.csv").write_text(f"place,day,variable,value\n{CITIES[0]},2015-08-03,pm25,180\n")
    assert add_edits(tmp_path, name, tmp_path / "edit.csv", "forecaster", WHEN) == 1
    row = read_edits(tmp_path, name).rows.row(0, named=True)
    assert (row["issue"], row["value"], row["editor"]) == (date(2015, 8, 1), 180, "forecaster")
    (tmp_path / "edit.csv").write_text(f"place,day,variable,value\n{CITIES[0]},2015-09-03,pm25,180\n")
    with pytest.raises(BadInput, match="day of the outlook"):
        add_edits(tmp_path, name, tmp_path / "edit.csv", "forecaster", WHEN)


def test_weather_of_the_archive_is_called_perfect_and_helps(workspace, found):
    perfect = issued(workspace, weather="archive")
    assert perfect.attrs["weather"] == "perfect"
    spread = [float((o["quantiles"].sel(quantile=0.9) - o["quantiles"].sel(quantile=0.1)).sel(variable="pm25").mean())
              for o in (found, perfect)]  # fmt: skip
    assert spread[1] < spread[0]


def test_weather_of_a_feed_gives_each_member_its_own_run(workspace, tmp_path):
    made = issued(workspace, weather=str(feed(tmp_path / "feed.csv", workspace, members=4)))
    assert made.attrs["weather"] == "feed"
    assert made.attrs["weather_members"] == 4
    assert made["weather_member"].values[:6].tolist() == [0, 1, 2, 3, 0, 1]


def test_a_feed_issued_after_the_outlook_is_not_read(workspace, tmp_path):
    path = feed(tmp_path / "feed.csv", workspace)
    rows = pl.read_csv(path)
    late = rows.with_columns(issued_at=pl.lit("2015-08-01T21:00:00+08:00"), value=pl.col("value") * 1.5)
    first = issued(workspace, weather=str(path))
    pl.concat([rows, late]).write_csv(path)
    assert issued(workspace, weather=str(path))["members"].equals(first["members"])


def test_weather_that_does_not_reach_the_last_day_is_refused(workspace, tmp_path):
    with pytest.raises(BadInput, match=r"weather for 3 d ahead; got short\.csv that reaches 2 d"):
        issued(workspace, weather=str(feed(tmp_path / "short.csv", workspace, days=2)))
    end = BEIJING.utc(datetime.combine(FIRST, datetime.min.time()) + timedelta(days=DAYS - 2, hours=20))
    with pytest.raises(BadInput, match="weather in the lake for 3 d ahead; got it reaches 1 d"):
        issued(workspace, end, weather="archive")


def test_weather_in_kelvin_is_refused(workspace, tmp_path):
    path = feed(tmp_path / "kelvin.csv", workspace)
    text = path.read_text().replace("temperature,20.0", "temperature,293.1")
    path.write_text(text)
    with pytest.raises(BadInput, match=r"temperature in kelvin\.csv \[degC\] between -60 and 50; got 293.1"):
        issued(workspace, weather=str(path))


def test_an_issue_after_the_datas_end_is_refused(workspace):
    with pytest.raises(BadInput, match="the last day with data is 2015-08-18"):
        issued(workspace, at(2015, 8, 20, 20))


def test_a_city_never_seen_is_refused(workspace):
    with pytest.raises(BadInput, match="gb2260:130200 has no history in the last"):
        issued(workspace, places=(*CITIES, "gb2260:130200"))


def test_too_short_a_history_is_refused_by_name_and_a_short_method_takes_it(workspace):
    early = at(2015, 3, 1, 20)
    with pytest.raises(BadInput, match="at least 180 days with pm25 for the method ridge"):
        issued(workspace, early)
    assert issued(workspace, early, method="brief", hours=False).attrs["method"] == "brief"
    with pytest.raises(BadInput, match="at least 30 days"):
        issued(workspace, at(2015, 1, 20, 20), method="brief")


def test_values_off_by_a_factor_are_refused(tmp_path):
    rows, turn = hours(), wall(2015, 7, 11)
    ws = lake(tmp_path / "ws", rows.filter(pl.col("start") < turn))
    issued(ws, at(2015, 7, 10, 20), hours=False)
    milligrams = rows.filter(pl.col("start") >= turn).with_columns(pl.col("pm25") / 1000)
    add(ws, milligrams, "milligrams.csv")
    with pytest.raises(BadInput, match=r"pm25 near its median in training.*off by a factor of"):
        issued(ws, at(2015, 8, 12, 20))


def test_a_flat_series_is_refused_by_place_and_pollutant(tmp_path):
    rows = hours()
    flat = pl.col("start") >= wall(2015, 7, 20)
    stuck = rows.with_columns(
        pl.when(flat & (pl.col("place") == CITIES[1])).then(41.0).otherwise(pl.col("pm25")).alias("pm25")
    )
    with pytest.raises(BadInput, match="gb2260:120000"):
        issued(lake(tmp_path / "ws", stuck))


def test_days_or_members_there_cannot_be_are_refused():
    for wrong in ({"days": 11}, {"days": 0}, {"members": 1}, {"targets": ("pollen",)}):
        with pytest.raises(BadInput):
            Ask(**wrong)


def test_training_may_not_reach_past_the_issue(workspace):
    with pytest.raises(BadInput, match="nothing later was known"):
        issued(workspace, train=(date(2015, 1, 1), date(2015, 8, 2)))


def test_the_face_of_the_library_opens_what_was_made(workspace):
    assert airshed.open(workspace.folder).region().id == "bth13"


def test_every_pollutant_of_a_member_sees_that_members_weather(workspace, tmp_path):
    path = str(feed(tmp_path / "feed.csv", workspace, members=3))
    both = issued(workspace, weather=path)
    turned = issued(workspace, weather=path, targets=("o3_mda8", "pm25"), hours=False)
    for name in ("pm25", "o3_mda8"):
        held = [o["quantiles"].sel(variable=name).values for o in (both, turned)]
        assert held[0] == pytest.approx(held[1], rel=1e-5)
