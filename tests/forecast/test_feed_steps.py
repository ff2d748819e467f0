"""A forecast feed in steps: days are made of them, and a day that breaks off late is a day still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from airshed.errors import BadInput
from airshed.forecast.ahead import ahead_of, read_feed
from airshed.quantities import BEIJING

PLACE = "gb2260:110000"
ISSUED = datetime(2015, 8, 1, 12, tzinfo=UTC)  # 20:00 in Beijing
MIDNIGHT = datetime(2015, 8, 1, 16, tzinfo=UTC)  # the first step: 00:00 of 2 August there


def feed(folder: Path, steps: int):  # type: ignore[no-untyped-def]
    """Steps of three hours: calm in the first half of each day, pressure rising by an hPa a step."""
    rows = []
    for n in range(steps):
        start = MIDNIGHT + timedelta(hours=3 * n)
        of_day = n % 8
        values = {"pressure": 1000.0 + of_day, "wind_speed": 1.0 if of_day < 4 else 4.0, "temperature": 20.0,
                  "dew_point": 20.0}  # fmt: skip
        rows += [
            {
                "issued_at": ISSUED.isoformat(),
                "place": PLACE,
                "start": start.isoformat(),
                "variable": k,
                "value": v,
            }
            for k, v in values.items()
        ]
    path = folder / "steps.csv"
    pl.DataFrame(rows).write_csv(path)
    return read_feed(path, BEIJING, lambda text: text)


def test_steps_yield_what_a_mean_of_the_day_hides(tmp_path: Path):
    found = ahead_of(feed(tmp_path, 16), ISSUED, date(2015, 8, 1), 2, [PLACE]).fields
    assert found["calm"].values.ravel().tolist() == [0.5, 0.5]
    assert found["pressure_rise"].values.ravel().tolist() == [6.0, 6.0]
    assert found["relative_humidity"].values.ravel().tolist() == [1.0, 1.0]


def test_a_day_that_breaks_off_before_its_last_quarter_is_reached_without_its_rise(tmp_path: Path):
    found = ahead_of(feed(tmp_path, 14), ISSUED, date(2015, 8, 1), 2, [PLACE]).fields
    assert found["temperature"].values.ravel().tolist() == [20.0, 20.0]
    rise = found["pressure_rise"].values.ravel()
    assert rise[0] == 6
    assert np.isnan(rise[1])


def test_a_day_of_too_few_steps_is_not_reached(tmp_path: Path):
    with pytest.raises(BadInput, match="reaches 1 d"):
        ahead_of(feed(tmp_path, 13), ISSUED, date(2015, 8, 1), 2, [PLACE])
