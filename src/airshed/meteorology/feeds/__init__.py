"""Weather as its users have it, read to the raw state of ``meteorology.column_state``: ERA5 and WRF output."""

from airshed.meteorology.feeds.era5 import read_era5
from airshed.meteorology.feeds.report import FeedReport, Note
from airshed.meteorology.feeds.wrf import read_wrf

__all__ = ["FeedReport", "Note", "read_era5", "read_wrf"]
