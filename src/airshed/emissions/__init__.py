"""What is put into the air: inventories, profiles, release on the grid, plume rise, reductions, feeds."""

from airshed.emissions.feeds import FEEDS, FeedContext, feed_named, read_enterprises
from airshed.emissions.holdings import Holding, holdings, import_inventory, load_inventory
from airshed.emissions.inventory import (
    COLUMNS,
    INVENTORY,
    apportion,
    check_inventory,
    city_of_rows,
    combine,
    of_carbon,
    speciate,
    totals,
)
from airshed.emissions.measures import Measure, Scenario, factors, read_scenario, reduced
from airshed.emissions.owners import owners
from airshed.emissions.profiles import (
    RELEASES,
    SECTORS,
    SPECIES,
    TRAVELLING,
    Profiles,
    Stack,
    group_sector,
    groups_of,
    hour_factors,
    profiles_of_the_house,
)
from airshed.emissions.release import placed, release
from airshed.emissions.rise import layer_shares, plume_rise

__all__ = [
    "COLUMNS",
    "FEEDS",
    "INVENTORY",
    "RELEASES",
    "SECTORS",
    "SPECIES",
    "TRAVELLING",
    "FeedContext",
    "Holding",
    "Measure",
    "Profiles",
    "Scenario",
    "Stack",
    "apportion",
    "check_inventory",
    "city_of_rows",
    "combine",
    "factors",
    "feed_named",
    "group_sector",
    "groups_of",
    "holdings",
    "hour_factors",
    "import_inventory",
    "layer_shares",
    "load_inventory",
    "of_carbon",
    "owners",
    "placed",
    "plume_rise",
    "profiles_of_the_house",
    "read_enterprises",
    "read_scenario",
    "reduced",
    "release",
    "speciate",
    "totals",
]
