"""Weather as a forecast has it: issued at one time, valid at another; and it always says what kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.observations.daily_weather import DAILY_WEATHER

__all__ = ["ForecastWeather", "WeatherKind", "no_forecast", "perfect", "weather_of"]

WeatherKind = Literal["perfect", "degraded", "archive", "feed", "none"]


@dataclass(frozen=True)
class ForecastWeather:
    """What a forecast issued on a day knew of the weather.

    Attributes:
        kind: ``perfect`` (the weather that came), ``degraded`` (it, spoilt as forecasts are), ``archive`` (forecasts
            kept as issued), ``feed`` (the forecast of today) or ``none``.
        observed: days panel (place, day) of ``DAILY_WEATHER``: read up to the issue day; beyond it by ``perfect`` only.
        ahead: (member, issue, lead, place) of the same variables; None for ``perfect`` and ``none``.
    """

    kind: WeatherKind
    observed: xr.Dataset
    ahead: xr.Dataset | None = None

    def __post_init__(self) -> None:
        _want_dims("observed", self.observed, ("place", "day"))
        if (self.ahead is None) != (self.kind in ("perfect", "none")):
            came = "none" if self.ahead is None else "some"
            raise BadInput(f"weather ahead that belongs to the kind {self.kind}", came, "see ForecastWeather")
        if self.ahead is not None:
            _want_dims("ahead", self.ahead, ("member", "issue", "lead", "place"))

    @property
    def members(self) -> int:
        """How many runs of weather it holds."""
        return 1 if self.ahead is None else self.ahead.sizes["member"]

    @property
    def names(self) -> tuple[str, ...]:
        """Variables it knows, in the order of ``DAILY_WEATHER``."""
        return tuple(
            v for v in DAILY_WEATHER if v in self.observed and (self.ahead is None or v in self.ahead)
        )

    def at(self, issues: NDArray[np.datetime64], lead: int, offset: int = 0, member: int = 0) -> xr.Dataset:
        """Weather of the day issue + lead + offset as known on the issue day: (issue, place).

        Parameters:
            issues: local days [datetime64[D]], (issue).
            lead: days ahead [d], at least 0.
            offset: days before the target day [d], at most 0.
            member: number of the weather's run.

        Raises:
            BadInput: the weather does not reach that lead, or knows nothing of an issue day.
        """
        ahead = lead + offset
        if offset > 0:
            raise BadInput("an offset of at most 0 days", str(offset), "give the later lead instead")
        days = np.asarray(issues.astype("datetime64[D]") + np.timedelta64(ahead, "D"), dtype="datetime64[D]")
        if ahead <= 0 or self.kind == "perfect":
            return _of_days(self.observed, self.names, issues, days)
        if self.ahead is None:
            raise _no_reach(self.kind, ahead)
        return self._issued(issues, ahead, member)

    def _issued(self, issues: NDArray[np.datetime64], lead: int, member: int) -> xr.Dataset:
        assert self.ahead is not None
        if lead not in self.ahead["lead"].values:
            raise _no_reach(self.kind, lead, int(self.ahead["lead"].max()))
        if not 0 <= member < self.members:
            raise BadInput(f"a member below {self.members}", str(member), "members count from 0")
        held = self.ahead["issue"].values.astype("datetime64[D]")
        row = np.searchsorted(held, issues.astype("datetime64[D]"))
        missing = (row >= len(held)) | (held[np.minimum(row, len(held) - 1)] != issues)
        if missing.any():
            raise BadInput(
                f"weather issued on {issues[missing][0]}",
                f"issues from {held[0]} to {held[-1]}",
                "make or fetch the weather of that day",
            )
        found = self.ahead[list(self.names)].sel(lead=lead).isel(member=member, issue=row)
        return found.drop_vars(["lead", "member"], errors="ignore").assign_coords(issue=issues)


def perfect(panel: xr.Dataset) -> ForecastWeather:
    """Perfect prognosis: the weather that came. An upper bound, not a forecast."""
    return ForecastWeather("perfect", weather_of(panel))


def no_forecast(panel: xr.Dataset) -> ForecastWeather:
    """No weather beyond the issue day."""
    return ForecastWeather("none", weather_of(panel))


def weather_of(panel: xr.Dataset) -> xr.Dataset:
    """The weather of a days panel (place, day); of a panel without any, its places and days."""
    held = {v: panel[v] for v in DAILY_WEATHER if v in panel}
    return xr.Dataset(held, {"place": panel["place"], "day": panel["day"]})


def _of_days(
    observed: xr.Dataset, names: tuple[str, ...], issues: NDArray[np.datetime64], days: NDArray[np.datetime64]
) -> xr.Dataset:
    when = days.astype("datetime64[ns]")
    fields = {
        n: (("issue", "place"), observed[n].reindex(day=when).transpose("day", "place").values) for n in names
    }
    return xr.Dataset(fields, {"issue": issues.astype("datetime64[ns]"), "place": observed["place"].values})


def _want_dims(what: str, given: xr.Dataset, dims: tuple[str, ...]) -> None:
    wrong = {str(n): f.dims for n, f in given.data_vars.items() if f.dims != dims}
    if wrong or any(d not in given.dims for d in dims):
        raise BadInput(f"{what} weather with dims {dims}", str(wrong or tuple(given.dims)), "transpose it")


def _no_reach(kind: str, lead: int, reach: int = 0) -> BadInput:
    return BadInput(
        f"weather for lead {lead} d",
        f"weather of kind {kind} that reaches {reach} d",
        "ask for a shorter lead, or give weather that reaches it",
    )
