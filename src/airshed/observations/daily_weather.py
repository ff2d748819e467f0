"""Days of weather, made of hours or of the steps of a forecast: what a model is told of a day.

Beside means, sums and extremes stand three figures that a mean hides and that decide how polluted a day becomes:
how much of it was calm, how damp its hours were, and whether pressure rose from its first quarter to its last, as it
does behind a front (docs/notes/forecast.md says what each is worth).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.quantities import Clock, variable
from airshed.quantities.humidity import relative_humidity

__all__ = ["DAILY_WEATHER", "RISE", "SHARES", "days_of_steps", "limits", "mean_of_days"]

Floats = NDArray[np.float64]
Rule = Literal["mean", "sum", "max", "min", "rise"]

LEAST_SHARE: Final = 0.75  # of a day's steps, for a day of weather: own choice, as 18 of 24 hours
LIGHT_AIR: Final = 1.5  # [m/s] up to which wind is calm or light air: where Beaufort's number 1 ends
QUARTER: Final = 6  # [h]
HIGHEST_RISE: Final = 60.0  # [hPa] between two quarters of a day: own choice, beyond any front


@dataclass(frozen=True)
class _Made:
    """How a day's figure is made: of which hourly variable, and by which rule."""

    of: str
    rule: Rule


_DAYS: Final = {
    "temperature": _Made("temperature", "mean"),
    "temperature_max": _Made("temperature", "max"),
    "temperature_min": _Made("temperature", "min"),
    "pressure": _Made("pressure", "mean"),
    "dew_point": _Made("dew_point", "mean"),
    "precipitation": _Made("precipitation", "sum"),
    "wind_u": _Made("wind_u", "mean"),
    "wind_v": _Made("wind_v", "mean"),
    "wind_speed": _Made("wind_speed", "mean"),
    "wind_speed_max": _Made("wind_speed", "max"),
    "relative_humidity": _Made("relative_humidity", "mean"),
    "calm": _Made("calm", "mean"),
    "pressure_rise": _Made("pressure", "rise"),
}
RISE: Final = "pressure_rise"
"""The one that wants hours of a day's last quarter: unknown on a day that breaks off before."""

SHARES: Final = ("relative_humidity", "calm")
"""Those that are a share [1]: of saturation, of the day."""

DAILY_WEATHER: Final = tuple(_DAYS)
"""Daily weather, in order: degC, hPa, mm, m/s; shares [1] of ``relative_humidity`` and of ``calm`` steps; hPa."""


def limits(name: str) -> tuple[float, float, str]:
    """Lowest and highest value of a figure of `DAILY_WEATHER` that a day on Earth can have, and its unit.

    >>> limits("calm")
    (0.0, 1.0, '1')
    """
    if name in SHARES:
        return 0.0, 1.0, "1"
    if _DAYS[name].rule == "rise":
        return -HIGHEST_RISE, HIGHEST_RISE, "hPa"
    component = name in ("wind_u", "wind_v")
    known = variable("wind_speed" if component else _DAYS[name].of)
    low, high = known.range["day"]
    return (-high if component else low), high, known.unit


def days_of_steps(
    hours: xr.Dataset, clock: Clock, partial: Mapping[date, float] | None = None, steps: int = 24
) -> xr.Dataset:
    """Local days of an hours panel, as a days panel (place, day) of those of `DAILY_WEATHER` that can be made of it.

    Parameters:
        hours: (place, hour) of weather, ``hour`` the UTC start; its relative humidity follows from temperature and
            dew point.
        clock: makes local days.
        partial: days that count with a lower share of their steps.
        steps: of a whole day; an hour may stand for several.

    A day with less than three quarters of its steps is NaN.
    """
    days = _Days.of(hours, clock, partial or {}, steps)
    base = _with_derived(hours)
    fields = {
        name: (("place", "day"), days.made(base[made.of], made.rule), {"units": limits(name)[2]})
        for name, made in _DAYS.items()
        if made.of in base
    }
    return xr.Dataset(fields, {"place": hours["place"].values, "day": days.day.astype("datetime64[ns]")})


def mean_of_days(hourly: xr.DataArray, clock: Clock) -> xr.DataArray:
    """Means of the local days of an hourly variable (place, hour), as (place, day) [its unit]; as `days_of_steps`."""
    days = _Days.of(hourly, clock, {}, 24)
    values = days.made(hourly.transpose("place", "hour").values.astype(np.float64), "mean")
    coords = {"place": hourly["place"].values, "day": days.day.astype("datetime64[ns]")}
    return xr.DataArray(values, coords, ("place", "day"), attrs=hourly.attrs)


@dataclass(frozen=True)
class _Days:
    """Local days of steps: ``first``: number of each day's first step; ``least`` steps; ``hour`` of each step."""

    day: NDArray[np.datetime64]
    first: NDArray[np.int64]
    least: Floats
    hour: NDArray[np.int64]

    @classmethod
    def of(
        cls, hours: xr.Dataset | xr.DataArray, clock: Clock, partial: Mapping[date, float], steps: int
    ) -> _Days:
        local = hours["hour"].values.astype("datetime64[h]") + np.timedelta64(int(clock.utc_offset), "h")
        day, first = np.unique(local.astype("datetime64[D]"), return_index=True)
        least = np.full(len(day), LEAST_SHARE * steps)
        for one, share in partial.items():
            least[day == np.datetime64(one)] = share * steps
        return cls(day, first, least, local.astype(np.int64) % 24)

    def made(self, values: Floats, rule: Rule) -> Floats:
        """(place, day) of (place, step) in order of time; NaN where too few steps are known."""
        known = np.isfinite(values)
        count = self._each(np.add, known.astype(np.float64))
        if rule == "rise":
            found = self._mean(values, self.hour >= 24 - QUARTER) - self._mean(values, self.hour < QUARTER)
        elif rule in ("max", "min"):
            combine, nothing = (np.maximum, -np.inf) if rule == "max" else (np.minimum, np.inf)
            found = self._each(combine, np.where(known, values, nothing))
        else:
            found = self._each(np.add, np.where(known, values, 0.0))
            found = found / np.maximum(count, 1) if rule == "mean" else found
        return np.where(count >= self.least, found, np.nan)

    def _mean(self, values: Floats, among: NDArray[np.bool_]) -> Floats:
        """Mean of the known steps among some of each day's; NaN where there are none."""
        known = np.isfinite(values) & among
        count = self._each(np.add, known.astype(np.float64))
        total = self._each(np.add, np.where(known, values, 0.0))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def _each(self, combine: np.ufunc, values: Floats) -> Floats:
        return np.asarray(combine.reduceat(values, self.first, axis=1))


def _with_derived(hours: xr.Dataset) -> dict[str, Floats]:
    """Hourly fields (place, hour), with what days are made of and hours do not hold."""
    held = {
        str(n): f.transpose("place", "hour").values.astype(np.float64) for n, f in hours.data_vars.items()
    }
    held.pop("relative_humidity", None)  # whatever its unit: temperature and dew point say it
    if "temperature" in held and "dew_point" in held:
        damp = relative_humidity(held["temperature"], held["dew_point"])
        held["relative_humidity"] = np.minimum(damp, 1.0)
    if "wind_speed" in held:
        speed = held["wind_speed"]
        held["calm"] = np.where(np.isfinite(speed), (speed <= LIGHT_AIR).astype(np.float64), np.nan)
    return held
