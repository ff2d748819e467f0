"""The next days: forecast weather, methods, coherent members, outlooks, and the record of how good they were."""

from __future__ import annotations

from airshed.forecast.distribution import QUANTILES, crps, exceedance, interval, quantile_at
from airshed.forecast.hindcast import Trained, hindcast, train_methods
from airshed.forecast.samples import Samples, samples
from airshed.forecast.weather import ForecastWeather, no_forecast, perfect

__all__ = [
    "QUANTILES",
    "ForecastWeather",
    "Samples",
    "Trained",
    "crps",
    "exceedance",
    "hindcast",
    "interval",
    "no_forecast",
    "perfect",
    "quantile_at",
    "samples",
    "train_methods",
]
