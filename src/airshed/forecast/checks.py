"""What a panel must be before anything is learnt from it or said of it. One place for all refusals of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.observations.panel import DAILY_POLLUTANTS
from airshed.quantities import variable

__all__ = ["check_issue", "check_levels", "check_panel", "check_reach", "cleaned", "medians"]

OFF_BY: Final = (
    20.0  # factor between medians no season explains: own choice; a unit taken wrongly is off by 1000
)
USUAL: Final[Mapping[str, tuple[float, float]]] = {
    # medians of daily values a city can have [catalogue units]: own choice, a factor of three beyond the cleanest and
    # dirtiest annual means of Chinese cities of 2013..2016 in the city-daily file (366 cities)
    "pm25": (4.0, 500.0), "pm10": (8.0, 900.0), "o3_mda8": (8.0, 400.0), "no2": (2.0, 300.0), "so2": (0.7, 600.0),
    "co": (0.1, 10.0),
}  # fmt: skip
FLAT_DAYS: Final = 10  # [d] of one value to the last decimal: a stuck series; own choice
FLAT_SHARE: Final = 0.2  # of the known days in such runs: refused; own choice
SPIKE: Final = 8.0  # times the highest other day within a week, and above the usual: own choice
LEAST_KNOWN: Final = (
    0.5  # of the days with a value: below, the series is flagged or missing for the most part
)


def check_panel(panel: xr.Dataset, target: str) -> None:
    """Refuse a series nothing can be learnt from.

    Parameters:
        panel: days (place, day), or its training part.
        target: variable that is forecast.

    Raises:
        BadInput: the target is missing, mostly flagged, stuck at one value, or its level is off by a factor.
    """
    if target not in panel:
        raise BadInput(
            f"a panel with {target}", ", ".join(map(str, panel.data_vars)) or "none", "name another target"
        )
    values = panel[target].transpose("place", "day").values
    for place, series in zip(panel["place"].values, values, strict=True):
        _check_known(series, target, str(place))
        _check_flat(series, target, str(place))
    for name in (n for n in DAILY_POLLUTANTS if n in panel):
        _check_usual(panel[name], name)


def check_levels(panel: xr.Dataset, then: Mapping[str, float]) -> None:
    """Refuse values that are off by a factor from those a model was trained on.

    Parameters:
        panel: the newest days (place, day).
        then: medians of training by variable, as ``medians`` gives them.

    Raises:
        BadInput: a median more than twenty times or less than a twentieth of that of training.
    """
    now = medians(panel)
    for name in (n for n in then if n in now):
        factor = now[name] / then[name]
        if not 1 / OFF_BY <= factor <= OFF_BY:
            raise BadInput(
                f"{name} near its median in training, {then[name]:.3g} {variable(name).unit}",
                f"{now[name]:.3g}: off by a factor of {max(factor, 1 / factor):.0f}",
                "check the unit of the file",
            )


def medians(panel: xr.Dataset) -> dict[str, float]:
    """Median over places and days of each pollutant that has one above zero."""
    found = {}
    for name in (n for n in DAILY_POLLUTANTS if n in panel):
        known = panel[name].values[np.isfinite(panel[name].values)]
        if len(known) and np.median(known) > 0:
            found[name] = float(np.median(known))
    return found


def check_issue(panel: xr.Dataset, issue: np.datetime64) -> None:
    """Refuse an issue day outside the data.

    Raises:
        BadInput: after the panel's last day or before its first.
    """
    days = panel["day"].values.astype("datetime64[D]")
    if not len(days) or not days[0] <= issue <= days[-1]:
        held = f"data from {days[0]} to {days[-1]}" if len(days) else "no day"
        raise BadInput(
            f"an issue day within the data, not {issue}", held, "feed newer data, or name an earlier day"
        )


def check_reach(reach: int, lead: int) -> None:
    """Refuse a lead the weather does not reach [d]."""
    if reach < lead:
        raise BadInput(
            f"weather for lead {lead} d", f"weather that reaches {reach} d", "ask for a shorter lead"
        )


def cleaned(panel: xr.Dataset) -> xr.Dataset:
    """A days panel whose stuck runs, impossible values and single spikes are missing.

    A run of ten days of one value is a monitor that stands still; a value outside the catalogue's range is none; a day
    eight times higher than every other of its week and beyond the usual medians is a slip of the file (the city-daily
    file has PM10 of 8819). What is left out is only ever made missing, never replaced.
    """
    made = panel.copy()
    for name in (n for n in DAILY_POLLUTANTS if n in panel):
        values = panel[name].transpose("place", "day").values.copy()
        low, high = variable(name).range["day"]
        values[(values < low) | (values > high) | (values <= 0)] = np.nan
        values[_stuck(values)] = np.nan
        values[_spiked(values, USUAL[name][1])] = np.nan
        made[name] = (("place", "day"), values, panel[name].attrs)
    return made


def _check_known(series: NDArray[np.float64], target: str, place: str) -> None:
    share = float(np.isfinite(series).mean()) if len(series) else 0.0
    if share < LEAST_KNOWN:
        raise BadInput(
            f"{target} of {place} on at least {LEAST_KNOWN:.0%} of the days",
            f"{share:.0%}: the rest is missing or flagged",
            "leave the place out, or feed what is missing",
        )


def _check_flat(series: NDArray[np.float64], target: str, place: str) -> None:
    share = _stuck(series[None, :]).sum() / max(np.isfinite(series).sum(), 1)
    if share > FLAT_SHARE:
        raise BadInput(
            f"{target} of {place} that changes from day to day",
            f"a flat series: {share:.0%} of its days in runs of one value",
            "check the monitor, or leave the place out",
        )


def _check_usual(field: xr.DataArray, name: str) -> None:
    known = field.values[np.isfinite(field.values)]
    if not len(known):
        return
    median, (low, high) = float(np.median(known)), USUAL[name]
    if not low <= median <= high:
        raise BadInput(
            f"{name} in {variable(name).unit}, with a median between {low:g} and {high:g}",
            f"a median of {median:.3g}",
            "check the unit of the file",
        )


def _stuck(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(place, day) in a run of at least ten days of exactly one value."""
    same = np.zeros(values.shape, dtype=np.bool_)
    same[:, 1:] = values[:, 1:] == values[:, :-1]
    run = np.zeros(values.shape, dtype=np.int64)
    for day in range(1, values.shape[1]):
        run[:, day] = np.where(same[:, day], run[:, day - 1] + 1, 0)
    found = np.zeros(values.shape, dtype=np.bool_)
    for place, day in zip(*np.nonzero(run >= FLAT_DAYS - 1), strict=True):
        found[place, day - run[place, day] : day + 1] = True
    return found


def _spiked(values: NDArray[np.float64], usual: float) -> NDArray[np.bool_]:
    """(place, day) far above every other day within three days either side."""
    padded = np.pad(np.nan_to_num(values, nan=0.0), ((0, 0), (3, 3)))
    around = [padded[:, 3 + n : 3 + n + values.shape[1]] for n in (-3, -2, -1, 1, 2, 3)]
    highest = np.max(around, axis=0)
    return np.asarray((values > SPIKE * highest) & (highest > 0) & (values > usual))
