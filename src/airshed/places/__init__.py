"""Where: jurisdictions, stations, regions, boundaries."""

from airshed.places.gazetteer import Gazetteer
from airshed.places.nouns import Jurisdiction, Membership, Region, Station

__all__ = ["Gazetteer", "Jurisdiction", "Membership", "Region", "Station"]
