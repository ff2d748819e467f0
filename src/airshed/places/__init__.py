"""Where: jurisdictions, stations, regions, boundaries, grids."""

from airshed.places.coordinates import gcj02_to_wgs84, wgs84_to_gcj02
from airshed.places.gazetteer import Gazetteer
from airshed.places.grid import Grid
from airshed.places.nouns import Jurisdiction, Membership, Region, Station

__all__ = [
    "Gazetteer",
    "Grid",
    "Jurisdiction",
    "Membership",
    "Region",
    "Station",
    "gcj02_to_wgs84",
    "wgs84_to_gcj02",
]
