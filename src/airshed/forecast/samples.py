"""Samples: what is known on the evening of an issue day, row by row, beside what came.

Nothing after the end of the issue day enters but ``ForecastWeather``, and that by (issue, lead) only. Nothing is
normalised here: what needs a training period (climatology, means of a place) is learnt by the methods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.weather import ForecastWeather, perfect
from airshed.quantities.humidity import relative_humidity

__all__ = ["Samples", "samples", "stacked"]

Days = NDArray[np.datetime64]
Field = NDArray[np.float64]  # (issue, place)

LAGS: Final = (0, 1, 2)  # [d] before the issue day: own choice, as in the forerunner (forecasting.md, B)
MEANS: Final = (7, 30)  # [d] up to and with the issue day: own choice, as there
BEFORE: Final = (0, -1, -2)  # [d] of weather about the target day: own choice, as there
LAST_HOURS: Final = 3  # [h] newest of the issue day: own choice, as there
YEAR: Final = 365.2425  # [d] mean Gregorian year
COMPANIONS: Final = ("pm25", "pm10", "o3_mda8", "no2", "co")
# SO2 is none: it fell by half in these years; a law learnt from it in one year misleads in the next (docs/notes)
RECALL: Final = 60  # [d] a model sees its own errors of: own choice
CALM: Final = 0.3  # [m/s] added to a wind speed before its logarithm: about where a cup anemometer starts
CHANGES: Final = (
    "temperature",
    "pressure",
    "dew_point",
    "wind_u",
    "wind_v",
)  # from the day before to the target day


_BY_ROW: Final = ("issue", "place", "features", "observed", "recent")


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
        came: (n, F) the features with the weather that came, which a model learns from where ``features`` hold a
            forecast of it; None: as ``features``.
        past: rows of the days before (all known on the issue days), on which a model sees its own latest errors.
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
    came: NDArray[np.float64] | None = None
    past: Samples | None = None

    def __len__(self) -> int:
        return len(self.issue)

    @property
    def valid(self) -> Days:
        """(n,) local days the forecast is for."""
        return self.issue + np.timedelta64(self.lead, "D")

    def where(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Samples:
        """The rows that are true, or of these numbers."""
        parts: dict[str, Any] = {n: getattr(self, n)[rows] for n in _BY_ROW}
        return replace(self, **parts, came=None if self.came is None else self.came[rows])

    def as_came(self) -> Samples:
        """Each issue and place once, with the weather that came: what a model learns from."""
        if self.came is None:
            return self
        keys = self.issue.astype(np.int64) * len(self.places) + self.place
        first = self.where(np.sort(np.unique(keys, return_index=True)[1]))
        assert first.came is not None
        return replace(first, features=first.came, came=None)

    def as_told(self) -> Samples:
        """The rows with the weather as it was forecast, alone."""
        return replace(self, came=None, past=None)

    @property
    def rows_a_day(self) -> float:
        """Rows of one issue day: places and runs of weather, which tell much the same of it."""
        return len(self) / max(len(np.unique(self.issue)), 1)

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
    recall: bool = True,
) -> Samples:
    """Samples of a days panel, issue by issue and within it place by place.

    Parameters:
        panel: days (place, day) with the target.
        weather: with the panel's places.
        target: variable of the panel.
        lead: days ahead [d], at least 1.
        issues: local days [datetime64[D]].
        member: run of the weather.
        with_observed: whether to look up what came; False: ``observed`` is NaN.
        hours: panel (place, hour) of the same places, for the newest hours of the issue day.
        recall: whether to lay the rows of the days before beside them (``past``); of several runs of weather, which
            are stacked, the first will do.

    Raises:
        BadInput: the target or a place's weather is missing, the lead is below 1 or not reached by the weather, or
            an issue day lies beyond the panel.
    """
    issues = np.asarray(issues, dtype="datetime64[D]")
    _check(panel, weather, target, lead, issues)
    now = _rows(panel, weather, target, lead, issues, member, with_observed, hours)
    if not (len(issues) and recall):
        return now
    first, last = issues.min() - np.timedelta64(RECALL + lead, "D"), issues.max() - np.timedelta64(lead, "D")
    before = np.arange(
        max(first, panel["day"].values[0].astype("datetime64[D]")), last + np.timedelta64(1, "D")
    )
    seen = weather if weather.kind == "none" else perfect(weather.observed[list(weather.names)])
    return replace(now, past=_rows(panel, seen, target, lead, before, 0, True, hours))


def _rows(
    panel: xr.Dataset, weather: ForecastWeather, target: str, lead: int, issues: Days, member: int,
    with_observed: bool, hours: xr.Dataset | None,
) -> Samples:  # fmt: skip
    days = panel["day"].values.astype("datetime64[D]")
    places = tuple(str(p) for p in panel["place"].values)
    columns = _pollutants(panel, target, issues, days)
    if hours is not None:
        columns |= _evening(
            hours.sel(place=list(places)), target, issues, int(panel.attrs.get("utc_offset", 0))
        )
    columns |= _season(issues + np.timedelta64(lead, "D"), len(places))
    ahead = _weather(weather, places, issues, lead, member)
    known = _table(columns)
    came = None
    if with_observed and weather.ahead is not None:
        seen = perfect(weather.observed[list(weather.names)])
        came = np.column_stack([known, _table(_weather(seen, places, issues, lead, 0))])
    values = panel[target].transpose("place", "day").values
    observed = _pick(values, days, issues + np.timedelta64(lead, "D"))
    return Samples(
        target, lead, np.repeat(issues, len(places)), np.tile(np.arange(len(places)), len(issues)), places,
        np.column_stack([known, _table(ahead)]) if ahead else known, (*columns, *ahead),
        observed.ravel() if with_observed else np.full(observed.size, np.nan),
        _pick(values, days, issues).ravel(), came,
    )  # fmt: skip


def _table(columns: dict[str, Field]) -> NDArray[np.float64]:
    return np.column_stack([c.ravel() for c in columns.values()])


def stacked(parts: list[Samples]) -> Samples:
    """The rows of several samples of one target, lead and set of features, one below the other."""
    first = parts[0]
    if any(_kind_of(p) != _kind_of(first) for p in parts):
        raise BadInput("samples of one target, lead, places and features", "several", "stack like with like")
    joined: dict[str, Any] = {n: np.concatenate([getattr(p, n) for p in parts]) for n in _BY_ROW}
    came = [p.came for p in parts if p.came is not None]
    return replace(first, **joined, came=np.concatenate(came) if came else None)


def _kind_of(one: Samples) -> tuple[object, ...]:
    return one.target, one.lead, one.places, one.names, one.came is None


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
    """The target's last days and means, here and in the region; of its companions the issue day alone."""
    values = _log(panel[target])
    columns = {f"{target}_{lag}d_ago": _pick(values, days, issues - np.timedelta64(lag, "D")) for lag in LAGS}
    columns |= {f"{target}_mean_{n}d": _mean_before(values, days, issues, n) for n in MEANS}
    if len(values) > 1:
        columns |= {
            f"{target}_region_{n}d_ago": _others(_pick(values, days, issues - np.timedelta64(n, "D")))
            for n in LAGS[:2]
        }
    for name in (n for n in COMPANIONS if n in panel and n != target):
        columns[f"{name}_0d_ago"] = _pick(_log(panel[name]), days, issues)
    return columns


