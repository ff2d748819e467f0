"""What monitors said: the table, its feeds, flags, city hours and days, the index."""

from airshed.observations.acceptance import Accepted, accept
from airshed.observations.averages import DAILY, city_daily, city_hourly, latest, station_hourly
from airshed.observations.flags import Flag, describe, severity, usable
from airshed.observations.index import category_of, daily_index, hourly_index, sub_index
from airshed.observations.ingest import FileReport, IngestReport, ingest, override
from airshed.observations.schema import Batch, FeedContext, Refusal

__all__ = [
    "DAILY",
    "Accepted",
    "Batch",
    "FeedContext",
    "FileReport",
    "Flag",
    "IngestReport",
    "Refusal",
    "accept",
    "category_of",
    "city_daily",
    "city_hourly",
    "daily_index",
    "describe",
    "hourly_index",
    "ingest",
    "latest",
    "override",
    "severity",
    "station_hourly",
    "sub_index",
    "usable",
]
