"""The rates of one hour: what the transport operators need of chemistry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry.classes import CHILDREN, CLASSES, class_index
from airshed.chemistry.constants import table
from airshed.chemistry.conversion import conversion_shares, sunshine
from airshed.chemistry.nitrate import ammonia_limitation, nitrate_particle
from airshed.chemistry.removal import cloud_layers, deposition_velocities, scavenging_rates
from airshed.errors import BadInput

__all__ = ["Ambient", "Rates", "chains", "rates"]

Floats = NDArray[np.float64]
NO_CHILD = -1


@dataclass(frozen=True)
class Ambient:
    """Totals near the ground that decide the split of nitrate [umol m-3], numbers or (y, x).

    The default is an order of magnitude of the North China Plain, unverified; a bulk run knows better.
    """

    ammonia: Floats | float = table("ambient")["ammonia"]
    nitrate: Floats | float = table("ambient")["nitrate"]
    sulfate: Floats | float = table("ambient")["sulfate"]


@dataclass(frozen=True)
class Rates:
    """Frozen rates of one hour; the first axis follows ``CLASSES``.

    ``conversion`` (class, layer, y, x): share of the class that becomes its child within the hour, 0..1.
    ``child`` (class,): place of the child in ``CLASSES``, -1 for none; ``mass_yield`` (class,): kg of child per kg.
    ``deposition`` (class, y, x): velocity at the ground [m s-1]; ``scavenging`` (class, layer, y, x): [h-1], after the
    hour exp(-scavenging) is left. ``nitrate_particle`` (y, x): share of total nitrate near the ground that is
    particle; ``ammonia_limitation`` (y, x): the gas ratio beside it.
    """

    conversion: Floats
    child: NDArray[np.int64]
    mass_yield: Floats
    deposition: Floats
    scavenging: Floats
    nitrate_particle: Floats
    ammonia_limitation: Floats


def rates(
    temperature: Floats,
    relative_humidity: Floats,
    precipitation: Floats,
    cloud: Floats,
    radiation: Floats,
    interface: Floats,
    land: Floats | None = None,
    ambient: Ambient | None = None,
) -> Rates:
    """The rates of one hour, from the weather of that hour alone: linear, the same for every source.

    Parameters:
        temperature: [K], (layer, y, x).
        relative_humidity: 0..1, (layer, y, x).
        precipitation: in the hour [kg m-2], (y, x).
        cloud: cover 0..1, (y, x).
        radiation: global, at the ground [W m-2], (y, x).
        interface: heights of the interfaces above ground [m], (layer+1,).
        land: share of each cell that is land, (y, x); none: all land.
        ambient: totals that decide the split of nitrate; none: the default of ``Ambient`` (unverified).

    Raises:
        BadInput: the arrays do not fit together; all misfits named.
    """
    _check(temperature, relative_humidity, precipitation, cloud, radiation, interface)
    shape = temperature.shape[1:]
    air = ambient or Ambient()
    totals = [np.broadcast_to(np.asarray(a, float), shape) for a in (air.ammonia, air.nitrate, air.sulfate)]
    particle = nitrate_particle(temperature[0], relative_humidity[0], *totals)
    in_cloud = cloud_layers(temperature, relative_humidity, 0.5 * (interface[1:] + interface[:-1]))
    whole = np.ones(shape) if land is None else land
    child, mass_yield = chains()
    return Rates(
        conversion_shares(temperature, relative_humidity, cloud, radiation, in_cloud),
        child,
        mass_yield,
        deposition_velocities(sunshine(radiation), whole, particle),
        scavenging_rates(precipitation, in_cloud, particle),
        particle,
        ammonia_limitation(*totals),
    )


def chains() -> tuple[NDArray[np.int64], Floats]:
    """``child`` (class,), -1 for none, and ``mass_yield`` (class,) of ``CHILDREN``, as arrays."""
    child = np.full(len(CLASSES), NO_CHILD, dtype=np.int64)
    mass_yield = np.zeros(len(CLASSES))
    for parent, (name, amount) in CHILDREN.items():
        child[class_index(parent)] = class_index(name)
        mass_yield[class_index(parent)] = amount
    return child, mass_yield


def _check(
    temperature: Floats,
    relative_humidity: Floats,
    precipitation: Floats,
    cloud: Floats,
    radiation: Floats,
    interface: Floats,
) -> None:
    column, flat = temperature.shape, temperature.shape[1:]
    wanted = {
        "relative_humidity": (relative_humidity.shape, column),
        "precipitation": (precipitation.shape, flat),
        "cloud": (cloud.shape, flat),
        "radiation": (radiation.shape, flat),
        "interface": (interface.shape, (column[0] + 1,)),
    }
    faults = [f"{name} {came}, wanted {want}" for name, (came, want) in wanted.items() if came != want]
    if faults:
        raise BadInput(f"arrays that fit temperature {column}", "; ".join(faults), "mend the call")
