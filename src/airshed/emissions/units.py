"""Units of emission tables: what a figure is in tonnes a year of the species as Airshed counts it."""

from __future__ import annotations

import re
from typing import Final

from airshed.errors import UnknownUnit

__all__ = ["SECONDS_A_DAY", "seconds_of", "tonnes_a_year"]

SECONDS_A_DAY: Final = 86_400.0  # [s]
_DAYS: Final = 365  # [d] of a year without a leap day
_MASS: Final = {"g": 1e-6, "kg": 1e-3, "t": 1.0, "tonne": 1.0, "tonnes": 1.0, "ton": 1.0, "tons": 1.0, "mg": 1.0,
                "吨": 1.0, "kt": 1e3, "gg": 1e3, "千吨": 1e3, "万吨": 1e4, "mt": 1e6, "tg": 1e6}  # fmt: skip
"""[t] in one; "mg" in a table of emissions is the megagram, a tonne (a milligram has no place there)."""
_PERIOD: Final = {"": 1.0, "a": 1.0, "yr": 1.0, "y": 1.0, "year": 1.0, "annum": 1.0, "年": 1.0,
                  "d": float(_DAYS), "day": float(_DAYS), "天": float(_DAYS)}  # fmt: skip
_MOLAR: Final = {"no2": 46.006, "no": 30.006, "n": 14.007, "so2": 64.064, "so3": 80.063, "s": 32.06, "nh3": 17.031,
                 "c": 12.011, "co": 28.010}  # [g mol-1] IUPAC 2021 atomic weights  # fmt: skip
_BASIS: Final = {"nox": "no2", "so2": "so2", "nh3": "nh3", "co": "co"}
"""What a tonne of the species is a tonne of; nitrogen oxides are counted as NO2."""
_AS_IT_IS: Final = {("bc", "c"), ("oc", "c"), ("voc", "voc"), ("voc", "nmvoc"), ("pm25", "pm25"), ("pm10", "pm10"),
                    ("nox", "nox"), ("voc", "c")}  # fmt: skip
"""``kt C`` of BC and OC is what those mean; CEDS prints ``kt C`` of NMVOC too, and it is taken as it stands."""
_FORM: Final = re.compile(r"^([^\s/]+?)(?:\s+([a-z0-9.]+))?\s*(?:(?:/|\s+per\s+)\s*(\S+)|\s+([a-z]+)-1)?$")


def tonnes_a_year(unit: str, species: str) -> float:
    """The factor from a unit to t/a of the species (nox as NO2).

    Parameters:
        unit: such as ``t/a``, ``kt/yr``, ``kt NO2/year``, ``Mg yr-1``, ``万吨``; a mass alone is one of a year.
        species: id of the species.

    Raises:
        UnknownUnit: it cannot be read, or its substance says nothing about the species.

    >>> tonnes_a_year("kt/yr", "so2"), tonnes_a_year("万吨", "voc"), round(tonnes_a_year("t NO/a", "nox"), 4)
    (1000.0, 10000.0, 1.5332)
    """
    found = _FORM.match(unit.strip().casefold().replace("−1", "-1"))  # the minus sign, not the hyphen
    if found is None:
        raise _unknown(unit, species)
    mass, substance, slash, power = found.groups()
    period = slash or power or ""
    if mass not in _MASS or period not in _PERIOD:
        raise _unknown(unit, species)
    return _MASS[mass] * _PERIOD[period] * _of_substance(substance, species, unit)


def seconds_of(year: int | None = None) -> float:
    """Seconds of a calendar year; of one without a leap day where none is named.

    >>> seconds_of(), seconds_of(2016)
    (31536000.0, 31622400.0)
    """
    leap = year is not None and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return (_DAYS + leap) * SECONDS_A_DAY


def _of_substance(substance: str | None, species: str, unit: str) -> float:
    if substance is None or (species, substance) in _AS_IT_IS:
        return 1.0
    basis = _BASIS.get(species)
    shared = {"nox": {"no", "no2", "n"}, "so2": {"so2", "so3", "s"}, "nh3": {"nh3", "n"}, "co": {"co", "c"}}
    if basis is None or substance not in shared[species]:
        raise _unknown(unit, species)
    return _MOLAR[basis] / _MOLAR[substance]


def _unknown(unit: str, species: str) -> UnknownUnit:
    wanted = f"a mass a year of {species}, such as t/a, kt/yr or kt NO2/yr"
    return UnknownUnit(wanted, repr(unit), "name the unit in the column unit or with --unit")
