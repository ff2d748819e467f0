"""Humidity: one way and back, and against figures of the tables."""

from __future__ import annotations

import numpy as np
import pytest

from airshed.quantities.humidity import LEAST, dew_point, relative_humidity


def test_there_and_back():
    temperature, humidity = np.meshgrid(np.linspace(-40, 50, 19), np.linspace(LEAST, 1, 23))
    np.testing.assert_allclose(
        relative_humidity(temperature, dew_point(temperature, humidity)), humidity, rtol=1e-12
    )


@pytest.mark.parametrize(
    ("temperature", "dew", "humidity"),
    # saturation vapour pressure over water, Goff-Gratch (WMO 1988): 6.11, 12.27, 23.37, 42.43 hPa at 0, 10, 20, 30 degC
    [(10, 0, 6.11 / 12.27), (20, 10, 12.27 / 23.37), (30, 0, 6.11 / 42.43), (30, 20, 23.37 / 42.43)],
)
def test_against_the_tables(temperature: float, dew: float, humidity: float):
    assert float(relative_humidity(temperature, dew)) == pytest.approx(humidity, rel=0.004)


def test_bone_dry_air_has_a_dew_point_of_one_hundredth():
    assert float(dew_point(20.0, 0.0)) == float(dew_point(20.0, LEAST))
