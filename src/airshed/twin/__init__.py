"""A made region for demonstration and tests. Nothing in it was measured, and everything says so."""

from airshed.twin.air import Site, made_air
from airshed.twin.demonstration import DAYS, FIRST_DAY, prepare
from airshed.twin.faults import Fault, plant
from airshed.twin.files import REGION, SEED, SOURCE, Made, make

__all__ = [
    "DAYS",
    "FIRST_DAY",
    "REGION",
    "SEED",
    "SOURCE",
    "Fault",
    "Made",
    "Site",
    "made_air",
    "make",
    "plant",
    "prepare",
]
