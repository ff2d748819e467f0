"""A made region for demonstration, tests and experiments. Nothing in it was measured, and everything says so."""

from airshed.twin.demonstration import DAYS, FIRST_DAY, prepare
from airshed.twin.faults import Fault, plant
from airshed.twin.files import SOURCE, Made
from airshed.twin.inventory import made_inventory
from airshed.twin.plan import SEED, Plan
from airshed.twin.region import BOUNDARY, CASE, make_region
from airshed.twin.truth import run_tags, run_truth
from airshed.twin.weather import made_weather

__all__ = [
    "BOUNDARY",
    "CASE",
    "DAYS",
    "FIRST_DAY",
    "SEED",
    "SOURCE",
    "Fault",
    "Made",
    "Plan",
    "made_inventory",
    "made_weather",
    "make_region",
    "plant",
    "prepare",
    "run_tags",
    "run_truth",
]
