"""Samples: what is known on the evening of an issue day, row by row, beside what came.

Nothing after the end of the issue day enters but ``ForecastWeather``, and that by (issue, lead) only. Nothing is
normalised here: what needs a training period (climatology, means of a place) is learnt by the methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.weather import ForecastWeather
from airshed.observations.panel import DAILY_POLLUTANTS

__all__ = ["Samples", "samples", "stacked"]

Days = NDArray[np.datetime64]
Field = NDArray[np.float64]  # (issue, place)

LAGS: Final = (0, 1, 2)  # [d] before the issue day: own choice, as in the forerunner (forecasting.md, B)
MEANS: Final = (7, 30)  # [d] up to and with the issue day: own choice, as there
BEFORE: Final = (0, -1, -2)  # [d] of weather about the target day: own choice, as there
LAST_HOURS: Final = 3  # [h] newest of the issue day: own choice, as there
YEAR: Final = 365.2425  # [d] mean Gregorian year
LOGGED: Final = ("precipitation",)  # skewed weather, as log(1 + value)


@dataclass(frozen=True)
class Samples:
    """Rows of one target variable and one lead.

    Attributes:
        target: variable that is forecast.
        lead: days ahead [d].
        issue: (n,) local issue days [datetime64[D]].
        place: (n,) number of the place in ``places``.
        places: ids of the places.
        features: (n, F), NaN where unknown; pollutants and precipitation as log(1 + value).
        names: of the F features.
        observed: (n,) target of the day issue + lead [its unit], NaN where unknown or not asked for.
        recent: (n,) target of the issue day [its unit].
    """

    target: str
    lead: int
    issue: Days
    place: NDArray[np.int64]
    places: tuple[str, ...]
    features: NDArray[np.float64]
    names: tuple[str, ...]
    observed: NDArray[np.float64]
    recent: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.issue)

    @property
    def valid(self) -> Days:
        """(n,) local days the forecast is for."""
        return self.issue + np.timedelta64(self.lead, "D")

    def where(self, rows: NDArray[np.bool_]) -> Samples:
        """The rows that are true."""
        return Samples(
            self.target, self.lead, self.issue[rows], self.place[rows], self.places, self.features[rows],
            self.names, self.observed[rows], self.recent[rows],
        )  # fmt: skip

    def column(self, name: str) -> NDArray[np.float64]:
        """(n,) one feature by its name."""
        return self.features[:, self.names.index(name)]


def samples(
    panel: xr.Dataset,
    weather: ForecastWeather,
    target: str,
    lead: int,
    issues: Days,
    *,
    member: int = 0,
    with_observed: bool = True,
    hours: xr.Dataset | None = None,
) -> Samples:
    """Samples of a days panel, issue by issue and within it place by place.

    Parameters:
        panel: days (place, day) with the target and whatever other pollutants there are.
        weather: with the panel's places.
        target: variable of the panel.
        lead: days ahead [d], at least 1.
        issues: local days [datetime64[D]].
        member: run of the weather.
        with_observed: whether to look up what came; False: ``observed`` is NaN.
        hours: panel (place, hour) of the same places, for the newest hours of the issue day.

    Raises:
        BadInput: the target or a place's weather is missing, the lead is below 1 or not reached by the weather, or
            an issue day lies beyond the panel.
    """
    issues = np.asarray(issues, dtype="datetime64[D]")
    _check(panel, weather, target, lead, issues)
    days = panel["day"].values.astype("datetime64[D]")
    places = tuple(str(p) for p in panel["place"].values)
    columns = _pollutants(panel, target, issues, days)
    if hours is not None:
        columns |= _evening(hours.sel(place=list(places)), issues, int(panel.attrs.get("utc_offset", 0)))
    columns |= _season(issues + np.timedelta64(lead, "D"), len(places))
    columns |= _weather(weather, places, issues, lead, member)
    values = panel[target].transpose("place", "day").values
    observed = _pick(values, days, issues + np.timedelta64(lead, "D"))
    return Samples(
        target, lead, np.repeat(issues, len(places)), np.tile(np.arange(len(places)), len(issues)), places,
        np.column_stack([c.ravel() for c in columns.values()]), tuple(columns),
        observed.ravel() if with_observed else np.full(observed.size, np.nan),
        _pick(values, days, issues).ravel(),
    )  # fmt: skip


def stacked(parts: list[Samples]) -> Samples:
    """The rows of several samples of one target, lead and set of features, one below the other."""
    first = parts[0]
    if any(
        (p.target, p.lead, p.places, p.names) != (first.target, first.lead, first.places, first.names)
        for p in parts
    ):
        raise BadInput("samples of one target, lead, places and features", "several", "stack like with like")
    joined = {
        n: np.concatenate([getattr(p, n) for p in parts])
        for n in ("issue", "place", "features", "observed", "recent")
    }
    return Samples(first.target, first.lead, joined["issue"], joined["place"], first.places, joined["features"],
                   first.names, joined["observed"], joined["recent"])  # fmt: skip


def _check(panel: xr.Dataset, weather: ForecastWeather, target: str, lead: int, issues: Days) -> None:
    if target not in panel:
        raise BadInput(f"a panel with {target}", ", ".join(map(str, panel.data_vars)), "name another target")
    if lead < 1:
        raise BadInput("a lead of at least 1 d", str(lead), "lead 1 is the day after the issue day")
    last = panel["day"].values[-1].astype("datetime64[D]")
    if len(issues) and issues.max() > last:
        raise BadInput(f"an issue day up to {last}, where the data end", str(issues.max()), "feed newer data")
    strange = set(panel["place"].values) - set(weather.observed["place"].values)
    if strange:
        raise BadInput(
            "weather of every place", f"none of {sorted(strange)[:3]}", "give weather of these places"
        )


def _pick(values: NDArray[np.float64], days: Days, wanted: Days) -> Field:
    """(place, day) values of the days wanted, as (issue, place); NaN outside the panel."""
    at = (wanted - days[0]).astype(np.int64)
    inside = (at >= 0) & (at < len(days))
    found = values[:, np.clip(at, 0, len(days) - 1)].T.astype(np.float64)
    found[~inside] = np.nan
    return found


def _pollutants(panel: xr.Dataset, target: str, issues: Days, days: Days) -> dict[str, Field]:
    columns: dict[str, Field] = {}
    for name in dict.fromkeys((target, *(p for p in DAILY_POLLUTANTS if p in panel))):
        values = np.log1p(np.maximum(panel[name].transpose("place", "day").values, 0.0))
        for lag in LAGS:
            columns[f"{name}_{lag}d_ago"] = _pick(values, days, issues - np.timedelta64(lag, "D"))
        for length in MEANS if name == target else ():
            columns[f"{name}_mean_{length}d"] = _mean_before(values, days, issues, length)
    return columns


def _mean_before(values: NDArray[np.float64], days: Days, issues: Days, length: int) -> Field:
    """Mean of the last days with a value; NaN where fewer than half of them have one."""
    back = [_pick(values, days, issues - np.timedelta64(n, "D")) for n in range(length)]
    held = np.stack(back)
    count = np.isfinite(held).sum(axis=0)
    total = np.nansum(held, axis=0)
    return np.where(2 * count >= length, total / np.maximum(count, 1), np.nan)


def _evening(hours: xr.Dataset, issues: Days, utc_offset: int) -> dict[str, Field]:
    """Mean of the newest hours with a value of each local issue day."""
    stamps = hours["hour"].values.astype("datetime64[h]") + np.timedelta64(utc_offset, "h")
    first = stamps[0].astype("datetime64[D]")
    at = (stamps - first.astype("datetime64[h]")).astype(np.int64)
    count = int(at[-1]) // 24 + 1
    days = first + np.arange(count)
    columns: dict[str, Field] = {}
    for name in (p for p in ("pm25", "pm10", "o3", "no2", "so2", "co") if p in hours):
        full = np.full((hours.sizes["place"], count * 24), np.nan)
        full[:, at] = hours[name].transpose("place", "hour").values
        newest = _newest(full.reshape(len(full), count, 24))
        columns[f"{name}_last_{LAST_HOURS}h"] = _pick(np.log1p(np.maximum(newest, 0.0)), days, issues)
    return columns


def _newest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(place, day, hour) -> (place, day): mean of the last hours that have a value."""
    known = np.isfinite(values)
    rank = np.cumsum(known[..., ::-1], axis=-1)[..., ::-1]
    chosen = known & (rank <= LAST_HOURS)
    count = chosen.sum(axis=-1)
    return np.where(count > 0, np.where(chosen, values, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _season(valid: Days, places: int) -> dict[str, Field]:
    """Two harmonics of the year of the target day, and whether it is a weekend."""
    day = (valid - np.datetime64("2000-01-01")).astype(np.float64)
    angle = 2 * np.pi * day / YEAR
    waves = {
        "year_sin": np.sin(angle),
        "year_cos": np.cos(angle),
        "half_sin": np.sin(2 * angle),
        "half_cos": np.cos(2 * angle),
    }
    return {n: np.repeat(w[:, None], places, axis=1) for n, w in waves.items()}


def _weather(
    weather: ForecastWeather, places: tuple[str, ...], issues: Days, lead: int, member: int
) -> dict[str, Field]:
    """Weather of the issue day, and of the target day and the days before it."""
    columns = _fields(weather.at(issues, 0, 0, member), places, "issue")
    if weather.kind == "none" or not weather.names:
        return columns
    for offset in BEFORE:
        columns |= _fields(weather.at(issues, lead, offset, member), places, f"target{offset or ''}")
    return columns


def _fields(found: xr.Dataset, places: tuple[str, ...], when: str) -> dict[str, Field]:
    chosen = found.sel(place=list(places)).transpose("issue", "place")
    columns = {f"{n}_{when}": chosen[n].values.astype(np.float64) for n in map(str, chosen.data_vars)}
    for name in LOGGED:
        key = f"{name}_{when}"
        if key in columns:
            columns[key] = np.log1p(np.maximum(columns[key], 0.0))
    t, d = columns.get(f"temperature_{when}"), columns.get(f"dew_point_{when}")
    if t is not None and d is not None:
        columns[f"dryness_{when}"] = t - d
    return columns
