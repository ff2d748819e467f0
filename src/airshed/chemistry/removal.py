"""What the ground and the rain take: deposition velocities and scavenging by class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry.classes import CLASSES
from airshed.chemistry.constants import table

__all__ = ["cloud_layers", "deposition_velocities", "scavenging_rates"]

Floats = NDArray[np.float64]

_PHASES = {"nitrate": ("nitric_acid", "fine")}
"""Classes that are part gas and part particle: (gas, particle); every other class goes by its own name."""


def deposition_velocities(sun: Floats, land: Floats, nitrate_particle: Floats) -> Floats:
    """Dry deposition velocity [m s-1], (class, y, x): by day and night over land, one value over water.

    Parameters:
        sun: 0..1 of full sun, (y, x).
        land: share of the cell that is land, (y, x).
        nitrate_particle: share of total nitrate that is particle, (y, x); the gas deposits ten times faster.

    Source: ranges of the reference notes, all unverified (``rates.yml``).
    """
    return np.stack([_blend(name, nitrate_particle, lambda n: _velocity(n, sun, land)) for name in CLASSES])


def scavenging_rates(precipitation: Floats, in_cloud: Floats, nitrate_particle: Floats) -> Floats:
    """Wet removal [h-1], (class, layer, y, x): in the hour exp(-rate) of the mass is left.

    The loss is exp(-W P dt) with W [m2 kg-1] and P [kg m-2 s-1]: SO2 in cloud, 0.3 m2/kg, 1 mm in the hour,
    removes 1 - exp(-0.3) = 26 %.

    Parameters:
        precipitation: in the hour [kg m-2], (y, x).
        in_cloud: 1 where the layer lies in the cloud, 0 below it, (layer, y, x).
        nitrate_particle: share of total nitrate that is particle, (y, x).

    Source: EMEP MSC-W v5.6, GasParticleCoeffs_mod (read), W·1e6 over a scavenging depth of 1000 m and the density
    of water. Rain is spread over the cell and the hour: a shower on a tenth of it removes less than reckoned here.
    """
    rows = [_blend(name, nitrate_particle, lambda n: _ratio(n, in_cloud)) for name in CLASSES]
    return np.stack(rows) * precipitation


def cloud_layers(temperature: Floats, relative_humidity: Floats, middles: Floats) -> Floats:
    """1 where a layer lies at or above the lifting condensation level of the lowest layer, else 0, (layer, y, x).

    Parameters:
        temperature: [K], (layer, y, x); the lowest layer counts.
        relative_humidity: 0..1, (layer, y, x); the lowest layer counts.
        middles: heights of the layers' middles above ground [m], (layer,).

    Source: Lawrence 2005, doi:10.1175/BAMS-86-2-225 (good to a few per cent above 50 % humidity; unverified).
    """
    base = table("cloud_base")
    want = 100.0 * np.clip(1.0 - relative_humidity[0], 0.0, 1.0)
    height = (base["constant"] + base["per_kelvin"] * (temperature[0] - base["freezing"])) * want
    return np.asarray(middles[:, None, None] >= height, dtype=np.float64)


def _blend(name: str, particle: Floats, value: Callable[[str], Floats]) -> Floats:
    if name not in _PHASES:
        return value(name)
    gas, solid = (value(phase) for phase in _PHASES[name])
    return gas + particle * (solid - gas)


def _velocity(name: str, sun: Floats, land: Floats) -> Floats:
    velocity = table(f"deposition_{name}")
    over_land = velocity["night"] + (velocity["day"] - velocity["night"]) * sun
    return np.asarray(velocity["water"] + land * (over_land - velocity["water"]), dtype=np.float64)


def _ratio(name: str, in_cloud: Floats) -> Floats:
    ratio = table(f"scavenging_{name}")
    inside, below = ratio["in_cloud"], ratio["below_cloud"]
    return np.asarray(below + in_cloud * (inside - below), dtype=np.float64)
