"""What is measured: the catalogue of variables, read from ``variables.yml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from airshed.errors import UnknownVariable

__all__ = ["POLLUTANTS", "Variable", "resolve_variable", "variable", "variables"]

Kind = Literal["pollutant", "statistic", "weather"]

POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3")
"""The six pollutants every index and standard of the law speaks of, in the order tables print them."""


@dataclass(frozen=True)
class Variable:
    """One row of the catalogue: a quantity with its unit, decimals and plausible range."""

    id: str
    names: dict[str, str]
    label: str
    unit: str
    decimals: int
    kind: Kind
    range: dict[str, tuple[float, float]]
    molar_mass: float | None = None
    aliases: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        for period, (low, high) in self.range.items():
            if not low < high:
                raise ValueError(f"{self.id}: range.{period} must rise, got [{low}, {high}]")


@cache
def variables() -> dict[str, Variable]:
    """All variables by id, in the catalogue's order."""
    raw = yaml.safe_load(files("airshed.quantities").joinpath("variables.yml").read_text(encoding="utf-8"))
    return {key: _variable(key, row) for key, row in raw.items()}


def _variable(key: str, row: dict[str, object]) -> Variable:
    known = {"zh", "en", "label", "unit", "decimals", "kind", "range", "molar_mass", "aliases"}
    if unknown := set(row) - known:
        raise ValueError(f"variables.yml: {key}: unknown fields {sorted(unknown)}")
    ranges = {p: (float(b[0]), float(b[1])) for p, b in row["range"].items()}  # type: ignore[attr-defined]
    return Variable(
        id=key,
        names={"zh": str(row["zh"]), "en": str(row["en"])},
        label=str(row["label"]),
        unit=str(row["unit"]),
        decimals=int(row["decimals"]),  # type: ignore[call-overload]
        kind=row["kind"],  # type: ignore[arg-type]
        range=ranges,
        molar_mass=row.get("molar_mass"),  # type: ignore[arg-type]
        aliases=tuple(row.get("aliases", ())),  # type: ignore[arg-type]
    )


def variable(key: str) -> Variable:
    """The variable with this id.

    Raises:
        UnknownVariable: no such id.

    >>> variable("co").unit
    'mg/m3'
    """
    try:
        return variables()[key]
    except KeyError:
        raise UnknownVariable(
            "a variable of the catalogue", repr(key), f"one of {', '.join(variables())}"
        ) from None


@cache
def _by_alias() -> dict[str, str]:
    found: dict[str, str] = {}
    for v in variables().values():
        for text in (v.id, v.names["zh"], v.names["en"], v.label, *v.aliases):
            found.setdefault(_normal(text), v.id)
    return found


def _normal(text: str) -> str:
    return text.strip().lower().translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉．（）", "0123456789.()"))


def resolve_variable(text: str) -> str | None:
    """The id a column head most likely means, or None.

    >>> resolve_variable("PM2.5"), resolve_variable("二氧化硫"), resolve_variable("quality")
    ('pm25', 'so2', None)
    """
    return _by_alias().get(_normal(text))
