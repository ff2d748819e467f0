"""What becomes of it on the way: linear chains with frozen, sourced rates."""

from airshed.chemistry.classes import CHILDREN, CLASSES, RELEASE_TO_CLASS, class_index
from airshed.chemistry.constants import Constant, constants, unverified
from airshed.chemistry.hour import Ambient, Rates, chains, rates
from airshed.chemistry.nitrate import ammonia_limitation, dissociation_constant, nitrate_particle

__all__ = [
    "CHILDREN",
    "CLASSES",
    "RELEASE_TO_CLASS",
    "Ambient",
    "Constant",
    "Rates",
    "ammonia_limitation",
    "chains",
    "class_index",
    "constants",
    "dissociation_constant",
    "nitrate_particle",
    "rates",
    "unverified",
]
