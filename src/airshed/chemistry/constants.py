"""The constants of chemistry, read from ``rates.yml``, where each has its unit, source and standing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from airshed.errors import BadInput

__all__ = ["STANDINGS", "Constant", "constants", "number", "table", "unverified"]

STANDINGS = ("read", "definition", "unverified", "own")


@dataclass(frozen=True)
class Constant:
    """One entry of ``rates.yml``: a number or a small table, with unit, source and standing (``STANDINGS``)."""

    name: str
    value: float | Mapping[str, float]
    unit: str
    status: str
    source: str

    def __post_init__(self) -> None:
        if self.status not in STANDINGS or not (self.unit and self.source):
            advice = "mend chemistry/rates.yml"
            raise BadInput(f"a constant with unit, source and one of {STANDINGS}", self.name, advice)


@cache
def constants() -> dict[str, Constant]:
    """All constants by name, in the file's order."""
    raw = yaml.safe_load(files("airshed.chemistry").joinpath("rates.yml").read_text(encoding="utf-8"))
    return {name: Constant(name, **row) for name, row in raw.items()}


def number(name: str) -> float:
    """The value of a constant that is one number."""
    value = constants()[name].value
    if isinstance(value, Mapping):
        raise BadInput(f"{name} as one number", f"a table of {sorted(value)}", "call table")
    return float(value)


def table(name: str) -> dict[str, float]:
    """The values of a constant that is a small table."""
    value = constants()[name].value
    if not isinstance(value, Mapping):
        raise BadInput(f"{name} as a table", f"{value}", "call number")
    return {key: float(one) for key, one in value.items()}


def unverified() -> tuple[Constant, ...]:
    """The constants whose source was not opened: what depends on them says so where it shows."""
    return tuple(c for c in constants().values() if c.status == "unverified")
