"""Ammonium nitrate: how much of total nitrate is particle, and whether ammonia limits it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry.constants import number, table

__all__ = ["ammonia_limitation", "dissociation_constant", "nitrate_particle"]

Floats = NDArray[np.float64]
_PASCAL2_PER_NANOBAR2 = 1e-8  # [Pa2/nbar2], 1 nbar = 1e-4 Pa
_MICROMOLE = 1e6  # [umol/mol]


def dissociation_constant(temperature: Floats, relative_humidity: Floats) -> Floats:
    """Product of the NH3 and HNO3 pressures over ammonium nitrate [nbar2]: crystal when dry, else solution.

    Parameters:
        temperature: [K], 250..315.
        relative_humidity: 0..1; taken as water activity, at most 0.98.

    Source: Mozurkewich 1993, doi:10.1016/0960-1686(93)90356-4; deliquescence after Stelson and Seinfeld 1982. Sulfate
    in the same droplet lowers the product further and is left out.

    >>> round(float(dissociation_constant(np.asarray(298.0), np.asarray(0.3))), 0)
    42.0
    """
    dry = np.exp(_series("dissociation", temperature))
    wanting = 1.0 - np.minimum(relative_humidity, number("highest_humidity"))
    p1, p2, p3 = (np.exp(_series(f"solution_{i}", temperature)) for i in (1, 2, 3))
    wet = dry * (p1 - p2 * wanting + p3 * wanting**2) * wanting ** number("solution_power")
    point = table("deliquescence")
    deliquescence = np.exp(point["constant"] + point["inverse"] / temperature) / 100.0
    return np.asarray(np.where(relative_humidity >= deliquescence, wet, dry), dtype=np.float64)


def nitrate_particle(
    temperature: Floats, relative_humidity: Floats, ammonia: Floats, nitrate: Floats, sulfate: Floats
) -> Floats:
    """Share of total nitrate that is particle, 0..1: the positive root of (F - n)(N - n) = K, over N.

    Ammonia neutralises sulfate first (two to one); what is free shares with nitric acid until the product of the
    gases falls to the dissociation constant.

    Parameters:
        temperature: [K]; relative_humidity: 0..1.
        ammonia: NH3 and ammonium together [umol m-3].
        nitrate: HNO3 and nitrate together [umol m-3].
        sulfate: [umol m-3]. All broadcast together.

    Source: as ``dissociation_constant``; ideal gas.
    """
    pressure = number("gas_constant") * temperature / _MICROMOLE  # [Pa] of 1 umol m-3
    product = dissociation_constant(temperature, relative_humidity) * _PASCAL2_PER_NANOBAR2 / pressure**2
    free = np.maximum(ammonia - 2.0 * sulfate, 0.0)
    total = free + nitrate
    # the smaller root, written so that nothing cancels when the constant is small or the ammonia plentiful
    root = total + np.sqrt((free - nitrate) ** 2 + 4.0 * product)
    bound = 2.0 * np.maximum(free * nitrate - product, 0.0) / root
    safe = np.where(nitrate > 0.0, nitrate, 1.0)
    return np.asarray(np.where(nitrate > 0.0, np.clip(bound / safe, 0.0, 1.0), 0.0), dtype=np.float64)


def ammonia_limitation(ammonia: Floats, nitrate: Floats, sulfate: Floats) -> Floats:
    """Gas ratio: free ammonia over total nitrate, both molar.

    Above 1 ammonia is in excess and nitrate answers to NOx; between 0 and 1 free ammonia limits it; below 0 there is
    too little ammonia even for the sulfate, and hardly any particle nitrate.

    Parameters:
        ammonia, nitrate, sulfate: totals [umol m-3], broadcast together. Without nitrate the ratio is NaN.

    Source: Ansari and Pandis 1998, Environ. Sci. Technol. 32, 2706, doi:10.1021/es970697k (from memory, unverified).
    """
    safe = np.where(nitrate > 0.0, nitrate, np.nan)
    return np.asarray((ammonia - 2.0 * sulfate) / safe, dtype=np.float64)


def _series(name: str, temperature: Floats) -> Floats:
    """Constant + inverse / T + log · ln T."""
    row = table(name)
    return np.asarray(row["constant"] + row["inverse"] / temperature + row["log"] * np.log(temperature))
