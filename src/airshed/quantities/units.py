"""Units: text to factor, by pint; gases in ppm or ppb by the molar volume at a stated state."""

from __future__ import annotations

from functools import cache
from typing import Any

from airshed.errors import UnknownUnit
from airshed.quantities.catalogue import Variable

__all__ = ["conversion"]

GAS_CONSTANT = 8.314462618  # J mol-1 K-1, CODATA 2018
REFERENCE_TEMPERATURE = 298.15  # K, GB 3095-2026 clause 4.3
REFERENCE_PRESSURE = 101_325.0  # Pa, GB 3095-2026 clause 4.3

_SPELLINGS = {
    "µg/m³": "ug/m3", "μg/m³": "ug/m3", "ug/m³": "ug/m3", "µg/m3": "ug/m3", "μg/m3": "ug/m3", "ug/m^3": "ug/m3",
    "微克/立方米": "ug/m3", "mg/m³": "mg/m3", "毫克/立方米": "mg/m3", "ng/m³": "ng/m3", "°c": "degC", "℃": "degC",
    "c": "degC", "degc": "degC", "k": "K", "hpa": "hPa", "pa": "Pa", "mb": "hPa", "mbar": "hPa", "°": "deg",
}  # fmt: skip
_MIXING = {"ppm": 1e-6, "ppb": 1e-9}


_CONCENTRATION = {"ng/m3": 0, "ug/m3": 3, "mg/m3": 6, "g/m3": 9}
"""Power of ten above ng/m3; nearly every file needs no more, and pint takes long to load."""


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()


def _plain(unit: str) -> str:
    text = unit.strip()
    return _SPELLINGS.get(text.lower(), _SPELLINGS.get(text, text))


def conversion(unit: str, var: Variable) -> tuple[float, float]:
    """``(factor, offset)`` so that ``stored = factor * value + offset`` is in the variable's unit.

    Mixing ratios become mass concentrations at 298.15 K and 1013.25 hPa.

    Raises:
        UnknownUnit: the text is no unit, or of another dimension.

    >>> from airshed.quantities.catalogue import variable
    >>> conversion("ug/m3", variable("co"))
    (0.001, 0.0)
    """
    text = _plain(unit)
    if text == var.unit:
        return 1.0, 0.0
    if text.lower() in _MIXING:
        return _from_mixing_ratio(_MIXING[text.lower()], unit, var), 0.0
    if text in _CONCENTRATION and var.unit in _CONCENTRATION:
        return float(f"1e{_CONCENTRATION[text] - _CONCENTRATION[var.unit]}"), 0.0
    registry = _registry()
    try:
        zero = registry.Quantity(0.0, _pintable(text)).to(_pintable(var.unit)).magnitude
        one = registry.Quantity(1.0, _pintable(text)).to(_pintable(var.unit)).magnitude
    except Exception as error:  # pint raises many kinds; each means that the text is no such unit
        raise UnknownUnit(
            f"a unit of {var.id} ({var.unit})", repr(unit), "name the unit in the mapping"
        ) from error
    factor = one - zero
    return float(f"{factor:.12g}"), float(zero)


def _pintable(text: str) -> str:
    return text.replace("/m3", "/m**3")


def _from_mixing_ratio(ratio: float, unit: str, var: Variable) -> float:
    if var.molar_mass is None:
        raise UnknownUnit(f"a mass unit for {var.id}, which is no gas", repr(unit), f"give {var.unit}")
    grams_per_m3 = ratio * var.molar_mass * REFERENCE_PRESSURE / (GAS_CONSTANT * REFERENCE_TEMPERATURE)
    scale = {"ug/m3": 1e6, "mg/m3": 1e3}[var.unit]
    return grams_per_m3 * scale
