"""Who breathes whose air: operators, footprints, contributions, particles."""

from airshed.transport.backward import Memory, backward
from airshed.transport.case import Case, Description, cases, create_case, open_case
from airshed.transport.contributions import Contributions, origin_shares
from airshed.transport.forward import forward
from airshed.transport.history import COMPONENTS, history
from airshed.transport.nouns import RESTS, SPECIES, Receptor
from airshed.transport.points import Point, point_shares
from airshed.transport.prepare import prepare_case
from airshed.transport.run import run_concentrations, run_footprints, run_operators
from airshed.transport.shelf import Shelf
from airshed.transport.sources import OTHER, Sources, split_sources
from airshed.transport.study import Study
from airshed.transport.whatif import WhatIf, what_if

__all__ = [
    "COMPONENTS",
    "OTHER",
    "RESTS",
    "SPECIES",
    "Case",
    "Contributions",
    "Description",
    "Memory",
    "Point",
    "Receptor",
    "Shelf",
    "Sources",
    "Study",
    "WhatIf",
    "backward",
    "cases",
    "create_case",
    "forward",
    "history",
    "open_case",
    "origin_shares",
    "point_shares",
    "prepare_case",
    "run_concentrations",
    "run_footprints",
    "run_operators",
    "split_sources",
    "what_if",
]