def _others(values: Field) -> Field:
    """Mean of the other places: the air of the region, which comes to a place by the wind of the next days."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0), known.astype(np.float64)
    left = count.sum(axis=1, keepdims=True) - count
    return np.where(left > 0, (total.sum(axis=1, keepdims=True) - total) / np.maximum(left, 1), np.nan)


def _log(field: xr.DataArray) -> NDArray[np.float64]:
    return np.asarray(np.log1p(np.maximum(field.transpose("place", ...).values.astype(np.float64), 0.0)))


def _mean_before(values: NDArray[np.float64], days: Days, issues: Days, length: int) -> Field:
    """Mean of the last days with a value; NaN where fewer than half of them have one."""
    back = [_pick(values, days, issues - np.timedelta64(n, "D")) for n in range(length)]
    held = np.stack(back)
    count = np.isfinite(held).sum(axis=0)
    total = np.nansum(held, axis=0)
    return np.where(2 * count >= length, total / np.maximum(count, 1), np.nan)


def _evening(hours: xr.Dataset, target: str, issues: Days, utc_offset: int) -> dict[str, Field]:
    """Mean of the newest hours with a value, of each local issue day; of a daily maximum those it is of."""
    stamps = hours["hour"].values.astype("datetime64[h]") + np.timedelta64(utc_offset, "h")
    first = stamps[0].astype("datetime64[D]")
    at = (stamps - first.astype("datetime64[h]")).astype(np.int64)
    count = int(at[-1]) // 24 + 1
    columns: dict[str, Field] = {}
    for name in dict.fromkeys(n.removesuffix("_mda8") for n in (target, *COMPANIONS)):
        if name in hours:
            full = np.full((hours.sizes["place"], count * 24), np.nan)
            full[:, at] = _log(hours[name])
            newest = _newest(full.reshape(len(full), count, 24))
            columns[f"{name}_last_{LAST_HOURS}h"] = _pick(newest, first + np.arange(count), issues)
    return columns


def _newest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(place, day, hour) -> (place, day): mean of the last hours that have a value."""
    known = np.isfinite(values)
    rank = np.cumsum(known[..., ::-1], axis=-1)[..., ::-1]
    chosen = known & (rank <= LAST_HOURS)
    count = chosen.sum(axis=-1)
    return np.where(count > 0, np.where(chosen, values, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _season(valid: Days, places: int) -> dict[str, Field]:
    """The yearly wave at the target day: with two or three years, more would learn their own weeks by heart."""
    angle = 2 * np.pi * (valid - np.datetime64("2000-01-01")).astype(np.float64) / YEAR
    waves = {"year_sin": np.sin(angle), "year_cos": np.cos(angle)}
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
    for name in (n for n in CHANGES if n in weather.names):
        columns[f"{name}_change_target"] = columns[f"{name}_target"] - columns[f"{name}_target-1"]
    return columns


def _fields(found: xr.Dataset, places: tuple[str, ...], when: str) -> dict[str, Field]:
    """Variables and what follows from them: rain and wind speed as logarithms, dryness, relative humidity."""
    chosen = found.sel(place=list(places)).transpose("issue", "place")
    held = {str(n): chosen[n].values.astype(np.float64) for n in chosen.data_vars}
    if "precipitation" in held:
        held["precipitation"] = np.log1p(np.maximum(held["precipitation"], 0.0))
    if "wind_speed" in held:
        held["wind_speed_log"] = np.log(np.maximum(held["wind_speed"], 0.0) + CALM)
    if "temperature" in held and "dew_point" in held:
        held["dryness"] = held["temperature"] - held["dew_point"]
        if "relative_humidity" not in held:  # days as a feed gives them: of their means, not of their hours
            held["relative_humidity"] = relative_humidity(held["temperature"], held["dew_point"])
    return {f"{n}_{when}": v for n, v in held.items()}
