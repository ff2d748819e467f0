"""The state of the air: weather on layers, its feeds, balance, fluxes, mixing and stagnation."""

from airshed.meteorology.agreement import vertical_agreement
from airshed.meteorology.assemble import RAW_TOPS, balance_text, weather_from
from airshed.meteorology.feeds import FeedReport, read_era5, read_wrf
from airshed.meteorology.fluxes import HourFluxes, hour_fluxes
from airshed.meteorology.stagnation import recirculation, stagnation, ventilation
from airshed.meteorology.weather import LAYER_TOPS, VARIABLES, check_weather

__all__ = [
    "LAYER_TOPS",
    "RAW_TOPS",
    "VARIABLES",
    "FeedReport",
    "HourFluxes",
    "balance_text",
    "check_weather",
    "hour_fluxes",
    "read_era5",
    "read_wrf",
    "recirculation",
    "stagnation",
    "ventilation",
    "vertical_agreement",
    "weather_from",
]
