"""Units as weather files spell them: converted by a table, or refused by name."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import UnknownUnit

__all__ = ["GRAVITY", "SPELLINGS", "conversion"]

Floats = NDArray[np.float64]
GRAVITY: Final = 9.80665  # [m s-2] standard, CGPM 1901; ECMWF divides geopotential by it
KNOT: Final = 1852.0 / 3600.0  # [m s-1] one nautical mile an hour, BIPM SI brochure 8th ed., table 8
_HOUR: Final = 3600.0  # [s]

SPELLINGS: Final[dict[str, dict[str, tuple[float, float]]]] = {
    # wanted unit: spelling without blanks, stars and carets, in small letters: factor, offset
    "m s-1": {
        **dict.fromkeys(("ms-1", "m/s", "meterspersecond", "meters/second", "m.s-1"), (1.0, 0.0)),
        **dict.fromkeys(("knots", "knot", "kt", "kts", "kn"), (KNOT, 0.0)),
        **dict.fromkeys(("km/h", "kmh-1", "kmhr-1", "km/hr"), (1 / 3.6, 0.0)),
        **dict.fromkeys(("cms-1", "cm/s"), (0.01, 0.0)),
    },
    "K": {
        **dict.fromkeys(("k", "kelvin", "degk"), (1.0, 0.0)),
        **dict.fromkeys(("degc", "c", "celsius", "°c", "℃", "deg_c", "degreescelsius"), (1.0, 273.15)),
    },
    "kg kg-1": {
        **dict.fromkeys(("kgkg-1", "kg/kg", "1"), (1.0, 0.0)),
        **dict.fromkeys(("gkg-1", "g/kg"), (1e-3, 0.0)),
    },
    "Pa": {
        **dict.fromkeys(("pa", "pascal", "pascals"), (1.0, 0.0)),
        **dict.fromkeys(("hpa", "mb", "mbar", "millibar", "millibars"), (100.0, 0.0)),
    },
    "Pa s-1": {**dict.fromkeys(("pas-1", "pa/s"), (1.0, 0.0)), "hpas-1": (100.0, 0.0)},
    "m2 s-2": {
        **dict.fromkeys(("m2s-2", "m2/s2", "jkg-1"), (1.0, 0.0)),
        **dict.fromkeys(("m", "gpm"), (GRAVITY, 0.0)),  # geopotential metres
    },
    "m": {**dict.fromkeys(("m", "meter", "meters", "metre", "metres", "gpm"), (1.0, 0.0)), "km": (1e3, 0.0)},
    # amounts of the hour: metres or millimetres of water, or the rate of the hour
    "kg m-2": {
        **dict.fromkeys(("m", "mofwaterequivalent"), (1000.0, 0.0)),
        **dict.fromkeys(("mm", "kgm-2"), (1.0, 0.0)),
        "kgm-2s-1": (_HOUR, 0.0),
    },
    # flux, or energy accumulated over the hour
    "W m-2": {
        **dict.fromkeys(("wm-2", "w/m2"), (1.0, 0.0)),
        **dict.fromkeys(("jm-2", "j/m2"), (1 / _HOUR, 0.0)),
    },
    "N m-2": dict.fromkeys(("nm-2", "n/m2", "pa"), (1.0, 0.0)),
    "1": {
        **dict.fromkeys(("(0-1)", "1", "", "~", "fraction", "dimensionless", "proportion"), (1.0, 0.0)),
        "%": (0.01, 0.0),
    },
}


def conversion(unit: str | None, wanted: str, name: str, place: str) -> tuple[float, float]:
    """``(factor, offset)`` so that ``factor * value + offset`` is in the wanted unit.

    Parameters:
        unit: as the file spells it; None where it carries none.
        wanted: one of ``SPELLINGS``.
        name, place: the variable and the file, for the message.

    Raises:
        UnknownUnit: no unit, or one that cannot be turned into the wanted one.

    >>> conversion("m s**-1", "m s-1", "u", "file")
    (1.0, 0.0)
    """
    plain = "".join((unit or "").split()).replace("*", "").replace("^", "").lower()
    if plain in SPELLINGS[wanted] and (unit is not None or wanted == "1"):
        return SPELLINGS[wanted][plain]
    came = f"{name} in {unit!r} in {place}" if unit is not None else f"{name} without a unit in {place}"
    known = ", ".join(k for k in SPELLINGS[wanted] if k)
    raise UnknownUnit(
        f"{name} in a unit that turns into {wanted} ({known})", came, "write its units attribute"
    )
