"""The state of the air: weather on layers, its fluxes, mixing and stagnation."""

from airshed.meteorology.fluxes import HourFluxes, hour_fluxes
from airshed.meteorology.weather import LAYER_TOPS, VARIABLES, check_weather

__all__ = ["LAYER_TOPS", "VARIABLES", "HourFluxes", "check_weather", "hour_fluxes"]
