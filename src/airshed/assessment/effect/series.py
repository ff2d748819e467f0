"""What an effect is reckoned from: days (or hours) of one place, its weather with its memory, one pollutant.

Nothing here ever offers a pollutant as a predictor: features are made of weather, of the season, of the day of the
week and of slow time alone.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput, UnknownPlace, UnknownVariable
from airshed.observations.panel import DAILY_POLLUTANTS
from airshed.quantities import BEIJING, POLLUTANTS, Clock

__all__ = ["MEMORY", "NEEDED", "Days", "days_of", "days_of_hours", "place_of", "weather_names"]

Array = NDArray[Any]
NEEDED: Final = ("temperature", "wind_speed")
"""Without these two there is no weather to speak of."""

MEMORY: Final = (1.0, 0.7, 0.5)  # [1]: weights of the day, the day before and the one before that: own choice
LEAST_SHARE: Final = (
    0.8  # [1] of a day's hours for a daily mean: own choice; the law's rule stands in days_panel
)
FLAT: Final = 1e-6  # [1]: spread over mean of the logarithms under which a series does not vary
_KNOWN: Final = (
    "temperature", "temperature_max", "temperature_min", "pressure", "dew_point", "precipitation",
    "wind_u", "wind_v", "wind_speed", "wind_speed_max",
)  # fmt: skip
"""Weather an effect is told from: the figures of docs/effect.md rest on these."""
_SKEWED: Final = {"precipitation": np.log1p, "wind_speed": np.sqrt, "wind_speed_max": np.sqrt}
_YEAR: Final = 365.2425  # [d]: mean year of the Gregorian calendar


@dataclass(frozen=True)
class Days:
    """Local days of one place without holes in time.

    Parameters:
        place: its id.
        variable: catalogue id of the pollutant.
        day: (n,) datetime64[D], consecutive.
        value: (n,) daily value in the catalogue's unit; NaN where missing or not above zero.
        weather: (n, memory x names) [1], standardised and weighted by ``MEMORY``; unknown memory is zero, the mean.
        known: (n,) whether the day itself has temperature and wind.
        names: of the weather in use.
    """

    place: str
    variable: str
    day: NDArray[np.datetime64]
    value: Array
    weather: Array
    known: NDArray[np.bool_]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.day)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Days with value and weather."""
        return np.isfinite(self.value) & self.known

    @property
    def season(self) -> Array:
        """Angle of the year [rad], (n,)."""
        return np.asarray(2 * np.pi * (self.day.astype(np.int64) % _YEAR) / _YEAR)

    @property
    def years(self) -> Array:
        """Time [year] since the first day, (n,)."""
        return np.asarray((self.day - self.day[0]).astype(np.float64) / _YEAR)

    @property
    def weekend(self) -> Array:
        """1 on Saturdays and Sundays, else 0, (n,)."""
        # 1970-01-01, day 0 of numpy, was a Thursday: Monday has number 4 modulo 7.
        return np.asarray(((self.day.astype(np.int64) - 4) % 7 >= 5).astype(np.float64))

    def number(self, day: date) -> int:
        """Position of a local day; may lie outside the series."""
        return int((np.datetime64(day, "D") - self.day[0]).astype(int))

    def date_of(self, number: int) -> date:
        """Local day at a position."""
        found: date = (self.day[0] + np.timedelta64(number, "D")).astype(date)
        return found


def days_of(panel: xr.Dataset, variable: str, place: str | None = None, clock: Clock = BEIJING) -> Days:
    """One pollutant of one place with its weather, day by day.

    Parameters:
        panel: hours or days as ``airshed.observations.panel`` makes them; hours become days by ``days_of_hours``.
        variable: catalogue id; ``o3`` of a days panel is its ``o3_mda8``.
        place: id; None where the panel holds one place only.
        clock: makes local days of hours.

    Raises:
        UnknownPlace, UnknownVariable: not in the panel.
        BadInput: no weather, or a series that does not vary.
    """
    daily = days_of_hours(panel, clock) if "hour" in panel.dims else panel
    where = place_of(daily, place)
    one = daily.sel(place=where)
    name = "o3_mda8" if variable == "o3" and "o3" not in one else variable
    if name not in one or name not in {*DAILY_POLLUTANTS, *POLLUTANTS}:
        held = [str(v) for v in one.data_vars if v in {*DAILY_POLLUTANTS, *POLLUTANTS}]
        raise UnknownVariable("a pollutant of the panel", repr(variable), f"one of {', '.join(sorted(held))}")
    value = np.asarray(one[name].values, dtype=np.float64)
    value = np.where(value > 0, value, np.nan)
    _varies(value, name, where)
    names = weather_names(one)
    table = np.column_stack([_straight(n, np.asarray(one[n].values, dtype=np.float64)) for n in names])
    known = np.isfinite(np.column_stack([one[n].values for n in NEEDED])).all(axis=1)
    day = one["day"].values.astype("datetime64[D]")
    return Days(where, name, day, value, _remembered(table), known, names)


