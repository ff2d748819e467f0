"""What is measured: variables, units, clocks, rounding."""

from airshed.quantities.catalogue import POLLUTANTS, Variable, resolve_variable, variable, variables
from airshed.quantities.clock import BEIJING, DAY, HOUR, Clock, Interval
from airshed.quantities.rounding import ceil_div, half_even, half_up, micro, truncate
from airshed.quantities.units import conversion

__all__ = [
    "BEIJING",
    "DAY",
    "HOUR",
    "POLLUTANTS",
    "Clock",
    "Interval",
    "Variable",
    "ceil_div",
    "conversion",
    "half_even",
    "half_up",
    "micro",
    "resolve_variable",
    "truncate",
    "variable",
    "variables",
]
