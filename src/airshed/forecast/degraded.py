"""Weather spoilt as forecasts are: what a perfect prognosis would be worth once it has to be forecast.

The forecast of a lead is ``normal + r a + sqrt(1 - r^2) b``: a is the anomaly that came, b one of another year, r the
anomaly correlation of the lead. So it keeps the variance of weather and has the correlation r with it; and b runs
through the leads, over all variables and places, as weather does.

Source-year rule: b of an issue day is taken from the donor days alone (a training period), at the same time of another
year: its issue day lies a whole number of years, at least one, and up to 15 days from the issue day. The weather of the
issue's own year never enters but as a, by r. Normals (two harmonics of the year) are those of the donor days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.weather import ForecastWeather, weather_of
from airshed.observations.daily_weather import SHARES

__all__ = ["CORRELATION", "SOURCE_YEAR_RULE", "correlation", "degraded"]

CORRELATION: Final = {1: 0.93, 2: 0.90, 3: 0.86, 5: 0.74, 7: 0.58, 10: 0.35}  # assumed: forecasting.md, B
SHIFT: Final = 15  # [d] a donor day lies at most so far from the day of the year: own choice
LEAST_GROUP: Final = 60  # issues from which variances are compared: own choice
YEAR: Final = 365.2425  # [d] mean Gregorian year
SOURCE_YEAR_RULE: Final = (
    "errors are anomalies of the donor days, whole years (at least one) and up to 15 days from the issue day"
)

Days = NDArray[np.datetime64]
Fields = NDArray[np.float64]


def correlation(lead: int) -> float:
    """Assumed anomaly correlation of a lead [d]: the anchors, between them linear; 1 at lead 0, no less than the last.

    >>> correlation(3), round(correlation(4), 3)
    (0.86, 0.8)
    """
    return float(np.interp(lead, [0, *CORRELATION], [1.0, *CORRELATION.values()]))


def degraded(
    observed: xr.Dataset,
    issues: Days,
    leads: Sequence[int],
    seed: int,
    *,
    donors: tuple[date, date] | None = None,
    members: int = 1,
) -> ForecastWeather:
    """Perfect weather degraded to the skill of forecasts.

    Parameters:
        observed: days panel (place, day) with weather.
        issues: local issue days [datetime64[D]].
        leads: days ahead [d]; those between are made too, since a target day is looked at with the days before it.
        seed: of the choice of donor days; the same seed gives the same weather.
        donors: first and last day errors and normals are taken from; None: all days of ``observed``.
        members: runs, each with donor days of its own.

    Returns:
        Weather of kind ``degraded``; ``ahead.attrs`` states the source-year rule, the correlations and the seed. A
        variable or day without observation stays NaN.

    Raises:
        BadInput: no weather at all, or an issue day without a donor day in another year.
    """
    known = weather_of(observed)
    if not known.data_vars:
        raise BadInput("a panel with weather", "none", "degraded weather needs the weather that came")
    issues = np.unique(np.asarray(issues, dtype="datetime64[D]"))
    reach = np.arange(1, max(leads) + 1)
    days = known["day"].values.astype("datetime64[D]")
    source = _span(days, donors)
    starts = _donor_starts(issues, days[source], int(reach[-1]), members, np.random.default_rng(seed))
    weight = np.array([correlation(int(n)) for n in reach])
    fields = {}
    for name in map(str, known.data_vars):
        values = _forward(name, known[name].transpose("place", "day").values.astype(np.float64))
        normal = _normals(values, days, source)
        anomaly = values - normal
        came = _ahead(anomaly, days, issues[None, :], reach)
        own = np.where(source, values - _own_normals(values, days, source), np.nan)
        other = _ahead(own, days, starts, reach)
        other = np.nan_to_num(other)  # a gap in a donor: no error of that day rather than no forecast
        other *= _as_lively(came, other, _inside(issues, days[source]))
        error = np.sqrt(1 - weight**2)[:, None]
        made = _ahead(normal, days, issues[None, :], reach) + weight[:, None] * came + error * other
        fields[name] = (("member", "issue", "lead", "place"), _backward(name, made))
    coords = {"member": np.arange(members), "issue": issues.astype("datetime64[ns]"), "lead": reach,
              "place": known["place"].values}  # fmt: skip
    ahead = _ordered(xr.Dataset(fields, coords)).assign_attrs(
        source_year_rule=SOURCE_YEAR_RULE, correlation=str(CORRELATION), seed=seed
    )
    return ForecastWeather("degraded", known, ahead)


def _span(days: Days, donors: tuple[date, date] | None) -> NDArray[np.bool_]:
    if donors is None:
        return np.ones(len(days), dtype=np.bool_)
    return np.asarray((days >= np.datetime64(donors[0])) & (days <= np.datetime64(donors[1])))


def _donor_starts(
    issues: Days, donors: Days, reach: int, members: int, generator: np.random.Generator
) -> Days:
    """(member, issue) donor issue days: another year of the donors, drawn evenly, then a shift of up to 15 days."""
    if not len(donors):
        raise BadInput("donor days within the panel", "none", "name a period the panel covers")
    first, last = donors[0], donors[-1] - np.timedelta64(reach, "D")
    span = int((donors[-1] - donors[0]).astype(np.int64) / YEAR) + 2
    ahead = (
        int(np.abs((issues[:, None] - donors[[0, -1]]).astype(np.int64)).max() / YEAR) + 1
        if len(issues)
        else 1
    )
    years = np.array([y for y in range(-max(span, ahead), max(span, ahead) + 1) if y])
    steps = np.rint(years * YEAR).astype("timedelta64[D]")
    shift = generator.integers(-SHIFT, SHIFT + 1, (members, len(issues)))
    chosen = issues[None, :] + shift.astype("timedelta64[D]")
    options = chosen[..., None] + steps  # (member, issue, year)
    within = (options >= first) & (options <= last)
    # a shift may carry the only donor year over an edge of the period: then the nearest day inside, if within reach
    clipped = np.clip(options, first, last)
    near = np.abs((clipped - (issues[None, :, None] + steps)).astype(np.int64)) <= SHIFT
    options, within = np.where(within, options, clipped), within | near
    if not within.any(axis=-1).all():
        lost = issues[~within.any(axis=-1).all(axis=0)][0]
        raise BadInput(
            f"a donor year other than that of the issue {lost}", f"donors {donors[0]} to {donors[-1]}",
            "give a donor period of two years at least",
        )  # fmt: skip
    draw = np.where(within, generator.random(options.shape), -1.0).argmax(axis=-1)
    return np.asarray(np.take_along_axis(options, draw[..., None], axis=-1)[..., 0])


def _inside(issues: Days, donors: Days) -> NDArray[np.bool_]:
    return np.asarray((issues >= donors[0]) & (issues <= donors[-1]))


def _as_lively(came: Fields, other: Fields, inside: NDArray[np.bool_]) -> Fields:
    """(1, issue, 1, 1) factor that gives errors the variance of what came, so that r is the correlation.

    Anomalies of the days the normals were fitted to are smaller than those of other years; so the issues within the
    donor period and those outside have a factor each. Groups of less than two months are left as they are.
    """
    factor = np.ones(len(inside))
    for group in (inside, ~inside):
        if group.sum() >= LEAST_GROUP:
            spread = np.nanstd(came[:, group]) / max(float(np.std(other[:, group])), 1e-9)
            factor[group] = spread if np.isfinite(spread) else 1.0
    return factor[None, :, None, None]


def _normals(values: Fields, days: Days, source: NDArray[np.bool_]) -> Fields:
    """(place, day) of two harmonics of the year, fitted to the donor days."""
    angle = 2 * np.pi * (days - np.datetime64("2000-01-01")).astype(np.float64) / YEAR
    waves = np.column_stack([np.ones(len(days)), *(f(k * angle) for k in (1, 2) for f in (np.sin, np.cos))])
    normal = np.full(values.shape, np.nan)
    for place, series in enumerate(values):
        known = source & np.isfinite(series)
        if known.any():
            normal[place] = waves @ np.linalg.lstsq(waves[known], series[known], rcond=None)[0]
    return normal


def _own_normals(values: Fields, days: Days, source: NDArray[np.bool_]) -> Fields:
    """(place, day) of each donor year by itself, whole years from the first; what is left goes to the last.

    About the normals of few years an anomaly is in part the other years' with the sign turned, and errors taken from
    these would pull against what came.
    """
    since = (days - days[source][0]).astype(np.float64)
    number = np.clip(since // YEAR, 0, max(round(since[source][-1] / YEAR) - 1, 0))
    normal = np.full(values.shape, np.nan)
    for one in np.unique(number[source]):
        mine = source & (number == one)
        normal[:, mine] = _normals(values, days, mine)[:, mine]
    return normal


def _ahead(values: Fields, days: Days, starts: Days, reach: NDArray[np.int64]) -> Fields:
    """(place, day) values of the days after each start: (member, issue, lead, place); NaN outside."""
    at = (starts - days[0]).astype(np.int64)[..., None] + reach
    inside = (at >= 0) & (at < len(days))
    found = np.moveaxis(values[:, np.clip(at, 0, len(days) - 1)], 0, -1)
    return np.where(inside[..., None], found, np.nan)


def _forward(name: str, values: Fields) -> Fields:
    """Where anomalies are taken: of rain the logarithm, or a little would be as likely below zero as above."""
    return np.log1p(np.maximum(values, 0.0)) if name == "precipitation" else values


def _backward(name: str, values: Fields) -> Fields:
    if name == "precipitation":
        return np.expm1(np.maximum(values, 0.0))
    if name in SHARES:
        return np.clip(values, 0.0, 1.0)
    return np.maximum(values, 0.0) if name in ("wind_speed", "wind_speed_max") else values


def _ordered(ahead: xr.Dataset) -> xr.Dataset:
    """A maximum is no less than its mean, a minimum no more."""
    for name, of, most in (
        ("temperature_max", "temperature", True),
        ("temperature_min", "temperature", False),
        ("wind_speed_max", "wind_speed", True),
    ):
        if name in ahead and of in ahead:
            ahead[name] = np.maximum(ahead[name], ahead[of]) if most else np.minimum(ahead[name], ahead[of])
    return ahead