def weather_names(panel: xr.Dataset) -> tuple[str, ...]:
    """Weather of a days panel that an effect can use.

    Raises:
        BadInput: temperature or wind speed is not among it.
    """
    names = tuple(n for n in _KNOWN if n in panel and bool(np.isfinite(panel[n].values).any()))
    if missing := [n for n in NEEDED if n not in names]:
        advice = "an effect is told from weather: name a feed or a file that has it"
        raise BadInput(f"weather: {', '.join(NEEDED)} at least", f"no {', '.join(missing)}", advice)
    return names


def place_of(panel: xr.Dataset, place: str | None) -> str:
    """The place meant.

    Raises:
        UnknownPlace: none such, or none named where there are several.
    """
    held = [str(p) for p in panel["place"].values]
    if place is None and len(held) == 1:
        return held[0]
    if place is None:
        raise UnknownPlace("one place", f"{len(held)} of them", f"name one of {', '.join(held[:12])} …")
    if place not in held:
        raise UnknownPlace("a place of the panel", repr(place), f"one of {', '.join(held[:12])}")
    return place


def days_of_hours(panel: xr.Dataset, clock: Clock = BEIJING) -> xr.Dataset:
    """Hours as local days: means, extremes of temperature and wind, sums of rain, the largest 8-hour mean of ozone.

    Parameters:
        panel: (place, hour), ``hour`` the UTC start.
        clock: makes local days.
    """
    local = panel["hour"].values + np.timedelta64(int(clock.utc_offset * 3600), "s")
    day = local.astype("datetime64[D]")
    first, count = day[0], int((day[-1] - day[0]).astype(int)) + 1
    slot = ((local - first.astype(local.dtype)) // np.timedelta64(1, "h")).astype(int)
    fields: dict[str, Any] = {}
    for name in map(str, panel.data_vars):
        values = np.full((panel.sizes["place"], count * 24), np.nan)
        values[:, slot] = panel[name].values
        for made, table in _made_of(name, values).items():
            fields[made] = (("place", "day"), table)
    days = first + np.arange(count)
    coords = {"place": panel["place"].values, "day": days.astype("datetime64[ns]")}
    return xr.Dataset(fields, coords, {"utc_offset": clock.utc_offset})


def _made_of(name: str, values: Array) -> dict[str, Array]:
    """Daily series of an hourly one, (place, day)."""
    hours = values.reshape(len(values), -1, 24)
    enough = np.isfinite(hours).mean(axis=2) >= LEAST_SHARE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of days without an hour
        mean = np.where(enough, np.nanmean(hours, axis=2), np.nan)
        found = {
            name: np.where(enough, np.nansum(hours, axis=2), np.nan) if name == "precipitation" else mean
        }
        if name in ("temperature", "wind_speed"):
            found[f"{name}_max"] = np.where(enough, np.nanmax(hours, axis=2), np.nan)
        if name == "temperature":
            found[f"{name}_min"] = np.where(enough, np.nanmin(hours, axis=2), np.nan)
        if name == "o3":
            eight = np.lib.stride_tricks.sliding_window_view(hours, 8, axis=2).mean(axis=3)
            found["o3_mda8"] = np.where(enough, np.nanmax(eight, axis=2), np.nan)
    return found


def _straight(name: str, values: Array) -> Array:
    """Skewed weather is brought nearer to a bell, since distances are taken in it."""
    made = _SKEWED.get(name)
    return values if made is None else np.asarray(made(np.maximum(values, 0)))


def _remembered(table: Array) -> Array:
    """Standardised columns, today's and those of the days before."""
    spread = np.nanstd(table, axis=0)
    scaled = (table - np.nanmean(table, axis=0)) / np.where(spread > 0, spread, 1)
    scaled = np.where(np.isfinite(scaled), scaled, 0.0)
    parts = []
    for lag, weight in enumerate(MEMORY):
        moved = np.zeros_like(scaled)
        moved[lag:] = scaled[: len(scaled) - lag]
        parts.append(weight * moved)
    return np.hstack(parts)


def _varies(value: Array, name: str, place: str) -> None:
    held = value[np.isfinite(value)]
    if not held.size:
        raise BadInput(f"values of {name}", f"none for {place}", "name another file or variable")
    if np.std(np.log(held)) < FLAT:
        raise BadInput("a series that varies", f"{name} of {place} is flat", "look at the instrument")
