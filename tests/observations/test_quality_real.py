"""What quality control says of the real files, whose numbers nobody on the team wrote."""

from __future__ import annotations

import polars as pl
import pytest

from airshed.observations.flags import Flag
from airshed.observations.quality import QualityContext, flag_counts, flagged

from .quality_samples import DUST_LAW, real_city_daily, real_prsa


@pytest.fixture(scope="module")
def city_days() -> pl.DataFrame:
    return flagged(real_city_daily(), QualityContext())


@pytest.fixture(scope="module")
def site_hours() -> pl.DataFrame:
    return flagged(real_prsa(), QualityContext(dust=DUST_LAW))


def carrying(frame: pl.DataFrame, flag: Flag) -> pl.DataFrame:
    return frame.filter((pl.col("flag") & pl.lit(int(flag), pl.UInt16)) > 0)


def test_flags_of_the_city_days_are_counted(city_days: pl.DataFrame) -> None:
    assert flag_counts(city_days) == {
        "zero_missing": 614, "out_of_range": 3, "stuck": 44, "spike": 669, "pm25_above_pm10": 9260,
    }  # fmt: skip


def test_every_zero_of_the_city_days_is_missing_and_counts_for_nothing_else(city_days: pl.DataFrame) -> None:
    zeros = city_days.filter(pl.col("value") == 0)
    assert zeros["flag"].unique().to_list() == [int(Flag.ZERO_MISSING)]
    assert len(zeros) == 614


def test_days_with_pm25_well_above_pm10_are_about_one_in_a_hundred(city_days: pl.DataFrame) -> None:
    marked = carrying(city_days, Flag.PM25_ABOVE_PM10)
    wide = marked.pivot(on="variable", index=["place", "start"], values="value")
    days = city_days.select("place", "start").n_unique()
    assert len(marked) == 2 * len(wide)
    assert 0.020 < len(wide) / days < 0.021  # any excess
    assert 0.009 < (wide["pm25"] - wide["pm10"] > 10).sum() / days < 0.010  # more than 10 ug/m3


def test_a_city_that_repeats_one_daily_mean_for_eleven_days_is_stuck(city_days: pl.DataFrame) -> None:
    stuck = carrying(city_days, Flag.STUCK).filter(pl.col("variable") == "pm25")
    assert stuck["value"].value_counts(sort=True).row(0) == (25.0, 11)


def test_flags_of_the_beijing_hours_are_counted(site_hours: pl.DataFrame) -> None:
    assert flag_counts(site_hours) == {
        "stuck": 3347, "spike": 135, "pm25_above_pm10": 42312, "dust": 43866,
    }  # fmt: skip


def test_the_monitor_that_read_ozone_107_for_days_is_stuck(site_hours: pl.DataFrame) -> None:
    stuck = carrying(site_hours, Flag.STUCK).filter(pl.col("variable") == "o3")
    assert stuck["value"].value_counts(sort=True)["value"][0] == 107


def test_the_dust_storm_of_april_2015_is_dust_at_every_beijing_site(site_hours: pl.DataFrame) -> None:
    """2015-04-15, the strongest storm in Beijing for thirteen years: PM10 near 1000 in the evening."""
    storm = pl.col("start").dt.convert_time_zone("Asia/Shanghai").dt.date() == pl.date(2015, 4, 15)
    found = carrying(site_hours.filter(storm), Flag.DUST)
    assert found["place"].n_unique() == 12


def test_flags_of_real_hours_do_not_depend_on_their_order(site_hours: pl.DataFrame) -> None:
    month = site_hours.filter(pl.col("start").dt.strftime("%Y-%m") == "2015-04")
    shuffled = month.sample(fraction=1, shuffle=True, seed=7)
    context = QualityContext(dust=DUST_LAW)
    keys = ["place", "variable", "start"]
    assert flagged(shuffled, context).sort(keys).equals(flagged(month, context).sort(keys))
