"""Tracer classes: what travels, what becomes of it, and what a stack puts into each."""

from __future__ import annotations

from typing import Final

from airshed.chemistry.constants import number, table

__all__ = ["CHILDREN", "CLASSES", "RELEASE_TO_CLASS", "class_index"]

CLASSES: Final = ("fine", "so2", "nitrate", "nox", "nh3", "voc")
"""``fine`` carries primary PM, sulfate, ammonium and SOA, which travel alike; ``nitrate`` is total nitrate as NO3
(gas and particle); ``nox`` is counted as NO2. The order is that of the arrays of ``Rates``."""

_MASS = table("molar_mass")
SULFATE_OF_SO2: Final = _MASS["sulfate"] / _MASS["so2"]  # [kg/kg], mole for mole
NITRATE_OF_NOX: Final = _MASS["nitrate"] / _MASS["no2"]  # [kg/kg], mole for mole
AMMONIUM_OF_NH3: Final = _MASS["ammonium"] / _MASS["nh3"]  # [kg/kg], mole for mole
SULFATE_SHARE: Final = number("sulfate_at_release")  # [1] of the sulfur, unverified

CHILDREN: Final[dict[str, tuple[str, float]]] = {
    "so2": ("fine", SULFATE_OF_SO2),
    "nox": ("nitrate", NITRATE_OF_NOX),
    "nh3": ("fine", AMMONIUM_OF_NH3),
    "voc": ("fine", number("soa_yield")),  # unverified
}
"""Parent class to (child class, mass of child per mass of parent). Oxygen and hydrogen come from the air."""

RELEASE_TO_CLASS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "pm25": (("fine", 1.0),),
    "so2": (("so2", 1.0 - SULFATE_SHARE), ("fine", SULFATE_SHARE * SULFATE_OF_SO2)),
    "nox": (("nox", 1.0),),
    "nh3": (("nh3", 1.0),),
    "voc": (("voc", 1.0),),
}
"""Emitted species to (class, mass in the class per mass emitted). NOx is emitted counted as NO2."""


def class_index(name: str) -> int:
    """The place of a class in ``CLASSES``.

    >>> class_index("nitrate")
    2
    """
    return CLASSES.index(name)
