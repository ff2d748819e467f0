"""Panels: places side by side in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from airshed.cli.law import book_of
from airshed.cli.options import gazetteer_of
from airshed.errors import BadInput
from airshed.observations.panel import days_panel, digest_of, hours_panel, read_rows
from airshed.quantities import BEIJING

START = datetime(2015, 6, 1, 16, tzinfo=UTC)  # midnight of 2 June in Beijing


def rows(
    values: dict[str, list[float]], place: str = "gb2260:110000", start: datetime = START
) -> pl.DataFrame:
    """An hour a value, one variable after the other."""
    parts = [
        {"place": place, "variable": name, "start": start + timedelta(hours=n), "value": value,
         "end": start + timedelta(hours=n + 1)}
        for name, series in values.items() for n, value in enumerate(series)
    ]  # fmt: skip
    return pl.DataFrame(parts).select("place", "variable", "start", "end", "value")


@pytest.fixture(scope="module")
def world():  # type: ignore[no-untyped-def]
    nowhere = Path("no-such-folder")
    return gazetteer_of(nowhere), book_of(nowhere)


def test_hours_stand_at_their_utc_start_and_gaps_are_missing(world) -> None:  # type: ignore[no-untyped-def]
    given = rows({"pm25": [10.0, 20.0, 30.0]}).filter(pl.col("value") != 20.0)
    panel = hours_panel(given, world[0])
    assert panel["hour"].values[0] == np.datetime64("2015-06-01T16:00")
    np.testing.assert_array_equal(panel["pm25"].values, [[10.0, np.nan, 30.0]])


def test_a_north_wind_blows_towards_the_south_and_a_calm_has_no_direction(world) -> None:  # type: ignore[no-untyped-def]
    given = rows({"wind_speed": [4.0, 4.0, 0.0], "wind_direction": [0.0, 270.0]})
    panel = hours_panel(given, world[0])
    np.testing.assert_allclose(panel["wind_v"].values[0], [-4, 0, 0], atol=1e-12)
    np.testing.assert_allclose(panel["wind_u"].values[0], [0, 4, 0], atol=1e-12)


def test_a_local_day_is_made_of_its_own_hours(world) -> None:  # type: ignore[no-untyped-def]
    """The hour before midnight in Beijing belongs to the day before; rain is summed, warmth averaged."""
    warm = [0.0] + [10.0] * 23 + [34.0]
    given = rows({"pm25": [999.0] + [50.0] * 24, "temperature": warm, "precipitation": [5.0] + [1.0] * 24},
                 start=START - timedelta(hours=1))  # fmt: skip
    day = days_panel(given, world[0], world[1], BEIJING).sel(day="2015-06-02")
    assert day["pm25"].item() == 50
    assert day["precipitation"].item() == 24
    assert day["temperature"].item() == 11
    assert (day["temperature_max"].item(), day["temperature_min"].item()) == (34, 10)


def test_weather_of_less_than_eighteen_hours_makes_no_day(world) -> None:  # type: ignore[no-untyped-def]
    full = {"pm25": [50.0] * 24, "pressure": [1000.0] * 17, "temperature": [5.0] * 18}
    panel = days_panel(rows(full), world[0], world[1], BEIJING)
    assert "pressure" not in panel
    assert panel["temperature"].item() == 5


def test_hours_of_which_no_day_comes_whole_are_refused(world) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match="enough hours"):
        days_panel(rows({"pm25": [50.0] * 5, "pressure": [1000.0] * 5}), world[0], world[1], BEIJING)


def test_pollutants_and_weather_of_different_days_stand_in_one_row_of_days(world) -> None:  # type: ignore[no-untyped-def]
    dirty = rows({"pm25": [50.0] * 24})
    windy = rows({"wind_speed": [2.0] * 24}, start=START + timedelta(days=2))
    panel = days_panel(pl.concat([dirty, windy]), world[0], world[1], BEIJING)
    np.testing.assert_array_equal(panel["pm25"].values, [[50.0, np.nan, np.nan]])
    np.testing.assert_array_equal(panel["wind_speed"].values, [[np.nan, np.nan, 2.0]])
    assert panel.attrs["utc_offset"] == 8


def test_weather_by_the_day_stands_beside_air_by_the_hour(world) -> None:  # type: ignore[no-untyped-def]
    """A day's own figure counts where no hour tells of it, and only there."""
    air = rows({"pm25": [50.0] * 24})
    told = rows({"temperature": [7.0], "pm25": [80.0]}).with_columns(end=pl.col("start") + timedelta(days=1))
    panel = days_panel(pl.concat([air, told]), world[0], world[1], BEIJING)
    assert (panel["temperature"].item(), panel["pm25"].item()) == (7.0, 50.0)


def test_the_digest_sees_one_value_and_not_the_order_of_variables(world) -> None:  # type: ignore[no-untyped-def]
    panel = hours_panel(rows({"pm25": [1.0, 2.0], "no2": [3.0, 4.0]}), world[0])
    turned = panel[["pm25", "no2"]]
    changed = panel.copy(deep=True)
    changed["no2"].values[0, 1] = 4.5
    assert digest_of(panel) == digest_of(turned)
    assert digest_of(panel) != digest_of(changed)


def test_rows_of_other_lengths_than_hours_and_days_are_refused(world) -> None:  # type: ignore[no-untyped-def]
    eight = rows({"o3": [80.0]}).with_columns(end=pl.col("start") + timedelta(hours=8))
    with pytest.raises(BadInput, match="hourly values"):
        hours_panel(eight, world[0])
    with pytest.raises(BadInput, match="hours or local days"):
        days_panel(eight, world[0], world[1], BEIJING)


def test_a_path_that_is_not_there_and_a_file_of_another_form_are_refused_by_name(
    world, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=r"gone\.csv, which is not there"):
        read_rows("city-daily", [tmp_path / "gone.csv"], world[0])
    (tmp_path / "odd.csv").write_text("city,date,pm25\nAtlantis,2015-06-02,40\n")
    with pytest.raises(BadInput, match=r"odd\.csv.*Atlantis"):
        read_rows("city-daily", [tmp_path / "odd.csv"], world[0])
