"""Hours of PM2.5 and O3 to three days ahead, member by member, in step with the members' days.

What the last weeks had at each hour of the day is the base. How far the last hours stand off it, and how long that
lasts, is learnt for each hour ahead by a small ridge pooled over places; up to six hours ahead what is learnt is the
change against the last value, so that with nothing learnt the last value stays. Each member adds the errors of one past
issue, the same for all places and both pollutants. Then its hours are moved, the later the more freely, until each
whole day has the mean (of O3 the greatest 8-h mean) that the member's day has: hours and days of one member are one
story, and the daily model's weather reaches the hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.forecast.distribution import QUANTILES
from airshed.quantities import Clock, variable

__all__ = ["HOURLY", "LEAST_ISSUES", "REACH", "hourly_members"]

Floats = NDArray[np.float64]

HOURLY: Final = {"pm25": "pm25", "o3": "o3_mda8"}
"""Hourly variable to the daily one it must agree with."""
REACH: Final = 72  # [h]
LEAST_ISSUES: Final = 14  # past issues to learn from, own choice
BASE: Final = 30  # [d] that make the base of each hour of the day, own choice
NOWCAST: Final = 6  # [h] ahead up to which the change against the last value is learnt, own choice
FREE: Final = 6.0  # [h] after which an hour may follow its day, by e, own choice
PENALTY: Final = 10.0  # of the ridge, in rows, own choice
BISECTIONS: Final = 40  # halvings: 1e-12 of the bracket
WINDOW: Final = 8  # [h] of the sliding mean of O3
_DAY: Final = 24
_BLOCKS: Final = 4  # days ahead that 72 h touch


@dataclass(frozen=True)
class _Scale:
    """The scale on which errors are even: logarithm for particles, root for ozone, which nears zero at night."""

    to: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    width: float


_SCALES: Final = {
    "pm25": _Scale(lambda x: np.log1p(np.maximum(x, 0.0)), lambda z: np.expm1(np.maximum(z, 0.0)), 8.0),
    "o3": _Scale(lambda x: np.sqrt(np.maximum(x, 0.0)), lambda z: np.maximum(z, 0.0) ** 2, 40.0),
}


def hourly_members(
    hours: xr.Dataset, when: datetime, members: xr.DataArray, clock: Clock, seed: int
) -> xr.Dataset | None:
    """Hourly members and quantiles of the 72 h after an issue; None where the history has too few days of hours.

    Parameters:
        hours: (place, hour) of PM2.5 and O3 up to the issue [ug/m3], ``hour`` the UTC start.
        when: instant of the issue, on the hour.
        members: the outlook's days (member, place, day, variable).
        clock: makes local days.
        seed: of the choice of past errors.

    Returns:
        ``hourly (member, place, hour, hourly_variable)`` and ``hourly_quantiles (place, hour, hourly_variable,
        quantile)`` [ug/m3].
    """
    names = [n for n, daily in HOURLY.items() if n in hours and daily in members["variable"].values]
    start = np.datetime64(int(when.timestamp()) // 3600, "h")
    made = []
    for name in names:
        past = _blocks(_SCALES[name].to(_series(hours[name], members["place"].values, start)))
        if past.shape[1] < LEAST_ISSUES + BASE // 2 + _BLOCKS:
            return None
        ahead = _ahead(past, members.sizes["member"], seed)
        made.append(_in_step(ahead, name, members.sel(variable=HOURLY[name]), start, clock)[..., :REACH])
    if not made:
        return None
    held = np.stack(made, axis=-1).astype(np.float32)  # (member, place, hour, variable)
    return _dataset(held, members["place"].values, start, names)


def _series(field: xr.DataArray, places: NDArray[np.object_], start: np.datetime64) -> Floats:
    """Hours (place, hour) whose last one ends at the issue, in whole days before it."""
    first = field["hour"].values.min().astype("datetime64[h]")
    days = int((start - first).astype(np.int64)) // _DAY
    wanted = start - np.arange(days * _DAY, 0, -1).astype("timedelta64[h]")
    found = field.reindex(place=places, hour=wanted.astype("datetime64[ns]"))
    return np.asarray(found.transpose("place", "hour").values, dtype=np.float64)


def _blocks(series: Floats) -> Floats:
    """(place, day, 24): days that begin at the hour of the issue."""
    return series.reshape(len(series), -1, _DAY)


def _base(past: Floats) -> Floats:
    """What the hours before each block had at its hours of the day, (place, block + 1, 24)."""
    known = np.isfinite(past)
    total = np.cumsum(np.where(known, past, 0.0), axis=1)
    count = np.cumsum(known, axis=1)
    pad = ((0, 0), (1, 0), (0, 0))
    total, count = np.pad(total, pad), np.pad(count, pad)
    before = np.maximum(np.arange(total.shape[1]) - BASE, 0)
    seen = count - count[:, before]
    return np.where(seen > 0, (total - total[:, before]) / np.maximum(seen, 1), np.nan)


def _features(past: Floats, base: Floats, issues: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """What the last hours say at each issue, off their base: (place, issue, 5); and yesterday's course (…, 24)."""
    off = past - base[:, :-1]
    flat = off.reshape(len(off), -1)
    end = issues * _DAY
    means = [_mean(flat, end, n) for n in (1, 3, 6, 24, 72)]
    return np.nan_to_num(np.stack(means, axis=-1)), np.nan_to_num(off[:, issues - 1])


def _mean(flat: Floats, end: NDArray[np.int64], length: int) -> Floats:
    rows = end[:, None] - np.arange(1, length + 1)
    part = np.where(rows >= 0, flat[:, np.maximum(rows, 0)], np.nan)
    known = np.isfinite(part)
    return np.asarray(np.where(known, part, 0.0).sum(-1) / np.maximum(known.sum(-1), 1))


def _ahead(past: Floats, members: int, seed: int) -> Floats:
    """Members of the coming four days on the scale of errors, (member, place, 96)."""
    base = _base(past)
    blocks = past.shape[1]
    issues = np.arange(max(BASE // 2, 3), blocks - _BLOCKS + 1)
    now = np.array([blocks])
    x, course = _features(past, base, np.concatenate([issues, now]))
    level = np.tile(
        base[:, np.concatenate([issues, now])], (1, 1, _BLOCKS)
    )  # the base of the issue for all days
    last = x[..., :1] + level[..., _DAY - 1 : _DAY]
    came = np.stack([past[:, i : i + _BLOCKS].reshape(len(past), -1) for i in issues], axis=1)
    forecast = np.empty((len(past), len(issues) + 1, _BLOCKS * _DAY))
    for hour in range(_BLOCKS * _DAY):
        inputs = np.concatenate([x, course[..., hour % _DAY, None], np.ones((*x.shape[:2], 1))], axis=-1)
        start = last[..., 0] if hour < NOWCAST else level[..., hour]
        weights = _ridge(inputs[:, :-1], came[..., hour] - start[:, :-1])
        forecast[..., hour] = start + inputs @ weights
    errors = came - forecast[:, :-1]
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(np.resize(np.arange(len(issues)), members))
    return np.asarray(np.moveaxis(np.nan_to_num(errors[:, chosen]) + forecast[:, -1:], 1, 0))


def _ridge(x: Floats, y: Floats) -> Floats:
    known = np.isfinite(y)
    rows, values = x[known], y[known]
    penalty = PENALTY * np.eye(x.shape[-1])
    return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ values), dtype=np.float64)


def _in_step(ahead: Floats, name: str, days: xr.DataArray, start: np.datetime64, clock: Clock) -> Floats:
    """Hours in the unit, each whole local day moved until it has the member's daily value."""
    scale = _SCALES[name]
    local = (
        start
        + np.arange(ahead.shape[-1]).astype("timedelta64[h]")
        + np.timedelta64(int(clock.utc_offset), "h")
    )
    day_of = local.astype("datetime64[D]")
    found = ahead.copy()
    freedom = 1 - np.exp(-(np.arange(ahead.shape[-1]) + 1) / FREE)
    statistic = _greatest_mean if name == "o3" else _plain_mean
    for day in days["day"].values.astype("datetime64[D]"):
        rows = np.flatnonzero(day_of == day)
        if len(rows) == _DAY:
            wanted = days.sel(day=day.astype("datetime64[ns]")).transpose("member", "place").values
            move = _move(
                ahead[..., rows], freedom[rows], np.asarray(wanted, dtype=np.float64), scale, statistic
            )
            found[..., rows] = ahead[..., rows] + freedom[rows] * move[..., None]
    return scale.back(found)


def _move(
    hours: Floats, freedom: Floats, wanted: Floats, scale: _Scale, statistic: Callable[[Floats], Floats]
) -> Floats:
    """How far a day must be moved on its scale: the statistic rises with it, so halving finds it."""
    low, high = np.full(wanted.shape, -scale.width), np.full(wanted.shape, scale.width)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        above = statistic(scale.back(hours + freedom * middle[..., None])) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(np.isfinite(wanted), 0.5 * (low + high), 0.0)


def _plain_mean(hours: Floats) -> Floats:
    return np.asarray(hours.mean(axis=-1))


def _greatest_mean(hours: Floats) -> Floats:
    sliding = np.cumsum(np.pad(hours, [(0, 0)] * (hours.ndim - 1) + [(1, 0)]), axis=-1)
    return np.asarray(((sliding[..., WINDOW:] - sliding[..., :-WINDOW]) / WINDOW).max(axis=-1))


def _dataset(
    held: NDArray[np.float32], places: NDArray[np.object_], start: np.datetime64, names: list[str]
) -> xr.Dataset:
    quantiles = np.moveaxis(np.quantile(held.astype(np.float64), QUANTILES, axis=0), 0, -1).astype(np.float32)
    unit = {"units": variable("pm25").unit}
    coords = {
        "place": places, "hour": (start + np.arange(REACH).astype("timedelta64[h]")).astype("datetime64[ns]"),
        "hourly_variable": names, "quantile": list(QUANTILES),
    }  # fmt: skip
    dims = ("place", "hour", "hourly_variable")
    return xr.Dataset(
        {
            "hourly": (("member", *dims), held, unit),
            "hourly_quantiles": ((*dims, "quantile"), quantiles, unit),
        },
        coords,
    )
